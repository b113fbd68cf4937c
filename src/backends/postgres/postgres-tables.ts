/**
 * The tables in one transaction on PostgreSQL.
 *
 * Invariant: rows are asked for and locked before operations need them, many at once, and kept; what operations write is
 * gathered and sent when the transaction ends, or is asked for what is ready. Used by the transactions.
 */
import { assert } from "../../core/assert.ts";
import type { EntityData } from "../../core/entity-data.ts";
import type { HistoryEvent } from "../../core/history.ts";
import { REDELIVERY_HORIZON_MS } from "../../core/limits.ts";
import { activityId } from "../../core/messages.ts";
import type { ActivityWork, ExecutionStart, InstanceMessage } from "../../core/messages.ts";
import type { InstanceRecord, StatusUpdate } from "../../ports/backend.ts";
import {
  activityRowOf,
  instanceRowOf,
  jsonOrNull,
  messageColumn,
  orNull,
  startColumn,
  startOf,
  type Row,
} from "../sql/columns.ts";
import type { ActivityRow, InstanceRow, WorkRow } from "../sql/rows.ts";
import { activityReadyAt, hasYetToStart } from "../sql/rows.ts";
import { storedId } from "../sql/stored-id.ts";
import type { Need, Operation, Tables } from "../sql/tables.ts";
import type { Seen } from "../waiting/neighbours.ts";
import { rowsOf, type PostgresClient } from "./driver.ts";
import { partitionOf } from "./partition.ts";
import type { StatementName, Statements } from "./statements.ts";
import { Writes } from "./writes.ts";

/** Each life of an id has so many numbers for its locks and revisions. */
const NUMBERS_PER_LIFE = 2 ** 24;

export interface PostgresTablesOptions {
  readonly client: PostgresClient;
  readonly statements: Statements;
  readonly now: number;
  readonly keepsHistory: boolean;
  /** Numbers for instances that may be added. */
  readonly lives: () => number;
}

export class PostgresTables implements Tables {
  readonly now: number;
  readonly keepsHistory: boolean;
  readonly #client: PostgresClient;
  readonly #statements: Statements;
  readonly #lives: () => number;
  readonly #instances = new Map<string, InstanceRow | undefined>();
  readonly #activities = new Map<string, ActivityRow | undefined>();
  readonly #answers = new Map<string, boolean | undefined>();
  readonly #starts = new Map<InstanceRow, ExecutionStart>();
  readonly #added = new Set<InstanceRow>();
  readonly #changed = new Set<InstanceRow>();
  readonly #recounted = new Set<InstanceRow>();
  readonly #changedActivities = new Set<ActivityRow>();
  readonly #statuses = new Map<InstanceRow, StatusUpdate>();
  readonly #entities = new Map<InstanceRow, EntityData>();
  readonly #restarted = new Set<InstanceRow>();
  readonly #reopened = new Set<InstanceRow>();
  readonly #remembered = new Set<string>();
  readonly #writes = new Writes();
  #nextLife = 0;
  /** How many writes were asked for. */
  writes = 0;

  constructor(options: PostgresTablesOptions) {
    this.now = options.now;
    this.keepsHistory = options.keepsHistory;
    this.#client = options.client;
    this.#statements = options.statements;
    this.#lives = options.lives;
  }

  /** Carries out an operation. What it needs and nobody foresaw is asked for on the way. */
  async run<T>(operation: Operation<T>): Promise<T> {
    let step = operation.next();
    while (step.done !== true) {
      const need = step.value;
      if (!this.#isKnown(need)) await this.load([need]);
      step = operation.next(await this.#find(need));
    }
    return step.value;
  }

  /** Asks for rows, and locks them. */
  async load(needs: readonly Need[]): Promise<void> {
    const missing = (of: Need["of"]): readonly string[] => [
      ...new Set(needs.filter((need) => need.of === of && !this.#isKnown(need)).map(({ id }) => id)),
    ];
    await this.#loadInstances(missing("instance"));
    await this.#loadActivities(missing("activity"));
    await this.#loadAnswers(missing("answer"));
  }

  #isKnown({ of, id }: Need): boolean {
    if (of === "instance") return this.#instances.has(id);
    if (of === "activity") return this.#activities.has(id);
    return of !== "answer" || this.#answers.has(id);
  }

  async #loadInstances(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    for (const id of ids) this.#instances.set(id, undefined);
    for (const found of await this.query("instances", ids.map(partitionOf), ids.map(storedId))) {
      const row = instanceRowOf(found);
      this.#instances.set(row.instanceId, row);
    }
  }

  async #loadActivities(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    for (const id of ids) this.#activities.set(id, undefined);
    for (const found of await this.query("activities", ids)) {
      const row = activityRowOf(found);
      this.#activities.set(row.id, row);
    }
  }

  async #loadAnswers(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    for (const key of keys) this.#answers.set(key, undefined);
    const oldest = this.now - REDELIVERY_HORIZON_MS;
    for (const found of await this.query("answers", keys.map(partitionOf), keys, oldest)) {
      this.#answers.set(found["key"] as string, found["answer"] as unknown as boolean);
    }
  }

