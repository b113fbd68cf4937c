/**
 * What an app says about its PostgreSQL database, and the factory that a task hub is opened with.
 *
 * Invariant: what cannot be used is refused before anything is opened.
 */
import { InvalidArgumentError } from "../../core/errors.ts";
import type { BackendFactory } from "../../ports/backend-factory.ts";
import type { PostgresPool } from "./driver.ts";
import { openPool } from "./load-driver.ts";
import { PostgresBackend } from "./postgres-backend.ts";

export interface PostgresOptions {
  /** A pool of `pg` that you made and that you end; in place of a connection string. It needs two connections. */
  readonly pool?: PostgresPool;
  /** The schema that holds the hub's tables; each hub has one. Made where there is none. Default: "dacapo". */
  readonly schema?: string;
  /** The most connections of a pool that the hub makes. Default: 4. */
  readonly maxConnections?: number;
  /** How long to wait for a new connection of such a pool, in milliseconds. Default: 10,000. */
  readonly connectTimeoutMs?: number;
  /** Keep the histories of executions that continue-as-new ended. Default: false. */
  readonly keepHistory?: boolean;
  /** How often to look for work although no hint came, in milliseconds. Default: 1,000. */
  readonly pollIntervalMs?: number;
}

const DEFAULTS = {
  schema: "dacapo",
  maxConnections: 4,
  connectTimeoutMs: 10_000,
  keepHistory: false,
  pollIntervalMs: 1_000,
} as const;

/**
 * Keeps a task hub in a PostgreSQL database, for any number of worker processes.
 *
 * @param connection a connection string, `postgres://user:password@host:5432/database`, or options with a pool
 * @throws InvalidArgumentError when an option cannot be used. Opening the hub may throw PostgresDriverError, SchemaError or
 * StorageError.
 *
 * @example
 * const hub = await TaskHub.open({ backend: postgres("postgres://localhost/app"), register: [helloCities, sayHello] });
 */
export function postgres(
  connection: string | (PostgresOptions & { readonly pool: PostgresPool }),
  options: Omit<PostgresOptions, "pool"> = {},
): BackendFactory {
  const given: unknown = connection;
  const isText = typeof connection === "string";
  const isGiven = isText ? connection !== "" : typeof given === "object" && given !== null && "pool" in given;
  if (!isGiven) {
    throw new InvalidArgumentError("postgres() was given neither a connection string nor a pool.", {
      hint: 'Pass "postgres://user:password@host:5432/database", or { pool } with a Pool of pg.',
    });
  }
  const settings = { ...DEFAULTS, ...(isText ? options : connection) };
  check(settings);
  const { maxConnections, connectTimeoutMs, schema, keepHistory, pollIntervalMs } = settings;
  return (ports) =>
    new PostgresBackend({
      connect: async () => (isText ? openPool(connection, { maxConnections, connectTimeoutMs }) : connection.pool),
      ownsPool: isText,
      schema,
      keepHistory,
      pollIntervalMs,
      ports,
    });
}

function check(options: Required<Omit<PostgresOptions, "pool">>): void {
  const { schema, maxConnections, connectTimeoutMs, pollIntervalMs } = options;
  // PostgreSQL's names have at most 63 bytes, and the channel of the hints has the schema's name in it.
  if (typeof schema !== "string" || !/^[A-Za-z_][\w$]{0,49}$/.test(schema)) {
    throw new InvalidArgumentError(`postgres() was given schema: ${JSON.stringify(schema)}.`, {
      hint: "A schema's name begins with a letter and has at most 50 letters, digits and underscores.",
    });
  }
  for (const [name, value, least] of [
    ["maxConnections", maxConnections, 2],
    ["connectTimeoutMs", connectTimeoutMs, 1],
    ["pollIntervalMs", pollIntervalMs, 1],
  ] as const) {
    if (Number.isSafeInteger(value) && value >= least) continue;
    throw new InvalidArgumentError(`postgres() was given ${name}: ${String(value)}.`, {
      hint: `It is a whole number from ${least} on.`,
    });
  }
}
