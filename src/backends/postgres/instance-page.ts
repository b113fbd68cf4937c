/**
 * Lists instances page by page, in the order of their ids.
 *
 * Invariant: the continuation token is the last id of the page, so that a page holds what is true when it is read, and an
 * instance that stays is never listed twice nor left out. Called by the backend alone.
 */
import type { InstancePage, InstanceQuery } from "../../ports/backend.ts";
import { RECORD_COLUMNS, recordOf } from "../sql/columns.ts";
import { conditionsOf } from "../sql/instance-conditions.ts";
import { rowsOf, type PostgresPool } from "./driver.ts";

export async function pageOf(pool: PostgresPool, schema: string, query: InstanceQuery): Promise<InstancePage> {
  const { conditions, values } = conditionsOf(query, "tags::json ->> ? = ?");
  const size = Math.max(query.pageSize, 1);
  const where = conditions.length === 0 ? "" : ` WHERE ${conditions.join(" AND ")}`;
  let count = 0;
  const numbered = `SELECT ${RECORD_COLUMNS} FROM ${schema}.instances${where} ORDER BY instance_id LIMIT ?`.replace(
    /\?/g,
    () => `$${++count}`,
  );
  const rows = rowsOf(await pool.query({ text: numbered, values: [...values, size + 1] }));
  const instances = rows.slice(0, size).map(recordOf);
  const last = instances.at(-1);
  if (rows.length <= instances.length || last === undefined) return { instances };
  return { instances, continuationToken: last.instanceId };
}
