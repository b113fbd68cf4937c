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
import { HubNotEmptyError, InstanceNotFoundError, InstanceTerminalError } from "../../core/errors.ts";
import type { HistoryEvent } from "../../core/history.ts";
import { BATCH_MESSAGES_MAX } from "../../core/limits.ts";
import type { InstanceMessage } from "../../core/messages.ts";
import type { Mutable } from "../../core/mutable.ts";
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
  PurgeInstanceRequest,
  RewindInstanceRequest,
  TurnCommit,
  WorkKind,
} from "../../ports/backend.ts";
import type { HubPart } from "../../ports/hub-snapshot.ts";
import type { QueueEntry } from "./control-queue.ts";
import { taken } from "./fetch-policy.ts";
import type { FetchPolicy } from "./fetch-policy.ts";
import { pageOf } from "./instance-list.ts";
import { applyAll } from "./micro-step.ts";
import type { MicroStep } from "./micro-step.ts";
import { planCreation, planPurge, wasCreated } from "./life-plan.ts";
import { planRewind } from "./reopening.ts";
import type { PurgePlan } from "./life-plan.ts";
import { requestKey } from "../sql/request-key.ts";
import { restoreInstance, snapshotOf } from "./moving.ts";
import { MemoryPayloads } from "./memory-payloads.ts";
import { newInstance } from "./new-instance.ts";
import { StoreState, hasYetToStart } from "./store-state.ts";
import type { ActivityState, ArchivedHistory, DiscardReason, InstanceState, StoreListener } from "./store-state.ts";
import { activityView, historyOf, instanceView, locksOf } from "./store-views.ts";
import type { ActivityView, InstanceView, LockView } from "./store-views.ts";
import { commitTurn, planTurn } from "./turn-plan.ts";
import type { WorkQueue } from "./work-queue.ts";

export interface MemoryStoreOptions {
  /**
   * False lets an activity be scheduled again, as happens where a simulator writes turns in parts. True by default: then
   * that is a bug.
   */
  readonly atomicTurns?: boolean;
  /** Keep the histories of executions that continue-as-new ended, until their instance is purged or replaced. */
  readonly keepHistory?: boolean;
}

export class MemoryStore {
  /** What was put aside of the hub's payloads. */
  readonly payloads = new MemoryPayloads();
  readonly #state: StoreState;

  constructor(options: MemoryStoreOptions = {}) {
    this.#state = new StoreState({ keepHistory: false, atomicTurns: true, ...options });
  }

  // ——— clients ———

  /** @throws InstanceAlreadyExistsError when the id is taken and may not be replaced. */
  createInstance(request: CreateInstanceRequest, now: number): void {
    const state = this.#at(now);
    const isFirst = !state.instances.has(request.instanceId) && !wasCreated(state, request);
    if (!isFirst) applyAll(this.planCreateInstance(request, now));
    else state.addInstance(newInstance(request, state.now, state.nextRevision()));
  }

