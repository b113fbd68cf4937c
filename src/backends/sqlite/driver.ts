/**
 * What Dacapo asks of a SQLite driver: the shape that `node:sqlite`, `@photostructure/sqlite` and `better-sqlite3` share.
 */

/** A value of a column. */
export type SqliteValue = string | number | bigint | null | Uint8Array;

/** A row, by the names of its columns. */
export type SqliteRow = Readonly<Record<string, SqliteValue>>;

/** A prepared statement; its parameters are given by position. */
export interface SqliteStatement {
  run(...parameters: SqliteValue[]): unknown;
  get(...parameters: SqliteValue[]): unknown;
  all(...parameters: SqliteValue[]): unknown[];
}

/** An open database. */
export interface SqliteDatabase {
  exec(sql: string): unknown;
  prepare(sql: string): SqliteStatement;
  close(): unknown;
}
