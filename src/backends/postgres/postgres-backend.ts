/**
 * The PostgreSQL backend: the contract's face over transactions of many calls.
 *
 * Invariant: every change is one call of a transaction that is durable when its promise resolves. Waiting ends by a hint of
 * this process or another, by the time at which something is due, or after `pollIntervalMs`: polling is the truth.
 */
import { ExecutionNotFoundError, HubClosedError, InstanceNotFoundError, type DacapoError } from "../../core/errors.ts";
import type { HistoryEvent } from "../../core/history.ts";
import type { InstanceMessage } from "../../core/messages.ts";
import { hasReached, type Milestone } from "../../core/status.ts";
import type { BackendPorts } from "../../ports/backend-factory.ts";
import type * as port from "../../ports/backend.ts";
import type { HubPart } from "../../ports/hub-snapshot.ts";
import type { RuntimeStatus } from "../../core/status.ts";
import type { PayloadStore } from "../../ports/payload-store.ts";
import { eventsOf, type Row } from "../sql/columns.ts";
import { GroupCommit, storageError, type Outcome } from "../sql/group-commit.ts";
import { restoreAll } from "../sql/restoring.ts";
import { originalId, storedId } from "../sql/stored-id.ts";
import * as work from "../sql/work.ts";
import { InstanceWatch } from "../waiting/instance-watch.ts";
import { StandingOrders } from "../waiting/standing-orders.ts";
import { Waiters } from "../waiting/waiters.ts";
import * as calls from "./calls.ts";
import type { Claimed } from "./claims.ts";
import { rowsOf, type PostgresPool } from "./driver.ts";
import { EarlyTurns } from "../sql/early-turns.ts";
import { Fetches } from "./fetches.ts";
import { Hints } from "./hints.ts";
import { HubTime } from "./hub-time.ts";
import { pageOf } from "./instance-page.ts";
import { migrate } from "./migrate.ts";
import { openingError } from "./opening-error.ts";
import { partitionOf } from "./partition.ts";
import { postgresPayloads } from "./payloads.ts";
import type { PostgresTables } from "./postgres-tables.ts";
import { readsFor, type ReadName, type Reads } from "./reads.ts";
import { RecordReads } from "./record-reads.ts";
import { Sessions } from "./session.ts";
import { snapshot } from "./snapshot.ts";
import { statementsFor } from "./statements.ts";
import { Transactions } from "./transactions.ts";

export interface PostgresBackendOptions {
  readonly connect: () => Promise<PostgresPool>;
  /** True when closing the hub ends the pool. */
  readonly ownsPool: boolean;
  readonly schema: string;
  readonly keepHistory: boolean;
  readonly pollIntervalMs: number;
  readonly ports: BackendPorts;
}

/** What there is between opening and closing. */
interface Opened {
  readonly pool: PostgresPool;
  readonly commits: GroupCommit<calls.Call>;
  readonly hints: Hints;
}

/** What is older than the redelivery horizon is forgotten so often. */
const FORGET_EVERY_MS = 60_000;

/** When so many calls wait after one round of the event loop, a transaction waits for another one before it begins. */
const CALLS_OF_MANY = 8;

/** The statuses of so many instances are one query. */
const STATUSES_MAX = 500;

