/**
 * O3: what a client was told is done stays done.
 *
 * Invariant: from the answer on, a started instance is there, and a message is in the instance's queue, in its
 * history, or in what the next execution starts with, until the instance has ended or been purged. At rest a started
 * instance has begun, and one that was to be terminated has ended since, in whichever way. A message to an entity waits in its queue or in it
 * until the entity has applied it.
 */
import type { HistoryEvent, InstanceMessage } from "dacapo/backend";
import type { InstanceView } from "dacapo/memory";
import type { Acknowledgement } from "../world/committed-record.ts";
import type { PortCall } from "../world/port-calls.ts";
import { CallReader } from "../world/port-calls.ts";
import type { Evidence, FinalEvidence, Oracle, Violation } from "./oracle.ts";

const ID = "O3";

export function acknowledgedOracle(): Oracle {
  const known: Known = { settled: new Set(), outlived: new Set() };
  const { settled } = known;
  const calls = new CallReader();
  /** Messages that turns of entities took out of their queues, or that took effect. */
  const taken = new Set<string>();
  const take = (call: PortCall): readonly Violation[] => {
    if (call.type !== "turn" || call.commit.entity === undefined || call.refusedWith !== undefined) return [];
    for (const { messageId } of call.commit.applied ?? []) taken.add(messageId);
    return [];
  };
  /** What is not settled, by instance. */
  const open = new Map<string, Set<Acknowledgement>>();
  let looked = 0;
  /** Looks at all of it, or at that of the instances which changed and of those of which a client was told something new. */
  const judge = (evidence: Evidence, changed: ReadonlySet<string> | undefined): readonly Violation[] => {
    const added = evidence.committed.acknowledged.slice(looked);
    looked += added.length;
    for (const acknowledged of added) {
      const { instanceId } = acknowledged;
      open.set(instanceId, (open.get(instanceId) ?? new Set()).add(acknowledged));
    }
    const toJudge = new Set([...(changed ?? open.keys()), ...added.map(({ instanceId }) => instanceId)]);
    return [...toJudge].flatMap((instanceId) => judgeInstance(evidence, instanceId));
  };
  const judgeInstance = (evidence: Evidence, instanceId: string): readonly Violation[] => {
    const found: Violation[] = [];
    const ofInstance = open.get(instanceId) ?? new Set();
    for (const acknowledged of ofInstance) {
      if (wasApplied(acknowledged, taken)) settled.add(acknowledged);
      else found.push(...judgeOne(evidence, acknowledged, known));
      if (settled.has(acknowledged)) ofInstance.delete(acknowledged);
    }
    return found;
  };
  return {
    id: ID,
    title: "what a client was told is done stays done, and has its effect",
    observe: (evidence, changed) => {
      calls.judge(evidence.committed.calls, take);
      const isNew = evidence.committed.acknowledged.length > looked;
      return changed.size > 0 || isNew ? judge(evidence, changed) : [];
    },
    atEnd: (evidence) => [
      ...calls.judge(evidence.committed.calls, take),
      ...judge(evidence, undefined),
      ...(evidence.isAtRest ? withoutEffect(evidence, known) : []),
    ],
  };
}

/** What is known of answers, from one look to the next. */
interface Known {
  /** Those that need no second look: their messages were seen in a history, which only grows. */
  readonly settled: Set<Acknowledgement>;
  /** Messages whose instances ended after they had come. */
  readonly outlived: Set<Acknowledgement>;
}

/** Starts after which nothing ran, and orders to terminate after which the instance goes on. */
function withoutEffect({ store, committed }: FinalEvidence, { outlived }: Known): readonly Violation[] {
  return committed.acknowledged.flatMap((acknowledged) => {
    const { instanceId, incarnation, kind, message } = acknowledged;
    const instance = store.instance(instanceId);
    if (instance?.record.incarnation !== incarnation || isOver(instance) || outlived.has(acknowledged)) return [];
    if (message?.body.type === "ExecutionTerminated") {
      const how = `is still ${instance.record.runtimeStatus}`;
      return [violation(instanceId, `the order to terminate "${instanceId}" was accepted, and it ${how}`)];
    }
    const hasBegun = instance.history.length > 0 || store.archivedHistories(instanceId).length > 0;
    if (kind !== "start" || hasBegun) return [];
    return [violation(instanceId, `the start of "${instanceId}" was accepted, a client was told so, and it never ran`)];
  });
}

function judgeOne(
  evidence: Evidence,
  acknowledged: Acknowledgement,
  { settled, outlived }: Known,
): readonly Violation[] {
  const { instanceId, incarnation, kind, message } = acknowledged;
  const instance = evidence.store.instance(instanceId);
  if (instance?.record.incarnation !== incarnation) {
    settled.add(acknowledged);
    // It may have been removed by a call whose answer was lost: nobody was told, but somebody asked for it.
    if (kind === "purge" || evidence.committed.wasRemoved(instanceId, incarnation)) return [];
    return [violation(instanceId, `instance "${instanceId}" was accepted, a client was told so, and now it is gone`)];
  }
  if (kind === "purge") return [violation(instanceId, `instance "${instanceId}" was purged, and now it is back`)];
  if (kind !== "message" || message === undefined) return [];
  if (isOver(instance)) {
    // What it had not taken by then ended with it, also where a rewind makes it go on later.
    settled.add(acknowledged);
    outlived.add(acknowledged);
    return [];
  }
  const { messageId } = message;
  if (isKept(instance, messageId)) return [];
  if (isRecorded(evidence, instance, messageId)) {
    settled.add(acknowledged);
    return [];
  }
  if (evidence.store.queue(instanceId).some((entry) => entry.message.messageId === messageId)) return [];
  const { carriedEvents, event } = instance.start;
  if (carriedEvents.some((carried) => carried.messageId === messageId)) return [];
  // Before its first turn, an instance is suspended without a history, and forgets that after a while.
  if (event.seenMessages?.some((seen) => seen.messageId === messageId) === true) {
    settled.add(acknowledged);
    return [];
  }
  const what = nameOf(message);
  return [
    violation(instanceId, `the ${what} for "${instanceId}" was accepted, a client was told so, and now it is lost`),
  ];
}

/** True for what an entity keeps for later. */
function isKept({ entity }: InstanceView, messageId: string): boolean {
  return [...(entity?.waiting ?? []), ...(entity?.held ?? [])].some((kept) => kept.messageId === messageId);
}

function wasApplied({ message }: Acknowledgement, taken: ReadonlySet<string>): boolean {
  return message !== undefined && taken.has(message.messageId);
}

function nameOf({ body }: InstanceMessage): string {
  if (body.type === "EventRaised") return `event "${body.name}"`;
  if (body.type === "EntityOperationSignaled") return `signal "${body.operation}"`;
  return body.type === "ExecutionTerminated" ? "order to terminate" : "message";
}

/** True when a history of the instance, its current or an earlier one, records the message. */
function isRecorded({ store }: Evidence, instance: InstanceView, messageId: string): boolean {
  const records = (events: readonly HistoryEvent[]): boolean =>
    events.some((event) => "messageId" in event && event.messageId === messageId);
  return (
    records(instance.history) ||
    store.archivedHistories(instance.record.instanceId).some(({ events }) => records(events))
  );
}

function isOver({ record }: InstanceView): boolean {
  const { runtimeStatus } = record;
  return runtimeStatus === "Completed" || runtimeStatus === "Failed" || runtimeStatus === "Terminated";
}

function violation(instanceId: string, message: string): Violation {
  return { oracle: ID, message, instanceId };
}
