/**
 * The SQLite backend: the contract's asynchronous face over a `SqliteStore`, with group commit.
 *
 * Invariant: every change is one call of a transaction that is durable when its promise resolves. Handles of one process on
 * one file tell each other of changes; those of other processes are noticed by looking, `pollIntervalMs` apart, while
 * anybody waits.
 */
import { HubClosedError, type DacapoError } from "../../core/errors.ts";
import type { HistoryEvent } from "../../core/history.ts";
import type { InstanceMessage } from "../../core/messages.ts";
import type { Milestone } from "../../core/status.ts";
import { hasReached } from "../../core/status.ts";
import type { BackendPorts } from "../../ports/backend-factory.ts";
import type * as port from "../../ports/backend.ts";
import { GroupCommit, storageError } from "../sql/group-commit.ts";
import type { HubPart } from "../../ports/hub-snapshot.ts";
import type { PayloadStore } from "../../ports/payload-store.ts";
import { createInstance, purgeInstance, sendMessage } from "../sql/requests.ts";
import { rewindInstance } from "../sql/reopening.ts";
import { restoreAll, restorePart } from "../sql/restoring.ts";
import { completeTurn } from "../sql/turns.ts";
import * as work from "../sql/work.ts";
import { InstanceWatch } from "../waiting/instance-watch.ts";
import { neighboursOf, type Neighbours, type Seen } from "../waiting/neighbours.ts";
import { StandingOrders } from "../waiting/standing-orders.ts";
import { WorkBell } from "../waiting/work-bell.ts";
import type { SqliteDatabase } from "./driver.ts";
import { EarlyTurns } from "../sql/early-turns.ts";
import { migrate } from "./migrate.ts";
import { sqlitePayloads } from "./payloads.ts";
import { SqliteStore, type Call } from "./sqlite-store.ts";
import type { SqliteTables } from "./sqlite-tables.ts";
import { Transactions, type Items, type OrderedCall, type PlacedCall } from "./transactions.ts";

export interface SqliteBackendOptions {
  /** Opens the database. */
  readonly open: () => Promise<SqliteDatabase>;
  /** True for a database that cannot be opened once more: in memory, or given by the app. */
  readonly hasOneConnection: boolean;
  /** Names the file among the handles of this process. */
  readonly file: string;
  readonly synchronous: "full" | "normal";
  readonly busyTimeoutMs: number;
  readonly keepHistory: boolean;
  readonly pollIntervalMs: number;
  readonly ports: BackendPorts;
}

/** The write-ahead log is copied back after so many pages of 4 KiB: pages that many turns write are copied once. */
const WAL_PAGES = 4_000;

const CACHE_KIB = 64 * 1024;

/** After so many parts of a snapshot, the app's other code has its turn. */
const PARTS_AT_A_TIME = 100;

/** After so many fetches in a row that were answered early, one looks for what has waited for longer. */
const EARLY_IN_A_ROW = 8;

/** What there is between opening and closing. */
interface Opened {
  readonly store: SqliteStore;
  readonly transactions: Transactions;
  readonly commits: GroupCommit<PlacedCall>;
  readonly bells: Readonly<Record<port.WorkKind, WorkBell>>;
}

export class SqliteBackend implements port.Backend {
  readonly fetchSize = 100;
  readonly payloads: PayloadStore = sqlitePayloads({
    make: (call) => this.#make(call(this.#inUse().store)),
    read: (read) => this.#read(read),
    now: () => this.#options.ports.clock.now(),
  });
  readonly #options: SqliteBackendOptions;
  readonly #watch = new InstanceWatch(() => undefined);
  readonly #neighbours: Neighbours;
  readonly #orders = new StandingOrders();
  readonly #early = new EarlyTurns({ takes: () => true });
  readonly #stop = new AbortController();
  #opened: Opened | undefined;
  #isLooking = false;
  #seenVersion = 0;
  /** How many fetches in a row were answered early. */
  #earlyInARow = 0;

  constructor(options: SqliteBackendOptions) {
    this.#options = options;
    this.#neighbours = neighboursOf(options.file);
  }

