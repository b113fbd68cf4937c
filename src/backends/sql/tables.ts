/**
 * What the operations of a SQL backend ask of its tables.
 *
 * Invariant: an operation is a generator: it yields the rows that it needs and writes through `Tables`, so that one text
 * of it serves a store that answers at once (SQLite) and one that answers later, for many operations in one round trip
 * (PostgreSQL). All operations of a transaction share one `Tables`, and see each other's effects in their order.
 */
import type { EntityData } from "../../core/entity-data.ts";
import type { HistoryEvent } from "../../core/history.ts";
import type { ActivityWork, ExecutionStart, InstanceMessage } from "../../core/messages.ts";
import type { InstanceRecord, StatusUpdate } from "../../ports/backend.ts";
import type { ActivityRow, InstanceRow, WorkRow } from "./rows.ts";

/** A row, or a fact, that an operation needs before it goes on. */
export type Need =
  /** The row of an instance. */
  | { readonly of: "instance"; readonly id: string }
  /** How the current execution of an instance begins. */
  | { readonly of: "start"; readonly id: string }
  /** How an instance ended: the output in its record. */
  | { readonly of: "output"; readonly id: string }
  | { readonly of: "activity"; readonly id: string }
  /** What a request was answered, within the redelivery horizon. */
  | { readonly of: "answer"; readonly id: string }
  /** Whether any message waits for an instance. */
  | { readonly of: "backlog"; readonly id: string };

/** Runs in a transaction; what it throws before its first write refuses it alone. */
export type Operation<T> = Generator<Need, T, unknown>;

/** Finds the row of an instance. It is the transaction's own: what is changed in it is written after `touch`. */
export function* instanceOf(id: string): Operation<InstanceRow | undefined> {
  return (yield { of: "instance", id }) as InstanceRow | undefined;
}

export function* startOf(id: string): Operation<ExecutionStart> {
  return (yield { of: "start", id }) as ExecutionStart;
}

export function* outputOf(id: string): Operation<string | undefined> {
  return (yield { of: "output", id }) as string | undefined;
}

export function* activityOf(id: string): Operation<ActivityRow | undefined> {
  return (yield { of: "activity", id }) as ActivityRow | undefined;
}

export function* answerTo(key: string): Operation<boolean | undefined> {
  return (yield { of: "answer", id: key }) as boolean | undefined;
}

export function* hasMessages(id: string): Operation<boolean> {
  return (yield { of: "backlog", id }) as boolean;
}

/** The tables in one transaction. */
export interface Tables {
  /** The hub's time: it never goes back, whichever process asks. */
  readonly now: number;
  /** True where the histories of executions that have ended are kept. */
  readonly keepsHistory: boolean;
  /** Gives a number greater than all that the row, and lives of its id before it, were given: a token, or a revision. */
  nextNumber(row: WorkRow): number;
  /** Gives the first number of a row that is to be added. */
  firstNumber(): number;

  addInstance(row: InstanceRow, record: InstanceRecord, start: ExecutionStart): void;
  /** Removes an instance with its history, messages and activities. */
  removeInstance(row: InstanceRow): void;
  /** Has the changes of a row written. */
  touch(row: InstanceRow): void;
  /** Changes what the record says of a turn's outcome. */
  setStatus(row: InstanceRow, status: StatusUpdate): void;
  /** Makes the record that of an instance which goes on after its failure. */
  reopen(row: InstanceRow): void;
  /** Changes how the current execution begins, in the record too. */
  setStart(row: InstanceRow, start: ExecutionStart): void;
  setEntity(row: InstanceRow, entity: EntityData): void;

  /** Appends to the history of the row's current execution; no events keep an execution in which nothing happened. */
  addEvents(row: InstanceRow, events: readonly HistoryEvent[]): void;
  /** Removes the history of the row's current execution. */
  removeHistory(row: InstanceRow): void;

  /** Queues a message unless one with its id waits for the instance. */
  addMessage(row: InstanceRow, message: InstanceMessage, visibleAt: number): void;
  removeMessages(row: InstanceRow, messageIds: readonly string[]): void;
  /** Removes the timers of an execution. */
  removeTimers(row: InstanceRow, executionId: string): void;
  removeAllMessages(row: InstanceRow): void;
  /** Finds out anew when the next message of the instance can be delivered, once all are written. */
  recount(row: InstanceRow): void;

  addActivity(row: InstanceRow, work: ActivityWork): void;
  touchActivity(row: ActivityRow): void;
  removeActivity(row: ActivityRow): void;

  /** Remembers a request that has taken effect. Its first answer stands. */
  remember(key: string, answer: boolean): void;
}
