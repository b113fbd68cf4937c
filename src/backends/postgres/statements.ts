/**
 * Every statement of the backend, for one schema. What is written comes as one JSON array of rows, so that any number of
 * rows is one round trip.
 *
 * Invariant: rows of `work` are locked before those of `activities`, and in the order of their keys, so that transactions
 * seldom wait for each other in a circle; where they do, PostgreSQL breaks one off, and it is made again.
 */
import { REDELIVERY_HORIZON_MS } from "../../core/limits.ts";
import type { PostgresQuery } from "./driver.ts";
import { partitionOf } from "./partition.ts";

/** The hub's time, in milliseconds since the epoch: the server's clock, unless a test has made it stand. */
const NOW =
  "(SELECT coalesce(time_stands_at, (extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM $schema.hub)";

const LOCK_ROWS =
  "last_number bigint, lock_token bigint, lock_worker text, lock_until bigint, not_before bigint, delivery_count int";

const WORK_ROWS =
  "partition smallint, instance_key bigint, kind text, incarnation text, execution_id text, generation int, " +
  "runtime_status text, revision bigint, last_event_id int, start_at bigint, starts_at bigint, held_until bigint, " +
  `rewind text, messages_at bigint, recount boolean, create_request_id text, last_commit_request_id text, ${LOCK_ROWS}`;

/** When a row is ready: as `instanceReadyAt` says, from what waits by then. */
const READY_AT =
  "CASE WHEN least(r.starts_at, m.at) IS NULL THEN NULL ELSE greatest(least(r.starts_at, m.at), r.held_until) END";

