/**
 * How a hub in a database stands: what there is, who holds what, what waits and what does not get on.
 *
 * Invariant: made from the columns that the fetches decide by, so it says what a worker would find. What counts as stuck is said
 * here, for all databases; each asks for the rows in statements of its own.
 */
import type { InstanceKind, WorkKind } from "../../ports/backend.ts";
import type { Row, Value } from "./columns.ts";
import { originalId } from "./stored-id.ts";

/** Times are milliseconds since the epoch. */
export interface Diagnosis {
  readonly schema: SchemaVersion;
  /** The hub's time. */
  readonly now: number;
  readonly instances: readonly { readonly kind: InstanceKind; readonly status: string; readonly count: number }[];
  /** How many locks there are, those that are over but not given up included. */
  readonly leaseCount: number;
  /** How many of them are over. */
  readonly expiredCount: number;
  /** Who holds them: those that hold most first; at most `SHOWN_MAX`. */
  readonly workers: readonly Holder[];
  /** Those that end first; at most `SHOWN_MAX`. */
  readonly leases: readonly Lease[];
  readonly queues: Queues;
  readonly stuckCount: number;
  /** At most `SHOWN_MAX`. */
  readonly stuck: readonly Stuck[];
}

export interface SchemaVersion {
  /** Of the tables that were found. */
  readonly version: number;
  /** Which this version of Dacapo works with: the next process that opens the hub brings the tables there. */
  readonly current: number;
}

export interface Holder {
  readonly worker: string;
  readonly held: number;
  readonly expired: number;
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

/** Of workers, of leases and of what is stuck, no more are shown. */
export const SHOWN_MAX = 100;
/** A worker takes over a lease that is over within moments: where none has for so long, there is none. In milliseconds. */
const LEASE_GRACE_MS = 30_000;
/** What was handed out so often without a result crashes its workers, or outlives its leases. */
const DELIVERIES_MANY = 3;
/** What is ready waits so long where no worker runs it, or too few. In milliseconds. */
const WAIT_LONG_MS = 5 * 60_000;

/** True, as a condition, of a row with the columns of `work` and `activities` that is stuck. */
export function isStuckAt(now: number): string {
  return `(ready_at IS NOT NULL AND ((lock_token IS NOT NULL AND lock_until <= ${now - LEASE_GRACE_MS})
    OR delivery_count >= ${DELIVERIES_MANY} OR (lock_token IS NULL AND ready_at <= ${now - WAIT_LONG_MS})))`;
}

/**
 * What a database is asked for. A unit is an orchestration or an activity: its `kind`, `instance_id`, `activity` (a name, or
 * null), `ready_at`, `lock_token`, `lock_worker`, `lock_until` and `delivery_count`.
 */
export interface DiagnosisRows {
  readonly schema: SchemaVersion;
  readonly now: number;
  /** `kind`, `runtime_status`, `count`. */
  readonly instances: readonly Row[];
  /** One row: `leases`, `expired`, `stuck`. */
  readonly counts: readonly Row[];
  /** `worker`, `held`, `expired`. */
  readonly workers: readonly Row[];
  /** Units that are locked. */
  readonly leases: readonly Row[];
  /** One row: `ready`, `since`. */
  readonly orchestrations: readonly Row[];
  readonly activities: readonly Row[];
  /** One row: `due`, `later`, `next`. */
  readonly messages: readonly Row[];
  /** Units that are stuck. */
  readonly stuck: readonly Row[];
}

/** Puts what the rows say in words that are the same for all databases. */
export function diagnosisOf(rows: DiagnosisRows): Diagnosis {
  const { schema, now } = rows;
  const counts = rows.counts[0] ?? {};
  const messages = rows.messages[0] ?? {};
  return {
    schema,
    now,
    instances: rows.instances.map((row) => ({
      kind: row["kind"] as InstanceKind,
      status: row["runtime_status"] as string,
      count: Number(row["count"]),
    })),
    leaseCount: Number(counts["leases"]),
    expiredCount: Number(counts["expired"]),
    workers: rows.workers.map((row) => ({
      worker: row["worker"] as string,
      held: Number(row["held"]),
      expired: Number(row["expired"]),
    })),
    leases: rows.leases.map((row) => ({
      ...subject(row),
      worker: row["lock_worker"] as string,
      until: Number(row["lock_until"]),
    })),
    queues: {
      orchestrations: queueOf(rows.orchestrations),
      activities: queueOf(rows.activities),
      messages: Number(messages["due"]),
      scheduled: Number(messages["later"]),
      ...timeAs("nextDueAt", messages["next"]),
    },
    stuckCount: Number(counts["stuck"]),
    stuck: rows.stuck.map((row) => stuckOf(row, now)),
  };
}

function queueOf([row]: readonly Row[]): Queue {
  return { ready: Number(row?.["ready"]), ...timeAs("oldestSince", row?.["since"]) };
}

function subject(row: Row): Pick<Lease, "kind" | "instanceId" | "activity"> {
  const { activity } = row;
  const instanceId = originalId(row["instance_id"] as string);
  const kind = row["kind"] as WorkKind;
  return activity === null ? { kind, instanceId } : { kind, instanceId, activity: activity as string };
}

function stuckOf(row: Row, now: number): Stuck {
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

function timeAs<Name extends string>(name: Name, value: Value | undefined): { readonly [N in Name]?: number } {
  return value === null || value === undefined ? {} : ({ [name]: Number(value) } as { readonly [N in Name]?: number });
}
