/**
 * The in-memory store: the whole backend contract as a synchronous, deterministic state machine without a clock.
 *
 * Every method that depends on time takes the hub's `now`, in milliseconds since the epoch. A call that is refused
 * throws before anything changed. What it hands out is immutable or a copy. The memory backend wraps it; a
 * simulator uses it as its durable state: it reads everything, chooses what a fetch hands out, and stops between
 * the micro-steps of a commit.
 *
 * Invariant: time never goes back; where a caller's clock does, the latest time seen stands.
 */
import { assert } from "../../core/assert.ts";
import {
  InstanceAlreadyExistsError,
  InstanceNotFoundError,
  InstanceNotTerminalError,
  InstanceTerminalError,
} from "../../core/errors.ts";
import type { HistoryEvent } from "../../core/history.ts";
import type { InstanceMessage } from "../../core/messages.ts";
import { isTerminal } from "../../core/status.ts";
import type {
  AbandonRequest,
  ActivityCommit,
  ActivityWorkItem,
  Backlog,
  CreateInstanceRequest,
  FetchOptions,
  InstancePage,
  InstanceQuery,
  InstanceRecord,
  Lock,
  OrchestrationWorkItem,
  TurnCommit,
  WorkKind,
} from "../../ports/backend.ts";
import { ControlQueue } from "./control-queue.ts";
import type { QueueEntry } from "./control-queue.ts";
import { pageOf } from "./instance-list.ts";
import { instanceRecord } from "./instance-record.ts";
import { applyAll } from "./micro-step.ts";
import type { MicroStep } from "./micro-step.ts";
import { StoreState } from "./store-state.ts";
import type { ActivityState, ArchivedHistory, DiscardReason, InstanceState, StoreListener } from "./store-state.ts";
import { activityView, instanceView, locksOf } from "./store-views.ts";
import type { ActivityView, InstanceView, LockView } from "./store-views.ts";
import { commitTurn, planTurn } from "./turn-plan.ts";
import type { WorkQueue, WorkUnit } from "./work-queue.ts";

/** One work item holds at most this many messages; the rest follow in the next. */
const BATCH_MESSAGES_MAX = 1000;

export interface MemoryStoreOptions {
  /** Keep the histories of executions that continue-as-new ended, until their instance is purged or replaced. */
  readonly keepHistory?: boolean;
}

/** Replaces the fair choices of a fetch: for simulators. */
export interface FetchPolicy {
  /** Which ready instances (or activities) are handed out, from their keys, oldest first. */
  readonly pick?: (readyKeys: readonly string[]) => readonly string[];
  /**
   * Which visible messages form the batch, and in what order. `visible` holds no message id twice. A batch chosen
   * empty leaves the instance where it is, unless its execution has not begun.
   */
  readonly select?: (instanceId: string, visible: readonly QueueEntry[]) => readonly QueueEntry[];
}

export class MemoryStore {
  readonly #state: StoreState;

  constructor(options: MemoryStoreOptions = {}) {
    this.#state = new StoreState(options.keepHistory ?? false);
  }

  // ——— clients ———

  /** @throws InstanceAlreadyExistsError when the id is taken and may not be replaced. */
  createInstance(request: CreateInstanceRequest, now: number): void {
    const state = this.#at(now);
    const existing = state.instances.get(request.instanceId);
    if (existing !== undefined) applyAll(this.planCreateInstance(request, now));
    else state.addInstance(newInstance(request, state.now, state.nextRevision()));
  }

