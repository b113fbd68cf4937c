/**
 * What Dacapo asks of a SQLite driver: the shape that `node:sqlite`, `@photostructure/sqlite` and `better-sqlite3` share.
 */

import type { Row, Value } from "../sql/columns.ts";

export type SqliteValue = Value;
export type SqliteRow = Row;

/** What a statement has done. */
export interface SqliteChanges {
  readonly changes: number | bigint;
  readonly lastInsertRowid: number | bigint;
}

/** A prepared statement; its parameters are given by position. */
export interface SqliteStatement {
  run(...parameters: SqliteValue[]): SqliteChanges;
  get(...parameters: SqliteValue[]): unknown;
  all(...parameters: SqliteValue[]): unknown[];
}

/** An open database. */
export interface SqliteDatabase {
  exec(sql: string): unknown;
  prepare(sql: string): SqliteStatement;
  close(): unknown;
}

/** Ends a transaction without effect. The database may have ended it itself, as it does when the disk is full. */
export function rollBack(database: SqliteDatabase): void {
  try {
    database.exec("ROLLBACK");
  } catch {
    // Then there is none.
  }
}