  async open(): Promise<void> {
    const { ports, open, synchronous, busyTimeoutMs, keepHistory, pollIntervalMs } = this.#options;
    const { clock } = ports;
    const database = await open().catch((error: unknown) => {
      throw toError(error);
    });
    try {
      database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
      database.exec("PRAGMA journal_mode = WAL");
      database.exec(`PRAGMA synchronous = ${synchronous.toUpperCase()}`);
      database.exec("PRAGMA foreign_keys = ON");
      database.exec(`PRAGMA wal_autocheckpoint = ${WAL_PAGES}`);
      database.exec(`PRAGMA cache_size = -${CACHE_KIB}`);
      migrate(database, clock.now());
      const store = new SqliteStore(database, { keepHistory });
      const changed = (seen: Iterable<Seen>): void => {
        this.#neighbours.tell([...seen]);
      };
      const transactions = new Transactions({
        ...{ store, changed, early: this.#early },
        now: () => clock.now(),
        orders: () => this.#orders.open().map(([kind, order]) => this.#ordered(kind, order, store)),
      });
      const commits = new GroupCommit<PlacedCall>({
        transact: (calls) => transactions.transact(calls),
        turn: ports.yield ?? (() => Promise.resolve()),
        toError,
      });
      const source = {
        get now() {
          return clock.now();
        },
        // Nobody hears of an error here. Who waits is woken, fetches, and hears of it there; or looks once more.
        hasWork: (kind: port.WorkKind, now: number) => unlessFailing(() => store.hasWork(kind, now), true),
        nextDueTime: (kind: port.WorkKind, now: number) =>
          unlessFailing(() => store.nextDueTime(kind, now), now + pollIntervalMs),
      };
      const bell = (kind: port.WorkKind): WorkBell => new WorkBell(source, kind, clock, () => undefined);
      this.#opened = {
        store,
        transactions,
        commits,
        bells: { orchestration: bell("orchestration"), activity: bell("activity") },
      };
      this.#seenVersion = store.dataVersion();
    } catch (error) {
      database.close();
      throw toError(error);
    }
    this.#neighbours.join(this, (seen) => {
      this.#noticed(seen);
    });
  }

  async close(): Promise<void> {
    const opened = this.#opened;
    if (opened === undefined) return;
    this.#opened = undefined;
    this.#stop.abort("closed");
    this.#neighbours.leave(this);
    for (const kind of ["orchestration", "activity"] as const) {
      this.#orders.withdraw(kind);
      this.#giveBack(kind, opened);
    }
    await opened.commits.drain();
    opened.bells.orchestration.wakeAll();
    opened.bells.activity.wakeAll();
    this.#watch.endAll();
    opened.store.close();
  }

  async createInstance(request: port.CreateInstanceRequest): Promise<void> {
    await this.#make((tables) => tables.run(createInstance(tables, request)));
  }

  async sendMessage(message: InstanceMessage): Promise<void> {
    await this.#make((tables) => tables.run(sendMessage(tables, message)));
  }

  async purgeInstance(request: port.PurgeInstanceRequest): Promise<boolean> {
    return this.#make((tables) => tables.run(purgeInstance(tables, request)));
  }

  async rewindInstance(request: port.RewindInstanceRequest): Promise<void> {
    await this.#make((tables) => tables.run(rewindInstance(tables, request)));
  }

  async getInstance(instanceId: string): Promise<port.InstanceRecord | undefined> {
    return this.#read((store) => store.getInstance(instanceId));
  }

  async getHistory(instanceId: string, executionId?: string): Promise<readonly HistoryEvent[]> {
    return this.#read((store) => store.getHistory(instanceId, executionId));
  }

  async listExecutions(instanceId: string): Promise<readonly string[]> {
    return this.#read((store) => store.listExecutions(instanceId));
  }

  async listInstances(query: port.InstanceQuery): Promise<port.InstancePage> {
    return this.#read((store) => store.listInstances(query));
  }

  async waitForInstance(instanceId: string, milestone: Milestone, signal?: AbortSignal): Promise<void> {
    if (this.#opened === undefined || signal?.aborted === true) return;
    await this.#read((store) => {
      const status = store.statusOf(instanceId);
      if (status === undefined || hasReached(status, milestone)) return undefined;
      // In the same breath as the look, so that nothing happens in between.
      const waited = this.#watch.wait(instanceId, milestone, signal);
      this.#look();
      return waited;
    });
  }

  async fetchOrchestrations(options: port.FetchOptions): Promise<readonly port.OrchestrationWorkItem[]> {
    this.#inUse();
    const ordered = this.#orders.take("orchestration", options.maxItems);
    return ordered.length > 0 ? ordered : this.#fetchOrchestrations(options);
  }

  /** Fetches, perhaps what is not durable yet: then its locks are void if it never is. */
  #fetchOrchestrations(options: port.FetchOptions): Promise<readonly port.OrchestrationWorkItem[]> {
    const { store } = this.#inUse();
    return new Promise((resolve, reject) => {
      let isAnswered = false;
      const handOut = (tables: SqliteTables): readonly port.Lock[] => {
        if (this.#earlyInARow >= EARLY_IN_A_ROW || !this.#isAlone) return [];
        const items = store.fetchAnswered(tables, options);
        isAnswered = items.length > 0;
        if (isAnswered) resolve(items);
        return locksOf(items);
      };
      const run = (tables: SqliteTables): Items => {
        this.#earlyInARow = isAnswered ? this.#earlyInARow + 1 : 0;
        return isAnswered ? [] : store.fetchOrchestrations(tables, options);
      };
      this.#place<readonly port.OrchestrationWorkItem[]>({ run, handOut, isLast: true }).then(resolve, reject);
    });
  }

  async readHistory(lock: port.Lock): Promise<readonly HistoryEvent[]> {
    const { store } = this.#inUse();
    return this.#make((tables) => {
      this.#early.check(lock);
      return store.readHistory(tables, lock);
    });
  }

  async renewOrchestration(lock: port.Lock, leaseMs: number): Promise<void> {
    await this.#make((tables) => {
      this.#early.check(lock);
      tables.run(work.renewOrchestration(tables, lock, leaseMs));
    });
  }

  async completeOrchestration(commit: port.TurnCommit): Promise<void> {
    const turn: Call<void> = (tables) => {
      this.#early.check(commit.lock);
      tables.run(completeTurn(tables, commit));
    };
    await (this.#early.accept(commit) ?? this.#make(turn));
  }

  async abandonOrchestration(request: port.AbandonRequest): Promise<void> {
    await this.#make((tables) => {
      if (!this.#early.isVoid(request.lock)) tables.run(work.abandonOrchestration(tables, request));
    });
  }

  async fetchActivities(options: port.FetchOptions): Promise<readonly port.ActivityWorkItem[]> {
    const { store } = this.#inUse();
    const ordered = this.#orders.take("activity", options.maxItems);
    if (ordered.length > 0) return ordered;
    return this.#place({ run: (tables) => store.fetchActivities(tables, options), isLast: true });
  }

  async renewActivity(lock: port.Lock, leaseMs: number): Promise<void> {
    await this.#make((tables) => tables.run(work.renewActivity(tables, lock, leaseMs)));
  }

  async completeActivity(commit: port.ActivityCommit): Promise<void> {
    await this.#make((tables) => tables.run(work.completeActivity(tables, commit)));
  }

  async abandonActivity(request: port.AbandonRequest): Promise<void> {
    await this.#make((tables) => tables.run(work.abandonActivity(tables, request)));
  }

  async waitForWork(kind: port.WorkKind, signal: AbortSignal, order?: port.FetchOptions): Promise<void> {
    const opened = this.#opened;
    if (opened === undefined || signal.aborted) return;
    const woken = opened.bells[kind].wait(signal);
    this.#orders.place(kind, order);
    this.#look();
    await woken;
    this.#orders.withdraw(kind);
    if (signal.aborted) this.#giveBack(kind, opened);
  }

  async backlog(): Promise<port.Backlog> {
    return this.#read((store) => store.backlog(this.#options.ports.clock.now()));
  }

  /** Carries out the order of a worker that waits, unless it was carried out or withdrawn. */
  #ordered(kind: port.WorkKind, order: port.FetchOptions, store: SqliteStore): OrderedCall {
    const isOpen = (): boolean => this.#orders.isOpen(kind);
    const run = (tables: SqliteTables): Items => (isOpen() ? store.fetch(kind, tables, order) : []);
    const done = (items: Items): void => {
      if (this.#orders.fill(kind, items as readonly port.OrchestrationWorkItem[])) this.#opened?.bells[kind].wakeAll();
    };
    if (kind === "activity" || !this.#isAlone) return { run, done };
    const handOut = (tables: SqliteTables): readonly port.Lock[] => {
      const items = isOpen() ? store.fetchAnswered(tables, order) : [];
      done(items);
      return locksOf(items);
    };
    return { run, done, handOut };
  }

  /** Gives back what was locked for a worker that has stopped. */
  #giveBack(kind: port.WorkKind, { commits }: Opened): void {
    const abandon = kind === "activity" ? work.abandonActivity : work.abandonOrchestration;
    for (const request of this.#orders.unclaimed(kind)) {
      const run = (tables: SqliteTables): void => {
        if (!this.#early.isVoid(request.lock)) tables.run(abandon(tables, request));
      };
      void commits.make({ run }).catch(() => undefined);
    }
  }

  async *snapshot(): AsyncGenerator<HubPart, void, undefined> {
    const { open, hasOneConnection, ports, busyTimeoutMs } = this.#options;
    const now = ports.clock.now();
    // One that others go on with beside it has a connection of its own, or is read at once.
    if (hasOneConnection) {
      yield* await this.#read((store) => [...store.snapshot(now)]);
      return;
    }
    this.#inUse();
    let database: SqliteDatabase | undefined;
    try {
      database = await open();
      database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
      let parts = 0;
      for (const part of new SqliteStore(database).snapshot(now)) {
        yield part;
        if (++parts % PARTS_AT_A_TIME === 0) await ports.yield?.();
      }
    } catch (error) {
      throw toError(error);
    } finally {
      database?.close();
    }
  }

  restore(parts: AsyncIterable<HubPart>): Promise<void> {
    const { store } = this.#inUse();
    return restoreAll(this, parts, async (part) => {
      if (part.kind === "hub") store.advanceTo(part.now);
      else await this.#make((tables) => tables.run(restorePart(tables, part)));
    });
  }

  /** True when each transaction begins in a round of the event loop of its own, so that none of another handle is in its way. */
  get #isAlone(): boolean {
    return this.#options.ports.yield !== undefined;
  }

  #inUse(): Opened {
    if (this.#opened === undefined) {
      throw new HubClosedError("The hub's database is closed.");
    }
    return this.#opened;
  }

  async #make<T>(run: Call<T>): Promise<T> {
    return this.#place({ run });
  }

  async #place<T>(call: PlacedCall): Promise<T> {
    return this.#inUse().commits.make(call) as Promise<T>;
  }

  /** Reads what is durable: not while a transaction is open. */
  async #read<T>(read: (store: SqliteStore) => T | Promise<T>): Promise<T> {
    const { transactions } = this.#inUse();
    while (transactions.open !== undefined) await transactions.open;
    const { store } = this.#inUse();
    try {
      return await read(store);
    } catch (error) {
      throw toError(error);
    }
  }

  /** Instances have changed, or may have: by this process, or by another one. */
  #noticed(seen: Iterable<Seen>): void {
    const opened = this.#opened;
    if (opened === undefined) return;
    opened.bells.orchestration.check();
    opened.bells.activity.check();
    for (const [instanceId, status] of seen) {
      if (this.#watch.isWatched(instanceId)) this.#watch.changed(instanceId, status);
    }
  }

  /** Looks for changes by other processes while anybody waits. */
  #look(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    void this.#lookOn();
  }

  async #lookOn(): Promise<void> {
    const { pollIntervalMs, ports } = this.#options;
    for (let opened = this.#opened; opened !== undefined && this.#isWaitedFor(opened); opened = this.#opened) {
      const { store, transactions } = opened;
      // A database that fails, or has a transaction open, is asked again after the interval.
      const changed = transactions.open === undefined ? unlessFailing(() => this.#changesIn(store), []) : undefined;
      if (changed !== undefined) this.#noticed(changed);
      await ports.clock.sleep(pollIntervalMs, this.#stop.signal);
    }
    this.#isLooking = false;
  }

  /** The instances that somebody waits for, as another process may have left them; undefined when none changed anything. */
  #changesIn(store: SqliteStore): readonly Seen[] | undefined {
    const version = store.dataVersion();
    if (version === this.#seenVersion) return undefined;
    const seen = this.#watch.watched().map((id): Seen => [id, store.statusOf(id)]);
    this.#seenVersion = version;
    return seen;
  }

  #isWaitedFor({ bells }: Opened): boolean {
    return bells.orchestration.waiting + bells.activity.waiting + this.#watch.size > 0;
  }
}

function locksOf(items: Items): readonly port.Lock[] {
  return items.map(({ lock }) => lock);
}

function toError(error: unknown): DacapoError {
  const hint = "Look at the disk (full? read-only?) and at other programs that hold the file.";
  return storageError("SQLite", error, hint);
}

/** What a read gives, or `otherwise` where the database fails: for those who only want to know whether to look. */
function unlessFailing<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
