/**
 * The one clock of a simulation. It stands still while anything can happen, and then jumps.
 *
 * Invariant: it never goes back, and no two simulations share one.
 */
import type { Clock } from "dacapo/backend";
import type { Actor } from "./actor.ts";
import type { Scheduler } from "./scheduler.ts";

export class VirtualClock {
  /** When the simulation began, in milliseconds since the epoch. */
  readonly startTime: number;
  #now: number;

  constructor(startTime: number) {
    this.startTime = startTime;
    this.#now = startTime;
  }

  /** The simulated time, in milliseconds since the epoch. */
  get now(): number {
    return this.#now;
  }

  /** How much time has passed in the simulation, in milliseconds. */
  get elapsedMs(): number {
    return this.#now - this.startTime;
  }

  advanceTo(time: number): void {
    if (time > this.#now) this.#now = time;
  }
}

/** The clock as one actor sees it: its wall clock may be wrong, and its sleeps are operations of that actor. */
export function clockOf(actor: Actor, clock: VirtualClock, scheduler: Scheduler): Clock {
  return {
    now: () => clock.now + actor.clockOffsetMs,
    monotonic: () => clock.elapsedMs,
    sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
      const dueTime = clock.now + Math.max(durationMs, 0);
      return scheduler.perform(actor, "sleep", () => undefined, {
        isOver: () => clock.now >= dueTime,
        dueTime: () => (dueTime === Infinity ? undefined : dueTime),
        ...(signal === undefined ? {} : { signal }),
      });
    },
  };
}
