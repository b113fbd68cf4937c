/**
 * O6: the history says it all. Replayed from nothing, it leads the orchestrator to exactly what was recorded.
 *
 * Invariant: for each execution, a cold replay decides turn by turn what the history records (names, inputs, fire
 * times, in order), and ends with the recorded status, output and custom status. It alone runs the engine, through
 * `dacapo/replay`; the comparison is its own.
 */
import type { VersioningOptions } from "dacapo";
import type { FailureDetails, HistoryEvent, InstanceRecord } from "dacapo/backend";
import type { ReplayResult } from "dacapo/replay";
import type { Circumstances } from "./all-oracles.ts";
import type { FinalEvidence, Oracle, ReplayedExecution, Violation } from "./oracle.ts";

const ID = "O6";

export function replayOracle({ versioning = [] }: Pick<Circumstances, "versioning"> = {}): Oracle {
  const defaults = defaultVersions(versioning);
  return {
    id: ID,
    title: "a cold replay decides what the history records",
    atEnd: ({ replays }: FinalEvidence): readonly Violation[] =>
      replays.flatMap((replayed) => {
        const problem = problemWith(replayed, defaults);
        const { instanceId } = replayed.execution;
        if (problem === undefined) return [];
        const message = `the history of "${instanceId}" does not replay: ${problem}`;
        return [{ oracle: ID, instanceId, message }];
      }),
  };
}

/** Failures that the engine decides, not the orchestrator: a replay knows nothing of them. */
const ENGINE_FAILURES: ReadonlySet<string | undefined> = new Set([
  ...["POISON_MESSAGE", "HISTORY_TOO_LONG", "ORCHESTRATOR_NOT_REGISTERED", "VERSION_MISMATCH", "REWIND_NOT_POSSIBLE"],
]);

/** The versions that workers give to sub-orchestrations that are started without one. */
export function defaultVersions(versioning: readonly VersioningOptions[]): ReadonlySet<string> {
  return new Set(versioning.flatMap(({ defaultVersion }) => defaultVersion ?? []));
}

function problemWith(
  { execution, replay, problem }: ReplayedExecution,
  defaults: ReadonlySet<string>,
): string | undefined {
  const { history, record } = execution;
  if (problem !== undefined) return problem;
  const failure = failureIn(history);
  if (failure?.code === "NON_DETERMINISM") return failure.errorMessage;
  if (replay === undefined || ENGINE_FAILURES.has(failure?.code)) return undefined;
  return differenceFromRecord(replay, { history, record, defaults });
}

function failureIn(history: readonly HistoryEvent[]): FailureDetails | undefined {
  return history.findLast((event) => event.type === "ExecutionCompleted")?.failure;
}

interface RecordedExecution {
  readonly history: readonly HistoryEvent[];
  readonly record: InstanceRecord | undefined;
  /** The default version of the worker that ran a turn is recorded with it, and nobody else knows it. */
  readonly defaults: ReadonlySet<string>;
}

/** What a replay decides otherwise than the history records; undefined when there is nothing. */
export function differenceFromRecord(
  replay: ReplayResult,
  { history, record, defaults }: RecordedExecution,
): string | undefined {
  if (!replay.ok) return replay.error.message;
  // A failed instance that is to go on runs, and its history says so once it has.
  const isToGoOn = record?.runtimeStatus === "Running" && failureIn(history) !== undefined;
  return differenceInTurns(history, replay, defaults) ?? (isToGoOn ? undefined : differenceInStatus(record, replay));
}

type GoodReplay = Extract<ReplayResult, { readonly ok: true }>;

function differenceInTurns(
  history: readonly HistoryEvent[],
  { turns }: GoodReplay,
  defaults: ReadonlySet<string>,
): string | undefined {
  const recorded = decisionsByTurn(history);
  if (recorded.length !== turns.length) return `it records ${recorded.length} turns, and replay makes ${turns.length}`;
  for (const [i, decisions] of recorded.entries()) {
    const replayed: readonly Decision[] = turns[i]?.decisions ?? [];
    for (let k = 0; k < Math.max(decisions.length, replayed.length); k++) {
      if (isPlainlySame(decisions[k], replayed[k])) continue;
      const difference = differenceInDecision(withoutDefault(decisions[k], replayed[k], defaults), replayed[k]);
      if (difference !== undefined) return `turn ${i + 1} records ${difference}`;
    }
  }
  return undefined;
}

/** True where all fields that are compared are the same texts and numbers; most decisions have no others. */
function isPlainlySame(recorded: Decision | undefined, replayed: Decision | undefined): boolean {
  if (recorded === undefined || replayed === undefined) return recorded === replayed;
  return hasFieldsOf(recorded, replayed) && hasFieldsOf(replayed, recorded);
}

