/**
 * Failed instances that are made to go on: by a client, or by their parent that goes on itself.
 *
 * Invariant: an instance that was reopened is ready until a turn has rewritten its history; nothing else of it has
 * changed by then but its status. Used by the operations.
 */
import { answerToParent } from "../../core/effects.ts";
import { InstanceNotFailedError, InstanceNotFoundError } from "../../core/errors.ts";
import type { ChildRewind, RewindOrder } from "../../core/messages.ts";
import type { RewindInstanceRequest } from "../../ports/backend.ts";
import { deliver } from "./delivery.ts";
import { requestKey } from "./request-key.ts";
import type { InstanceRow } from "./rows.ts";
import { answerTo, instanceOf, outputOf, startOf, type Operation, type Tables } from "./tables.ts";

/** @throws InstanceNotFoundError, InstanceNotFailedError as the contract says. */
export function* rewindInstance(tables: Tables, request: RewindInstanceRequest): Operation<void> {
  const { instanceId, ...order } = request;
  const key = requestKey("rewind", instanceId, order.requestId);
  if ((yield* answerTo(key)) !== undefined) return;
  const row = yield* instanceOf(instanceId);
  if (row?.kind !== "orchestration") throw new InstanceNotFoundError(instanceId);
  if (row.runtimeStatus !== "Failed") throw new InstanceNotFailedError(instanceId, row.runtimeStatus);
  reopen(tables, row, order);
  tables.remember(key, true);
}

function reopen(tables: Tables, row: InstanceRow, order: RewindOrder): void {
  row.runtimeStatus = "Running";
  row.rewind = order;
  row.lock = undefined;
  row.notBefore = 0;
  row.deliveryCount = 0;
  tables.reopen(row);
}

/** Makes a sub-orchestration answer its parent under the execution id that the parent has now. */
export function* rewindChild(tables: Tables, request: ChildRewind): Operation<void> {
  const { instanceId, incarnation, parent, order, lost } = request;
  const child = yield* instanceOf(instanceId);
  if (child?.incarnation !== incarnation) {
    yield* deliver(tables, lost);
    return;
  }
  const start = yield* startOf(instanceId);
  tables.setStart(child, { ...start, event: { ...start.event, parent } });
  switch (child.runtimeStatus) {
    case "Failed":
      reopen(tables, child, order);
      return;
    case "Completed": {
      const end = { kind: "completed", output: yield* outputOf(instanceId) } as const;
      for (const answer of answerToParent(parent, end)) yield* deliver(tables, answer);
      return;
    }
    case "Terminated": {
      const end = { kind: "terminated", output: yield* outputOf(instanceId) } as const;
      for (const answer of answerToParent(parent, end)) yield* deliver(tables, answer);
      return;
    }
    case "Pending":
    case "Running":
    case "Suspended":
      child.lock = undefined;
      // Whoever knows the row as it was, knows another parent.
      tables.nextNumber(child);
      tables.touch(child);
  }
}
