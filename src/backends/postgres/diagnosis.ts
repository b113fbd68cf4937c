/**
 * How a hub in a PostgreSQL schema stands.
 *
 * Invariant: only reads, in one transaction that PostgreSQL itself keeps from writing, so that all of it is of one moment and no
 * table is made or changed. Called by the command line.
 */
import { InvalidArgumentError } from "../../core/errors.ts";
import type { Row } from "../sql/columns.ts";
import { diagnosisOf, isStuckAt, SHOWN_MAX, type Diagnosis, type DiagnosisRows } from "../sql/diagnosis.ts";
import { checkApplied } from "../sql/migration.ts";
import { connect } from "./connect.ts";
import { rowsOf, type PostgresClient } from "./driver.ts";
import { openPool } from "./load-driver.ts";
import { openingError } from "./opening-error.ts";
import { NOW } from "./reads.ts";
import { MIGRATIONS } from "./schema.ts";

/** Whoever asks how a hub stands waits no longer for the server, in milliseconds. */
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Reads how the hub in a schema stands, by the server's clock.
 * @param connection a connection string; no error shows it
 * @throws InvalidArgumentError when there is no hub in the schema, SchemaError when its tables are of a newer version,
 * PostgresDriverError when `pg` is missing, StorageError when the server cannot be reached or does not answer.
 */
export async function diagnose(connection: string, schema: string): Promise<Diagnosis> {
  const pool = await openPool(connection, { maxConnections: 1, connectTimeoutMs: CONNECT_TIMEOUT_MS });
  try {
    const client = await connect(pool);
    try {
      await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
      const version = await versionOf(client, schema);
      const { now, ...rows } = await read(client, quoted(schema));
      await client.query("COMMIT");
      return diagnosisOf({ schema: { version, current: MIGRATIONS.at(-1)?.version ?? 0 }, now, ...rows });
    } finally {
      client.release(true);
    }
  } catch (error) {
    throw openingError(error);
  } finally {
    await pool.end();
  }
}

/** @throws InvalidArgumentError, SchemaError */
async function versionOf(client: PostgresClient, schema: string): Promise<number> {
  const table = `${quoted(schema)}.migrations`;
  const [found] = rowsOf(await client.query({ text: "SELECT to_regclass($1)::text AS found", values: [table] }));
  const applied =
    found?.["found"] === null
      ? []
      : rowsOf(await client.query(`SELECT version, name, checksum FROM ${table} ORDER BY version`));
  const version = applied.at(-1)?.["version"];
  if (version === undefined) {
    throw new InvalidArgumentError(`The database holds no hub in the schema "${schema}".`, {
      hint: "Name the database and the schema (--schema) that a task hub was opened on.",
    });
  }
  checkApplied(
    applied.map((row) => ({
      version: Number(row["version"]),
      name: String(row["name"]),
      checksum: String(row["checksum"]),
    })),
    MIGRATIONS,
    { where: `schema "${schema}"`, ofNewer: "A newer version of Dacapo has opened the hub: ask that version." },
  );
  return Number(version);
}

async function read(client: PostgresClient, schema: string): Promise<Omit<DiagnosisRows, "schema">> {
  const rows = async (sql: string): Promise<readonly Row[]> =>
    rowsOf(await client.query(sql.replaceAll("$schema", schema)));
  const [clock] = rowsOf(await client.query(`SELECT ${NOW.replaceAll("$schema", schema)} AS now`));
  const now = Number(clock?.["now"]);
  const isStuck = isStuckAt(now);
  const queue = (table: string): Promise<readonly Row[]> =>
    rows(`SELECT count(*) AS ready, min(ready_at) AS since FROM $schema.${table} WHERE ready_at <= ${now}`);
  return {
    now,
    instances: await rows(
      "SELECT kind, runtime_status, count(*) AS count FROM $schema.work GROUP BY kind, runtime_status " +
        "ORDER BY kind DESC, count DESC",
    ),
    counts: await rows(
      `SELECT count(*) FILTER (WHERE lock_token IS NOT NULL) AS leases, count(*) FILTER (WHERE lock_until <= ${now}) AS expired, ` +
        `count(*) FILTER (WHERE ${isStuck}) AS stuck FROM ${UNITS}`,
    ),
    workers: await rows(
      `SELECT lock_worker AS worker, count(*) FILTER (WHERE lock_until > ${now}) AS held, ` +
        `count(*) FILTER (WHERE lock_until <= ${now}) AS expired FROM ${UNITS} WHERE lock_token IS NOT NULL ` +
        `GROUP BY lock_worker ORDER BY count(*) DESC, lock_worker LIMIT ${SHOWN_MAX}`,
    ),
    leases: await rows(`SELECT * FROM ${UNITS} WHERE lock_token IS NOT NULL ORDER BY lock_until LIMIT ${SHOWN_MAX}`),
    orchestrations: await queue("work"),
    activities: await queue("activities"),
    messages: await rows(
      `SELECT count(*) FILTER (WHERE visible_at <= ${now}) AS due, count(*) FILTER (WHERE visible_at > ${now}) AS later, ` +
        `min(visible_at) FILTER (WHERE visible_at > ${now}) AS next FROM $schema.messages`,
    ),
    stuck: await rows(`SELECT * FROM ${UNITS} WHERE ${isStuck} ORDER BY ready_at LIMIT ${SHOWN_MAX}`),
  };
}

function quoted(schema: string): string {
  return `"${schema.replaceAll('"', '""')}"`;
}

/** Orchestrations and activities as rows of one shape. */
const UNITS = `(
  SELECT 'orchestration' AS kind, instance_id, NULL::text AS activity, ready_at, lock_token, lock_worker, lock_until, delivery_count
  FROM $schema.work JOIN $schema.instances USING (partition, instance_key)
  UNION ALL
  SELECT 'activity', instance_id, name, ready_at, lock_token, lock_worker, lock_until, delivery_count
  FROM $schema.activities) AS units`;
