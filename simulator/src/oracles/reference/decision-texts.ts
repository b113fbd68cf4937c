/**
 * Decisions as texts: those that a history records, and those that the reference interpreter (O1) comes to.
 *
 * Invariant: the same decision gives the same text on both sides. A text says what the programming model decides, and
 * nothing of how the engine goes about it: no places in streams, no ids that it draws. A critical section is named by the
 * task that asked for its locks.
 */
import type { FailureDetails, HistoryEvent } from "dacapo";

interface Asking {
  readonly name: string;
  readonly input?: string | undefined;
  readonly attempt: number;
}

export function activityText(taskId: number, { name, input, attempt }: Asking): string {
  return `activity ${taskId} "${name}" with ${input ?? "nothing"}, attempt ${attempt}`;
}

export function timerText(taskId: number, fireAt: number): string {
  return `timer ${taskId} for ${fireAt}`;
}

export interface Child extends Asking {
  readonly instanceId: string;
  readonly version?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

/** A version that a worker may have given a child by itself, one of `defaults`, is no part of the decision. */
export function childText(
  taskId: number,
  { name, instanceId, input, attempt, version, tags }: Child,
  defaults: ReadonlySet<string>,
): string {
  const inVersion = version === undefined || defaults.has(version) ? "" : ` in version ${version}`;
  const how = `${inVersion}${tags === undefined ? "" : tagsText(tags)}`;
  return `sub-orchestration ${taskId} "${name}"${how} as "${instanceId}" with ${input ?? "nothing"}, attempt ${attempt}`;
}

function tagsText(tags: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(tags).map(([tag, value]) => `${tag}=${value}`);
  return ` tagged ${pairs.sort().join(", ")}`;
}

export function eventText(instanceId: string, name: string, input: string | undefined): string {
  return `event "${name}" with ${input ?? "nothing"} to "${instanceId}"`;
}

export interface EntityMessage {
  readonly entityId: string;
  readonly operation: string;
  readonly input?: string | undefined;
}

/** @param lock is the task that asked for the locks of the section that the call belongs to. */
export function entityCallText(taskId: number, message: EntityMessage, lock: number | string | undefined): string {
  const inside = lock === undefined ? "" : ` inside section ${lock}`;
  return `call ${taskId} of ${messageText(message)}${inside}`;
}

export function signalText(message: EntityMessage, scheduledTime: number | undefined): string {
  return `signal of ${messageText(message)}${scheduledTime === undefined ? "" : ` at ${scheduledTime}`}`;
}

function messageText({ entityId, operation, input }: EntityMessage): string {
  return `"${operation}" of "${entityId}" with ${input ?? "nothing"}`;
}

export function lockText(taskId: number, lockSet: readonly string[]): string {
  return `lock ${taskId} of ${lockSet.join(", ")}`;
}

/** @param through are the entities that the order is to follow, where the locks were not granted. */
export function unlockText(lock: number | string, entityId: string, through: readonly string[] | undefined): string {
  return `unlock of ${entityId} of section ${lock}${through === undefined ? "" : `, on through ${through.join(", ")}`}`;
}

export function endText(how: string, output: string | undefined): string {
  return `${how} with ${output ?? "nothing"}`;
}

/** What is told to whoever broke a rule is for people to read, and may change: only that a rule was broken counts. */
export function failureText({ errorType, errorMessage, code }: FailureDetails): string {
  return `a failure with ${errorType}${code === "LOCKING_RULES_VIOLATION" ? "" : `: ${errorMessage}`}`;
}

/** What is known of an execution beside the event. */
export interface Circumstances {
  /** The tasks that asked for the locks of sections, by the sections' ids. */
  readonly locks: Map<string, number>;
  /** The versions that workers give to sub-orchestrations that are started without one. */
  readonly defaults: ReadonlySet<string>;
}

/** What a history records as decided; undefined for what is not a decision. */
export function recordedDecision(event: HistoryEvent, { locks, defaults }: Circumstances): string | undefined {
  switch (event.type) {
    case "TaskScheduled":
      return activityText(event.taskId, event);
    case "TimerCreated":
      return timerText(event.taskId, event.fireAt);
    case "SubOrchestrationInstanceCreated":
      return childText(event.taskId, event, defaults);
    case "EventSent":
      return eventText(event.instanceId, event.name, event.input);
    case "EntityOperationCalled": {
      const { taskId, criticalSectionId: id } = event;
      return entityCallText(taskId, event, id === undefined ? undefined : (locks.get(id) ?? id));
    }
    case "EntityOperationSignaled":
      return signalText(event, event.scheduledTime);
    case "EntityLockRequested":
      locks.set(event.criticalSectionId, event.taskId);
      return lockText(event.taskId, event.lockSet);
    case "EntityUnlockSent": {
      const { criticalSectionId: id, entityId, lockSet } = event;
      return unlockText(locks.get(id) ?? id, entityId, lockSet);
    }
    case "ExecutionCompleted":
      if (event.failure !== undefined) return failureText(event.failure);
      return endText(event.runtimeStatus === "Terminated" ? "a termination" : "an end", event.output);
    case "ContinueAsNew":
      return endText("a new execution", event.input);
    default:
      return undefined;
  }
}
