/**
 * A pool of connections, with something between the hub and each query of a connection.
 */
import type pg from "pg";
import { resultsOf } from "../../src/backends/postgres/driver.ts";
import type { PostgresClient, PostgresPool } from "../../src/backends/postgres/index.ts";

/** Called before each query. */
export type Before = (text: string, client: pg.PoolClient) => Promise<void> | void;

export interface Watching {
  /** Called with the rows that each query answered. */
  readonly answered?: (text: string, rows: readonly unknown[]) => void;
}

export function watchedPool(pool: pg.Pool, before: Before, { answered }: Watching = {}): PostgresPool {
  const clients = new WeakMap<pg.PoolClient, PostgresClient>();
  const watched = (client: pg.PoolClient): PostgresClient =>
    new Proxy(client, {
      get: (of, name) => {
        if (name === "query") {
          return async (query: pg.QueryConfig | string) => {
            const text = typeof query === "string" ? query : query.text;
            await before(text, of);
            const result = await of.query(query);
            answered?.(
              text,
              resultsOf(result).flatMap(({ rows }) => rows),
            );
            return result;
          };
        }
        const value: unknown = Reflect.get(of, name);
        return typeof value === "function" ? (value.bind(of) as unknown) : value;
      },
    });
  return {
    connect: async () => {
      const client = await pool.connect();
      const known = clients.get(client) ?? watched(client);
      clients.set(client, known);
      return known;
    },
    query: (query) => pool.query(query),
    end: () => pool.end(),
  };
}
