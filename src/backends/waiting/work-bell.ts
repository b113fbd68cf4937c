/**
 * Wakes those who wait for one kind of work: when a change makes some ready, or when the next due time comes.
 *
 * Invariant: while somebody waits, either work is ready and they are being woken, or one alarm is set for the
 * next due time. While nobody waits there is no alarm. Used by the backends.
 */
import type { WorkKind } from "../../ports/backend.ts";
import type { Clock } from "../../ports/clock.ts";
import { Waiters } from "./waiters.ts";

/** The store whose work is waited for. */
export interface WorkSource {
  /** The hub's time, as of the last call that gave one. */
  readonly now: number;
  /** True when a fetch of this kind finds something now. */
  hasWork(kind: WorkKind, now: number): boolean;
  /** When the next thing of this kind, that is not ready yet, becomes ready without any new message. */
  nextDueTime(kind: WorkKind, now: number): number | undefined;
}

interface Alarm {
  readonly dueTime: number;
  readonly cancel: AbortController;
}

/** Given as the reason, because without one each abort makes an error with its stack. */
const CANCELLED = "cancelled";

export class WorkBell {
  readonly #store: WorkSource;
  readonly #kind: WorkKind;
  readonly #clock: Clock;
  readonly #waiters: Waiters;
  #alarm: Alarm | undefined;

  constructor(store: WorkSource, kind: WorkKind, clock: Clock, whenEmpty: () => void) {
    this.#store = store;
    this.#kind = kind;
    this.#clock = clock;
    this.#waiters = new Waiters(() => {
      this.#cancelAlarm();
      whenEmpty();
    });
  }

  get waiting(): number {
    return this.#waiters.size;
  }

  /** Resolves when work may be ready, or the signal is aborted. */
  wait(signal: AbortSignal): Promise<void> {
    const woken = this.#waiters.wait(signal);
    this.check();
    return woken;
  }

  /** To be called after every change of the store that may concern this kind of work. */
  check(): void {
    if (this.#waiters.size === 0) return;
    const now = this.#clock.now();
    if (this.#store.hasWork(this.#kind, now)) {
      this.#waiters.wakeAll();
      return;
    }
    const dueTime = this.#store.nextDueTime(this.#kind, now);
    if (dueTime === this.#alarm?.dueTime) return;
    this.#cancelAlarm();
    if (dueTime !== undefined) this.#setAlarm(dueTime);
  }

  wakeAll(): void {
    this.#waiters.wakeAll();
  }

  #setAlarm(dueTime: number): void {
    const alarm: Alarm = { dueTime, cancel: new AbortController() };
    this.#alarm = alarm;
    void this.#clock.sleep(dueTime - this.#store.now, alarm.cancel.signal).then(() => {
      // A cancelled alarm has been replaced or is not wanted any more. One that rings early is set again.
      if (this.#alarm !== alarm) return;
      this.#alarm = undefined;
      this.check();
    });
  }

  #cancelAlarm(): void {
    const alarm = this.#alarm;
    this.#alarm = undefined;
    alarm?.cancel.abort(CANCELLED);
  }
}
