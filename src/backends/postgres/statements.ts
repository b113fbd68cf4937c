/**
 * Every statement of a transaction, for one schema. They are prepared on each connection, so that one message carries many of
 * them and each is planned once. What is written comes as one JSON array of rows, whatever number of rows it is.
 *
 * Invariant: rows of `work` are locked before those of `activities`, and in the order of their keys, so that transactions
 * seldom wait for each other in a circle; where they do, PostgreSQL breaks one off, and it is made again. A result has the
 * columns that are named here and no others: a migration that adds one does not disturb who prepared the statement before.
 */
import { REDELIVERY_HORIZON_MS } from "../../core/limits.ts";
import { checksumOf } from "../sql/migration.ts";
import { literalOf, type Parameter } from "./literals.ts";
import { NOW } from "./reads.ts";

const LOCK_COLUMNS = "last_number, lock_token, lock_worker, lock_until, not_before, delivery_count";

const LOCK_ROWS =
  "last_number bigint, lock_token bigint, lock_worker text, lock_until bigint, not_before bigint, delivery_count int";

const WORK_COLUMNS =
  "work.instance_key, work.kind, work.incarnation, work.execution_id, work.generation, work.runtime_status, " +
  "work.revision, work.last_event_id, work.start_at, work.rewind, work.messages_at, work.create_request_id, " +
  "work.last_commit_request_id, work.last_number, work.lock_token, work.lock_worker, work.lock_until, " +
  "work.not_before, work.delivery_count, work.served";

const WORK_ROWS =
  "partition smallint, instance_key bigint, kind text, incarnation text, execution_id text, generation int, " +
  "runtime_status text, revision bigint, last_event_id int, start_at bigint, starts_at bigint, held_until bigint, " +
  "rewind text, messages_at bigint, recount boolean, create_request_id text, last_commit_request_id text, " +
  `served bigint, ${LOCK_ROWS}`;

const WORK_ITEM_COLUMNS =
  "activity_id, instance_key, instance_id, execution_id, task_id, name, input, attempt, idempotency_key, since, " +
  LOCK_COLUMNS;

/** When a row is ready: as `instanceReadyAt` says, from what waits by then. */
const READY_AT =
  "CASE WHEN least(r.starts_at, m.at) IS NULL THEN NULL ELSE greatest(least(r.starts_at, m.at), r.held_until) END";

