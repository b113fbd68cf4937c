/**
 * Instances of the memory store as snapshots, and back.
 *
 * Invariant: what is restored is at rest: nobody holds it, and it is ready for what it was ready for. Used by the store.
 */
import type { Mutable } from "../../core/mutable.ts";
import type { InstanceSnapshot } from "../../ports/hub-snapshot.ts";
import { entityRow } from "../sql/instance-record.ts";
import { newInstance } from "./new-instance.ts";
import type { InstanceState, StoreState } from "./store-state.ts";

export function snapshotOf(instance: InstanceState): InstanceSnapshot {
  const { start, entity, rewind, archived = [], history, queue, activities = [] } = instance;
  const { revision: _revision, entity: _entity, ...record } = instance.record;
  const snapshot: Mutable<InstanceSnapshot> = {
    record,
    start,
    createRequestId: instance.createRequestId,
    executions: [...archived, { executionId: record.executionId, events: history.slice() }],
    messages: queue.entries().map(({ message }) => message),
    activities: [...activities].map(({ work }) => work),
  };
  if (entity !== undefined) snapshot.entity = entity;
  if (rewind !== undefined) snapshot.rewind = rewind;
  return snapshot;
}

export function restoreInstance(state: StoreState, snapshot: InstanceSnapshot): void {
  const { record, start, entity, rewind, executions, messages, activities } = snapshot;
  const { instanceId, incarnation } = record;
  const request = { instanceId, incarnation, start, requestId: snapshot.createRequestId };
  const instance = newInstance(request, state.now, state.nextRevision());
  const { revision } = instance.record;
  instance.record = { ...record, revision, ...(entity === undefined ? undefined : { entity: entityRow(entity) }) };
  instance.history = [...(executions.at(-1)?.events ?? [])];
  if (executions.length > 1) instance.archived = executions.slice(0, -1);
  instance.entity = entity;
  instance.rewind = rewind;
  state.addInstance(instance);
  for (const message of messages) state.enqueue(instance, message);
  for (const work of activities) state.addActivity(instance, work);
}
