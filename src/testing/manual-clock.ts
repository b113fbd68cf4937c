/**
 * A clock that stands still until it is told to move: for tests that must not wait.
 *
 * Invariant: time moves in `advance` alone; a sleeper is woken by the `advance` that reaches its time, in the order
 * of the due times, and runs once `advance` has returned.
 */
import type { Clock } from "../ports/clock.ts";

interface Sleeper {
  readonly dueTime: number;
  readonly wake: () => void;
}

/**
 * @example
 * const clock = new ManualClock();
 * const slept = clock.sleep(3_600_000);
 * clock.advance(3_600_000);
 * await slept;
 */
export class ManualClock implements Clock {
  readonly #sleepers = new Set<Sleeper>();
  readonly #startedAt: number;
  #now: number;

  /** Starts at `startedAt`, in milliseconds since the epoch; by default at the first of January 2026, UTC. */
  constructor(startedAt: number = Date.UTC(2026, 0, 1)) {
    this.#startedAt = startedAt;
    this.#now = startedAt;
  }

  /** How many calls of `sleep` have not ended. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now - this.#startedAt;
  }

  sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    if (durationMs <= 0 || signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#sleepers.delete(sleeper);
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      const sleeper: Sleeper = { dueTime: this.#now + durationMs, wake };
      this.#sleepers.add(sleeper);
      signal?.addEventListener("abort", wake);
    });
  }

  /** Moves the time forward by `durationMs` milliseconds. */
  advance(durationMs: number): void {
    this.#now += durationMs;
    const due = [...this.#sleepers].filter((sleeper) => sleeper.dueTime <= this.#now);
    for (const sleeper of due.sort((a, b) => a.dueTime - b.dueTime)) sleeper.wake();
  }
}
