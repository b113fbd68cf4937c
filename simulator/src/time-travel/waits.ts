/**
 * What an instance waits for, read from its history, its queue and the activities.
 *
 * Invariant: reads plain data. What only the orchestrator's code knows (for which external event it waits) is not
 * recorded, so an instance for which nothing else is under way is said to wait for some event.
 */
import type { HistoryEvent } from "dacapo/backend";
import { answerMessageId, isTerminal } from "dacapo/backend";
import type { InstanceView, QueueEntry } from "dacapo/memory";
import type { ActivitySnapshot } from "./simulation-state.ts";
import { timeText } from "./event-words.ts";

/** In words; empty for an instance that has ended. `activities` are those of the instance. */
export function waitsOf(
  instance: InstanceView,
  queue: readonly QueueEntry[],
  activities: readonly ActivitySnapshot[],
  now: number,
): readonly string[] {
  const { record, lock } = instance;
  if (isTerminal(record.runtimeStatus)) return [];
  const turn = lock !== undefined && lock.expiresAt > now ? [`its turn on ${lock.workerId}`] : [];
  if (record.kind === "entity") return [...turn, ...waitsOfEntity(record, queue.length)];
  return waitsOfOrchestration(instance, queue, activities, { now, turn });
}

function waitsOfOrchestration(
  { record, start, history }: InstanceView,
  queue: readonly QueueEntry[],
  activities: readonly ActivitySnapshot[],
  { now, turn }: { readonly now: number; readonly turn: readonly string[] },
): readonly string[] {
  const waits = [...turn];
  if (history.length === 0) {
    const startAt = start.startAt ?? now;
    waits.push(startAt > now ? `its start at ${timeText(startAt)}` : "its start");
    return waits;
  }
  const visible = queue.filter(({ visibleAt }) => visibleAt <= now).length;
  if (visible > 0) waits.push(visible === 1 ? "a turn for 1 message" : `a turn for ${visible} messages`);
  for (const { name, taskId, status, worker } of activities) {
    waits.push(`${name} (task ${taskId}), which ${status === "running" ? `runs on ${worker ?? ""}` : "waits to run"}`);
  }
  const queued = new Set(queue.map(({ message }) => message.messageId));
  for (const event of openTimers(history)) {
    // A timer that was cancelled has no message any more.
    if (!queued.has(answerMessageId(record.executionId, event.taskId))) continue;
    waits.push(`timer ${event.taskId}, due ${timeText(event.fireAt)}`);
  }
  return waits.length === 0 ? ["an external event"] : waits;
}

/** An entity waits for nothing by itself. */
function waitsOfEntity({ entity }: InstanceView["record"], messages: number): readonly string[] {
  const waits = messages === 0 ? [] : [messages === 1 ? "a turn for 1 message" : `a turn for ${messages} messages`];
  if (entity?.lockedBy !== undefined) waits.push(`the end of the critical section of "${entity.lockedBy}"`);
  return waits;
}

function openTimers(history: readonly HistoryEvent[]): readonly Extract<HistoryEvent, { type: "TimerCreated" }>[] {
  const fired = new Set(history.flatMap((event) => (event.type === "TimerFired" ? [event.taskId] : [])));
  return history.filter((event) => event.type === "TimerCreated").filter(({ taskId }) => !fired.has(taskId));
}
