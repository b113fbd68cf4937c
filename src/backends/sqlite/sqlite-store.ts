/**
 * A hub in a SQLite database: transactions of many calls, and readers.
 *
 * Invariant: a transaction takes effect whole or not at all; within one, each call is refused alone or done whole, in the
 * order given. Every method is one synchronous step. The hub's time never goes back, whichever process moved it.
 */
import { DacapoError, ExecutionNotFoundError, InstanceNotFoundError } from "../../core/errors.ts";
import type { HistoryEvent } from "../../core/history.ts";
import { REDELIVERY_HORIZON_MS } from "../../core/limits.ts";
import type { RuntimeStatus } from "../../core/status.ts";
import type {
  ActivityWorkItem,
  Backlog,
  FetchOptions,
  InstancePage,
  InstanceQuery,
  InstanceRecord,
  Lock,
  OrchestrationWorkItem,
  WorkKind,
} from "../../ports/backend.ts";
import type { HubPart } from "../../ports/hub-snapshot.ts";
import type { StoredPayload } from "../../ports/payload-store.ts";
import type { Outcome } from "../sql/group-commit.ts";
import { owned } from "../sql/locks.ts";
import { snapshotOf } from "../sql/snapshots.ts";
import { storedId } from "../sql/stored-id.ts";
import type { Seen } from "../waiting/neighbours.ts";
import { activitiesFor, answeredFor, orchestrationsFor } from "./claims.ts";
import { eventsOf, recordOf } from "../sql/columns.ts";
import { rollBack, type SqliteDatabase, type SqliteRow } from "./driver.ts";
import { pageOf } from "./instance-page.ts";
import { RowCache } from "./row-cache.ts";
import { SqliteTables } from "./sqlite-tables.ts";
import { prepareStatements, type Statements } from "./statements.ts";

/** One call within a transaction. */
export type Call<T> = (tables: SqliteTables) => T;

/** How long the log of requests may be behind, in milliseconds: forgetting costs a search. */
const FORGET_EVERY_MS = 60_000;

/** So many instances of a snapshot are read at a time. */
const PAGE_SIZE = 100;

export class SqliteStore {
  readonly #database: SqliteDatabase;
  readonly #statements: Statements;
  readonly #keepsHistory: boolean;
  readonly #cache = new RowCache();
  #forgottenAt = 0;

  /** The database has the hub's tables. */
  constructor(database: SqliteDatabase, { keepHistory = false }: { readonly keepHistory?: boolean } = {}) {
    this.#database = database;
    this.#statements = prepareStatements(database);
    this.#keepsHistory = keepHistory;
  }

  /**
   * Makes all calls in one transaction. A call that throws is refused alone.
   *
   * @throws whatever the database throws: then nothing of any call took effect, unless the commit itself got lost.
   */
  transact(
    calls: readonly Call<unknown>[],
    now: number,
    committed?: (seen: Iterable<Seen>) => void,
  ): readonly Outcome[] {
    const tables = this.begin(now);
    try {
      const outcomes = calls.map((call) => this.attempt(call, tables));
      this.commit(tables);
      committed?.(tables.seen());
      return outcomes;
    } catch (error) {
      this.rollBack();
      if (!(error instanceof HalfDoneError)) throw error;
      if (calls.length === 1) return [{ ok: false, error: error.cause }];
      return calls.flatMap((call) => this.transact([call], now, committed));
    }
  }