  async #find({ of, id }: Need): Promise<unknown> {
    const row = this.#instances.get(id);
    switch (of) {
      case "instance":
        return row;
      case "activity":
        return this.#activities.get(id);
      case "answer":
        return this.#answers.get(id);
      case "start":
        return (row && this.#starts.get(row)) ?? startOf(await this.#beginning(id));
      case "output":
        return (row && this.#statuses.get(row)?.output) ?? (await this.#beginning(id))["output"] ?? undefined;
      case "backlog": {
        await this.flush();
        return (await this.query("anyMessage", partitionOf(id), row?.key ?? 0)).length > 0;
      }
    }
  }

  async #beginning(id: string): Promise<Row> {
    const [found] = await this.query("beginning", partitionOf(id), this.#instances.get(id)?.key ?? 0);
    return found ?? {};
  }

  async query(name: StatementName, ...values: unknown[]): Promise<readonly Row[]> {
    return rowsOf(await this.#client.query(this.#statements(name, ...values)));
  }

  /** The row of an instance that was asked for. */
  instance(id: string): InstanceRow | undefined {
    return this.#instances.get(id);
  }

  /** Takes in the row of an instance that was found and locked by other ways, as it is now. */
  adopt(found: Row): InstanceRow {
    const row = instanceRowOf(found);
    this.#instances.set(row.instanceId, row);
    return row;
  }

  /** The instances that the transaction has looked at, with what has become of them. */
  *seen(): Generator<Seen, void, undefined> {
    for (const [instanceId, row] of this.#instances) yield [instanceId, row?.runtimeStatus];
  }

  nextNumber(row: WorkRow): number {
    row.lastNumber += 1;
    return row.lastNumber;
  }

  firstNumber(): number {
    this.#nextLife = this.#lives();
    return this.#nextLife * NUMBERS_PER_LIFE;
  }

  addInstance(row: InstanceRow, record: InstanceRecord, start: ExecutionStart): void {
    this.writes++;
    row.key = this.#nextLife;
    this.#writes.add("addInstances", {
      ...this.#at(row),
      instance_id: storedId(row.instanceId),
      kind: record.kind,
      name: record.name,
      incarnation: record.incarnation,
      execution_id: record.executionId,
      runtime_status: record.runtimeStatus,
      created_at: record.createdAt,
      last_updated_at: record.lastUpdatedAt,
      version: orNull(record.version),
      tags: jsonOrNull(record.tags),
      input: orNull(record.input),
      parent_instance_id: record.parentInstanceId === undefined ? null : storedId(record.parentInstanceId),
      start: startColumn(start),
      revision: record.revision,
    });
    this.#instances.set(row.instanceId, row);
    this.#starts.set(row, start);
    this.#added.add(row);
  }

  removeInstance(row: InstanceRow): void {
    this.writes++;
    this.#writes.add("removeInstances", this.#at(row));
    const isOurs = (values: Readonly<Record<string, unknown>>): boolean => values["instance_key"] === row.key;
    for (const name of ["addInstances", "addEvents", "addMessages", "addActivities"] as const) {
      this.#writes.drop(name, isOurs);
    }
    for (const rows of this.#gathered()) rows.delete(row);
    this.#starts.delete(row);
    this.#instances.set(row.instanceId, undefined);
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
      ...this.#at(row),
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
    this.#writes.add("removeHistories", { ...this.#at(row), generation });
  }

  addMessage(row: InstanceRow, message: InstanceMessage, visibleAt: number): void {
    this.writes++;
    this.#writes.add("addMessages", {
      ...this.#at(row),
      message_id: message.messageId,
      type: message.body.type,
      execution_id: orNull(message.executionId),
      visible_at: visibleAt,
      message: messageColumn(message),
    });
  }

