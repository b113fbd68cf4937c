/**
 * Everything durable in a SQLite store and in a memory store, in the same words, for comparisons.
 *
 * Invariant: reads the tables themselves, not what the store says of them. Tokens and revisions are left out: they are each
 * store's own. A lock that is over is none.
 */
import type { MemoryStore } from "../../src/backends/memory/index.ts";
import { activityRowOf, entityOf, messageOf, recordOf, startOf } from "../../src/backends/sql/columns.ts";
import type { SqliteDatabase, SqliteRow } from "../../src/backends/sqlite/driver.ts";
import { originalId } from "../../src/backends/sql/stored-id.ts";
import type { EntityData } from "../../src/core/entity-data.ts";
import type { ActivityWork, ExecutionStart, InstanceMessage, RewindOrder } from "../../src/core/messages.ts";
import type { InstanceRecord } from "../../src/ports/backend.ts";

export interface InstanceState {
  readonly record: Omit<InstanceRecord, "revision">;
  readonly start: ExecutionStart;
  readonly entity: EntityData | undefined;
  readonly rewind: RewindOrder | undefined;
  readonly lock: LockState | undefined;
  readonly deliveryCount: number;
  /** In the order in which they were sent. */
  readonly queue: readonly { readonly message: InstanceMessage; readonly visibleAt: number }[];
}

export interface ActivityState {
  readonly id: string;
  readonly work: ActivityWork;
  readonly lock: LockState | undefined;
  readonly deliveryCount: number;
}

export interface LockState {
  readonly worker: string;
  readonly until: number;
}

export interface DurableState {
  /** By instance id. */
  readonly instances: readonly InstanceState[];
  readonly activities: readonly ActivityState[];
}

export function memoryState(memory: MemoryStore, now: number): DurableState {
  const instances = [...memory.instances()].map(({ record, start, entity, rewind, lock, deliveryCount }) => ({
    ...{ record: withoutRevision(record), start, entity, rewind, deliveryCount },
    lock: heldLock(lock, now),
    queue: memory.queue(record.instanceId).map(({ message, visibleAt }) => ({ message, visibleAt })),
  }));
  const activities = [...memory.activities()].map(({ id, work, lock, deliveryCount }) => ({
    ...{ id, work, deliveryCount },
    lock: heldLock(lock, now),
  }));
  return { instances: byId(instances), activities };
}

/** @throws Error when the tables contradict each other. */
export function sqliteState(database: SqliteDatabase, now: number): DurableState {
  const rows = (sql: string, ...values: number[]): SqliteRow[] => database.prepare(sql).all(...values) as SqliteRow[];
  const records = new Map(rows("SELECT * FROM instances").map((row) => [row["instance_key"], row]));
  const instances = rows("SELECT * FROM work").map((work): InstanceState => {
    const row = records.get(work["instance_key"] ?? 0);
    if (row === undefined) throw new Error("a row of work belongs to an instance");
    for (const column of ["kind", "execution_id", "runtime_status", "revision", "incarnation"]) {
      if (work[column] !== row[column]) throw new Error(`work and instances say the same of ${column}`);
    }
    const instanceId = originalId(row["instance_id"] as string);
    const queue = rows("SELECT * FROM messages WHERE instance_key = ? ORDER BY sequence", Number(work["instance_key"]));
    return {
      record: withoutRevision(recordOf(row)),
      start: startOf(row),
      entity: entityOf(row),
      rewind: work["rewind"] === null ? undefined : (JSON.parse(work["rewind"] as string) as RewindOrder),
      lock: lockOf(work, now),
      deliveryCount: Number(work["delivery_count"]),
      queue: queue.map((message) => ({
        message: messageOf(instanceId, message),
        visibleAt: Number(message["visible_at"]),
      })),
    };
  });
  if (instances.length !== records.size) throw new Error("every instance has a row of work");
  const activities = rows("SELECT * FROM activities ORDER BY sequence").map((row) => ({
    id: row["activity_id"] as string,
    work: activityRowOf(row).work,
    lock: lockOf(row, now),
    deliveryCount: Number(row["delivery_count"]),
  }));
  return { instances: byId(instances), activities };
}

export function withoutRevision({ revision: _revision, ...record }: InstanceRecord): Omit<InstanceRecord, "revision"> {
  return record;
}

function lockOf(row: SqliteRow, now: number): LockState | undefined {
  if (row["lock_token"] === null) return undefined;
  return heldLock({ workerId: row["lock_worker"] as string, expiresAt: Number(row["lock_until"]) }, now);
}

function heldLock(
  lock: { readonly workerId: string; readonly expiresAt: number } | undefined,
  now: number,
): LockState | undefined {
  return lock === undefined || lock.expiresAt <= now ? undefined : { worker: lock.workerId, until: lock.expiresAt };
}

function byId(instances: readonly InstanceState[]): readonly InstanceState[] {
  return [...instances].sort((a, b) => (a.record.instanceId < b.record.instanceId ? -1 : 1));
}