export class PostgresBackend implements port.Backend {
  readonly fetchSize = 100;
  readonly payloads: PayloadStore;
  readonly #options: PostgresBackendOptions;
  readonly #schema: string;
  readonly #reads: Reads;
  readonly #records = new RecordReads((ids) => this.#read("records", ids.map(partitionOf), ids.map(storedId)));
  readonly #watch = new InstanceWatch(() => undefined);
  readonly #waiters = {
    orchestration: new Waiters(() => undefined),
    activity: new Waiters(() => undefined),
  } as const;
  readonly #orders = new StandingOrders();
  readonly #early: EarlyTurns;
  readonly #fetches: Fetches;
  readonly #stop = new AbortController();
  #opened: Opened | undefined;
  #isLooking = false;
  #forgottenAt = 0;

  constructor(options: PostgresBackendOptions) {
    this.#options = options;
    this.#schema = `"${options.schema.replaceAll('"', '""')}"`;
    this.#reads = readsFor(this.#schema);
    this.payloads = postgresPayloads(this.#schema, () => this.#inUse().pool);
    this.#early = new EarlyTurns({
      round: options.ports.yield,
      // What it sends and starts needs rows that are not locked.
      takes: ({ starts, messages, rewinds = [] }) => starts.length + messages.length + rewinds.length === 0,
    });
    this.#fetches = new Fetches({
      orders: this.#orders,
      early: this.#early,
      make: (call) => this.#make(call),
      wake: (kind) => {
        this.#waiters[kind].wakeAll();
      },
      monotonic: () => options.ports.clock.monotonic(),
    });
  }

  async open(): Promise<void> {
    const { connect, keepHistory, ports } = this.#options;
    const pool = await connect();
    const channel = `dacapo_${this.#options.schema}`;
    let from = 0;
    try {
      await migrate(pool, this.#schema);
      const [begun] = rowsOf(await pool.query(this.#reads("begin")));
      from = Number(begun?.["life"]);
    } catch (error) {
      await this.#end(pool);
      throw openingError(error);
    }
    const hints = new Hints({
      pool,
      from,
      channel,
      sleep: (durationMs, signal) => ports.clock.sleep(durationMs, signal),
      changed: (instanceIds, ready) => {
        for (const kind of ready) this.#ring(kind);
        void this.#lookAt(instanceIds ?? this.#watch.watched());
      },
    });
    const transactions = new Transactions({
      sessions: new Sessions(pool, statementsFor(this.#schema)),
      keepsHistory: keepHistory,
      early: this.#early,
      time: new HubTime(() => ports.clock.monotonic()),
      pause: (durationMs) => ports.clock.sleep(durationMs),
      committed: (tables) => {
        this.#committed(tables, hints);
      },
    });
    const commits = new GroupCommit<calls.Call>({
      transact: (group) => this.#transact(group, transactions),
      // A worker that is busy asks for more work one round after it has begun with what it has.
      turn: async (waiting) => {
        await ports.yield?.();
        if (waiting() >= CALLS_OF_MANY) await ports.yield?.();
      },
      toError,
      placesOf: calls.placesOf,
    });
    await hints.open();
    this.#opened = { pool, commits, hints };
  }

  async close(): Promise<void> {
    const opened = this.#opened;
    if (opened === undefined) return;
    for (const kind of ["orchestration", "activity"] as const) {
      this.#orders.withdraw(kind);
      this.#giveBack(kind);
    }
    this.#opened = undefined;
    await opened.commits.drain();
    this.#stop.abort("closed");
    this.#ring("orchestration");
    this.#ring("activity");
    this.#watch.endAll();
    await opened.hints.close();
    await this.#end(opened.pool);
  }

  async createInstance(request: port.CreateInstanceRequest): Promise<void> {
    await this.#make(calls.creation(request));
  }

  async sendMessage(message: InstanceMessage): Promise<void> {
    await this.#make(calls.sending(message));
  }

  async purgeInstance(request: port.PurgeInstanceRequest): Promise<boolean> {
    return (await this.#make(calls.purging(request))) as boolean;
  }

  async rewindInstance(request: port.RewindInstanceRequest): Promise<void> {
    await this.#make(calls.rewinding(request));
  }

  async getInstance(instanceId: string): Promise<port.InstanceRecord | undefined> {
    this.#inUse();
    return this.#records.get(instanceId);
  }

  async getHistory(instanceId: string, executionId?: string): Promise<readonly HistoryEvent[]> {
    const record = await this.#recorded(instanceId);
    const wanted = executionId ?? record.executionId;
    const found = await this.#read("historyOf", partitionOf(instanceId), storedId(instanceId), wanted);
    if (found.length === 0 && wanted !== record.executionId) throw new ExecutionNotFoundError(instanceId, wanted);
    return eventsOf(found);
  }

  async listExecutions(instanceId: string): Promise<readonly string[]> {
    const { executionId } = await this.#recorded(instanceId);
    const kept = await this.#read("executions", partitionOf(instanceId), storedId(instanceId));
    return [...kept.map((row) => row["execution_id"] as string).filter((id) => id !== executionId), executionId];
  }

  async listInstances(query: port.InstanceQuery): Promise<port.InstancePage> {
    const { pool } = this.#inUse();
    return pageOf(pool, this.#schema, query).catch((error: unknown) => {
      throw toError(error);
    });
  }

  async waitForInstance(instanceId: string, milestone: Milestone, signal?: AbortSignal): Promise<void> {
    if (this.#opened === undefined || signal?.aborted === true) return;
    const unanswered = new AbortController();
    const ends = signal === undefined ? unanswered.signal : AbortSignal.any([signal, unanswered.signal]);
    const waited = this.#watch.wait(instanceId, milestone, ends);
    // Looked at after the wait began, so that no change between the two is missed.
    const record = await this.getInstance(instanceId).catch((error: unknown) => {
      unanswered.abort("the store gives no answer");
      throw error;
    });
    if (record === undefined || hasReached(record.runtimeStatus, milestone)) {
      this.#watch.changed(instanceId, record?.runtimeStatus);
    }
    this.#look();
    await waited;
  }

  async fetchOrchestrations(options: port.FetchOptions): Promise<readonly port.OrchestrationWorkItem[]> {
    return this.#fetches.orchestrations(options);
  }

  async readHistory(lock: port.Lock): Promise<readonly HistoryEvent[]> {
    this.#early.check(lock);
    return this.#early.historyOf(lock) ?? ((await this.#make(calls.reading(lock))) as readonly HistoryEvent[]);
  }

  async renewOrchestration(lock: port.Lock, leaseMs: number): Promise<void> {
    this.#early.check(lock);
    await this.#make(
      calls.underLock("orchestration", lock, (tables) => work.renewOrchestration(tables, lock, leaseMs)),
    );
  }

  async completeOrchestration(commit: port.TurnCommit): Promise<void> {
    this.#early.check(commit.lock);
    await (this.#early.accept(commit) ?? this.#make(calls.turn(commit)));
  }

  async abandonOrchestration(request: port.AbandonRequest): Promise<void> {
    const { lock } = request;
    if (this.#early.isVoid(lock)) return;
    await this.#make(calls.underLock("orchestration", lock, (tables) => work.abandonOrchestration(tables, request)));
  }

  async fetchActivities(options: port.FetchOptions): Promise<readonly port.ActivityWorkItem[]> {
    return this.#fetches.activities(options);
  }

  async renewActivity(lock: port.Lock, leaseMs: number): Promise<void> {
    await this.#make(calls.underLock("activity", lock, (tables) => work.renewActivity(tables, lock, leaseMs)));
  }

  async completeActivity(commit: port.ActivityCommit): Promise<void> {
    await this.#make(calls.activityAnswer(commit));
  }

  async abandonActivity(request: port.AbandonRequest): Promise<void> {
    await this.#make(calls.underLock("activity", request.lock, (tables) => work.abandonActivity(tables, request)));
  }

  async waitForWork(kind: port.WorkKind, signal: AbortSignal, order?: port.FetchOptions): Promise<void> {
    if (this.#opened === undefined || signal.aborted) return;
    this.#orders.place(kind, order);
    const stop = AbortSignal.any([signal, this.#stop.signal]);
    if (!this.#orders.isFilled(kind)) await this.#untilReady(kind, stop);
    this.#orders.withdraw(kind);
    if (signal.aborted) this.#giveBack(kind);
  }

  /** Resolves at a change, at the next due time, after `pollIntervalMs`, or at once when something is ready now. */
  async #untilReady(kind: port.WorkKind, stop: AbortSignal): Promise<void> {
    const done = new AbortController();
    const woken = this.#waiters[kind].wait(AbortSignal.any([stop, done.signal]));
    const { clock } = this.#options.ports;
    const askedAt = clock.monotonic();
    // Asked after the wait began, so that no change between the two is missed.
    const found = await this.#dueInMs(kind).catch((error: unknown) => {
      done.abort("the store gives no answer");
      throw error;
    });
    // It was asked before it was answered, and that took a while.
    const dueInMs = found - (clock.monotonic() - askedAt);
    if (dueInMs > 0) {
      const waitMs = Math.min(dueInMs, this.#options.pollIntervalMs);
      void clock.sleep(waitMs, done.signal).then(() => {
        done.abort("due");
      });
      await woken;
    }
    done.abort("over");
  }

  /** In how many milliseconds something is ready. What the last fetch found out is true until something changes. */
  async #dueInMs(kind: port.WorkKind): Promise<number> {
    const known = this.#fetches.takeDueInMs(kind);
    if (known !== undefined) return known;
    const [next] = await this.#read(kind === "orchestration" ? "dueInstance" : "dueActivity");
    return next?.["at"] === null ? Infinity : Number(next?.["at"]) - Number(next?.["now"]);
  }

  async backlog(): Promise<port.Backlog> {
    const [found] = await this.#read("backlog");
    const { pending = 0, ready, due = null } = found ?? {};
    const backlog = { pending: Number(pending), ready: Boolean(ready) };
    return due === null ? backlog : { ...backlog, nextDueTime: Number(due) };
  }

  /** Makes the calls, and what waiting workers have ordered, in one transaction. */
  async #transact(group: readonly calls.Call[], transactions: Transactions): Promise<readonly Outcome[]> {
    // Nobody orders what a fetch of the same group is about to look for.
    const orders = group.some(({ kind }) => kind === "operation") ? this.#orders.open() : [];
    const ordered = orders.map(([kind, order]) => this.#fetches.ordered(kind, order));
    const outcomes = await transactions.transact([...group, ...ordered]);
    for (const [i, [kind]] of orders.entries()) {
      const outcome = outcomes[group.length + i];
      if (outcome?.ok === true) this.#fetches.fill(kind, outcome.value as Claimed);
    }
    return outcomes.slice(0, group.length);
  }

  /** Tells whoever waits, here or elsewhere, what has changed. */
  #committed(tables: PostgresTables, hints: Hints): void {
    for (const [id, status] of tables.seen()) if (this.#watch.isWatched(id)) this.#watch.changed(id, status);
    const { instances, activities } = tables.left;
    const ready: port.WorkKind[] = [];
    if (instances.size > 0) ready.push("orchestration");
    if (activities.size > 0) ready.push("activity");
    for (const kind of ready) this.#ring(kind);
    hints.tell(new Set([...tables.changedStatuses(), ...instances.values(), ...activities.values()]), ready);
  }

  /** Gives back what was locked for a worker that has stopped. */
  #giveBack(kind: port.WorkKind): void {
    const abandon = kind === "activity" ? work.abandonActivity : work.abandonOrchestration;
    for (const request of this.#orders.unclaimed(kind)) {
      if (kind === "orchestration" && this.#early.isVoid(request.lock)) continue;
      const call = calls.underLock(kind, request.lock, (tables) => abandon(tables, request));
      void this.#opened?.commits.make(call).catch(() => undefined);
    }
  }

  async now(): Promise<number> {
    const [row] = await this.#read("now");
    return Number(row?.["now"]);
  }

  async *snapshot(): AsyncGenerator<HubPart, void, undefined> {
    try {
      yield* snapshot(this.#inUse().pool, this.#reads);
    } catch (error) {
      throw openingError(error);
    }
  }

  /** The time is the server's; a hub whose time was another one is late or early by the difference. */
  restore(parts: AsyncIterable<HubPart>): Promise<void> {
    return restoreAll(this, parts, async (part) => {
      if (part.kind !== "hub") await this.#make(calls.restoring(part));
    });
  }

  #inUse(): Opened {
    if (this.#opened === undefined) throw new HubClosedError("The hub's connections are closed.");
    return this.#opened;
  }

  #make(call: calls.Call): Promise<unknown> {
    const { commits } = this.#inUse();
    this.#forget();
    return commits.make(call);
  }

  async #read(name: ReadName, ...values: unknown[]): Promise<readonly Row[]> {
    const { pool } = this.#inUse();
    try {
      return rowsOf(await pool.query(this.#reads(name, ...values)));
    } catch (error) {
      throw toError(error);
    }
  }

  async #recorded(instanceId: string): Promise<port.InstanceRecord> {
    const record = await this.getInstance(instanceId);
    if (record === undefined) throw new InstanceNotFoundError(instanceId);
    return record;
  }

  #ring(kind: port.WorkKind): void {
    this.#fetches.changed(kind);
    this.#waiters[kind].wakeAll();
  }

  /** Whoever waits looks again; a store that cannot be reached now is asked at the next look. */
  async #lookAt(instanceIds: readonly string[]): Promise<void> {
    const watched = instanceIds.filter((id) => this.#watch.isWatched(id));
    for (let from = 0; from < watched.length && this.#opened !== undefined; from += STATUSES_MAX) {
      const ids = watched.slice(from, from + STATUSES_MAX);
      const found = await this.#read("statuses", ids.map(partitionOf), ids.map(storedId)).catch(() => undefined);
      if (found === undefined) return;
      const statuses = new Map(found.map((row) => [originalId(row["instance_id"] as string), row["runtime_status"]]));
      for (const id of ids) this.#watch.changed(id, statuses.get(id) as RuntimeStatus | undefined);
    }
  }

  /** Looks at what clients wait for, `pollIntervalMs` apart, as long as any does. */
  #look(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    void this.#lookOn();
  }

  async #lookOn(): Promise<void> {
    const { pollIntervalMs, ports } = this.#options;
    while (this.#opened !== undefined && this.#watch.size > 0) {
      await ports.clock.sleep(pollIntervalMs, this.#stop.signal);
      await this.#lookAt(this.#watch.watched());
    }
    this.#isLooking = false;
  }

  #forget(): void {
    const now = this.#options.ports.clock.monotonic();
    if (now - this.#forgottenAt < FORGET_EVERY_MS) return;
    this.#forgottenAt = now;
    void this.#read("forget").catch(() => undefined);
  }

  async #end(pool: PostgresPool): Promise<void> {
    if (this.#options.ownsPool) await pool.end();
  }
}

function toError(error: unknown): DacapoError {
  return storageError("PostgreSQL", error, "Look at the server and the connection. Workers go on once it answers.");
}
