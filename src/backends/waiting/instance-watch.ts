/**
 * Clients that wait until an instance has reached a milestone.
 *
 * Invariant: a wait that has ended has left nothing behind, neither here nor at its signal; an instance that
 * nobody waits for costs nothing. Used by the backends.
 */
import type { Milestone, RuntimeStatus } from "../../core/status.ts";
import { hasReached } from "../../core/status.ts";

interface Wait {
  readonly milestone: Milestone;
  readonly resolve: () => void;
}

export class InstanceWatch {
  readonly #waits = new Map<string, Wait[]>();
  readonly #whenEmpty: () => void;

  /** `whenEmpty` is called each time when the last wait has ended. */
  constructor(whenEmpty: () => void) {
    this.#whenEmpty = whenEmpty;
  }

  /** For how many instances somebody waits. */
  get size(): number {
    return this.#waits.size;
  }

  /** Resolves at the milestone, when the instance is gone, at `endAll`, or when the signal is aborted. */
  wait(instanceId: string, milestone: Milestone, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      if (signal === undefined) {
        this.#add(instanceId, { milestone, resolve });
        return;
      }
      if (signal.aborted) {
        resolve();
        return;
      }
      const leave = (): void => {
        this.#end(instanceId, (other) => other === wait);
      };
      const wait: Wait = {
        milestone,
        resolve: () => {
          signal.removeEventListener("abort", leave);
          resolve();
        },
      };
      signal.addEventListener("abort", leave);
      this.#add(instanceId, wait);
    });
  }

  /** To be called when an instance's status may have changed; `undefined` says that it is gone. */
  changed(instanceId: string, status: RuntimeStatus | undefined): void {
    this.#end(instanceId, ({ milestone }) => status === undefined || hasReached(status, milestone));
  }

  isWatched(instanceId: string): boolean {
    return this.#waits.has(instanceId);
  }

  /** The instances that somebody waits for. */
  watched(): readonly string[] {
    return [...this.#waits.keys()];
  }

  endAll(): void {
    for (const instanceId of [...this.#waits.keys()]) this.#end(instanceId, () => true);
  }

  #add(instanceId: string, wait: Wait): void {
    const waits = this.#waits.get(instanceId);
    if (waits === undefined) this.#waits.set(instanceId, [wait]);
    else waits.push(wait);
  }

  #end(instanceId: string, isOver: (wait: Wait) => boolean): void {
    const waits = this.#waits.get(instanceId);
    // Called at every turn of a watched instance, and as a rule there is nothing to do yet.
    if (waits?.some(isOver) !== true) return;
    const left = waits.filter((wait) => !isOver(wait));
    if (left.length > 0) this.#waits.set(instanceId, left);
    else this.#waits.delete(instanceId);
    for (const wait of waits) if (isOver(wait)) wait.resolve();
    if (this.#waits.size === 0) this.#whenEmpty();
  }
}
