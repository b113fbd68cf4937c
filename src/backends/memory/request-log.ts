/**
 * What clients asked for and were answered, for as long as they may ask again: so that the same request id twice is
 * one effect and one answer, also when the instance that it concerned has ended or is gone (G7).
 *
 * Invariant: holds exactly what was remembered within the redelivery horizon; time alone makes it forget, never
 * the number of requests. Used by the memory store alone.
 */
import { REDELIVERY_HORIZON_MS } from "../../core/limits.ts";
import { LinkedList } from "../../core/linked-list.ts";
import type { Linked } from "../../core/linked-list.ts";

interface Remembered extends Linked<Remembered> {
  readonly key: string;
  readonly at: number;
  readonly answer: boolean;
}

export class RequestLog {
  readonly #byKey = new Map<string, Remembered>();
  /** In the order of time: the map's own order would do, but to find its first passes over all that were deleted. */
  readonly #byAge = new LinkedList<Remembered>();

  get size(): number {
    return this.#byKey.size;
  }

  /** What is remembered, oldest first. */
  *entries(): Generator<{ readonly key: string; readonly answer: boolean }, void, undefined> {
    for (const { key, answer } of this.#byAge.items()) yield { key, answer };
  }

  /** What the request was answered; undefined when it has not been made, or too long ago. */
  answerTo(key: string): boolean | undefined {
    return this.#byKey.get(key)?.answer;
  }

  /** Remembers a request that has taken effect. Its first answer stands. `now` is never less than at an earlier call. */
  remember(key: string, answer: boolean, now: number): void {
    if (this.#byKey.has(key)) return;
    const remembered: Remembered = { key, at: now, answer, previous: undefined, next: undefined };
    this.#byKey.set(key, remembered);
    this.#byAge.add(remembered);
  }

  /** Forgets what is older than the horizon. */
  advanceTo(now: number): void {
    const oldestKept = now - REDELIVERY_HORIZON_MS;
    for (let oldest = this.#byAge.first; oldest !== undefined && oldest.at < oldestKept; oldest = this.#byAge.first) {
      this.#byAge.remove(oldest);
      this.#byKey.delete(oldest.key);
    }
  }
}
