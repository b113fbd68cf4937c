/**
 * Loads the PostgreSQL driver `pg`, and makes a pool of connections with it.
 *
 * Invariant: nothing is loaded before a hub is opened without a pool of its own.
 */
import { PostgresDriverError } from "../../core/errors.ts";
import type { PostgresPool } from "./driver.ts";

interface DriverModule {
  readonly default: {
    readonly Pool: new (options: object) => PostgresPool & { on(event: "error", listener: () => void): unknown };
  };
}

export interface PoolOptions {
  readonly maxConnections: number;
  readonly connectTimeoutMs: number;
}

/** Makes a pool. @throws PostgresDriverError when `pg` is not installed. */
export async function openPool(connectionString: string, options: PoolOptions): Promise<PostgresPool> {
  const { Pool } = (await load()).default;
  const pool = new Pool({
    connectionString,
    max: options.maxConnections,
    connectionTimeoutMillis: options.connectTimeoutMs,
  });
  // Of a connection that is lost while nobody uses it, whoever needs the next one hears soon enough.
  pool.on("error", () => undefined);
  return pool;
}

async function load(): Promise<DriverModule> {
  const name = "pg";
  try {
    return (await import(name)) as DriverModule;
  } catch (error) {
    throw new PostgresDriverError("The PostgreSQL driver could not be loaded.", {
      hint: "Install it: npm install pg. Or pass a pool of your own: postgres({ pool }).",
      cause: error,
    });
  }
}
