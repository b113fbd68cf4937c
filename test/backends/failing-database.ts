/**
 * A SQLite database that fails when it is told to: at the n-th statement, or in COMMIT, before or after it took effect.
 *
 * Invariant: until it is told to fail, and once it has failed, it does what the database does that it wraps.
 */
import type { SqliteDatabase, SqliteStatement } from "../../src/backends/sqlite/driver.ts";

/** Where to fail: at a statement, counted from 1, or in COMMIT. */
export type FailurePoint =
  | number
  /** The commit does not happen. */
  | "before COMMIT"
  /** It does, and the answer gets lost. */
  | "after COMMIT"
  /** It does not, and the database has ended the transaction itself, as when the disk is full. */
  | "instead of COMMIT";

export class FailingDatabase implements SqliteDatabase {
  readonly #database: SqliteDatabase;
  #point: FailurePoint | undefined;
  #count = 0;
  /** How many transactions were begun. */
  transactions = 0;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  failAt(point: FailurePoint): void {
    this.#point = point;
    this.#count = 0;
  }

  /** True until it has failed. */
  get isArmed(): boolean {
    return this.#point !== undefined;
  }

  /** Does not fail any more. */
  disarm(): void {
    this.#point = undefined;
  }

  exec(sql: string): void {
    if (sql.startsWith("BEGIN")) this.transactions++;
    if (sql !== "COMMIT") {
      this.#step();
      this.#database.exec(sql);
      return;
    }
    this.#step();
    const point = this.#point;
    if (point === "before COMMIT") this.#fail();
    this.#database.exec(point === "instead of COMMIT" ? "ROLLBACK" : "COMMIT");
    if (point === "after COMMIT" || point === "instead of COMMIT") this.#fail();
  }

  prepare(sql: string): SqliteStatement {
    const statement = this.#database.prepare(sql);
    return {
      run: (...values) => {
        this.#step();
        return statement.run(...values);
      },
      get: (...values) => {
        this.#step();
        return statement.get(...values);
      },
      all: (...values) => {
        this.#step();
        return statement.all(...values);
      },
    };
  }

  close(): void {
    this.#database.close();
  }

  #step(): void {
    this.#count++;
    if (this.#count === this.#point) this.#fail();
  }

  #fail(): never {
    this.disarm();
    throw new Error("disk I/O error");
  }
}

const TABLES = ["instances", "work", "commits", "messages", "activities", "requests", "hub"];

/** Everything that a database holds, as a text. */
export function dumpOf(database: SqliteDatabase): string {
  return TABLES.map((table) => `${table}\n${linesOf(database, table).join("\n")}`).join("\n");
}

function linesOf(database: SqliteDatabase, table: string): readonly string[] {
  const key = table === "requests" ? "key" : "rowid";
  return database
    .prepare(`SELECT * FROM ${table} ORDER BY ${key}`)
    .all()
    .map((row) => JSON.stringify(row));
}
