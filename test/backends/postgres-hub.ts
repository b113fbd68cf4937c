/**
 * A hub in a PostgreSQL schema of its own, whose time stands until it is told to move, for the backend suite.
 */
import pg from "pg";
import { postgres } from "../../src/backends/postgres/index.ts";
import type { PostgresOptions } from "../../src/backends/postgres/index.ts";
import type { Backend } from "../../src/ports/backend.ts";
import { systemIds } from "../../src/runtime/system.ts";
import { ManualClock } from "../../src/testing/index.ts";
import type { BackendUnderTest } from "../../src/testing/index.ts";

/** Schemas that no hub uses; a used one is emptied, which is quicker than to make one. */
const free: string[] = [];
let count = 0;

export async function createPostgresHub(
  url: string,
  options: Pick<PostgresOptions, "keepHistory"> = {},
): Promise<BackendUnderTest> {
  const schema = free.pop() ?? `hub_${process.pid}_${++count}`;
  const clock = new ManualClock();
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  pool.on("error", () => undefined);
  const connect = async (): Promise<Backend> => {
    const backend = postgres(url, { schema, ...options })({ clock, ids: systemIds });
    await backend.open();
    return backend;
  };
  const setTime = (now: number): Promise<unknown> =>
    pool.query({ text: `UPDATE "${schema}".hub SET time_stands_at = $1`, values: [now] });
  const backend = await connect();
  await setTime(clock.now());
  return {
    backend,
    connect,
    advance: async (durationMs) => {
      // The server's first: who is woken looks there.
      await setTime(clock.now() + durationMs);
      clock.advance(durationMs);
    },
    close: async () => {
      await backend.close();
      await pool.query(
        ["instances", "requests", "payloads"].map((name) => `DELETE FROM "${schema}".${name}`).join("; "),
      );
      free.push(schema);
      await pool.end();
    },
  };
}