  /**
   * Begins a transaction, which `commit` or `rollBack` ends.
   * @param leastNumber numbers up to this one are not given any more
   */
  begin(now: number, leastNumber = 0): SqliteTables {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      this.#cache.validate(this.dataVersion());
      const hub = this.#statements.hub.get() as SqliteRow;
      return new SqliteTables(this.#statements, this.#cache, {
        now: Math.max(now, Number(hub["now"])),
        lastNumber: Math.max(leastNumber, Number(hub["last_number"])),
        keepsHistory: this.#keepsHistory,
      });
    } catch (error) {
      this.rollBack();
      throw error;
    }
  }

  /** Makes one call of a transaction. @throws HalfDoneError, and what the database throws: then it has to be rolled back. */
  attempt(call: Call<unknown>, tables: SqliteTables): Outcome {
    const before = tables.writes;
    try {
      return { ok: true, value: call(tables) };
    } catch (error) {
      // The database itself gave up, and has perhaps ended the transaction: then nothing of it may go on.
      if (!(error instanceof DacapoError)) throw error;
      // Calls refuse before they write; one that did not takes the transaction with it.
      if (tables.writes !== before) throw new HalfDoneError("A call failed in the middle.", { cause: error });
      return { ok: false, error };
    }
  }

  commit(tables: SqliteTables): void {
    tables.flush();
    if (tables.writes > 0) {
      this.#statements.setHub.run(tables.now, tables.lastNumber);
      this.#forget(tables.now);
    }
    this.#database.exec("COMMIT");
  }

  rollBack(): void {
    rollBack(this.#database);
    this.#cache.clear();
  }

  /** Makes one call in a transaction of its own. @throws what the call throws. */
  call<T>(call: Call<T>, now: number): T {
    const [outcome] = this.transact([call], now);
    if (outcome?.ok === true) return outcome.value as T;
    throw outcome?.error;
  }

  /** Locks what is ready of a kind. */
  fetch(
    kind: WorkKind,
    tables: SqliteTables,
    options: FetchOptions,
  ): readonly (OrchestrationWorkItem | ActivityWorkItem)[] {
    return kind === "activity" ? this.fetchActivities(tables, options) : this.fetchOrchestrations(tables, options);
  }

  fetchOrchestrations(tables: SqliteTables, options: FetchOptions): readonly OrchestrationWorkItem[] {
    return orchestrationsFor(options, tables);
  }

  fetchActivities(tables: SqliteTables, options: FetchOptions): readonly ActivityWorkItem[] {
    return activitiesFor(options, tables);
  }

  /** Locks instances that activities have answered in this transaction, to be handed out before it is durable. */
  fetchAnswered(tables: SqliteTables, options: FetchOptions): readonly OrchestrationWorkItem[] {
    return answeredFor(options, tables);
  }

  /** @throws LeaseLostError when the lock is stale. */
  readHistory(tables: SqliteTables, lock: Lock): readonly HistoryEvent[] {
    const row = owned(tables.instance(lock.key), lock, "instance", tables.now);
    return eventsOf(this.#statements.history.all(row.key, row.generation) as SqliteRow[]);
  }

  getInstance(instanceId: string): InstanceRecord | undefined {
    const row = this.#statements.record.get(storedId(instanceId)) as SqliteRow | undefined;
    return row === undefined ? undefined : recordOf(row);
  }

  statusOf(instanceId: string): RuntimeStatus | undefined {
    const row = this.#statements.status.get(storedId(instanceId)) as SqliteRow | undefined;
    return row?.["runtime_status"] as RuntimeStatus | undefined;
  }

  /** @throws InstanceNotFoundError, ExecutionNotFoundError as the contract says. */
  getHistory(instanceId: string, executionId?: string): readonly HistoryEvent[] {
    const record = this.#recorded(instanceId);
    const wanted = executionId ?? record.executionId;
    const found = this.#statements.historyOf.all(storedId(instanceId), wanted) as SqliteRow[];
    if (found.length === 0 && wanted !== record.executionId) throw new ExecutionNotFoundError(instanceId, wanted);
    return eventsOf(found);
  }

  /** @throws InstanceNotFoundError when there is no such instance. */
  listExecutions(instanceId: string): readonly string[] {
    const { executionId } = this.#recorded(instanceId);
    const kept = this.#statements.executions.all(storedId(instanceId)) as SqliteRow[];
    const ids = kept.map((row) => row["execution_id"] as string).filter((id) => id !== executionId);
    return [...ids, executionId];
  }

  listInstances(query: InstanceQuery): InstancePage {
    return pageOf(this.#database, query);
  }

  /** True when a fetch of this kind finds something now. */
  hasWork(kind: WorkKind, now: number): boolean {
    const { readyInstances, readyActivities } = this.#statements;
    const ready = kind === "orchestration" ? readyInstances : readyActivities;
    return ready.get(this.#timeAt(now), 1) !== undefined;
  }

  /** When the next thing of this kind, that is not ready yet, becomes ready without any new message. */
  nextDueTime(kind: WorkKind, now: number): number | undefined {
    const { nextInstance, nextActivity } = this.#statements;
    const next = (kind === "orchestration" ? nextInstance : nextActivity).get(this.#timeAt(now)) as SqliteRow;
    return next["at"] === null ? undefined : Number(next["at"]);
  }

  backlog(now: number): Backlog {
    const pending = Number((this.#statements.pending.get() as SqliteRow)["it"]);
    const ready = this.hasWork("orchestration", now) || this.hasWork("activity", now);
    const due = [this.nextDueTime("orchestration", now), this.nextDueTime("activity", now)];
    const nextDueTime = Math.min(...due.map((time) => time ?? Infinity));
    return { pending, ready, ...(nextDueTime === Infinity ? undefined : { nextDueTime }) };
  }

  /** All of the hub, as of one time: other processes may go on. */
  *snapshot(now: number): Generator<HubPart, void, undefined> {
    const statements = this.#statements;
    this.#database.exec("BEGIN");
    try {
      const time = this.#timeAt(now);
      yield { kind: "hub", now: time };
      for (let last = 0; ;) {
        const page = statements.begun.all(last, PAGE_SIZE) as SqliteRow[];
        for (const instance of page) {
          last = Number(instance["instance_key"]);
          const rows = (name: "commits" | "messages" | "activities"): SqliteRow[] =>
            statements[name].all(last) as SqliteRow[];
          const own = { commits: rows("commits"), messages: rows("messages"), activities: rows("activities") };
          yield { kind: "instance", instance: snapshotOf({ instance, ...own }) };
        }
        if (page.length < PAGE_SIZE) break;
      }
      for (const { key, answer } of statements.requests.all(time - REDELIVERY_HORIZON_MS) as SqliteRow[]) {
        yield { kind: "request", key: String(key), answer: answer === 1 };
      }
    } finally {
      rollBack(this.#database);
    }
  }

  putPayload(tables: SqliteTables, key: string, text: string): void {
    this.#statements.putPayload.run(key, text, tables.now);
    tables.writes += 1;
  }

  deletePayload(tables: SqliteTables, key: string): void {
    this.#statements.deletePayload.run(key);
    tables.writes += 1;
  }

  payload(key: string): string | undefined {
    const row = this.#statements.payload.get(key) as SqliteRow | undefined;
    return row === undefined ? undefined : String(row["text"]);
  }

  /** The first keys after this one, in their order. */
  listPayloads(after: string, limit: number, now: number): readonly StoredPayload[] {
    const time = this.#timeAt(now);
    const rows = this.#statements.listPayloads.all(after, limit) as SqliteRow[];
    return rows.map(({ key, stored_at }) => ({ key: String(key), ageMs: time - Number(stored_at) }));
  }

  /** Moves the hub's time on. */
  advanceTo(now: number): void {
    // What writes nothing does not move the time.
    this.call((tables) => tables.writes++, now);
  }

  /** A number that changes when another connection has changed the database. */
  dataVersion(): number {
    return Number(Object.values(this.#statements.dataVersion.get() as SqliteRow)[0]);
  }

  close(): void {
    this.#database.close();
  }

  #timeAt(now: number): number {
    return Math.max(now, Number((this.#statements.hub.get() as SqliteRow)["now"]));
  }

  #forget(now: number): void {
    if (now - this.#forgottenAt < FORGET_EVERY_MS) return;
    this.#forgottenAt = now;
    this.#statements.forget.run(now - REDELIVERY_HORIZON_MS);
  }

  #recorded(instanceId: string): InstanceRecord {
    const record = this.getInstance(instanceId);
    if (record === undefined) throw new InstanceNotFoundError(instanceId);
    return record;
  }
}

/** Carries the error of a call that had begun to write. Never seen outside the backend. */
export class HalfDoneError extends Error {}
