/**
 * What clients ask of a store: instances begin, get messages, and go.
 *
 * Invariant: everything that can be refused is refused before the first write, and a request that was made before has no
 * effect. Used by the SQL backends.
 */
import { answerToParent } from "../../core/effects.ts";
import {
  InstanceAlreadyExistsError,
  InstanceNotFoundError,
  InstanceNotTerminalError,
  InstanceTerminalError,
} from "../../core/errors.ts";
import type { InstanceMessage } from "../../core/messages.ts";
import { isTerminal } from "../../core/status.ts";
import type { CreateInstanceRequest, PurgeInstanceRequest } from "../../ports/backend.ts";
import { addOrchestration, deliver, enqueue, receiverOf, remove } from "./delivery.ts";
import { isHeld } from "./locks.ts";
import { requestKey } from "./request-key.ts";
import type { InstanceRow } from "./rows.ts";
import { answerTo, hasMessages, instanceOf, startOf, type Operation, type Tables } from "./tables.ts";

/** @throws InstanceAlreadyExistsError when the id is taken and may not be replaced. */
export function* createInstance(tables: Tables, request: CreateInstanceRequest): Operation<void> {
  const { instanceId, requestId, replaceStatuses } = request;
  const existing = yield* instanceOf(instanceId);
  if (existing?.createRequestId === requestId) return;
  if ((yield* answerTo(requestKey("create", instanceId, requestId))) !== undefined) return;
  if (existing !== undefined) {
    const { runtimeStatus, kind } = existing;
    if (kind === "entity" || !replaceStatuses.includes(runtimeStatus)) {
      throw new InstanceAlreadyExistsError(instanceId, runtimeStatus);
    }
    yield* giveWay(tables, existing);
  }
  addOrchestration(tables, request);
}

/** Whoever waits for the end of an instance that is replaced before it learns that this was it. */
function* giveWay(tables: Tables, row: InstanceRow): Operation<void> {
  const parent = isTerminal(row.runtimeStatus) ? undefined : (yield* startOf(row.instanceId)).event.parent;
  remove(tables, row);
  for (const answer of answerToParent(parent, { kind: "terminated", output: undefined })) {
    yield* deliver(tables, answer);
  }
}

/**
 * @throws InstanceNotFoundError when there is no such instance.
 * @throws InstanceTerminalError when the instance has ended.
 */
export function* sendMessage(tables: Tables, message: InstanceMessage): Operation<void> {
  const { instanceId, messageId } = message;
  const key = requestKey("send", instanceId, messageId);
  if ((yield* answerTo(key)) !== undefined) return;
  const row = yield* receiverOf(tables, message);
  if (row === undefined) throw new InstanceNotFoundError(instanceId);
  if (isTerminal(row.runtimeStatus)) throw new InstanceTerminalError(instanceId, row.runtimeStatus);
  enqueue(tables, row, message);
  tables.remember(key, true);
}

/** @throws InstanceNotTerminalError when the instance has not ended. */
export function* purgeInstance(tables: Tables, request: PurgeInstanceRequest): Operation<boolean> {
  const { requestId, instanceId, ifRevision } = request;
  const key = requestKey("purge", instanceId, requestId);
  const known = yield* answerTo(key);
  if (known !== undefined) return known;
  const row = yield* instanceToPurge(tables, request);
  if (row !== undefined) {
    if (!isTerminal(row.runtimeStatus) && ifRevision === undefined) {
      throw new InstanceNotTerminalError(instanceId, row.runtimeStatus);
    }
    remove(tables, row);
  }
  tables.remember(key, row !== undefined);
  return row !== undefined;
}

function* instanceToPurge(tables: Tables, request: PurgeInstanceRequest): Operation<InstanceRow | undefined> {
  const { instanceId, ifRevision, ifIncarnation } = request;
  const row = yield* instanceOf(instanceId);
  if (row === undefined || (ifIncarnation !== undefined && row.incarnation !== ifIncarnation)) return undefined;
  if (ifRevision === undefined) return row;
  const isIdle = row.revision === ifRevision && !isHeld(row, tables.now) && !(yield* hasMessages(instanceId));
  return isIdle ? row : undefined;
}
