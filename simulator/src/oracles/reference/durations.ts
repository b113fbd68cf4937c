/**
 * Durations in milliseconds, as the reference interpreter (O1) reads them.
 *
 * Invariant: rounded up, so that nothing happens early.
 */
import type { Duration } from "dacapo";

const UNITS = {
  weeks: 604_800_000,
  days: 86_400_000,
  hours: 3_600_000,
  minutes: 60_000,
  seconds: 1_000,
  milliseconds: 1,
};

export function millisecondsOf(duration: Duration): number {
  const given = duration as Readonly<Record<string, number | undefined>>;
  let sum = 0;
  for (const [unit, ms] of Object.entries(UNITS)) sum += (given[unit] ?? 0) * ms;
  return Math.ceil(sum);
}

/** The point in time that a date names, or a duration after `now`, in milliseconds since the epoch. */
export function timeOf(when: Duration | Date, now: number): number {
  return when instanceof Date ? when.getTime() : now + millisecondsOf(when);
}
