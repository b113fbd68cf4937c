/**
 * Rows of instances and activities as the columns that are written of them.
 *
 * Used by the tables alone.
 */
import type { EntityData } from "../../core/entity-data.ts";
import { activityId, type ExecutionStart } from "../../core/messages.ts";
import type { InstanceRecord, StatusUpdate } from "../../ports/backend.ts";
import { jsonOrNull, orNull, startColumn, type Row } from "../sql/columns.ts";
import { activityReadyAt, hasYetToStart, type ActivityRow, type InstanceRow, type WorkRow } from "../sql/rows.ts";
import { storedId } from "../sql/stored-id.ts";
import { partitionOf } from "./partition.ts";
import type { Values } from "./writes.ts";

/** The key of what is an instance's own. */
export function keyValues({ instanceId, key }: InstanceRow): {
  readonly partition: number;
  readonly instance_key: number;
} {
  return { partition: partitionOf(instanceId), instance_key: key };
}

export function recordValues(row: InstanceRow, record: InstanceRecord, start: ExecutionStart): Row {
  return {
    ...keyValues(row),
    instance_id: storedId(row.instanceId),
    kind: record.kind,
    name: record.name,
    incarnation: record.incarnation,
    execution_id: record.executionId,
    runtime_status: record.runtimeStatus,
    created_at: record.createdAt,
    last_updated_at: record.lastUpdatedAt,
    version: orNull(record.version),
    tags: jsonOrNull(record.tags),
    input: orNull(record.input),
    parent_instance_id: record.parentInstanceId === undefined ? null : storedId(record.parentInstanceId),
    start: startColumn(start),
    revision: record.revision,
  };
}

export function startValues(row: InstanceRow, start: ExecutionStart): Values {
  const { name, version, tags, input, executionId } = start.event;
  return {
    ...keyValues(row),
    name,
    execution_id: executionId,
    version: orNull(version),
    tags: jsonOrNull(tags),
    input: orNull(input),
    start: startColumn(start),
  };
}

/** @param recounts have the database find out when the next message can be delivered */
export function workValues(row: InstanceRow, recounts: boolean): Values {
  const { lock, messagesAt } = row;
  return {
    ...keyValues(row),
    kind: row.kind,
    incarnation: row.incarnation,
    execution_id: row.executionId,
    generation: row.generation,
    runtime_status: row.runtimeStatus,
    revision: row.revision,
    last_event_id: row.lastEventId,
    start_at: row.startAt,
    starts_at: row.rewind !== undefined ? 0 : hasYetToStart(row) ? row.startAt : null,
    held_until: Math.max(lock?.expiresAt ?? 0, row.notBefore),
    rewind: jsonOrNull(row.rewind),
    messages_at: messagesAt === Infinity ? null : messagesAt,
    recount: recounts,
    create_request_id: row.createRequestId,
    last_commit_request_id: orNull(row.lastCommitRequestId),
    served: row.served,
    ...lockValues(row),
  };
}

export function statusValues(row: InstanceRow, status: StatusUpdate, entity: EntityData | undefined): Values {
  return {
    ...keyValues(row),
    runtime_status: status.runtimeStatus,
    last_updated_at: status.lastUpdatedAt,
    output: orNull(status.output),
    failure: jsonOrNull(status.failure),
    custom_status: orNull(status.customStatus),
    revision: row.revision,
    entity: jsonOrNull(entity),
  };
}

/** An activity as it is added. */
export function activityValues({ work, ...row }: ActivityRow, instance: InstanceRow): Values {
  return {
    ...keyValues(instance),
    activity_id: activityId(work),
    instance_id: storedId(work.instanceId),
    execution_id: work.executionId,
    task_id: work.taskId,
    name: work.name,
    input: orNull(work.input),
    attempt: work.attempt,
    idempotency_key: work.idempotencyKey,
    since: row.since,
    ready_at: activityReadyAt({ work, ...row }),
    ...lockValues(row),
  };
}

/** What changes of an activity. */
export function activityChanges(row: ActivityRow): Values {
  return { activity_id: row.id, ready_at: activityReadyAt(row), ...lockValues(row) };
}

function lockValues({ lock, lastNumber, notBefore, deliveryCount }: WorkRow): Values {
  return {
    last_number: lastNumber,
    lock_token: lock?.token ?? null,
    lock_worker: lock?.workerId ?? null,
    lock_until: lock?.expiresAt ?? null,
    not_before: notBefore,
    delivery_count: deliveryCount,
  };
}