  /** @throws InstanceAlreadyExistsError when the id is taken and may not be replaced. */
  planCreateInstance(request: CreateInstanceRequest, now: number): readonly MicroStep[] {
    const state = this.#at(now);
    const existing = state.instances.get(request.instanceId);
    if (existing?.createRequestId === request.requestId) return [];
    const creation: MicroStep = {
      name: "creation",
      apply: () => {
        state.addInstance(newInstance(request, state.now, state.nextRevision()));
      },
    };
    if (existing === undefined) return [creation];
    const { runtimeStatus } = existing.record;
    if (!request.replaceStatuses.includes(runtimeStatus)) {
      throw new InstanceAlreadyExistsError(request.instanceId, runtimeStatus);
    }
    return [this.#removal(existing), creation];
  }

  /**
   * @throws InstanceNotFoundError when there is no such instance.
   * @throws InstanceTerminalError when the instance has ended.
   */
  sendMessage(message: InstanceMessage, now: number): void {
    const state = this.#at(now);
    const instance = this.#instance(message.instanceId);
    const { runtimeStatus } = instance.record;
    if (isTerminal(runtimeStatus)) throw new InstanceTerminalError(message.instanceId, runtimeStatus);
    state.enqueue(instance, message);
  }

  purgeInstance(instanceId: string, now: number): boolean {
    const plan = this.planPurgeInstance(instanceId, now);
    applyAll(plan);
    return plan.length > 0;
  }

  /** The plan is empty when there is no such instance. @throws InstanceNotTerminalError when it has not ended. */
  planPurgeInstance(instanceId: string, now: number): readonly MicroStep[] {
    const instance = this.#at(now).instances.get(instanceId);
    if (instance === undefined) return [];
    const { runtimeStatus } = instance.record;
    if (!isTerminal(runtimeStatus)) throw new InstanceNotTerminalError(instanceId, runtimeStatus);
    return [this.#removal(instance)];
  }

  getInstance(instanceId: string): InstanceRecord | undefined {
    return this.#state.instances.get(instanceId)?.record;
  }

  /** @throws InstanceNotFoundError when there is no such instance. */
  getHistory(instanceId: string): readonly HistoryEvent[] {
    return this.#instance(instanceId).history.slice();
  }

  listInstances(query: InstanceQuery): InstancePage {
    return pageOf(this.#state.instances, this.#state.sortedIds, query);
  }

  // ——— workers: orchestrations ———

  fetchOrchestrations(options: FetchOptions, now: number, policy: FetchPolicy = {}): readonly OrchestrationWorkItem[] {
    const state = this.#at(now);
    const items: OrchestrationWorkItem[] = [];
    const { orchestrationWork } = state;
    for (const instance of taken(orchestrationWork, (unit) => unit.record.instanceId, options, state.now, policy)) {
      const visible = instance.queue.batch(policy.select === undefined ? BATCH_MESSAGES_MAX : Infinity, state.now);
      const batch = policy.select?.(instance.record.instanceId, visible) ?? visible;
      if (batch.length > 0 || hasStartDue(instance, state.now)) {
        instance.lock = state.newLock(options.workerId, options.leaseMs);
        instance.batch = batch;
        instance.deliveryCount++;
        items.push(workItem(instance, instance.lock.token, state.now));
      }
      state.refreshInstance(instance);
    }
    return items;
  }

  /** @throws LeaseLostError when the lock is stale. */
  readHistory(lock: Lock, now: number): readonly HistoryEvent[] {
    return this.#at(now).ownedInstance(lock).history.slice();
  }

  /** @throws LeaseLostError when the lock is stale. */
  renewOrchestration(lock: Lock, leaseMs: number, now: number): void {
    const state = this.#at(now);
    const instance = state.ownedInstance(lock);
    instance.lock = renewed(instance, state.now + leaseMs);
    state.refreshInstance(instance);
  }

  completeOrchestration(commit: TurnCommit, now: number): void {
    commitTurn(this.#at(now), commit);
  }

  /**
   * Plans a turn's commit; empty when it has been made already.
   *
   * @throws LeaseLostError when the lock is stale.
   */
  planCompleteOrchestration(commit: TurnCommit, now: number): readonly MicroStep[] {
    return planTurn(this.#at(now), commit);
  }

  abandonOrchestration(request: AbandonRequest, now: number): void {
    const state = this.#at(now);
    const instance = state.instances.get(request.lock.key);
    if (instance?.lock?.token !== request.lock.token || !state.isHeld(instance)) return;
    instance.lock = undefined;
    instance.batch = [];
    instance.notBefore = state.now + request.delayMs;
    state.refreshInstance(instance);
  }

  // ——— workers: activities ———

  fetchActivities(options: FetchOptions, now: number, policy: FetchPolicy = {}): readonly ActivityWorkItem[] {
    const state = this.#at(now);
    const items: ActivityWorkItem[] = [];
    for (const activity of taken(state.activityWork, (unit) => unit.id, options, state.now, policy)) {
      const { id: key, work } = activity;
      const lock = state.newLock(options.workerId, options.leaseMs);
      activity.lock = lock;
      activity.deliveryCount++;
      items.push({ lock: { key, token: lock.token }, work, deliveryCount: activity.deliveryCount, now: state.now });
      state.refreshActivity(activity);
    }
    return items;
  }

  /** @throws LeaseLostError when the lock is stale, or the activity is gone. */
  renewActivity(lock: Lock, leaseMs: number, now: number): void {
    const state = this.#at(now);
    const activity = state.ownedActivity(lock);
    activity.lock = renewed(activity, state.now + leaseMs);
    state.refreshActivity(activity);
  }

  /** @throws LeaseLostError when the lock is stale, or the activity is gone (it was completed, for example). */
  completeActivity(commit: ActivityCommit, now: number): void {
    const activity = this.#answered(commit, now);
    this.#state.deliver(commit.message);
    this.#state.removeActivity(activity);
  }

  /** @throws LeaseLostError when the lock is stale, or the activity is gone (it was completed, for example). */
  planCompleteActivity(commit: ActivityCommit, now: number): readonly MicroStep[] {
    const activity = this.#answered(commit, now);
    return [
      {
        name: "messages",
        apply: () => {
          this.#state.deliver(commit.message);
        },
      },
      {
        name: "activities",
        apply: () => {
          this.#state.removeActivity(activity);
        },
      },
    ];
  }

  abandonActivity(request: AbandonRequest, now: number): void {
    const state = this.#at(now);
    const activity = state.activities.get(request.lock.key);
    if (activity?.lock?.token !== request.lock.token || !state.isHeld(activity)) return;
    activity.lock = undefined;
    activity.notBefore = state.now + request.delayMs;
    state.refreshActivity(activity);
  }

  // ——— progress ———

  /** True when a fetch of this kind finds something now. */
  hasWork(kind: WorkKind, now: number): boolean {
    const state = this.#at(now);
    return this.#queueOf(kind).hasReady(state.now);
  }

  /** When the next thing of this kind, that is not ready yet, becomes ready without any new message. */
  nextDueTime(kind: WorkKind, now: number): number | undefined {
    const state = this.#at(now);
    return this.#queueOf(kind).nextDueAt(state.now);
  }

  backlog(now: number): Backlog {
    const pending = this.#state.pendingMessages + this.#state.activities.size;
    const ready = this.hasWork("orchestration", now) || this.hasWork("activity", now);
    const orchestrationDue = this.nextDueTime("orchestration", now) ?? Infinity;
    const nextDueTime = Math.min(orchestrationDue, this.nextDueTime("activity", now) ?? Infinity);
    return { pending, ready, ...(nextDueTime === Infinity ? undefined : { nextDueTime }) };
  }

  /** Adds a listener for changes; the result removes it. A listener may read the store but must not change it. */
  subscribe(listener: StoreListener): () => void {
    const state = this.#state;
    state.listeners = [...state.listeners, listener];
    return () => {
      state.listeners = state.listeners.filter((other) => other !== listener);
    };
  }

  // ——— hooks for simulators: what the contract permits a backend to do on its own ———

  /** Ends the locks with this key as if their time were over. Returns false when there are none. */
  expireLock(key: string): boolean {
    const state = this.#state;
    const instance = state.instances.get(key);
    const activity = state.activities.get(key);
    const hadLock =
      (instance !== undefined && state.isHeld(instance)) || (activity !== undefined && state.isHeld(activity));
    if (instance !== undefined) {
      instance.lock = undefined;
      state.refreshInstance(instance);
    }
    if (activity !== undefined) {
      activity.lock = undefined;
      state.refreshActivity(activity);
    }
    return hadLock;
  }

  /**
   * Delivers a message once more, whether it waits still or was consumed. Its due time holds. Returns false when
   * the instance is gone, or is not of the incarnation given.
   */
  redeliver(instanceId: string, message: InstanceMessage, incarnation?: string): boolean {
    const instance = this.#state.instances.get(instanceId);
    if (instance === undefined) return false;
    if (incarnation !== undefined && instance.record.incarnation !== incarnation) return false;
    this.#state.enqueue(instance, message, true);
    return true;
  }

  /** Hides a waiting message until `visibleAt`. Returns false when it does not wait. */
  delay(instanceId: string, messageId: string, visibleAt: number): boolean {
    const instance = this.#state.instances.get(instanceId);
    if (instance?.queue.delay(messageId, visibleAt) !== true) return false;
    this.#state.refreshInstance(instance);
    return true;
  }

  // ——— readers for oracles ———

  /** The hub's time: the latest `now` that any call gave. */
  get now(): number {
    return this.#state.now;
  }

  /** How many messages were discarded because nobody could ever consume them, by reason. */
  get discarded(): ReadonlyMap<DiscardReason, number> {
    return this.#state.discarded;
  }

  /** One instance, read only: a view of the live data, good until the next call that changes it. */
  instance(instanceId: string): InstanceView | undefined {
    const instance = this.#state.instances.get(instanceId);
    return instance === undefined ? undefined : instanceView(instance);
  }

  /** All instances, in the order in which they were created. */
  *instances(): Generator<InstanceView, void, undefined> {
    for (const instance of this.#state.instances.values()) yield instanceView(instance);
  }

  /** All activities that wait or run, in the order in which they were scheduled. */
  *activities(): Generator<ActivityView, void, undefined> {
    for (const activity of this.#state.activities.values()) yield activityView(activity);
  }

  /** The messages that wait for an instance, in the order in which they were sent. */
  queue(instanceId: string): readonly QueueEntry[] {
    return this.#state.instances.get(instanceId)?.queue.entries() ?? [];
  }

  /** All locks that are valid now. */
  locks(): readonly LockView[] {
    return locksOf(this.#state);
  }

  /** The histories that continue-as-new ended, oldest first; empty without `keepHistory`. */
  archivedHistories(instanceId: string): readonly ArchivedHistory[] {
    return this.#state.instances.get(instanceId)?.archived?.slice() ?? [];
  }

  #at(now: number): StoreState {
    this.#state.advanceTo(now);
    return this.#state;
  }

  #queueOf(kind: WorkKind): WorkQueue<InstanceState> | WorkQueue<ActivityState> {
    return kind === "orchestration" ? this.#state.orchestrationWork : this.#state.activityWork;
  }

  #instance(instanceId: string): InstanceState {
    const instance = this.#state.instances.get(instanceId);
    if (instance === undefined) throw new InstanceNotFoundError(instanceId);
    return instance;
  }

  #answered(commit: ActivityCommit, now: number): ActivityState {
    const activity = this.#at(now).ownedActivity(commit.lock);
    assert(commit.message.instanceId === activity.work.instanceId, "an activity answers the instance that asked");
    return activity;
  }

  #removal(instance: InstanceState): MicroStep {
    return {
      name: "removal",
      apply: () => {
        this.#state.removeInstance(instance);
      },
    };
  }
}

function newInstance(request: CreateInstanceRequest, now: number, revision: number): InstanceState {
  assert(request.start.event.instanceId === request.instanceId, "an instance's start names the instance");
  const life = { incarnation: request.incarnation, createdAt: now };
  return {
    kind: "orchestration",
    record: instanceRecord(request.start.event, life, { runtimeStatus: "Pending", lastUpdatedAt: now }, revision),
    start: request.start,
    history: [],
    archived: undefined,
    queue: new ControlQueue(),
    activities: undefined,
    lock: undefined,
    batch: [],
    notBefore: 0,
    deliveryCount: 0,
    createRequestId: request.requestId,
    lastCommitRequestId: undefined,
    pending: 0,
    isGone: false,
    heapIndex: -1,
    readyAt: 0,
    order: 0,
    place: "none",
    previous: undefined,
    next: undefined,
  };
}

function workItem(instance: InstanceState, token: number, now: number): OrchestrationWorkItem {
  return {
    lock: { key: instance.record.instanceId, token },
    instance: instance.record,
    start: instance.start,
    lastEventId: instance.history.length,
    messages: instance.batch.map((entry) => entry.message),
    deliveryCount: instance.deliveryCount,
    now,
  };
}

function hasStartDue(instance: InstanceState, now: number): boolean {
  if (instance.history.length > 0 || isTerminal(instance.record.runtimeStatus)) return false;
  return (instance.start.startAt ?? -Infinity) <= now;
}

function renewed(unit: InstanceState | ActivityState, expiresAt: number): NonNullable<InstanceState["lock"]> {
  assert(unit.lock !== undefined, "only a lock that is held is renewed");
  return { ...unit.lock, expiresAt };
}

/** Takes ready units out of their queue, as the policy picks them or fairly. The caller puts them back. */
function taken<T extends WorkUnit<T>>(
  queue: WorkQueue<T>,
  keyOf: (unit: T) => string,
  options: FetchOptions,
  now: number,
  policy: FetchPolicy,
): readonly T[] {
  assert(options.leaseMs > 0, "a lock lasts longer than no time");
  const units: T[] = [];
  if (policy.pick !== undefined) {
    const ready = queue.readyUnits(now);
    const byKey = new Map(ready.map((unit) => [keyOf(unit), unit]));
    for (const key of policy.pick([...byKey.keys()]).slice(0, options.maxItems)) {
      const unit = byKey.get(key);
      assert(unit !== undefined, `the picked "${key}" is one of the ready keys`);
      units.push(unit);
    }
    return units;
  }
  while (units.length < options.maxItems) {
    const unit = queue.takeNext(now);
    if (unit === undefined) break;
    units.push(unit);
  }
  return units;
}
