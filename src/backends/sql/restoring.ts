/**
 * Puts the parts of a hub into an empty one.
 *
 * Invariant: each part is whole or not there. The parts are many transactions, so that a hub which could only be restored in
 * part has to be thrown away. Used by the SQL backends.
 */
import { assert } from "../../core/assert.ts";
import { HubNotEmptyError } from "../../core/errors.ts";
import type { Mutable } from "../../core/mutable.ts";
import type { Backend, StatusUpdate } from "../../ports/backend.ts";
import type { HubPart, InstanceSnapshot } from "../../ports/hub-snapshot.ts";
import { enqueue } from "./delivery.ts";
import type { InstanceRow } from "./rows.ts";
import type { Operation, Tables } from "./tables.ts";

/** So many parts are on their way to the database at a time. */
const PARTS_AT_A_TIME = 200;

/** @throws HubNotEmptyError when the hub has an instance. */
export async function restoreAll(
  backend: Pick<Backend, "listInstances">,
  parts: AsyncIterable<HubPart>,
  restore: (part: HubPart) => Promise<void>,
): Promise<void> {
  const { instances } = await backend.listInstances({ pageSize: 1 });
  if (instances[0] !== undefined) throw new HubNotEmptyError(instances[0].instanceId);
  let group: Promise<void>[] = [];
  for await (const part of parts) {
    group.push(restore(part));
    if (group.length < PARTS_AT_A_TIME) continue;
    await Promise.all(group);
    group = [];
  }
  await Promise.all(group);
}

/** Restores a part; the hub's time is the store's to set. */
export function* restorePart(tables: Tables, part: HubPart): Operation<void> {
  if (part.kind === "request") tables.remember(part.key, part.answer);
  if (part.kind === "instance") restoreInstance(tables, part.instance);
}

function restoreInstance(tables: Tables, snapshot: InstanceSnapshot): void {
  const { record, start, rewind, entity, executions, messages, activities } = snapshot;
  assert(executions.at(-1)?.executionId === record.executionId, "the last execution is the current one");
  const revision = tables.firstNumber();
  const row: InstanceRow = {
    instanceId: record.instanceId,
    key: 0,
    kind: record.kind,
    incarnation: record.incarnation,
    executionId: record.executionId,
    generation: 1,
    runtimeStatus: record.runtimeStatus,
    revision,
    lastNumber: revision,
    lastEventId: 0,
    startAt: start.startAt ?? record.createdAt,
    rewind,
    messagesAt: Infinity,
    createRequestId: snapshot.createRequestId,
    lastCommitRequestId: undefined,
    lock: undefined,
    notBefore: 0,
    deliveryCount: 0,
    served: 0,
  };
  tables.addInstance(row, { ...record, revision }, start);
  for (const [i, { executionId, events }] of executions.entries()) {
    row.generation = i + 1;
    row.executionId = executionId;
    row.lastEventId = 0;
    const isCurrent = i === executions.length - 1;
    if (events.length > 0 || !isCurrent) tables.addEvents(row, events);
  }
  if (entity !== undefined) tables.setEntity(row, entity);
  tables.setStatus(row, statusOf(record));
  for (const message of messages) enqueue(tables, row, message);
  for (const work of activities) tables.addActivity(row, work);
}

function statusOf({
  runtimeStatus,
  lastUpdatedAt,
  output,
  failure,
  customStatus,
}: InstanceSnapshot["record"]): StatusUpdate {
  const status: Mutable<StatusUpdate> = { runtimeStatus, lastUpdatedAt };
  if (output !== undefined) status.output = output;
  if (failure !== undefined) status.failure = failure;
  if (customStatus !== undefined) status.customStatus = customStatus;
  return status;
}
