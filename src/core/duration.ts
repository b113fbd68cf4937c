/**
 * Lengths of time with their units in the type, so that nobody has to guess whether 5 means seconds.
 *
 * Invariant: a bare number is never a duration; every duration is finite, and not negative.
 */
import { InvalidArgumentError } from "./errors.ts";
import { TIME_MS_MAX } from "./limits.ts";

/** A length of time: the sum of its parts, each zero or more. */
export interface Duration {
  readonly weeks?: number;
  readonly days?: number;
  readonly hours?: number;
  readonly minutes?: number;
  readonly seconds?: number;
  readonly milliseconds?: number;
}

const UNIT_MS: Readonly<Record<keyof Duration, number>> = {
  weeks: 7 * 24 * 60 * 60 * 1000,
  days: 24 * 60 * 60 * 1000,
  hours: 60 * 60 * 1000,
  minutes: 60 * 1000,
  seconds: 1000,
  milliseconds: 1,
};

const EXAMPLE = "Write it with its unit, such as { hours: 72 } or { seconds: 5 }.";

/**
 * The duration in whole milliseconds, rounded up so that nothing happens early.
 * @param what names the value in the error, such as `timer`.
 * @throws InvalidArgumentError when it is not a duration.
 */
export function durationToMs(duration: Duration, what: string): number {
  const value: unknown = duration;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new InvalidArgumentError(`The ${what} is not a duration but ${describe(value)}.`, { hint: EXAMPLE });
  }
  let units = 0;
  let totalMs = 0;
  for (const [unit, amount] of Object.entries(value)) {
    if (amount === undefined) continue;
    units += 1;
    if (!Object.hasOwn(UNIT_MS, unit)) {
      throw new InvalidArgumentError(`The ${what} has an unknown unit "${unit}".`, {
        hint: `The units are ${Object.keys(UNIT_MS).join(", ")}.`,
      });
    }
    if (typeof amount !== "number" || !Number.isFinite(amount) || amount < 0) {
      throw new InvalidArgumentError(`The ${what} has ${describe(amount)} ${unit}.`, {
        hint: "Each part is a finite number, zero or more.",
      });
    }
    totalMs += amount * UNIT_MS[unit as keyof Duration];
  }
  if (units === 0) throw new InvalidArgumentError(`The ${what} names no unit.`, { hint: EXAMPLE });
  if (totalMs > TIME_MS_MAX) {
    throw new InvalidArgumentError(`The ${what} is longer than a date can reach.`, { hint: EXAMPLE });
  }
  return Math.ceil(totalMs);
}

/**
 * The point in time that `when` names: itself if it is a date, else that long after `nowMs`.
 * @throws InvalidArgumentError when it is neither a valid date nor a duration, or lies past the last date.
 */
export function dueTimeMs(when: Duration | Date, nowMs: number, what: string): number {
  if (isDate(when)) {
    const time = when.getTime();
    if (Number.isNaN(time)) {
      throw new InvalidArgumentError(`The ${what} is an invalid date.`, {
        hint: "Check how the date was made: new Date(undefined) and an unreadable text both give an invalid one.",
      });
    }
    return time;
  }
  const time = nowMs + durationToMs(when, what);
  if (time > TIME_MS_MAX) {
    throw new InvalidArgumentError(`The ${what} lies later than a date can reach.`, { hint: EXAMPLE });
  }
  return time;
}

/** Dates of another realm are no `instanceof Date`. */
function isDate(value: unknown): value is Date {
  return Object.prototype.toString.call(value) === "[object Date]";
}

function describe(value: unknown): string {
  if (value === null) return "null";
  return typeof value === "number" ? `the number ${String(value)}` : `a value of type ${typeof value}`;
}
