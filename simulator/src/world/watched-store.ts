/**
 * The simulation's store: the engine's own in-memory store, with every call that goes through it written down.
 *
 * Invariant: it behaves exactly as the store that it extends. Where a call should change nothing, because it is a
 * repeat or its lock is lost, the whole store is compared before and after it.
 */
import type {
  AbandonRequest,
  ActivityCommit,
  ActivityWorkItem,
  CreateInstanceRequest,
  FetchOptions,
  HistoryEvent,
  InstanceMessage,
  Lock,
  OrchestrationWorkItem,
  PurgeInstanceRequest,
  RewindInstanceRequest,
  TurnCommit,
  WorkKind,
} from "dacapo/backend";
import { DacapoError } from "dacapo/backend";
import type { FetchPolicy, HeldLock, MemoryStoreOptions, MicroStep, PurgePlan } from "dacapo/memory";
import { MemoryStore } from "dacapo/memory";
import type { CallOutcome, InstanceBefore, PortCall } from "./port-calls.ts";

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** What is written down of a call besides its outcome. */
type Details<C extends PortCall = PortCall> = C extends CallOutcome ? Omit<C, keyof CallOutcome> : never;

/** Where calls are written down. */
interface CallSink {
  push(call: PortCall): unknown;
}

export class WatchedStore extends MemoryStore {
  readonly #calls: CallSink;
  /** When each request was done first. */
  readonly #doneAt = new Map<string, number>();
  /** Set while a call of the store makes another. */
  #isWithin = false;

  constructor(calls: CallSink, options: MemoryStoreOptions = {}) {
    super({ ...options, keepHistory: true });
    this.#calls = calls;
  }

