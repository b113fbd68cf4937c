/**
 * A SQLite store that is told whatever a simulation's own store did, call by call, through a database that fails now and
 * then: each call that it fails is made again.
 *
 * Invariant: every call has to end as it did in the simulation, with the same answer or the same refusal. Where the simulator
 * did what the contract permits and does not write down (a message hidden for a while, an instance held back), the SQLite
 * store may be ready earlier; what it has by the end is the same.
 */
import { DacapoError } from "dacapo/backend";
import type { Lock, OrchestrationWorkItem, ActivityWorkItem, InstanceMessage, WorkKind } from "dacapo/backend";
import type { MemoryStore } from "dacapo/memory";
import { enqueue } from "../../src/backends/sql/delivery.ts";
import { rewindInstance } from "../../src/backends/sql/reopening.ts";
import { createInstance, purgeInstance, sendMessage } from "../../src/backends/sql/requests.ts";
import { completeTurn } from "../../src/backends/sql/turns.ts";
import * as work from "../../src/backends/sql/work.ts";
import { openDatabase } from "../../src/backends/sqlite/load-driver.ts";
import { migrate } from "../../src/backends/sqlite/migrate.ts";
import { SqliteStore, type Call } from "../../src/backends/sqlite/sqlite-store.ts";
import type { SqliteTables } from "../../src/backends/sqlite/sqlite-tables.ts";
import type { SqliteDatabase } from "../../src/backends/sqlite/driver.ts";
import type { PortCall } from "../../simulator/src/world/port-calls.ts";
import { sqliteState, memoryState, withoutRevision } from "../backends/durable-state.ts";
import type { DurableState } from "../backends/durable-state.ts";
import { FailingDatabase } from "../backends/failing-database.ts";

type CallOf<Type extends PortCall["type"]> = Extract<PortCall, { readonly type: Type }>;

/** One call in so many meets a failing statement. */
const FAILS_EVERY = 3;
/** The statements that fail, in turn. */
const STATEMENTS = 17;
const EVERYTHING = 10_000;

export class SqliteMirror {
  readonly store: SqliteStore;
  /** How often each kind of call was made with which end; `failed` counts those that had to be made again. */
  readonly counts: Map<string, number>;
  readonly #inner: SqliteDatabase;
  readonly #database: FailingDatabase;
  readonly #memory: MemoryStore;
  readonly #calls: readonly PortCall[];
  /** The tokens here, by those of the simulation. */
  readonly #tokens = new Map<string, number>();
  #read = 0;
  #made = 0;

  static async of(memory: MemoryStore, calls: readonly PortCall[], counts: Map<string, number>): Promise<SqliteMirror> {
    const database = await openDatabase(":memory:");
    database.exec("PRAGMA foreign_keys = ON");
    migrate(database, 0);
    return new SqliteMirror(database, memory, calls, counts);
  }

