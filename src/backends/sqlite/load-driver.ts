/**
 * Finds a SQLite driver: Node's own, or the one that comes with Dacapo for Nodes without.
 *
 * Invariant: nothing is loaded before a database is opened.
 */
import { SqliteDriverError } from "../../core/errors.ts";
import type { SqliteDatabase } from "./driver.ts";

/** A module that has a driver with Node's interface. */
interface DriverModule {
  readonly DatabaseSync: new (file: string) => SqliteDatabase;
}

const MODULES = ["node:sqlite", "@photostructure/sqlite"];

/**
 * Opens a database file, or one in memory (`:memory:`).
 * @param modules where to look for a driver, in this order; Node's own and the one that comes with Dacapo unless given.
 * @throws SqliteDriverError when there is no driver.
 */
export async function openDatabase(file: string, modules: readonly string[] = MODULES): Promise<SqliteDatabase> {
  const { DatabaseSync } = await loadDriver(modules);
  return new DatabaseSync(file);
}

async function loadDriver(modules: readonly string[]): Promise<DriverModule> {
  const problems: unknown[] = [];
  for (const name of modules) {
    try {
      return (await import(name)) as DriverModule;
    } catch (error) {
      problems.push(error);
    }
  }
  throw new SqliteDriverError(`No SQLite driver could be loaded: neither ${modules.join(" nor ")}.`, {
    hint: "Use Node 22.13 or later, install @photostructure/sqlite, or pass { database: new Database(file) } of better-sqlite3.",
    cause: new AggregateError(problems),
  });
}
