/**
 * Hands out what is ready: the fetches.
 *
 * Invariant: what is handed out was ready, and is locked for the worker in the same transaction; oldest first. Rows that
 * another transaction works on are passed over.
 */
import { assert } from "../../core/assert.ts";
import { BATCH_MESSAGES_MAX } from "../../core/limits.ts";
import type { ActivityWorkItem, FetchOptions, OrchestrationWorkItem } from "../../ports/backend.ts";
import { activityRowOf, type Row } from "../sql/columns.ts";
import type { InstanceRow } from "../sql/rows.ts";
import { hasStartDue, workItem } from "../sql/work-item.ts";
import type { PostgresTables } from "./postgres-tables.ts";

interface Claimed {
  readonly work: Row;
  readonly instance: Row;
  readonly messages: readonly Row[] | null;
}

/** Locks ready instances. What the transaction wrote has been sent. */
export async function claimInstances(
  { workerId, maxItems, leaseMs }: FetchOptions,
  tables: PostgresTables,
): Promise<readonly OrchestrationWorkItem[]> {
  assert(leaseMs > 0, "a lock lasts longer than no time");
  const found = await tables.query("claimInstances", tables.now, maxItems, workerId, leaseMs, BATCH_MESSAGES_MAX);
  const items: OrchestrationWorkItem[] = [];
  for (const claimed of found as unknown as readonly Claimed[]) {
    const row = tables.adopt({ ...claimed.work, instance_id: claimed.instance["instance_id"] ?? null });
    const messages = claimed.messages ?? [];
    if (messages.length > 0 || hasStartDue(row, tables.now))
      items.push(workItem(row, claimed.instance, messages, tables.now));
    else letGo(row, tables);
  }
  await tables.flush();
  return items;
}

/** Nothing was there after all: the messages that made it ready are gone. */
function letGo(row: InstanceRow, tables: PostgresTables): void {
  row.lock = undefined;
  row.deliveryCount -= 1;
  tables.recount(row);
}

/** Locks ready activities. What the transaction wrote has been sent. */
export async function claimActivities(
  { workerId, maxItems, leaseMs }: FetchOptions,
  tables: PostgresTables,
): Promise<readonly ActivityWorkItem[]> {
  assert(leaseMs > 0, "a lock lasts longer than no time");
  const found = await tables.query("claimActivities", tables.now, maxItems, workerId, leaseMs);
  return found.map((claimed) => {
    const { id: key, work, deliveryCount, lock } = activityRowOf(claimed);
    return { lock: { key, token: lock?.token ?? 0 }, work, deliveryCount, now: tables.now };
  });
}
