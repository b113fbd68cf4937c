/**
 * Every statement of a transaction, for one schema. They are prepared on each connection, so that one message carries many of
 * them and each is planned once. Rows, whatever number of them, come as one array for each column.
 *
 * Invariant: rows of `work` are locked before those of `activities`, and in the order of their keys, so that transactions
 * seldom wait for each other in a circle; where they do, PostgreSQL breaks one off, and it is made again. A result has the
 * columns that are named here and no others: a migration that adds one does not disturb who prepared the statement before.
 */
import { assert } from "../../core/assert.ts";
import { REDELIVERY_HORIZON_MS } from "../../core/limits.ts";
import { checksumOf } from "../sql/migration.ts";
import { arrayLiteral, literalOf, type Parameter, type Values } from "./literals.ts";
import { CHARACTERS_MAX } from "./images.ts";
import { NOW } from "./reads.ts";

const LOCK_COLUMNS = "last_number, lock_token, lock_worker, lock_until, not_before, delivery_count";

const LOCK_ROWS =
  "last_number bigint, lock_token bigint, lock_worker text, lock_until bigint, not_before bigint, delivery_count int";

/** The key of what is an instance's own. */
const KEY = "partition smallint, instance_key bigint";

/** What changes of a row of work. */
const WORK_CHANGES =
  `${KEY}, execution_id text, generation int, runtime_status text, revision bigint, last_event_id int, start_at bigint, ` +
  `rewind text, messages_at bigint, ready_at bigint, last_commit_request_id text, served bigint, ${LOCK_ROWS}`;

const SET_WORK =
  "execution_id = r.execution_id, generation = r.generation, runtime_status = r.runtime_status, revision = r.revision, " +
  "last_event_id = r.last_event_id, start_at = r.start_at, rewind = r.rewind, served = r.served, " +
  "last_commit_request_id = r.last_commit_request_id, last_number = r.last_number, lock_token = r.lock_token, " +
  "lock_worker = r.lock_worker, lock_until = r.lock_until, not_before = r.not_before, delivery_count = r.delivery_count";

const WORK_COLUMNS =
  "work.instance_key, work.kind, work.incarnation, work.execution_id, work.generation, work.runtime_status, " +
  "work.revision, work.last_event_id, work.start_at, work.rewind, work.messages_at, work.create_request_id, " +
  "work.last_commit_request_id, work.last_number, work.lock_token, work.lock_worker, work.lock_until, " +
  "work.not_before, work.delivery_count, work.served";

const WORK_ITEM_COLUMNS =
  "activity_id, instance_key, instance_id, execution_id, task_id, name, input, attempt, idempotency_key, since, " +
  LOCK_COLUMNS;

const CLOCK = `clock AS MATERIALIZED (SELECT ${NOW} AS now)`;

/** A row of the table has the key of the row that is given. */
const isOf = (table: string): string => `${table}.partition = r.partition AND ${table}.instance_key = r.instance_key`;

/** The setting of a transaction that says whether `confirm` has found all rows as they were thought to be. */
export const CONFIRMATION = "dacapo.confirmed";

/** Where it has not, no statement that comes after it finds or writes anything. */
const CONFIRMED = `current_setting('${CONFIRMATION}') = 'true'`;

/** So many activities are claimed together with the rows of their instances. */
const FEW_ACTIVITIES = 32;

/** A history of so many events is given along with an activity. */
const SHORT_HISTORY = 64;

/** What the function `step` of the schema takes. */
const STEP_PARAMETERS = 33;

/** So much later than a worker thinks it may be, in milliseconds, for what it has not asked about to be confirmed. */
const SLACK_MS = 1_000;

/**
 * A statement: the types of its parameters, the columns of the rows that it is given besides, which its text calls `$rows` and
 * `$columns`, and the text.
 */
interface Text {
  readonly types?: string;
  readonly rows?: string;
  readonly text: string;
}

