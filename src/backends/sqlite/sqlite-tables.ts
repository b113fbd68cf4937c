/**
 * The tables in one transaction on SQLite.
 *
 * Invariant: rows of instances and activities, messages for instances that no other waits for, and new activities are
 * written when the transaction ends; everything else is written at once. What is ready is told as if all were written.
 * Used by the store, which begins and ends the transaction.
 */
import { REDELIVERY_HORIZON_MS } from "../../core/limits.ts";
import type { EntityData } from "../../core/entity-data.ts";
import type { HistoryEvent } from "../../core/history.ts";
import { activityId } from "../../core/messages.ts";
import type { ActivityWork, ExecutionStart, InstanceMessage } from "../../core/messages.ts";
import type { InstanceRecord, StatusUpdate } from "../../ports/backend.ts";
import { instanceRecord } from "../sql/instance-record.ts";
import type { ActivityRow, InstanceRow, WorkRow } from "../sql/rows.ts";
import { activityReadyAt, instanceReadyAt } from "../sql/rows.ts";
import { originalId, storedId } from "../sql/stored-id.ts";
import type { Need, Operation, Tables } from "../sql/tables.ts";
import type { ItemParts } from "../sql/work-item.ts";
import {
  activityRowOf,
  entityOf,
  instanceRowOf,
  jsonOrNull,
  messageColumn,
  messageOf,
  orNull,
  recordOf,
  startColumn,
  startOf,
} from "../sql/columns.ts";
import type { SqliteRow, SqliteValue } from "./driver.ts";
import type { Seen } from "../waiting/neighbours.ts";
import { MessageQueues } from "./message-queues.ts";
import type { RowCache } from "./row-cache.ts";
import type { Statements } from "./statements.ts";

/** An activity that was added, and the instance that it is of. */
interface NewActivity {
  readonly row: ActivityRow;
  readonly owner: InstanceRow;
}

export class SqliteTables implements Tables {
  readonly now: number;
  readonly keepsHistory: boolean;
  readonly #statements: Statements;
  readonly #cache: RowCache;
  readonly #instances = new Map<string, InstanceRow | undefined>();
  readonly #activities = new Map<string, ActivityRow | undefined>();
  readonly #changed = new Set<InstanceRow>();
  /** Those of the changed rows that are not in the database. */
  readonly #added = new Set<InstanceRow>();
  readonly #changedActivities = new Set<ActivityRow>();
  readonly #newActivities = new Map<string, NewActivity>();
  readonly #queues = new MessageQueues();
  readonly #recounted = new Set<InstanceRow>();
  /** How many answers of activities that were handed out once an instance has got. */
  readonly #answers = new Map<string, number>();
  #lastNumber: number;
  /** How many writes were made; those of rows that wait to be written count when they are asked for. */
  writes = 0;

  constructor(
    statements: Statements,
    cache: RowCache,
    hub: { readonly now: number; readonly lastNumber: number; readonly keepsHistory: boolean },
  ) {
    this.#statements = statements;
    this.#cache = cache;
    this.now = hub.now;
    this.#lastNumber = hub.lastNumber;
    this.keepsHistory = hub.keepsHistory;
  }

  /** The instances that the transaction has looked at, with what has become of them. */
  *seen(): Generator<Seen, void, undefined> {
    for (const [instanceId, row] of this.#instances) yield [instanceId, row?.runtimeStatus];
  }

  get lastNumber(): number {
    return this.#lastNumber;
  }

  /** Carries out an operation. */
  run<T>(operation: Operation<T>): T {
    let step = operation.next();
    while (step.done !== true) step = operation.next(this.#find(step.value));
    return step.value;
  }

  #find({ of, id }: Need): unknown {
    switch (of) {
      case "instance":
        return this.instance(id);
      case "activity":
        return this.activity(id);
      case "start": {
        return startOf(this.#recorded(id));
      }
      case "output":
        return this.#recorded(id)["output"] ?? undefined;
      case "answer": {
        const found = this.#statements.answer.get(id, this.now - REDELIVERY_HORIZON_MS) as SqliteRow | undefined;
        return found === undefined ? undefined : found["answer"] === 1;
      }
      case "backlog":
        return this.#hasMessages(id);
    }
  }

  #hasMessages(id: string): boolean {
    const row = this.instance(id);
    if (row === undefined) return false;
    return this.#queues.size(row) > 0 || this.#statements.anyMessage.get(row.key) !== undefined;
  }

  instance(id: string): InstanceRow | undefined {
    if (this.#instances.has(id)) return this.#instances.get(id);
    const row = this.#cache.instance(id) ?? this.#loadInstance(id);
    this.#instances.set(id, row);
    return row;
  }

  #loadInstance(id: string): InstanceRow | undefined {
    const found = this.#statements.work.get(storedId(id)) as SqliteRow | undefined;
    return found === undefined ? undefined : instanceRowOf(found);
  }

  #recorded(id: string): SqliteRow {
    return this.#statements.instance.get(this.instance(id)?.key ?? 0) as SqliteRow;
  }