  override createInstance(request: CreateInstanceRequest, now: number): void {
    const details = this.#creation(request);
    this.#watch(`create ${request.instanceId} ${request.requestId}`, undefined, details, () =>
      super.createInstance(request, now),
    );
  }

  override planCreateInstance(request: CreateInstanceRequest, now: number): readonly MicroStep[] {
    const details = this.#creation(request);
    const plan = (): readonly MicroStep[] => super.planCreateInstance(request, now);
    return this.#watchPlan(
      `create ${request.instanceId} ${request.requestId}`,
      undefined,
      details,
      plan,
      (steps, wrap) => wrap(steps),
    );
  }

  override sendMessage(message: InstanceMessage, now: number): boolean {
    let tookEffect = false;
    const details = (): Details => ({ type: "send", message, tookEffect });
    return this.#watch(`send ${message.instanceId} ${message.messageId}`, undefined, details, () => {
      return (tookEffect = super.sendMessage(message, now));
    });
  }

  override planPurgeInstance(request: PurgeInstanceRequest, now: number): PurgePlan {
    const incarnation = this.#incarnation(request.instanceId);
    let answer: boolean | undefined;
    const details = (): Details => {
      return { type: "purge", request, answer, removed: this.#ifGone(request.instanceId, incarnation) };
    };
    const plan = (): PurgePlan => super.planPurgeInstance(request, now);
    return this.#watchPlan(
      `purge ${request.instanceId} ${request.requestId}`,
      undefined,
      details,
      plan,
      (planned, wrap) => {
        answer = planned.answer;
        return { ...planned, steps: wrap(planned.steps) };
      },
    );
  }

  override planRewindInstance(request: RewindInstanceRequest, now: number): readonly MicroStep[] {
    const { instanceId, requestId } = request;
    const isFirst = !this.#doneAt.has(`rewind ${instanceId} ${requestId}`);
    let isDone = false;
    const details = (): Details => ({ type: "rewind", request, tookEffect: isFirst && isDone });
    const plan = (): readonly MicroStep[] => super.planRewindInstance(request, now);
    return this.#watchPlan(`rewind ${instanceId} ${requestId}`, undefined, details, plan, (steps, wrap) => {
      isDone = steps.length > 0;
      return wrap(steps);
    });
  }

  override fetchOrchestrations(
    options: FetchOptions,
    now: number,
    policy: FetchPolicy = {},
  ): readonly OrchestrationWorkItem[] {
    const items = super.fetchOrchestrations(options, now, policy);
    for (const item of items) {
      this.#calls.push({ type: "fetch", kind: "orchestration", now: this.now, options, item });
    }
    return items;
  }

  override fetchActivities(options: FetchOptions, now: number, policy: FetchPolicy = {}): readonly ActivityWorkItem[] {
    const items = super.fetchActivities(options, now, policy);
    for (const item of items) this.#calls.push({ type: "fetch", kind: "activity", now: this.now, options, item });
    return items;
  }

  override readHistory(lock: Lock, now: number): readonly HistoryEvent[] {
    const lost = this.#isLost(this.instance(lock.key)?.lock, lock, now);
    return this.#watch(
      undefined,
      lost,
      () => ({ type: "read-history", lock }),
      () => super.readHistory(lock, now),
    );
  }

  override renewOrchestration(lock: Lock, leaseMs: number, now: number): void {
    const lost = this.#isLost(this.instance(lock.key)?.lock, lock, now);
    const details = this.#renewal("orchestration", lock, leaseMs);
    this.#watch(undefined, lost, details, () => super.renewOrchestration(lock, leaseMs, now));
  }

  override renewActivity(lock: Lock, leaseMs: number, now: number): void {
    const lost = this.#isLost(this.activity(lock.key)?.lock, lock, now);
    const details = this.#renewal("activity", lock, leaseMs);
    this.#watch(undefined, lost, details, () => super.renewActivity(lock, leaseMs, now));
  }

  override completeOrchestration(commit: TurnCommit, now: number): void {
    const lost = this.#isLost(this.instance(commit.lock.key)?.lock, commit.lock, now);
    const call = (): void => super.completeOrchestration(commit, now);
    this.#watch(`turn ${commit.requestId}`, lost, this.#turn(commit), call);
  }

  override planCompleteOrchestration(commit: TurnCommit, now: number): readonly MicroStep[] {
    const lost = this.#isLost(this.instance(commit.lock.key)?.lock, commit.lock, now);
    const plan = (): readonly MicroStep[] => super.planCompleteOrchestration(commit, now);
    return this.#watchPlan(`turn ${commit.requestId}`, lost, this.#turn(commit), plan, (steps, wrap) => wrap(steps));
  }

  override completeActivity(commit: ActivityCommit, now: number): void {
    const lost = this.#isLost(this.activity(commit.lock.key)?.lock, commit.lock, now);
    const call = (): void => super.completeActivity(commit, now);
    this.#watch(`answer ${commit.requestId}`, lost, this.#answer(commit), call);
  }

  override planCompleteActivity(commit: ActivityCommit, now: number): readonly MicroStep[] {
    const lost = this.#isLost(this.activity(commit.lock.key)?.lock, commit.lock, now);
    const plan = (): readonly MicroStep[] => super.planCompleteActivity(commit, now);
    return this.#watchPlan(`answer ${commit.requestId}`, lost, this.#answer(commit), plan, (steps, wrap) =>
      wrap(steps),
    );
  }

  override abandonOrchestration(request: AbandonRequest, now: number): void {
    const { lock } = request;
    const lost = this.#isLost(this.instance(lock.key)?.lock, lock, now);
    const details = (): Details => ({ type: "abandon", kind: "orchestration", lock });
    this.#watch(undefined, lost, details, () => super.abandonOrchestration(request, now));
  }

  override abandonActivity(request: AbandonRequest, now: number): void {
    const { lock } = request;
    const lost = this.#isLost(this.activity(lock.key)?.lock, lock, now);
    const details = (): Details => ({ type: "abandon", kind: "activity", lock });
    this.#watch(undefined, lost, details, () => super.abandonActivity(request, now));
  }

  override expireLock(key: string): boolean {
    this.#calls.push({ type: "expire", now: this.now, key });
    return super.expireLock(key);
  }

  override redeliver(instanceId: string, message: InstanceMessage, incarnation?: string): boolean {
    const isDone = super.redeliver(instanceId, message, incarnation);
    if (isDone) this.#calls.push({ type: "redeliver", now: this.now, message });
    return isDone;
  }

  #incarnation(instanceId: string): string | undefined {
    return this.instance(instanceId)?.record.incarnation;
  }

  #ifGone(instanceId: string, incarnation: string | undefined): string | undefined {
    return this.#incarnation(instanceId) === incarnation ? undefined : incarnation;
  }

  #creation(request: CreateInstanceRequest): () => Details {
    const { instanceId, incarnation } = request;
    const before = this.#incarnation(instanceId);
    return () => {
      const tookEffect = before !== incarnation && this.#incarnation(instanceId) === incarnation;
      return { type: "create", request, tookEffect, removed: this.#ifGone(instanceId, before) };
    };
  }

  #isLost(held: HeldLock | undefined, { token }: Lock, now: number): boolean {
    return held?.token !== token || held.expiresAt <= Math.max(now, this.now);
  }

  #renewal(kind: WorkKind, lock: Lock, leaseMs: number): () => Details {
    return () => ({ type: "renew", kind, lock, until: this.now + leaseMs });
  }

  #turn(commit: TurnCommit): () => Details {
    const before = this.#before(commit.lock.key);
    return () => ({ type: "turn", commit, before });
  }

  #answer(commit: ActivityCommit): () => Details {
    const work = this.activity(commit.lock.key)?.work;
    return () => ({ type: "answer", commit, work });
  }

  #before(instanceId: string): InstanceBefore | undefined {
    const instance = this.instance(instanceId);
    if (instance === undefined) return undefined;
    const { record, history, batch, deliveryCount } = instance;
    const { incarnation, executionId, runtimeStatus } = record;
    const isOver = runtimeStatus === "Completed" || runtimeStatus === "Failed" || runtimeStatus === "Terminated";
    const messages = batch.map(({ message }) => message);
    return { incarnation, executionId, isOver, historyLength: history.length, deliveryCount, batch: messages };
  }

  /** Makes a call and writes down how it went. `request` names what may be repeated. */
  #watch<T>(request: string | undefined, isLost: boolean | undefined, details: () => Details, call: () => T): T {
    if (this.#isWithin) return call();
    const done = this.#expect(request, isLost ?? false);
    try {
      this.#isWithin = true;
      const value = call();
      done(details());
      return value;
    } catch (error) {
      done(details(), error);
      throw error;
    } finally {
      this.#isWithin = false;
    }
  }

  /** Makes a plan that is written down once its last step is applied, or at once where there are no steps. */
  #watchPlan<Plan>(
    request: string,
    isLost: boolean | undefined,
    details: () => Details,
    plan: () => Plan,
    wrapped: (plan: Plan, wrap: (steps: readonly MicroStep[]) => readonly MicroStep[]) => Plan,
  ): Plan {
    if (this.#isWithin) return plan();
    const done = this.#expect(request, isLost ?? false);
    const wrap = (steps: readonly MicroStep[]): readonly MicroStep[] => {
      if (steps.length === 0) done(details());
      return steps.map((step, i) => (i < steps.length - 1 ? step : { ...step, apply: () => applyLast(step) }));
    };
    const applyLast = (step: MicroStep): void => {
      step.apply();
      done(details());
    };
    try {
      return wrapped(plan(), wrap);
    } catch (error) {
      done(details(), error);
      throw error;
    }
  }

  /** Looks at the store before a call. The result looks at it again, and writes the call down. */
  #expect(request: string | undefined, isLost: boolean): (details: Details, error?: unknown) => void {
    const doneAt = request === undefined ? undefined : this.#doneAt.get(request);
    const isRepeat = doneAt !== undefined;
    const digest = isRepeat || isLost ? this.#digest() : undefined;
    return (details, error) => {
      const outcome: Mutable<CallOutcome> = { now: this.now };
      if (error !== undefined) outcome.refusedWith = error instanceof DacapoError ? error.code : "UNKNOWN";
      else if (request !== undefined && !isRepeat) this.#doneAt.set(request, this.now);
      if (isRepeat) outcome.firstDoneAt = doneAt;
      if (digest !== undefined) outcome.changedStore = digest !== this.#digest();
      // The details were made for this call alone, and a spread of both would cost more than all the rest.
      this.#calls.push(Object.assign(details, outcome));
    };
  }

  /** Everything in the store that a call could change, as a text. Made only around calls that should change nothing. */
  #digest(): string {
    const parts: unknown[] = [];
    for (const { record, start, history, lock, deliveryCount } of this.instances()) {
      const { instanceId, incarnation, executionId, revision } = record;
      parts.push(instanceId, incarnation, executionId, revision, start.carriedEvents.length, history.length);
      parts.push(lock?.token, lock?.expiresAt, deliveryCount);
      for (const { sequence, visibleAt } of this.queue(instanceId)) parts.push(sequence, visibleAt);
    }
    for (const { id, lock, deliveryCount } of this.activities()) {
      parts.push(id, lock?.token, lock?.expiresAt, deliveryCount);
    }
    return parts.join();
  }
}