const STATEMENTS = {
  begin: {
    types: "int",
    text: `SELECT ${NOW} AS now, ARRAY(SELECT nextval('$schema.lives') FROM generate_series(1, $1))::text[] AS lives`,
  },
  instances: {
    rows: "partition smallint, id text, whole boolean",
    text:
      `SELECT instances.instance_id, ${WORK_COLUMNS}, CASE WHEN r.whole THEN to_json(instances) END AS instance ` +
      "FROM $rows JOIN $schema.instances ON instances.partition = r.partition AND instances.instance_id = r.id " +
      "JOIN $schema.work ON work.partition = instances.partition AND work.instance_key = instances.instance_key " +
      "ORDER BY work.instance_key FOR NO KEY UPDATE OF work",
  },
  activities: {
    rows: "id text",
    text: `SELECT ${WORK_ITEM_COLUMNS} FROM $schema.activities WHERE activity_id = ANY($1) ORDER BY sequence FOR UPDATE`,
  },
  answers: {
    rows: "partition smallint, id text",
    text:
      "SELECT requests.key, requests.answer, requests.done_at FROM $rows " +
      "JOIN $schema.requests ON requests.partition = r.partition AND requests.key = r.id",
  },
  confirm: {
    types: "int, int, bigint",
    rows: `${KEY}, known_number bigint, known_token bigint, activity_id text, token bigint`,
    text:
      `WITH ${CLOCK}, rows AS MATERIALIZED (SELECT * FROM $rows), known AS (SELECT 1 FROM clock CROSS JOIN rows AS r ` +
      `JOIN $schema.work ON ${isOf("work")} WHERE work.last_number = r.known_number AND work.messages_at IS NULL ` +
      "AND work.lock_token IS NOT DISTINCT FROM r.known_token AND (r.known_token IS NULL OR work.lock_until > now) " +
      "ORDER BY work.instance_key FOR NO KEY UPDATE OF work), held AS (SELECT 1 FROM clock CROSS JOIN rows AS r " +
      "JOIN $schema.activities ON activities.activity_id = r.activity_id WHERE activities.lock_token = r.token " +
      "AND activities.lock_until > now ORDER BY sequence FOR UPDATE OF activities) " +
      `SELECT now, set_config('${CONFIRMATION}', ((SELECT count(*) FROM known) = $1 AND (SELECT count(*) FROM held) = $2 ` +
      `AND now - $3 BETWEEN 0 AND ${SLACK_MS})::text, true) AS confirmed FROM clock`,
  },
  step: {
    types:
      "smallint, bigint, bigint, bigint, bigint, text, bigint, int, text, int, text, text, text, int, text, text, int, " +
      "text, bigint, bigint, bigint, text, bigint, int, text, bigint, text, text, text, int, text, bigint, bigint",
    text: `SELECT $schema.step(${Array.from({ length: STEP_PARAMETERS }, (_, i) => `$${i + 1}`).join(", ")}) AS now`,
  },
  beginning: {
    types: "smallint, bigint",
    text: "SELECT input, output, start FROM $schema.instances WHERE partition = $1 AND instance_key = $2",
  },
  anyMessage: {
    types: "smallint, bigint",
    text: "SELECT 1 FROM $schema.messages WHERE partition = $1 AND instance_key = $2 LIMIT 1",
  },
  history: {
    types: "smallint, bigint, int",
    text:
      "SELECT events FROM $schema.commits WHERE partition = $1 AND instance_key = $2 AND generation = $3 " +
      "ORDER BY first_event_id",
  },
  removeInstances: {
    rows: KEY,
    text: `DELETE FROM $schema.instances USING $rows WHERE ${isOf("instances")}`,
  },
  addInstances: {
    rows:
      `${KEY}, instance_id text, kind text, name text, incarnation text, execution_id text, runtime_status text, ` +
      "created_at bigint, last_updated_at bigint, version text, tags text, input text, parent_instance_id text, " +
      "start text, revision bigint",
    text: "INSERT INTO $schema.instances ($columns) SELECT * FROM $rows",
  },
  addWork: {
    rows:
      `${KEY}, kind text, incarnation text, execution_id text, generation int, runtime_status text, revision bigint, ` +
      "last_event_id int, start_at bigint, rewind text, messages_at bigint, create_request_id text, served bigint, " +
      `${LOCK_ROWS}, ready_at bigint`,
    text:
      "INSERT INTO $schema.work ($columns, ready_served) " +
      "SELECT r.*, CASE WHEN ready_at IS NOT NULL THEN served END FROM $rows",
  },
  setWork: {
    rows: WORK_CHANGES,
    text:
      `UPDATE $schema.work SET ${SET_WORK}, messages_at = r.messages_at, ready_at = r.ready_at, ` +
      `ready_served = CASE WHEN r.ready_at IS NOT NULL THEN r.served END FROM $rows WHERE ${isOf("work")}`,
  },
  recountWork: {
    rows: `${WORK_CHANGES}, starts_at bigint, held_until bigint`,
    text:
      `UPDATE $schema.work SET ${SET_WORK}, messages_at = m.at, ready_at = CASE WHEN least(r.starts_at, m.at) IS NOT NULL ` +
      "THEN greatest(least(r.starts_at, m.at), r.held_until) END, ready_served = CASE WHEN least(r.starts_at, m.at) IS NOT NULL THEN r.served END FROM $rows CROSS JOIN LATERAL (SELECT min(visible_at) AS at " +
      `FROM $schema.messages WHERE ${isOf("messages")}) m WHERE ${isOf("work")} ` +
      "RETURNING work.instance_key, work.ready_at",
  },
  setStatus: {
    rows:
      `${KEY}, runtime_status text, last_updated_at bigint, output text, failure text, custom_status text, ` +
      "revision bigint, entity text",
    text:
      "UPDATE $schema.instances SET runtime_status = r.runtime_status, last_updated_at = r.last_updated_at, " +
      "output = r.output, failure = r.failure, custom_status = r.custom_status, revision = r.revision, " +
      `entity = coalesce(r.entity, instances.entity) FROM $rows WHERE ${isOf("instances")}`,
  },
  reopen: {
    types: "bigint",
    rows: `${KEY}, revision bigint`,
    text:
      "UPDATE $schema.instances SET runtime_status = 'Running', last_updated_at = greatest(last_updated_at, $1), " +
      `output = NULL, failure = NULL, revision = r.revision FROM $rows WHERE ${isOf("instances")}`,
  },
  setStarts: {
    rows: `${KEY}, name text, execution_id text, version text, tags text, input text, start text`,
    text:
      "UPDATE $schema.instances SET name = r.name, execution_id = r.execution_id, version = r.version, tags = r.tags, " +
      `input = r.input, start = r.start FROM $rows WHERE ${isOf("instances")}`,
  },
  removeHistories: {
    rows: `${KEY}, generation int`,
    text: `DELETE FROM $schema.commits USING $rows WHERE ${isOf("commits")} AND commits.generation = r.generation`,
  },
  addEvents: {
    rows: `${KEY}, generation int, execution_id text, first_event_id int, events text`,
    text: "INSERT INTO $schema.commits ($columns) SELECT * FROM $rows",
  },
  clearQueues: {
    rows: `${KEY}, timers_of text`,
    text:
      `DELETE FROM $schema.messages USING $rows WHERE ${isOf("messages")} ` +
      "AND (r.timers_of IS NULL OR (messages.execution_id = r.timers_of AND messages.type = 'TimerFired'))",
  },
  removeMessages: {
    rows: `${KEY}, message_id text`,
    text: `DELETE FROM $schema.messages USING $rows WHERE ${isOf("messages")} AND messages.message_id = r.message_id`,
  },
  addMessages: {
    rows: `${KEY}, message_id text, type text, execution_id text, visible_at bigint, message text`,
    text: "INSERT INTO $schema.messages ($columns) SELECT * FROM $rows ON CONFLICT DO NOTHING",
  },
  removeActivities: {
    rows: "id text",
    text: "DELETE FROM $schema.activities USING $rows WHERE activities.activity_id = r.id",
  },
  addActivities: {
    rows:
      `${KEY}, activity_id text, instance_id text, execution_id text, task_id int, name text, input text, attempt int, ` +
      `idempotency_key text, since bigint, ready_at bigint, ${LOCK_ROWS}`,
    text: "INSERT INTO $schema.activities ($columns) SELECT * FROM $rows ON CONFLICT DO NOTHING RETURNING activity_id",
  },
  setActivities: {
    rows: `activity_id text, ready_at bigint, ${LOCK_ROWS}`,
    text:
      "UPDATE $schema.activities SET ready_at = r.ready_at, last_number = r.last_number, lock_token = r.lock_token, " +
      "lock_worker = r.lock_worker, lock_until = r.lock_until, not_before = r.not_before, " +
      "delivery_count = r.delivery_count FROM $rows WHERE activities.activity_id = r.activity_id",
  },
  remember: {
    types: "bigint",
    rows: "partition smallint, key text, answer boolean",
    text:
      "INSERT INTO $schema.requests ($columns, done_at) SELECT r.*, $1 FROM $rows ON CONFLICT (partition, key) " +
      "DO UPDATE SET answer = excluded.answer, done_at = excluded.done_at " +
      `WHERE requests.done_at < excluded.done_at - ${REDELIVERY_HORIZON_MS}`,
  },
  claimInstances: {
    types: "int, text, bigint, int",
    text:
      `WITH ${CLOCK}, ` +
      "picked AS (SELECT partition, instance_key FROM $schema.work WHERE ready_at <= (SELECT now FROM clock) " +
      `AND ${CONFIRMED} ORDER BY ready_at, ready_served LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED), ` +
      "claimed AS (UPDATE $schema.work SET last_number = last_number + 1, lock_token = last_number + 1, " +
      "lock_worker = $2, lock_until = (SELECT now FROM clock) + $3, ready_at = (SELECT now FROM clock) + $3, " +
      "served = (SELECT now FROM clock), ready_served = (SELECT now FROM clock), delivery_count = delivery_count + 1 " +
      "FROM picked WHERE work.partition = picked.partition AND work.instance_key = picked.instance_key " +
      "RETURNING work.*) " +
      "SELECT (SELECT now FROM clock) AS now, to_json(claimed) AS work, to_json(instances) AS instance, " +
      "(SELECT json_agg(to_json(m)) FROM (SELECT message_id, message FROM $schema.messages " +
      "WHERE messages.partition = claimed.partition AND messages.instance_key = claimed.instance_key " +
      "AND visible_at <= (SELECT now FROM clock) ORDER BY visible_at, sequence LIMIT $4) m) AS messages " +
      "FROM claimed JOIN $schema.instances USING (partition, instance_key)",
  },
  claimActivities: {
    types: "int, text, bigint",
    text:
      `WITH ${CLOCK}, ` +
      "picked AS (SELECT partition, activity_id FROM $schema.activities WHERE ready_at <= (SELECT now FROM clock) " +
      `AND ${CONFIRMED} ORDER BY ready_at, sequence LIMIT $1 FOR UPDATE SKIP LOCKED), ` +
      "claimed AS (UPDATE $schema.activities SET last_number = last_number + 1, lock_token = last_number + 1, " +
      "lock_worker = $2, lock_until = (SELECT now FROM clock) + $3, ready_at = (SELECT now FROM clock) + $3, " +
      "delivery_count = delivery_count + 1 FROM picked " +
      "WHERE activities.partition = picked.partition AND activities.activity_id = picked.activity_id " +
      "RETURNING activities.*) " +
      // The rows of an instance come with the first activity of each, and its history, while that is short. Of many at a time
      // it takes less to ask for them together.
      "SELECT (SELECT now FROM clock) AS now, numbered.*, owner.work, owner.instance, owner.history FROM " +
      `(SELECT ${WORK_ITEM_COLUMNS}, sequence, partition, row_number() OVER (PARTITION BY instance_key ORDER BY sequence) ` +
      "AS nth FROM claimed) numbered LEFT JOIN LATERAL (SELECT to_json(work) AS work, to_json(instances) AS instance, " +
      `CASE WHEN last_event_id <= ${SHORT_HISTORY} THEN (SELECT CASE WHEN sum(octet_length(events)) <= ${CHARACTERS_MAX} THEN json_agg(events ORDER BY first_event_id) END FROM $schema.commits ` +
      `WHERE ${isOf("commits").replaceAll("r.", "work.")} AND commits.generation = work.generation) END AS history ` +
      "FROM $schema.work JOIN $schema.instances USING (partition, instance_key) WHERE nth = 1 AND messages_at IS NULL " +
      `AND (SELECT count(*) FROM claimed) <= ${FEW_ACTIVITIES} AND octet_length(start) + coalesce(octet_length(input), 0) ` +
      `<= ${CHARACTERS_MAX} ` +
      "AND partition = numbered.partition AND instance_key = numbered.instance_key) owner ON true ORDER BY since, sequence",
  },
  dueInstance: { text: `SELECT min(ready_at) AS at, ${NOW} AS now FROM $schema.work` },
  dueActivity: { text: `SELECT min(ready_at) AS at, ${NOW} AS now FROM $schema.activities` },
} as const satisfies Readonly<Record<string, Text>>;

