/**
 * Brings the tables of a database to the version that this version of Dacapo works with.
 *
 * Invariant: each migration is one transaction, taken by one process however many open the file at once. A database that
 * a newer Dacapo has changed, or whose migrations were other ones, is not touched.
 */
import { SchemaError } from "../../core/errors.ts";
import { checkApplied, checksumOf, type AppliedMigration, type Migration } from "../sql/migration.ts";
import { rollBack, type SqliteDatabase, type SqliteRow } from "./driver.ts";
import { MIGRATIONS } from "./schema.ts";

const CREATE = `CREATE TABLE IF NOT EXISTS migrations (
  version INTEGER NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  checksum TEXT NOT NULL,
  applied_at INTEGER NOT NULL
) STRICT`;

/** @throws SchemaError when the database is of a newer version, or not of Dacapo. */
export function migrate(database: SqliteDatabase, now: number, migrations: readonly Migration[] = MIGRATIONS): void {
  if (appliedTo(database).length === migrations.length) {
    checkMigrations(database, migrations);
    return;
  }
  database.exec("BEGIN IMMEDIATE");
  try {
    checkOwner(database);
    database.exec(CREATE);
    checkMigrations(database, migrations);
    const applied = new Set(appliedTo(database).map(({ version }) => version));
    for (const { version, name, sql } of migrations) {
      if (applied.has(version)) continue;
      database.exec(sql);
      database.prepare("INSERT INTO migrations VALUES (?, ?, ?, ?)").run(version, name, checksumOf(sql), now);
    }
    database.exec("COMMIT");
  } catch (error) {
    rollBack(database);
    throw error;
  }
}

/** The migrations that a database has; none for one without tables. */
export function appliedTo(database: SqliteDatabase): readonly AppliedMigration[] {
  if (!tablesOf(database).includes("migrations")) return [];
  const rows = database.prepare("SELECT version, name, checksum FROM migrations ORDER BY version").all();
  return (rows as SqliteRow[]).map(({ version, name, checksum }) => ({
    version: Number(version),
    name: String(name),
    checksum: String(checksum),
  }));
}

function tablesOf(database: SqliteDatabase): readonly string[] {
  const rows = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all() as SqliteRow[];
  return rows.map(({ name }) => String(name));
}

function checkOwner(database: SqliteDatabase): void {
  const tables = tablesOf(database);
  if (tables.includes("migrations") || !tables.includes("instances")) return;
  throw new SchemaError('The database has a table "instances" that Dacapo did not make.', {
    hint: "Give Dacapo a file of its own.",
  });
}

/** @throws SchemaError when the database has migrations that are not among these. */
export function checkMigrations(database: SqliteDatabase, migrations: readonly Migration[]): void {
  const ofNewer = "A newer version of Dacapo has opened it: use that version, or a backup from before.";
  checkApplied(appliedTo(database), migrations, { where: "database", ofNewer });
}
