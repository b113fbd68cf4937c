/**
 * Which ready units a fetch takes: the fair ones, or those that a simulator's policy picks.
 *
 * Invariant: what is taken was ready; the fair choice takes it out of its queue, a policy's leaves it there, and the
 * store schedules it anew either way. Called by the store alone.
 */
import { assert } from "../../core/assert.ts";
import type { FetchOptions } from "../../ports/backend.ts";
import type { QueueEntry } from "./control-queue.ts";
import type { WorkQueue, WorkUnit } from "./work-queue.ts";

/** Replaces the fair choices of a fetch: for simulators. */
export interface FetchPolicy {
  /** Which ready instances (or activities) are handed out, from their keys, oldest first. */
  readonly pick?: (readyKeys: readonly string[]) => readonly string[];
  /**
   * Which visible messages form the batch, and in what order. `visible` holds no message id twice. A batch chosen
   * empty leaves the instance where it is, unless its execution has not begun.
   */
  readonly select?: (instanceId: string, visible: readonly QueueEntry[]) => readonly QueueEntry[];
}

/** Takes ready units out of their queue, as the policy picks them or fairly. The caller puts them back. */
export function taken<T extends WorkUnit<T>>(
  queue: WorkQueue<T>,
  keyOf: (unit: T) => string,
  options: FetchOptions,
  now: number,
  policy: FetchPolicy,
): readonly T[] {
  assert(options.leaseMs > 0, "a lock lasts longer than no time");
  const units: T[] = [];
  if (policy.pick !== undefined) {
    const ready = queue.readyUnits(now);
    const keys = ready.map(keyOf);
    for (const key of policy.pick(keys).slice(0, options.maxItems)) {
      const unit = ready[keys.indexOf(key)];
      assert(unit !== undefined, `the picked "${key}" is one of the ready keys`);
      units.push(unit);
    }
    return units;
  }
  while (units.length < options.maxItems) {
    const unit = queue.takeNext(now);
    if (unit === undefined) break;
    units.push(unit);
  }
  return units;
}
