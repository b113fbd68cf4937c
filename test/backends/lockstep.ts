/**
 * A memory store and a SQLite store that are asked the same things at the same time, and have to say the same.
 *
 * Invariant: every call is made on both, in the same order with the same `now`. Tokens and revisions are each store's own;
 * of those, only what the contract says is compared: which changed, and that they grow.
 */
import { expect } from "vitest";
import { MemoryStore } from "../../src/backends/memory/index.ts";
import type { SqliteDatabase } from "../../src/backends/sqlite/driver.ts";
import { migrate } from "../../src/backends/sqlite/migrate.ts";
import { SqliteStore } from "../../src/backends/sqlite/sqlite-store.ts";
import type { SqliteTables } from "../../src/backends/sqlite/sqlite-tables.ts";
import { openDatabase } from "../../src/backends/sqlite/load-driver.ts";
import { DacapoError } from "../../src/core/errors.ts";
import type { FetchOptions, InstanceQuery, InstanceRecord, Lock, WorkKind } from "../../src/ports/backend.ts";
import { memoryState, sqliteState, withoutRevision } from "./durable-state.ts";

/** One work item, as both stores handed it out. */
export interface Pair<Item extends { readonly lock: Lock }> {
  readonly memory: Item;
  readonly other: Item;
}

interface Handed {
  readonly lock: Lock;
  readonly instance?: InstanceRecord;
}

/** What a call answered, or the code of the error that refused it. */
type Outcome = { readonly value: unknown } | { readonly code: string };

const KINDS: readonly WorkKind[] = ["orchestration", "activity"];

export class Lockstep {
  readonly memory: MemoryStore;
  readonly sqlite: SqliteStore;
  /** How often each kind of call ended how: so that a test can tell whether it asked for what it meant to. */
  readonly counts: Map<string, number>;
  readonly #database: SqliteDatabase;
  #now = 1_000;
  #revisions: ReadonlyMap<string, readonly [memory: number, sqlite: number]> = new Map();
  #tokens: readonly [memory: number, sqlite: number] = [0, 0];

  static async open(keepHistory: boolean, counts = new Map<string, number>()): Promise<Lockstep> {
    const database = await openDatabase(":memory:");
    database.exec("PRAGMA foreign_keys = ON");
    migrate(database, 0);
    return new Lockstep(database, keepHistory, counts);
  }

  private constructor(database: SqliteDatabase, keepHistory: boolean, counts: Map<string, number>) {
    this.#database = database;
    this.counts = counts;
    this.memory = new MemoryStore({ keepHistory });
    this.sqlite = new SqliteStore(database, { keepHistory });
  }

  get now(): number {
    return this.#now;
  }

  advance(durationMs: number): void {
    this.#now += durationMs;
  }

  close(): void {
    this.sqlite.close();
  }

