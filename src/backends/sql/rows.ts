/**
 * The rows that an operation decides by: of instances and activities, what changes with every turn and is small.
 *
 * Invariant: plain data; times are milliseconds since the epoch on the hub's clock. What a row is ready for, and when, is a
 * function of the row alone (`readyAt`), so that a store can keep it in an indexed column. Used by the SQL backends.
 */
import type { RewindOrder } from "../../core/messages.ts";
import type { ActivityWork } from "../../core/messages.ts";
import type { RuntimeStatus } from "../../core/status.ts";
import { isTerminal } from "../../core/status.ts";
import type { InstanceKind } from "../../ports/backend.ts";

/** A lock as a store keeps it: valid while `expiresAt` is later than now. */
export interface HeldLock {
  readonly token: number;
  readonly workerId: string;
  readonly expiresAt: number;
}

/** What the fetches look at. */
export interface WorkRow {
  /** The last token or revision that it was given. */
  lastNumber: number;
  lock: HeldLock | undefined;
  /** Set by an abandon. */
  notBefore: number;
  deliveryCount: number;
}

/** One instance, without what its record and its history say. */
export interface InstanceRow extends WorkRow {
  readonly instanceId: string;
  /** Its number in the store; given when it is added. */
  key: number;
  readonly kind: InstanceKind;
  readonly incarnation: string;
  executionId: string;
  /** Counts the executions of this life; the histories are kept by it. */
  generation: number;
  runtimeStatus: RuntimeStatus;
  /** That of its record; it grows with each change. */
  revision: number;
  /** The id of the last event in the current execution's history; 0 before its first turn. */
  lastEventId: number;
  /** When an execution that has not begun is to begin. */
  startAt: number;
  /** Set while a failed instance that is to go on waits for the turn that rewrites its history. */
  rewind: RewindOrder | undefined;
  /** When the next of its messages can be delivered; `Infinity` when none waits. */
  messagesAt: number;
  /** The token of its last lock; 0 before the first. Of those that are ready as long, the one served least lately is next. */
  served: number;
  readonly createRequestId: string;
  lastCommitRequestId: string | undefined;
}

/** One activity in the work-item queue. */
export interface ActivityRow extends WorkRow {
  readonly id: string;
  readonly work: ActivityWork;
  /** When it was scheduled. */
  readonly since: number;
}

/** True for an orchestration that has not had its first turn. Entities have none: they run on messages alone. */
export function hasYetToStart({ lastEventId, kind, runtimeStatus }: InstanceRow): boolean {
  return lastEventId === 0 && kind === "orchestration" && !isTerminal(runtimeStatus);
}

/** When an instance can be handed out; undefined for never, unless something changes. */
export function instanceReadyAt(row: InstanceRow): number | undefined {
  const startsAt = row.rewind !== undefined ? 0 : hasYetToStart(row) ? row.startAt : Infinity;
  const workAt = Math.min(startsAt, row.messagesAt);
  return workAt === Infinity ? undefined : Math.max(workAt, heldUntil(row));
}

/** When an activity can be handed out. */
export function activityReadyAt(row: ActivityRow): number {
  return Math.max(row.since, heldUntil(row));
}

function heldUntil({ lock, notBefore }: WorkRow): number {
  return Math.max(lock?.expiresAt ?? 0, notBefore);
}