/** The types of a statement's parameters, and its text. */
const STATEMENTS = {
  begin: [
    "int",
    `SELECT ${NOW} AS now, ARRAY(SELECT nextval('$schema.lives') FROM generate_series(1, $1))::text[] AS lives`,
  ],
  instances: [
    "json",
    `SELECT instances.instance_id, ${WORK_COLUMNS}, CASE WHEN r.whole THEN to_json(instances) END AS instance ` +
      "FROM json_to_recordset($1) AS r(partition smallint, id text, whole boolean) JOIN $schema.instances ON " +
      "instances.partition = r.partition AND instances.instance_id = r.id JOIN $schema.work ON " +
      "work.partition = instances.partition AND work.instance_key = instances.instance_key " +
      "ORDER BY work.instance_key FOR NO KEY UPDATE OF work",
  ],
  activities: [
    "json",
    `SELECT ${WORK_ITEM_COLUMNS} FROM $schema.activities WHERE activity_id IN (SELECT json_array_elements_text($1)) ` +
      "ORDER BY sequence FOR UPDATE",
  ],
  answers: [
    "json",
    "SELECT requests.key, requests.answer, requests.done_at FROM json_to_recordset($1) AS r(partition smallint, id text) " +
      "JOIN $schema.requests ON requests.partition = r.partition AND requests.key = r.id",
  ],
  beginning: [
    "smallint, bigint",
    "SELECT input, output, start FROM $schema.instances WHERE partition = $1 AND instance_key = $2",
  ],
  anyMessage: ["smallint, bigint", "SELECT 1 FROM $schema.messages WHERE partition = $1 AND instance_key = $2 LIMIT 1"],
  history: [
    "smallint, bigint, int",
    "SELECT events FROM $schema.commits WHERE partition = $1 AND instance_key = $2 AND generation = $3 " +
      "ORDER BY first_event_id",
  ],
  removeInstances: [
    "json",
    "DELETE FROM $schema.instances USING json_to_recordset($1) AS r(partition smallint, instance_key bigint) " +
      "WHERE instances.partition = r.partition AND instances.instance_key = r.instance_key",
  ],
  addInstances: [
    "json",
    "INSERT INTO $schema.instances (partition, instance_key, instance_id, kind, name, incarnation, execution_id, " +
      "runtime_status, created_at, last_updated_at, version, tags, input, parent_instance_id, start, revision) " +
      "SELECT * FROM json_to_recordset($1) AS r(partition smallint, instance_key bigint, instance_id text, kind text, " +
      "name text, incarnation text, execution_id text, runtime_status text, created_at bigint, last_updated_at bigint, " +
      "version text, tags text, input text, parent_instance_id text, start text, revision bigint)",
  ],
  addWork: [
    "json",
    "INSERT INTO $schema.work (partition, instance_key, ready_at, served, kind, incarnation, execution_id, generation, " +
      `runtime_status, revision, last_event_id, start_at, rewind, messages_at, create_request_id, ${LOCK_COLUMNS}) ` +
      `SELECT partition, instance_key, ${READY_AT}, served, kind, incarnation, execution_id, generation, ` +
      "runtime_status, revision, last_event_id, start_at, rewind, messages_at, create_request_id, " +
      `${LOCK_COLUMNS} FROM json_to_recordset($1) AS r(${WORK_ROWS}) CROSS JOIN LATERAL (SELECT r.messages_at AS at) m`,
  ],
  setWork: [
    "json",
    "UPDATE $schema.work SET execution_id = r.execution_id, generation = r.generation, " +
      "runtime_status = r.runtime_status, revision = r.revision, last_event_id = r.last_event_id, " +
      "start_at = r.start_at, rewind = r.rewind, last_commit_request_id = r.last_commit_request_id, " +
      "served = r.served, last_number = r.last_number, lock_token = r.lock_token, lock_worker = r.lock_worker, " +
      "lock_until = r.lock_until, not_before = r.not_before, delivery_count = r.delivery_count, messages_at = m.at, " +
      `ready_at = ${READY_AT} ` +
      `FROM json_to_recordset($1) AS r(${WORK_ROWS}) CROSS JOIN LATERAL (SELECT CASE WHEN r.recount THEN ` +
      "(SELECT min(visible_at) FROM $schema.messages WHERE messages.partition = r.partition AND " +
      "messages.instance_key = r.instance_key) ELSE r.messages_at END AS at) m " +
      "WHERE work.partition = r.partition AND work.instance_key = r.instance_key " +
      "RETURNING work.instance_key, work.ready_at",
  ],
  setStatus: [
    "json",
    "UPDATE $schema.instances SET runtime_status = r.runtime_status, last_updated_at = r.last_updated_at, " +
      "output = r.output, failure = r.failure, custom_status = r.custom_status, revision = r.revision, " +
      "entity = coalesce(r.entity, instances.entity) " +
      "FROM json_to_recordset($1) AS r(partition smallint, instance_key bigint, runtime_status text, " +
      "last_updated_at bigint, output text, failure text, custom_status text, revision bigint, entity text) " +
      "WHERE instances.partition = r.partition AND instances.instance_key = r.instance_key",
  ],
  reopen: [
    "json, bigint",
    "UPDATE $schema.instances SET runtime_status = 'Running', last_updated_at = greatest(last_updated_at, $2), " +
      "output = NULL, failure = NULL, revision = r.revision " +
      "FROM json_to_recordset($1) AS r(partition smallint, instance_key bigint, revision bigint) " +
      "WHERE instances.partition = r.partition AND instances.instance_key = r.instance_key",
  ],
  setStarts: [
    "json",
    "UPDATE $schema.instances SET name = r.name, execution_id = r.execution_id, version = r.version, tags = r.tags, " +
      "input = r.input, start = r.start " +
      "FROM json_to_recordset($1) AS r(partition smallint, instance_key bigint, name text, execution_id text, " +
      "version text, tags text, input text, start text) " +
      "WHERE instances.partition = r.partition AND instances.instance_key = r.instance_key",
  ],
  removeHistories: [
    "json",
    "DELETE FROM $schema.commits USING json_to_recordset($1) AS r(partition smallint, instance_key bigint, " +
      "generation int) WHERE commits.partition = r.partition AND commits.instance_key = r.instance_key " +
      "AND commits.generation = r.generation",
  ],
  addEvents: [
    "json",
    "INSERT INTO $schema.commits (partition, instance_key, generation, execution_id, first_event_id, events) " +
      "SELECT * FROM json_to_recordset($1) AS r(partition smallint, instance_key bigint, generation int, " +
      "execution_id text, first_event_id int, events text)",
  ],
  clearQueues: [
    "json",
    "DELETE FROM $schema.messages USING json_to_recordset($1) AS r(partition smallint, instance_key bigint, " +
      "timers_of text) WHERE messages.partition = r.partition AND messages.instance_key = r.instance_key " +
      "AND (r.timers_of IS NULL OR (messages.execution_id = r.timers_of AND messages.type = 'TimerFired'))",
  ],
  removeMessages: [
    "json",
    "DELETE FROM $schema.messages USING json_to_recordset($1) AS r(partition smallint, instance_key bigint, " +
      "message_id text) WHERE messages.partition = r.partition AND messages.instance_key = r.instance_key " +
      "AND messages.message_id = r.message_id",
  ],
  addMessages: [
    "json",
    "INSERT INTO $schema.messages (partition, instance_key, message_id, type, execution_id, visible_at, message) " +
      "SELECT * FROM json_to_recordset($1) AS r(partition smallint, instance_key bigint, message_id text, type text, " +
      "execution_id text, visible_at bigint, message text) ON CONFLICT DO NOTHING",
  ],
  removeActivities: [
    "json",
    "DELETE FROM $schema.activities WHERE activity_id IN (SELECT json_array_elements_text($1))",
  ],
  addActivities: [
    "json",
    "INSERT INTO $schema.activities (partition, activity_id, instance_key, instance_id, execution_id, task_id, name, " +
      `input, attempt, idempotency_key, since, ready_at, ${LOCK_COLUMNS}) ` +
      "SELECT * FROM json_to_recordset($1) AS r(partition smallint, activity_id text, instance_key bigint, " +
      "instance_id text, execution_id text, task_id int, name text, input text, attempt int, idempotency_key text, " +
      `since bigint, ready_at bigint, ${LOCK_ROWS}) ON CONFLICT DO NOTHING RETURNING activity_id`,
  ],
  setActivities: [
    "json",
    "UPDATE $schema.activities SET ready_at = r.ready_at, last_number = r.last_number, lock_token = r.lock_token, " +
      "lock_worker = r.lock_worker, lock_until = r.lock_until, not_before = r.not_before, " +
      "delivery_count = r.delivery_count " +
      `FROM json_to_recordset($1) AS r(activity_id text, ready_at bigint, ${LOCK_ROWS}) ` +
      "WHERE activities.activity_id = r.activity_id",
  ],
  remember: [
    "json, bigint",
    "INSERT INTO $schema.requests (partition, key, answer, done_at) SELECT r.*, $2 " +
      "FROM json_to_recordset($1) AS r(partition smallint, key text, answer boolean) ON CONFLICT (partition, key) " +
      "DO UPDATE SET answer = excluded.answer, done_at = excluded.done_at " +
      `WHERE requests.done_at < excluded.done_at - ${REDELIVERY_HORIZON_MS}`,
  ],
  claimInstances: [
    "int, text, bigint, int",
    `WITH clock AS MATERIALIZED (SELECT ${NOW} AS now), ` +
      "picked AS (SELECT partition, instance_key FROM $schema.work WHERE ready_at <= (SELECT now FROM clock) " +
      "ORDER BY ready_at LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED), " +
      "claimed AS (UPDATE $schema.work SET last_number = last_number + 1, lock_token = last_number + 1, " +
      "lock_worker = $2, lock_until = (SELECT now FROM clock) + $3, ready_at = (SELECT now FROM clock) + $3, " +
      "served = (SELECT now FROM clock), delivery_count = delivery_count + 1 " +
      "FROM picked WHERE work.partition = picked.partition AND work.instance_key = picked.instance_key " +
      "RETURNING work.*) " +
      "SELECT (SELECT now FROM clock) AS now, to_json(claimed) AS work, to_json(instances) AS instance, " +
      "(SELECT json_agg(to_json(m)) FROM (SELECT message_id, message FROM $schema.messages " +
      "WHERE messages.partition = claimed.partition AND messages.instance_key = claimed.instance_key " +
      "AND visible_at <= (SELECT now FROM clock) ORDER BY visible_at, sequence LIMIT $4) m) AS messages " +
      "FROM claimed JOIN $schema.instances USING (partition, instance_key)",
  ],
  claimActivities: [
    "int, text, bigint",
    `WITH clock AS MATERIALIZED (SELECT ${NOW} AS now), ` +
      "picked AS (SELECT partition, activity_id FROM $schema.activities WHERE ready_at <= (SELECT now FROM clock) " +
      "ORDER BY ready_at, sequence LIMIT $1 FOR UPDATE SKIP LOCKED), " +
      "claimed AS (UPDATE $schema.activities SET last_number = last_number + 1, lock_token = last_number + 1, " +
      "lock_worker = $2, lock_until = (SELECT now FROM clock) + $3, ready_at = (SELECT now FROM clock) + $3, " +
      "delivery_count = delivery_count + 1 FROM picked " +
      "WHERE activities.partition = picked.partition AND activities.activity_id = picked.activity_id " +
      "RETURNING activities.*) " +
      `SELECT (SELECT now FROM clock) AS now, ${WORK_ITEM_COLUMNS} FROM claimed ORDER BY since, sequence`,
  ],
  dueInstance: ["", `SELECT min(ready_at) AS at, ${NOW} AS now FROM $schema.work`],
  dueActivity: ["", `SELECT min(ready_at) AS at, ${NOW} AS now FROM $schema.activities`],
} as const;

