/**
 * What a query for instances asks for, as conditions on the table of instances; parameters are question marks.
 */
import type { InstanceQuery } from "../../ports/backend.ts";
import type { Value } from "./columns.ts";
import { endOfPrefix, storedId } from "./stored-id.ts";

/** @param hasTag the condition that a tag has a value, which no two databases say alike */
export function conditionsOf(
  query: InstanceQuery,
  hasTag: string,
): {
  readonly conditions: readonly string[];
  readonly values: Value[];
} {
  const conditions: string[] = [];
  const values: Value[] = [];
  const add = (condition: string, ...given: Value[]): void => {
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
    add(hasTag, tag, value);
  }
  addTimes(query, add);
  return { conditions, values };
}

function addTimes(
  { createdFrom, createdTo, endedFrom, endedTo }: InstanceQuery,
  add: (condition: string, ...given: Value[]) => void,
): void {
  if (createdFrom !== undefined) add("created_at >= ?", createdFrom);
  if (createdTo !== undefined) add("created_at <= ?", createdTo);
  if (endedFrom === undefined && endedTo === undefined) return;
  // What has ended is not updated any more.
  add("runtime_status IN ('Completed', 'Failed', 'Terminated')");
  if (endedFrom !== undefined) add("last_updated_at >= ?", endedFrom);
  if (endedTo !== undefined) add("last_updated_at <= ?", endedTo);
}
