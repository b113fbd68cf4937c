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
];
