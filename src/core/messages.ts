/**
 * What travels through the queues: messages to instances (the control queue) and activities to run (the
 * work-item queue).
 *
 * Invariant: a message's id is a function of its sender and its place among what that sender sent, so that a
 * sender that repeats itself (a retry, a second worker with the same turn) sends the same id.
 */
import type {
  EventBody,
  EventRaised,
  ExecutionStarted,
  ExecutionTerminated,
  TaskCompleted,
  TaskFailed,
  TimerFired,
} from "./history.ts";

type Unsigned<E extends { readonly messageId: string }> = E extends unknown
  ? Omit<E, "messageId" | "eventId" | "timestamp">
  : never;

/** What a message says: the history event that it becomes, before it has an id. */
export type MessageBody = Unsigned<TaskCompleted | TaskFailed | TimerFired | EventRaised | ExecutionTerminated>;

/** A message in an instance's control queue. */
export interface InstanceMessage {
  readonly messageId: string;
  /** The recipient. */
  readonly instanceId: string;
  /** Set on answers (an activity's result, a timer): only this execution may consume the message. */
  readonly executionId?: string;
  /** Not delivered before this time of the hub's clock, in milliseconds since the epoch (contract G6). */
  readonly dueTime?: number;
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
  /** Not started before this time of the hub's clock, in milliseconds since the epoch. */
  readonly startAt?: number;
}

/** The id of the answer to an activity or a timer: the same whoever gives it, however often. */
export function answerMessageId(executionId: string, taskId: number): string {
  return `${executionId}:${taskId}`;
}

/** The id of an activity in the work-item queue, which is also the key of its lock and the id of its answer. */
export function activityId(work: Pick<ActivityWork, "executionId" | "taskId">): string {
  return answerMessageId(work.executionId, work.taskId);
}

/** Why a message was discarded without reaching the orchestrator's code. Each is counted. */
export type DropReason =
  /** A message with this id was consumed before. */
  | "duplicate"
  /** It answers a task of an execution that has ended (continue-as-new). */
  | "stale-execution"
  /** It answers a task that is not open: answered before, cancelled, or never asked for. */
  | "unknown-task"
  /** The instance has ended. */
  | "instance-terminal"
  /** The orchestrator continued as new without its unprocessed events. */
  | "not-preserved";

/** A message that no code will see. */
export interface DroppedMessage {
  readonly messageId: string;
  readonly type: MessageBody["type"];
  readonly reason: DropReason;
}
