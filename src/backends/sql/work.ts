/**
 * What workers do with their locks, and how activities end.
 *
 * Invariant: a lock that is over changes nothing. Used by the SQL backends.
 */
import { assert } from "../../core/assert.ts";
import type { AbandonRequest, ActivityCommit, Lock } from "../../ports/backend.ts";
import { deliver } from "./delivery.ts";
import { holds, owned } from "./locks.ts";
import type { HeldLock } from "./rows.ts";
import { activityOf, instanceOf, type Operation, type Tables } from "./tables.ts";

/** @throws LeaseLostError when the lock is stale. */
export function* renewOrchestration(tables: Tables, lock: Lock, leaseMs: number): Operation<void> {
  const row = owned(yield* instanceOf(lock.key), lock, "instance", tables.now);
  row.lock = prolonged(row.lock, tables.now + leaseMs);
  tables.touch(row);
}

/** Ends a lock without a turn. A stale one is ignored. */
export function* abandonOrchestration(tables: Tables, request: AbandonRequest): Operation<void> {
  const row = yield* instanceOf(request.lock.key);
  if (!holds(row, request.lock, tables.now)) return;
  giveBack(row, request, tables.now);
  tables.touch(row);
}

/** @throws LeaseLostError when the lock is stale, or the activity is gone. */
export function* renewActivity(tables: Tables, lock: Lock, leaseMs: number): Operation<void> {
  const row = owned(yield* activityOf(lock.key), lock, "activity", tables.now);
  row.lock = prolonged(row.lock, tables.now + leaseMs);
  tables.touchActivity(row);
}

/** Ends a lock without a result. A stale one is ignored. */
export function* abandonActivity(tables: Tables, request: AbandonRequest): Operation<void> {
  const row = yield* activityOf(request.lock.key);
  if (!holds(row, request.lock, tables.now)) return;
  giveBack(row, request, tables.now);
  tables.touchActivity(row);
}

/** @throws LeaseLostError when the lock is stale, or the activity is gone (it was completed, for example). */
export function* completeActivity(tables: Tables, { lock, message }: ActivityCommit): Operation<void> {
  const row = owned(yield* activityOf(lock.key), lock, "activity", tables.now);
  assert(message.instanceId === row.work.instanceId, "an activity answers the instance that asked");
  tables.removeActivity(row);
  yield* deliver(tables, message);
}

function prolonged(lock: HeldLock | undefined, expiresAt: number): HeldLock {
  assert(lock !== undefined, "only a lock that is held is renewed");
  return { ...lock, expiresAt };
}

function giveBack(
  row: { lock: HeldLock | undefined; notBefore: number; deliveryCount: number },
  { delayMs, isUncounted }: AbandonRequest,
  now: number,
): void {
  row.lock = undefined;
  if (isUncounted === true) row.deliveryCount -= 1;
  row.notBefore = now + delayMs;
}
