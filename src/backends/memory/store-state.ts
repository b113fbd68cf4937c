/**
 * The memory store's data, and the few moves that change it.
 *
 * Invariant: after every move, the work queues and the count of what is pending agree with the data. There is no
 * check of the contract in here: the store and its plans make those before they move anything.
 */
import { assert } from "../../core/assert.ts";
import { LeaseLostError } from "../../core/errors.ts";
import type { EntityData } from "../../core/entity-data.ts";
import type { HistoryEvent } from "../../core/history.ts";
import { activityId } from "../../core/messages.ts";
import type { ActivityWork, ExecutionStart, InstanceMessage, InstanceStart, RewindOrder } from "../../core/messages.ts";
import { isTerminal } from "../../core/status.ts";
import type { InstanceRecord, Lock, WorkKind } from "../../ports/backend.ts";
import { ControlQueue } from "./control-queue.ts";
import type { QueueEntry } from "./control-queue.ts";
import { newEntity, newInstance } from "./new-instance.ts";
import { requestKey } from "../sql/request-key.ts";
import { RequestLog } from "./request-log.ts";
import { WorkQueue } from "./work-queue.ts";
import type { WorkUnit } from "./work-queue.ts";

/** A lock as the store keeps it: valid while `expiresAt` is later than now. */
export interface HeldLock {
  readonly token: number;
  readonly workerId: string;
  readonly expiresAt: number;
}

/** The history of an execution that continue-as-new ended, kept by the option `keepHistory`. */
export interface ArchivedHistory {
  readonly executionId: string;
  readonly events: readonly HistoryEvent[];
}

/** Everything about one incarnation of an instance. */
export interface InstanceState extends WorkUnit<InstanceState> {
  readonly kind: "orchestration";
  record: InstanceRecord;
  start: ExecutionStart;
  history: HistoryEvent[];
  /** Set while a failed instance that is to go on waits for the turn that rewrites its history. */
  rewind: RewindOrder | undefined;
  /** What an entity's last turn left. */
  entity: EntityData | undefined;
  // Most instances need neither, so they are made when first needed.
  archived: ArchivedHistory[] | undefined;
  activities: Set<ActivityState> | undefined;
  readonly queue: ControlQueue;
  lock: HeldLock | undefined;
  /** What the lock's holder was handed. */
  batch: readonly QueueEntry[];
  /** Set by an abandon. */
  notBefore: number;
  deliveryCount: number;
  readonly createRequestId: string;
  lastCommitRequestId: string | undefined;
  /** How much of the store's `pending` is this instance's. */
  pending: number;
  /** True once it was purged or replaced. */
  isGone: boolean;
}

/** One activity in the work-item queue. */
export interface ActivityState extends WorkUnit<ActivityState> {
  readonly kind: "activity";
  readonly id: string;
  readonly work: ActivityWork;
  readonly owner: InstanceState;
  lock: HeldLock | undefined;
  notBefore: number;
  deliveryCount: number;
}

/** Why the store discarded a message instead of queueing it. */
export type DiscardReason = "instance-not-found" | "instance-terminal";

/** Hears of changes at once, within the call that makes them. */
export interface StoreListener {
  /** Work of this kind may have become ready, or due at another time. */
  workChanged(kind: WorkKind): void;
  /** The instance's record changed, or it is gone. */
  instanceChanged(instanceId: string): void;
}

export class StoreState {
  readonly instances = new Map<string, InstanceState>();
  readonly activities = new Map<string, ActivityState>();
  readonly orchestrationWork = new WorkQueue<InstanceState>(
    ({ history, record }) => history.length === 0 && record.kind === "orchestration",
  );
  readonly activityWork = new WorkQueue<ActivityState>(() => false);
  readonly discarded = new Map<DiscardReason, number>();
  /** Requests of clients; the one that created an instance enters only when the instance goes. */
  readonly requests = new RequestLog();
  /** Replaced, never changed, so that it can be gone through while listeners come and go. */
  listeners: readonly StoreListener[] = [];
  readonly keepHistory: boolean;
  readonly #atomicTurns: boolean;
  /** The hub's time. It never goes back, even where the caller's clock does. */
  now = 0;
  /** Messages and starts that wait or are being worked on. */
  pendingMessages = 0;
  #lastToken = 0;
  #lastSequence = 0;
  #lastRevision = 0;
  #sortedIds: readonly string[] | undefined;

