/**
 * Failed instances that are made to go on: by a client, or by their parent that goes on itself.
 *
 * Invariant: an instance that was reopened is ready until a turn has rewritten its history; nothing else of it has
 * changed by then but its status. Called by the memory store and its turns.
 */
import { answerToParent } from "../../core/effects.ts";
import { InstanceNotFailedError, InstanceNotFoundError } from "../../core/errors.ts";
import type { ChildRewind, RewindOrder } from "../../core/messages.ts";
import type { RewindInstanceRequest } from "../../ports/backend.ts";
import { instanceRecord } from "../sql/instance-record.ts";
import type { MicroStep } from "./micro-step.ts";
import { requestKey } from "../sql/request-key.ts";
import type { InstanceState, StoreState } from "./store-state.ts";

/**
 * The plan is empty for a repeated request.
 * @throws InstanceNotFoundError when there is no such orchestration.
 * @throws InstanceNotFailedError when it has not failed.
 */
export function planRewind(state: StoreState, request: RewindInstanceRequest): readonly MicroStep[] {
  const { instanceId, ...order } = request;
  const key = requestKey("rewind", instanceId, order.requestId);
  if (state.requests.answerTo(key) !== undefined) return [];
  const instance = state.instances.get(instanceId);
  if (instance?.record.kind !== "orchestration") throw new InstanceNotFoundError(instanceId);
  const { runtimeStatus } = instance.record;
  if (runtimeStatus !== "Failed") throw new InstanceNotFailedError(instanceId, runtimeStatus);
  const apply = (): void => {
    reopen(state, instance, order);
    state.requests.remember(key, true, state.now);
  };
  return [{ name: "reopening", apply }];
}

function reopen(state: StoreState, instance: InstanceState, order: RewindOrder): void {
  const { record } = instance;
  const { customStatus } = record;
  const lastUpdatedAt = Math.max(record.lastUpdatedAt, state.now);
  const status = {
    runtimeStatus: "Running",
    lastUpdatedAt,
    ...(customStatus === undefined ? {} : { customStatus }),
  } as const;
  instance.record = instanceRecord(record, record, status, state.nextRevision());
  instance.rewind = order;
  instance.lock = undefined;
  instance.batch = [];
  instance.notBefore = 0;
  instance.deliveryCount = 0;
  state.refreshInstance(instance);
  state.tellInstanceChanged(record.instanceId);
}

/** Makes a sub-orchestration answer its parent under the execution id that the parent has now. */
export function rewindChild(state: StoreState, { instanceId, incarnation, parent, order, lost }: ChildRewind): void {
  const child = state.instances.get(instanceId);
  if (child?.record.incarnation !== incarnation) {
    state.deliver(lost);
    return;
  }
  child.start = { ...child.start, event: { ...child.start.event, parent } };
  switch (child.record.runtimeStatus) {
    case "Failed":
      reopen(state, child, order);
      return;
    case "Completed":
    case "Terminated":
      for (const answer of answerToParent(parent, endOf(child))) state.deliver(answer);
      return;
    case "Pending":
    case "Running":
    case "Suspended":
      child.lock = undefined;
      child.batch = [];
      state.refreshInstance(child);
  }
}

function endOf({ record: { runtimeStatus, output } }: InstanceState) {
  return runtimeStatus === "Completed"
    ? ({ kind: "completed", output } as const)
    : ({ kind: "terminated", output, isRecursive: false } as const);
}
