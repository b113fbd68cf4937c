/**
 * The commit of a turn.
 *
 * Invariant: everything that can be refused is refused before the first write. Used by the SQL backends.
 */
import { assert } from "../../core/assert.ts";
import { isTerminal } from "../../core/status.ts";
import type { TurnCommit } from "../../ports/backend.ts";
import { begin, deliver, enqueue } from "./delivery.ts";
import { owned } from "./locks.ts";
import { rewindChild } from "./reopening.ts";
import type { InstanceRow } from "./rows.ts";
import { instanceOf, type Operation, type Tables } from "./tables.ts";

/**
 * Makes a turn durable. Nothing happens when the commit with this request id has been made already.
 *
 * @throws LeaseLostError when the commit's lock is stale.
 */
export function* completeTurn(tables: Tables, commit: TurnCommit): Operation<void> {
  const found = yield* instanceOf(commit.lock.key);
  if (found?.lastCommitRequestId === commit.requestId) return;
  const row = owned(found, commit.lock, "instance", tables.now);
  checkTurn(row, commit);
  const endedExecutionId = writeHistory(tables, row, commit);
  for (const work of commit.activities) tables.addActivity(row, work);
  for (const timer of commit.timers) enqueue(tables, row, timer);
  if (commit.cancelledTimers.length > 0) tables.removeMessages(row, commit.cancelledTimers);
  if (endedExecutionId !== undefined) tables.removeTimers(row, endedExecutionId);
  yield* send(tables, commit);
  if (commit.entity !== undefined) tables.setEntity(row, commit.entity);
  if (commit.consumed.length > 0) tables.removeMessages(row, commit.consumed);
  settle(tables, row, commit);
}

/** A commit that breaks these was not made from its work item: a bug of the engine, not of its surroundings. */
function checkTurn(row: InstanceRow, commit: TurnCommit): void {
  const isToGoOn = row.rewind !== undefined;
  assert((commit.rewritten !== undefined) === isToGoOn, "a history is rewritten by the turn that was told to, alone");
  let eventId = commit.rewritten?.history.length ?? row.lastEventId;
  for (const event of commit.events) {
    eventId++;
    assert(event.eventId === eventId, "a turn's events continue the history without a gap");
  }
  for (const timer of commit.timers) {
    assert(timer.instanceId === row.instanceId, "a timer is a message of an instance to itself");
  }
  const isEntity = row.kind === "entity";
  assert((commit.entity !== undefined) === isEntity, "every turn of an entity, and no other, gives its data");
  if (commit.next !== undefined && commit.next.event.executionId === currentExecutionId(row, commit)) {
    assert(eventId === 0, "only an execution that has not begun can be given another beginning");
  }
}

function currentExecutionId(row: InstanceRow, { rewritten }: TurnCommit): string {
  return rewritten?.start.event.executionId ?? row.executionId;
}

/** Returns the id of the execution that the turn ended by continue-as-new. */
function writeHistory(tables: Tables, row: InstanceRow, { rewritten, events, next }: TurnCommit): string | undefined {
  if (rewritten !== undefined) {
    nextGeneration(tables, row, rewritten.start.event.executionId);
    tables.setStart(row, rewritten.start);
    row.rewind = undefined;
    if (rewritten.history.length > 0) tables.addEvents(row, rewritten.history);
  }
  if (events.length > 0) tables.addEvents(row, events);
  if (next === undefined) return undefined;
  const endedExecutionId = next.event.executionId === row.executionId ? undefined : row.executionId;
  if (endedExecutionId !== undefined) nextGeneration(tables, row, next.event.executionId);
  row.startAt = next.startAt ?? tables.now;
  tables.setStart(row, next);
  return endedExecutionId;
}

function nextGeneration(tables: Tables, row: InstanceRow, executionId: string): void {
  if (!tables.keepsHistory) tables.removeHistory(row);
  // An execution is kept by its rows, also one in which nothing happened.
  else if (row.lastEventId === 0) tables.addEvents(row, []);
  row.executionId = executionId;
  row.generation += 1;
  row.lastEventId = 0;
}

function* send(tables: Tables, { starts, rewinds = [], messages }: TurnCommit): Operation<void> {
  for (const start of starts) yield* begin(tables, start);
  for (const rewind of rewinds) yield* rewindChild(tables, rewind);
  for (const message of messages) yield* deliver(tables, message);
}

function settle(tables: Tables, row: InstanceRow, { requestId, lock, status }: TurnCommit): void {
  const { runtimeStatus } = status;
  row.runtimeStatus = runtimeStatus;
  tables.setStatus(row, status);
  if (isTerminal(runtimeStatus)) {
    tables.removeAllMessages(row);
    row.messagesAt = Infinity;
  } else if (row.messagesAt !== Infinity) tables.recount(row);
  if (row.lock?.token === lock.token) row.lock = undefined;
  row.notBefore = 0;
  row.deliveryCount = 0;
  row.lastCommitRequestId = requestId;
  tables.touch(row);
}
