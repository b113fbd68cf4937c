/**
 * Why an entity rests, and why an orchestration waits for one: part of O11.
 *
 * Invariant: a lock may be held as long as whoever holds it rests for a good reason, such as an order to suspend it; then
 * what waits in the entity for the lock waits for the same reason, and so does whoever sent it. Nothing else that an
 * entity has may wait. Used by O11 alone, which explains orchestrations.
 */
import type { EntityData } from "dacapo/backend";
import type { InstanceView } from "dacapo/memory";
import type { OpenTask } from "dacapo/replay";
import type { FinalEvidence } from "./oracle.ts";

/** Why an instance rests although it has not ended. */
export interface Rest {
  /** True when only a client can make it go on. */
  readonly isJustified: boolean;
  /** What it waits for, and why that does not come, as the end of a sentence about it. */
  readonly reason: string;
}

/** Explains another instance; undefined when that has ended, or nobody can tell. */
export type Explain = (instance: InstanceView) => Rest | undefined;

/** An entity rests when nothing waits for it or in it but what may. */
export function restOfEntity(
  { record, entity }: InstanceView,
  { store }: FinalEvidence,
  explain: Explain,
): Rest | undefined {
  const messages = store.queue(record.instanceId).length;
  if (messages > 0) return stall(`${count(messages)} for it that no worker takes`);
  const { lock, waiting = [], held = [] } = entity ?? {};
  if (lock === undefined) {
    const kept = waiting.length + held.length;
    return kept === 0 ? undefined : stall(`${count(kept)} in it that it does not go on with`);
  }
  const { instanceId, executionId } = lock.caller;
  const owner = store.instance(instanceId);
  const rest = owner?.record.executionId === executionId ? explain(owner) : undefined;
  if (rest?.isJustified !== true) return stall(`it is locked by "${instanceId}", which never lets go`);
  if (held.length > 0) return stall(`${count(held.length)} in it for others of their senders that never come`);
  return { isJustified: true, reason: `it is locked by "${instanceId}", of which is true: ${rest.reason}` };
}

/** Why an entity does not answer a call, or does not give its lock. */
export function restOfRequest(
  { taskId }: Extract<OpenTask, { readonly taskId: number }>,
  { record, history }: InstanceView,
  { store }: FinalEvidence,
  explain: Explain,
): Rest {
  const asked = history.flatMap((event) => {
    if (event.type === "EntityOperationCalled") return event.taskId === taskId ? [event.entityId] : [];
    return event.type === "EntityLockRequested" && event.taskId === taskId ? event.lockSet : [];
  });
  if (asked.length === 0) return stall("its history does not ask for it");
  const { executionId } = record;
  for (const entityId of asked) {
    const entity = store.instance(entityId);
    if (entity?.entity === undefined || !isKept(entity.entity, executionId, taskId)) continue;
    return explain(entity) ?? stall(`it is kept in "${entityId}", which could go on with it`);
  }
  return stall(`nobody has it of ${asked.map((entityId) => `"${entityId}"`).join(", ")}`);
}

function isKept({ waiting, held }: EntityData, executionId: string, taskId: number): boolean {
  return [...waiting, ...held].some(
    ({ body }) => "caller" in body && body.caller.executionId === executionId && body.caller.taskId === taskId,
  );
}

function stall(reason: string): Rest {
  return { isJustified: false, reason };
}

function count(messages: number): string {
  return messages === 1 ? "a message waits" : `${messages} messages wait`;
}
