/**
 * Rows of instances and activities as the columns that are written of them.
 *
 * Invariant: what is made for each row of each turn names every column itself, in one literal: to spread another object into
 * it takes some hundred times as long. Used by the tables alone.
 */
import type { EntityData } from "../../core/entity-data.ts";
import { activityId, type ExecutionStart } from "../../core/messages.ts";
import type { InstanceRecord, StatusUpdate } from "../../ports/backend.ts";
import { jsonOrNull, orNull, startColumn } from "../sql/columns.ts";
import { activityReadyAt, hasYetToStart, instanceReadyAt, type ActivityRow, type InstanceRow } from "../sql/rows.ts";
import { storedId } from "../sql/stored-id.ts";
import type { Values } from "./literals.ts";
import { partitionOf } from "./partition.ts";

/** The key of what is an instance's own. */
export function keyValues({ instanceId, key }: InstanceRow): Values {
  return { partition: partitionOf(instanceId), instance_key: key };
}

export function recordValues(row: InstanceRow, record: InstanceRecord, start: ExecutionStart): Values {
  return {
    partition: partitionOf(row.instanceId),
    instance_key: row.key,
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
    partition: partitionOf(row.instanceId),
    instance_key: row.key,
    name,
    execution_id: executionId,
    version: orNull(version),
    tags: jsonOrNull(tags),
    input: orNull(input),
    start: startColumn(start),
  };
}

/** All of a row of work, and what the database needs that is to find out itself when the next message can be delivered. */
export function workValues(row: InstanceRow): Values {
  const { lock, messagesAt } = row;
  return {
    partition: partitionOf(row.instanceId),
    instance_key: row.key,
    kind: row.kind,
    incarnation: row.incarnation,
    execution_id: row.executionId,
    generation: row.generation,
    runtime_status: row.runtimeStatus,
    revision: row.revision,
    last_event_id: row.lastEventId,
    start_at: row.startAt,
    rewind: jsonOrNull(row.rewind),
    messages_at: messagesAt === Infinity ? null : messagesAt,
    ready_at: orNull(instanceReadyAt(row)),
    starts_at: row.rewind !== undefined ? 0 : hasYetToStart(row) ? row.startAt : null,
    held_until: Math.max(lock?.expiresAt ?? 0, row.notBefore),
    create_request_id: row.createRequestId,
    last_commit_request_id: orNull(row.lastCommitRequestId),
    served: row.served,
    last_number: row.lastNumber,
    lock_token: lock?.token ?? null,
    lock_worker: lock?.workerId ?? null,
    lock_until: lock?.expiresAt ?? null,
    not_before: row.notBefore,
    delivery_count: row.deliveryCount,
  };
}

export function statusValues(row: InstanceRow, status: StatusUpdate, entity: EntityData | undefined): Values {
  return {
    partition: partitionOf(row.instanceId),
    instance_key: row.key,
    runtime_status: status.runtimeStatus,
    last_updated_at: status.lastUpdatedAt,
    output: orNull(status.output),
    failure: jsonOrNull(status.failure),
    custom_status: orNull(status.customStatus),
    revision: row.revision,
    entity: jsonOrNull(entity),
  };
}

/** What of an instance has to be as it is known: each lock, turn and reopening gives it another number. */
export function knownInstance(row: InstanceRow): Values {
  return {
    partition: partitionOf(row.instanceId),
    instance_key: row.key,
    known_number: row.lastNumber,
    known_token: row.lock?.token ?? null,
    activity_id: null,
    token: null,
  };
}

/** What of an activity has to be as it is known. */
export function knownActivity({ id, lock }: ActivityRow): Values {
  const token = lock?.token ?? null;
  return { partition: null, instance_key: null, known_number: null, known_token: null, activity_id: id, token };
}

/** An activity as it is added. */
export function activityValues(row: ActivityRow, instance: InstanceRow): Values {
  const { work, lock } = row;
  return {
    partition: partitionOf(instance.instanceId),
    instance_key: instance.key,
    activity_id: activityId(work),
    instance_id: storedId(work.instanceId),
    execution_id: work.executionId,
    task_id: work.taskId,
    name: work.name,
    input: orNull(work.input),
    attempt: work.attempt,
    idempotency_key: work.idempotencyKey,
    since: row.since,
    ready_at: activityReadyAt(row),
    last_number: row.lastNumber,
    lock_token: lock?.token ?? null,
    lock_worker: lock?.workerId ?? null,
    lock_until: lock?.expiresAt ?? null,
    not_before: row.notBefore,
    delivery_count: row.deliveryCount,
  };
}

/** What changes of an activity. */
export function activityChanges(row: ActivityRow): Values {
  const { lock } = row;
  return {
    activity_id: row.id,
    ready_at: activityReadyAt(row),
    last_number: row.lastNumber,
    lock_token: lock?.token ?? null,
    lock_worker: lock?.workerId ?? null,
    lock_until: lock?.expiresAt ?? null,
    not_before: row.notBefore,
    delivery_count: row.deliveryCount,
  };
}

/** What is said of an instance that failed and goes on in the same transaction. */
export function reopened({ lastUpdatedAt, customStatus }: StatusUpdate, now: number): StatusUpdate {
  const status = { runtimeStatus: "Running", lastUpdatedAt: Math.max(lastUpdatedAt, now) } as const;
  return customStatus === undefined ? status : { ...status, customStatus };
}
