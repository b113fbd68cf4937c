/**
 * The tables in one transaction on PostgreSQL.
 *
 * Invariant: rows are asked for and locked before operations need them, many at once, and kept; what operations write is
 * gathered and sent when the transaction ends. Rows of which there are images are not asked for; nothing is written unless they
 * are as the images say. What the transaction adds is ready for the workers of this process before anybody else sees it,
 * so they can be given it (`claims.ts`) and it is written with their locks. Used by the transactions.
 */
import { assert } from "../../core/assert.ts";
import type { EntityData } from "../../core/entity-data.ts";
import type { HistoryEvent } from "../../core/history.ts";
import { activityId } from "../../core/messages.ts";
import type { ActivityWork, ExecutionStart, InstanceMessage } from "../../core/messages.ts";
import type { RuntimeStatus } from "../../core/status.ts";
import type { InstanceRecord, StatusUpdate } from "../../ports/backend.ts";
import { messageColumn, orNull, startOf, type Row } from "../sql/columns.ts";
import { isHeld } from "../sql/locks.ts";
import { instanceReadyAt, type ActivityRow, type InstanceRow, type WorkRow } from "../sql/rows.ts";
import type { Need, Operation, Tables } from "../sql/tables.ts";
import type { Seen } from "../waiting/neighbours.ts";
import type { Known } from "./images.ts";
import { Leavings } from "./leavings.ts";
import type { Values } from "./literals.ts";
import { LoadedRows } from "./loaded-rows.ts";
import { partitionOf } from "./partition.ts";
import { Queues } from "./queues.ts";
import {
  activityChanges,
  activityValues,
  keyValues,
  knownActivity,
  knownInstance,
  recordValues,
  reopened,
  startValues,
  statusValues,
  workValues,
} from "./row-values.ts";
import type { Session } from "./session.ts";
import type { Statement, StatementName } from "./statements.ts";
import { Writes } from "./writes.ts";

/** The database has a row in another state than an image of it. Never seen outside. */
export class UnconfirmedError extends Error {}

/** Each life of an id has so many numbers for its locks and revisions. */
const NUMBERS_PER_LIFE = 2 ** 24;

export interface PostgresTablesOptions {
  readonly session: Session;
  readonly keepsHistory: boolean;
  /** The greatest number that no lock on an instance may have any more. */
  readonly lastVoid: (instanceId: string) => number;
  /** What it goes by without asking. */
  readonly known: Known;
  /** What the hub's time is at least, in milliseconds since the epoch, until the server says it. */
  readonly guess: number;
}

/** What a transaction begins with. */
export interface Beginning {
  readonly needs: readonly Need[];
  /** So many instances may be added. */
  readonly births: number;
  /** Says of which instances the whole record is wanted. */
  readonly isWhole: (instanceId: string) => boolean;
}

/** An instance that the transaction has made ready, with all that a worker is handed. */
export interface ReadyInstance {
  readonly row: InstanceRow;
  readonly record: Row;
  readonly messages: readonly Row[];
}

export class PostgresTables implements Tables {
  now: number;
  readonly keepsHistory: boolean;
  readonly lastVoid: (instanceId: string) => number;
  readonly left: Leavings;
  readonly #session: Session;
  readonly #rows: LoadedRows;
  #lives: number[] = [];
  readonly #starts = new Map<InstanceRow, ExecutionStart>();
  readonly #before = new Map<string, RuntimeStatus | undefined>();
  readonly #added = new Set<InstanceRow>();
  readonly #changed = new Set<InstanceRow>();
  readonly #recounted = new Set<InstanceRow>();
  readonly #changedActivities = new Set<ActivityRow>();
  readonly #addedActivities = new Map<string, { readonly row: ActivityRow; readonly instance: InstanceRow }>();
  /** How many activities have answered an instance that were handed out once. */
  readonly #answers = new Map<string, number>();
  readonly #statuses = new Map<InstanceRow, StatusUpdate>();
  readonly #entities = new Map<InstanceRow, EntityData>();
  readonly #restarted = new Set<InstanceRow>();
  readonly #reopened = new Set<InstanceRow>();
  readonly #remembered = new Set<string>();
  readonly #insertedActivities = new Set<unknown>();
  /** Activities that are added with a lock. */
  readonly #claimed: ActivityRow[] = [];
  readonly #writes = new Writes();
  readonly #queues = new Queues(this.#writes);
  #nextLife = 0;
  /** How many writes were asked for. */
  writes = 0;

