/**
 * Rows of the tables, to and from what the engine calls them.
 *
 * Invariant: what is written is read back equal; a property without a value is absent. Used by the SQL backends.
 */
import type { EntityData } from "../../core/entity-data.ts";
import type { FailureDetails } from "../../core/failure.ts";
import type { HistoryEvent } from "../../core/history.ts";
import type { ExecutionStart, InstanceMessage, RewindOrder } from "../../core/messages.ts";
import type { Mutable } from "../../core/mutable.ts";
import type { RuntimeStatus } from "../../core/status.ts";
import type { InstanceKind, InstanceRecord } from "../../ports/backend.ts";
import { entityRow } from "./instance-record.ts";
import type { ActivityRow, HeldLock, InstanceRow } from "./rows.ts";
import { originalId } from "./stored-id.ts";

/** A value of a column, as any driver gives it. */
export type Value = string | number | bigint | null | Uint8Array;

/** A row, by the names of its columns. */
export type Row = Readonly<Record<string, Value>>;

const textOf = (value: Value | undefined): string => value as string;
const numberOf = (value: Value | undefined): number => Number(value);

/** JSON of what is there. */
export function jsonOrNull(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

export function orNull<T extends Value>(value: T | undefined): T | null {
  return value ?? null;
}

function parsed<T>(value: Value | undefined): T | undefined {
  return value === null || value === undefined ? undefined : (JSON.parse(value as string) as T);
}

function lockOf(row: Row): HeldLock | undefined {
  if (row["lock_token"] === null) return undefined;
  return {
    token: numberOf(row["lock_token"]),
    workerId: textOf(row["lock_worker"]),
    expiresAt: numberOf(row["lock_until"]),
  };
}

/** The columns of `instances` that make a record. */
export const RECORD_COLUMNS =
  "instance_id, kind, name, incarnation, execution_id, runtime_status, created_at, last_updated_at, version, tags, " +
  "input, output, custom_status, failure, parent_instance_id, entity, revision";

export function recordOf(row: Row): InstanceRecord {
  const record: Mutable<InstanceRecord> = {
    instanceId: originalId(textOf(row["instance_id"])),
    kind: textOf(row["kind"]) as InstanceKind,
    name: textOf(row["name"]),
    incarnation: textOf(row["incarnation"]),
    executionId: textOf(row["execution_id"]),
    runtimeStatus: textOf(row["runtime_status"]) as RuntimeStatus,
    createdAt: numberOf(row["created_at"]),
    lastUpdatedAt: numberOf(row["last_updated_at"]),
    revision: numberOf(row["revision"]),
  };
  const { input, output, version, tags, failure } = row;
  if (input !== null) record.input = textOf(input);
  if (row["parent_instance_id"] !== null) record.parentInstanceId = originalId(textOf(row["parent_instance_id"]));
  if (version !== null) record.version = textOf(version);
  if (tags !== null) record.tags = parsed<Record<string, string>>(tags) ?? {};
  if (output !== null) record.output = textOf(output);
  if (failure !== null) record.failure = JSON.parse(textOf(failure)) as FailureDetails;
  if (row["custom_status"] !== null) record.customStatus = textOf(row["custom_status"]);
  const entity = entityOf(row);
  if (entity !== undefined) record.entity = entityRow(entity);
  return record;
}

export function entityOf(row: Row): EntityData | undefined {
  return parsed<EntityData>(row["entity"]);
}

/** The start of an execution without its input, which is in the record. */
export function startColumn({ event, ...rest }: ExecutionStart): string {
  const { input: _input, ...bare } = event;
  return JSON.stringify({ event: bare, ...rest });
}

export function startOf(row: Row): ExecutionStart {
  const start = JSON.parse(textOf(row["start"])) as ExecutionStart;
  if (row["input"] === null) return start;
  return { ...start, event: { ...start.event, input: textOf(row["input"]) } };
}

export function instanceRowOf(row: Row): InstanceRow {
  return {
    instanceId: originalId(textOf(row["instance_id"])),
    key: numberOf(row["instance_key"]),
    kind: textOf(row["kind"]) as InstanceKind,
    incarnation: textOf(row["incarnation"]),
    executionId: textOf(row["execution_id"]),
    generation: numberOf(row["generation"]),
    runtimeStatus: textOf(row["runtime_status"]) as RuntimeStatus,
    revision: numberOf(row["revision"]),
    lastEventId: numberOf(row["last_event_id"]),
    startAt: numberOf(row["start_at"]),
    rewind: parsed<RewindOrder>(row["rewind"]),
    messagesAt: row["messages_at"] === null ? Infinity : numberOf(row["messages_at"]),
    createRequestId: textOf(row["create_request_id"]),
    lastCommitRequestId: row["last_commit_request_id"] === null ? undefined : textOf(row["last_commit_request_id"]),
    lock: lockOf(row),
    lastNumber: numberOf(row["last_number"] ?? 0),
    notBefore: numberOf(row["not_before"]),
    deliveryCount: numberOf(row["delivery_count"]),
    served: numberOf(row["served"]),
  };
}

export function activityRowOf(row: Row): ActivityRow {
  const { input } = row;
  return {
    id: textOf(row["activity_id"]),
    work: {
      instanceId: originalId(textOf(row["instance_id"])),
      executionId: textOf(row["execution_id"]),
      taskId: numberOf(row["task_id"]),
      name: textOf(row["name"]),
      ...(input === null ? {} : { input: textOf(input) }),
      attempt: numberOf(row["attempt"]),
      idempotencyKey: textOf(row["idempotency_key"]),
    },
    since: numberOf(row["since"]),
    lock: lockOf(row),
    lastNumber: numberOf(row["last_number"] ?? 0),
    notBefore: numberOf(row["not_before"]),
    deliveryCount: numberOf(row["delivery_count"]),
  };
}

/** The events of some commits, in the order of the rows. */
export function eventsOf(commits: readonly Row[]): readonly HistoryEvent[] {
  return commits.flatMap((row) => JSON.parse(textOf(row["events"])) as HistoryEvent[]);
}

/** What only the message itself says; the rest are columns. */
export function messageColumn({ instanceId: _to, messageId: _id, ...rest }: InstanceMessage): string {
  return JSON.stringify(rest);
}

export function messageOf(instanceId: string, row: Row): InstanceMessage {
  const rest = JSON.parse(textOf(row["message"])) as Omit<InstanceMessage, "messageId" | "instanceId">;
  return { messageId: textOf(row["message_id"]), instanceId, ...rest };
}
