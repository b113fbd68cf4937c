/**
 * How the fetches of this process's workers are answered: from what waits for them already, early, in a transaction that others
 * make, or by a look into the tables.
 *
 * Invariant: a fetch is answered once. What an order, or a look that an early answer did not wait for, has locked waits for the
 * next fetch, or is given back. What others have made ready is looked for within so many fetches. Used by the backend.
 */
import type { EarlyTurns } from "../sql/early-turns.ts";
import type { ActivityWorkItem, FetchOptions, Lock, OrchestrationWorkItem, WorkKind } from "../../ports/backend.ts";
import type { StandingOrders } from "../waiting/standing-orders.ts";
import * as calls from "./calls.ts";
import { claimAnswered, fetch, fetchOwn, fillOrder, letGo, type Claimed } from "./claims.ts";
import type { PostgresTables } from "./postgres-tables.ts";

export interface FetchesSetup {
  readonly orders: StandingOrders;
  readonly early: EarlyTurns;
  /** Makes a call in the next transaction. */
  readonly make: (call: calls.Call) => Promise<unknown>;
  /** Wakes the worker that waits for a kind of work. */
  readonly wake: (kind: WorkKind) => void;
  /** A clock that only grows, in milliseconds. */
  readonly monotonic: () => number;
}

/**
 * So many fetches in a row are content with what their own transaction has made ready; the next looks for what others have,
 * unless one has looked less than so many milliseconds ago. After so many it looks in any case.
 */
const OWN_IN_A_ROW = 16;
const LOOK_EVERY_MS = 50;
const OWN_IN_A_ROW_MAX = 128;

type Items = Claimed["items"];

export class Fetches {
  readonly #setup: FetchesSetup;
  /** How often work of a kind has become ready, as far as this handle knows. */
  readonly #changes: Record<WorkKind, number> = { orchestration: 0, activity: 0 };
  /** What the last look found out about what is ready next. */
  readonly #next = new Map<WorkKind, { readonly dueAt: number; readonly changes: number }>();
  /** How many fetches in a row have not looked for what others made ready, and when the last one that did has. */
  readonly #ownInARow: Record<WorkKind, number> = { orchestration: 0, activity: 0 };
  readonly #lookedAt: Record<WorkKind, number> = { orchestration: 0, activity: 0 };

  constructor(setup: FetchesSetup) {
    this.#setup = setup;
  }

  /** Something has become ready, so that what was found out before is not true any more. */
  changed(kind: WorkKind): void {
    this.#changes[kind]++;
  }

  /** In how many milliseconds something is ready, if the last look has found it out and nothing has changed. Says it once. */
  takeDueInMs(kind: WorkKind): number | undefined {
    const known = this.#next.get(kind);
    this.#next.delete(kind);
    return known?.changes === this.#changes[kind] ? known.dueAt - this.#setup.monotonic() : undefined;
  }

  async orchestrations(options: FetchOptions): Promise<readonly OrchestrationWorkItem[]> {
    return (await this.#fetch("orchestration", options)) as readonly OrchestrationWorkItem[];
  }

  async activities(options: FetchOptions): Promise<readonly ActivityWorkItem[]> {
    return (await this.#fetch("activity", options)) as readonly ActivityWorkItem[];
  }

  /** Carries out the order of a worker that waits. Its outcome is for `fill`. */
  ordered(kind: WorkKind, order: FetchOptions): calls.Call {
    const { orders } = this.#setup;
    const call: calls.Call = {
      kind: "after",
      needs: [],
      claims: kind,
      // One that was carried out early, or withdrawn, is not open any more.
      close: (tables) => fillOrder(kind, orders.isOpen(kind) ? order : { ...order, maxItems: 0 }, tables),
    };
    if (kind === "activity") return call;
    const handOut = (tables: PostgresTables): readonly Lock[] => {
      if (!orders.isOpen(kind)) return [];
      const items = claimAnswered(order, tables);
      this.fill(kind, { items });
      return items.map(({ lock }) => lock);
    };
    return { ...call, handOut };
  }

  /** Has what was locked wait for the next fetch. */
  fill(kind: WorkKind, { items }: Pick<Claimed, "items">): void {
    const { orders, wake } = this.#setup;
    if (orders.fill(kind, items as readonly OrchestrationWorkItem[])) wake(kind);
  }

  async #fetch(kind: WorkKind, options: FetchOptions): Promise<Items> {
    const ordered = this.#setup.orders.take(kind, options.maxItems);
    if (ordered.length > 0) return ordered;
    const changes = this.#changes[kind];
    let isAnswered = false;
    let answer: (claimed: Claimed) => void = () => undefined;
    const early = new Promise<Claimed>((resolve) => (answer = resolve));
    const handOut = (tables: PostgresTables): readonly Lock[] => {
      if (isAnswered || kind === "activity") return [];
      const items = claimAnswered(options, tables);
      isAnswered = items.length > 0;
      if (isAnswered) answer({ items, idle: [] });
      return items.map(({ lock }) => lock);
    };
    const close = (tables: PostgresTables): calls.Closing => {
      const isForOwn = !this.#isToLook(kind) || (isAnswered && options.maxItems <= 0);
      if (isForOwn && isAnswered) return { statements: [], finish: () => undefined };
      const own = isForOwn ? fetchOwn(kind, options, tables) : undefined;
      if (own !== undefined) return own;
      this.#ownInARow[kind] = 0;
      this.#lookedAt[kind] = this.#setup.monotonic();
      return fetch(kind, options, tables);
    };
    const made = this.#setup.make({ kind: "after", needs: [], claims: kind, handOut, close });
    const found = await Promise.race([early, made as Promise<Claimed>]);
    // When it was answered early, whatever becomes of the transaction, its locks tell; what it found besides is for the next fetch.
    if (isAnswered)
      made.then((besides) => this.#keep(kind, besides as Claimed | undefined, changes)).catch(() => undefined);
    else await this.#settle(kind, found, changes);
    return found.items;
  }

  #isToLook(kind: WorkKind): boolean {
    const inARow = this.#ownInARow[kind]++;
    if (inARow < OWN_IN_A_ROW) return false;
    return inARow >= OWN_IN_A_ROW_MAX || this.#setup.monotonic() - this.#lookedAt[kind] >= LOOK_EVERY_MS;
  }

  async #keep(kind: WorkKind, besides: Claimed | undefined, changes: number): Promise<void> {
    if (besides === undefined) return;
    this.fill(kind, besides);
    await this.#settle(kind, besides, changes);
  }

  /** Gives back what was locked for nothing, and notes when the next is due, as of so many changes. */
  async #settle(kind: WorkKind, { idle, dueInMs }: Claimed, changes: number): Promise<void> {
    const { early, make } = this.#setup;
    for (const lock of idle) {
      const least = early.lastVoid(lock.key);
      await make(calls.underLock("orchestration", lock, (tables) => letGo(tables, lock, least)));
    }
    if (dueInMs === undefined || idle.length > 0) return;
    // As of when it was asked: what has passed since is no part of it.
    this.#next.set(kind, { dueAt: this.#lookedAt[kind] + dueInMs, changes });
  }
}
