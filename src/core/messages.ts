/**
 * What travels through the queues: messages to instances (the control queue) and activities to run (the
 * work-item queue).
 *
 * Invariant: a message's id is a function of its sender and its place among what that sender sent, so that a
 * sender that repeats itself (a retry, a second worker with the same turn) sends the same id.
 */
import type {
  AnswerEvent,
  EventBody,
  EventRaised,
  ExecutionStarted,
  ExecutionSuspended,
  ExternalMessageEvent,
  ParentInstance,
} from "./history.ts";
import type { StreamPosition } from "./streams.ts";

type Unsigned<E extends { readonly messageId: string }> = E extends unknown
  ? Omit<E, "messageId" | "position" | "eventId" | "timestamp">
  : never;

/** What a message says to an orchestration: the history event that it becomes, before it has an id. */
export type OrchestrationMessageBody = Unsigned<AnswerEvent | ExternalMessageEvent>;

/** The task of an orchestration that an entity answers. */
export interface Caller {
  readonly instanceId: string;
  readonly executionId: string;
  readonly taskId: number;
}

/** What a message says to an entity. */
export type EntityMessageBody =
  /** An operation whose result somebody waits for. */
  | {
      readonly type: "EntityOperationCalled";
      readonly operation: string;
      readonly input?: string;
      readonly caller: Caller;
      /** The critical section that the call belongs to. */
      readonly criticalSectionId?: string;
    }
  /** An operation that nobody waits for. */
  | { readonly type: "EntityOperationSignaled"; readonly operation: string; readonly input?: string }
  /** Lock the entity for the section, and pass the request on to the next of the set; the last one answers. */
  | {
      readonly type: "EntityLockRequested";
      readonly criticalSectionId: string;
      /** In the one global order, none twice; the entities before this one are locked already. */
      readonly lockSet: readonly string[];
      readonly caller: Caller;
    }
  /** The section needs the entity no more: unlock it, or forget the request that waits. */
  | {
      readonly type: "EntityUnlockSent";
      readonly criticalSectionId: string;
      /** Set when the section may not have all its locks: what follows this entity in the set is to be told too. */
      readonly lockSet?: readonly string[];
    };

/** What a message says. */
export type MessageBody = OrchestrationMessageBody | EntityMessageBody;

/** True for what an orchestration understands, false for what an entity does. */
export function isForOrchestrations(body: MessageBody): body is OrchestrationMessageBody {
  switch (body.type) {
    case "EntityOperationCalled":
    case "EntityOperationSignaled":
    case "EntityLockRequested":
    case "EntityUnlockSent":
      return false;
    default:
      return true;
  }
}

/** An entity that a message brings into being where it is not there. */
export interface EntityBirth {
  /** The entity's registered name. */
  readonly name: string;
  /** Names this life of the entity's id. */
  readonly incarnation: string;
}

/** A message in an instance's control queue. */
export interface InstanceMessage {
  readonly messageId: string;
  /** The recipient. */
  readonly instanceId: string;
  /** Set on answers (an activity's result, a timer): only this execution may consume the message. */
  readonly executionId?: string;
  /** Not delivered before this time of the hub's clock, in milliseconds since the epoch (contract G6). */
  readonly dueTime?: number;
  /** Set on what another instance sent, and on clients' signals: its place among those. */
  readonly position?: StreamPosition;
  /** Set on messages to entities, which nobody starts: the store makes the entity if there is none. */
  readonly birth?: EntityBirth;
  readonly body: MessageBody;
}

/** An activity in the work-item queue. */
export interface ActivityWork {
  readonly instanceId: string;
  readonly executionId: string;
  readonly taskId: number;
  readonly name: string;
  readonly input?: string;
  /** 1 for the first try of a logical call, 2 for its first retry, and so on. */
  readonly attempt: number;
  /** The same for every delivery and every retry of one logical call. */
  readonly idempotencyKey: string;
}

/** How an execution begins. Durable with the instance itself, so it cannot be lost, doubled or overtaken. */
export interface ExecutionStart {
  readonly event: EventBody<ExecutionStarted>;
  /** External events that arrived before this execution could see them, oldest first. */
  readonly carriedEvents: readonly EventBody<EventRaised>[];
  /** Set when it was suspended before its first turn: then its code begins with its resumption. */
  readonly suspended?: EventBody<ExecutionSuspended>;
  /** Not started before this time of the hub's clock, in milliseconds since the epoch. */
  readonly startAt?: number;
}

/** An instance that a turn starts: a sub-orchestration, or what an entity starts. */
export interface InstanceStart {
  readonly instanceId: string;
  /** Names the life that begins, and the request: the same however often the turn is run. */
  readonly incarnation: string;
  readonly start: ExecutionStart;
  /** The life of an earlier try with the same id, which gives way once it has ended. */
  readonly replaces?: string;
  /** What the sender is told when the id is taken. Nobody is told where it is absent. */
  readonly refusal?: InstanceMessage;
}

/** What makes a failed execution go on. */
export interface RewindOrder {
  /** Names the request. */
  readonly requestId: string;
  readonly reason?: string;
}

/** A sub-orchestration whose parent was rewound, and which is to answer the execution that goes on in its place. */
export interface ChildRewind {
  readonly instanceId: string;
  /** The life that the parent started; another life of the id is not its child. */
  readonly incarnation: string;
  /** Whom it is to answer from now on. */
  readonly parent: ParentInstance;
  /** Makes it go on, if it failed. */
  readonly order: RewindOrder;
  /** What the parent is told where there is no such child. */
  readonly lost: InstanceMessage;
}

/** The id of the answer to a task: the same whoever gives it, however often. */
export function answerMessageId(executionId: string, taskId: number): string {
  return `${executionId}:${taskId}`;
}

/** The id of an activity in the work-item queue, which is also the key of its lock and the id of its answer. */
export function activityId(work: Pick<ActivityWork, "executionId" | "taskId">): string {
  return answerMessageId(work.executionId, work.taskId);
}

/** Why a message was discarded without reaching the orchestrator's code. Each is counted. */
export type DropReason =
  /** A message with this id, or of this place in its stream, was consumed before. */
  | "duplicate"
  /** It answers a task of an execution that has ended (continue-as-new). */
  | "stale-execution"
  /** It answers a task that is not open: answered before, cancelled, or never asked for. */
  | "unknown-task"
  /** The instance has ended. */
  | "instance-terminal"
  /** The orchestrator continued as new without its unprocessed events. */
  | "not-preserved"
  /** A parent meant it for the child that it started, and another life has that child's id. */
  | "other-life"
  /** Whether it has to wait for one sent before it cannot be told yet, so it was put back for later. */
  | "put-back"
  /** An orchestration was sent what only entities understand, or the reverse. */
  | "not-understood";

/** A message that no code will see. */
export interface DroppedMessage {
  readonly messageId: string;
  readonly type: MessageBody["type"];
  readonly reason: DropReason;
}