  activity(id: string): ActivityRow | undefined {
    const added = this.#newActivities.get(id);
    if (added !== undefined) this.insertActivity(added.row);
    if (this.#activities.has(id)) return this.#activities.get(id);
    const row = this.#cache.activity(id) ?? this.#loadActivity(id);
    this.#activities.set(id, row);
    return row;
  }

  #loadActivity(id: string): ActivityRow | undefined {
    const found = this.#statements.activity.get(id) as SqliteRow | undefined;
    return found === undefined ? undefined : activityRowOf(found);
  }

  /** The first instances that are ready, the oldest first. */
  readyInstances(limit: number): readonly InstanceRow[] {
    this.#recountAll();
    const ready = [...this.#changed, ...this.#storedReady(limit)].flatMap((row) => {
      const at = instanceReadyAt(row);
      return at === undefined || at > this.now ? [] : [{ row, at }];
    });
    ready.sort((a, b) => a.at - b.at || a.row.served - b.row.served || a.row.key - b.row.key);
    return ready.slice(0, limit).map(({ row }) => row);
  }

  /** The instances for which nothing waits but answers of activities that were handed out once. */
  *answeredInstances(): Generator<InstanceRow, void, undefined> {
    for (const [id, count] of this.#answers) {
      const row = this.instance(id);
      if (row === undefined || this.#queues.size(row) !== count) continue;
      if ((instanceReadyAt(row) ?? Infinity) <= this.now) yield row;
    }
  }

  /** Of the instances whose rows are as the database has them, the first that are ready. */
  #storedReady(limit: number): readonly InstanceRow[] {
    for (let size = limit; ; size += this.#changed.size) {
      const found = this.#statements.readyInstances.all(this.now, size) as SqliteRow[];
      const rows = found.flatMap((row) => this.instance(originalId(row["instance_id"] as string)) ?? []);
      const unchanged = rows.filter((row) => !this.#changed.has(row));
      if (unchanged.length >= limit || found.length < size) return unchanged;
    }
  }

  /** What a worker is told of an instance. */
  partsOf(row: InstanceRow): ItemParts {
    const known = this.#cache.known(row.instanceId);
    if (known !== undefined) return known;
    const found = this.#statements.instance.get(row.key) as SqliteRow;
    const parts = { record: recordOf(found), start: startOf(found) };
    if (row.kind === "entity") return { ...parts, entity: entityOf(found) };
    this.#cache.keepKnown(row.instanceId, parts, lengthOf(Object.values(found)));
    return parts;
  }

  /** The first messages of an instance that can be delivered. */
  visibleMessages(row: InstanceRow, limit: number): readonly InstanceMessage[] {
    if (this.#queues.has(row)) return this.#queues.visible(row, this.now, limit);
    if (row.messagesAt > this.now) return [];
    const found = this.#statements.visibleMessages.all(row.key, this.now, limit) as SqliteRow[];
    return found.map((message) => messageOf(row.instanceId, message));
  }

  /** Of the activities that are in the database, the first that are ready, the oldest first. */
  readyActivities(limit: number): readonly ActivityRow[] {
    this.#writeActivities();
    const found = this.#statements.readyActivities.all(this.now, limit) as SqliteRow[];
    return found.flatMap((row) => {
      const id = row["activity_id"] as string;
      if (!this.#activities.has(id)) this.#activities.set(id, this.#cache.activity(id) ?? activityRowOf(row));
      return this.#activities.get(id) ?? [];
    });
  }

  /** The activities that are not in the database yet: they are ready, and come after those that are. */
  *newActivities(): Generator<ActivityRow, void, undefined> {
    for (const { row } of this.#newActivities.values()) yield row;
  }

  /** Writes a new activity, unless one with its id is there. Says whether it did. */
  insertActivity(row: ActivityRow): boolean {
    const owner = this.#newActivities.get(row.id)?.owner;
    this.#newActivities.delete(row.id);
    const { id, work, lock } = row;
    const { changes } = this.#statements.addActivity.run(
      ...[id, owner?.key ?? 0, storedId(work.instanceId), work.executionId, work.taskId, work.name, orNull(work.input)],
      ...[work.attempt, work.idempotencyKey, row.since, activityReadyAt(row), row.notBefore, row.deliveryCount],
      ...[lock?.token ?? null, lock?.workerId ?? null, lock?.expiresAt ?? null],
    );
    if (Number(changes) === 0) return false;
    this.#activities.set(id, row);
    return true;
  }

  nextNumber(row: WorkRow): number {
    row.lastNumber = ++this.#lastNumber;
    return row.lastNumber;
  }

  firstNumber(): number {
    return ++this.#lastNumber;
  }

  addInstance(row: InstanceRow, record: InstanceRecord, start: ExecutionStart): void {
    this.writes++;
    const { instanceId } = record;
    const [bare, tags] = [startColumn(start), jsonOrNull(record.tags)];
    const { lastInsertRowid } = this.#statements.addInstance.run(
      ...[storedId(instanceId), record.kind, record.name, record.incarnation, record.executionId],
      ...[record.runtimeStatus, record.createdAt, record.lastUpdatedAt, orNull(record.version)],
      ...[tags, orNull(record.input)],
      record.parentInstanceId === undefined ? null : storedId(record.parentInstanceId),
      ...[bare, record.revision],
    );
    row.key = Number(lastInsertRowid);
    this.#instances.set(instanceId, row);
    this.#added.add(row);
    this.#changed.add(row);
    if (row.kind === "orchestration") {
      this.#cache.keepKnown(instanceId, { record, start }, lengthOf([bare, tags, record.input]));
    }
  }

  removeInstance(row: InstanceRow): void {
    this.writes++;
    this.#statements.removeInstance.run(row.key);
    this.#instances.set(row.instanceId, undefined);
    this.#changed.delete(row);
    this.#added.delete(row);
    this.#recounted.delete(row);
    this.#queues.forget(row);
    for (const [id, { owner }] of this.#newActivities) if (owner === row) this.#newActivities.delete(id);
    for (const activity of this.#activities.values()) {
      if (activity?.work.instanceId === row.instanceId) this.#forget(activity);
    }
    this.#cache.forgetActivities();
    this.#cache.forgetKnown(row.instanceId);
  }

  touch(row: InstanceRow): void {
    this.writes++;
    this.#changed.add(row);
  }

  setStatus(row: InstanceRow, status: StatusUpdate): void {
    row.revision = this.nextNumber(row);
    this.#statements.setStatus.run(
      ...[status.runtimeStatus, status.lastUpdatedAt, orNull(status.output), jsonOrNull(status.failure)],
      ...[orNull(status.customStatus), row.revision, row.key],
    );
    const known = this.#cache.known(row.instanceId);
    this.#cache.forgetKnown(row.instanceId);
    if (known !== undefined) {
      const record = instanceRecord(known.record, known.record, status, row.revision);
      this.#cache.keepKnown(row.instanceId, { ...known, record }, lengthOf([record.input, record.customStatus]));
    }
    this.touch(row);
  }

  reopen(row: InstanceRow): void {
    row.revision = this.nextNumber(row);
    this.#statements.reopen.run(this.now, row.revision, row.key);
    this.#cache.forgetKnown(row.instanceId);
    this.touch(row);
  }

  setStart(row: InstanceRow, start: ExecutionStart): void {
    const { name, version, tags, input, executionId } = start.event;
    this.#statements.setStart.run(
      ...[name, executionId, orNull(version), jsonOrNull(tags), orNull(input), startColumn(start)],
      row.key,
    );
    this.#cache.forgetKnown(row.instanceId);
    this.touch(row);
  }

  setEntity(row: InstanceRow, entity: EntityData): void {
    this.writes++;
    this.#statements.setEntity.run(JSON.stringify(entity), row.key);
  }

  addEvents(row: InstanceRow, events: readonly HistoryEvent[]): void {
    const first = row.lastEventId + 1;
    this.#statements.addEvents.run(row.key, row.generation, row.executionId, first, JSON.stringify(events));
    row.lastEventId += events.length;
    this.touch(row);
  }

  removeHistory(row: InstanceRow): void {
    this.writes++;
    this.#statements.removeHistory.run(row.key, row.generation);
  }

  addMessage(row: InstanceRow, message: InstanceMessage, visibleAt: number): void {
    this.writes++;
    if (!this.#queues.add(row, message, visibleAt)) this.#writeMessage(row, message, visibleAt);
  }

  removeMessages(row: InstanceRow, messageIds: readonly string[]): void {
    this.writes++;
    const isQueued = this.#queues.has(row);
    for (const messageId of messageIds) {
      if (isQueued) this.#queues.remove(row, messageId);
      else this.#statements.removeMessage.run(row.key, messageId);
    }
  }

  removeTimers(row: InstanceRow, executionId: string): void {
    this.writes++;
    if (this.#queues.has(row)) this.#queues.removeTimers(row, executionId);
    else this.#statements.removeTimers.run(row.key, executionId);
  }

  removeAllMessages(row: InstanceRow): void {
    this.writes++;
    if (this.#queues.has(row)) this.#queues.removeAll(row);
    else if (row.messagesAt !== Infinity) this.#statements.removeAllMessages.run(row.key);
    this.#recounted.delete(row);
  }

  recount(row: InstanceRow): void {
    this.#recounted.add(row);
    this.touch(row);
  }

  addActivity(owner: InstanceRow, work: ActivityWork): void {
    this.writes++;
    const id = activityId(work);
    const fresh = { lock: undefined, lastNumber: 0, notBefore: 0, deliveryCount: 0 };
    const row: ActivityRow = { id, work, since: this.now, ...fresh };
    if (!this.#newActivities.has(id)) this.#newActivities.set(id, { row, owner });
    this.#activities.delete(id);
  }

  touchActivity(row: ActivityRow): void {
    this.writes++;
    this.#changedActivities.add(row);
  }

  removeActivity(row: ActivityRow): void {
    this.writes++;
    this.#statements.removeActivity.run(row.id);
    this.#forget(row);
    const { instanceId } = row.work;
    if (row.deliveryCount === 1) this.#answers.set(instanceId, (this.#answers.get(instanceId) ?? 0) + 1);
  }

  remember(key: string, answer: boolean): void {
    this.writes++;
    this.#statements.remember.run(key, answer ? 1 : 0, this.now);
  }

  /** Writes what is not written yet, and keeps the rows for transactions to come. */
  flush(): void {
    this.#recountAll();
    for (const row of this.#changed) this.#writeInstance(row);
    this.#changed.clear();
    this.#added.clear();
    for (const [row, { message, visibleAt }] of this.#queues.take()) this.#writeMessage(row, message, visibleAt);
    this.#writeActivities();
    for (const { row } of this.#newActivities.values()) this.insertActivity(row);
    for (const [id, row] of this.#instances) this.#cache.keepInstance(id, row);
    for (const [id, row] of this.#activities) this.#cache.keepActivity(id, row);
  }

  #recountAll(): void {
    for (const row of this.#recounted) row.messagesAt = this.#nextMessageAt(row);
    this.#recounted.clear();
  }

  #nextMessageAt(row: InstanceRow): number {
    if (this.#queues.has(row)) return this.#queues.nextAt(row);
    const { at } = this.#statements.nextMessage.get(row.key) as { readonly at: SqliteValue };
    return at === null ? Infinity : Number(at);
  }

  #writeInstance(row: InstanceRow): void {
    const { lock, messagesAt } = row;
    const changing = [
      ...[orNull(instanceReadyAt(row)), row.executionId, row.generation, row.runtimeStatus, row.revision],
      ...[row.lastEventId, row.startAt, jsonOrNull(row.rewind), messagesAt === Infinity ? null : messagesAt],
      ...[orNull(row.lastCommitRequestId), lock?.token ?? null, lock?.workerId ?? null, lock?.expiresAt ?? null],
      ...[row.notBefore, row.deliveryCount, row.served],
    ];
    if (!this.#added.has(row)) this.#statements.setWork.run(...changing, row.key);
    else this.#statements.addWork.run(...changing, row.kind, row.incarnation, row.createRequestId, row.key);
  }

  #writeMessage(row: InstanceRow, message: InstanceMessage, visibleAt: number): void {
    this.#statements.addMessage.run(
      ...[row.key, message.messageId, message.body.type, orNull(message.executionId), visibleAt],
      messageColumn(message),
    );
  }

  #writeActivities(): void {
    for (const row of this.#changedActivities) this.#writeActivity(row);
    this.#changedActivities.clear();
  }

  #writeActivity(row: ActivityRow): void {
    const { lock } = row;
    this.#statements.setActivity.run(
      ...[activityReadyAt(row), lock?.token ?? null, lock?.workerId ?? null, lock?.expiresAt ?? null],
      ...[row.notBefore, row.deliveryCount, row.id],
    );
  }

  #forget(row: ActivityRow): void {
    this.#activities.set(row.id, undefined);
    this.#changedActivities.delete(row);
  }
}

/** How many characters there are in these values. */
function lengthOf(values: readonly unknown[]): number {
  return values.reduce((sum: number, value) => sum + (typeof value === "string" ? value.length : 0), 0);
}
