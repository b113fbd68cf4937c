/**
 * The tables of a hub in SQLite, as numbered migrations. Documented for readers in docs/reference/sqlite.md.
 *
 * Invariant: a migration that was released never changes; its checksum is kept in the file that it was applied to.
 * Instance ids are kept as `storedId` makes them; all but the
 * instances themselves go by a number, so that what is made at one time lies in the same pages of the file. Times are milliseconds since the epoch on the hub's clock; payloads,
 * tags, failures and everything that only the engine reads are JSON texts.
 */
import type { Migration } from "../sql/migration.ts";

export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    name: "instances, their histories and their queues",
    sql: `
CREATE TABLE instances (
  instance_key INTEGER NOT NULL PRIMARY KEY,
  instance_id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  incarnation TEXT NOT NULL,
  execution_id TEXT NOT NULL,
  runtime_status TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_updated_at INTEGER NOT NULL,
  version TEXT,
  tags TEXT,
  input TEXT,
  output TEXT,
  custom_status TEXT,
  failure TEXT,
  parent_instance_id TEXT,
  entity TEXT,
  start TEXT NOT NULL,
  revision INTEGER NOT NULL
) STRICT;
CREATE INDEX instances_by_parent ON instances (parent_instance_id) WHERE parent_instance_id IS NOT NULL;

CREATE TABLE work (
  instance_key INTEGER NOT NULL PRIMARY KEY REFERENCES instances ON DELETE CASCADE,
  ready_at INTEGER,
  kind TEXT NOT NULL,
  incarnation TEXT NOT NULL,
  execution_id TEXT NOT NULL,
  generation INTEGER NOT NULL,
  runtime_status TEXT NOT NULL,
  revision INTEGER NOT NULL,
  last_event_id INTEGER NOT NULL,
  start_at INTEGER NOT NULL,
  rewind TEXT,
  messages_at INTEGER,
  create_request_id TEXT NOT NULL,
  last_commit_request_id TEXT,
  lock_token INTEGER,
  lock_worker TEXT,
  lock_until INTEGER,
  not_before INTEGER NOT NULL,
  delivery_count INTEGER NOT NULL,
  served INTEGER NOT NULL
) STRICT;
CREATE INDEX work_by_ready ON work (ready_at, served) WHERE ready_at IS NOT NULL;

CREATE TABLE commits (
  sequence INTEGER NOT NULL PRIMARY KEY,
  instance_key INTEGER NOT NULL REFERENCES instances ON DELETE CASCADE,
  generation INTEGER NOT NULL,
  execution_id TEXT NOT NULL,
  first_event_id INTEGER NOT NULL,
  events TEXT NOT NULL,
  UNIQUE (instance_key, generation, first_event_id)
) STRICT;
CREATE VIEW history AS
SELECT
  instances.instance_id AS instance_id,
  commits.execution_id AS execution_id,
  event.value ->> 'eventId' AS event_id,
  event.value ->> 'timestamp' AS timestamp,
  event.value ->> 'type' AS type,
  event.value AS event
FROM commits JOIN instances USING (instance_key), json_each(commits.events) AS event
ORDER BY instances.instance_id, commits.generation, event_id;

CREATE TABLE messages (
  sequence INTEGER NOT NULL PRIMARY KEY,
  instance_key INTEGER NOT NULL REFERENCES instances ON DELETE CASCADE,
  message_id TEXT NOT NULL,
  type TEXT NOT NULL,
  execution_id TEXT,
  visible_at INTEGER NOT NULL,
  message TEXT NOT NULL,
  UNIQUE (instance_key, message_id)
) STRICT;
CREATE INDEX messages_by_time ON messages (instance_key, visible_at);

CREATE TABLE activities (
  sequence INTEGER NOT NULL PRIMARY KEY,
  activity_id TEXT NOT NULL UNIQUE,
  instance_key INTEGER NOT NULL REFERENCES instances ON DELETE CASCADE,
  instance_id TEXT NOT NULL,
  execution_id TEXT NOT NULL,
  task_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  input TEXT,
  attempt INTEGER NOT NULL,
  idempotency_key TEXT NOT NULL,
  since INTEGER NOT NULL,
  ready_at INTEGER NOT NULL,
  lock_token INTEGER,
  lock_worker TEXT,
  lock_until INTEGER,
  not_before INTEGER NOT NULL,
  delivery_count INTEGER NOT NULL
) STRICT;
CREATE INDEX activities_by_ready ON activities (ready_at);
CREATE INDEX activities_by_instance ON activities (instance_key);

CREATE TABLE requests (
  key TEXT NOT NULL PRIMARY KEY,
  answer INTEGER NOT NULL,
  done_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX requests_by_time ON requests (done_at);

CREATE TABLE hub (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  now INTEGER NOT NULL,
  last_number INTEGER NOT NULL
) STRICT;
INSERT INTO hub VALUES (1, 0, 0);
`,
  },
  {
    version: 2,
    name: "payloads that are kept out of their rows",
    sql: `
CREATE TABLE payloads (
  key TEXT NOT NULL PRIMARY KEY,
  text TEXT NOT NULL,
  stored_at INTEGER NOT NULL
) STRICT;
`,
  },
];
