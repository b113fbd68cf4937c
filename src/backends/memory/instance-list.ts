/**
 * Lists instances page by page, in the order of their ids.
 *
 * Invariant: the continuation token is the last id of the page, so that a page holds what is true when it is
 * read, and an instance that stays is never listed twice nor left out. Called by the memory store alone.
 */
import { isTerminal } from "../../core/status.ts";
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

function matches(record: InstanceRecord, query: InstanceQuery): boolean {
  const { kind, runtimeStatus, name, parentInstanceId, createdFrom, createdTo } = query;
  if (kind !== undefined && kind !== record.kind) return false;
  if (runtimeStatus !== undefined && !runtimeStatus.includes(record.runtimeStatus)) return false;
  if (name !== undefined && name !== record.name) return false;
  if (parentInstanceId !== undefined && parentInstanceId !== record.parentInstanceId) return false;
  return isWithin(record.createdAt, createdFrom, createdTo) && hasTags(record, query) && hasEndedWithin(record, query);
}

function hasTags(record: InstanceRecord, { tags = {} }: InstanceQuery): boolean {
  const own = record.tags ?? {};
  return Object.entries(tags).every(([name, value]) => Object.hasOwn(own, name) && own[name] === value);
}

/** What has ended is not updated any more. */
function hasEndedWithin(
  { runtimeStatus, lastUpdatedAt }: InstanceRecord,
  { endedFrom, endedTo }: InstanceQuery,
): boolean {
  if (endedFrom === undefined && endedTo === undefined) return true;
  return isTerminal(runtimeStatus) && isWithin(lastUpdatedAt, endedFrom, endedTo);
}

function isWithin(time: number, from = -Infinity, to = Infinity): boolean {
  return time >= from && time <= to;
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
