/**
 * Payloads that were put aside, as rows of a table of their own. Each call is one statement, which is a transaction.
 *
 * Invariant: the order of a list is that of partition and key, and a key says its partition. Made by the backend.
 */
import type { PayloadStore } from "../../ports/payload-store.ts";
import { storageError } from "../sql/group-commit.ts";
import type { Row } from "../sql/columns.ts";
import { rowsOf, type PostgresPool } from "./driver.ts";
import { partitionOf } from "./partition.ts";
import { NOW } from "./reads.ts";

const KEYS = "(partition, key) IN (SELECT * FROM unnest($1::smallint[], $2::text[]))";

const TEXTS = {
  putPayload:
    `INSERT INTO $schema.payloads (partition, key, text, stored_at) VALUES ($1, $2, $3, ${NOW}) ` +
    "ON CONFLICT (partition, key) DO UPDATE SET text = excluded.text, stored_at = excluded.stored_at",
  getPayloads: `SELECT key, text FROM $schema.payloads WHERE ${KEYS}`,
  listPayloads:
    `SELECT key, ${NOW} - stored_at AS age FROM $schema.payloads WHERE (partition, key) > ($1, $2) ` +
    "ORDER BY partition, key LIMIT $3",
  deletePayloads: `DELETE FROM $schema.payloads WHERE ${KEYS}`,
} as const;

/** `schema` is quoted already; `pool` throws where the hub is closed. */
export function postgresPayloads(schema: string, pool: () => PostgresPool): PayloadStore {
  const suffix = partitionOf(schema).toString(36);
  const query = async (name: keyof typeof TEXTS, ...values: unknown[]): Promise<readonly Row[]> => {
    const text = TEXTS[name].replaceAll("$schema", schema);
    try {
      return rowsOf(await pool().query({ name: `dacapo_${name}_${suffix}`, text, values }));
    } catch (error) {
      throw storageError("PostgreSQL", error, "Look at the server and the connection.");
    }
  };
  return {
    put: async (key, text) => {
      await query("putPayload", partitionOf(key), key, text);
    },
    get: async (keys) => {
      const rows = await query("getPayloads", keys.map(partitionOf), keys);
      return new Map(rows.map(({ key, text }) => [String(key), String(text)]));
    },
    list: async ({ after, limit }) => {
      const from = after === undefined ? [-1, ""] : [partitionOf(after), after];
      const rows = await query("listPayloads", ...from, limit);
      return rows.map(({ key, age }) => ({ key: String(key), ageMs: Number(age) }));
    },
    delete: async (keys) => {
      await query("deletePayloads", keys.map(partitionOf), keys);
    },
  };
}
