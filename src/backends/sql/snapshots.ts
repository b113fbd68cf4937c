/**
 * Makes the snapshot of an instance from the rows that are its own.
 *
 * Invariant: the rows were read in one transaction. Used by the SQL backends.
 */
import type { HistoryEvent } from "../../core/history.ts";
import type { Mutable } from "../../core/mutable.ts";
import type { ExecutionSnapshot, InstanceSnapshot } from "../../ports/hub-snapshot.ts";
import { activityRowOf, entityOf, instanceRowOf, messageOf, recordOf, startOf, type Row } from "./columns.ts";

/** Rows of one instance, each kind in its order. */
export interface InstanceRows {
  /** That of `instances`, joined with that of `work`. */
  readonly instance: Row;
  readonly commits: readonly Row[];
  readonly messages: readonly Row[];
  readonly activities: readonly Row[];
}

export function snapshotOf({ instance, commits, messages, activities }: InstanceRows): InstanceSnapshot {
  const { revision: _revision, entity: _entity, ...record } = recordOf(instance);
  const { rewind, createRequestId } = instanceRowOf(instance);
  const snapshot: Mutable<InstanceSnapshot> = {
    record,
    start: startOf(instance),
    createRequestId,
    executions: executionsOf(commits, record.executionId),
    messages: messages.map((message) => messageOf(record.instanceId, message)),
    activities: activities.map((activity) => activityRowOf(activity).work),
  };
  const entity = entityOf(instance);
  if (entity !== undefined) snapshot.entity = entity;
  if (rewind !== undefined) snapshot.rewind = rewind;
  return snapshot;
}

function executionsOf(commits: readonly Row[], current: string): readonly ExecutionSnapshot[] {
  const byGeneration = new Map<unknown, { readonly executionId: string; readonly events: HistoryEvent[] }>();
  for (const { generation, execution_id, events } of commits) {
    const execution = byGeneration.get(generation) ?? { executionId: execution_id as string, events: [] };
    byGeneration.set(generation, execution);
    execution.events.push(...(JSON.parse(events as string) as HistoryEvent[]));
  }
  const kept = [...byGeneration.values()];
  return kept.at(-1)?.executionId === current ? kept : [...kept, { executionId: current, events: [] }];
}
