/**
 * The history of an execution: what happened, in order. It is the only durable truth about an orchestration;
 * everything else (status, open tasks, the code's local variables) is computed from it by replay.
 *
 * Words, all of them Durable Task's:
 * - An *instance* has an id chosen by whoever starts it. An *incarnation* is one life of that id: it begins
 *   with `createInstance` and ends with purge or replacement.
 * - An *execution* is one generation of an incarnation: continue-as-new ends one and starts the next.
 * - A *turn* is the events between `OrchestratorStarted` and `OrchestratorCompleted`: first what the
 *   orchestrator was fed (`ExecutionStarted`, `TaskCompleted`, `TimerFired`, ...), then what it decided
 *   (`TaskScheduled`, `TimerCreated`, ..., `ExecutionCompleted`), in the order in which it decided it.
 *
 * Invariant: event ids count 1, 2, 3, ... without a gap; a turn is appended whole or not at all; times never
 * go back. All times are milliseconds since the epoch; all payloads are JSON texts, absent for `undefined`.
 */
import type { FailureDetails } from "./failure.ts";
import type { TerminalStatus } from "./status.ts";

interface EventBase {
  /** The event's position in its execution's history: 1, 2, 3, ... */
  readonly eventId: number;
  /** The time of the turn that recorded the event, in milliseconds since the epoch. */
  readonly timestamp: number;
}

/** A message that was consumed, and when; kept to recognise its duplicates (contract G10). */
export interface SeenMessage {
  readonly messageId: string;
  readonly seenAt: number;
}

/** Opens a turn; its `timestamp` is the turn's `currentUtcDateTime`. */
export interface OrchestratorStarted extends EventBase {
  readonly type: "OrchestratorStarted";
}

/** Closes a turn. */
export interface OrchestratorCompleted extends EventBase {
  readonly type: "OrchestratorCompleted";
}

/** The first event that an orchestrator is fed. */
export interface ExecutionStarted extends EventBase {
  readonly type: "ExecutionStarted";
  /** The orchestrator's registered name. */
  readonly name: string;
  readonly instanceId: string;
  readonly executionId: string;
  readonly input?: string;
  readonly version?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** The custom status that the execution before this one left. */
  readonly customStatus?: string;
  /** Messages that earlier executions of this incarnation consumed within the redelivery horizon. */
  readonly seenMessages?: readonly SeenMessage[];
}

/** The orchestrator asked for an activity. */
export interface TaskScheduled extends EventBase {
  readonly type: "TaskScheduled";
  readonly taskId: number;
  readonly name: string;
  readonly input?: string;
  /** 1 for the first try of a logical call, 2 for its first retry, and so on. */
  readonly attempt: number;
  /** The same for every delivery and every retry of one logical call. */
  readonly idempotencyKey: string;
}

export interface TaskCompleted extends EventBase {
  readonly type: "TaskCompleted";
  /** The `taskId` of the `TaskScheduled` that this answers. */
  readonly taskId: number;
  readonly result?: string;
  readonly messageId: string;
}

export interface TaskFailed extends EventBase {
  readonly type: "TaskFailed";
  /** The `taskId` of the `TaskScheduled` that this answers. */
  readonly taskId: number;
  readonly failure: FailureDetails;
  readonly messageId: string;
}

/** The orchestrator asked for a durable timer, or a retry policy did. */
export interface TimerCreated extends EventBase {
  readonly type: "TimerCreated";
  readonly taskId: number;
  readonly fireAt: number;
}

export interface TimerFired extends EventBase {
  readonly type: "TimerFired";
  /** The `taskId` of the `TimerCreated` that this answers. */
  readonly taskId: number;
  readonly fireAt: number;
  readonly messageId: string;
}

/** An external event reached the orchestration. */
export interface EventRaised extends EventBase {
  readonly type: "EventRaised";
  readonly name: string;
  readonly input?: string;
  readonly messageId: string;
}

/** A client asked to end the orchestration; `ExecutionCompleted` follows in the same turn. */
export interface ExecutionTerminated extends EventBase {
  readonly type: "ExecutionTerminated";
  readonly output?: string;
  readonly messageId: string;
}

