/**
 * Checks that a value from outside is a history before anything is replayed from it.
 *
 * Invariant: what passes here makes replay fail only by disagreeing with the code, never by a broken record.
 */
import type { DataConverter } from "../core/data-converter.ts";
import { InvalidHistoryError } from "../core/errors.ts";
import type { HistoryEvent, IncomingEvent } from "../core/history.ts";
import { isIncoming } from "../core/history.ts";
import { TIME_MS_MAX } from "../core/limits.ts";

/** `payload` is a text that the data converter reads; a question mark allows the field to be absent. */
type FieldType =
  | "string"
  | "strings"
  | "time"
  | "count"
  | "failure"
  | "position"
  | "payload?"
  | "time?"
  | "failure?"
  | "string?"
  | "seen?";

/** The fields that replay reads, by event type. */
const FIELDS: Readonly<Record<HistoryEvent["type"], Readonly<Record<string, FieldType>>>> = {
  OrchestratorStarted: {},
  OrchestratorCompleted: {},
  ExecutionStarted: {
    name: "string",
    instanceId: "string",
    executionId: "string",
    input: "payload?",
    version: "string?",
    customStatus: "payload?",
    seenMessages: "seen?",
    seed: "string?",
  },
  TaskScheduled: { taskId: "count", name: "string", input: "payload?" },
  TaskCompleted: { taskId: "count", result: "payload?", messageId: "string" },
  TaskFailed: { taskId: "count", failure: "failure", messageId: "string" },
  TimerCreated: { taskId: "count", fireAt: "time" },
  TimerFired: { taskId: "count", messageId: "string" },
  SubOrchestrationInstanceCreated: { taskId: "count", name: "string", instanceId: "string", input: "payload?" },
  SubOrchestrationInstanceCompleted: { taskId: "count", result: "payload?", messageId: "string" },
  SubOrchestrationInstanceFailed: { taskId: "count", failure: "failure", messageId: "string" },
  EventSent: { instanceId: "string", name: "string", input: "payload?", position: "position" },
  EntityOperationCalled: {
    taskId: "count",
    entityId: "string",
    operation: "string",
    input: "payload?",
    position: "position",
  },
  EntityOperationCompleted: { taskId: "count", result: "payload?", messageId: "string" },
  EntityOperationFailed: { taskId: "count", failure: "failure", messageId: "string" },
  EntityOperationSignaled: {
    entityId: "string",
    operation: "string",
    input: "payload?",
    scheduledTime: "time?",
    position: "position",
  },
  EntityLockRequested: { taskId: "count", criticalSectionId: "string", lockSet: "strings", position: "position" },
  EntityLockGranted: { taskId: "count", criticalSectionId: "string", messageId: "string" },
  EntityUnlockSent: { criticalSectionId: "string", entityId: "string", position: "position" },
  ExecutionSuspended: { reason: "string?", messageId: "string" },
  ExecutionResumed: { reason: "string?", messageId: "string" },
  EventRaised: { name: "string", input: "payload?", messageId: "string" },
  ExecutionRewound: { reason: "string?", previousExecutionId: "string", messageId: "string" },
  ExecutionTerminated: { output: "payload?", messageId: "string" },
  ExecutionCompleted: { runtimeStatus: "string", output: "payload?", failure: "failure?" },
  ContinueAsNew: { newExecutionId: "string", input: "payload?" },
};

/** @throws InvalidHistoryError that names the first event that cannot be, and why. */
export function checkHistory(
  history: unknown,
  converter: Pick<DataConverter, "parse"> = JSON,
): readonly HistoryEvent[] {
  const events = typeof history === "string" ? parse(history) : history;
  if (!Array.isArray(events)) throw new InvalidHistoryError("The history is not an array of events.", { hint: SOURCE });
  if (events.length === 0) throw new InvalidHistoryError("The history is empty.", { hint: SOURCE });
  const order = new EventOrder();
  for (const [index, event] of (events as unknown[]).entries()) {
    const problem = problemOf(event, index, converter) ?? order.problemWith(event as HistoryEvent);
    if (problem !== undefined) {
      throw new InvalidHistoryError(`The history's entry ${index + 1} (of ${events.length}) ${problem}.`, {
        hint: SOURCE,
      });
    }
  }
  if (events.length === 1) throw new InvalidHistoryError("The history has no ExecutionStarted.", { hint: SOURCE });
  return events as HistoryEvent[];
}

const SOURCE =
  "Pass what client.getOrchestrationHistory() gave, or its JSON: OrchestratorStarted, then the one ExecutionStarted, " +
  "then the turn's other events.";

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new InvalidHistoryError(`The history is not JSON: ${(error as Error).message}.`, {
      hint: SOURCE,
      cause: error,
    });
  }
}

/** What is wrong with an event by itself, if anything. */
function problemOf(event: unknown, index: number, converter: Pick<DataConverter, "parse">): string | undefined {
  if (typeof event !== "object" || event === null) return "is not an object";
  const fields = event as Record<string, unknown>;
  const type = fields["type"];
  if (typeof type !== "string" || !Object.hasOwn(FIELDS, type)) return `has the unknown type ${JSON.stringify(type)}`;
  if (fields["eventId"] !== index + 1) {
    return `(${type}) has the eventId ${JSON.stringify(fields["eventId"])} where ${index + 1} must follow`;
  }
  if (!isTime(fields["timestamp"]) || (fields["timestamp"] as number) < 0)
    return `(${type}) has no timestamp in milliseconds`;
  for (const [name, expected] of Object.entries(FIELDS[type as HistoryEvent["type"]])) {
    if (!fits(fields[name], expected, converter)) return `(${type}) has ${JSON.stringify(fields[name])} as its ${name}`;
  }
  return undefined;
}