  constructor(options: { readonly keepHistory: boolean; readonly atomicTurns: boolean }) {
    this.keepHistory = options.keepHistory;
    this.#atomicTurns = options.atomicTurns;
  }

  /** All instance ids by UTF-16 code units; sorted anew only after instances came or went. */
  get sortedIds(): readonly string[] {
    return (this.#sortedIds ??= [...this.instances.keys()].sort());
  }

  advanceTo(now: number): void {
    if (now <= this.now) return;
    this.now = now;
    this.requests.advanceTo(now);
  }

  nextRevision(): number {
    return ++this.#lastRevision;
  }

  newLock(workerId: string, leaseMs: number): HeldLock {
    return { token: ++this.#lastToken, workerId, expiresAt: this.now + leaseMs };
  }

  isHeld(unit: InstanceState | ActivityState): boolean {
    return unit.lock !== undefined && unit.lock.expiresAt > this.now;
  }

  /** The instance that this lock owns. @throws LeaseLostError when it owns none. */
  ownedInstance(lock: Lock): InstanceState {
    return this.#owned(this.instances.get(lock.key), lock, "instance");
  }

  /** The activity that this lock owns. @throws LeaseLostError when it owns none. */
  ownedActivity(lock: Lock): ActivityState {
    return this.#owned(this.activities.get(lock.key), lock, "activity");
  }

  addInstance(instance: InstanceState): void {
    this.instances.set(instance.record.instanceId, instance);
    this.#sortedIds = undefined;
    this.refreshInstance(instance);
    this.tellInstanceChanged(instance.record.instanceId);
  }

  /** Removes an incarnation: its record, history, messages, activities and lock. */
  removeInstance(instance: InstanceState): void {
    for (const activity of instance.activities ?? []) this.removeActivity(activity);
    instance.isGone = true;
    instance.rewind = undefined;
    instance.queue.clear();
    instance.lock = undefined;
    const { instanceId } = instance.record;
    this.requests.remember(requestKey("create", instanceId, instance.createRequestId), true, this.now);
    this.instances.delete(instanceId);
    this.#sortedIds = undefined;
    this.refreshInstance(instance);
    this.tellInstanceChanged(instanceId);
  }

  /** Queues a message for an instance unless one with its id waits there. */
  enqueue(instance: InstanceState, message: InstanceMessage, isCopy = false): void {
    if (!isCopy && instance.queue.has(message.messageId)) return;
    const entry: QueueEntry = {
      message,
      sequence: ++this.#lastSequence,
      incarnation: instance.record.incarnation,
      visibleAt: Math.max(this.now, message.dueTime ?? this.now),
    };
    instance.queue.add(entry, this.now, isCopy);
    this.refreshInstance(instance);
  }

  /** Queues a message for whoever it is for, or discards it where nobody can ever consume it. */
  deliver(message: InstanceMessage): void {
    const instance = this.receiver(message);
    if (instance === undefined) this.discard("instance-not-found", 1);
    else if (isTerminal(instance.record.runtimeStatus)) this.discard("instance-terminal", 1);
    else this.enqueue(instance, message);
  }

  /** Whoever a message is for; an entity begins with its first message. */
  receiver(message: InstanceMessage): InstanceState | undefined {
    const existing = this.instances.get(message.instanceId);
    if (existing !== undefined || message.birth === undefined) return existing;
    const entity = newEntity(message.instanceId, message.birth, this.now, this.nextRevision());
    this.addInstance(entity);
    return entity;
  }

  /** Begins an instance that a turn starts, or tells the sender that the id is taken. */
  start(request: InstanceStart): void {
    const { instanceId, incarnation, replaces, refusal } = request;
    const existing = this.instances.get(instanceId);
    const wasMade = this.requests.answerTo(requestKey("create", instanceId, incarnation)) !== undefined;
    if (existing?.record.incarnation === incarnation || wasMade) return;
    const givesWay =
      existing?.record.incarnation === replaces && isTerminal(existing?.record.runtimeStatus ?? "Pending");
    if (existing !== undefined && !givesWay) {
      if (refusal !== undefined) this.deliver(refusal);
      return;
    }
    if (existing !== undefined) this.removeInstance(existing);
    this.addInstance(newInstance({ ...request, requestId: incarnation }, this.now, this.nextRevision()));
  }

  discard(reason: DiscardReason, count: number): void {
    if (count > 0) this.discarded.set(reason, (this.discarded.get(reason) ?? 0) + count);
  }

  addActivity(owner: InstanceState, work: ActivityWork): void {
    const id = activityId(work);
    if (this.activities.has(id)) {
      assert(!this.#atomicTurns, "an activity is scheduled once");
      return;
    }
    const activity: ActivityState = {
      kind: "activity",
      id,
      work,
      owner,
      lock: undefined,
      notBefore: 0,
      deliveryCount: 0,
      heapIndex: -1,
      readyAt: 0,
      order: 0,
      place: "none",
      previous: undefined,
      next: undefined,
    };
    this.activities.set(id, activity);
    (owner.activities ??= new Set()).add(activity);
    this.refreshActivity(activity);
  }

  removeActivity(activity: ActivityState): void {
    this.activities.delete(activity.id);
    activity.owner.activities?.delete(activity);
    if (activity.owner.activities?.size === 0) activity.owner.activities = undefined;
    this.activityWork.schedule(activity, undefined, this.now);
    this.#tellWorkChanged("activity");
  }

  /** Brings the work queue and the pending count up to date with an instance that was changed. */
  refreshInstance(instance: InstanceState): void {
    const isToGoOn = !instance.isGone && instance.rewind !== undefined;
    const hasStart = !instance.isGone && hasYetToStart(instance);
    const pending = instance.queue.size + (hasStart || isToGoOn ? 1 : 0);
    this.pendingMessages += pending - instance.pending;
    instance.pending = pending;

    const startsAt = isToGoOn ? -Infinity : hasStart ? (instance.start.startAt ?? -Infinity) : Infinity;
    const workAt = Math.min(startsAt, instance.queue.nextVisibleAt ?? Infinity);
    const heldUntil = Math.max(instance.lock?.expiresAt ?? -Infinity, instance.notBefore);
    const readyAt = workAt === Infinity ? undefined : Math.max(workAt, heldUntil);
    this.orchestrationWork.schedule(instance, readyAt, this.now);
    this.#tellWorkChanged("orchestration");
  }

  /** Brings the work queue up to date with an activity that was changed. */
  refreshActivity(activity: ActivityState): void {
    const readyAt = Math.max(activity.lock?.expiresAt ?? -Infinity, activity.notBefore);
    this.activityWork.schedule(activity, readyAt, this.now);
    this.#tellWorkChanged("activity");
  }

  tellInstanceChanged(instanceId: string): void {
    for (const listener of this.listeners) listener.instanceChanged(instanceId);
  }

  #tellWorkChanged(kind: WorkKind): void {
    for (const listener of this.listeners) listener.workChanged(kind);
  }

  #owned<T extends InstanceState | ActivityState>(unit: T | undefined, lock: Lock, what: string): T {
    if (unit?.lock?.token === lock.token && this.isHeld(unit)) return unit;
    throw new LeaseLostError(`The lock ${lock.token} on the ${what} "${lock.key}" is no longer valid.`, {
      hint: "It expired, or the work was completed, given back or removed; nothing of this call took effect.",
    });
  }
}

/** True for an orchestration that has not had its first turn. Entities have none: they run on messages alone. */
export function hasYetToStart({ history, record }: InstanceState): boolean {
  return history.length === 0 && record.kind === "orchestration" && !isTerminal(record.runtimeStatus);
}
