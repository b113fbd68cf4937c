/**
 * Takes a connection of a pool for a transaction.
 *
 * Invariant: a connection that breaks while it is taken fails its query, and never ends the process: `pg` says so once more, as
 * an event, which nobody would listen to. Called by whoever takes a connection for longer than one query.
 */
import type { PostgresClient, PostgresPool } from "./driver.ts";

/**
 * A process that stands still in the middle of a transaction, suspended or cut off, keeps its rows from all others: after
 * this long the server ends its connection.
 */
const IDLE_MS_MAX = 10_000;

/** The statements that begin a transaction. */
export const BEGIN: readonly string[] = ["BEGIN", `SET LOCAL idle_in_transaction_session_timeout = ${IDLE_MS_MAX}`];

/**
 * How statements are carried out is decided once, and not by what the tables held at that time: each finds its rows by an index,
 * however few there are. Compiling one takes longer than to carry it out. All of it ends with the transaction.
 */
export const PLANNING: ReadonlyMap<string, string> = new Map([
  ["plan_cache_mode", "force_generic_plan"],
  ["enable_seqscan", "off"],
  ["enable_hashjoin", "off"],
  ["enable_mergejoin", "off"],
  ["jit", "off"],
]);

const quiet = new WeakSet<PostgresClient>();

/** Takes a connection; whoever does gives it back with `release`. */
export async function connect(pool: PostgresPool): Promise<PostgresClient> {
  const client = await pool.connect();
  if (!quiet.has(client)) {
    quiet.add(client);
    client.on("error", () => undefined);
  }
  return client;
}

/** The code of an error of the server's, or of the connection's. */
export function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