function hasFieldsOf(one: object, other: object): boolean {
  const [fields, others] = [one, other] as readonly Readonly<Record<string, unknown>>[];
  for (const field in fields) if (fields[field] !== others?.[field] && !NOT_COMPARED.has(field)) return false;
  return true;
}

/** A recorded decision without the version that its worker gave to a sub-orchestration of which the code gave none. */
function withoutDefault(
  recorded: Decision | undefined,
  replayed: Decision | undefined,
  defaults: ReadonlySet<string>,
): Decision | undefined {
  if (recorded === undefined || replayed === undefined || "version" in replayed) return recorded;
  const { version, ...rest } = recorded as Decision & { readonly version?: string };
  return version !== undefined && defaults.has(version) ? rest : recorded;
}

/** What the history records and what replay decides, the field that differs with both values. */
function differenceInDecision(recorded: Decision | undefined, replayed: Decision | undefined): string | undefined {
  if (recorded === undefined || replayed === undefined || headOf(recorded) !== headOf(replayed)) {
    if (recorded === replayed) return undefined;
    const decides = replayed === undefined ? "nothing" : headOf(replayed);
    return `${recorded === undefined ? "no more decisions" : headOf(recorded)}, and replay decides ${decides}`;
  }
  const fields = [...new Set([...Object.keys(recorded), ...Object.keys(replayed)])].sort();
  for (const field of fields.filter((name) => !NOT_COMPARED.has(name))) {
    const [was, is] = [valueOf(recorded, field), valueOf(replayed, field)];
    if (was !== is) return `${headOf(recorded)} with the ${field} ${cut(was)}, and replay decides ${cut(is)}. ${HINT}`;
  }
  return undefined;
}

const HINT =
  "Use ctx.random(), ctx.newGuid() and ctx.currentUtcDateTime, and no state that is not the orchestrator's own.";

/** An event, or a decision that would become one. */
interface Decision {
  readonly type: string;
}

/** What a decision is, such as `TaskScheduled "charge" (task 1)`. */
function headOf(decision: Decision): string {
  const { type, name, taskId } = decision as {
    readonly type: string;
    readonly name?: string;
    readonly taskId?: number;
  };
  return `${type}${name === undefined ? "" : ` "${name}"`}${taskId === undefined ? "" : ` (task ${taskId})`}`;
}

function valueOf(decision: Decision, field: string): string {
  const value = (decision as unknown as Readonly<Record<string, unknown>>)[field];
  // Payloads are JSON texts already.
  return typeof value === "string" ? value : (canonical(value) ?? "nothing");
}

const VALUE_SHOWN = 80;

/** A value, cut when it is long. */
function cut(value: string): string {
  return value.length <= VALUE_SHOWN ? value : `${value.slice(0, VALUE_SHOWN)}…`;
}

function decisionsByTurn(history: readonly HistoryEvent[]): readonly (readonly Decision[])[] {
  const turns: Decision[][] = [];
  for (const event of history) {
    switch (event.type) {
      case "OrchestratorStarted":
        turns.push([]);
        break;
      case "TaskScheduled":
      case "TimerCreated":
      case "SubOrchestrationInstanceCreated":
      case "EventSent":
      case "EntityOperationCalled":
      case "EntityOperationSignaled":
      case "EntityLockRequested":
      case "EntityUnlockSent":
      case "ExecutionCompleted":
      case "ContinueAsNew":
        turns.at(-1)?.push(event);
        break;
      default:
        break;
    }
  }
  return turns;
}

function differenceInStatus(record: InstanceRecord | undefined, replay: GoodReplay): string | undefined {
  if (record === undefined || replay.turns.length === 0) return undefined;
  const isSame = record.runtimeStatus === replay.runtimeStatus && record.output === replay.output;
  if (isSame && record.customStatus === replay.customStatus) return undefined;
  const recorded = canonical({ status: record.runtimeStatus, output: record.output, custom: record.customStatus });
  const replayed = canonical({ status: replay.runtimeStatus, output: replay.output, custom: replay.customStatus });
  return recorded === replayed ? undefined : `its instance shows ${recorded}, and replay ends with ${replayed}`;
}

/** Where an event stands and where an error was thrown are no part of a decision. */
const NOT_COMPARED: ReadonlySet<string> = new Set(["eventId", "timestamp", "stackTrace"]);

/** A value as JSON with its keys in order. */
export function canonical(value: unknown): string | undefined {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part !== "object" || part === null || Array.isArray(part)) return part;
    const entries = Object.entries(part).filter(([key]) => !NOT_COMPARED.has(key));
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
