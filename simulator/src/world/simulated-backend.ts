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
  InstanceMessage,
  InstancePage,
  InstanceQuery,
  InstanceRecord,
  Lock,
  OrchestrationWorkItem,
  PurgeInstanceRequest,
  TurnCommit,
  WorkKind,
} from "dacapo/backend";
import { isTerminal, StorageError } from "dacapo/backend";
import type { Actor } from "./actor.ts";
import type { FaultClass } from "../faults/faults.ts";
import { fetchActivities, fetchOrchestrations } from "../faults/faulty-fetch.ts";
import type { Mutation } from "../faults/faulty-mutation.ts";
import { carryOutMutation } from "../faults/faulty-mutation.ts";
import type { Subject } from "../report/notes.ts";
import { noteActivityRecorded, noteClientCall, noteTurn } from "../report/port-notes.ts";
import type { World } from "./world.ts";

/** What a client waits for. */
type Milestone = Parameters<Backend["waitForInstance"]>[1];

const COMMIT_FAULTS: readonly FaultClass[] = [
  "crash-before-commit",
  "crash-within-commit",
  "crash-after-commit",
  "ambiguous-commit",
  "lease-expired",
];
const RENEW_FAULTS: readonly FaultClass[] = ["lease-expired", "ambiguous-commit"];
const ANSWER_LOST: readonly FaultClass[] = ["ambiguous-commit"];

