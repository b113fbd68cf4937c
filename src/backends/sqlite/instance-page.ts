/**
 * Lists instances page by page, in the order of their ids.
 *
 * Invariant: the continuation token is the last id of the page, so that a page holds what is true when it is read, and an
 * instance that stays is never listed twice nor left out. Called by the store alone.
 */
import type { InstancePage, InstanceQuery } from "../../ports/backend.ts";
import { RECORD_COLUMNS, recordOf } from "../sql/columns.ts";
import { conditionsOf } from "../sql/instance-conditions.ts";
import type { SqliteDatabase, SqliteRow } from "./driver.ts";

export function pageOf(database: SqliteDatabase, query: InstanceQuery): InstancePage {
  const hasTag = "EXISTS (SELECT 1 FROM json_each(tags) WHERE key = ? AND value = ?)";
  const { conditions, values } = conditionsOf(query, hasTag);
  const where = conditions.length === 0 ? "" : ` WHERE ${conditions.join(" AND ")}`;
  const statement = database.prepare(`SELECT ${RECORD_COLUMNS} FROM instances${where} ORDER BY instance_id LIMIT ?`);
  const rows = statement.all(...values, Math.max(query.pageSize, 1) + 1) as SqliteRow[];
  const instances = rows.slice(0, Math.max(query.pageSize, 1)).map(recordOf);
  const last = instances.at(-1);
  if (rows.length <= instances.length || last === undefined) return { instances };
  return { instances, continuationToken: last.instanceId };
}