/** The orchestration ended. */
export interface ExecutionCompleted extends EventBase {
  readonly type: "ExecutionCompleted";
  readonly runtimeStatus: TerminalStatus;
  readonly output?: string;
  readonly failure?: FailureDetails;
}

/** The execution ended and the next one of the same incarnation follows. */
export interface ContinueAsNew extends EventBase {
  readonly type: "ContinueAsNew";
  readonly newExecutionId: string;
  readonly input?: string;
}

/** What an orchestrator is fed. */
export type IncomingEvent =
  ExecutionStarted | TaskCompleted | TaskFailed | TimerFired | EventRaised | ExecutionTerminated;

/** What an orchestrator decided. */
export type DecisionEvent = TaskScheduled | TimerCreated | ExecutionCompleted | ContinueAsNew;

export type HistoryEvent = OrchestratorStarted | IncomingEvent | DecisionEvent | OrchestratorCompleted;

/** An event before it has a place in a history. */
export type EventBody<E extends HistoryEvent = HistoryEvent> = E extends HistoryEvent
  ? Omit<E, "eventId" | "timestamp">
  : never;

/** True for the events that a turn was fed; false for its decisions and its brackets. */
export function isIncoming(event: HistoryEvent): event is IncomingEvent {
  switch (event.type) {
    case "ExecutionStarted":
    case "TaskCompleted":
    case "TaskFailed":
    case "TimerFired":
    case "EventRaised":
    case "ExecutionTerminated":
      return true;
    case "OrchestratorStarted":
    case "OrchestratorCompleted":
    case "TaskScheduled":
    case "TimerCreated":
    case "ExecutionCompleted":
    case "ContinueAsNew":
      return false;
  }
}

/**
 * Gives an event its place in a history. The types that most histories have are written out: V8 gives an object
 * that comes from a spread a hidden class of its own, which costs more time and memory than the event itself.
 */
export function placed(body: EventBody, eventId: number, timestamp: number): HistoryEvent {
  switch (body.type) {
    case "OrchestratorStarted":
    case "OrchestratorCompleted":
      return { eventId, timestamp, type: body.type };
    case "ExecutionStarted":
      return placedStart(body, eventId, timestamp);
    case "TaskScheduled": {
      const { type, taskId, name, input, attempt, idempotencyKey } = body;
      if (input === undefined) return { eventId, timestamp, type, taskId, name, attempt, idempotencyKey };
      return { eventId, timestamp, type, taskId, name, input, attempt, idempotencyKey };
    }
    case "TaskCompleted": {
      const { type, taskId, result, messageId } = body;
      if (result === undefined) return { eventId, timestamp, type, taskId, messageId };
      return { eventId, timestamp, type, taskId, result, messageId };
    }
    case "TimerCreated":
      return { eventId, timestamp, type: body.type, taskId: body.taskId, fireAt: body.fireAt };
    case "TimerFired": {
      const { type, taskId, fireAt, messageId } = body;
      return { eventId, timestamp, type, taskId, fireAt, messageId };
    }
    case "EventRaised": {
      const { type, name, input, messageId } = body;
      if (input === undefined) return { eventId, timestamp, type, name, messageId };
      return { eventId, timestamp, type, name, input, messageId };
    }
    case "ExecutionCompleted": {
      const { type, runtimeStatus, output, failure } = body;
      if (failure !== undefined || output === undefined) return { eventId, timestamp, ...body };
      return { eventId, timestamp, type, runtimeStatus, output };
    }
    case "TaskFailed":
    case "ExecutionTerminated":
    case "ContinueAsNew":
      return { eventId, timestamp, ...body };
  }
}

function placedStart(body: EventBody<ExecutionStarted>, eventId: number, timestamp: number): ExecutionStarted {
  const { type, name, instanceId, executionId, input, version, tags, seenMessages, customStatus } = body;
  const isRare =
    version !== undefined || tags !== undefined || seenMessages !== undefined || customStatus !== undefined;
  if (isRare) return { eventId, timestamp, ...body };
  if (input === undefined) return { eventId, timestamp, type, name, instanceId, executionId };
  return { eventId, timestamp, type, name, instanceId, executionId, input };
}
