/**
 * O13: what readers see of an instance is what is durable of it.
 *
 * Invariant: the status row of an orchestration follows from its histories: whose execution it is, how it stands, its
 * output, failure and times; a custom status changes only in a turn that is recorded. The row of an entity follows from
 * the entity's data. A row that changed has a greater revision. That a replay comes to the same custom status is the
 * business of O6.
 */
import type { EntityData, HistoryEvent, InstanceRecord } from "dacapo/backend";
import type { InstanceView } from "dacapo/memory";
import type { Evidence, Oracle, Violation } from "./oracle.ts";

const ID = "O13";

export function statusOracle(): Oracle {
  const seen = new Map<string, Seen>();
  return {
    id: ID,
    title:
      "an instance's status, output and custom status agree with its history; an entity's row agrees with its data",
    observe: ({ store }: Evidence, changed: ReadonlySet<string>): readonly Violation[] => {
      const found: Violation[] = [];
      for (const instanceId of changed) {
        const instance = store.instance(instanceId);
        if (instance === undefined) continue;
        const earlier = store.archivedHistories(instanceId).at(-1)?.events;
        const problem = problemWith(instance, earlier) ?? problemSince(seen, instance, earlier);
        if (problem === undefined) continue;
        found.push({ oracle: ID, instanceId, message: `${nameOf(instance.record)} ${problem}` });
      }
      return found;
    },
  };
}

function nameOf({ kind, instanceId }: InstanceRecord): string {
  return kind === "entity" ? `entity "${instanceId}"` : `instance "${instanceId}"`;
}

/** What is wrong with a row as it is, as the end of a sentence about it. */
function problemWith(instance: InstanceView, earlier: readonly HistoryEvent[] | undefined): string | undefined {
  const { record, entity } = instance;
  if (record.kind === "entity") return entity === undefined ? undefined : problemWithEntity(record, entity);
  return problemWithBeginning(instance) ?? problemWithEnd(instance, earlier);
}

/** The fields that an execution begins with, which its row repeats. */
const FROM_BEGINNING = ["name", "executionId", "input", "version", "tags"] as const;

function problemWithBeginning({ record, start, history }: InstanceView): string | undefined {
  const event = history.find(({ type }) => type === "ExecutionStarted");
  const began = event?.type === "ExecutionStarted" ? event : start.event;
  for (const field of FROM_BEGINNING) {
    if (record[field] !== began[field] && text(record[field]) !== text(began[field])) {
      return `shows the ${field} ${text(record[field])}, and began with ${text(began[field])}`;
    }
  }
  const parent = began.parent?.instanceId;
  if (record.parentInstanceId === parent) return undefined;
  return `shows the parent ${text(record.parentInstanceId)}, and began with ${text(parent)}`;
}

/** How an instance must stand, as its histories say. */
type Standing = Pick<InstanceRecord, "runtimeStatus" | "output" | "failure">;

function problemWithEnd(
  { record, start, history, rewind }: InstanceView,
  earlier: readonly HistoryEvent[] | undefined,
): string | undefined {
  const isHeld = history.length === 0 && start.suspended !== undefined;
  const standing: Standing = isHeld ? { runtimeStatus: "Suspended" } : standingOf(history, earlier !== undefined);
  // A failed instance that is to go on runs, and its history says so once it has.
  const must: Standing = rewind === undefined ? standing : { runtimeStatus: "Running" };
  for (const field of ["runtimeStatus", "output", "failure"] as const) {
    if (record[field] === must[field] || text(record[field]) === text(must[field])) continue;
    return `shows the ${FIELDS[field]} ${text(record[field])}, and its history says ${text(must[field])}`;
  }
  const last = (history.length > 0 ? history : earlier)?.at(-1);
  if (rewind === undefined && last !== undefined && record.lastUpdatedAt !== last.timestamp) {
    return `was last changed at ${record.lastUpdatedAt} by its row, and at ${last.timestamp} by its history`;
  }
  if (history.length > 0 || record.customStatus === start.event.customStatus) return undefined;
  const { customStatus } = start.event;
  return `shows the custom status ${text(record.customStatus)}, and its execution begins with ${text(customStatus)}`;
}

const FIELDS = { runtimeStatus: "status", output: "output", failure: "failure" } as const;

function standingOf(history: readonly HistoryEvent[], isContinued: boolean): Standing {
  for (let i = history.length - 1; i >= 0; i--) {
    const event = history[i];
    switch (event?.type) {
      case "ExecutionCompleted":
        return event;
      case "ExecutionSuspended":
        return { runtimeStatus: "Suspended" };
      case "ExecutionResumed":
        return { runtimeStatus: "Running" };
      default:
        break;
    }
  }
  return { runtimeStatus: history.length > 0 || isContinued ? "Running" : "Pending" };
}

function problemWithEntity({ runtimeStatus, entity: row }: InstanceRecord, data: EntityData): string | undefined {
  if (runtimeStatus !== "Running") return `shows the status ${runtimeStatus}, and an entity is always Running`;
  const must = {
    state: data.state,
    lockedBy: data.lock?.caller.instanceId,
    lockedByExecutionId: data.lock?.caller.executionId,
    criticalSectionId: data.lock?.criticalSectionId,
    backlog: data.waiting.length + data.held.length,
    lastOperationAt: data.lastOperationAt,
  };
  for (const field of Object.keys(must) as (keyof typeof must)[]) {
    if (row?.[field] === must[field]) continue;
    return `shows the ${field} ${text(row?.[field])}, and its data says ${text(must[field])}`;
  }
  return undefined;
}

/** What stays as it is from execution to execution. */
const FOR_LIFE = ["name", "version", "tags"] as const;

/** A row as it was seen last. */
interface Seen {
  readonly record: InstanceRecord;
  /** Names what is recorded of the instance: how many events of which execution. */
  readonly recorded: string;
}

/** What is wrong with how a row changed since it was seen last. */
function problemSince(
  seen: Map<string, Seen>,
  { record, history }: InstanceView,
  earlier: readonly HistoryEvent[] | undefined,
): string | undefined {
  const before = seen.get(record.instanceId);
  if (before?.record === record) return undefined;
  const recorded = `${history.length} ${earlier?.length ?? 0} ${record.executionId}`;
  seen.set(record.instanceId, { record, recorded });
  if (before?.record.incarnation !== record.incarnation) return undefined;
  const { createdAt, revision, customStatus } = before.record;
  const field = FOR_LIFE.find((name) => text(record[name]) !== text(before.record[name]));
  if (field !== undefined) return `shows the ${field} ${text(record[field])} after ${text(before.record[field])}`;
  if (record.createdAt !== createdAt) return `was created at ${createdAt}, and now its row says ${record.createdAt}`;
  if (record.revision <= revision) return `changed, and its row's revision did not grow: it is ${record.revision}`;
  if (recorded !== before.recorded || record.customStatus === customStatus) return undefined;
  return `shows the custom status ${text(record.customStatus)} after ${text(customStatus)}, and no turn was recorded`;
}

/** A value of a row, for people and for comparison. Payloads are JSON texts already. */
function text(value: unknown): string {
  if (value === undefined) return "none";
  return typeof value === "string" ? value : JSON.stringify(value);
}