  /** Makes calls in one transaction of the SQLite store, and one after the other on the memory store. */
  transact(moves: readonly ((tables: SqliteTables) => void)[]): void {
    // A call that fails in the middle has its whole transaction made again, which would ask the memory store twice.
    let made = 0;
    const calls = moves.map((move) => (tables: SqliteTables) => {
      made++;
      move(tables);
    });
    for (const outcome of this.sqlite.transact(calls, this.#now)) if (!outcome.ok) throw outcome.error;
    expect(made).toBe(moves.length);
  }

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  /** Makes one call on both. `what` names it in the counts. */
  call(what: string, onMemory: (now: number) => unknown, onSqlite: () => unknown): void {
    const inMemory = outcomeOf(() => onMemory(this.#now));
    expect(outcomeOf(onSqlite)).toEqual(inMemory);
    this.count(`${what}: ${"code" in inMemory ? inMemory.code : "done"}`);
  }

  /** Fetches from both: what SQLite hands out, the memory store has to have ready, and as much of it. */
  fetchOrchestrations(tables: SqliteTables, options: FetchOptions) {
    const sqlite = this.sqlite.fetchOrchestrations(tables, options);
    const pick = picking(sqlite, options);
    return this.#paired(this.memory.fetchOrchestrations(options, this.#now, { pick }), sqlite);
  }

  fetchActivities(tables: SqliteTables, options: FetchOptions) {
    const sqlite = this.sqlite.fetchActivities(tables, options);
    const pick = picking(sqlite, options);
    return this.#paired(this.memory.fetchActivities(options, this.#now, { pick }), sqlite);
  }

  /** Everything that both stores keep, and say of it, is the same. */
  compare(): void {
    expect(sqliteState(this.#database, this.#now)).toEqual(memoryState(this.memory, this.#now));
    for (const { record } of this.memory.instances()) this.#compareReaders(record.instanceId);
    this.#compareRevisions();
    this.#compareLists();
    expect(this.sqlite.backlog(this.#now)).toEqual(this.memory.backlog(this.#now));
    for (const kind of KINDS) {
      expect(this.sqlite.hasWork(kind, this.#now)).toBe(this.memory.hasWork(kind, this.#now));
      expect(this.sqlite.nextDueTime(kind, this.#now)).toBe(this.memory.nextDueTime(kind, this.#now));
    }
  }

  #paired<Item extends Handed>(memory: readonly Item[], sqlite: readonly Item[]): readonly Pair<Item>[] {
    expect(sqlite.map(withoutNumbers)).toEqual(memory.map(withoutNumbers));
    return sqlite.map((item, i) => {
      const other = memory[i] as Item;
      const [memoryToken, sqliteToken] = this.#tokens;
      expect(other.lock.token).toBeGreaterThan(memoryToken);
      expect(item.lock.token).toBeGreaterThan(sqliteToken);
      this.#tokens = [other.lock.token, item.lock.token];
      return { memory: other, other: item };
    });
  }

  #compareReaders(instanceId: string): void {
    expect(recordOf(this.sqlite.getInstance(instanceId))).toEqual(recordOf(this.memory.getInstance(instanceId)));
    const executions = this.memory.listExecutions(instanceId);
    expect(this.sqlite.listExecutions(instanceId)).toEqual(executions);
    expect(this.sqlite.getHistory(instanceId)).toEqual(this.memory.getHistory(instanceId));
    for (const id of [...executions, "none"]) {
      expect(outcomeOf(() => this.sqlite.getHistory(instanceId, id))).toEqual(
        outcomeOf(() => this.memory.getHistory(instanceId, id)),
      );
    }
  }

  #compareLists(): void {
    const now = this.#now;
    const queries: readonly Partial<InstanceQuery>[] = [
      ...[{}, { pageSize: 2 }, { kind: "entity" }, { instanceIdPrefix: "d" }, { instanceIdPrefix: "@counter@\uE000" }],
      ...[{ runtimeStatus: ["Running", "Failed"] }, { runtimeStatus: [] }, { name: "play" }, { parentInstanceId: "a" }],
      ...[{ tags: { 'a "tag"\n': "1" } }, { tags: { é: "" }, pageSize: 1 }, { tags: { length: "1" } }],
      ...[{ createdFrom: now - 20, createdTo: now - 5 }, { endedFrom: now - 20 }, { endedTo: now - 5 }],
    ] as const;
    for (const query of queries) {
      for (let token: string | undefined, isMore = true; isMore; isMore = token !== undefined) {
        const from = token === undefined ? {} : { continuationToken: token };
        const page = this.memory.listInstances({ pageSize: 100, ...query, ...from });
        const other = this.sqlite.listInstances({ pageSize: 100, ...query, ...from });
        expect(other.instances.map(withoutRevision)).toEqual(page.instances.map(withoutRevision));
        expect(other.continuationToken).toBe(page.continuationToken);
        token = page.continuationToken;
      }
    }
  }

  /** A record's revision grows in both stores, or stays in both. */
  #compareRevisions(): void {
    const revisions = new Map<string, readonly [number, number]>();
    for (const { record } of this.memory.instances()) {
      const life = `${record.instanceId} ${record.incarnation}`;
      const revision = this.sqlite.getInstance(record.instanceId)?.revision ?? 0;
      const [memoryBefore, sqliteBefore] = this.#revisions.get(life) ?? [0, 0];
      expect(Math.sign(revision - sqliteBefore)).toBe(Math.sign(record.revision - memoryBefore));
      expect(revision).toBeGreaterThanOrEqual(sqliteBefore);
      revisions.set(life, [record.revision, revision]);
    }
    this.#revisions = revisions;
  }
}

function recordOf(record: InstanceRecord | undefined): unknown {
  return record === undefined ? undefined : withoutRevision(record);
}

function withoutNumbers(item: Handed): unknown {
  return { ...item, lock: item.lock.key, instance: recordOf(item.instance) };
}

function picking(
  items: readonly Handed[],
  { maxItems }: FetchOptions,
): (ready: readonly string[]) => readonly string[] {
  return (ready) => {
    const keys = items.map(({ lock }) => lock.key);
    expect(new Set(keys).size).toBe(Math.min(maxItems, ready.length));
    for (const key of keys) expect(ready).toContain(key);
    return keys;
  };
}

function outcomeOf(call: () => unknown): Outcome {
  try {
    return { value: call() };
  } catch (error) {
    if (error instanceof DacapoError) return { code: error.code };
    throw error;
  }
}
