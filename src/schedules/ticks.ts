/**
 * When a schedule is due: the ticks of a cron expression, in a time zone.
 *
 * Invariant: a function of the expression, the zone and the times that come in; no clock is asked. Cron expressions are
 * croner's: five fields, or six with seconds first; a tick that daylight saving skips is due right after the gap,
 * one that it repeats is due once.
 */
import { Cron } from "croner";
import { InvalidArgumentError } from "../core/errors.ts";
import { unguarded } from "../runtime/guarded-region.ts";

/** What says when a schedule is due. Times are milliseconds since the epoch. */
export interface TickRule {
  readonly cron: string;
  /** An IANA name, such as `Europe/Vienna`. */
  readonly timeZone: string;
  readonly startAt?: number;
  readonly endAt?: number;
}

/** @throws InvalidArgumentError when the expression or the zone cannot be read, or nothing will ever be due. */
export function checkTickRule(rule: TickRule, now: number): void {
  const { cron, timeZone } = rule;
  if (typeof (cron as unknown) !== "string" || cron.trim() === "") {
    throw new InvalidArgumentError("The schedule has no cron expression.", {
      hint: 'Write { cron: "0 3 * * *" } for three in the morning, every day.',
    });
  }
  let next: number | undefined;
  try {
    next = nextTick(rule, now);
  } catch (error) {
    throw new InvalidArgumentError(`The cron expression "${cron}" in the time zone "${timeZone}" cannot be read.`, {
      hint: error instanceof Error ? error.message : String(error),
      cause: error,
    });
  }
  if (next !== undefined) return;
  throw new InvalidArgumentError(`The cron expression "${cron}" is never due.`, {
    hint: "Look at its day and month, and at the options startAt and endAt.",
  });
}

/** The first tick after a time; `undefined` when there is none. */
export function nextTick(rule: TickRule, after: number): number | undefined {
  const { startAt, endAt } = rule;
  // A tick may be at the start itself.
  const from = startAt !== undefined && startAt > after ? startAt - 1 : after;
  const cron = new Cron(rule.cron, { timezone: rule.timeZone, paused: true });
  // croner asks the clock for a default that it does not need here; whoever watches for such calls need not know.
  const next = unguarded(() => cron.nextRun(new Date(from)))?.getTime();
  return next === undefined || (endAt !== undefined && next > endAt) ? undefined : next;
}

/** The tick `first` and those that follow it until `until`, at most `max`. */
export function ticksFrom(rule: TickRule, first: number, until: number, max: number): readonly number[] {
  const ticks: number[] = [];
  for (let tick: number | undefined = first; tick !== undefined && tick <= until; tick = nextTick(rule, tick)) {
    ticks.push(tick);
    if (ticks.length === max) break;
  }
  return ticks;
}
