/**
 * Lists instances page by page, in the order of their ids.
 *
 * Invariant: the continuation token is the last id of the page, so that a page holds what is true when it is
 * read, and an instance that stays is never listed twice nor left out. Called by the memory store alone.
 */
import type { InstancePage, InstanceQuery, InstanceRecord } from "../../ports/backend.ts";
import type { InstanceState } from "./store-state.ts";

/** One page. `sortedIds` are the keys of `instances` by UTF-16 code units. */
export function pageOf(
  instances: ReadonlyMap<string, InstanceState>,
  sortedIds: readonly string[],
  query: InstanceQuery,
): InstancePage {
  const prefix = query.instanceIdPrefix ?? "";
  const page: InstanceRecord[] = [];
  const after = query.continuationToken;
  for (let i = Math.max(firstFrom(sortedIds, prefix), firstAfter(sortedIds, after)); i < sortedIds.length; i++) {
    const record = instances.get(sortedIds[i] as string)?.record;
    if (record === undefined || !record.instanceId.startsWith(prefix)) break;
    if (!matches(record, query)) continue;
    const last = page.at(-1);
    if (page.length >= query.pageSize && last !== undefined) {
      return { instances: page, continuationToken: last.instanceId };
    }
    page.push(record);
  }
  return { instances: page };
}

function matches(record: InstanceRecord, { kind, runtimeStatus, createdFrom, createdTo }: InstanceQuery): boolean {
  if (kind !== undefined && kind !== record.kind) return false;
  if (runtimeStatus !== undefined && !runtimeStatus.includes(record.runtimeStatus)) return false;
  return record.createdAt >= (createdFrom ?? -Infinity) && record.createdAt <= (createdTo ?? Infinity);
}

function firstAfter(ids: readonly string[], token: string | undefined): number {
  return token === undefined ? 0 : lowerBound(ids, (id) => id > token);
}

function firstFrom(ids: readonly string[], prefix: string): number {
  return lowerBound(ids, (id) => id >= prefix);
}

/** The first index whose id satisfies a condition that, once true, stays true. */
function lowerBound(ids: readonly string[], isReached: (id: string) => boolean): number {
  let low = 0;
  let high = ids.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isReached(ids[middle] as string)) high = middle;
    else low = middle + 1;
  }
  return low;
}
