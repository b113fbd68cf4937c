/**
 * How a hub in a SQLite file stands: what there is, who holds what, what waits and what does not get on.
 *
 * Invariant: only reads. Made from the columns that the fetches decide by, so it says what a worker would find. Called by the
 * command line.
 */
import type { InstanceKind, WorkKind } from "../../ports/backend.ts";
import { originalId } from "../sql/stored-id.ts";
import type { SqliteDatabase, SqliteRow } from "./driver.ts";

/** Times are milliseconds since the epoch. */
export interface Diagnosis {
  /** The time of the machine, or of the hub, whichever is later. */
  readonly now: number;
  readonly instances: readonly { readonly kind: InstanceKind; readonly status: string; readonly count: number }[];
  /** How many locks there are, those that are over but not given up included. */
  readonly leaseCount: number;
  /** Those that end first; at most `SHOWN_MAX`. */
  readonly leases: readonly Lease[];
  readonly queues: Queues;
  readonly stuckCount: number;
  /** At most `SHOWN_MAX`. */
  readonly stuck: readonly Stuck[];
}

export interface Lease {
  readonly kind: WorkKind;
  readonly instanceId: string;
  /** Of an activity. */
  readonly activity?: string;
  readonly worker: string;
  readonly until: number;
}

/** What waits for a worker. */
export interface Queues {
  readonly orchestrations: Queue;
  readonly activities: Queue;
  /** Messages that can be delivered. */
  readonly messages: number;
  /** Messages that are not due yet: timers, above all. */
  readonly scheduled: number;
  readonly nextDueAt?: number;
}

export interface Queue {
  /** How many a worker would be handed now. */
  readonly ready: number;
  /** Since when the oldest of them waits. */
  readonly oldestSince?: number;
}

/** Something that does not get on. */
export interface Stuck {
  readonly kind: WorkKind;
  readonly instanceId: string;
  readonly activity?: string;
  readonly reason: "lease-expired" | "delivered-often" | "not-taken";
  /** Since when it waits, or when its lease ended. */
  readonly since: number;
  readonly deliveryCount: number;
}

/** Of leases and of what is stuck, no more are shown. */
const SHOWN_MAX = 100;
/** A worker takes over a lease that is over within moments: where none has for so long, there is none. In milliseconds. */
const LEASE_GRACE_MS = 30_000;
/** What was handed out so often without a result crashes its workers, or outlives its leases. */
const DELIVERIES_MANY = 3;
/** What is ready waits so long where no worker runs it, or too few. In milliseconds. */
const WAIT_LONG_MS = 5 * 60_000;

/** Orchestrations and activities as rows of one shape. */
const UNITS = `
  SELECT 'orchestration' AS kind, instance_id, NULL AS activity, ready_at, lock_token, lock_worker, lock_until, delivery_count
  FROM work JOIN instances USING (instance_key)
  UNION ALL
  SELECT 'activity', instance_id, name, ready_at, lock_token, lock_worker, lock_until, delivery_count FROM activities`;

const STUCK = `ready_at IS NOT NULL AND (
  (lock_token IS NOT NULL AND lock_until <= :now - ${LEASE_GRACE_MS}) OR delivery_count >= ${DELIVERIES_MANY}
  OR (lock_token IS NULL AND ready_at <= :now - ${WAIT_LONG_MS}))`;

export function diagnose(database: SqliteDatabase, machineTime: number): Diagnosis {
  const rows = (sql: string): SqliteRow[] => database.prepare(sql).all() as SqliteRow[];
  const one = (sql: string): SqliteRow => rows(sql)[0] ?? {};
  const now = Math.max(machineTime, Number(one("SELECT now FROM hub")["now"]));
  const isStuck = STUCK.replaceAll(":now", String(now));
  const queue = (table: string): Queue => {
    const found = one(`SELECT count(*) AS ready, min(ready_at) AS since FROM ${table} WHERE ready_at <= ${now}`);
    return { ready: Number(found["ready"]), ...timeAs("oldestSince", found["since"]) };
  };
  const messages = one(
    `SELECT count(*) FILTER (WHERE visible_at <= ${now}) AS due, count(*) FILTER (WHERE visible_at > ${now}) AS later, ` +
      `min(visible_at) FILTER (WHERE visible_at > ${now}) AS next FROM messages`,
  );
  return {
    now,
    instances: rows(
      "SELECT kind, runtime_status, count(*) AS count FROM work GROUP BY kind, runtime_status ORDER BY kind DESC, count DESC",
    ).map((row) => ({
      kind: row["kind"] as InstanceKind,
      status: row["runtime_status"] as string,
      count: Number(row["count"]),
    })),
    leaseCount: Number(one(`SELECT count(*) AS count FROM (${UNITS}) WHERE lock_token IS NOT NULL`)["count"]),
    leases: rows(`SELECT * FROM (${UNITS}) WHERE lock_token IS NOT NULL ORDER BY lock_until LIMIT ${SHOWN_MAX}`).map(
      (row) => ({ ...subject(row), worker: row["lock_worker"] as string, until: Number(row["lock_until"]) }),
    ),
    queues: {
      orchestrations: queue("work"),
      activities: queue("activities"),
      messages: Number(messages["due"]),
      scheduled: Number(messages["later"]),
      ...timeAs("nextDueAt", messages["next"]),
    },
    stuckCount: Number(one(`SELECT count(*) AS count FROM (${UNITS}) WHERE ${isStuck}`)["count"]),
    stuck: rows(`SELECT * FROM (${UNITS}) WHERE ${isStuck} ORDER BY ready_at LIMIT ${SHOWN_MAX}`).map((row) =>
      stuckOf(row, now),
    ),
  };
}

function subject(row: SqliteRow): Pick<Lease, "kind" | "instanceId" | "activity"> {
  const { activity } = row;
  const instanceId = originalId(row["instance_id"] as string);
  const kind = row["kind"] as WorkKind;
  return activity === null ? { kind, instanceId } : { kind, instanceId, activity: activity as string };
}

function stuckOf(row: SqliteRow, now: number): Stuck {
  const isHeld = row["lock_token"] !== null;
  const until = Number(row["lock_until"]);
  const isOver = isHeld && until <= now - LEASE_GRACE_MS;
  const deliveryCount = Number(row["delivery_count"]);
  return {
    ...subject(row),
    reason: isOver ? "lease-expired" : deliveryCount >= DELIVERIES_MANY ? "delivered-often" : "not-taken",
    since: isHeld ? until : Number(row["ready_at"]),
    deliveryCount,
  };
}

function timeAs<Name extends string>(name: Name, value: unknown): { readonly [N in Name]?: number } {
  return value === null || value === undefined ? {} : ({ [name]: Number(value) } as { readonly [N in Name]?: number });
}
