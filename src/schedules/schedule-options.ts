/**
 * What a user says of a schedule, and the data that is kept of it.
 */
import type { OrchestratorDefinition } from "../core/definitions.ts";
import type { Duration } from "../core/duration.ts";
import { dueTimeMs, durationToMs } from "../core/duration.ts";
import { InvalidArgumentError } from "../core/errors.ts";
import { checkName } from "../core/names.ts";
import { checkTickRule } from "./ticks.ts";
import type { TickRule } from "./ticks.ts";

/**
 * What becomes of ticks that nobody was there for: `skip` starts nothing for a tick that is late by more than the
 * tolerance; `latest` starts one orchestration for the last of them; `all` starts one for each.
 */
export type CatchUp = "skip" | "latest" | "all";

export interface ScheduleOptions {
  /** What is started at each tick: a definition, or a registered name. */
  readonly orchestrator: OrchestratorDefinition | string;
  /** Its input, the same at each tick. */
  readonly input?: unknown;
  /** A cron expression: five fields, or six with seconds first. */
  readonly cron: string;
  /** The IANA time zone of the expression: `UTC` unless given. */
  readonly timeZone?: string;
  /** No tick before this time, or after that one. */
  readonly startAt?: Date;
  readonly endAt?: Date;
  /** `latest` unless given. */
  readonly catchUp?: CatchUp;
  /** How late a tick may be before `skip` skips it: 1 minute unless given. */
  readonly tolerance?: Duration;
  readonly version?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

/** A schedule's settings as data. */
export interface ScheduleSettings extends TickRule {
  readonly orchestrator: string;
  readonly input?: unknown;
  readonly catchUp: CatchUp;
  readonly toleranceMs: number;
  readonly version?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

const CATCH_UPS: readonly unknown[] = ["skip", "latest", "all"] satisfies readonly CatchUp[];

/** @throws InvalidArgumentError that names the option. */
export function checkedSettings(options: ScheduleOptions, now: number): ScheduleSettings {
  if (typeof (options as unknown) !== "object" || (options as unknown) === null) {
    throw new InvalidArgumentError("The schedule was given no options.", {
      hint: 'Write { cron: "0 3 * * *", orchestrator: nightlyReport }.',
    });
  }
  const { cron, timeZone = "UTC", catchUp = "latest", tolerance = { minutes: 1 }, input, version, tags } = options;
  if (!CATCH_UPS.includes(catchUp)) {
    throw new InvalidArgumentError(`The option catchUp is ${JSON.stringify(catchUp)}.`, {
      hint: 'It is "skip", "latest" or "all".',
    });
  }
  const settings: ScheduleSettings = {
    cron,
    timeZone,
    orchestrator: nameOf(options.orchestrator),
    catchUp,
    toleranceMs: durationToMs(tolerance, "option tolerance"),
    ...time("startAt", options.startAt),
    ...time("endAt", options.endAt),
    ...(input === undefined ? {} : { input }),
    ...(version === undefined ? {} : { version }),
    ...(tags === undefined ? {} : { tags }),
  };
  checkTickRule(settings, now);
  return settings;
}

function nameOf(orchestrator: unknown): string {
  const { name } = (orchestrator ?? {}) as { readonly name?: unknown };
  const given = typeof orchestrator === "string" ? orchestrator : name;
  checkName(given as string, "orchestrator of the schedule");
  return given as string;
}

function time<K extends string>(name: K, date: Date | undefined): { readonly [P in K]?: number } {
  if (date === undefined) return {};
  return { [name]: dueTimeMs(date, 0, `option ${name}`) } as { readonly [P in K]?: number };
}
