/**
 * Every query that only reads and is no part of a transaction, for one schema.
 */
import { REDELIVERY_HORIZON_MS } from "../../core/limits.ts";
import { RECORD_COLUMNS } from "../sql/columns.ts";
import { checksumOf } from "../sql/migration.ts";
import type { PostgresQuery } from "./driver.ts";

/** The hub's time, in milliseconds since the epoch: the server's clock, unless a test has made it stand. */
export const NOW =
  "(SELECT coalesce(time_stands_at, (extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM $schema.hub WHERE id = 1)";

const TEXTS = {
  begin: `SELECT ${NOW} AS now, nextval('$schema.lives') AS life`,
  records:
    `SELECT ${RECORD_COLUMNS} FROM $schema.instances ` +
    "WHERE (partition, instance_id) IN (SELECT * FROM unnest($1::smallint[], $2::text[]))",
  statuses:
    "SELECT instance_id, runtime_status FROM $schema.instances " +
    "WHERE (partition, instance_id) IN (SELECT * FROM unnest($1::smallint[], $2::text[]))",
  forget: `DELETE FROM $schema.requests WHERE done_at < ${NOW} - ${REDELIVERY_HORIZON_MS}`,
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

export type ReadName = keyof typeof TEXTS;

/** Makes the queries of one schema, which is quoted already. */
export type Reads = (name: ReadName, ...values: unknown[]) => PostgresQuery;

export function readsFor(schema: string): Reads {
  const texts = Object.fromEntries(
    Object.entries(TEXTS).map(([name, text]) => [name, text.replaceAll("$schema", () => schema)]),
  ) as Record<ReadName, string>;
  // Two hubs in one database may share connections, on which a name stands for one text.
  const suffix = checksumOf(schema).slice(0, 8);
  return (name, ...values) => ({ name: `dacapo_${name}_${suffix}`, text: texts[name], values });
}
