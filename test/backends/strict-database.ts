/**
 * A database handle that is as strict as one of `better-sqlite3`: `run` is for statements without rows, `get` and `all` are
 * for those with, and a value is a text, a number or null.
 */
import type { SqliteDatabase, SqliteStatement, SqliteValue } from "../../src/backends/sqlite/index.ts";

export function strictDatabase(database: SqliteDatabase): SqliteDatabase {
  return {
    exec: (sql) => database.exec(sql),
    close: () => database.close(),
    prepare: (sql) => strictStatement(sql, database.prepare(sql)),
  };
}

function strictStatement(sql: string, statement: SqliteStatement): SqliteStatement {
  const hasRows = /^(SELECT|PRAGMA)|RETURNING/.test(sql);
  const check = (wantsRows: boolean, values: readonly SqliteValue[]): void => {
    if (hasRows !== wantsRows) throw new TypeError(`This statement ${hasRows ? "returns" : "does not return"} data`);
    for (const value of values) {
      if (typeof value === "string" || typeof value === "number" || value === null) continue;
      throw new TypeError(`A value of type ${typeof value} cannot be bound`);
    }
  };
  return {
    run: (...values) => {
      check(false, values);
      return statement.run(...values);
    },
    get: (...values) => {
      check(true, values);
      const row = statement.get(...values);
      return row === undefined ? undefined : { ...(row as object) };
    },
    all: (...values) => {
      check(true, values);
      return statement.all(...values).map((row) => ({ ...(row as object) }));
    },
  };
}
