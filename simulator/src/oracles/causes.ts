/**
 * O8: what is on its way was sent by somebody who knows that it was sent (causal commit).
 *
 * Invariant: when a message, a timer, an activity or a new instance becomes visible, what caused it is durable already:
 * a client's call that took effect, an activity that was answered, or a turn whose decision is in the sender's history
 * or in the entity's data. So no crash leaves an effect behind whose cause is gone. It looks at what becomes visible,
 * once, and never at what is asked for but not visible: that is the business of O9.
 */
import type { EntityData, HistoryEvent, InstanceMessage, TurnCommit } from "dacapo/backend";
import type { InstanceView, MemoryStore } from "dacapo/memory";
import type { PortCall } from "../world/port-calls.ts";
import { CallReader } from "../world/port-calls.ts";
import type { Evidence, Oracle, Violation } from "./oracle.ts";

const ID = "O8";

export function causesOracle(): Oracle {
  const calls = new CallReader();
  const causes = new Causes();
  const take = (call: PortCall): readonly Violation[] => causes.take(call);
  return {
    id: ID,
    title: "what is on its way was sent by a client, or by a turn that is durable and says so",
    observe: (evidence, changed) => {
      const found = calls.judge(evidence.committed.calls, take);
      if (changed.size === 0) return found;
      const visible = [...changed].flatMap((instanceId) => causes.look(evidence, instanceId));
      return [...found, ...visible, ...causes.lookAtActivities(evidence.store)];
    },
  };
}

/** A turn that sent something: its end must be in the history that it belongs to. */
interface Sender {
  readonly instanceId: string;
  readonly incarnation: string;
  readonly executionId: string;
  /** The id of the turn's last event; undefined for an entity, whose data is its memory. */
  readonly lastEventId: number | undefined;
}

/** Clients and activities: what they sent was in effect when their call was. */
const OUTSIDE = "outside";

class Causes {
  /** By the id of a message, of an activity, or by the incarnation of an instance. */
  readonly #causes = new Map<string, Sender | typeof OUTSIDE>();
  /** What was looked at, by life of the instance: the greatest number in its queue. */
  readonly #lookedAt = new Map<string, number>();
  readonly #activities = new Set<string>();

  take(call: PortCall): readonly Violation[] {
    if ("refusedWith" in call && call.refusedWith !== undefined) return NOTHING;
    switch (call.type) {
      case "create":
        this.#causes.set(call.request.incarnation, OUTSIDE);
        return NOTHING;
      case "send":
        this.#fromOutside(call.message);
        return NOTHING;
      case "answer":
        this.#fromOutside(call.commit.message);
        return NOTHING;
      case "turn":
        return call.firstDoneAt !== undefined || call.before === undefined
          ? NOTHING
          : this.#turn(call.commit, call.before);
      default:
        return NOTHING;
    }
  }

  #fromOutside({ messageId, birth }: InstanceMessage): void {
    this.#causes.set(messageId, OUTSIDE);
    if (birth !== undefined) this.#causes.set(birth.incarnation, OUTSIDE);
  }

  #turn(
    commit: TurnCommit,
    { incarnation, executionId: former }: { readonly incarnation: string; readonly executionId: string },
  ): readonly Violation[] {
    const instanceId = commit.lock.key;
    const executionId = commit.rewritten?.start.event.executionId ?? former;
    const lastEventId = commit.entity === undefined ? commit.events.at(-1)?.eventId : undefined;
    const sender: Sender = { instanceId, incarnation, executionId, lastEventId };
    for (const { executionId: of, taskId } of commit.activities) this.#causes.set(`${of}:${taskId}`, sender);
    for (const { messageId } of commit.timers) this.#causes.set(messageId, sender);
    for (const message of commit.messages) {
      this.#causes.set(message.messageId, sender);
      if (message.birth !== undefined) this.#causes.set(message.birth.incarnation, sender);
    }
    for (const start of commit.starts) {
      this.#causes.set(start.incarnation, sender);
      if (start.refusal !== undefined) this.#causes.set(start.refusal.messageId, sender);
    }
    for (const { lost } of commit.rewinds ?? []) this.#causes.set(lost.messageId, sender);
    const problem = unsaid(commit);
    return problem === undefined ? NOTHING : [violation(instanceId, `"${instanceId}" ${problem}`)];
  }

  /** Looks at what of an instance became visible since the last time. */
  look({ store }: Evidence, instanceId: string): readonly Violation[] {
    const instance = store.instance(instanceId);
    if (instance === undefined) return NOTHING;
    const found: Violation[] = [];
    const { incarnation, name } = instance.record;
    const report = (what: string, cause: string): void => {
      const problem = this.#problemWith(store, cause);
      if (problem !== undefined) found.push(violation(instanceId, `${what} is there, ${problem}`));
    };
    let lookedAt = this.#lookedAt.get(incarnation);
    if (lookedAt === undefined) report(`${name} "${instanceId}"`, incarnation);
    lookedAt ??= -1;
    let greatest = lookedAt;
    for (const { sequence, message } of store.queue(instanceId)) {
      if (sequence <= lookedAt) continue;
      greatest = Math.max(greatest, sequence);
      report(`a message (${message.body.type}) for "${instanceId}"`, message.messageId);
    }
    this.#lookedAt.set(incarnation, greatest);
    return found;
  }

  /** Looks at the activities that became visible since the last time. */
  lookAtActivities(store: MemoryStore): readonly Violation[] {
    const found: Violation[] = [];
    for (const { id, work } of store.activities()) {
      if (this.#activities.has(id)) continue;
      this.#activities.add(id);
      const problem = this.#problemWith(store, id);
      if (problem === undefined) continue;
      found.push(violation(work.instanceId, `activity "${work.name}" of "${work.instanceId}" is there, ${problem}`));
    }
    return found;
  }

  /** Why something has no cause, as the end of a sentence. */
  #problemWith(store: MemoryStore, id: string): string | undefined {
    const cause = this.#causes.get(id);
    if (cause === undefined) return "and no call that took effect has sent it";
    if (cause === OUTSIDE || cause.lastEventId === undefined) return undefined;
    const sender = store.instance(cause.instanceId);
    // A sender that was purged since then had been there.
    if (sender?.record.incarnation !== cause.incarnation) return undefined;
    const history = historyOf(store, sender, cause.executionId);
    if (history === undefined || history.length >= cause.lastEventId) return undefined;
    return `and the turn of "${cause.instanceId}" that sent it is not in its history`;
  }
}

