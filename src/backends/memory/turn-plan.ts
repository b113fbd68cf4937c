/**
 * The commit of a turn, as micro-steps over the memory store's data.
 *
 * Invariant: everything that can be refused is refused before the first step exists; then the steps together make
 * the turn durable. Called by the store alone.
 */
import { assert } from "../../core/assert.ts";
import type { ExecutionStart } from "../../core/messages.ts";
import { isTerminal } from "../../core/status.ts";
import type { TurnCommit } from "../../ports/backend.ts";
import type { QueueEntry } from "./control-queue.ts";
import { instanceRecord } from "./instance-record.ts";
import type { MicroStep } from "./micro-step.ts";
import type { InstanceState, StoreState } from "./store-state.ts";

/**
 * Plans a turn's commit. The plan is empty when the commit with this request id has been made already.
 *
 * @throws LeaseLostError when the commit's lock is stale.
 */
export function planTurn(state: StoreState, commit: TurnCommit): readonly MicroStep[] {
  if (state.instances.get(commit.lock.key)?.lastCommitRequestId === commit.requestId) return [];
  const instance = state.ownedInstance(commit.lock);
  checkTurn(instance, commit);
  const endedExecution = commit.next !== undefined && !isSameExecution(instance, commit.next);
  const steps: MicroStep[] = [];
  if (commit.events.length > 0 || commit.next !== undefined) {
    steps.push({ name: "history", apply: () => writeHistory(state, instance, commit, endedExecution) });
  }
  if (commit.activities.length > 0) {
    steps.push({ name: "activities", apply: () => addActivities(state, instance, commit) });
  }
  if (commit.timers.length > 0 || commit.cancelledTimers.length > 0 || endedExecution) {
    const cancelled = endedExecution ? instance.record.executionId : undefined;
    steps.push({ name: "timers", apply: () => setTimers(state, instance, commit, cancelled) });
  }
  if (commit.messages.length > 0) {
    steps.push({
      name: "messages",
      apply: () => {
        for (const message of commit.messages) state.deliver(message);
      },
    });
  }
  if (commit.consumed.length > 0) {
    const consumed = consumedEntries(instance, commit);
    steps.push({ name: "inbox", apply: () => consume(state, instance, consumed) });
  }
  steps.push({ name: "status", apply: () => writeStatus(state, instance, commit) });
  steps.push({ name: "lock", apply: () => endLock(state, instance, commit) });
  return steps;
}

/** A commit that breaks these was not made from its work item: a bug of the engine, not of its surroundings. */
function checkTurn(instance: InstanceState, commit: TurnCommit): void {
  let eventId = instance.history.length;
  for (const event of commit.events) {
    eventId++;
    assert(event.eventId === eventId, `event ${event.eventId} is the history's next, which is ${eventId}`);
  }
  for (const timer of commit.timers) {
    assert(timer.instanceId === instance.record.instanceId, "a timer is a message of an instance to itself");
  }
  if (commit.next !== undefined && isSameExecution(instance, commit.next)) {
    assert(eventId === 0, "only an execution that has not begun can be given another beginning");
  }
}

/** Only what this lock's holder was handed: a copy that arrived since then stays. */
function consumedEntries(instance: InstanceState, commit: TurnCommit): readonly QueueEntry[] {
  const ids = new Set(commit.consumed);
  const entries = instance.batch.filter((entry) => ids.has(entry.message.messageId));
  assert(entries.length === ids.size, "a turn consumes only messages of its work item");
  return entries;
}

function isSameExecution(instance: InstanceState, next: ExecutionStart): boolean {
  return next.event.executionId === instance.record.executionId;
}

function writeHistory(state: StoreState, instance: InstanceState, commit: TurnCommit, endedExecution: boolean): void {
  for (const event of commit.events) instance.history.push(event);
  if (endedExecution) {
    if (state.keepHistory) {
      (instance.archived ??= []).push({ executionId: instance.record.executionId, events: instance.history });
    }
    instance.history = [];
  }
  if (commit.next !== undefined) instance.start = commit.next;
  state.refreshInstance(instance);
}

function addActivities(state: StoreState, instance: InstanceState, commit: TurnCommit): void {
  if (instance.isGone) return;
  for (const work of commit.activities) state.addActivity(instance, work);
}

function setTimers(state: StoreState, instance: InstanceState, commit: TurnCommit, endedId: string | undefined): void {
  if (instance.isGone) return;
  for (const timer of commit.timers) state.enqueue(instance, timer);
  for (const messageId of commit.cancelledTimers) instance.queue.cancel(messageId);
  if (endedId !== undefined) instance.queue.cancelTimersOf(endedId);
  state.refreshInstance(instance);
}

function consume(state: StoreState, instance: InstanceState, consumed: readonly QueueEntry[]): void {
  for (const entry of consumed) instance.queue.remove(entry);
  state.refreshInstance(instance);
}

function writeStatus(state: StoreState, instance: InstanceState, commit: TurnCommit): void {
  const { record } = instance;
  instance.record = instanceRecord(commit.next?.event ?? record, record, commit.status, state.nextRevision());
  if (isTerminal(instance.record.runtimeStatus)) state.discard("instance-terminal", instance.queue.clear());
  state.refreshInstance(instance);
  state.tellInstanceChanged(instance.record.instanceId);
}

function endLock(state: StoreState, instance: InstanceState, commit: TurnCommit): void {
  if (instance.lock?.token === commit.lock.token) {
    instance.lock = undefined;
    instance.batch = [];
  }
  instance.notBefore = 0;
  instance.deliveryCount = 0;
  instance.lastCommitRequestId = commit.requestId;
  state.refreshInstance(instance);
}
