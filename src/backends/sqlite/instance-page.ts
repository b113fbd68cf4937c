/**
 * Lists instances page by page, in the order of their ids.
 *
 * Invariant: the continuation token is the last id of the page, so that a page holds what is true when it is read, and an
 * instance that stays is never listed twice nor left out. Called by the store alone.
 */
import type { InstancePage, InstanceQuery } from "../../ports/backend.ts";
import { endOfPrefix, storedId } from "../sql/stored-id.ts";
import { RECORD_COLUMNS, recordOf } from "../sql/columns.ts";
import type { SqliteDatabase, SqliteRow, SqliteValue } from "./driver.ts";

export function pageOf(database: SqliteDatabase, query: InstanceQuery): InstancePage {
  const { conditions, values } = conditionsOf(query);
  const where = conditions.length === 0 ? "" : ` WHERE ${conditions.join(" AND ")}`;
  const statement = database.prepare(`SELECT ${RECORD_COLUMNS} FROM instances${where} ORDER BY instance_id LIMIT ?`);
  const rows = statement.all(...values, Math.max(query.pageSize, 1) + 1) as SqliteRow[];
  const instances = rows.slice(0, Math.max(query.pageSize, 1)).map(recordOf);
  const last = instances.at(-1);
  if (rows.length <= instances.length || last === undefined) return { instances };
  return { instances, continuationToken: last.instanceId };
}

function conditionsOf(query: InstanceQuery): {
  readonly conditions: readonly string[];
  readonly values: SqliteValue[];
} {
  const conditions: string[] = [];
  const values: SqliteValue[] = [];
  const add = (condition: string, ...given: SqliteValue[]): void => {
    conditions.push(condition);
    values.push(...given);
  };
  const { kind, name, runtimeStatus, instanceIdPrefix = "", parentInstanceId, continuationToken } = query;
  if (kind !== undefined) add("kind = ?", kind);
  if (name !== undefined) add("name = ?", name);
  if (runtimeStatus !== undefined) {
    add(`runtime_status IN (${runtimeStatus.map(() => "?").join(", ")})`, ...runtimeStatus);
  }
  if (instanceIdPrefix !== "")
    add("instance_id >= ? AND instance_id < ?", storedId(instanceIdPrefix), endOfPrefix(instanceIdPrefix));
  if (parentInstanceId !== undefined) add("parent_instance_id = ?", storedId(parentInstanceId));
  if (continuationToken !== undefined) add("instance_id > ?", storedId(continuationToken));
  for (const [tag, value] of Object.entries(query.tags ?? {})) {
    add("EXISTS (SELECT 1 FROM json_each(tags) WHERE key = ? AND value = ?)", tag, value);
  }
  addTimes(query, add);
  return { conditions, values };
}

function addTimes(
  { createdFrom, createdTo, endedFrom, endedTo }: InstanceQuery,
  add: (condition: string, ...given: SqliteValue[]) => void,
): void {
  if (createdFrom !== undefined) add("created_at >= ?", createdFrom);
  if (createdTo !== undefined) add("created_at <= ?", createdTo);
  if (endedFrom === undefined && endedTo === undefined) return;
  // What has ended is not updated any more.
  add("runtime_status IN ('Completed', 'Failed', 'Terminated')");
  if (endedFrom !== undefined) add("last_updated_at >= ?", endedFrom);
  if (endedTo !== undefined) add("last_updated_at <= ?", endedTo);
}
