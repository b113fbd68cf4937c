/**
 * Checks that a value from outside is a history before anything is replayed from it.
 *
 * Invariant: what passes here makes replay fail only by disagreeing with the code, never by a broken record.
 */
import { InvalidHistoryError } from "../core/errors.ts";
import type { HistoryEvent } from "../core/history.ts";

type FieldType = "string" | "number" | "object" | "string?" | "object?";

/** The fields that replay reads, by event type. */
const FIELDS: Readonly<Record<HistoryEvent["type"], Readonly<Record<string, FieldType>>>> = {
  OrchestratorStarted: {},
  OrchestratorCompleted: {},
  ExecutionStarted: { name: "string", instanceId: "string", executionId: "string", input: "string?" },
  TaskScheduled: { taskId: "number", name: "string", input: "string?" },
  TaskCompleted: { taskId: "number", result: "string?", messageId: "string" },
  TaskFailed: { taskId: "number", failure: "object", messageId: "string" },
  TimerCreated: { taskId: "number", fireAt: "number" },
  TimerFired: { taskId: "number", messageId: "string" },
  EventRaised: { name: "string", input: "string?", messageId: "string" },
  ExecutionTerminated: { output: "string?", messageId: "string" },
  ExecutionCompleted: { runtimeStatus: "string", output: "string?", failure: "object?" },
  ContinueAsNew: { newExecutionId: "string", input: "string?" },
};

/** @throws InvalidHistoryError that names the first event that cannot be, and why. */
export function checkHistory(history: unknown): readonly HistoryEvent[] {
  const events = typeof history === "string" ? parse(history) : history;
  if (!Array.isArray(events)) throw new InvalidHistoryError("The history is not an array of events.", { hint: SOURCE });
  if (events.length === 0) throw new InvalidHistoryError("The history is empty.", { hint: SOURCE });
  let previousTime = -Infinity;
  let starts = 0;
  for (const [index, event] of (events as unknown[]).entries()) {
    const problem = problemOf(event, index) ?? timeProblem(event as HistoryEvent, previousTime);
    if (problem !== undefined) {
      throw new InvalidHistoryError(`The history's entry ${index} (of ${events.length}) ${problem}.`, { hint: SOURCE });
    }
    const { type, timestamp } = event as HistoryEvent;
    previousTime = timestamp;
    if (type === "ExecutionStarted") starts += 1;
    else if (index === 1) throw new InvalidHistoryError(`The history's second event is ${type}.`, { hint: OPENING });
  }
  const [first] = events as HistoryEvent[];
  if (first?.type !== "OrchestratorStarted" || starts !== 1) {
    throw new InvalidHistoryError(`The history has ${starts} ExecutionStarted events and opens with ${first?.type}.`, {
      hint: OPENING,
    });
  }
  return events as HistoryEvent[];
}

const SOURCE = "Pass what client.getOrchestrationHistory() gave, or its JSON.";

const OPENING = "A history opens with OrchestratorStarted, then its one ExecutionStarted.";

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new InvalidHistoryError(`The history is not JSON: ${(error as Error).message}.`, { cause: error });
  }
}

function problemOf(event: unknown, index: number): string | undefined {
  if (typeof event !== "object" || event === null) return "is not an object";
  const fields = event as Record<string, unknown>;
  const type = fields["type"];
  if (typeof type !== "string" || !Object.hasOwn(FIELDS, type)) return `has the unknown type ${JSON.stringify(type)}`;
  if (fields["eventId"] !== index + 1) {
    return `(${type}) has the eventId ${JSON.stringify(fields["eventId"])} where ${index + 1} must follow`;
  }
  if (typeof fields["timestamp"] !== "number") return `(${type}) has no timestamp in milliseconds`;
  for (const [name, expected] of Object.entries(FIELDS[type as HistoryEvent["type"]])) {
    if (!fits(fields[name], expected)) return `(${type}) has ${JSON.stringify(fields[name])} as its ${name}`;
  }
  return undefined;
}

function fits(value: unknown, expected: FieldType): boolean {
  const type = value === null ? "null" : typeof value;
  if (expected.endsWith("?")) return value === undefined || type === expected.slice(0, -1);
  return type === expected;
}

function timeProblem(event: HistoryEvent, previousTime: number): string | undefined {
  return event.timestamp < previousTime
    ? `(${event.type}) has a timestamp before that of the event before it`
    : undefined;
}