  private constructor(
    database: SqliteDatabase,
    memory: MemoryStore,
    calls: readonly PortCall[],
    counts: Map<string, number>,
  ) {
    this.#inner = database;
    this.#database = new FailingDatabase(database);
    this.store = new SqliteStore(this.#database, { keepHistory: true });
    this.#memory = memory;
    this.#calls = calls;
    this.counts = counts;
  }

  /** Makes the calls since the last time. @throws Error when one does not end as it did. */
  catchUp(): void {
    for (; this.#read < this.#calls.length; this.#read++) {
      const call = this.#calls[this.#read];
      if (call !== undefined) this.#follow(call);
    }
  }

  /** What is durable here, and in the simulation's own store. */
  states(): readonly [here: unknown, there: unknown] {
    const { now } = this.#memory;
    const ids = [...this.#memory.instances()].map(({ record }) => record.instanceId);
    const histories = (store: SqliteStore | MemoryStore): unknown =>
      ids.map((id) => store.listExecutions(id).map((execution) => [id, execution, store.getHistory(id, execution)]));
    return [
      [comparable(sqliteState(this.#inner, now)), histories(this.store)],
      [comparable(memoryState(this.#memory, now)), histories(this.#memory)],
    ];
  }

  close(): void {
    this.store.close();
  }

  #follow(call: PortCall): void {
    switch (call.type) {
      case "create":
        return this.#same(call, (tables) => tables.run(createInstance(tables, call.request)));
      case "send":
        return this.#same(call, (tables) => tables.run(sendMessage(tables, call.message)));
      case "purge":
        return this.#purge(call);
      case "rewind":
        return this.#same(call, (tables) => tables.run(rewindInstance(tables, call.request)));
      case "fetch":
        return this.#fetch(call);
      case "renew":
      case "read-history":
      case "abandon":
        return this.#useLock(call);
      case "turn": {
        const { commit } = call;
        const lock = this.#lock("orchestration", commit.lock);
        this.#same(call, (tables) => tables.run(completeTurn(tables, { ...commit, lock })));
        return this.#keepCopies(call);
      }
      case "answer": {
        const { commit } = call;
        const lock = this.#lock("activity", commit.lock);
        return this.#same(call, (tables) => tables.run(work.completeActivity(tables, { ...commit, lock })));
      }
      case "expire":
        return this.#make(call.now, (tables) => {
          expire(tables, call.key);
        });
      case "redeliver":
        return this.#redeliver(call.now, [call.message]);
      case "disturbance":
      case "retention":
      case "run":
      case "told":
    }
  }

  #useLock(call: CallOf<"renew"> | CallOf<"read-history"> | CallOf<"abandon">): void {
    const isOfActivity = call.type !== "read-history" && call.kind === "activity";
    const lock = this.#lock(isOfActivity ? "activity" : "orchestration", call.lock);
    switch (call.type) {
      case "renew": {
        const renew = isOfActivity ? work.renewActivity : work.renewOrchestration;
        return this.#same(call, (tables) => tables.run(renew(tables, lock, call.until - call.now)));
      }
      case "read-history":
        return this.#same(call, (tables) => void this.store.readHistory(tables, lock));
      case "abandon": {
        const abandon = isOfActivity ? work.abandonActivity : work.abandonOrchestration;
        return this.#same(call, (tables) => tables.run(abandon(tables, { lock, delayMs: 0 })));
      }
    }
  }

  /** The revision that it names is the other store's. */
  #purge(call: CallOf<"purge">): void {
    const { ifRevision, ...request } = call.request;
    const revision = call.answer === true ? (this.store.getInstance(request.instanceId)?.revision ?? 0) : -1;
    const here = ifRevision === undefined ? request : { ...request, ifRevision: revision };
    let answer: boolean | undefined;
    this.#same(call, (tables) => void (answer = tables.run(purgeInstance(tables, here))));
    if (call.refusedWith === undefined) expectSame("the answer to a purge", answer, call.answer);
  }

  /** Locks what was locked there, and nothing else. */
  #fetch({ kind, now, options, item }: CallOf<"fetch">): void {
    if ("messages" in item) this.#redeliver(now, item.messages);
    const all = { ...options, maxItems: EVERYTHING };
    const found = this.#make(now, (tables) => {
      const isOfActivity = kind === "activity";
      const items = isOfActivity
        ? this.store.fetchActivities(tables, all)
        : this.store.fetchOrchestrations(tables, all);
      const giveBack = isOfActivity ? work.abandonActivity : work.abandonOrchestration;
      for (const { lock } of items) {
        if (lock.key !== item.lock.key) tables.run(giveBack(tables, { lock, delayMs: 0, isUncounted: true }));
      }
      return (items as readonly (OrchestrationWorkItem | ActivityWorkItem)[]).find(
        ({ lock }) => lock.key === item.lock.key,
      );
    });
    if (found === undefined) throw new Error(`"${item.lock.key}" was handed out there, and is not ready here`);
    this.#tokens.set(`${kind} ${item.lock.key} ${item.lock.token}`, found.lock.token);
    this.#count(`fetch ${kind}`);
    expectSame("a work item", workItem(found), workItem(item));
  }