export type StatementName = keyof typeof STATEMENTS;

/** A statement that is to be sent. */
export interface Statement {
  readonly name: StatementName;
  readonly values: readonly Parameter[];
}

/** The statements of one schema. */
export interface Statements {
  /** Prepares each, by its name: a name stands for one text, whatever hub of the connection prepared it. */
  readonly preparations: ReadonlyMap<string, string>;
  /** The text that carries out a statement that was prepared. */
  execution(statement: Statement): string;
  /** The text that carries out a statement without any preparation. */
  plain(statement: Statement): string;
}

/** @param schema is quoted already */
export function statementsFor(schema: string): Statements {
  const names = new Map<StatementName, string>();
  const texts = new Map<StatementName, { readonly text: string; readonly types: readonly string[] }>();
  const preparations = new Map<string, string>();
  for (const [key, [types, bare]] of Object.entries(STATEMENTS)) {
    const text = bare.replaceAll("$schema", schema);
    const name = `dacapo_${key.toLowerCase()}_${checksumOf(text).slice(0, 12)}`;
    names.set(key as StatementName, name);
    texts.set(key as StatementName, { text, types: types.split(", ") });
    preparations.set(name, `PREPARE ${name}${types === "" ? "" : `(${types})`} AS ${text}`);
  }
  return {
    preparations,
    execution: ({ name, values }) =>
      `EXECUTE ${names.get(name) ?? name}${values.length === 0 ? "" : `(${values.map(literalOf).join(", ")})`}`,
    plain: ({ name, values }) => {
      const { text, types } = texts.get(name) ?? { text: "", types: [] };
      const literals = values.map((value, i) => `${literalOf(value)}::${types[i] ?? "text"}`);
      return text.replace(/\$(\d+)/g, (_whole, digits: string) => literals[Number(digits) - 1] ?? "NULL");
    },
  };
}