/** A client asks again when it hears nothing; it gives up after some more tries than this. */
const UNANSWERED_IN_A_ROW_MAX = 3;

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
    const { name, input } = request.start.event;
    await this.#clientCall("createInstance", instanceId, { name, payload: input }, () => {
      const replaced = store.instance(instanceId)?.record.incarnation;
      const plan = store.planCreateInstance(request, this.#world.now);
      if (replaced !== undefined && plan.length > 0) committed.retire(store, instanceId);
      for (const step of plan) step.apply();
    });
    committed.acknowledged.push({ kind: "start", instanceId, incarnation });
  }

  async sendMessage(message: InstanceMessage): Promise<void> {
    const { instanceId, messageId, body } = message;
    const { store, committed } = this.#world;
    const sent = body.type === "EventRaised" ? { name: body.name, payload: body.input } : {};
    await this.#clientCall(`sendMessage ${body.type}`, instanceId, sent, () => {
      if (store.sendMessage(message, this.#world.now)) this.#concern(messageId, instanceId);
    });
    const incarnation = this.#concerned.get(messageId);
    if (incarnation !== undefined) committed.acknowledged.push({ kind: "message", instanceId, incarnation, message });
  }

  async purgeInstance(request: PurgeInstanceRequest): Promise<boolean> {
    const { requestId, instanceId } = request;
    const { store, committed } = this.#world;
    const purged = await this.#clientCall("purgeInstance", instanceId, {}, () => {
      const { answer, steps } = store.planPurgeInstance(request, this.#world.now);
      if (answer && steps.length > 0) {
        committed.retire(store, instanceId);
        this.#concern(requestId, instanceId);
      }
      for (const step of steps) step.apply();
      return answer;
    });
    const incarnation = this.#concerned.get(requestId);
    if (incarnation !== undefined) committed.acknowledged.push({ kind: "purge", instanceId, incarnation });
    return purged;
  }

  getInstance(instanceId: string): Promise<InstanceRecord | undefined> {
    const { store, committed } = this.#world;
    return this.#read("getInstance", () => committed.tell(this.#actor, store.getInstance(instanceId)));
  }

  getHistory(instanceId: string): Promise<readonly HistoryEvent[]> {
    return this.#read("getHistory", () => this.#world.store.getHistory(instanceId));
  }

  listInstances(query: InstanceQuery): Promise<InstancePage> {
    return this.#read("listInstances", () => this.#world.store.listInstances(query));
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
    return this.#read("fetchOrchestrations", () =>
      fetchOrchestrations(this.#world, this.#actor, options, this.#evictCache),
    );
  }

  readHistory(lock: Lock): Promise<readonly HistoryEvent[]> {
    return this.#read("readHistory", () => this.#world.store.readHistory(lock, this.#world.now));
  }

  renewOrchestration(lock: Lock, leaseMs: number): Promise<void> {
    return this.#underLock("renewOrchestration", lock, RENEW_FAULTS, () => {
      this.#world.store.renewOrchestration(lock, leaseMs, this.#world.now);
    });
  }

  completeOrchestration(commit: TurnCommit): Promise<void> {
    const { store, committed } = this.#world;
    const instanceId = commit.lock.key;
    return this.#underLock("completeOrchestration", commit.lock, COMMIT_FAULTS, () => {
      const before = store.instance(instanceId);
      const plan = store.planCompleteOrchestration(commit, this.#world.now);
      if (before === undefined || plan.length === 0) return;
      const consumed = new Set(commit.consumed);
      for (const { message, incarnation } of before.batch) {
        if (!consumed.has(message.messageId)) continue;
        committed.addConsumed({ instanceId, incarnation, message, consumedAt: this.#world.now });
      }
      for (const timer of commit.timers) committed.addAnswer(timer);
      for (const step of plan) step.apply();
      if (commit.events.length > 0 || commit.next !== undefined) this.#world.lastProgressStep = this.#world.step;
      for (const message of commit.messages) this.#world.touch(message.instanceId);
      noteTurn(this.#world, this.#actor, commit, before.record.name);
    });
  }

  abandonOrchestration(request: AbandonRequest): Promise<void> {
    return this.#underLock("abandonOrchestration", request.lock, ANSWER_LOST, () => {
      this.#world.store.abandonOrchestration(request, this.#world.now);
    });
  }

  // ——— workers: activities ———

  fetchActivities(options: FetchOptions): Promise<readonly ActivityWorkItem[]> {
    return this.#read("fetchActivities", () => fetchActivities(this.#world, this.#actor, options));
  }

  renewActivity(lock: Lock, leaseMs: number): Promise<void> {
    const apply = (): void => {
      this.#world.store.renewActivity(lock, leaseMs, this.#world.now);
    };
    return this.#mutate({
      name: "renewActivity",
      on: this.#activity(lock),
      faults: RENEW_FAULTS,
      lockKey: lock.key,
      apply,
    });
  }

  completeActivity(commit: ActivityCommit): Promise<void> {
    const { instanceId, body } = commit.message;
    const on: Subject = { instanceId, ...("taskId" in body ? { taskId: body.taskId } : {}) };
    const apply = (): void => {
      this.#world.store.completeActivity(commit, this.#world.now);
      this.#world.committed.addAnswer(commit.message);
      noteActivityRecorded(this.#world, this.#actor, commit);
    };
    return this.#mutate({ name: "completeActivity", on, faults: COMMIT_FAULTS, lockKey: commit.lock.key, apply });
  }

  abandonActivity(request: AbandonRequest): Promise<void> {
    const apply = (): void => {
      this.#world.store.abandonActivity(request, this.#world.now);
    };
    return this.#mutate({ name: "abandonActivity", on: this.#activity(request.lock), faults: ANSWER_LOST, apply });
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

  backlog(): Promise<Backlog> {
    return this.#read("backlog", () => this.#world.store.backlog(this.#world.now));
  }

  #concern(requestId: string, instanceId: string): void {
    this.#concerned.set(requestId, this.#world.store.getInstance(instanceId)?.incarnation ?? "");
  }

  #activity({ key }: Lock): Subject {
    for (const { id, work } of this.#world.store.activities()) {
      if (id === key) return { instanceId: work.instanceId, taskId: work.taskId };
    }
    return {};
  }

  #read<T>(name: string, read: () => T): Promise<T> {
    return this.#world.scheduler.perform(this.#actor, name, read);
  }

  #underLock(name: string, lock: Lock, faults: readonly FaultClass[], apply: () => void): Promise<void> {
    return this.#mutate({ name, on: { instanceId: lock.key }, faults, lockKey: lock.key, apply });
  }

  #mutate<T>(mutation: Mutation<T>): Promise<T> {
    return this.#world.scheduler.perform(this.#actor, mutation.name, () => {
      if (mutation.on.instanceId !== undefined) this.#world.touch(mutation.on.instanceId);
      return carryOutMutation(this.#world, this.#actor, mutation);
    });
  }

  async #clientCall<T>(
    name: string,
    instanceId: string,
    sent: { readonly name?: string; readonly payload?: string | undefined },
    apply: () => T,
  ): Promise<T> {
    const note = noteClientCall(this.#world, this.#actor, name, instanceId, sent);
    const faults = this.#unanswered < UNANSWERED_IN_A_ROW_MAX ? ANSWER_LOST : [];
    try {
      const answer = await this.#mutate({ name, on: { instanceId }, faults, apply });
      note("done");
      this.#unanswered = 0;
      return answer;
    } catch (error) {
      note(error);
      this.#unanswered = error instanceof StorageError ? this.#unanswered + 1 : 0;
      throw error;
    }
  }
}
