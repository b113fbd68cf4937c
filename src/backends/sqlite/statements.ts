/**
 * Every statement that the store makes, prepared once.
 */
import { REDELIVERY_HORIZON_MS } from "../../core/limits.ts";
import { RECORD_COLUMNS } from "../sql/columns.ts";
import type { SqliteDatabase, SqliteStatement, SqliteValue } from "./driver.ts";

/** Statements whose answer is wanted. */
const QUESTIONS = {
  hub: "SELECT now, last_number FROM hub",
  work: "SELECT instance_id, work.* FROM instances JOIN work USING (instance_key) WHERE instance_id = ?",
  instance: "SELECT * FROM instances WHERE instance_key = ?",
  status: "SELECT runtime_status FROM instances WHERE instance_id = ?",
  record: `SELECT ${RECORD_COLUMNS} FROM instances WHERE instance_id = ?`,
  activity: "SELECT * FROM activities WHERE activity_id = ?",
  answer: "SELECT answer FROM requests WHERE key = ? AND done_at >= ?",
  anyMessage: "SELECT 1 AS it FROM messages WHERE instance_key = ? LIMIT 1",
  nextMessage: "SELECT min(visible_at) AS at FROM messages WHERE instance_key = ?",
  addInstance:
    "INSERT INTO instances (instance_id, kind, name, incarnation, execution_id, runtime_status, created_at, " +
    "last_updated_at, version, tags, input, parent_instance_id, start, revision) " +
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
  history: "SELECT events FROM commits WHERE instance_key = ? AND generation = ? ORDER BY first_event_id",
  historyOf:
    "SELECT events FROM instances JOIN commits USING (instance_key) WHERE instance_id = ? AND commits.execution_id = ? " +
    "ORDER BY generation, first_event_id",
  executions:
    "SELECT commits.execution_id AS execution_id FROM instances JOIN commits USING (instance_key) " +
    "WHERE instance_id = ? GROUP BY generation, commits.execution_id ORDER BY generation",
  visibleMessages:
    "SELECT message_id, message FROM messages WHERE instance_key = ? AND visible_at <= ? " +
    "ORDER BY visible_at, sequence LIMIT ?",
  addActivity:
    "INSERT OR IGNORE INTO activities (activity_id, instance_key, instance_id, execution_id, task_id, name, input, " +
    "attempt, idempotency_key, since, ready_at, not_before, delivery_count, lock_token, lock_worker, lock_until) " +
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
  readyInstances:
    "SELECT instance_id FROM work JOIN instances USING (instance_key) WHERE ready_at <= ? " +
    "ORDER BY ready_at, served LIMIT ?",
  readyActivities: "SELECT * FROM activities WHERE ready_at <= ? ORDER BY ready_at, sequence LIMIT ?",
  nextInstance: "SELECT min(ready_at) AS at FROM work WHERE ready_at > ?",
  nextActivity: "SELECT min(ready_at) AS at FROM activities WHERE ready_at > ?",
  pending:
    "SELECT (SELECT count(*) FROM messages) + (SELECT count(*) FROM activities) + (SELECT count(*) FROM work WHERE " +
    "rewind IS NOT NULL OR (last_event_id = 0 AND kind = 'orchestration' AND runtime_status NOT IN " +
    "('Completed', 'Failed', 'Terminated'))) AS it",
  begun: "SELECT * FROM instances JOIN work USING (instance_key) WHERE instance_key > ? ORDER BY instance_key LIMIT ?",
  commits:
    "SELECT generation, execution_id, events FROM commits WHERE instance_key = ? ORDER BY generation, first_event_id",
  messages: "SELECT message_id, message FROM messages WHERE instance_key = ? ORDER BY visible_at, sequence",
  activities: "SELECT * FROM activities WHERE instance_key = ? ORDER BY sequence",
  requests: "SELECT key, answer FROM requests WHERE done_at >= ?",
  payload: "SELECT text FROM payloads WHERE key = ?",
  listPayloads: "SELECT key, stored_at FROM payloads WHERE key > ? ORDER BY key LIMIT ?",
  dataVersion: "PRAGMA data_version",
} as const;

