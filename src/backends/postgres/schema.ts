/**
 * The tables of a hub in PostgreSQL, as numbered migrations. Documented for readers in docs/reference/postgres.md.
 *
 * Invariant: a migration that was released never changes, and the version before it can work on the tables after it: a
 * column is added with a default before anything needs it, and dropped when no version in use reads it. Every table has
 * the instance's partition in its keys. `$schema` stands for the hub's schema.
 */
import type { Migration } from "../sql/migration.ts";

const LOCK_COLUMNS = `
  last_number bigint NOT NULL,
  lock_token bigint,
  lock_worker text,
  lock_until bigint,
  not_before bigint NOT NULL,
  delivery_count int NOT NULL`;

export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    name: "instances, their histories and their queues",
    sql: `
CREATE SEQUENCE $schema.lives;

CREATE TABLE $schema.hub (id int PRIMARY KEY CHECK (id = 1), time_stands_at bigint);
INSERT INTO $schema.hub VALUES (1, NULL);

CREATE TABLE $schema.instances (
  partition smallint NOT NULL,
  instance_key bigint NOT NULL,
  instance_id text COLLATE "C" NOT NULL,
  kind text NOT NULL,
  name text NOT NULL,
  incarnation text NOT NULL,
  execution_id text NOT NULL,
  runtime_status text NOT NULL,
  created_at bigint NOT NULL,
  last_updated_at bigint NOT NULL,
  version text,
  tags text,
  input text,
  output text,
  custom_status text,
  failure text,
  parent_instance_id text COLLATE "C",
  entity text,
  start text NOT NULL,
  revision bigint NOT NULL,
  PRIMARY KEY (partition, instance_key),
  UNIQUE (partition, instance_id)
);
CREATE INDEX instances_by_id ON $schema.instances (instance_id);
CREATE INDEX instances_by_parent ON $schema.instances (parent_instance_id) WHERE parent_instance_id IS NOT NULL;

CREATE TABLE $schema.work (
  partition smallint NOT NULL,
  instance_key bigint NOT NULL,
  ready_at bigint,
  served bigint NOT NULL,
  kind text NOT NULL,
  incarnation text NOT NULL,
  execution_id text NOT NULL,
  generation int NOT NULL,
  runtime_status text NOT NULL,
  revision bigint NOT NULL,
  last_event_id int NOT NULL,
  start_at bigint NOT NULL,
  rewind text,
  messages_at bigint,
  create_request_id text NOT NULL,
  last_commit_request_id text,${LOCK_COLUMNS},
  PRIMARY KEY (partition, instance_key),
  FOREIGN KEY (partition, instance_key) REFERENCES $schema.instances ON DELETE CASCADE
) WITH (fillfactor = 70);
CREATE INDEX work_by_ready ON $schema.work (ready_at, served) WHERE ready_at IS NOT NULL;

CREATE TABLE $schema.commits (
  partition smallint NOT NULL,
  instance_key bigint NOT NULL,
  generation int NOT NULL,
  first_event_id int NOT NULL,
  execution_id text NOT NULL,
  events text NOT NULL,
  PRIMARY KEY (partition, instance_key, generation, first_event_id),
  FOREIGN KEY (partition, instance_key) REFERENCES $schema.instances ON DELETE CASCADE
);
CREATE VIEW $schema.history AS
SELECT
  instances.instance_id,
  commits.execution_id,
  (event ->> 'eventId')::int AS event_id,
  (event ->> 'timestamp')::bigint AS timestamp,
  event ->> 'type' AS type,
  event
FROM $schema.commits
JOIN $schema.instances USING (partition, instance_key)
CROSS JOIN LATERAL json_array_elements(commits.events::json) AS event;

CREATE TABLE $schema.messages (
  partition smallint NOT NULL,
  instance_key bigint NOT NULL,
  message_id text NOT NULL,
  sequence bigint GENERATED ALWAYS AS IDENTITY,
  type text NOT NULL,
  execution_id text,
  visible_at bigint NOT NULL,
  message text NOT NULL,
  PRIMARY KEY (partition, instance_key, message_id),
  FOREIGN KEY (partition, instance_key) REFERENCES $schema.instances ON DELETE CASCADE
);
CREATE INDEX messages_by_time ON $schema.messages (partition, instance_key, visible_at, sequence);

CREATE TABLE $schema.activities (
  partition smallint NOT NULL,
  activity_id text NOT NULL,
  sequence bigint GENERATED ALWAYS AS IDENTITY,
  instance_key bigint NOT NULL,
  instance_id text NOT NULL,
  execution_id text NOT NULL,
  task_id int NOT NULL,
  name text NOT NULL,
  input text,
  attempt int NOT NULL,
  idempotency_key text NOT NULL,
  since bigint NOT NULL,
  ready_at bigint NOT NULL,${LOCK_COLUMNS},
  PRIMARY KEY (partition, activity_id),
  FOREIGN KEY (partition, instance_key) REFERENCES $schema.instances ON DELETE CASCADE
);
CREATE INDEX activities_by_id ON $schema.activities (activity_id);
CREATE INDEX activities_by_ready ON $schema.activities (ready_at, sequence);
CREATE INDEX activities_by_instance ON $schema.activities (partition, instance_key);

CREATE TABLE $schema.requests (
  partition smallint NOT NULL,
  key text NOT NULL,
  answer boolean NOT NULL,
  done_at bigint NOT NULL,
  PRIMARY KEY (partition, key)
);
CREATE INDEX requests_by_time ON $schema.requests (done_at);
`,
  },
  {
    version: 2,
    name: "payloads that are kept out of their rows",
    sql: `
CREATE TABLE $schema.payloads (
  partition smallint NOT NULL,
  key text COLLATE "C" NOT NULL,
  text text NOT NULL,
  stored_at bigint NOT NULL,
  PRIMARY KEY (partition, key)
);
`,
  },
  {
    version: 3,
    name: "less to write with each turn",
    // A turn changes no indexed column of `work` unless something waits, so that its new row is written beside the old one: `served`
    // stands in the index as `ready_served`, and only while the row is ready. What is an instance's own is removed with it by a
    // trigger: a foreign key would look the instance up for each row that is added.
    sql: `
ALTER TABLE $schema.work ADD COLUMN ready_served bigint;
CREATE INDEX work_by_ready_at ON $schema.work (ready_at, ready_served) WHERE ready_at IS NOT NULL;
DROP INDEX $schema.work_by_ready;
ALTER TABLE $schema.instances SET (fillfactor = 80);

CREATE FUNCTION $schema.remove_with_instance() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  DELETE FROM $schema.work WHERE partition = OLD.partition AND instance_key = OLD.instance_key;
  DELETE FROM $schema.commits WHERE partition = OLD.partition AND instance_key = OLD.instance_key;
  DELETE FROM $schema.messages WHERE partition = OLD.partition AND instance_key = OLD.instance_key;
  DELETE FROM $schema.activities WHERE partition = OLD.partition AND instance_key = OLD.instance_key;
  RETURN NULL;
END
$body$;
CREATE TRIGGER remove_with_instance AFTER DELETE ON $schema.instances
  FOR EACH ROW EXECUTE FUNCTION $schema.remove_with_instance();
ALTER TABLE $schema.work DROP CONSTRAINT work_partition_instance_key_fkey;
ALTER TABLE $schema.commits DROP CONSTRAINT commits_partition_instance_key_fkey;
ALTER TABLE $schema.messages DROP CONSTRAINT messages_partition_instance_key_fkey;
ALTER TABLE $schema.activities DROP CONSTRAINT activities_partition_instance_key_fkey;

ALTER TABLE $schema.activities DROP CONSTRAINT activities_pkey;
DROP INDEX $schema.activities_by_instance;
ALTER TABLE $schema.activities ADD PRIMARY KEY (partition, instance_key, activity_id);
`,
  },
  {
    version: 4,
    name: "a turn with the answer that woke it is one statement",
    // Gives the hub's time; or null, and changes nothing, where a row is not as it was known. Plans are what `PLANNING` says, wherever
    // it is called. A database that cannot set them for a function has none, and does without (`session.ts`).
    sql: `
DO $do$
BEGIN
  CREATE FUNCTION $schema.step(
    partition smallint, instance_key bigint, known_number bigint, known_token bigint, guess bigint,
    answered text, answered_token bigint,
    generation int, execution_id text, first_event_id int, events text,
    activity_id text, instance_id text, task_id int, name text, input text, attempt int, idempotency_key text,
    ready_at bigint, activity_number bigint, activity_token bigint, activity_worker text, activity_until bigint,
    deliveries int,
    runtime_status text, last_updated_at bigint, output text, failure text, custom_status text,
    last_event_id int, last_commit_request_id text, served bigint, last_number bigint
  ) RETURNS bigint LANGUAGE plpgsql
  SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off
  SET enable_mergejoin = off SET jit = off
  AS $body$
  #variable_conflict use_column
  DECLARE hub_now bigint;
  BEGIN
    UPDATE $schema.work SET
      runtime_status = step.runtime_status, revision = step.last_number, last_event_id = step.last_event_id,
      rewind = NULL, messages_at = NULL, ready_at = NULL, ready_served = NULL,
      last_commit_request_id = step.last_commit_request_id, served = step.served, last_number = step.last_number,
      lock_token = NULL, lock_worker = NULL, lock_until = NULL, not_before = 0, delivery_count = 0
    FROM (
      SELECT coalesce(time_stands_at, (extract(epoch FROM clock_timestamp()) * 1000)::bigint) AS now
      FROM $schema.hub WHERE id = 1 OFFSET 0
    ) AS clock
    WHERE work.partition = step.partition AND work.instance_key = step.instance_key
      AND work.last_number = step.known_number AND work.messages_at IS NULL
      AND work.lock_token IS NOT DISTINCT FROM step.known_token
      AND (step.known_token IS NULL OR work.lock_until > clock.now)
      AND clock.now - step.guess BETWEEN 0 AND 1000
      AND (step.answered IS NULL OR EXISTS (
        SELECT 1 FROM $schema.activities WHERE activities.activity_id = step.answered
          AND activities.lock_token = step.answered_token AND activities.lock_until > clock.now
      ))
    RETURNING clock.now INTO hub_now;
    IF hub_now IS NULL THEN
      RETURN NULL;
    END IF;
    IF step.answered IS NOT NULL THEN
      DELETE FROM $schema.activities
      WHERE activities.activity_id = step.answered AND activities.lock_token = step.answered_token;
      IF NOT FOUND THEN
        RAISE EXCEPTION 'the activity % was claimed anew', step.answered USING ERRCODE = 'serialization_failure';
      END IF;
    END IF;
    INSERT INTO $schema.commits (partition, instance_key, generation, execution_id, first_event_id, events)
    VALUES (step.partition, step.instance_key, step.generation, step.execution_id, step.first_event_id, step.events);
    IF step.activity_id IS NOT NULL THEN
      INSERT INTO $schema.activities (partition, instance_key, activity_id, instance_id, execution_id, task_id, name,
        input, attempt, idempotency_key, since, ready_at, last_number, lock_token, lock_worker, lock_until,
        not_before, delivery_count)
      VALUES (step.partition, step.instance_key, step.activity_id, step.instance_id, step.execution_id, step.task_id,
        step.name, step.input, step.attempt, step.idempotency_key, step.guess, step.ready_at, step.activity_number,
        step.activity_token, step.activity_worker, step.activity_until, 0, step.deliveries);
    END IF;
    UPDATE $schema.instances SET
      runtime_status = step.runtime_status, last_updated_at = step.last_updated_at, output = step.output,
      failure = step.failure, custom_status = step.custom_status, revision = step.last_number
    WHERE instances.partition = step.partition AND instances.instance_key = step.instance_key;
    RETURN hub_now;
  END
  $body$;
EXCEPTION WHEN feature_not_supported OR undefined_object THEN
  NULL;
END
$do$;
`,
  },
];
