/**
 * Fetches of workers that wait, carried out as part of whatever transaction makes something ready for them: a message and
 * the claim of what it wakes are one transaction, and not two.
 *
 * Invariant: an order is carried out once at most. What it locked waits here for the fetch that follows, or is given back.
 */
import type {
  AbandonRequest,
  ActivityWorkItem,
  FetchOptions,
  OrchestrationWorkItem,
  WorkKind,
} from "../../ports/backend.ts";

interface Items {
  readonly orchestration: readonly OrchestrationWorkItem[];
  readonly activity: readonly ActivityWorkItem[];
}

export class StandingOrders {
  readonly #open = new Map<WorkKind, FetchOptions>();
  #filled: Items = { orchestration: [], activity: [] };

  place(kind: WorkKind, order: FetchOptions | undefined): void {
    if (order !== undefined) this.#open.set(kind, order);
  }

  withdraw(kind: WorkKind): void {
    this.#open.delete(kind);
  }

  /** The orders that the next transaction may carry out. */
  open(): readonly (readonly [kind: WorkKind, order: FetchOptions])[] {
    return [...this.#open];
  }

  isOpen(kind: WorkKind): boolean {
    return this.#open.has(kind);
  }

  /** Takes in what an order has locked. Says whether it was anything. */
  fill(kind: WorkKind, items: Items[WorkKind]): boolean {
    if (items.length === 0) return false;
    this.#open.delete(kind);
    this.#filled = { ...this.#filled, [kind]: [...this.#filled[kind], ...items] };
    return true;
  }

  /** Says whether anything was locked for the next fetch. */
  isFilled(kind: WorkKind): boolean {
    return this.#filled[kind].length > 0;
  }

  /** Hands over at most so many items of what was locked. */
  take<K extends WorkKind>(kind: K, maxItems: number): Items[K] {
    const items = this.#filled[kind];
    if (items.length === 0) return items;
    this.#filled = { ...this.#filled, [kind]: items.slice(maxItems) };
    return items.slice(0, maxItems) as unknown as Items[K];
  }

  /** Empties what was locked for workers that do not come for it. */
  *unclaimed(kind: WorkKind): Generator<AbandonRequest, void, undefined> {
    for (const { lock } of this.take(kind, Infinity)) yield { lock, delayMs: 0, isUncounted: true };
  }
}
