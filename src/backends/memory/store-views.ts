/**
 * The memory store's data as a reader outside sees it: read only, without the store's own bookkeeping.
 *
 * Invariant: a view never copies a history, so that an oracle can look after every step; it is good until the
 * next call that changes the store. Made by the store for oracles and tests.
 */
import type { EntityData } from "../../core/entity-data.ts";
import { ExecutionNotFoundError } from "../../core/errors.ts";
import type { HistoryEvent } from "../../core/history.ts";
import type { ActivityWork, ExecutionStart, RewindOrder } from "../../core/messages.ts";
import type { InstanceRecord, WorkKind } from "../../ports/backend.ts";
import type { QueueEntry } from "./control-queue.ts";
import type { ActivityState, HeldLock, InstanceState, StoreState } from "./store-state.ts";

/** One instance. */
export interface InstanceView {
  readonly record: InstanceRecord;
  readonly start: ExecutionStart;
  /** The current execution's history. */
  readonly history: readonly HistoryEvent[];
  /** What an entity's last turn left; undefined for orchestrations, and before the first turn. */
  readonly entity: EntityData | undefined;
  /** Set while a failed instance that is to go on waits for its turn. */
  readonly rewind: RewindOrder | undefined;
  /** The latest lock, which may have expired. */
  readonly lock: HeldLock | undefined;
  /** What the holder of the lock was handed. */
  readonly batch: readonly QueueEntry[];
  /** How often the instance was handed out since its last commit. */
  readonly deliveryCount: number;
}

/** One activity. */
export interface ActivityView {
  readonly id: string;
  readonly work: ActivityWork;
  /** The latest lock, which may have expired. */
  readonly lock: HeldLock | undefined;
  readonly deliveryCount: number;
}

/** One valid lock. */
export interface LockView extends HeldLock {
  readonly kind: WorkKind;
  readonly key: string;
}

export function instanceView(instance: InstanceState): InstanceView {
  const { record, start, history, entity, rewind, lock, batch, deliveryCount } = instance;
  return { record, start, history, entity, rewind, lock, batch, deliveryCount };
}

/** The history of the current execution, or of the one named. @throws ExecutionNotFoundError when there is none. */
export function historyOf({ record, history, archived }: InstanceState, executionId?: string): readonly HistoryEvent[] {
  if (executionId === undefined || executionId === record.executionId) return history;
  const kept = archived?.find((execution) => execution.executionId === executionId);
  if (kept === undefined) throw new ExecutionNotFoundError(record.instanceId, executionId);
  return kept.events;
}

export function activityView({ id, work, lock, deliveryCount }: ActivityState): ActivityView {
  return { id, work, lock, deliveryCount };
}

export function locksOf(state: StoreState): readonly LockView[] {
  const locks: LockView[] = [];
  for (const instance of state.instances.values()) {
    if (instance.lock !== undefined && state.isHeld(instance)) {
      locks.push({ ...instance.lock, kind: instance.kind, key: instance.record.instanceId });
    }
  }
  for (const activity of state.activities.values()) {
    if (activity.lock !== undefined && state.isHeld(activity)) {
      locks.push({ ...activity.lock, kind: activity.kind, key: activity.id });
    }
  }
  return locks;
}
