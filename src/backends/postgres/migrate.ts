/**
 * Brings the tables of a schema to the version that this version of Dacapo works with.
 *
 * Invariant: all migrations that are missing are one transaction, under a lock on the table that lists them, so that one
 * process makes them however many come at once. Of migrations that a newer version has made, nothing is undone: it made
 * them so that this version can go on (expand, then contract).
 */
import { checkStep, checksumOf } from "../sql/migration.ts";
import { BEGIN, connect } from "./connect.ts";
import { rowsOf, type PostgresClient, type PostgresPool } from "./driver.ts";
import { MIGRATIONS } from "./schema.ts";

/** @throws SchemaError when a migration of the database is another one than Dacapo's. */
export async function migrate(pool: PostgresPool, schema: string): Promise<void> {
  const client = await connect(pool);
  try {
    await prepare(client, schema);
    await client.query(BEGIN.join("; "));
    try {
      await client.query(`LOCK TABLE ${schema}.migrations IN EXCLUSIVE MODE`);
      await apply(client, schema);
      await client.query("COMMIT");
    } catch (error) {
      await client.query("ROLLBACK").catch(() => undefined);
      throw error;
    }
  } finally {
    client.release();
  }
}

/** Two processes that make the same schema at once can get in each other's way, so the second looks again. */
async function prepare(client: PostgresClient, schema: string): Promise<void> {
  const create =
    `CREATE SCHEMA IF NOT EXISTS ${schema}; CREATE TABLE IF NOT EXISTS ${schema}.migrations ` +
    "(version int PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())";
  await client.query(create).catch(() => client.query(create));
}

async function apply(client: PostgresClient, schema: string): Promise<void> {
  const { rows } = await client.query(`SELECT version, name, checksum FROM ${schema}.migrations`);
  const applied = new Map(rowsOf({ rows }).map((row) => [Number(row["version"]), row]));
  for (const migration of MIGRATIONS) {
    const { version, name, sql } = migration;
    const known = applied.get(version);
    if (known === undefined) {
      await client.query(sql.replaceAll("$schema", () => schema));
      await client.query({
        text: `INSERT INTO ${schema}.migrations (version, name, checksum) VALUES ($1, $2, $3)`,
        values: [version, name, checksumOf(sql)],
      });
    } else checkStep({ version, name, checksum: String(known["checksum"]) }, migration, `schema ${schema}`);
  }
}