  /** The simulator delivers messages twice: of what it made a copy of, one may be left. */
  #keepCopies({ commit, now, refusedWith }: CallOf<"turn">): void {
    if (refusedWith !== undefined) return;
    const gone = new Set([...commit.consumed, ...commit.cancelledTimers]);
    const left = this.#memory.queue(commit.lock.key).map(({ message }) => message);
    this.#redeliver(
      now,
      left.filter(({ messageId }) => gone.has(messageId)),
    );
  }

  #redeliver(now: number, messages: readonly InstanceMessage[]): void {
    if (messages.length === 0) return;
    this.#make(now, (tables) => {
      for (const message of messages) {
        const row = tables.instance(message.instanceId);
        if (row !== undefined) enqueue(tables, row, message);
      }
    });
  }

  #lock(kind: WorkKind, { key, token }: Lock): Lock {
    return { key, token: this.#tokens.get(`${kind} ${key} ${token}`) ?? 0 };
  }

  /** Makes a call that has to end as it did there. */
  #same(there: { readonly type: string; readonly now: number; readonly refusedWith?: string }, call: Call<void>): void {
    let refusedWith: string | undefined;
    try {
      this.#make(there.now, call);
    } catch (error) {
      if (!(error instanceof DacapoError)) throw error;
      refusedWith = error.code;
    }
    this.#count(`${there.type} ${refusedWith ?? "done"}`);
    expectSame(`how a ${there.type} ends`, refusedWith, there.refusedWith);
  }

  /** Makes a call; now and then a statement of it fails, and it is made again. */
  #make<T>(now: number, call: Call<T>): T {
    this.#made++;
    if (this.#made % FAILS_EVERY !== 0) return this.store.call(call, now);
    this.#database.failAt(1 + (this.#made % STATEMENTS));
    try {
      return this.store.call(call, now);
    } catch (error) {
      if (this.#database.isArmed || error instanceof DacapoError) throw error;
      this.#count("failed");
      return this.store.call(call, now);
    } finally {
      this.#database.disarm();
    }
  }

  #count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }
}

function expire(tables: SqliteTables, key: string): void {
  const row = tables.instance(key);
  if (row !== undefined) {
    row.lock = undefined;
    tables.touch(row);
  }
  const activity = tables.activity(key);
  if (activity === undefined) return;
  activity.lock = undefined;
  tables.touchActivity(activity);
}

/** What a worker was handed, without what is each store's own; which messages, and in what order, was the simulator's choice. */
function workItem(item: OrchestrationWorkItem | ActivityWorkItem): unknown {
  if (!("instance" in item)) return { ...item, lock: item.lock.key };
  return { ...item, lock: item.lock.key, instance: withoutRevision(item.instance), messages: undefined };
}

/** A message may wait twice in the simulator, and be hidden: what counts is which are there. */
function comparable({ instances, activities }: DurableState): unknown {
  return {
    instances: instances.map((instance) => {
      const messages = new Map(instance.queue.map(({ message }) => [message.messageId, message]));
      return { ...instance, queue: [...messages].sort(([a], [b]) => (a < b ? -1 : 1)) };
    }),
    activities: [...activities].sort((a, b) => (a.id < b.id ? -1 : 1)),
  };
}

function expectSame(what: string, here: unknown, there: unknown): void {
  if (canonical(here) === canonical(there)) return;
  throw new Error(`${what} differs:\nSQLite     ${canonical(here)}\nsimulation ${canonical(there)}`);
}

function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_key, part: unknown) =>
      typeof part === "object" && part !== null && !Array.isArray(part)
        ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
        : part,
    ) ?? "undefined"
  );
}