export type StatementName = keyof typeof STATEMENTS;

/** A statement that is to be sent. */
export interface Statement {
  readonly name: StatementName;
  readonly values?: readonly Parameter[];
  readonly rows?: readonly Values[];
}

/** The statements of one schema. */
export interface Statements {
  /** Finds a row where the user may call the function `step`, and none where it may not, or there is none. */
  readonly callable: string;
  /** The name of the statement that calls it. */
  readonly step: string;
  /** Prepares each, by its name: a name stands for one text, whatever hub of the connection prepared it. */
  readonly preparations: ReadonlyMap<string, string>;
  /** The text that carries out a statement that was prepared. */
  execution(statement: Statement): string;
  /** The text that carries out a statement without any preparation. */
  plain(statement: Statement): string;
}

/** A statement as it is prepared. */
interface Prepared {
  readonly id: string;
  readonly text: string;
  readonly types: readonly string[];
  readonly columns: readonly string[];
}

/** @param schema is quoted already */
export function statementsFor(schema: string): Statements {
  const all = new Map<string, Prepared>();
  for (const [name, text] of Object.entries(STATEMENTS)) all.set(name, prepared(name, text, schema));
  const find = (name: StatementName): Prepared => {
    const found = all.get(name);
    assert(found !== undefined, "every statement is prepared");
    return found;
  };
  const literals = ({ values = [], rows = [] }: Statement, { columns }: Prepared): readonly string[] => [
    ...values.map(literalOf),
    ...columns.map((column) => arrayLiteral(rows, column)),
  ];
  return {
    callable:
      `SELECT 1 FROM pg_proc WHERE proname = 'step' AND pronamespace = ${literalOf(schema)}::regnamespace ` +
      "AND has_function_privilege(oid, 'EXECUTE')",
    step: find("step").id,
    preparations: new Map([...all.values()].map(({ id, text, types }) => [id, preparation(id, text, types)])),
    execution: (statement) => {
      const found = find(statement.name);
      const given = literals(statement, found);
      return given.length === 0 ? `EXECUTE ${found.id}` : `EXECUTE ${found.id}(${given.join(", ")})`;
    },
    plain: (statement) => {
      const found = find(statement.name);
      const given = literals(statement, found).map((literal, i) => `${literal}::${found.types[i] ?? "text"}`);
      return found.text.replace(/\$(\d+)/g, (_whole, digits: string) => given[Number(digits) - 1] ?? "NULL");
    },
  };
}

function preparation(id: string, text: string, types: readonly string[]): string {
  return types.length === 0 ? `PREPARE ${id} AS ${text}` : `PREPARE ${id}(${types.join(", ")}) AS ${text}`;
}

function prepared(name: string, { types, rows, text }: Text, schema: string): Prepared {
  const scalars = types?.split(", ") ?? [];
  const columns = rows?.split(", ").map((column) => column.split(" ")) ?? [];
  const names = columns.map(([column = ""]) => column);
  const arrays = names.map((_name, i) => `$${scalars.length + i + 1}`);
  const whole = text
    .replaceAll("$schema", () => schema)
    .replaceAll(
      "$rows",
      () => `(SELECT * FROM unnest(${arrays.join(", ")}) AS r(${names.join(", ")}) WHERE ${CONFIRMED}) AS r`,
    )
    .replaceAll("$columns", () => names.join(", "));
  return {
    id: `dacapo_${name.toLowerCase()}_${checksumOf(whole).slice(0, 12)}`,
    text: whole,
    types: [...scalars, ...columns.map(([, type = ""]) => `${type}[]`)],
    columns: names,
  };
}
