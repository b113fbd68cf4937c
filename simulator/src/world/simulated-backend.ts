/**
 * The backend as one actor of a simulation sees it: every call is an operation of that actor, and mutating calls
 * may meet a fault.
 *
 * Invariant: it never does anything that the backend contract forbids (G1 to G11); the store's state changes
 * only while one of these operations is carried out. Given to task hubs in place of a real backend.
 */
import type {
  AbandonRequest,
  ActivityCommit,
  ActivityWorkItem,
  Backend,
  Backlog,
  CreateInstanceRequest,
  FetchOptions,
  HistoryEvent,
  HubPart,
  InstanceMessage,
  InstancePage,
  InstanceQuery,
  InstanceRecord,
  Lock,
  OrchestrationWorkItem,
  PurgeInstanceRequest,
  RewindInstanceRequest,
  TurnCommit,
  WorkKind,
} from "dacapo/backend";
import { isTerminal, StorageError } from "dacapo/backend";
import type { MicroStep } from "dacapo/memory";
import { ClientDied } from "../faults/client-died.ts";
import type { Plan } from "../faults/commit-steps.ts";
import { recording } from "../faults/commit-steps.ts";
import type { FaultClass } from "../faults/faults.ts";
import { fetchActivities, fetchOrchestrations } from "../faults/faulty-fetch.ts";
import type { Mutation } from "../faults/faulty-mutation.ts";
import { carryOutInParts, carryOutMutation } from "../faults/faulty-mutation.ts";
import type { Subject } from "../report/notes.ts";
import { noteActivityRecorded, noteClientCall, noteTurn } from "../report/port-notes.ts";
import type { Actor } from "./actor.ts";
import type { LATER, NEVER } from "./scheduler.ts";
import { clockOf } from "./virtual-clock.ts";
import type { World } from "./world.ts";

/** What a client waits for. */
type Milestone = Parameters<Backend["waitForInstance"]>[1];

const COMMIT_FAULTS: readonly FaultClass[] = [
  ...(["crash-before-commit", "crash-within-commit", "crash-after-commit", "fleet-crash"] as const),
  ...(["ambiguous-commit", "store-error", "lease-stolen", "worker-paused"] as const),
];
const RENEW_FAULTS: readonly FaultClass[] = ["lease-stolen", "renewal-failed", "ambiguous-commit"];
const ABANDON_FAULTS: readonly FaultClass[] = ["ambiguous-commit", "store-error"];
const CLIENT_FAULTS: readonly FaultClass[] = ["ambiguous-commit", "store-error", "client-crash"];
const STORE_FAILS: readonly FaultClass[] = ["store-error"];
const RETENTION_FAULTS: readonly FaultClass[] = [
  ...(["crash-before-commit", "crash-within-commit", "crash-after-commit"] as const),
  ...(["ambiguous-commit", "store-error", "worker-paused"] as const),
];
const CLIENT_DEATH: readonly FaultClass[] = ["client-crash"];

/** A client asks again when it hears nothing; it gives up after some more tries than this. */
const UNANSWERED_IN_A_ROW_MAX = 3;

/** A client that died is back after so long, in milliseconds. */
const CLIENT_AWAY_MS = 10_000;

export class SimulatedBackend implements Backend {
  readonly #world: World;
  readonly #actor: Actor;
  readonly #evictCache: () => void;
  /** How many of the client's calls in a row got no answer. */
  #unanswered = 0;
  /** The life of the instance id that each message or purge took effect on, by request: a repeated one has none. */
  readonly #concerned = new Map<string, string>();

  /** `evictCache` makes the actor's worker forget the orchestrations that it keeps in memory. */
  constructor(world: World, actor: Actor, evictCache: () => void = () => undefined) {
    this.#world = world;
    this.#actor = actor;
    this.#evictCache = evictCache;
  }

