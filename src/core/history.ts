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
 * go back. All times are milliseconds since the epoch; all payloads are texts of the hub's
 * data converter (JSON unless it has another), absent for `undefined`.
 */
import type { FailureDetails } from "./failure.ts";
import type { TerminalStatus } from "./status.ts";
import type { ReceivedStream, SentStream, StreamPosition } from "./streams.ts";

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

/** The orchestration that asked for a sub-orchestration, and the task that its end answers. */
export interface ParentInstance {
  readonly instanceId: string;
  readonly executionId: string;
  /** The parent orchestrator's registered name. */
  readonly name: string;
  readonly taskId: number;
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
  /** Set on sub-orchestrations. */
  readonly parent?: ParentInstance;
  /** The custom status that the execution before this one left. */
  readonly customStatus?: string;
  /** Messages that earlier executions of this incarnation consumed within the redelivery horizon. */
  readonly seenMessages?: readonly SeenMessage[];
  /** How far earlier executions of this incarnation came in what they sent to others, and in what they received. */
  readonly sent?: readonly SentStream[];
  readonly received?: readonly ReceivedStream[];
  /**
   * The id of the execution as it was before it was rewound for the first time: what `newGuid`, `random`, idempotency
   * keys, the ids of children and streams are computed from.
   */
  readonly seed?: string;
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

/** The orchestrator asked for a sub-orchestration, and waits for its end. */
export interface SubOrchestrationInstanceCreated extends EventBase {
  readonly type: "SubOrchestrationInstanceCreated";
  readonly taskId: number;
  /** The child's registered name. */
  readonly name: string;
  readonly instanceId: string;
  readonly input?: string;
  readonly version?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** 1 for the first try of a logical call, 2 for its first retry, and so on. */
  readonly attempt: number;
  /** Set on a retry under a given id: the incarnation of the try before it, which gives way once it has ended. */
  readonly replaces?: string;
}

export interface SubOrchestrationInstanceCompleted extends EventBase {
  readonly type: "SubOrchestrationInstanceCompleted";
  /** The `taskId` of the `SubOrchestrationInstanceCreated` that this answers. */
  readonly taskId: number;
  readonly result?: string;
  readonly messageId: string;
}

export interface SubOrchestrationInstanceFailed extends EventBase {
  readonly type: "SubOrchestrationInstanceFailed";
  /** The `taskId` of the `SubOrchestrationInstanceCreated` that this answers. */
  readonly taskId: number;
  readonly failure: FailureDetails;
  readonly messageId: string;
}

/** An external event reached the orchestration. */
export interface EventRaised extends EventBase {
  readonly type: "EventRaised";
  readonly name: string;
  readonly input?: string;
  /** Set where another orchestration sent it: its place among those that it sent to this one. */
  readonly position?: StreamPosition;
  readonly messageId: string;
}

/** The orchestrator sent an external event to another orchestration. */
export interface EventSent extends EventBase {
  readonly type: "EventSent";
  /** The receiver. */
  readonly instanceId: string;
  readonly name: string;
  readonly input?: string;
  readonly position: StreamPosition;
}

/** The orchestrator called an entity, and waits for the answer. */
export interface EntityOperationCalled extends EventBase {
  readonly type: "EntityOperationCalled";
  readonly taskId: number;
  /** The entity's instance id: `@name@key`. */
  readonly entityId: string;
  readonly operation: string;
  readonly input?: string;
  /** The critical section that the call belongs to. */
  readonly criticalSectionId?: string;
  readonly position: StreamPosition;
}

export interface EntityOperationCompleted extends EventBase {
  readonly type: "EntityOperationCompleted";
  /** The `taskId` of the `EntityOperationCalled` that this answers. */
  readonly taskId: number;
  readonly result?: string;
  readonly messageId: string;
}

export interface EntityOperationFailed extends EventBase {
  readonly type: "EntityOperationFailed";
  /** The `taskId` of the `EntityOperationCalled` that this answers. */
  readonly taskId: number;
  readonly failure: FailureDetails;
  readonly messageId: string;
}

/** The orchestrator signalled an entity, and waits for nothing. */
export interface EntityOperationSignaled extends EventBase {
  readonly type: "EntityOperationSignaled";
  readonly entityId: string;
  readonly operation: string;
  readonly input?: string;
  /** The entity is not signalled before this time, in milliseconds since the epoch. */
  readonly scheduledTime?: number;
  readonly position: StreamPosition;
}

/** The orchestrator asked for the locks of a critical section, and waits until it has them all. */
export interface EntityLockRequested extends EventBase {
  readonly type: "EntityLockRequested";
  readonly taskId: number;
  readonly criticalSectionId: string;
  /** Entity ids in the one global order in which locks are taken (UTF-16 code units), none twice. */
  readonly lockSet: readonly string[];
  /** The place of the request in what is sent to the first entity of the set. */
  readonly position: StreamPosition;
}

/** The orchestration holds all locks of the critical section. */
export interface EntityLockGranted extends EventBase {
  readonly type: "EntityLockGranted";
  /** The `taskId` of the `EntityLockRequested` that this answers. */
  readonly taskId: number;
  readonly criticalSectionId: string;
  readonly messageId: string;
}

/** The orchestration gave back the lock of one entity, or will not have it any more. */
export interface EntityUnlockSent extends EventBase {
  readonly type: "EntityUnlockSent";
  readonly criticalSectionId: string;
  readonly entityId: string;
  /** Set when the locks were not all granted: the entities that the order to unlock is to follow through. */
  readonly lockSet?: readonly string[];
  readonly position: StreamPosition;
}

/** A client asked to hold the orchestration: what comes is recorded, and the code sees it after `ExecutionResumed`. */
export interface ExecutionSuspended extends EventBase {
  readonly type: "ExecutionSuspended";
  readonly reason?: string;
  readonly messageId: string;
}

/** A client asked to go on. */
export interface ExecutionResumed extends EventBase {
  readonly type: "ExecutionResumed";
  readonly reason?: string;
  readonly messageId: string;
}

/** The place of what was sent, and to whom. */
export interface SentPlace {
  readonly receiver: string;
  readonly position: StreamPosition;
}

/**
 * A client, or the parent that was rewound, made the failed execution go on. In the same turn follows what came in
 * the turn in which it had failed; that turn, and the failures that its end rested on, are no longer in the history.
 */
export interface ExecutionRewound extends EventBase {
  readonly type: "ExecutionRewound";
  readonly reason?: string;
  /** The execution that failed: this one before it was rewound. */
  readonly previousExecutionId: string;
  /** Operations of entities that failed, and are asked for anew. */
  readonly resent?: readonly { readonly taskId: number; readonly entityId: string }[];
  /** What the turn that failed has sent, where the code decides otherwise by now: those places are taken. */
  readonly sent?: readonly SentPlace[];
  /** True when the engine ended the execution again at once: the code has not seen what follows. */
  readonly isRefused?: true;
  /** The id of the request. */
  readonly messageId: string;
}

/** A client asked to end the orchestration; `ExecutionCompleted` follows in the same turn. */
export interface ExecutionTerminated extends EventBase {
  readonly type: "ExecutionTerminated";
  readonly output?: string;
  /** True when the open sub-orchestrations are terminated too, and theirs. */
  readonly isRecursive?: boolean;
  /** Set where the parent passed it on: only this life of the id, which the parent started, heeds it. */
  readonly incarnation?: string;
  readonly messageId: string;
}

/** The orchestration ended. */
export interface ExecutionCompleted extends EventBase {
  readonly type: "ExecutionCompleted";
  readonly runtimeStatus: TerminalStatus;
  readonly output?: string;
  readonly failure?: FailureDetails;
  /** Set where the engine ended it: the code has not seen what came in this turn, which is kept for a rewind. */
  readonly isByEngine?: true;
}

/** The execution ended and the next one of the same incarnation follows. */
export interface ContinueAsNew extends EventBase {
  readonly type: "ContinueAsNew";
  readonly newExecutionId: string;
  readonly input?: string;
}

/** What answers a task that waits for somebody else: an activity, a timer, a child, an entity. */
export type AnswerEvent =
  | TaskCompleted
  | TaskFailed
  | TimerFired
  | SubOrchestrationInstanceCompleted
  | SubOrchestrationInstanceFailed
  | EntityOperationCompleted
  | EntityOperationFailed
  | EntityLockGranted;

/** What clients and other instances tell an orchestration. */
export type ExternalMessageEvent = EventRaised | ExecutionSuspended | ExecutionResumed | ExecutionTerminated;

/** What an orchestrator is fed. */
export type IncomingEvent = ExecutionStarted | ExecutionRewound | AnswerEvent | ExternalMessageEvent;

/** What an orchestrator decided. */
export type DecisionEvent =
  | TaskScheduled
  | TimerCreated
  | SubOrchestrationInstanceCreated
  | EventSent
  | EntityOperationCalled
  | EntityOperationSignaled
  | EntityLockRequested
  | EntityUnlockSent
  | ExecutionCompleted
  | ContinueAsNew;

export type HistoryEvent = OrchestratorStarted | IncomingEvent | DecisionEvent | OrchestratorCompleted;

/** An event before it has a place in a history. */
export type EventBody<E extends HistoryEvent = HistoryEvent> = E extends HistoryEvent
  ? Omit<E, "eventId" | "timestamp">
  : never;

/** The types of events that a turn was fed; the others are its decisions and its brackets. */
const INCOMING: Readonly<Record<HistoryEvent["type"], boolean>> = {
  OrchestratorStarted: false,
  OrchestratorCompleted: false,
  ExecutionStarted: true,
  TaskScheduled: false,
  TaskCompleted: true,
  TaskFailed: true,
  TimerCreated: false,
  TimerFired: true,
  SubOrchestrationInstanceCreated: false,
  SubOrchestrationInstanceCompleted: true,
  SubOrchestrationInstanceFailed: true,
  EventRaised: true,
  EventSent: false,
  EntityOperationCalled: false,
  EntityOperationCompleted: true,
  EntityOperationFailed: true,
  EntityOperationSignaled: false,
  EntityLockRequested: false,
  EntityLockGranted: true,
  EntityUnlockSent: false,
  ExecutionSuspended: true,
  ExecutionResumed: true,
  ExecutionTerminated: true,
  ExecutionRewound: true,
  ExecutionCompleted: false,
  ContinueAsNew: false,
};

/** True for the events that a turn was fed; false for its decisions and its brackets. */
export function isIncoming(event: HistoryEvent): event is IncomingEvent {
  return INCOMING[event.type];
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
      const { type, name, input, position, messageId } = body;
      if (position !== undefined) return { eventId, timestamp, ...body };
      if (input === undefined) return { eventId, timestamp, type, name, messageId };
      return { eventId, timestamp, type, name, input, messageId };
    }
    case "ExecutionCompleted": {
      const { type, runtimeStatus, output, failure } = body;
      if (failure !== undefined || output === undefined) return { eventId, timestamp, ...body };
      return { eventId, timestamp, type, runtimeStatus, output };
    }
    default:
      return { eventId, timestamp, ...body };
  }
}

function placedStart(body: EventBody<ExecutionStarted>, eventId: number, timestamp: number): ExecutionStarted {
  const { type, name, instanceId, executionId, input, version, tags, parent, customStatus } = body;
  const isChosen = version !== undefined || tags !== undefined || parent !== undefined;
  const isCarried = body.seenMessages !== undefined || body.sent !== undefined || body.received !== undefined;
  if (isChosen || isCarried || customStatus !== undefined || body.seed !== undefined)
    return { eventId, timestamp, ...body };
  if (input === undefined) return { eventId, timestamp, type, name, instanceId, executionId };
  return { eventId, timestamp, type, name, instanceId, executionId, input };
}
