/**
 * Checks a scenario's option `hub`: which options of a task hub it has, and those of histories and retention.
 *
 * Invariant: what is wrong is said before anything runs. The options of workers and of payloads are a task hub's own to
 * check, when the first one is opened.
 */
import type { HistoryOptions, InvalidArgumentError, RetentionRule } from "dacapo";
import { DacapoError } from "dacapo";
import { durationToMs } from "dacapo/backend";
import type { Scenario } from "./scenario.ts";

type Say = (problem: string, hint: string) => InvalidArgumentError;

const OPTIONS: ReadonlySet<string> = new Set(["worker", "payloadBytesMax", "dataConverter", "history", "retention"]);

/** @throws what `say` makes of the first problem. */
export function checkHub(value: unknown, say: Say): Scenario["hub"] {
  const hint = `Write hub: { worker: { maxDeliveryCount: 5 }, payloadBytesMax: 1000 }. It takes ${[...OPTIONS].join(", ")}.`;
  if (typeof value !== "object" || value === null) throw say(`has hub: ${print(value)}`, hint);
  const unknown = Object.keys(value).find((key) => !OPTIONS.has(key));
  if (unknown !== undefined) throw say(`has an unknown option "hub.${unknown}"`, hint);
  const { history, retention } = value as { readonly history?: unknown; readonly retention?: unknown };
  if (history !== undefined) checkHistory(history, say);
  if (retention !== undefined) checkRetention(retention, say);
  return value;
}

const LIMITS: readonly string[] = ["warnEvents", "maxEvents"];

function checkHistory(value: unknown, say: Say): void {
  const hint = "Write hub: { history: { maxEvents: 50 } }: a number of events.";
  if (typeof value !== "object" || value === null) throw say(`has hub.history: ${print(value)}`, hint);
  for (const [name, limit] of Object.entries(value)) {
    if (!LIMITS.includes(name)) throw say(`has an unknown option "hub.history.${name}"`, hint);
    if (limit === undefined || (Number.isInteger(limit) && Number(limit) >= 1)) continue;
    throw say(`has hub.history.${name}: ${print(limit)}`, hint);
  }
  const { warnEvents = 1, maxEvents = warnEvents } = value as HistoryOptions;
  if (warnEvents > maxEvents) throw say("has hub.history.warnEvents above hub.history.maxEvents", hint);
}

const ENDS: readonly unknown[] = ["Completed", "Failed", "Terminated"];

function checkRetention(value: unknown, say: Say): void {
  const hint = 'Write hub: { retention: [{ statuses: ["Completed"], after: { minutes: 30 } }] }.';
  if (!Array.isArray(value)) throw say(`has hub.retention: ${print(value)}`, hint);
  for (const [index, rule] of (value as readonly unknown[]).entries()) {
    const where = `hub.retention[${index}]`;
    const { statuses, after, name } = (rule ?? {}) as Partial<Record<keyof RetentionRule, unknown>>;
    const isOfEnds = Array.isArray(statuses) && statuses.length > 0 && statuses.every((one) => ENDS.includes(one));
    if (!isOfEnds) throw say(`has ${where} without statuses of orchestrations that ended`, hint);
    if (name !== undefined && typeof name !== "string") throw say(`has ${where}.name: ${print(name)}`, hint);
    try {
      durationToMs(after as RetentionRule["after"], `option ${where}.after`);
    } catch (error) {
      if (!(error instanceof DacapoError)) throw error;
      throw say(`has ${where}.after: ${print(after)}`, hint);
    }
  }
}

function print(value: unknown): string {
  return typeof value === "object" || typeof value === "function" ? `of type ${typeof value}` : JSON.stringify(value);
}
