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
import { eventsOf, recordOf, type Row } from "../sql/columns.ts";
import { GroupCommit, storageError, type Outcome } from "../sql/group-commit.ts";
import { owned } from "../sql/locks.ts";
import { restoreAll } from "../sql/restoring.ts";
import { storedId } from "../sql/stored-id.ts";
import * as work from "../sql/work.ts";
import { InstanceWatch } from "../waiting/instance-watch.ts";
import { StandingOrders } from "../waiting/standing-orders.ts";
import { Waiters } from "../waiting/waiters.ts";
import * as calls from "./calls.ts";
import { claimActivities, claimInstances } from "./claims.ts";
import { rowsOf, type PostgresPool } from "./driver.ts";
import { Hints, payloadOf } from "./hints.ts";
import { pageOf } from "./instance-page.ts";
import { migrate } from "./migrate.ts";
import { openingError } from "./opening-error.ts";
import { partitionOf } from "./partition.ts";
import type { PostgresTables } from "./postgres-tables.ts";
import { snapshot } from "./snapshot.ts";
import { statementsFor, type StatementName, type Statements } from "./statements.ts";
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

export class PostgresBackend implements port.Backend {
  readonly fetchSize = 100;
  readonly #options: PostgresBackendOptions;
  readonly #schema: string;
  readonly #statements: Statements;
  readonly #watch = new InstanceWatch(() => undefined);
  readonly #waiters = {
    orchestration: new Waiters(() => undefined),
    activity: new Waiters(() => undefined),
  } as const;
  readonly #orders = new StandingOrders();
  readonly #stop = new AbortController();
  #opened: Opened | undefined;
  #isLooking = false;
  #forgottenAt = 0;

  constructor(options: PostgresBackendOptions) {
    this.#options = options;
    this.#schema = `"${options.schema.replaceAll('"', '""')}"`;
    this.#statements = statementsFor(this.#schema);
  }

  async open(): Promise<void> {
    const { connect, keepHistory, ports } = this.#options;
    const pool = await connect();
    const channel = `dacapo_${this.#options.schema}`;
    let from = 0;
    try {
      await migrate(pool, this.#schema);
      const [begun] = rowsOf(await pool.query(this.#statements("begin", 1)));
      from = Number((begun?.["lives"] as unknown as readonly string[])[0]);
    } catch (error) {
      await this.#end(pool);
      throw openingError(error);
    }
    const transactions = new Transactions({
      pool,
      statements: this.#statements,
      keepsHistory: keepHistory,
      pause: (durationMs) => ports.clock.sleep(durationMs),
      committed: (seen) => {
        for (const [id, status] of seen) if (this.#watch.isWatched(id)) this.#watch.changed(id, status);
        this.#ring();
      },
      hint: async (client, tables) => {
        const ids = [...tables.seen()].map(([id]) => id);
        if (tables.writes === 0 || ids.length === 0) return;
        await client.query({
          name: "dacapo_notify",
          text: "SELECT pg_notify($1, $2)",
          values: [channel, payloadOf(from, ids)],
        });
      },
    });
    const commits = new GroupCommit<calls.Call>({
      transact: (group) => this.#transact(group, transactions),
      turn: ports.yield ?? (() => Promise.resolve()),
      toError,
    });
    const hints = new Hints({
      pool,
      from,
      channel,
      sleep: (durationMs, signal) => ports.clock.sleep(durationMs, signal),
      changed: (instanceIds) => {
        this.#ring();
        void this.#lookAt(instanceIds ?? this.#watch.watched());
      },
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
    this.#ring();
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
    const [row] = await this.#read("record", partitionOf(instanceId), storedId(instanceId));
    return row === undefined ? undefined : recordOf(row);
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
    const ordered = this.#orders.take("orchestration", options.maxItems);
    if (ordered.length > 0) return ordered;
    const call: calls.Call = { kind: "after", needs: [], run: (tables) => claimInstances(options, tables) };
    return (await this.#make(call)) as readonly port.OrchestrationWorkItem[];
  }

  async readHistory(lock: port.Lock): Promise<readonly HistoryEvent[]> {
    const events = await this.#make({
      kind: "after",
      needs: [{ of: "instance", id: lock.key }],
      run: async (tables) => {
        const { key, generation } = owned(tables.instance(lock.key), lock, "instance", tables.now);
        return eventsOf(await tables.query("history", partitionOf(lock.key), key, generation));
      },
    });
    return events as readonly HistoryEvent[];
  }

  async renewOrchestration(lock: port.Lock, leaseMs: number): Promise<void> {
    await this.#make(
      calls.underLock("orchestration", lock, (tables) => work.renewOrchestration(tables, lock, leaseMs)),
    );
  }

  async completeOrchestration(commit: port.TurnCommit): Promise<void> {
    await this.#make(calls.turn(commit));
  }

  async abandonOrchestration(request: port.AbandonRequest): Promise<void> {
    const { lock } = request;
    await this.#make(calls.underLock("orchestration", lock, (tables) => work.abandonOrchestration(tables, request)));
  }

  async fetchActivities(options: port.FetchOptions): Promise<readonly port.ActivityWorkItem[]> {
    const ordered = this.#orders.take("activity", options.maxItems);
    if (ordered.length > 0) return ordered;
    const call: calls.Call = { kind: "after", needs: [], run: (tables) => claimActivities(options, tables) };
    return (await this.#make(call)) as readonly port.ActivityWorkItem[];
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
    while (!stop.aborted && !this.#orders.isFilled(kind)) if (await this.#isReadyAfterWait(kind, stop)) break;
    this.#orders.withdraw(kind);
    if (signal.aborted) this.#giveBack(kind);
  }

  /** Waits for a change or the next due time, unless something is ready now; says whether it was. */
  async #isReadyAfterWait(kind: port.WorkKind, stop: AbortSignal): Promise<boolean> {
    const done = new AbortController();
    const woken = this.#waiters[kind].wait(AbortSignal.any([stop, done.signal]));
    // Asked after the wait began, so that no change between the two is missed.
    const [next] = await this.#read(kind === "orchestration" ? "dueInstance" : "dueActivity").catch(
      (error: unknown) => {
        done.abort("the store gives no answer");
        throw error;
      },
    );
    const dueIn = next?.["at"] === null ? Infinity : Number(next?.["at"]) - Number(next?.["now"]);
    if (dueIn > 0) {
      const waitMs = Math.min(dueIn, this.#options.pollIntervalMs);
      void this.#options.ports.clock.sleep(waitMs, done.signal).then(() => {
        done.abort("due");
      });
      await woken;
    }
    done.abort("over");
    return dueIn <= 0;
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
    const ordered = orders.map(([kind, order]): calls.Call => {
      const run = async (tables: PostgresTables): Promise<unknown> =>
        kind === "activity" ? claimActivities(order, tables) : claimInstances(order, tables);
      return { kind: "after", needs: [], run };
    });
    const outcomes = await transactions.transact([...group, ...ordered]);
    for (const [i, [kind]] of orders.entries()) {
      const outcome = outcomes[group.length + i];
      const items = outcome?.ok === true ? (outcome.value as readonly port.OrchestrationWorkItem[]) : [];
      if (this.#orders.fill(kind, items)) this.#waiters[kind].wakeAll();
    }
    return outcomes.slice(0, group.length);
  }

  /** Gives back what was locked for a worker that has stopped. */
  #giveBack(kind: port.WorkKind): void {
    const abandon = kind === "activity" ? work.abandonActivity : work.abandonOrchestration;
    for (const request of this.#orders.unclaimed(kind)) {
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
      yield* snapshot(this.#inUse().pool, this.#statements);
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

  async #read(name: StatementName, ...values: unknown[]): Promise<readonly Row[]> {
    const { pool } = this.#inUse();
    try {
      return rowsOf(await pool.query(this.#statements(name, ...values)));
    } catch (error) {
      throw toError(error);
    }
  }

  async #recorded(instanceId: string): Promise<port.InstanceRecord> {
    const record = await this.getInstance(instanceId);
    if (record === undefined) throw new InstanceNotFoundError(instanceId);
    return record;
  }

  #ring(): void {
    this.#waiters.orchestration.wakeAll();
    this.#waiters.activity.wakeAll();
  }

  async #lookAt(instanceIds: readonly string[]): Promise<void> {
    for (const id of instanceIds) {
      if (this.#opened === undefined || !this.#watch.isWatched(id)) continue;
      // Whoever waits looks again; a store that cannot be reached now is asked at the next look.
      const record = await this.getInstance(id).catch(() => "unknown" as const);
      if (record !== "unknown") this.#watch.changed(id, record?.runtimeStatus);
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
