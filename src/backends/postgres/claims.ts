/**
 * Hands out what is ready: the fetches.
 *
 * Invariant: what is handed out was ready, and is locked for the worker in the same transaction. What the transaction itself
 * has made ready is written with its lock; of what others have, the oldest comes first, and rows that another transaction
 * works on are passed over. A fetch fills at most half of itself with the former, so that nobody waits for ever.
 */
import { assert } from "../../core/assert.ts";
import { BATCH_MESSAGES_MAX } from "../../core/limits.ts";
import type { ActivityWorkItem, FetchOptions, Lock, OrchestrationWorkItem, WorkKind } from "../../ports/backend.ts";
import { activityRowOf, instanceRowOf, type Row } from "../sql/columns.ts";
import { holds } from "../sql/locks.ts";
import type { InstanceRow, WorkRow } from "../sql/rows.ts";
import { instanceOf, type Operation, type Tables } from "../sql/tables.ts";
import { hasStartDue, workItem } from "../sql/work-item.ts";
import type { Closing } from "./calls.ts";
import { isOfRevision } from "./loaded-rows.ts";
import type { PostgresTables, ReadyInstance } from "./postgres-tables.ts";
import type { Statement } from "./statements.ts";

/** What a fetch has found. */
export interface Claimed {
  readonly items: readonly (OrchestrationWorkItem | ActivityWorkItem)[];
  /** Instances that were locked for nothing: what made them ready is gone, or not to be seen yet. */
  readonly idle: readonly Lock[];
  /** In how many milliseconds the next is ready; `Infinity` when nothing waits. Absent where nobody asked. */
  readonly dueInMs?: number;
}

interface ClaimedInstance {
  readonly now: string;
  readonly work: Row;
  readonly instance: Row;
  readonly messages: readonly Row[] | null;
}

/** The rows of the instance that an activity belongs to; null where they did not come with it. */
interface ClaimedOwner {
  readonly work: Row | null;
  readonly instance: Row | null;
  readonly history: readonly string[] | null;
}

/** Carries out the order of a worker that waits: nothing was ready when it began to, so only what has become so is looked at. */
export function fillOrder(kind: WorkKind, options: FetchOptions, tables: PostgresTables): Closing {
  const own = claimOwn(kind, options, tables);
  // What of it cannot be handed out from here, the next fetch finds.
  return { statements: [], finish: () => ({ items: own.items(), idle: [] }) satisfies Claimed };
}

/** Carries out a fetch with what the transaction itself has made ready, where that is anything. */
export function fetchOwn(kind: WorkKind, options: FetchOptions, tables: PostgresTables): Closing | undefined {
  const own = claimOwn(kind, options, tables);
  return own.count === 0 ? undefined : { statements: [], finish: () => ({ items: own.items(), idle: [] }) };
}

/** Carries out a fetch, and looks for what others have made ready. */
export function fetch(kind: WorkKind, options: FetchOptions, tables: PostgresTables): Closing {
  const { workerId, leaseMs, maxItems } = options;
  assert(leaseMs > 0, "a lock lasts longer than no time");
  const own = claimOwn(kind, { ...options, maxItems: maxItems >> 1 }, tables);
  const wanted = maxItems - own.count;
  const claim: Statement =
    kind === "activity"
      ? { name: "claimActivities", values: [wanted, workerId, leaseMs] }
      : { name: "claimInstances", values: [wanted, workerId, leaseMs, BATCH_MESSAGES_MAX] };
  const due: Statement = { name: kind === "activity" ? "dueActivity" : "dueInstance", values: [] };
  return {
    statements: [claim, due],
    finish: ([found = [], dues = []]) => {
      const [next] = dues;
      if (next !== undefined) tables.now = Number(next["now"]);
      const { items, idle } = kind === "activity" ? foundActivities(found, tables) : foundInstances(found, tables);
      const dueInMs = next === undefined || next["at"] === null ? Infinity : Number(next["at"]) - Number(next["now"]);
      return { items: [...own.items(), ...items], idle, dueInMs } satisfies Claimed;
    },
  };
}

/** What was locked of what the transaction has made ready. */
interface Own {
  readonly count: number;
  /** To be called once the transaction is durable: an activity that was there already is not ours. */
  readonly items: () => Claimed["items"];
}

