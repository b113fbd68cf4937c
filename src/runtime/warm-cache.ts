/**
 * Suspended orchestrations kept in memory, so that the next turn need not replay the history.
 *
 * Invariant: an entry is taken out while it runs and comes back only after its turn was clearly committed; it is
 * continued only when execution and last event are exactly those of the work item. Dropping an entry runs none
 * of the user's code. Bounded; the least recently used goes first.
 */
import type { Execution } from "../core/execution.ts";
import type { OrchestrationWorkItem } from "../ports/backend.ts";

export class WarmCache {
  readonly #capacity: number;
  /** By instance id, the least recently used first. */
  readonly #entries = new Map<string, { readonly incarnation: string; readonly execution: Execution }>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** The execution to continue, taken out of the cache; `undefined` when there is none that fits the item. */
  take(item: OrchestrationWorkItem): Execution | undefined {
    const { instanceId, incarnation, executionId } = item.instance;
    const entry = this.#entries.get(instanceId);
    if (entry === undefined) return undefined;
    this.#entries.delete(instanceId);
    const { execution } = entry;
    const fits =
      entry.incarnation === incarnation &&
      execution.setup.executionId === executionId &&
      execution.lastEventId === item.lastEventId;
    return fits ? execution : undefined;
  }

  put(incarnation: string, execution: Execution): void {
    if (this.#capacity === 0) return;
    this.#entries.set(execution.setup.instanceId, { incarnation, execution });
    if (this.#entries.size <= this.#capacity) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }

  clear(): void {
    this.#entries.clear();
  }

  get size(): number {
    return this.#entries.size;
  }
}
