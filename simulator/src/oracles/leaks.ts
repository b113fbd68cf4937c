/**
 * O12: at rest nothing is left behind.
 *
 * Invariant: when nothing more can happen, no lock is held, no activity runs or waits, no message or timer waits for
 * an instance or an execution that is over, no worker holds work, nothing is left that a rule of retention is for, and what is kept to recognise repeated messages is
 * no older than a repeat can be. What an instance that goes on may still wait for is the business of O11.
 */
import type { InstanceView } from "dacapo/memory";
import type { Circumstances } from "./all-oracles.ts";
import type { FinalEvidence, Oracle, Violation } from "./oracle.ts";
import { RetentionBook } from "./retention.ts";

const ID = "O12";

/** A message does not come again later than this, in milliseconds (contract G10, the default of task hubs). */
const REDELIVERY_HORIZON_MS = 30 * 60 * 1000;

export function leaksOracle({ retention }: Pick<Circumstances, "retention"> = {}): Oracle {
  const kept = new RetentionBook(retention);
  return {
    id: ID,
    title: "at rest nothing is left behind: no lock, no work, no message or timer of what is over",
    atEnd: (evidence) => (evidence.isAtRest ? [...leaks(evidence), ...expired(kept, evidence)] : []),
  };
}

function leaks(evidence: FinalEvidence): readonly Violation[] {
  const { store } = evidence;
  return [
    ...locksHeld(evidence),
    ...evidence.runningActivities.map((name) => violation(`${name} is still at work, and nothing will ever wake it`)),
    ...[...store.activities()].flatMap(({ work: { instanceId, executionId, name, taskId } }) => {
      const instance = store.instance(instanceId);
      const what = `activity "${name}" (task ${taskId}) of ${whatIsOver(instance, executionId)}`;
      return isWanted(instance, executionId) ? [] : [violation(`${what} still waits for a worker`, instanceId)];
    }),
    ...[...store.instances()].flatMap((instance) => messagesLeft(evidence, instance)),
    ...oldRepeats(evidence),
    ...countLeft(evidence),
  ];
}

/** What a rule of retention is for, and nobody has removed. */
function expired(kept: RetentionBook, { store, now }: FinalEvidence): readonly Violation[] {
  return [...kept.left(store, now)].map(({ instanceId, runtimeStatus }) =>
    violation(
      `instance "${instanceId}", which is ${runtimeStatus}, stays although a rule of retention is for it`,
      instanceId,
    ),
  );
}

function locksHeld({ store, now }: FinalEvidence): readonly Violation[] {
  const held = store.locks().filter(({ expiresAt }) => expiresAt > now);
  return held.map(({ kind, key, workerId }) => {
    const what = kind === "activity" ? `the activity ${key}` : `instance "${key}"`;
    return violation(`${workerId} still holds ${what}`, kind === "activity" ? undefined : key);
  });
}

function messagesLeft({ store }: FinalEvidence, instance: InstanceView): readonly Violation[] {
  const { instanceId, runtimeStatus } = instance.record;
  return store.queue(instanceId).flatMap(({ message: { body, executionId } }) => {
    if (executionId === undefined ? !isOver(instance) : isWanted(instance, executionId)) return [];
    const what = body.type === "TimerFired" ? `timer ${body.taskId}` : "a message";
    const reason = isOver(instance) ? `which is ${runtimeStatus}` : "for an execution that is over";
    return [violation(`${what} still waits for instance "${instanceId}", ${reason}`, instanceId)];
  });
}

/** What was kept at a continue-as-new although it was too old to come again. */
function oldRepeats({ committed, store }: FinalEvidence): readonly Violation[] {
  const endedAt = new Map<string, number>();
  return committed.executions(store).flatMap(({ instanceId, executionId, history }) => {
    const end = history.findLast((event) => event.type === "ContinueAsNew");
    if (end !== undefined) endedAt.set(end.newExecutionId, end.timestamp);
    const oldest = (endedAt.get(executionId) ?? -Infinity) - REDELIVERY_HORIZON_MS;
    const started = history.find((event) => event.type === "ExecutionStarted");
    const old = started?.seenMessages?.filter(({ seenAt }) => seenAt < oldest) ?? [];
    if (old.length === 0) return [];
    const what = old.length === 1 ? "a message" : `${old.length} messages`;
    return [violation(`instance "${instanceId}" still keeps ${what} in mind, too old to come again`, instanceId)];
  });
}

/** The hub's own count of what is left to do agrees. */
function countLeft({ store, now }: FinalEvidence): readonly Violation[] {
  if ([...store.instances()].some((instance) => instance.record.kind === "orchestration" && !isOver(instance)))
    return [];
  const { pending } = store.backlog(now);
  return pending === 0 ? [] : [violation(`all instances have ended, and ${pending} things still count as to be done`)];
}

function isWanted(instance: InstanceView | undefined, executionId: string): boolean {
  return instance !== undefined && !isOver(instance) && instance.record.executionId === executionId;
}

function whatIsOver(instance: InstanceView | undefined, executionId: string): string {
  if (instance === undefined) return "an instance that is gone";
  const { instanceId, runtimeStatus } = instance.record;
  if (isOver(instance)) return `instance "${instanceId}", which is ${runtimeStatus},`;
  return `instance "${instanceId}", whose execution ${executionId} is over,`;
}

function isOver({ record: { runtimeStatus } }: InstanceView): boolean {
  return runtimeStatus === "Completed" || runtimeStatus === "Failed" || runtimeStatus === "Terminated";
}

function violation(message: string, instanceId?: string): Violation {
  return {
    oracle: ID,
    message: `nothing more can happen, and ${message}`,
    ...(instanceId === undefined ? {} : { instanceId }),
  };
}
