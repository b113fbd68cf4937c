/**
 * The PostgreSQL server of a test file: there from before its first test until after its last, as are pools of connections to it.
 */
import pg from "pg";
import { afterAll, beforeAll } from "vitest";
import { startPostgres, type PostgresServer } from "./postgres-server.ts";

export interface ServerOfFile {
  readonly url: string;
  /** Makes a pool of at most so many connections, which does not mind when the server ends one. */
  newPool(max: number): pg.Pool;
}

/** Called once, by the file itself or in a `describe`. */
export function serverOfFile(): ServerOfFile {
  let server: PostgresServer | undefined;
  const pools: pg.Pool[] = [];
  const started = (): PostgresServer => {
    if (server === undefined) throw new Error("The server is there once tests run.");
    return server;
  };
  beforeAll(async () => {
    server = await startPostgres();
  }, 120_000);
  afterAll(async () => {
    for (const pool of pools) await pool.end();
    await server?.stop();
  });
  return {
    get url() {
      return started().url;
    },
    newPool: (max) => {
      const pool = new pg.Pool({ connectionString: started().url, max });
      pool.on("error", () => undefined);
      pools.push(pool);
      return pool;
    },
  };
}
