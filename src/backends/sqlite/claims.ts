/**
 * Hands out what is ready: the fetches.
 *
 * Invariant: what is handed out was ready, and is locked for the worker in the same transaction; oldest first.
 */
import { assert } from "../../core/assert.ts";
import { BATCH_MESSAGES_MAX } from "../../core/limits.ts";
import type { ActivityWorkItem, FetchOptions, OrchestrationWorkItem } from "../../ports/backend.ts";
import type { HeldLock, InstanceRow, WorkRow } from "../sql/rows.ts";
import { hasStartDue, workItem } from "../sql/work-item.ts";
import type { SqliteRow } from "./driver.ts";
import type { SqliteTables } from "./sqlite-tables.ts";
import type { Statements } from "./statements.ts";

/** Locks ready instances. */
export function orchestrationsFor(
  options: FetchOptions,
  tables: SqliteTables,
  statements: Statements,
): readonly OrchestrationWorkItem[] {
  assert(options.leaseMs > 0, "a lock lasts longer than no time");
  tables.flush();
  const items: OrchestrationWorkItem[] = [];
  for (const found of statements.readyInstances.all(tables.now, options.maxItems) as SqliteRow[]) {
    const row = tables.adoptInstance(found);
    const item = row === undefined ? undefined : claimed(row, options, tables, statements);
    if (item !== undefined) items.push(item);
  }
  return items;
}

function claimed(
  row: InstanceRow,
  options: FetchOptions,
  tables: SqliteTables,
  statements: Statements,
): OrchestrationWorkItem | undefined {
  const found = statements.visibleMessages.all(row.key, tables.now, BATCH_MESSAGES_MAX) as SqliteRow[];
  if (found.length === 0 && !hasStartDue(row, tables.now)) {
    tables.recount(row);
    return undefined;
  }
  const lock = newLock(options, row, tables);
  row.lock = lock;
  row.served = lock.token;
  row.deliveryCount += 1;
  tables.touch(row);
  return workItem(row, statements.instance.get(row.key) as SqliteRow, found, tables.now);
}

/** Locks ready activities. */
export function activitiesFor(
  options: FetchOptions,
  tables: SqliteTables,
  statements: Statements,
): readonly ActivityWorkItem[] {
  assert(options.leaseMs > 0, "a lock lasts longer than no time");
  tables.flush();
  const items: ActivityWorkItem[] = [];
  for (const found of statements.readyActivities.all(tables.now, options.maxItems) as SqliteRow[]) {
    const row = tables.adoptActivity(found);
    if (row === undefined) continue;
    const lock = newLock(options, row, tables);
    row.lock = lock;
    row.deliveryCount += 1;
    tables.touchActivity(row);
    const { id: key, work, deliveryCount } = row;
    items.push({ lock: { key, token: lock.token }, work, deliveryCount, now: tables.now });
  }
  return items;
}

function newLock({ workerId, leaseMs }: FetchOptions, row: WorkRow, tables: SqliteTables): HeldLock {
  return { token: tables.nextNumber(row), workerId, expiresAt: tables.now + leaseMs };
}