function claimOwn(kind: WorkKind, options: FetchOptions, tables: PostgresTables): Own {
  const items = kind === "activity" ? ownActivities(options, tables) : ownInstances(options, tables);
  const isOurs = ({ lock }: { readonly lock: Lock }): boolean => kind !== "activity" || tables.isInserted(lock.key);
  return { count: items.length, items: () => items.filter(isOurs) };
}

function ownActivities(options: FetchOptions, tables: PostgresTables): readonly ActivityWorkItem[] {
  const items: ActivityWorkItem[] = [];
  for (const row of tables.newActivities()) {
    if (items.length >= options.maxItems) break;
    if (row.lock !== undefined) continue;
    const token = take(row, options, tables);
    items.push({ lock: { key: row.id, token }, work: row.work, deliveryCount: row.deliveryCount, now: tables.now });
  }
  return items;
}

/** Locks instances that activities have answered, to be handed out before the answers are durable (`early-turns.ts`). */
export function claimAnswered(options: FetchOptions, tables: PostgresTables): readonly OrchestrationWorkItem[] {
  return ownInstances(options, tables, (ready) => tables.isAnswered(ready));
}

function ownInstances(
  options: FetchOptions,
  tables: PostgresTables,
  isWanted: (ready: ReadyInstance) => boolean = () => true,
): readonly OrchestrationWorkItem[] {
  const items: OrchestrationWorkItem[] = [];
  for (const ready of tables.readyInstances()) {
    if (items.length >= options.maxItems) break;
    if (!isWanted(ready)) continue;
    const { row, record, messages } = ready;
    const batch = messages.slice(0, BATCH_MESSAGES_MAX);
    if (batch.length === 0 && !hasStartDue(row, tables.now)) continue;
    row.lastNumber = Math.max(row.lastNumber, tables.lastVoid(row.instanceId));
    take(row, options, tables);
    row.served = tables.now;
    tables.touch(row);
    items.push(workItem(row, record, batch, tables.now));
  }
  return items;
}

function take(row: WorkRow, { workerId, leaseMs }: FetchOptions, tables: PostgresTables): number {
  const token = tables.nextNumber(row);
  row.lock = { token, workerId, expiresAt: tables.now + leaseMs };
  row.deliveryCount += 1;
  return token;
}

function foundInstances(found: readonly Row[], tables: PostgresTables): Claimed {
  const items: OrchestrationWorkItem[] = [];
  const idle: Lock[] = [];
  for (const claimed of found as unknown as readonly ClaimedInstance[]) {
    const row = rowOf(claimed.work, claimed.instance);
    const now = Number(claimed.now);
    const messages = claimed.messages ?? [];
    tables.left.instances.delete(row.key);
    const lock = { key: row.instanceId, token: row.lock?.token ?? 0 };
    const hasWork = messages.length > 0 || hasStartDue(row, now);
    const isRight = isOfRevision(claimed.instance, row) && lock.token > tables.lastVoid(lock.key);
    if (!hasWork || !isRight) {
      idle.push(lock);
      continue;
    }
    items.push(workItem(row, claimed.instance, messages, now));
    tables.left.addClaimed(row, claimed.instance, messages.length === 0);
  }
  return { items, idle };
}

function foundActivities(found: readonly Row[], tables: PostgresTables): Claimed {
  const items = found.map((claimed) => {
    const row = activityRowOf(claimed);
    const { id: key, work, deliveryCount, lock } = row;
    tables.left.activities.delete(key);
    tables.left.held.push(row);
    const owner = claimed as unknown as ClaimedOwner;
    if (owner.work !== null && owner.instance !== null) {
      const image = { row: rowOf(owner.work, owner.instance), record: owner.instance };
      tables.left.addOwner(owner.history === null ? image : { ...image, history: owner.history });
    }
    return { lock: { key, token: lock?.token ?? 0 }, work, deliveryCount, now: Number(claimed["now"]) };
  });
  return { items, idle: [] };
}

/** The row of an instance, from its row of work and its record. */
function rowOf(work: Row, record: Row): InstanceRow {
  return instanceRowOf({ ...work, instance_id: record["instance_id"] ?? null });
}

/** Gives back an instance that was locked for nothing, and finds out anew when it is ready; its next token is a greater one. */
export function* letGo(tables: Tables, lock: Lock, leastToken: number): Operation<void> {
  const row = yield* instanceOf(lock.key);
  if (!holds(row, lock, tables.now)) return;
  row.lock = undefined;
  row.lastNumber = Math.max(row.lastNumber, leastToken);
  row.deliveryCount -= 1;
  tables.recount(row);
}