  open(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  // ——— clients ———

  async createInstance(request: CreateInstanceRequest): Promise<void> {
    const { instanceId, incarnation } = request;
    const { store, committed } = this.#world;
    const { name, input } = this.#world.plain(request.start.event);
    await this.#clientCall("createInstance", instanceId, { name, payload: input }, () => {
      const replaced = store.instance(instanceId)?.record.incarnation;
      const steps = store.planCreateInstance(request, this.#world.now);
      const retire = (): void => {
        if (replaced !== undefined) committed.retire(this.#world.readable, instanceId);
      };
      return { answer: undefined, steps: recording(steps, { removal: retire }) };
    });
    committed.acknowledged.push({ kind: "start", instanceId, incarnation });
  }

  async sendMessage(message: InstanceMessage): Promise<void> {
    const { instanceId, messageId, body } = this.#world.plain(message);
    const { store, committed } = this.#world;
    const sent = sentBy(body);
    await this.#clientCall(`sendMessage ${body.type}`, instanceId, sent, () =>
      oneStep("messages", () => {
        if (store.sendMessage(message, this.#world.now)) this.#concern(messageId, instanceId);
      }),
    );
    const incarnation = this.#concerned.get(messageId);
    if (incarnation === undefined) return;
    const plain = this.#world.plain(message);
    committed.acknowledged.push({ kind: "message", instanceId, incarnation, message: plain });
  }

  async purgeInstance(request: PurgeInstanceRequest): Promise<boolean> {
    const { requestId, instanceId } = request;
    const { store, committed } = this.#world;
    const purged = await this.#clientCall("purgeInstance", instanceId, {}, () => {
      const { answer, steps } = store.planPurgeInstance(request, this.#world.now);
      const retire = (): void => {
        const record = this.#world.readable.instance(instanceId)?.record;
        if (this.#actor.kind === "worker" && record !== undefined)
          committed.calls.push({ type: "retention", now: this.#world.now, record });
        committed.retire(this.#world.readable, instanceId);
        this.#concern(requestId, instanceId);
      };
      return { answer, steps: recording(steps, { removal: retire }) };
    });
    const incarnation = this.#concerned.get(requestId);
    if (incarnation !== undefined) committed.acknowledged.push({ kind: "purge", instanceId, incarnation });
    return purged;
  }

  async rewindInstance(request: RewindInstanceRequest): Promise<void> {
    const { requestId, instanceId } = request;
    const { store, committed } = this.#world;
    await this.#clientCall("rewindInstance", instanceId, {}, () => {
      const steps = store.planRewindInstance(request, this.#world.now);
      const note = (): void => this.#concern(requestId, instanceId);
      return { answer: undefined, steps: recording(steps, { reopening: note }) };
    });
    const incarnation = this.#concerned.get(requestId);
    if (incarnation !== undefined) committed.acknowledged.push({ kind: "rewind", instanceId, incarnation });
  }

  getInstance(instanceId: string): Promise<InstanceRecord | undefined> {
    const { store, committed } = this.#world;
    return this.#perform("getInstance", instanceId, () => {
      const record = store.getInstance(instanceId);
      committed.tell(this.#actor, this.#world.plain(record));
      return record;
    });
  }

  getHistory(instanceId: string, executionId?: string): Promise<readonly HistoryEvent[]> {
    return this.#perform("getHistory", instanceId, () => this.#world.store.getHistory(instanceId, executionId));
  }

  listExecutions(instanceId: string): Promise<readonly string[]> {
    return this.#perform("listExecutions", instanceId, () => this.#world.store.listExecutions(instanceId));
  }

  listInstances(query: InstanceQuery): Promise<InstancePage> {
    return this.#perform("listInstances", query, () => this.#world.store.listInstances(query));
  }

  waitForInstance(instanceId: string, milestone: Milestone, signal?: AbortSignal): Promise<void> {
    const { store, scheduler } = this.#world;
    return scheduler.perform(this.#actor, "waitForInstance", () => undefined, {
      isOver: () => {
        const record = store.getInstance(instanceId);
        return (
          record === undefined ||
          isTerminal(record.runtimeStatus) ||
          (milestone === "started" && record.runtimeStatus !== "Pending")
        );
      },
      dueTime: () => undefined,
      ...(signal === undefined ? {} : { signal }),
    });
  }

  // ——— workers: orchestrations ———

  fetchOrchestrations(options: FetchOptions): Promise<readonly OrchestrationWorkItem[]> {
    return this.#perform("fetchOrchestrations", options, () =>
      fetchOrchestrations(this.#world, this.#actor, options, this.#evictCache),
    );
  }

  readHistory(lock: Lock): Promise<readonly HistoryEvent[]> {
    return this.#perform("readHistory", lock, () => {
      const target = { actor: this.#actor, keys: [lock.key] };
      const fault = this.#world.drawFault("readHistory", STORE_FAILS, target);
      if (fault === undefined) return this.#world.store.readHistory(lock, this.#world.now);
      const on = { instanceId: lock.key };
      this.#world.note(() => ({ type: "fault", fault, actor: this.#actor.name, at: "readHistory", on }));
      throw new StorageError("The store could not read the history (simulated).");
    });
  }

  renewOrchestration(lock: Lock, leaseMs: number): Promise<void> {
    return this.#renew("renewOrchestration", lock, { instanceId: lock.key }, () => {
      this.#world.store.renewOrchestration(lock, leaseMs, this.#world.now);
    });
  }

  completeOrchestration(commit: TurnCommit): Promise<void> {
    const { store } = this.#world;
    const { lock, requestId } = commit;
    const instanceId = lock.key;
    return this.#mutate(commit, {
      ...{ name: "completeOrchestration", on: { instanceId }, faults: COMMIT_FAULTS, lockKey: instanceId, requestId },
      plan: () => {
        const steps = store.planCompleteOrchestration(commit, this.#world.now);
        return { answer: undefined, steps: this.#recordingTurn(commit, steps) };
      },
      recheck: () => store.readHistory(lock, this.#world.now),
    });
  }

  abandonOrchestration(request: AbandonRequest): Promise<void> {
    return this.#mutate(request, {
      ...{ name: "abandonOrchestration", on: { instanceId: request.lock.key }, faults: ABANDON_FAULTS },
      lockKey: request.lock.key,
      plan: () =>
        oneStep("lock", () => {
          this.#world.store.abandonOrchestration(request, this.#world.now);
        }),
    });
  }

  // ——— workers: activities ———

  fetchActivities(options: FetchOptions): Promise<readonly ActivityWorkItem[]> {
    return this.#perform("fetchActivities", options, () => fetchActivities(this.#world, this.#actor, options));
  }

  renewActivity(lock: Lock, leaseMs: number): Promise<void> {
    return this.#renew("renewActivity", lock, this.#world.activitySubject(lock.key), () => {
      this.#world.store.renewActivity(lock, leaseMs, this.#world.now);
    });
  }

  completeActivity(commit: ActivityCommit): Promise<void> {
    const { requestId, lock, message } = commit;
    const { instanceId, body } = message;
    const on: Subject = { instanceId, ...("taskId" in body ? { taskId: body.taskId } : {}) };
    return this.#mutate(commit, {
      ...{ name: "completeActivity", on, faults: COMMIT_FAULTS, lockKey: lock.key, requestId },
      plan: () => {
        const steps = this.#world.store.planCompleteActivity(commit, this.#world.now);
        const record = (): void => {
          this.#world.committed.addAnswer(message);
          noteActivityRecorded(this.#world, this.#actor, commit);
        };
        return { answer: undefined, steps: recording(steps, { messages: record }) };
      },
    });
  }

  abandonActivity(request: AbandonRequest): Promise<void> {
    const { key } = request.lock;
    return this.#mutate(request, {
      ...{ name: "abandonActivity", on: this.#world.activitySubject(key), faults: ABANDON_FAULTS, lockKey: key },
      plan: () =>
        oneStep("lock", () => {
          this.#world.store.abandonActivity(request, this.#world.now);
        }),
    });
  }

  // ——— progress ———

  waitForWork(kind: WorkKind, signal: AbortSignal): Promise<void> {
    const { store, scheduler } = this.#world;
    return scheduler.perform(this.#actor, `waitForWork ${kind}`, () => undefined, {
      isOver: () => store.hasWork(kind, this.#world.now),
      dueTime: () => store.nextDueTime(kind, this.#world.now),
      signal,
    });
  }

  /** There is one time per hub (contract G11), whatever the clock of an actor shows. */
  now(): Promise<number> {
    return Promise.resolve(this.#world.now);
  }

  backlog(): Promise<Backlog> {
    return this.#perform("backlog", {}, () => this.#world.store.backlog(this.#world.now));
  }

  /** All of the hub, as of one step. */
  async *snapshot(): AsyncGenerator<HubPart, void, undefined> {
    yield* await this.#perform("snapshot", {}, () => [...this.#world.store.snapshot(this.#world.now)]);
  }

  #concern(requestId: string, instanceId: string): void {
    this.#concerned.set(requestId, this.#world.store.getInstance(instanceId)?.incarnation ?? "");
  }

  /** What the ports see of a turn is written down as each part of it takes effect. */
  #recordingTurn(commit: TurnCommit, steps: readonly MicroStep[]): readonly MicroStep[] {
    const { store, committed } = this.#world;
    const instanceId = commit.lock.key;
    const before = store.instance(instanceId);
    if (before === undefined || steps.length === 0) return steps;
    const consume = (): void => {
      const consumed = new Set(commit.consumed);
      for (const { message, incarnation } of before.batch) {
        if (!consumed.has(message.messageId)) continue;
        committed.addConsumed({ instanceId, incarnation, message, consumedAt: this.#world.now });
      }
    };
    const setTimers = (): void => {
      for (const timer of commit.timers) committed.addAnswer(timer);
    };
    const end = (): void => {
      const isProgress = commit.events.length > 0 || commit.next !== undefined || (commit.applied ?? []).length > 0;
      if (isProgress) this.#world.lastProgressStep = this.#world.step;
      for (const message of commit.messages) this.#world.touch(message.instanceId);
      for (const start of commit.starts) this.#world.touch(start.instanceId);
      noteTurn(this.#world, this.#actor, this.#world.plain(commit), before.record);
    };
    return recording(steps, { inbox: consume, timers: setTimers, status: end });
  }

  /** An operation of this actor; what it was asked and what it answers are traced where a trace is kept. */
  #perform<T>(name: string, request: unknown, run: () => T | typeof NEVER | typeof LATER): Promise<T> {
    const { scheduler, trace } = this.#world;
    if (trace === undefined) return scheduler.perform(this.#actor, name, run);
    return scheduler.perform(this.#actor, name, () => {
      trace.add(this.#world.step, name, request);
      try {
        const answer = run();
        if (typeof answer !== "symbol") trace.add(this.#world.step, "answer", answer);
        return answer;
      } catch (error) {
        trace.add(this.#world.step, "refused", error);
        throw error;
      }
    });
  }

  #renew(name: string, lock: Lock, on: Subject, renew: () => void): Promise<void> {
    const { hazards } = this.#world;
    const requestId = `${lock.key}#${lock.token}`;
    return this.#mutate(lock, {
      ...{ name, on, faults: RENEW_FAULTS, lockKey: lock.key, requestId },
      plan: () => {
        if (hazards.isUnrenewable(requestId)) throw hazards.failRenewals(requestId);
        return oneStep("lock", renew);
      },
    });
  }

  #mutate<T>(request: unknown, mutation: Mutation<T>): Promise<T> {
    const carryOut = this.#world.storage === "transactional" ? carryOutMutation : carryOutInParts;
    return this.#perform(mutation.name, request, () => {
      if (mutation.on.instanceId !== undefined) this.#world.touch(mutation.on.instanceId);
      return carryOut(this.#world, this.#actor, mutation);
    });
  }

  /** What may go wrong with a call that clients make. Of workers, only the purges of retention are such work of their own. */
  #faultsOfCall(name: string): readonly FaultClass[] {
    if (this.#actor.kind === "worker" && name === "purgeInstance") return RETENTION_FAULTS;
    return this.#unanswered < UNANSWERED_IN_A_ROW_MAX ? CLIENT_FAULTS : CLIENT_DEATH;
  }

  async #clientCall<T>(
    name: string,
    instanceId: string,
    sent: { readonly name?: string; readonly payload?: string | undefined },
    plan: () => Plan<T>,
  ): Promise<T> {
    const note = noteClientCall(this.#world, this.#actor, name, instanceId, sent);
    for (;;) {
      const faults = this.#faultsOfCall(name);
      try {
        const answer = await this.#mutate({ name, instanceId, ...sent }, { name, on: { instanceId }, faults, plan });
        note("done");
        this.#unanswered = 0;
        return answer;
      } catch (error) {
        if (error instanceof ClientDied) {
          await clockOf(this.#actor, this.#world.clock, this.#world.scheduler).sleep(CLIENT_AWAY_MS);
          continue;
        }
        note(error);
        this.#unanswered = error instanceof StorageError ? this.#unanswered + 1 : 0;
        throw error;
      }
    }
  }
}

/** The plan of a call that the store makes in one step. */
function oneStep(name: MicroStep["name"], apply: () => void): Plan<undefined> {
  return { answer: undefined, steps: [{ name, apply }] };
}

/** What a client sent, for the story. */
function sentBy(body: InstanceMessage["body"]): { readonly name?: string; readonly payload?: string | undefined } {
  if (body.type === "EventRaised") return { name: body.name, payload: body.input };
  return body.type === "EntityOperationSignaled" ? { name: body.operation, payload: body.input } : {};
}
