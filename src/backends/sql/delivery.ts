/**
 * How messages reach their queues, and how instances begin and go.
 *
 * Invariant: a message that nobody can ever consume is discarded; an instance that goes leaves behind, within the
 * redelivery horizon, that the request which created it was made. Used by the operations.
 */
import { assert } from "../../core/assert.ts";
import type { EntityBirth, ExecutionStart, InstanceMessage, InstanceStart } from "../../core/messages.ts";
import { isTerminal } from "../../core/status.ts";
import type { InstanceRecord } from "../../ports/backend.ts";
import { instanceRecord } from "./instance-record.ts";
import { requestKey } from "./request-key.ts";
import type { InstanceRow } from "./rows.ts";
import { answerTo, instanceOf, type Operation, type Tables } from "./tables.ts";

/** An instance's life as it begins. */
interface Beginning {
  readonly instanceId: string;
  readonly incarnation: string;
  readonly start: ExecutionStart;
  readonly requestId: string;
}

/** Makes an orchestration that waits for its first turn. */
export function addOrchestration(tables: Tables, beginning: Beginning): void {
  const { instanceId, incarnation, start } = beginning;
  assert(start.event.instanceId === instanceId, "an instance's start names the instance");
  const { parent } = start.event;
  const life = { kind: "orchestration", incarnation, createdAt: tables.now } as const;
  const born = parent === undefined ? life : { ...life, parentInstanceId: parent.instanceId };
  const status = { runtimeStatus: "Pending", lastUpdatedAt: tables.now } as const;
  add(tables, instanceRecord(start.event, born, status, tables.firstNumber()), start, beginning.requestId);
}

/** Makes an entity without a state. */
function addEntity(tables: Tables, instanceId: string, { name, incarnation }: EntityBirth): InstanceRow {
  const event = { type: "ExecutionStarted", name, instanceId, executionId: incarnation } as const;
  const life = { kind: "entity", incarnation, createdAt: tables.now } as const;
  const status = { runtimeStatus: "Running", lastUpdatedAt: tables.now } as const;
  const record = instanceRecord(event, life, status, tables.firstNumber());
  return add(tables, record, { event, carriedEvents: [] }, incarnation);
}

function add(tables: Tables, record: InstanceRecord, start: ExecutionStart, createRequestId: string): InstanceRow {
  const { instanceId, kind, incarnation, executionId, runtimeStatus } = record;
  const row: InstanceRow = {
    instanceId,
    key: 0,
    kind,
    incarnation,
    executionId,
    generation: 1,
    runtimeStatus,
    revision: record.revision,
    lastNumber: record.revision,
    lastEventId: 0,
    startAt: start.startAt ?? tables.now,
    rewind: undefined,
    messagesAt: Infinity,
    createRequestId,
    lastCommitRequestId: undefined,
    lock: undefined,
    notBefore: 0,
    deliveryCount: 0,
    served: 0,
  };
  tables.addInstance(row, record, start);
  return row;
}

/** Removes a life of an id, with everything that is its own. */
export function remove(tables: Tables, row: InstanceRow): void {
  tables.removeInstance(row);
  tables.remember(requestKey("create", row.instanceId, row.createRequestId), true);
}

/** Whoever a message is for; an entity begins with its first message. */
export function* receiverOf(
  tables: Tables,
  { instanceId, birth }: InstanceMessage,
): Operation<InstanceRow | undefined> {
  const existing = yield* instanceOf(instanceId);
  return existing !== undefined || birth === undefined ? existing : addEntity(tables, instanceId, birth);
}

/** Queues a message for an instance unless one with its id waits there. */
export function enqueue(tables: Tables, row: InstanceRow, message: InstanceMessage): void {
  const visibleAt = Math.max(tables.now, message.dueTime ?? 0);
  tables.addMessage(row, message, visibleAt);
  if (visibleAt >= row.messagesAt) return;
  row.messagesAt = visibleAt;
  tables.touch(row);
}

/** Queues a message for whoever it is for, or discards it where nobody can ever consume it. */
export function* deliver(tables: Tables, message: InstanceMessage): Operation<void> {
  const row = yield* receiverOf(tables, message);
  if (row !== undefined && !isTerminal(row.runtimeStatus)) enqueue(tables, row, message);
}

/** Begins an instance that a turn starts, or tells the sender that the id is taken. */
export function* begin(tables: Tables, request: InstanceStart): Operation<void> {
  const { instanceId, incarnation, replaces, refusal } = request;
  const existing = yield* instanceOf(instanceId);
  if (existing?.incarnation === incarnation) return;
  if ((yield* answerTo(requestKey("create", instanceId, incarnation))) !== undefined) return;
  if (existing !== undefined) {
    const givesWay = existing.incarnation === replaces && isTerminal(existing.runtimeStatus);
    if (!givesWay) {
      if (refusal !== undefined) yield* deliver(tables, refusal);
      return;
    }
    remove(tables, existing);
  }
  addOrchestration(tables, { ...request, requestId: incarnation });
}
