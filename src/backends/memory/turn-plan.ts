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
import { entityRow, instanceRecord } from "../sql/instance-record.ts";
import type { MicroStep } from "./micro-step.ts";
import { rewindChild } from "./reopening.ts";
import type { InstanceState, StoreState } from "./store-state.ts";

/** A commit on its way: checked, and not refused any more. */
interface TurnPlan {
  readonly state: StoreState;
  readonly instance: InstanceState;
  readonly commit: TurnCommit;
  /** The execution that the turn ended by continue-as-new. */
  readonly endedExecutionId: string | undefined;
  readonly consumed: readonly QueueEntry[];
}

interface TurnPart {
  readonly name: MicroStep["name"];
  isNeeded(plan: TurnPlan): boolean;
  apply(plan: TurnPlan): void;
}

/** The parts of a turn in the order in which they are written. */
const PARTS: readonly TurnPart[] = [
  {
    name: "history",
    isNeeded: ({ commit }) => commit.events.length > 0 || commit.next !== undefined || commit.rewritten !== undefined,
    apply: writeHistory,
  },
  { name: "activities", isNeeded: ({ commit }) => commit.activities.length > 0, apply: addActivities },
  {
    name: "timers",
    isNeeded: ({ commit, endedExecutionId }) =>
      commit.timers.length > 0 || commit.cancelledTimers.length > 0 || endedExecutionId !== undefined,
    apply: setTimers,
  },
  {
    name: "starts",
    isNeeded: ({ commit }) => commit.starts.length > 0 || commit.rewinds !== undefined,
    apply: startInstances,
  },
  { name: "messages", isNeeded: ({ commit }) => commit.messages.length > 0, apply: sendMessages },
  { name: "entity", isNeeded: ({ commit }) => commit.entity !== undefined, apply: writeEntity },
  { name: "inbox", isNeeded: ({ consumed }) => consumed.length > 0, apply: consume },
  { name: "status", isNeeded: () => true, apply: writeStatus },
  { name: "lock", isNeeded: () => true, apply: endLock },
];

/**
 * Makes a turn durable, all at once. Nothing happens when the commit with this request id has been made already.
 *
 * @throws LeaseLostError when the commit's lock is stale.
 */
export function commitTurn(state: StoreState, commit: TurnCommit): void {
  const plan = checkedPlan(state, commit);
  if (plan === undefined) return;
  for (const part of PARTS) if (part.isNeeded(plan)) part.apply(plan);
  state.refreshInstance(plan.instance);
}

/**
 * Plans a turn's commit as steps; there are none when the commit with this request id has been made already.
 *
 * @throws LeaseLostError when the commit's lock is stale.
 */
export function planTurn(state: StoreState, commit: TurnCommit): readonly MicroStep[] {
  const plan = checkedPlan(state, commit);
  if (plan === undefined) return [];
  return PARTS.filter((part) => part.isNeeded(plan)).map((part) => ({
    name: part.name,
    apply: () => {
      part.apply(plan);
      state.refreshInstance(plan.instance);
    },
  }));
}

function checkedPlan(state: StoreState, commit: TurnCommit): TurnPlan | undefined {
  if (state.instances.get(commit.lock.key)?.lastCommitRequestId === commit.requestId) return undefined;
  const instance = state.ownedInstance(commit.lock);
  checkTurn(instance, commit);
  const isEnded = commit.next !== undefined && !isSameExecution(instance, commit, commit.next);
  const endedExecutionId = isEnded ? currentExecutionId(instance, commit) : undefined;
  return { state, instance, commit, endedExecutionId, consumed: consumedEntries(instance, commit) };
}

/** A commit that breaks these was not made from its work item: a bug of the engine, not of its surroundings. */
function checkTurn(instance: InstanceState, commit: TurnCommit): void {
  const isToGoOn = instance.rewind !== undefined;
  assert((commit.rewritten !== undefined) === isToGoOn, "a history is rewritten by the turn that was told to, alone");
  let eventId = (commit.rewritten?.history ?? instance.history).length;
  for (const event of commit.events) {
    eventId++;
    assert(event.eventId === eventId, "a turn's events continue the history without a gap");
  }
  for (const timer of commit.timers) {
    assert(timer.instanceId === instance.record.instanceId, "a timer is a message of an instance to itself");
  }
  const isEntity = instance.record.kind === "entity";
  assert((commit.entity !== undefined) === isEntity, "every turn of an entity, and no other, gives its data");
  if (commit.next !== undefined && isSameExecution(instance, commit, commit.next)) {
    assert(eventId === 0, "only an execution that has not begun can be given another beginning");
  }
}

