/**
 * `dacapo/sqlite`: the backend that keeps a hub in a SQLite file.
 */
export { sqlite } from "./sqlite.ts";
export type { SqliteOptions } from "./sqlite.ts";
export type { SqliteChanges, SqliteDatabase, SqliteRow, SqliteStatement, SqliteValue } from "./driver.ts";
