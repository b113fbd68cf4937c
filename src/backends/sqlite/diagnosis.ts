/**
 * How a hub in a SQLite file stands.
 *
 * Invariant: only reads, and all of it is of one moment. Called by the command line.
 */
import { InvalidArgumentError } from "../../core/errors.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Row } from "../sql/columns.ts";
import { diagnosisOf, isStuckAt, SHOWN_MAX, type Diagnosis, type DiagnosisRows } from "../sql/diagnosis.ts";
import { storageError } from "../sql/group-commit.ts";
import type { SqliteDatabase } from "./driver.ts";
import { openDatabase } from "./load-driver.ts";
import { appliedTo, checkMigrations } from "./migrate.ts";
import { MIGRATIONS } from "./schema.ts";

/** Orchestrations and activities as rows of one shape. */
const UNITS = `(
  SELECT 'orchestration' AS kind, instance_id, NULL AS activity, ready_at, lock_token, lock_worker, lock_until, delivery_count
  FROM work JOIN instances USING (instance_key)
  UNION ALL
  SELECT 'activity', instance_id, name, ready_at, lock_token, lock_worker, lock_until, delivery_count FROM activities)`;

/**
 * Reads how the hub in a file that is there stands; its time is the machine's, or the hub's, whichever is later.
 * @throws InvalidArgumentError when there is no hub in the file, SchemaError when its tables are of a newer version,
 * StorageError when it cannot be read.
 */
export async function diagnose(file: string, clock: Pick<Clock, "now">): Promise<Diagnosis> {
  let database: SqliteDatabase | undefined;
  try {
    database = await openDatabase(file);
    database.exec("PRAGMA query_only = ON");
    database.exec("PRAGMA busy_timeout = 5000");
    database.exec("BEGIN");
    const applied = appliedTo(database);
    const version = applied.at(-1)?.version;
    if (version === undefined) {
      throw new InvalidArgumentError(`The file ${file} holds no hub.`, {
        hint: "Give the path of a SQLite file that a task hub was opened on.",
      });
    }
    checkMigrations(database, MIGRATIONS);
    const schema = { version, current: MIGRATIONS.at(-1)?.version ?? 0 };
    return diagnosisOf({ schema, ...rowsOf(database, clock.now()) });
  } catch (error) {
    throw storageError("SQLite", error, "Look at the path, and whether the file can be read.");
  } finally {
    database?.close();
  }
}

function rowsOf(database: SqliteDatabase, machineTime: number): Omit<DiagnosisRows, "schema"> {
  const read = (sql: string): Row[] => database.prepare(sql).all() as Row[];
  const now = Math.max(machineTime, Number(read("SELECT now FROM hub")[0]?.["now"]));
  const isStuck = isStuckAt(now);
  const queue = (table: string): Row[] =>
    read(`SELECT count(*) AS ready, min(ready_at) AS since FROM ${table} WHERE ready_at <= ${now}`);
  return {
    now,
    instances: read(
      "SELECT kind, runtime_status, count(*) AS count FROM work GROUP BY kind, runtime_status ORDER BY kind DESC, count DESC",
    ),
    counts: read(
      `SELECT count(*) FILTER (WHERE lock_token IS NOT NULL) AS leases, count(*) FILTER (WHERE lock_until <= ${now}) AS expired, ` +
        `count(*) FILTER (WHERE ${isStuck}) AS stuck FROM ${UNITS}`,
    ),
    workers: read(
      `SELECT lock_worker AS worker, sum(lock_until > ${now}) AS held, sum(lock_until <= ${now}) AS expired FROM ${UNITS} ` +
        `WHERE lock_token IS NOT NULL GROUP BY lock_worker ORDER BY count(*) DESC, lock_worker LIMIT ${SHOWN_MAX}`,
    ),
    leases: read(`SELECT * FROM ${UNITS} WHERE lock_token IS NOT NULL ORDER BY lock_until LIMIT ${SHOWN_MAX}`),
    orchestrations: queue("work"),
    activities: queue("activities"),
    messages: read(
      `SELECT count(*) FILTER (WHERE visible_at <= ${now}) AS due, count(*) FILTER (WHERE visible_at > ${now}) AS later, ` +
        `min(visible_at) FILTER (WHERE visible_at > ${now}) AS next FROM messages`,
    ),
    stuck: read(`SELECT * FROM ${UNITS} WHERE ${isStuck} ORDER BY ready_at LIMIT ${SHOWN_MAX}`),
  };
}
