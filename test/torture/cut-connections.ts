/**
 * Cuts connections of a PostgreSQL server from its side.
 */
import pg from "pg";
import { isLostConnection } from "../../src/backends/postgres/transactions.ts";
import type { Random } from "./random.ts";

/** Ends each connection of clients with this probability; a server that is not there has none. */
export async function cutConnections(url: string, percent: number, random: Random): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ pid: number }>(
      "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() " +
        "AND backend_type = 'client backend' ORDER BY pid",
    );
    const unlucky = rows.map(({ pid }) => pid).filter(() => random.chance(percent / 100));
    await client.query("SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid", [unlucky]);
  } catch (error) {
    // Another fault, or whoever else uses the server, has shut it down.
    if (!isLostConnection(error)) throw error;
  } finally {
    await client.end().catch(() => undefined);
  }
}