function historyOf(store: MemoryStore, { record, history }: InstanceView, executionId: string) {
  if (record.executionId === executionId) return history;
  return store.archivedHistories(record.instanceId).find((archived) => archived.executionId === executionId)?.events;
}

/** What a turn sends although it says nothing of it, as the end of a sentence about the sender. */
function unsaid(commit: TurnCommit): string | undefined {
  return commit.entity === undefined ? unsaidByOrchestration(commit) : unsaidByEntity(commit, commit.entity);
}

function unsaidByEntity({ messages }: TurnCommit, { sent }: EntityData): string | undefined {
  const said = new Set(sent.map(({ stream, receiver }) => `${stream} ${receiver}`));
  const strange = messages.find(
    ({ instanceId, position }) => position !== undefined && !said.has(`${position.stream} ${instanceId}`),
  );
  return strange === undefined ? undefined : unrecorded(strange);
}

function unsaidByOrchestration({ events, messages, starts, rewritten }: TurnCommit): string | undefined {
  // After a rewind, what stands and is not answered is asked for anew.
  const said = new Set([...(rewritten?.history ?? []), ...events].flatMap(saidBy));
  const resent = events.flatMap((event) => (event.type === "ExecutionRewound" ? (event.resent ?? []) : []));
  const ends = events.some(({ type }) => type === "ExecutionCompleted");
  for (const message of messages) {
    const { instanceId, position, body } = message;
    if (position === undefined) {
      if (ends || isOrder(body.type)) continue;
      return `sends a message (${body.type}) to "${instanceId}" in a turn that does not end it`;
    }
    const isAgain = body.type === "EntityOperationCalled" && resent.some(({ taskId }) => taskId === body.caller.taskId);
    if (!isAgain && !said.has(placeOf(position, instanceId))) return unrecorded(message);
  }
  const strange = starts.find((start) => !said.has(`start ${start.instanceId}`));
  return strange === undefined ? undefined : `starts "${strange.instanceId}", of which its history says nothing`;
}

function unrecorded({ messageId, instanceId, body }: InstanceMessage): string {
  return `sends a message (${body.type}) to "${instanceId}" of which it keeps no record: ${messageId}`;
}

/** An end passes the order on to sub-orchestrations without a decision of its own. */
function isOrder(type: InstanceMessage["body"]["type"]): boolean {
  return type === "ExecutionTerminated" || type === "ExecutionSuspended" || type === "ExecutionResumed";
}

function saidBy(event: HistoryEvent): readonly string[] {
  switch (event.type) {
    case "EventSent":
      return [placeOf(event.position, event.instanceId)];
    case "EntityOperationCalled":
    case "EntityOperationSignaled":
    case "EntityUnlockSent":
      return [placeOf(event.position, event.entityId)];
    case "EntityLockRequested":
      return [placeOf(event.position, event.lockSet[0] ?? "")];
    case "SubOrchestrationInstanceCreated":
      return [`start ${event.instanceId}`];
    default:
      return [];
  }
}

function placeOf({ stream, number }: { readonly stream: string; readonly number: number }, receiver: string): string {
  return `${stream}:${number}>${receiver}`;
}

const NOTHING: readonly Violation[] = [];

function violation(instanceId: string, message: string): Violation {
  return { oracle: ID, instanceId, message };
}
