/**
 * What `dacapo fuzz --replay TOKEN --step N` prints: a whole simulation at one step, for people and as an object.
 *
 * Invariant: pure functions of the report. Both say so when the step that was asked for is not there.
 */
import { count } from "./quantity.ts";
import type { ShownStep, SimulationState } from "./simulator-module.ts";
import type { Style } from "./style.ts";

type Of<K extends keyof SimulationState> = SimulationState[K] extends readonly (infer T)[] ? T : never;

/** The object that `--json` prints: the state, with what belongs to it. */
export function stepObject({ scenario, steps, next, failure, state }: ShownStep, token: string, asked: number): object {
  return {
    ...{ scenario, token, steps },
    ...(asked > steps ? { note: beyond(asked, steps) } : {}),
    ...(failure === undefined ? {} : { failure }),
    ...(next === undefined ? {} : { next }),
    ...state,
  };
}

/** The same as text. `asked` is the step that was asked for. */
export function stepReport({ scenario, steps, next, failure, state }: ShownStep, asked: number, style: Style): string {
  const { step, time, operation } = state;
  const title = (text: string): string => `\n${style.strong(text)}`;
  const all = [
    ...(asked > steps ? [style.warning(beyond(asked, steps))] : []),
    `${style.strong(scenario)}, step ${step} of ${steps}, ${time}`,
    operation === undefined ? "Nothing has been carried out yet." : `This step: ${operation}`,
    next === undefined ? "It is the last step." : `Next step: ${next}`,
    ...(failure === undefined ? [] : [`${style.bad("FAILED")}: ${failure}`]),
    title("Instances"),
    ...orNone(state.instances.flatMap((instance) => instanceLines(instance, style))),
    title("Activities"),
    ...orNone(state.activities.map(activityLine)),
    title("Leases"),
    ...orNone(state.leases.map(leaseLine)),
    title("Ledgers"),
    ...orNone(Object.entries(state.ledgers).flatMap(([name, entries]) => ledgerLines(name, entries))),
    title("Workers"),
    ...orNone(state.workers.map(workerLine)),
    title("Clients"),
    ...orNone(
      state.clients.map(({ name, status, error }) => `  ${name}: ${status}${error === undefined ? "" : `, ${error}`}`),
    ),
  ];
  return `${all.join("\n")}\n`;
}

function beyond(asked: number, steps: number): string {
  return `There is no step ${asked}: the run has ${count(steps, "step")}. This is its end.`;
}

function orNone(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? ["  none"] : lines;
}

function instanceLines(instance: Of<"instances">, style: Style): readonly string[] {
  const { name, instanceId, status, waitsFor, history, queue, failure } = instance;
  const values = [
    ["input", instance.input],
    ["output", instance.output],
    ["custom status", instance.customStatus],
    ["error", failure === undefined ? undefined : `${failure.errorType}: ${failure.errorMessage}`],
  ] as const;
  const width = String(history.at(-1)?.eventId ?? 0).length;
  return [
    `  ${name} "${instanceId}": ${status}`,
    ...values.flatMap(([label, value]) => (value === undefined ? [] : [`    ${label}: ${JSON.stringify(value)}`])),
    ...(waitsFor.length === 0 ? [] : [`    waits for: ${waitsFor.join("; ")}`]),
    `    history: ${history.length === 0 ? "empty" : ""}`.trimEnd(),
    ...history.map(
      ({ eventId, timestamp, text }) =>
        `      ${String(eventId).padStart(width)}. ${style.faint(new Date(timestamp).toISOString())} ${text}`,
    ),
    `    queue: ${queue.length === 0 ? "empty" : ""}`.trimEnd(),
    ...queue.map(({ text, visibleAt, isHidden }) => `      ${text}${isHidden ? `, hidden until ${visibleAt}` : ""}`),
  ];
}

function activityLine({ name, taskId, instanceId, attempt, deliveryCount, status, worker }: Of<"activities">): string {
  const where = status === "running" ? `runs on ${worker ?? "a worker"}` : "waits";
  const handed = deliveryCount > 1 ? `, handed out ${deliveryCount} times` : "";
  return `  ${name} (task ${taskId}) for "${instanceId}": ${where}, attempt ${attempt}${handed}`;
}

function leaseLine({ kind, key, worker, token, expiresAt }: Of<"leases">): string {
  return `  ${worker} on ${kind} "${key}" until ${expiresAt}, token ${token}`;
}

function ledgerLines(name: string, entries: readonly unknown[]): readonly string[] {
  const size = count(entries.length, "entry", "entries");
  return [`  ${name}: ${size}`, ...entries.map((entry) => `    ${JSON.stringify(entry)}`)];
}

function workerLine({ name, incarnation, status, pausedUntil, restartsAt }: Of<"workers">): string {
  const until = pausedUntil === undefined ? "" : ` until ${pausedUntil}`;
  const back = restartsAt === undefined ? until : `, comes back at ${restartsAt}`;
  return `  ${name}: ${status}${back}${incarnation > 1 ? `, life ${incarnation}` : ""}`;
}
