/**
 * What a user says of a schedule, and the data that is kept of it.
 */
import { checkDate } from "../client/client-arguments.ts";
import type { OrchestratorDefinition } from "../core/definitions.ts";
import { nameToSchedule } from "../core/definitions.ts";
import type { Duration } from "../core/duration.ts";
import { durationToMs } from "../core/duration.ts";
import { InvalidArgumentError } from "../core/errors.ts";
import { checkOptions, checkTags, checkText } from "../core/options.ts";
import { present } from "../core/present.ts";
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
  checkOptions(options, "createSchedule");
  const { cron, timeZone = "UTC", catchUp = "latest", tolerance = { minutes: 1 }, input, version, tags } = options;
  if (!CATCH_UPS.includes(catchUp)) {
    throw new InvalidArgumentError(`The option catchUp is ${JSON.stringify(catchUp)}.`, {
      hint: 'It is "skip", "latest" or "all".',
    });
  }
  const settings: ScheduleSettings = {
    cron,
    timeZone,
    orchestrator: nameToSchedule(options.orchestrator, "createSchedule"),
    catchUp,
    toleranceMs: durationToMs(tolerance, "option tolerance"),
    ...present("startAt", checkDate(options.startAt, "startAt")),
    ...present("endAt", checkDate(options.endAt, "endAt")),
    ...present("input", input),
    ...present("version", checkText(version, "version")),
    ...(tags === undefined ? {} : { tags: checkTags(tags, "tags") }),
  };
  checkTickRule(settings, now);
  return settings;
}
