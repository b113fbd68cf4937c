/**
 * Makes the instances of the memory store: orchestrations from their starts, entities from their first messages.
 */
import { assert } from "../../core/assert.ts";
import type { EntityBirth, ExecutionStart } from "../../core/messages.ts";
import type { CreateInstanceRequest, InstanceRecord } from "../../ports/backend.ts";
import { ControlQueue } from "./control-queue.ts";
import { instanceRecord } from "../sql/instance-record.ts";
import type { InstanceState } from "./store-state.ts";

/** An orchestration that waits for its first turn. */
export function newInstance(
  request: Omit<CreateInstanceRequest, "replaceStatuses">,
  now: number,
  revision: number,
): InstanceState {
  const { instanceId, incarnation, start, requestId } = request;
  assert(start.event.instanceId === instanceId, "an instance's start names the instance");
  const { parent } = start.event;
  const life = { kind: "orchestration", incarnation, createdAt: now } as const;
  const born = parent === undefined ? life : { ...life, parentInstanceId: parent.instanceId };
  const record = instanceRecord(start.event, born, { runtimeStatus: "Pending", lastUpdatedAt: now }, revision);
  return atRest(record, start, requestId);
}

/** An entity without a state. */
export function newEntity(instanceId: string, birth: EntityBirth, now: number, revision: number): InstanceState {
  const { name, incarnation } = birth;
  const event = { type: "ExecutionStarted", name, instanceId, executionId: incarnation } as const;
  const life = { kind: "entity", incarnation, createdAt: now } as const;
  const record = instanceRecord(event, life, { runtimeStatus: "Running", lastUpdatedAt: now }, revision);
  return atRest(record, { event, carriedEvents: [] }, incarnation);
}

/** Written out, as an activity is in `store-state.ts`: a spread would cost each instance a hidden class of its own. */
function atRest(record: InstanceRecord, start: ExecutionStart, createRequestId: string): InstanceState {
  return {
    kind: "orchestration",
    record,
    start,
    history: [],
    entity: undefined,
    rewind: undefined,
    archived: undefined,
    queue: new ControlQueue(),
    activities: undefined,
    lock: undefined,
    batch: [],
    notBefore: 0,
    deliveryCount: 0,
    createRequestId,
    lastCommitRequestId: undefined,
    pending: 0,
    isGone: false,
    heapIndex: -1,
    readyAt: 0,
    order: 0,
    place: "none",
    previous: undefined,
    next: undefined,
  };
}