/** Only what this lock's holder was handed: a copy that arrived since then stays. */
function consumedEntries(instance: InstanceState, commit: TurnCommit): readonly QueueEntry[] {
  const { batch } = instance;
  const ids = commit.consumed;
  // As a rule a turn consumes all that it was handed, in that order.
  if (ids.length === batch.length && batch.every(({ message }, index) => message.messageId === ids[index]))
    return batch;
  const consumed = new Set(ids);
  const entries = batch.filter((entry) => consumed.has(entry.message.messageId));
  assert(entries.length === consumed.size, "a turn consumes only messages of its work item");
  return entries;
}

function isSameExecution(instance: InstanceState, commit: TurnCommit, next: ExecutionStart): boolean {
  return next.event.executionId === currentExecutionId(instance, commit);
}

function currentExecutionId({ record }: InstanceState, { rewritten }: TurnCommit): string {
  return rewritten?.start.event.executionId ?? record.executionId;
}

function writeHistory({ state, instance, commit, endedExecutionId }: TurnPlan): void {
  if (commit.rewritten !== undefined) rewriteHistory(state, instance, commit.rewritten);
  for (const event of commit.events) instance.history.push(event);
  if (endedExecutionId !== undefined) {
    if (state.keepHistory) {
      (instance.archived ??= []).push({ executionId: endedExecutionId, events: instance.history });
    }
    instance.history = [];
  }
  if (commit.next !== undefined) instance.start = commit.next;
}

function rewriteHistory(
  state: StoreState,
  instance: InstanceState,
  { start, history }: NonNullable<TurnCommit["rewritten"]>,
): void {
  const { executionId } = instance.record;
  if (state.keepHistory) (instance.archived ??= []).push({ executionId, events: instance.history });
  instance.history = [...history];
  instance.start = start;
  instance.rewind = undefined;
}

function addActivities({ state, instance, commit }: TurnPlan): void {
  if (instance.isGone) return;
  for (const work of commit.activities) state.addActivity(instance, work);
}

function setTimers({ state, instance, commit, endedExecutionId }: TurnPlan): void {
  if (instance.isGone) return;
  for (const timer of commit.timers) state.enqueue(instance, timer);
  for (const messageId of commit.cancelledTimers) instance.queue.cancel(messageId);
  if (endedExecutionId !== undefined) instance.queue.cancelTimersOf(endedExecutionId);
}

function sendMessages({ state, commit }: TurnPlan): void {
  for (const message of commit.messages) state.deliver(message);
}

function startInstances({ state, commit }: TurnPlan): void {
  for (const start of commit.starts) state.start(start);
  for (const rewind of commit.rewinds ?? []) rewindChild(state, rewind);
}

function writeEntity({ instance, commit }: TurnPlan): void {
  instance.entity = commit.entity;
}

function consume({ instance, consumed }: TurnPlan): void {
  for (const entry of consumed) instance.queue.remove(entry);
}

function writeStatus({ state, instance, commit }: TurnPlan): void {
  const { record } = instance;
  const changed = instanceRecord(beginningOf(commit) ?? record, record, commit.status, state.nextRevision());
  instance.record = instance.entity === undefined ? changed : { ...changed, entity: entityRow(instance.entity) };
  if (isTerminal(instance.record.runtimeStatus)) state.discard("instance-terminal", instance.queue.clear());
  state.tellInstanceChanged(instance.record.instanceId);
}

function beginningOf({ next, rewritten }: TurnCommit): ExecutionStart["event"] | undefined {
  return (next ?? rewritten?.start)?.event;
}

function endLock({ instance, commit }: TurnPlan): void {
  if (instance.lock?.token === commit.lock.token) {
    instance.lock = undefined;
    instance.batch = [];
  }
  instance.notBefore = 0;
  instance.deliveryCount = 0;
  instance.lastCommitRequestId = commit.requestId;
}
