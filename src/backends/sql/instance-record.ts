/**
 * Makes the status rows of all stores of ours.
 *
 * Invariant: a record is never changed, only replaced, so it can be handed to any reader; a property that has no
 * value is absent. Called by the stores.
 */
import type { Mutable } from "../../core/mutable.ts";
import type { EntityData } from "../../core/entity-data.ts";
import type { EntityRow, InstanceRecord, StatusUpdate } from "../../ports/backend.ts";

/** What a record takes from how its execution begins. */
type Beginning = Pick<InstanceRecord, "instanceId" | "name" | "executionId" | "input" | "version" | "tags">;

type Life = Pick<InstanceRecord, "kind" | "incarnation" | "createdAt" | "parentInstanceId">;

/** Output, failure and custom status are exactly what `status` says: what it leaves out is gone. */
export function instanceRecord(
  beginning: Beginning,
  life: Life,
  status: StatusUpdate,
  revision: number,
): InstanceRecord {
  // Written property by property because every commit makes one, and spreading what is optional costs microseconds.
  const record: Mutable<InstanceRecord> = {
    instanceId: beginning.instanceId,
    kind: life.kind,
    name: beginning.name,
    incarnation: life.incarnation,
    executionId: beginning.executionId,
    runtimeStatus: status.runtimeStatus,
    createdAt: life.createdAt,
    lastUpdatedAt: status.lastUpdatedAt,
    revision,
  };
  if (beginning.input !== undefined) record.input = beginning.input;
  if (life.parentInstanceId !== undefined) record.parentInstanceId = life.parentInstanceId;
  if (beginning.version !== undefined) record.version = beginning.version;
  if (beginning.tags !== undefined) record.tags = beginning.tags;
  if (status.output !== undefined) record.output = status.output;
  if (status.failure !== undefined) record.failure = status.failure;
  if (status.customStatus !== undefined) record.customStatus = status.customStatus;
  return record;
}

/** What readers see of an entity's data. */
export function entityRow({ state, lock, waiting, held, lastOperationAt }: EntityData): EntityRow {
  const row: Mutable<EntityRow> = { backlog: waiting.length + held.length, lastOperationAt };
  if (state !== undefined) row.state = state;
  if (lock !== undefined) {
    row.lockedBy = lock.caller.instanceId;
    row.lockedByExecutionId = lock.caller.executionId;
    row.criticalSectionId = lock.criticalSectionId;
  }
  return row;
}