/** Statements that only have to be carried out. */
const CHANGES = {
  setHub: "UPDATE hub SET now = ?, last_number = ?",
  addWork:
    "INSERT INTO work (ready_at, execution_id, generation, runtime_status, revision, last_event_id, start_at, rewind, " +
    "messages_at, last_commit_request_id, lock_token, lock_worker, lock_until, not_before, delivery_count, served, " +
    "kind, incarnation, create_request_id, instance_key) " +
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
  setWork:
    "UPDATE work SET ready_at = ?, execution_id = ?, generation = ?, runtime_status = ?, revision = ?, " +
    "last_event_id = ?, start_at = ?, rewind = ?, messages_at = ?, last_commit_request_id = ?, lock_token = ?, " +
    "lock_worker = ?, lock_until = ?, not_before = ?, delivery_count = ?, served = ? WHERE instance_key = ?",
  removeInstance: "DELETE FROM instances WHERE instance_key = ?",
  setStatus:
    "UPDATE instances SET runtime_status = ?, last_updated_at = ?, output = ?, failure = ?, custom_status = ?, " +
    "revision = ? WHERE instance_key = ?",
  reopen:
    "UPDATE instances SET runtime_status = 'Running', last_updated_at = max(last_updated_at, ?), output = NULL, " +
    "failure = NULL, revision = ? WHERE instance_key = ?",
  setStart:
    "UPDATE instances SET name = ?, execution_id = ?, version = ?, tags = ?, input = ?, start = ? WHERE instance_key = ?",
  setEntity: "UPDATE instances SET entity = ? WHERE instance_key = ?",
  addEvents:
    "INSERT INTO commits (instance_key, generation, execution_id, first_event_id, events) VALUES (?, ?, ?, ?, ?)",
  removeHistory: "DELETE FROM commits WHERE instance_key = ? AND generation = ?",
  addMessage:
    "INSERT OR IGNORE INTO messages (instance_key, message_id, type, execution_id, visible_at, message) " +
    "VALUES (?, ?, ?, ?, ?, ?)",
  removeMessage: "DELETE FROM messages WHERE instance_key = ? AND message_id = ?",
  removeTimers: "DELETE FROM messages WHERE instance_key = ? AND execution_id = ? AND type = 'TimerFired'",
  removeAllMessages: "DELETE FROM messages WHERE instance_key = ?",
  setActivity:
    "UPDATE activities SET ready_at = ?, lock_token = ?, lock_worker = ?, lock_until = ?, not_before = ?, " +
    "delivery_count = ? WHERE activity_id = ?",
  removeActivity: "DELETE FROM activities WHERE activity_id = ?",
  remember:
    "INSERT INTO requests (key, answer, done_at) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET " +
    `answer = excluded.answer, done_at = excluded.done_at WHERE done_at < excluded.done_at - ${REDELIVERY_HORIZON_MS}`,
  forget: "DELETE FROM requests WHERE done_at < ?",
  putPayload:
    "INSERT INTO payloads (key, text, stored_at) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET " +
    "text = excluded.text, stored_at = excluded.stored_at",
  deletePayload: "DELETE FROM payloads WHERE key = ?",
} as const;

/** A statement that is carried out. */
export interface Change {
  run(...parameters: SqliteValue[]): void;
}

/** The prepared statements, by name. */
export type Statements = Readonly<
  Record<keyof typeof QUESTIONS, SqliteStatement> & Record<keyof typeof CHANGES, Change>
>;

export function prepareStatements(database: SqliteDatabase): Statements {
  const changing = new Changing();
  return {
    ...prepared(QUESTIONS, (text) => database.prepare(text)),
    ...prepared(CHANGES, (text) => changing.by(database.prepare(text))),
  };
}

function prepared<Name extends string, Made>(
  texts: Readonly<Record<Name, string>>,
  make: (text: string) => Made,
): Record<Name, Made> {
  const made = Object.entries<string>(texts).map(([name, text]) => [name, make(text)]);
  return Object.fromEntries(made) as Record<Name, Made>;
}

/**
 * Carries out changes by `get`, where the driver lets it: `run` makes an object that says what was done, and for a small change
 * that is half of the time.
 */
class Changing {
  #isByGet = true;

  by(statement: SqliteStatement): Change {
    return {
      run: (...values) => {
        if (!this.#isByGet || !this.#got(statement, values)) statement.run(...values);
      },
    };
  }

  /** False when the driver has refused, before it did anything, as `better-sqlite3` does. */
  #got(statement: SqliteStatement, values: readonly SqliteValue[]): boolean {
    try {
      statement.get(...values);
      return true;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      this.#isByGet = false;
      return false;
    }
  }
}