  /**
   * The plan is empty for a repeated request.
   *
   * @throws InstanceAlreadyExistsError when the id is taken and may not be replaced.
   */
  planCreateInstance(request: CreateInstanceRequest, now: number): readonly MicroStep[] {
    return planCreation(this.#at(now), request);
  }

  /**
   * Returns false, and does nothing, for a message that was sent before.
   *
   * @throws InstanceNotFoundError when there is no such instance.
   * @throws InstanceTerminalError when the instance has ended.
   */
  sendMessage(message: InstanceMessage, now: number): boolean {
    const state = this.#at(now);
    const { instanceId, messageId } = message;
    const key = requestKey("send", instanceId, messageId);
    if (state.requests.answerTo(key) !== undefined) return false;
    const instance = state.receiver(message);
    if (instance === undefined) throw new InstanceNotFoundError(instanceId);
    const { runtimeStatus } = instance.record;
    if (isTerminal(runtimeStatus)) throw new InstanceTerminalError(instanceId, runtimeStatus);
    state.enqueue(instance, message);
    state.requests.remember(key, true, state.now);
    return true;
  }

  /** @throws InstanceNotTerminalError when the instance has not ended. */
  purgeInstance(request: PurgeInstanceRequest, now: number): boolean {
    const { answer, steps } = this.planPurgeInstance(request, now);
    applyAll(steps);
    return answer;
  }

  /** The plan is empty for a repeated request. @throws InstanceNotTerminalError when the instance has not ended. */
  planPurgeInstance(request: PurgeInstanceRequest, now: number): PurgePlan {
    return planPurge(this.#at(now), request);
  }

  /**
   * @throws InstanceNotFoundError when there is no such orchestration.
   * @throws InstanceNotFailedError when it has not failed.
   */
  rewindInstance(request: RewindInstanceRequest, now: number): void {
    applyAll(this.planRewindInstance(request, now));
  }

  /** The plan is empty for a repeated request. @throws as `rewindInstance` does. */
  planRewindInstance(request: RewindInstanceRequest, now: number): readonly MicroStep[] {
    return planRewind(this.#at(now), request);
  }

  getInstance(instanceId: string): InstanceRecord | undefined {
    return this.#state.instances.get(instanceId)?.record;
  }

  /**
   * @throws InstanceNotFoundError when there is no such instance.
   * @throws ExecutionNotFoundError when it has no history of such an execution.
   */
  getHistory(instanceId: string, executionId?: string): readonly HistoryEvent[] {
    return historyOf(this.#instance(instanceId), executionId).slice();
  }

  /** @throws InstanceNotFoundError when there is no such instance. */
  listExecutions(instanceId: string): readonly string[] {
    const { archived = [], record } = this.#instance(instanceId);
    return [...archived.map(({ executionId }) => executionId), record.executionId];
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
    if (request.isUncounted === true) instance.deliveryCount -= 1;
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
    if (request.isUncounted === true) activity.deliveryCount -= 1;
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

  /** Does not hand out an instance before `until`, as if its queue were slow. Returns false when there is none. */
  holdBack(instanceId: string, until: number): boolean {
    const instance = this.#state.instances.get(instanceId);
    if (instance === undefined) return false;
    instance.notBefore = Math.max(instance.notBefore, until);
    this.#state.refreshInstance(instance);
    return true;
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

  /** One activity that waits or runs. */
  activity(id: string): ActivityView | undefined {
    const activity = this.#state.activities.get(id);
    return activity === undefined ? undefined : activityView(activity);
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

  // ——— moving house ———

  /** All of the hub. */
  snapshot(now: number): readonly HubPart[] {
    const state = this.#at(now);
    return [
      { kind: "hub", now: state.now },
      ...[...state.instances.values()].map(
        (instance) => ({ kind: "instance", instance: snapshotOf(instance) }) as const,
      ),
      ...[...state.requests.entries()].map((request) => ({ kind: "request", ...request }) as const),
    ];
  }

  /** @throws HubNotEmptyError when there is an instance. */
  restore(parts: readonly HubPart[], now: number): void {
    const state = this.#at(now);
    const [taken] = state.instances.keys();
    if (taken !== undefined) throw new HubNotEmptyError(taken);
    for (const part of parts) {
      if (part.kind === "hub") state.advanceTo(part.now);
      else if (part.kind === "instance") restoreInstance(state, part.instance);
      else state.requests.remember(part.key, part.answer, state.now);
    }
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
}

function workItem(instance: InstanceState, token: number, now: number): OrchestrationWorkItem {
  const item: Mutable<OrchestrationWorkItem> = {
    lock: { key: instance.record.instanceId, token },
    instance: instance.record,
    start: instance.start,
    lastEventId: instance.history.length,
    messages: instance.batch.map((entry) => entry.message),
    deliveryCount: instance.deliveryCount,
    now,
  };
  if (instance.entity !== undefined) item.entity = instance.entity;
  if (instance.rewind !== undefined) item.rewind = instance.rewind;
  return item;
}

function hasStartDue(instance: InstanceState, now: number): boolean {
  return instance.rewind !== undefined || (hasYetToStart(instance) && (instance.start.startAt ?? -Infinity) <= now);
}

function renewed(unit: InstanceState | ActivityState, expiresAt: number): NonNullable<InstanceState["lock"]> {
  assert(unit.lock !== undefined, "only a lock that is held is renewed");
  return { ...unit.lock, expiresAt };
}