function fits(value: unknown, expected: FieldType, converter: Pick<DataConverter, "parse">): boolean {
  if (expected.endsWith("?") && value === undefined) return true;
  switch (expected) {
    case "string":
    case "string?":
      return typeof value === "string";
    case "time":
    case "time?":
      return isTime(value);
    case "count":
      return Number.isSafeInteger(value) && (value as number) > 0;
    case "payload?":
      return typeof value === "string" && isReadable(value, converter);
    case "failure":
    case "failure?":
      return isFailure(value);
    case "strings":
      return Array.isArray(value) && value.every((text) => typeof text === "string");
    case "position":
      return isPosition(value);
    case "seen?":
      return Array.isArray(value) && value.every(isSeenMessage);
  }
}

function isTime(value: unknown): boolean {
  return typeof value === "number" && value >= -TIME_MS_MAX && value <= TIME_MS_MAX;
}

function isReadable(text: string, converter: Pick<DataConverter, "parse">): boolean {
  try {
    converter.parse(text);
    return true;
  } catch {
    return false;
  }
}

function isFailure(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { errorType, errorMessage, innerFailure, innerFailures } = value as Record<string, unknown>;
  return (
    typeof errorType === "string" &&
    typeof errorMessage === "string" &&
    (innerFailure === undefined || isFailure(innerFailure)) &&
    (innerFailures === undefined || (Array.isArray(innerFailures) && innerFailures.every(isFailure)))
  );
}

function isPosition(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { stream, number, sentAt } = value as Record<string, unknown>;
  return typeof stream === "string" && Number.isSafeInteger(number) && isTime(sentAt);
}

function isSeenMessage(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { messageId, seenAt } = value as Record<string, unknown>;
  return typeof messageId === "string" && isTime(seenAt);
}

/** Decisions that leave a task open. */
type Asked =
  | "TaskScheduled"
  | "TimerCreated"
  | "SubOrchestrationInstanceCreated"
  | "EntityOperationCalled"
  | "EntityLockRequested";

/** What an event may follow: turns open and close, decisions come last in them, tasks are answered once. */
class EventOrder {
  #place: "outside" | "opened" | "fed" | "deciding" | "ended" | "over" = "outside";
  #time = 0;
  #isStarted = false;
  readonly #open = new Map<number, Asked>();
  readonly #taskIds = new Set<number>();

  /** What is wrong with this event after those before it, if anything. */
  problemWith(event: HistoryEvent): string | undefined {
    const { type, timestamp } = event;
    if (timestamp < this.#time) return `(${type}) has a timestamp before that of the event before it`;
    this.#time = timestamp;
    return this.#misplaced(event) ?? this.#mismatched(event);
  }

  #misplaced(event: HistoryEvent): string | undefined {
    const { type } = event;
    if (this.#place === "over") return `(${type}) follows the end of the execution`;
    if (type === "OrchestratorStarted") {
      const isInside = this.#place !== "outside";
      this.#place = "opened";
      return isInside ? `(${type}) opens a turn inside another` : undefined;
    }
    if (this.#place === "outside") return `(${type}) stands outside a turn`;
    if (!this.#isStarted && type !== "ExecutionStarted") return `(${type}) stands where ExecutionStarted must`;
    if (type === "OrchestratorCompleted") {
      this.#place = this.#place === "ended" ? "over" : "outside";
      return undefined;
    }
    if (this.#place === "ended") return `(${type}) follows the end of the execution`;
    if (isIncoming(event)) return this.#fed(event);
    this.#place = type === "ExecutionCompleted" || type === "ContinueAsNew" ? "ended" : "deciding";
    return undefined;
  }

  #fed({ type }: IncomingEvent): string | undefined {
    if (type === "ExecutionStarted" && this.#isStarted) return `(${type}) is the second of its kind`;
    if (this.#place === "deciding") return `(${type}) follows a decision of its turn`;
    this.#isStarted = true;
    this.#place = "fed";
    return undefined;
  }

  #mismatched(event: HistoryEvent): string | undefined {
    switch (event.type) {
      case "TaskScheduled":
      case "TimerCreated":
      case "SubOrchestrationInstanceCreated":
      case "EntityOperationCalled":
      case "EntityLockRequested":
        if (this.#taskIds.has(event.taskId)) return `(${event.type}) uses the task id ${event.taskId} again`;
        this.#taskIds.add(event.taskId);
        this.#open.set(event.taskId, event.type);
        return undefined;
      case "TaskCompleted":
      case "TaskFailed":
        return this.#answer(event.type, event.taskId, "TaskScheduled");
      case "TimerFired":
        return this.#answer(event.type, event.taskId, "TimerCreated");
      case "SubOrchestrationInstanceCompleted":
      case "SubOrchestrationInstanceFailed":
        return this.#answer(event.type, event.taskId, "SubOrchestrationInstanceCreated");
      case "EntityOperationCompleted":
      case "EntityOperationFailed":
        return this.#answer(event.type, event.taskId, "EntityOperationCalled");
      case "EntityLockGranted":
        return this.#answer(event.type, event.taskId, "EntityLockRequested");
      default:
        return undefined;
    }
  }

  #answer(type: string, taskId: number, asked: Asked): string | undefined {
    if (this.#open.get(taskId) !== asked) return `(${type}) answers the task ${taskId}, which no ${asked} left open`;
    this.#open.delete(taskId);
    return undefined;
  }
}