  removeMessages(row: InstanceRow, messageIds: readonly string[]): void {
    this.writes++;
    const ids = new Set(messageIds);
    this.#writes.drop(
      "addMessages",
      (values) => values["instance_key"] === row.key && ids.has(values["message_id"] as string),
    );
    for (const message_id of messageIds) this.#writes.add("removeMessages", { ...this.#at(row), message_id });
  }

  removeTimers(row: InstanceRow, executionId: string): void {
    this.writes++;
    const isTimer = (values: Readonly<Record<string, unknown>>): boolean =>
      values["instance_key"] === row.key && values["execution_id"] === executionId && values["type"] === "TimerFired";
    this.#writes.drop("addMessages", isTimer);
    this.#writes.add("clearQueues", { ...this.#at(row), timers_of: executionId });
  }

  removeAllMessages(row: InstanceRow): void {
    this.writes++;
    this.#writes.drop("addMessages", (values) => values["instance_key"] === row.key);
    this.#writes.add("clearQueues", { ...this.#at(row), timers_of: null });
    this.#recounted.delete(row);
  }

  recount(row: InstanceRow): void {
    this.#recounted.add(row);
    this.touch(row);
  }

  addActivity(row: InstanceRow, work: ActivityWork): void {
    this.writes++;
    const id = activityId(work);
    this.#writes.add("addActivities", {
      partition: partitionOf(row.instanceId),
      activity_id: id,
      instance_key: row.key,
      instance_id: storedId(work.instanceId),
      execution_id: work.executionId,
      task_id: work.taskId,
      name: work.name,
      input: orNull(work.input),
      attempt: work.attempt,
      idempotency_key: work.idempotencyKey,
    });
    this.#activities.delete(id);
  }

  touchActivity(row: ActivityRow): void {
    this.writes++;
    this.#changedActivities.add(row);
  }

  removeActivity(row: ActivityRow): void {
    this.writes++;
    this.#writes.removeActivity(row.id);
    this.#forget(row);
  }

  remember(key: string, answer: boolean): void {
    this.writes++;
    if (!this.#remembered.has(key)) this.#writes.add("remember", { partition: partitionOf(key), key, answer });
    this.#remembered.add(key);
    if (this.#answers.get(key) === undefined) this.#answers.set(key, answer);
  }

  /** Sends what was written. */
  async flush(): Promise<void> {
    for (const row of this.#added) this.#writes.add("addWork", this.#workOf(row));
    for (const row of this.#changed) if (!this.#added.has(row)) this.#writes.add("setWork", this.#workOf(row));
    for (const [row, status] of this.#statuses) this.#writes.add("setStatus", this.#statusOf(row, status));
    for (const row of this.#changedActivities) this.#writes.add("setActivities", activityValues(row));
    for (const row of this.#reopened) this.#writes.add("reopen", { ...this.#at(row), revision: row.revision });
    for (const row of this.#restarted) this.#writes.add("setStarts", this.#startValues(row));
    for (const rows of this.#gathered()) rows.clear();
    this.#changedActivities.clear();
    await this.#writes.send(this.#client, this.#statements, this.now);
  }

  /** What is gathered of rows of instances until it is sent. */
  #gathered(): readonly (Set<InstanceRow> | Map<InstanceRow, unknown>)[] {
    return [
      ...[this.#added, this.#changed, this.#recounted, this.#reopened, this.#restarted],
      ...[this.#statuses, this.#entities],
    ];
  }

  #startValues(row: InstanceRow): Readonly<Record<string, unknown>> {
    const start = this.#starts.get(row);
    assert(start !== undefined, "the start that was set is known");
    const { name, version, tags, input, executionId } = start.event;
    return {
      ...this.#at(row),
      name,
      execution_id: executionId,
      version: orNull(version),
      tags: jsonOrNull(tags),
      input: orNull(input),
      start: startColumn(start),
    };
  }

  #at({ instanceId, key }: InstanceRow): { readonly partition: number; readonly instance_key: number } {
    return { partition: partitionOf(instanceId), instance_key: key };
  }

  #workOf(row: InstanceRow): Readonly<Record<string, unknown>> {
    const { lock, messagesAt } = row;
    return {
      ...this.#at(row),
      kind: row.kind,
      incarnation: row.incarnation,
      execution_id: row.executionId,
      generation: row.generation,
      runtime_status: row.runtimeStatus,
      revision: row.revision,
      last_event_id: row.lastEventId,
      start_at: row.startAt,
      starts_at: row.rewind !== undefined ? 0 : hasYetToStart(row) ? row.startAt : null,
      held_until: Math.max(lock?.expiresAt ?? 0, row.notBefore),
      rewind: jsonOrNull(row.rewind),
      messages_at: messagesAt === Infinity ? null : messagesAt,
      recount: this.#recounted.has(row),
      create_request_id: row.createRequestId,
      last_commit_request_id: orNull(row.lastCommitRequestId),
      ...lockValues(row),
    };
  }

  #statusOf(row: InstanceRow, status: StatusUpdate): Readonly<Record<string, unknown>> {
    return {
      ...this.#at(row),
      runtime_status: status.runtimeStatus,
      last_updated_at: status.lastUpdatedAt,
      output: orNull(status.output),
      failure: jsonOrNull(status.failure),
      custom_status: orNull(status.customStatus),
      revision: row.revision,
      entity: jsonOrNull(this.#entities.get(row)),
    };
  }

  #forget(row: ActivityRow): void {
    this.#activities.set(row.id, undefined);
    this.#changedActivities.delete(row);
  }
}

function reopened({ lastUpdatedAt, customStatus }: StatusUpdate, now: number): StatusUpdate {
  const status = { runtimeStatus: "Running", lastUpdatedAt: Math.max(lastUpdatedAt, now) } as const;
  return customStatus === undefined ? status : { ...status, customStatus };
}

function lockValues({ lock, lastNumber, notBefore, deliveryCount }: WorkRow): Readonly<Record<string, unknown>> {
  return {
    last_number: lastNumber,
    lock_token: lock?.token ?? null,
    lock_worker: lock?.workerId ?? null,
    lock_until: lock?.expiresAt ?? null,
    not_before: notBefore,
    delivery_count: deliveryCount,
  };
}

function activityValues(row: ActivityRow): Readonly<Record<string, unknown>> {
  return { activity_id: row.id, ready_at: activityReadyAt(row), ...lockValues(row) };
}
