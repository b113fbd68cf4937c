/**
 * The in-memory backend: the contract's asynchronous face over a `MemoryStore` and the hub's clock.
 *
 * Invariant: every call is one synchronous step on the store, so it is atomic; nothing polls, and what waits is
 * woken by the change or the due time that it waits for. Nothing survives the process: for tests, demonstrations
 * and development.
 */
import type { HistoryEvent } from "../../core/history.ts";
import type { InstanceMessage } from "../../core/messages.ts";
import type { Milestone } from "../../core/status.ts";
import { hasReached } from "../../core/status.ts";
import type { BackendFactory } from "../../ports/backend-factory.ts";
import type {
  AbandonRequest,
  ActivityCommit,
  ActivityWorkItem,
  Backend,
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
import type { Clock } from "../../ports/clock.ts";
import type { PayloadStore } from "../../ports/payload-store.ts";
import type { HubPart } from "../../ports/hub-snapshot.ts";
import { InstanceWatch } from "../waiting/instance-watch.ts";
import { MemoryStore } from "./memory-store.ts";
import { WorkBell } from "../waiting/work-bell.ts";

export interface MemoryOptions {
  /** Keep the histories of executions that continue-as-new ended. Default: false. */
  readonly keepHistory?: boolean;
  /** The clock to go by, in place of the task hub's. */
  readonly clock?: Clock;
  /** The store to use, in place of a new one. */
  readonly store?: MemoryStore;
}

/**
 * Keeps a task hub in this process's memory. Hubs that are opened on the same value share one store.
 *
 * @example
 * const hub = await TaskHub.open({ backend: memory(), register: [helloCities, sayHello] });
 */
export function memory(options: MemoryOptions = {}): BackendFactory {
  const store = options.store ?? new MemoryStore({ keepHistory: options.keepHistory ?? false });
  return (ports) => new MemoryBackend(store, options.clock ?? ports.clock);
}

class MemoryBackend implements Backend {
  readonly payloads: PayloadStore;
  readonly #store: MemoryStore;
  readonly #clock: Clock;
  readonly #bells: Readonly<Record<WorkKind, WorkBell>>;
  readonly #watch: InstanceWatch;
  #unsubscribe: (() => void) | undefined;
  #isClosed = false;

  constructor(store: MemoryStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    this.payloads = store.payloads.on(clock);
    const whenEmpty = (): void => {
      this.#stopListening();
    };
    this.#watch = new InstanceWatch(whenEmpty);
    this.#bells = {
      orchestration: new WorkBell(store, "orchestration", clock, whenEmpty),
      activity: new WorkBell(store, "activity", clock, whenEmpty),
    };
  }

  async open(): Promise<void> {}

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#bells.orchestration.wakeAll();
    this.#bells.activity.wakeAll();
    this.#watch.endAll();
  }

  async createInstance(request: CreateInstanceRequest): Promise<void> {
    this.#store.createInstance(request, this.#clock.now());
  }

  async sendMessage(message: InstanceMessage): Promise<void> {
    this.#store.sendMessage(message, this.#clock.now());
  }

  async purgeInstance(request: PurgeInstanceRequest): Promise<boolean> {
    return this.#store.purgeInstance(request, this.#clock.now());
  }

  async rewindInstance(request: RewindInstanceRequest): Promise<void> {
    this.#store.rewindInstance(request, this.#clock.now());
  }

  async getInstance(instanceId: string): Promise<InstanceRecord | undefined> {
    return this.#store.getInstance(instanceId);
  }

  async getHistory(instanceId: string, executionId?: string): Promise<readonly HistoryEvent[]> {
    return this.#store.getHistory(instanceId, executionId);
  }

  async listExecutions(instanceId: string): Promise<readonly string[]> {
    return this.#store.listExecutions(instanceId);
  }

  async listInstances(query: InstanceQuery): Promise<InstancePage> {
    return this.#store.listInstances(query);
  }

  waitForInstance(instanceId: string, milestone: Milestone, signal?: AbortSignal): Promise<void> {
    const record = this.#store.getInstance(instanceId);
    const isReached = record === undefined || hasReached(record.runtimeStatus, milestone);
    if (this.#isClosed || isReached || signal?.aborted === true) return Promise.resolve();
    this.#listen();
    return this.#watch.wait(instanceId, milestone, signal);
  }

  async fetchOrchestrations(options: FetchOptions): Promise<readonly OrchestrationWorkItem[]> {
    return this.#store.fetchOrchestrations(options, this.#clock.now());
  }

  async readHistory(lock: Lock): Promise<readonly HistoryEvent[]> {
    return this.#store.readHistory(lock, this.#clock.now());
  }

  async renewOrchestration(lock: Lock, leaseMs: number): Promise<void> {
    this.#store.renewOrchestration(lock, leaseMs, this.#clock.now());
  }

  async completeOrchestration(commit: TurnCommit): Promise<void> {
    this.#store.completeOrchestration(commit, this.#clock.now());
  }

  async abandonOrchestration(request: AbandonRequest): Promise<void> {
    this.#store.abandonOrchestration(request, this.#clock.now());
  }

  async fetchActivities(options: FetchOptions): Promise<readonly ActivityWorkItem[]> {
    return this.#store.fetchActivities(options, this.#clock.now());
  }

  async renewActivity(lock: Lock, leaseMs: number): Promise<void> {
    this.#store.renewActivity(lock, leaseMs, this.#clock.now());
  }

  async completeActivity(commit: ActivityCommit): Promise<void> {
    this.#store.completeActivity(commit, this.#clock.now());
  }

  async abandonActivity(request: AbandonRequest): Promise<void> {
    this.#store.abandonActivity(request, this.#clock.now());
  }

  async waitForWork(kind: WorkKind, signal: AbortSignal): Promise<void> {
    if (this.#isClosed || signal.aborted) return;
    this.#listen();
    await this.#bells[kind].wait(signal);
  }

  async *snapshot(): AsyncGenerator<HubPart, void, undefined> {
    // At once, as of one time: others go on.
    yield* [...this.#store.snapshot(this.#clock.now())];
  }

  async restore(parts: AsyncIterable<HubPart>): Promise<void> {
    const all: HubPart[] = [];
    for await (const part of parts) all.push(part);
    this.#store.restore(all, this.#clock.now());
  }

  async backlog(): Promise<Backlog> {
    return this.#store.backlog(this.#clock.now());
  }

  /** Hears of the store's changes while anybody waits; they may come from another handle on the same store. */
  #listen(): void {
    this.#unsubscribe ??= this.#store.subscribe({
      workChanged: (kind) => {
        this.#bells[kind].check();
      },
      instanceChanged: (instanceId) => {
        if (!this.#watch.isWatched(instanceId)) return;
        this.#watch.changed(instanceId, this.#store.getInstance(instanceId)?.runtimeStatus);
      },
    });
  }

  #stopListening(): void {
    if (this.#bells.orchestration.waiting + this.#bells.activity.waiting + this.#watch.size > 0) return;
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
  }
}