const TEXTS = {
  begin: `SELECT ${NOW} AS now, ARRAY(SELECT nextval('$schema.lives') FROM generate_series(1, $1))::text[] AS lives`,
  instances:
    "SELECT instances.instance_id, work.* FROM $schema.instances JOIN $schema.work USING (partition, instance_key) " +
    "WHERE (instances.partition, instances.instance_id) IN (SELECT * FROM unnest($1::smallint[], $2::text[])) " +
    "ORDER BY work.instance_key FOR NO KEY UPDATE OF work",
  activities: "SELECT * FROM $schema.activities WHERE activity_id = ANY($1) ORDER BY sequence FOR UPDATE",
  answers:
    "SELECT key, answer FROM $schema.requests " +
    "WHERE (partition, key) IN (SELECT * FROM unnest($1::smallint[], $2::text[])) AND done_at >= $3",
  record: "SELECT * FROM $schema.instances WHERE partition = $1 AND instance_id = $2",
  beginning: "SELECT * FROM $schema.instances WHERE partition = $1 AND instance_key = $2",
  anyMessage: "SELECT 1 FROM $schema.messages WHERE partition = $1 AND instance_key = $2 LIMIT 1",
  removeInstances:
    "DELETE FROM $schema.instances USING json_to_recordset($1) AS r(partition smallint, instance_key bigint) " +
    "WHERE instances.partition = r.partition AND instances.instance_key = r.instance_key",
  addInstances:
    "INSERT INTO $schema.instances (partition, instance_key, instance_id, kind, name, incarnation, execution_id, " +
    "runtime_status, created_at, last_updated_at, version, tags, input, parent_instance_id, start, revision) " +
    "SELECT * FROM json_to_recordset($1) AS r(partition smallint, instance_key bigint, instance_id text, kind text, " +
    "name text, incarnation text, execution_id text, runtime_status text, created_at bigint, last_updated_at bigint, " +
    "version text, tags text, input text, parent_instance_id text, start text, revision bigint)",
  addWork:
    "INSERT INTO $schema.work (partition, instance_key, ready_at, served, kind, incarnation, execution_id, generation, " +
    "runtime_status, revision, last_event_id, start_at, rewind, messages_at, create_request_id, last_number, not_before, " +
    "delivery_count) " +
    `SELECT partition, instance_key, ${READY_AT}, 0, kind, incarnation, execution_id, generation, runtime_status, ` +
    "revision, last_event_id, start_at, rewind, messages_at, create_request_id, last_number, not_before, " +
    "delivery_count " +
    `FROM json_to_recordset($1) AS r(${WORK_ROWS}) CROSS JOIN LATERAL (SELECT r.messages_at AS at) m`,
  setWork:
    "UPDATE $schema.work SET execution_id = r.execution_id, generation = r.generation, " +
    "runtime_status = r.runtime_status, revision = r.revision, last_event_id = r.last_event_id, " +
    "start_at = r.start_at, rewind = r.rewind, last_commit_request_id = r.last_commit_request_id, " +
    "last_number = r.last_number, lock_token = r.lock_token, lock_worker = r.lock_worker, lock_until = r.lock_until, " +
    `not_before = r.not_before, delivery_count = r.delivery_count, messages_at = m.at, ready_at = ${READY_AT} ` +
    `FROM json_to_recordset($1) AS r(${WORK_ROWS}) CROSS JOIN LATERAL (SELECT CASE WHEN r.recount THEN ` +
    "(SELECT min(visible_at) FROM $schema.messages WHERE messages.partition = r.partition AND " +
    "messages.instance_key = r.instance_key) ELSE r.messages_at END AS at) m " +
    "WHERE work.partition = r.partition AND work.instance_key = r.instance_key",
  setStatus:
    "UPDATE $schema.instances SET runtime_status = r.runtime_status, last_updated_at = r.last_updated_at, " +
    "output = r.output, failure = r.failure, custom_status = r.custom_status, revision = r.revision, " +
    "entity = coalesce(r.entity, instances.entity) " +
    "FROM json_to_recordset($1) AS r(partition smallint, instance_key bigint, runtime_status text, " +
    "last_updated_at bigint, output text, failure text, custom_status text, revision bigint, entity text) " +
    "WHERE instances.partition = r.partition AND instances.instance_key = r.instance_key",
  reopen:
    "UPDATE $schema.instances SET runtime_status = 'Running', last_updated_at = greatest(last_updated_at, $2), " +
    "output = NULL, failure = NULL, revision = r.revision " +
    "FROM json_to_recordset($1) AS r(partition smallint, instance_key bigint, revision bigint) " +
    "WHERE instances.partition = r.partition AND instances.instance_key = r.instance_key",
  setStarts:
    "UPDATE $schema.instances SET name = r.name, execution_id = r.execution_id, version = r.version, tags = r.tags, " +
    "input = r.input, start = r.start " +
    "FROM json_to_recordset($1) AS r(partition smallint, instance_key bigint, name text, execution_id text, " +
    "version text, tags text, input text, start text) " +
    "WHERE instances.partition = r.partition AND instances.instance_key = r.instance_key",
  removeHistories:
    "DELETE FROM $schema.commits USING json_to_recordset($1) AS r(partition smallint, instance_key bigint, generation int) " +
    "WHERE commits.partition = r.partition AND commits.instance_key = r.instance_key AND commits.generation = r.generation",
  addEvents:
    "INSERT INTO $schema.commits (partition, instance_key, generation, execution_id, first_event_id, events) " +
    "SELECT * FROM json_to_recordset($1) AS r(partition smallint, instance_key bigint, generation int, " +
    "execution_id text, first_event_id int, events text)",
  clearQueues:
    "DELETE FROM $schema.messages USING json_to_recordset($1) AS r(partition smallint, instance_key bigint, timers_of text) " +
    "WHERE messages.partition = r.partition AND messages.instance_key = r.instance_key " +
    "AND (r.timers_of IS NULL OR (messages.execution_id = r.timers_of AND messages.type = 'TimerFired'))",
  removeMessages:
    "DELETE FROM $schema.messages USING json_to_recordset($1) AS r(partition smallint, instance_key bigint, message_id text) " +
    "WHERE messages.partition = r.partition AND messages.instance_key = r.instance_key " +
    "AND messages.message_id = r.message_id",
  addMessages:
    "INSERT INTO $schema.messages (partition, instance_key, message_id, type, execution_id, visible_at, message) " +
    "SELECT * FROM json_to_recordset($1) AS r(partition smallint, instance_key bigint, message_id text, type text, " +
    "execution_id text, visible_at bigint, message text) ON CONFLICT DO NOTHING",
  removeActivities: "DELETE FROM $schema.activities WHERE activity_id = ANY($1)",
  addActivities:
    "INSERT INTO $schema.activities (partition, activity_id, instance_key, instance_id, execution_id, task_id, name, " +
    "input, attempt, idempotency_key, since, ready_at, last_number, not_before, delivery_count) " +
    "SELECT r.*, $2::bigint, $2::bigint, 0, 0, 0 FROM json_to_recordset($1) AS r(partition smallint, activity_id text, " +
    "instance_key bigint, instance_id text, execution_id text, task_id int, name text, input text, attempt int, " +
    "idempotency_key text) ON CONFLICT DO NOTHING",
  setActivities:
    "UPDATE $schema.activities SET ready_at = r.ready_at, last_number = r.last_number, lock_token = r.lock_token, " +
    "lock_worker = r.lock_worker, lock_until = r.lock_until, not_before = r.not_before, " +
    "delivery_count = r.delivery_count " +
    `FROM json_to_recordset($1) AS r(activity_id text, ready_at bigint, ${LOCK_ROWS}) ` +
    "WHERE activities.activity_id = r.activity_id",
  remember:
    "INSERT INTO $schema.requests (partition, key, answer, done_at) SELECT r.*, $2::bigint " +
    "FROM json_to_recordset($1) AS r(partition smallint, key text, answer boolean) ON CONFLICT (partition, key) " +
    "DO UPDATE SET answer = excluded.answer, done_at = excluded.done_at " +
    `WHERE requests.done_at < excluded.done_at - ${REDELIVERY_HORIZON_MS}`,
  forget: `DELETE FROM $schema.requests WHERE done_at < ${NOW} - ${REDELIVERY_HORIZON_MS}`,
  claimInstances:
    "WITH picked AS (SELECT partition, instance_key FROM $schema.work WHERE ready_at <= $1 " +
    "ORDER BY ready_at, served LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED), " +
    "claimed AS (UPDATE $schema.work SET last_number = last_number + 1, lock_token = last_number + 1, " +
    "lock_worker = $3, lock_until = $1 + $4, ready_at = $1 + $4, served = $1, delivery_count = delivery_count + 1 " +
    "FROM picked WHERE work.partition = picked.partition AND work.instance_key = picked.instance_key " +
    "RETURNING work.*) " +
    "SELECT to_json(claimed) AS work, to_json(instances) AS instance, (SELECT json_agg(to_json(m)) FROM " +
    "(SELECT message_id, message FROM $schema.messages WHERE messages.partition = claimed.partition AND " +
    "messages.instance_key = claimed.instance_key AND visible_at <= $1 ORDER BY visible_at, sequence LIMIT $5) m) " +
    "AS messages FROM claimed JOIN $schema.instances USING (partition, instance_key)",
  claimActivities:
    "WITH picked AS (SELECT partition, activity_id FROM $schema.activities WHERE ready_at <= $1 " +
    "ORDER BY ready_at, sequence LIMIT $2 FOR UPDATE SKIP LOCKED) " +
    "UPDATE $schema.activities SET last_number = last_number + 1, lock_token = last_number + 1, lock_worker = $3, " +
    "lock_until = $1 + $4, ready_at = $1 + $4, delivery_count = delivery_count + 1 FROM picked " +
    "WHERE activities.partition = picked.partition AND activities.activity_id = picked.activity_id " +
    "RETURNING activities.*",
  history:
    "SELECT events FROM $schema.commits WHERE partition = $1 AND instance_key = $2 AND generation = $3 " +
    "ORDER BY first_event_id",
  historyOf:
    "SELECT events FROM $schema.instances JOIN $schema.commits USING (partition, instance_key) " +
    "WHERE partition = $1 AND instance_id = $2 AND commits.execution_id = $3 ORDER BY generation, first_event_id",
  executions:
    "SELECT commits.execution_id FROM $schema.instances JOIN $schema.commits USING (partition, instance_key) " +
    "WHERE partition = $1 AND instance_id = $2 GROUP BY generation, commits.execution_id ORDER BY generation",
  begun:
    "SELECT * FROM $schema.instances JOIN $schema.work USING (partition, instance_key) WHERE instance_key > $1 " +
    "ORDER BY instance_key LIMIT $2",
  commits:
    "SELECT instance_key, generation, execution_id, events FROM $schema.commits WHERE instance_key = ANY($1) " +
    "ORDER BY generation, first_event_id",
  messages:
    "SELECT instance_key, message_id, message FROM $schema.messages WHERE instance_key = ANY($1) " +
    "ORDER BY visible_at, sequence",
  ownActivities: "SELECT * FROM $schema.activities WHERE instance_key = ANY($1) ORDER BY sequence",
  now: `SELECT ${NOW} AS now`,
  requests: `SELECT key, answer FROM $schema.requests WHERE done_at >= ${NOW} - ${REDELIVERY_HORIZON_MS}`,
  dueInstance: `SELECT min(ready_at) AS at, ${NOW} AS now FROM $schema.work`,
  dueActivity: `SELECT min(ready_at) AS at, ${NOW} AS now FROM $schema.activities`,
  backlog:
    `WITH clock AS (SELECT ${NOW} AS now) SELECT ` +
    "(SELECT count(*) FROM $schema.messages) + (SELECT count(*) FROM $schema.activities) + " +
    "(SELECT count(*) FROM $schema.work WHERE rewind IS NOT NULL OR (last_event_id = 0 AND kind = 'orchestration' " +
    "AND runtime_status NOT IN ('Completed', 'Failed', 'Terminated'))) AS pending, " +
    "EXISTS (SELECT 1 FROM $schema.work, clock WHERE ready_at <= now) OR " +
    "EXISTS (SELECT 1 FROM $schema.activities, clock WHERE ready_at <= now) AS ready, " +
    "least((SELECT min(ready_at) FROM $schema.work, clock WHERE ready_at > now), " +
    "(SELECT min(ready_at) FROM $schema.activities, clock WHERE ready_at > now)) AS due",
} as const;

export type StatementName = keyof typeof TEXTS;

/** Makes the queries of one schema, which is quoted already. */
export type Statements = (name: StatementName, ...values: unknown[]) => PostgresQuery;

export function statementsFor(schema: string): Statements {
  const texts = Object.fromEntries(
    Object.entries(TEXTS).map(([name, text]) => [name, text.replaceAll("$schema", schema)]),
  ) as Record<StatementName, string>;
  // Two hubs in one database may share connections, on which a name stands for one text.
  const suffix = partitionOf(schema).toString(36);
  return (name, ...values) => ({ name: `dacapo_${name}_${suffix}`, text: texts[name], values });
}