  constructor({ session, keepsHistory, lastVoid, known, guess }: PostgresTablesOptions) {
    this.#session = session;
    this.keepsHistory = keepsHistory;
    this.lastVoid = lastVoid;
    this.now = guess;
    this.#rows = new LoadedRows(known);
    this.left = new Leavings(this.#rows.records);
    for (const { row } of known.instances.values()) this.#writes.add("confirm", knownInstance(row));
    for (const row of known.activities.values()) this.#writes.add("confirm", knownActivity(row));
    this.#looked();
  }

  /** Asks for the rows that are not known and locks them, and for the hub's time once they are. */
  async begin({ needs, births, isWhole }: Beginning): Promise<void> {
    const loads = this.#rows.loads(needs, isWhole);
    if (loads.length === 0 && births === 0 && needs.length > 0) return;
    const statements = loads.map(({ statement }) => statement);
    const answers = await this.#session.send([...statements, { name: "begin", values: [births] }]);
    const [hub] = answers.at(-1) ?? [];
    this.now = Number(hub?.["now"]);
    this.#lives = ((hub?.["lives"] ?? []) as unknown as readonly string[]).map(Number).reverse();
    for (const [i, { takeIn }] of loads.entries()) takeIn(answers[i] ?? [], this.now);
    this.#looked();
  }

  /** Carries out an operation. What it needs and nobody foresaw is asked for on the way. */
  async run<T>(operation: Operation<T>): Promise<T> {
    let step = operation.next();
    while (step.done !== true) {
      const need = step.value;
      if (!this.#rows.isKnown(need)) await this.#load(need);
      step = operation.next(await this.#find(need));
    }
    return step.value;
  }

  async #load(need: Need): Promise<void> {
    for (const { statement, takeIn } of this.#rows.loads([need], () => false)) {
      const [rows = []] = await this.#session.send([statement]);
      takeIn(rows, this.now);
    }
    this.#looked();
  }

  /** Notes how instances were that the transaction has come to know. */
  #looked(): void {
    for (const [id, row] of this.#rows.instances) {
      if (this.#before.has(id)) continue;
      this.#before.set(id, row?.runtimeStatus);
      if (row?.messagesAt === Infinity) this.#queues.isEmpty(row);
    }
  }

  async #find({ of, id }: Need): Promise<unknown> {
    const row = this.#rows.instances.get(id);
    switch (of) {
      case "instance":
        return row;
      case "activity":
        return this.#rows.activities.get(id);
      case "answer":
        return this.#rows.answers.get(id);
      case "start":
        return (row && this.#starts.get(row)) ?? startOf(await this.#beginning(id));
      case "output":
        return (row && this.#statuses.get(row)?.output) ?? (await this.#beginning(id))["output"] ?? undefined;
      case "backlog": {
        await this.#flush();
        return (await this.#query("anyMessage", partitionOf(id), row?.key ?? 0)).length > 0;
      }
    }
  }

  async #beginning(id: string): Promise<Row> {
    const [found] = await this.#query("beginning", partitionOf(id), this.#rows.instances.get(id)?.key ?? 0);
    return found ?? {};
  }

  async #query(name: StatementName, ...values: readonly number[]): Promise<readonly Row[]> {
    const [rows = []] = await this.#session.send([{ name, values }]);
    return rows;
  }

  /** The row of an instance that was asked for. */
  instance(id: string): InstanceRow | undefined {
    return this.#rows.instances.get(id);
  }

  /** The instances that the transaction has looked at, with what has become of them. */
  *seen(): Generator<Seen, void, undefined> {
    for (const [instanceId, row] of this.#rows.instances) yield [instanceId, row?.runtimeStatus];
  }

  /** The instances whose status is another one than it was. */
  *changedStatuses(): Generator<string, void, undefined> {
    for (const [instanceId, status] of this.seen()) if (this.#before.get(instanceId) !== status) yield instanceId;
  }

  /** The activities that the transaction adds. */
  newActivities(): Iterable<ActivityRow> {
    return [...this.#addedActivities.values()].map(({ row }) => row);
  }

  /** The instances that the transaction has made ready, and of which it knows all that a worker needs. */
  *readyInstances(): Generator<ReadyInstance, void, undefined> {
    for (const row of new Set([...this.#changed, ...this.#added])) {
      const queue = this.#queues.of(row);
      const record = this.#rows.records.get(row);
      if (queue === undefined || record === undefined || (instanceReadyAt(row) ?? Infinity) > this.now) continue;
      const isAsRead = !this.#statuses.has(row) && !this.#entities.has(row) && !this.#reopened.has(row);
      if (!isAsRead || this.#restarted.has(row) || this.#recounted.has(row)) continue;
      const messages = queue.filter(({ visible_at }) => Number(visible_at) <= this.now) as readonly Row[];
      yield { row, record, messages };
    }
  }

  /** True when all that waits for an instance are answers of activities which were handed out once. */
  isAnswered({ row, messages }: ReadyInstance): boolean {
    return messages.length > 0 && this.#answers.get(row.instanceId) === this.#queues.of(row)?.length;
  }

  /** True when an activity that was to be added was not there already. */
  isInserted(id: string): boolean {
    return this.#insertedActivities.has(id);
  }

  nextNumber(row: WorkRow): number {
    row.lastNumber += 1;
    return row.lastNumber;
  }

  firstNumber(): number {
    const life = this.#lives.pop();
    assert(life !== undefined, "a call says how many instances it may add");
    this.#nextLife = life;
    return this.#nextLife * NUMBERS_PER_LIFE;
  }

  addInstance(row: InstanceRow, record: InstanceRecord, start: ExecutionStart): void {
    this.writes++;
    row.key = this.#nextLife;
    const values = recordValues(row, record, start);
    this.#writes.add("addInstances", values);
    this.#rows.records.set(row, { ...values, output: null, custom_status: null, failure: null, entity: null });
    this.#queues.isEmpty(row);
    this.#rows.instances.set(row.instanceId, row);
    this.#starts.set(row, start);
    this.#added.add(row);
  }

  removeInstance(row: InstanceRow): void {
    this.writes++;
    this.#writes.add("removeInstances", keyValues(row));
    const isOurs = (values: Values): boolean => values["instance_key"] === row.key;
    for (const name of ["addInstances", "addEvents", "addMessages"] as const) {
      this.#writes.drop(name, isOurs);
    }
    for (const rows of this.#gathered()) rows.delete(row);
    this.#queues.forget(row);
    this.#starts.delete(row);
    this.#rows.instances.set(row.instanceId, undefined);
    for (const [id, { instance }] of this.#addedActivities) if (instance === row) this.#addedActivities.delete(id);
    for (const activity of this.#rows.activities.values()) {
      if (activity?.work.instanceId === row.instanceId) this.#forget(activity);
    }
  }

  touch(row: InstanceRow): void {
    this.writes++;
    this.#changed.add(row);
  }

  setStatus(row: InstanceRow, status: StatusUpdate): void {
    row.revision = this.nextNumber(row);
    this.#statuses.set(row, status);
    this.#reopened.delete(row);
    this.touch(row);
  }

  reopen(row: InstanceRow): void {
    row.revision = this.nextNumber(row);
    const failed = this.#statuses.get(row);
    if (failed === undefined) this.#reopened.add(row);
    else this.#statuses.set(row, reopened(failed, this.now));
    this.touch(row);
  }

  setStart(row: InstanceRow, start: ExecutionStart): void {
    this.#starts.set(row, start);
    this.#restarted.add(row);
    this.touch(row);
  }

  setEntity(row: InstanceRow, entity: EntityData): void {
    this.writes++;
    this.#entities.set(row, entity);
  }

  addEvents(row: InstanceRow, events: readonly HistoryEvent[]): void {
    this.#writes.add("addEvents", {
      partition: partitionOf(row.instanceId),
      instance_key: row.key,
      generation: row.generation,
      execution_id: row.executionId,
      first_event_id: row.lastEventId + 1,
      events: JSON.stringify(events),
    });
    row.lastEventId += events.length;
    this.touch(row);
  }

  removeHistory(row: InstanceRow): void {
    this.writes++;
    const { key, generation } = row;
    this.#writes.drop("addEvents", (values) => values["instance_key"] === key && values["generation"] === generation);
    this.#writes.add("removeHistories", { ...keyValues(row), generation });
  }

  addMessage(row: InstanceRow, message: InstanceMessage, visibleAt: number): void {
    this.writes++;
    const values = {
      partition: partitionOf(row.instanceId),
      instance_key: row.key,
      message_id: message.messageId,
      type: message.body.type,
      execution_id: orNull(message.executionId),
      visible_at: visibleAt,
      message: messageColumn(message),
    };
    this.#queues.add(row, values);
  }

  removeMessages(row: InstanceRow, messageIds: readonly string[]): void {
    this.writes++;
    const ids = new Set<unknown>(messageIds);
    // Of a queue that was empty, nothing is in the database.
    if (this.#queues.remove(row, ({ message_id }) => ids.has(message_id))) return;
    for (const message_id of messageIds) this.#writes.add("removeMessages", { ...keyValues(row), message_id });
  }

  removeTimers(row: InstanceRow, executionId: string): void {
    this.writes++;
    const isTimer = ({ execution_id, type }: Values): boolean => execution_id === executionId && type === "TimerFired";
    if (this.#queues.remove(row, isTimer)) return;
    this.#writes.add("clearQueues", { ...keyValues(row), timers_of: executionId });
  }

  removeAllMessages(row: InstanceRow): void {
    this.writes++;
    const isKnown = this.#queues.remove(row, () => true);
    if (!isKnown) this.#writes.add("clearQueues", { ...keyValues(row), timers_of: null });
    this.#recounted.delete(row);
  }

  recount(row: InstanceRow): void {
    const nextAt = this.#queues.nextAt(row);
    if (nextAt === undefined) this.#recounted.add(row);
    else row.messagesAt = nextAt;
    this.touch(row);
  }

  addActivity(instance: InstanceRow, work: ActivityWork): void {
    this.writes++;
    const id = activityId(work);
    const row = { id, work, since: this.now, lock: undefined, lastNumber: 0, notBefore: 0, deliveryCount: 0 };
    if (!this.#addedActivities.has(id)) this.#addedActivities.set(id, { row, instance });
    this.#rows.activities.delete(id);
  }

  touchActivity(row: ActivityRow): void {
    this.writes++;
    this.#changedActivities.add(row);
  }

  removeActivity(row: ActivityRow): void {
    this.writes++;
    const { instanceId } = row.work;
    if (row.deliveryCount === 1) this.#answers.set(instanceId, (this.#answers.get(instanceId) ?? 0) + 1);
    this.#writes.add("removeActivities", { id: row.id });
    this.#forget(row);
  }

  remember(key: string, answer: boolean): void {
    this.writes++;
    if (!this.#remembered.has(key)) this.#writes.add("remember", { partition: partitionOf(key), key, answer });
    this.#remembered.add(key);
    if (this.#rows.answers.get(key) === undefined) this.#rows.answers.set(key, answer);
  }

  /** Hands over what was written, as the statements that write it. */
  take(): readonly Statement[] {
    this.#noteInstances();
    for (const { row, instance } of this.#addedActivities.values()) this.#addActivity(row, instance);
    for (const row of this.#added) this.#writes.add("addWork", workValues(row));
    for (const row of this.#changed) if (!this.#added.has(row)) this.#setWork(row);
    for (const [row, status] of this.#statuses) this.#setStatus(row, status);
    for (const row of this.#changedActivities) this.#setActivity(row);
    for (const row of this.#reopened) this.#writes.add("reopen", { ...keyValues(row), revision: row.revision });
    for (const row of this.#restarted) {
      const start = this.#starts.get(row);
      assert(start !== undefined, "the start that was set is known");
      this.#writes.add("setStarts", startValues(row, start));
    }
    for (const rows of this.#gathered()) rows.clear();
    this.#queues.clear();
    this.#changedActivities.clear();
    this.#addedActivities.clear();
    return this.#writes.take(this.now);
  }

  /** Takes in what came of statements that were taken. */
  sent(statements: readonly Statement[], answers: readonly (readonly Row[])[]): void {
    const rowsOf = (name: StatementName): readonly Row[] =>
      answers[statements.findIndex((one) => one.name === name)] ?? [];
    for (const { activity_id } of rowsOf("addActivities")) this.#insertedActivities.add(activity_id);
    this.left.held.push(...this.#claimed.filter(({ id }) => this.isInserted(id)));
    for (const { now, confirmed } of rowsOf("confirm")) {
      if (confirmed !== "true") throw new UnconfirmedError("A row is not as it was thought to be.");
      this.now = Number(now);
    }
    const unlocked = new Map<number, string>();
    for (const [id, row] of this.#rows.instances) {
      if (row !== undefined && !isHeld(row, this.now)) unlocked.set(row.key, id);
    }
    for (const { instance_key, ready_at } of rowsOf("recountWork")) {
      const id = unlocked.get(Number(instance_key));
      if (ready_at !== null && id !== undefined) this.left.instances.set(Number(instance_key), id);
    }
  }

  async #flush(): Promise<void> {
    const statements = this.take();
    if (statements.length > 0) this.sent(statements, await this.#session.send(statements));
  }

  #noteInstances(): void {
    const working = new Set<InstanceRow>();
    for (const { row, instance } of this.#addedActivities.values()) if (row.lock !== undefined) working.add(instance);
    for (const row of new Set([...this.#added, ...this.#changed])) {
      const isQuiet = this.#queues.of(row)?.length === 0 && !this.#restarted.has(row) && !this.#reopened.has(row);
      const isRecounted = this.#recounted.has(row);
      this.left.addInstance(row, this.now, { isQuiet, isRecounted, hasActivity: working.has(row) });
    }
  }

  #setWork(row: InstanceRow): void {
    this.#writes.add(this.#recounted.has(row) ? "recountWork" : "setWork", workValues(row));
  }

  #setStatus(row: InstanceRow, status: StatusUpdate): void {
    const values = statusValues(row, status, this.#entities.get(row));
    this.#writes.add("setStatus", values);
    const record = this.#rows.records.get(row);
    if (record === undefined) return;
    const entity = this.#entities.has(row) ? values["entity"] : record["entity"];
    // In its place: the transaction's own, of which a copy is dear.
    Object.assign(record, values, { entity });
  }

  #addActivity(row: ActivityRow, instance: InstanceRow): void {
    this.#writes.add("addActivities", activityValues(row, instance));
    this.left.addActivity(row, this.now);
    if (row.lock !== undefined) this.#claimed.push(row);
  }

  #setActivity(row: ActivityRow): void {
    this.#writes.add("setActivities", activityChanges(row));
    this.left.addActivity(row, this.now);
  }

  /** What is gathered of rows of instances until it is sent. */
  #gathered(): readonly (Set<InstanceRow> | Map<InstanceRow, unknown>)[] {
    return [
      ...[this.#added, this.#changed, this.#recounted, this.#reopened, this.#restarted],
      ...[this.#statuses, this.#entities],
    ];
  }

  #forget(row: ActivityRow): void {
    this.#rows.activities.set(row.id, undefined);
    this.#changedActivities.delete(row);
  }
}
