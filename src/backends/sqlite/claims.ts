/**
 * Hands out what is ready: the fetches.
 *
 * Invariant: what is handed out was ready, and is locked for the worker in the same transaction; oldest first.
 */
import { assert } from "../../core/assert.ts";
import { BATCH_MESSAGES_MAX } from "../../core/limits.ts";
import type { ActivityWorkItem, FetchOptions, OrchestrationWorkItem } from "../../ports/backend.ts";
import type { ActivityRow, HeldLock, InstanceRow, WorkRow } from "../sql/rows.ts";
import { hasStartDue, itemOf } from "../sql/work-item.ts";
import type { SqliteTables } from "./sqlite-tables.ts";

/** Locks ready instances. */
export function orchestrationsFor(options: FetchOptions, tables: SqliteTables): readonly OrchestrationWorkItem[] {
  assert(options.leaseMs > 0, "a lock lasts longer than no time");
  const items: OrchestrationWorkItem[] = [];
  for (const row of tables.readyInstances(options.maxItems)) {
    const item = claimed(row, options, tables);
    if (item !== undefined) items.push(item);
  }
  return items;
}

/** Locks instances that activities have answered, to be handed out before the answers are durable (`early-turns.ts`). */
export function answeredFor(options: FetchOptions, tables: SqliteTables): readonly OrchestrationWorkItem[] {
  const items: OrchestrationWorkItem[] = [];
  for (const row of tables.answeredInstances()) {
    if (items.length >= options.maxItems) break;
    const item = claimed(row, options, tables);
    if (item !== undefined) items.push(item);
  }
  return items;
}

function claimed(row: InstanceRow, options: FetchOptions, tables: SqliteTables): OrchestrationWorkItem | undefined {
  const messages = tables.visibleMessages(row, BATCH_MESSAGES_MAX);
  if (messages.length === 0 && !hasStartDue(row, tables.now)) {
    tables.recount(row);
    return undefined;
  }
  const lock = newLock(options, row, tables);
  row.lock = lock;
  row.served = lock.token;
  row.deliveryCount += 1;
  tables.touch(row);
  return itemOf(row, tables.partsOf(row), messages, tables.now);
}

/** Locks ready activities. */
export function activitiesFor(options: FetchOptions, tables: SqliteTables): readonly ActivityWorkItem[] {
  assert(options.leaseMs > 0, "a lock lasts longer than no time");
  const items: ActivityWorkItem[] = [];
  for (const row of tables.readyActivities(options.maxItems)) {
    items.push(lockedActivity(row, options, tables));
    tables.touchActivity(row);
  }
  for (const row of tables.newActivities()) {
    if (items.length >= options.maxItems) break;
    const item = lockedActivity(row, options, tables);
    // One that was there already is not ours to hand out.
    if (tables.insertActivity(row)) items.push(item);
  }
  return items;
}

function lockedActivity(row: ActivityRow, options: FetchOptions, tables: SqliteTables): ActivityWorkItem {
  const lock = newLock(options, row, tables);
  row.lock = lock;
  row.deliveryCount += 1;
  const { id: key, work, deliveryCount } = row;
  return { lock: { key, token: lock.token }, work, deliveryCount, now: tables.now };
}

function newLock({ workerId, leaseMs }: FetchOptions, row: WorkRow, tables: SqliteTables): HeldLock {
  return { token: tables.nextNumber(row), workerId, expiresAt: tables.now + leaseMs };
}
