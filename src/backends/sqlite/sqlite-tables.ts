/**
 * The tables in one transaction on SQLite.
 *
 * Invariant: rows of instances and activities are read once and written when the transaction ends, or is asked for what
 * is ready; everything else is written at once. Used by the store, which begins and ends the transaction.
 */
import { REDELIVERY_HORIZON_MS } from "../../core/limits.ts";
import type { EntityData } from "../../core/entity-data.ts";
import type { HistoryEvent } from "../../core/history.ts";
import { activityId } from "../../core/messages.ts";
import type { ActivityWork, ExecutionStart, InstanceMessage } from "../../core/messages.ts";
import type { InstanceRecord, StatusUpdate } from "../../ports/backend.ts";
import type { ActivityRow, InstanceRow, WorkRow } from "../sql/rows.ts";
import { activityReadyAt, instanceReadyAt } from "../sql/rows.ts";
import { originalId, storedId } from "../sql/stored-id.ts";
import type { Need, Operation, Tables } from "../sql/tables.ts";
import {
  activityRowOf,
  instanceRowOf,
  jsonOrNull,
  messageColumn,
  orNull,
  startColumn,
  startOf,
} from "../sql/columns.ts";
import type { SqliteRow } from "./driver.ts";
import type { Seen } from "../waiting/neighbours.ts";
import type { Statements } from "./statements.ts";

export class SqliteTables implements Tables {
  readonly now: number;
  readonly keepsHistory: boolean;
  readonly #statements: Statements;
  readonly #instances = new Map<string, InstanceRow | undefined>();
  readonly #activities = new Map<string, ActivityRow | undefined>();
  readonly #changed = new Set<InstanceRow>();
  readonly #changedActivities = new Set<ActivityRow>();
  readonly #recounted = new Set<InstanceRow>();
  #lastNumber: number;
  /** How many writes were made; those of rows that wait to be written count when they are asked for. */
  writes = 0;

