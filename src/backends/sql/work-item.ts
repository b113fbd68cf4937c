/**
 * What a worker is handed of an instance that was locked for it. Used by the claims of the SQL backends.
 */
import type { EntityData } from "../../core/entity-data.ts";
import type { ExecutionStart, InstanceMessage } from "../../core/messages.ts";
import type { Mutable } from "../../core/mutable.ts";
import type { InstanceRecord, OrchestrationWorkItem } from "../../ports/backend.ts";
import { entityOf, messageOf, recordOf, startOf, type Row } from "./columns.ts";
import { hasYetToStart, type InstanceRow } from "./rows.ts";

/** What the columns of an instance say. */
export interface ItemParts {
  readonly record: InstanceRecord;
  readonly start: ExecutionStart;
  readonly entity?: EntityData | undefined;
}

/** Makes the item from the instance's columns and its visible messages, once the row holds the lock. */
export function workItem(
  row: InstanceRow,
  instance: Row,
  messages: readonly Row[],
  now: number,
): OrchestrationWorkItem {
  const parts = { record: recordOf(instance), start: startOf(instance), entity: entityOf(instance) };
  return itemOf(
    row,
    parts,
    messages.map((message) => messageOf(row.instanceId, message)),
    now,
  );
}

/** Makes the item, once the row holds the lock. */
export function itemOf(
  row: InstanceRow,
  { record, start, entity }: ItemParts,
  messages: readonly InstanceMessage[],
  now: number,
): OrchestrationWorkItem {
  const item: Mutable<OrchestrationWorkItem> = {
    lock: { key: row.instanceId, token: row.lock?.token ?? 0 },
    instance: record,
    start,
    lastEventId: row.lastEventId,
    messages,
    deliveryCount: row.deliveryCount,
    now,
  };
  if (entity !== undefined) item.entity = entity;
  if (row.rewind !== undefined) item.rewind = row.rewind;
  return item;
}

/** True when an instance has something to do although no message waits for it. */
export function hasStartDue(row: InstanceRow, now: number): boolean {
  return row.rewind !== undefined || (hasYetToStart(row) && row.startAt <= now);
}
