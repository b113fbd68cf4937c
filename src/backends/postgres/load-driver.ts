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

/**
 * Makes a pool.
 * @param connectMsMax how long to wait for the server, in milliseconds; as long as the network does unless given
 * @throws PostgresDriverError when `pg` is not installed.
 */
export async function openPool(
  connectionString: string,
  maxConnections: number,
  connectMsMax = 0,
): Promise<PostgresPool> {
  const { Pool } = (await load()).default;
  const pool = new Pool({ connectionString, max: maxConnections, connectionTimeoutMillis: connectMsMax });
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