  constructor(
    statements: Statements,
    hub: { readonly now: number; readonly lastNumber: number; readonly keepsHistory: boolean },
  ) {
    this.#statements = statements;
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
        return this.#statements.anyMessage.get(this.instance(id)?.key ?? 0) !== undefined;
    }
  }

  instance(id: string): InstanceRow | undefined {
    if (this.#instances.has(id)) return this.#instances.get(id);
    const found = this.#statements.work.get(storedId(id)) as SqliteRow | undefined;
    const row = found === undefined ? undefined : instanceRowOf(found);
    this.#instances.set(id, row);
    return row;
  }

  /** Takes in the row of an instance that was found by other ways. */
  adoptInstance(found: SqliteRow): InstanceRow | undefined {
    const id = originalId(found["instance_id"] as string);
    if (!this.#instances.has(id)) this.#instances.set(id, instanceRowOf(found));
    return this.#instances.get(id);
  }

  /** Takes in the row of an activity that was found by other ways. */
  adoptActivity(found: SqliteRow): ActivityRow | undefined {
    const id = found["activity_id"] as string;
    if (!this.#activities.has(id)) this.#activities.set(id, activityRowOf(found));
    return this.#activities.get(id);
  }

  #recorded(id: string): SqliteRow {
    return this.#statements.instance.get(this.instance(id)?.key ?? 0) as SqliteRow;
  }

  activity(id: string): ActivityRow | undefined {
    if (this.#activities.has(id)) return this.#activities.get(id);
    const found = this.#statements.activity.get(id) as SqliteRow | undefined;
    const row = found === undefined ? undefined : activityRowOf(found);
    this.#activities.set(id, row);
    return row;
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
    const added = this.#statements.addInstance.get(
      ...[storedId(record.instanceId), record.kind, record.name, record.incarnation, record.executionId],
      ...[record.runtimeStatus, record.createdAt, record.lastUpdatedAt, orNull(record.version)],
      ...[jsonOrNull(record.tags), orNull(record.input)],
      record.parentInstanceId === undefined ? null : storedId(record.parentInstanceId),
      ...[startColumn(start), record.revision],
    ) as SqliteRow;
    row.key = Number(added["instance_key"]);
    this.#statements.addWork.run(
      ...[row.key, row.kind, row.incarnation, row.executionId, row.generation, row.runtimeStatus],
      ...[row.revision, row.lastEventId, row.startAt, row.createRequestId, row.notBefore, row.deliveryCount],
    );
    this.#instances.set(row.instanceId, row);
    this.#changed.add(row);
  }

  removeInstance(row: InstanceRow): void {
    this.writes++;
    this.#statements.removeInstance.run(row.key);
    this.#instances.set(row.instanceId, undefined);
    this.#changed.delete(row);
    this.#recounted.delete(row);
    for (const activity of this.#activities.values()) {
      if (activity?.work.instanceId === row.instanceId) this.#forget(activity);
    }
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
    this.touch(row);
  }

  reopen(row: InstanceRow): void {
    row.revision = this.nextNumber(row);
    this.#statements.reopen.run(this.now, row.revision, row.key);
    this.touch(row);
  }

  setStart(row: InstanceRow, start: ExecutionStart): void {
    const { name, version, tags, input, executionId } = start.event;
    this.#statements.setStart.run(
      ...[name, executionId, orNull(version), jsonOrNull(tags), orNull(input), startColumn(start)],
      row.key,
    );
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
    this.#statements.addMessage.run(
      ...[row.key, message.messageId, message.body.type, orNull(message.executionId), visibleAt],
      messageColumn(message),
    );
  }

  removeMessages(row: InstanceRow, messageIds: readonly string[]): void {
    this.writes++;
    for (const messageId of messageIds) this.#statements.removeMessage.run(row.key, messageId);
  }

  removeTimers(row: InstanceRow, executionId: string): void {
    this.writes++;
    this.#statements.removeTimers.run(row.key, executionId);
  }

  removeAllMessages(row: InstanceRow): void {
    this.writes++;
    this.#statements.removeAllMessages.run(row.key);
    this.#recounted.delete(row);
  }

  recount(row: InstanceRow): void {
    this.#recounted.add(row);
    this.touch(row);
  }

  addActivity(row: InstanceRow, work: ActivityWork): void {
    this.writes++;
    const id = activityId(work);
    this.#statements.addActivity.run(
      ...[id, row.key, storedId(work.instanceId), work.executionId, work.taskId, work.name, orNull(work.input)],
      ...[work.attempt, work.idempotencyKey, this.now, this.now],
    );
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
  }

  remember(key: string, answer: boolean): void {
    this.writes++;
    this.#statements.remember.run(key, answer ? 1 : 0, this.now);
  }

  /** Writes the rows that were changed. */
  flush(): void {
    for (const row of this.#recounted) {
      const next = this.#statements.nextMessage.get(row.key) as SqliteRow;
      row.messagesAt = next["at"] === null ? Infinity : Number(next["at"]);
    }
    this.#recounted.clear();
    for (const row of this.#changed) this.#writeInstance(row);
    this.#changed.clear();
    for (const row of this.#changedActivities) this.#writeActivity(row);
    this.#changedActivities.clear();
  }

  #writeInstance(row: InstanceRow): void {
    const { lock, messagesAt } = row;
    this.#statements.setWork.run(
      ...[orNull(instanceReadyAt(row)), row.executionId, row.generation, row.runtimeStatus, row.revision],
      ...[row.lastEventId, row.startAt, jsonOrNull(row.rewind), messagesAt === Infinity ? null : messagesAt],
      ...[orNull(row.lastCommitRequestId), lock?.token ?? null, lock?.workerId ?? null, lock?.expiresAt ?? null],
      ...[row.notBefore, row.deliveryCount, row.served, row.key],
    );
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
