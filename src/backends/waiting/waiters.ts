/**
 * Calls that wait for a condition: each ends when it is woken, or when its signal is aborted.
 *
 * Invariant: a waiter that has ended has left nothing behind, neither here nor at its signal. Waking wakes all:
 * a wake-up can be too much, but never lost. Used by the backends.
 */
export class Waiters {
  readonly #wakes = new Set<() => void>();
  readonly #whenEmpty: () => void;

  /** `whenEmpty` is called each time when the last waiter has ended. */
  constructor(whenEmpty: () => void) {
    this.#whenEmpty = whenEmpty;
  }

  get size(): number {
    return this.#wakes.size;
  }

  /** Resolves at the next `wakeAll`, or when the signal is aborted (at once if it is). */
  wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) {
        resolve();
        return;
      }
      const end = (): void => {
        signal.removeEventListener("abort", end);
        this.#wakes.delete(end);
        resolve();
        if (this.#wakes.size === 0) this.#whenEmpty();
      };
      signal.addEventListener("abort", end);
      this.#wakes.add(end);
    });
  }

  wakeAll(): void {
    for (const wake of [...this.#wakes]) wake();
  }
}
