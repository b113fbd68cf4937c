/**
 * What a worker is handed of an instance that was locked for it. Used by the claims of the SQL backends.
 */
import type { Mutable } from "../../core/mutable.ts";
import type { OrchestrationWorkItem } from "../../ports/backend.ts";
import { entityOf, messageOf, recordOf, startOf, type Row } from "./columns.ts";
import { hasYetToStart, type InstanceRow } from "./rows.ts";

/** Makes the item from the instance's columns and its visible messages, once the row holds the lock. */
export function workItem(
  row: InstanceRow,
  instance: Row,
  messages: readonly Row[],
  now: number,
): OrchestrationWorkItem {
  const item: Mutable<OrchestrationWorkItem> = {
    lock: { key: row.instanceId, token: row.lock?.token ?? 0 },
    instance: recordOf(instance),
    start: startOf(instance),
    lastEventId: row.lastEventId,
    messages: messages.map((message) => messageOf(row.instanceId, message)),
    deliveryCount: row.deliveryCount,
    now,
  };
  const entity = entityOf(instance);
  if (entity !== undefined) item.entity = entity;
  if (row.rewind !== undefined) item.rewind = row.rewind;
  return item;
}

/** True when an instance has something to do although no message waits for it. */
export function hasStartDue(row: InstanceRow, now: number): boolean {
  return row.rewind !== undefined || (hasYetToStart(row) && row.startAt <= now);
}
