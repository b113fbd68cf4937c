/**
 * The messages of a turn, one by one: what the execution is fed, what is dropped, what is left for later.
 *
 * Invariant: each message is consumed once, fed or dropped with a reason, unless it belongs to the next execution. Used by
 * the turn alone.
 */
import { kindAnsweredBy } from "./answered-calls.ts";
import { assert } from "./assert.ts";
import { admissionOf } from "./event-admission.ts";
import type { Execution } from "./execution.ts";
import type { ExecutionEnd } from "./execution-end.ts";
import type { EventBody, EventRaised, IncomingEvent } from "./history.ts";
import type { DroppedMessage, DropReason, InstanceMessage, OrchestrationMessageBody } from "./messages.ts";
import { isForOrchestrations } from "./messages.ts";
import { isExpected } from "./recall.ts";
import type { RewoundTurn } from "./rewind.ts";
import type { StreamPosition } from "./streams.ts";
import { streamMessageId } from "./streams.ts";
import type { TurnInput } from "./turn.ts";

/** The messages of a turn, taken one by one: what is fed, what is dropped, what is left for later. */
export class Inbox {
  readonly consumed: string[] = [];
  readonly dropped: DroppedMessage[] = [];
  readonly fed: EventBody<IncomingEvent>[] = [];
  /** Carried events that the execution ended before. */
  readonly unfed: EventBody<EventRaised>[];
  readonly startsTerminated: boolean;
  readonly startsSuspended: boolean;
  /** Events that are to come again later. */
  readonly putBack: InstanceMessage[] = [];
  readonly #execution: Execution;
  readonly #input: TurnInput;
  readonly #queue: (EventBody<IncomingEvent> | InstanceMessage)[];
  #position = 0;

  constructor(execution: Execution, input: TurnInput) {
    this.#execution = execution;
    this.#input = input;
    const { start, messages, rewound, incarnation } = input;
    const starts = execution.lastEventId === 0 && rewound === undefined;
    const termination = starts ? messages.find((message) => isTermination(message, incarnation)) : undefined;
    const suspension = starts && termination === undefined ? (start.suspended ?? firstSuspension(input)) : undefined;
    this.startsTerminated = termination !== undefined;
    const isHeld = execution.lastEventId === 0 && isHeldAgain(rewound);
    this.startsSuspended = suspension !== undefined || isHeld;
    this.unfed = termination === undefined ? [] : [...start.carriedEvents];
    const others = messages.filter((message) => message !== termination && message !== suspension);
    if (rewound !== undefined) {
      const held = isHeld ? rewound.refed.slice(0, 1) : [];
      const begun = execution.lastEventId === 0 ? [start.event, ...held] : [];
      this.#queue = [...begun, rewound.event, ...rewound.refed.slice(held.length), ...messages];
    } else if (!starts) this.#queue = others;
    else if (termination !== undefined) this.#queue = [start.event, termination, ...others];
    else if (suspension === undefined) this.#queue = [start.event, ...start.carriedEvents, ...others];
    else this.#queue = [start.event, suspension, ...start.carriedEvents, ...others];
  }

  /** The next event to feed; `undefined` when there is none. */
  next(): EventBody<IncomingEvent> | undefined {
    while (this.#position < this.#queue.length) {
      const entry = this.#queue[this.#position++];
      assert(entry !== undefined, "the position is within the queue");
      const event = "body" in entry ? this.#accept(entry) : this.#acceptCarried(entry);
      if (event === undefined) continue;
      this.fed.push(event);
      return event;
    }
    return undefined;
  }

  /**
   * An execution that ends before it is fed everything that was carried to it passes the rest on. After a rewind, its
   * code may have been mended, and ask no more for what came in once.
   */
  #acceptCarried(event: EventBody<IncomingEvent>): EventBody<IncomingEvent> | undefined {
    if (event.type === "EventRaised") {
      if (this.#execution.end === undefined) return this.#admitted(event) ?? event;
      this.unfed.push(event);
      return undefined;
    }
    const isFed = this.#input.rewound === undefined || isExpected(this.#execution, event);
    return isFed && (this.#execution.end === undefined || this.#input.rewound === undefined) ? event : undefined;
  }

  #accept(message: InstanceMessage): EventBody<IncomingEvent> | undefined {
    const end = this.#execution.end;
    // Whatever comes after continue-as-new belongs to the next execution: it stays in the queue.
    if (end?.kind === "continued" && message.executionId === undefined) return undefined;
    this.consumed.push(message.messageId);
    const { body, messageId } = message;
    const event = end === undefined ? this.#toEvent(message) : reasonAfter(end);
    if (typeof event !== "string") return event;
    this.dropped.push({ messageId, type: body.type, reason: event });
    return undefined;
  }

  #toEvent(message: InstanceMessage): EventBody<IncomingEvent> | DropReason {
    const { body, messageId, position } = message;
    const reason = dropReason(this.#execution, message, this.#input.incarnation);
    if (reason !== undefined) return reason;
    if (!isForOrchestrations(body)) return "not-understood";
    const event = toEvent(body, messageId, position);
    return event.type === "EventRaised" ? (this.#admitted(event) ?? this.#later(message, event)) : event;
  }

  /** An event as it is recorded; `undefined` when nobody can tell yet whether it has to wait for another. */
  #admitted(event: EventBody<EventRaised>): EventBody<EventRaised> | undefined {
    const { position } = event;
    if (position === undefined) return event;
    switch (admissionOf(position, this.#execution.arrivals.streams, this.#input)) {
      case "ordered":
        return position.isFree === true ? { ...event, position: waiting(position) } : event;
      case "free":
        return { ...event, position: { ...position, isFree: true } };
      case "put-back":
        return undefined;
    }
  }

  #later(message: InstanceMessage, { position }: EventBody<EventRaised>): DropReason {
    assert(position !== undefined, "only what has a place in a stream is put back");
    const { now, redeliveryHorizonMs } = this.#input;
    this.putBack.push({
      ...message,
      messageId: putBackId(streamMessageId(message.instanceId, position)),
      dueTime: now + redeliveryHorizonMs,
      position: { ...position, isFree: true },
    });
    return "put-back";
  }
}

/** The place of an event that waits for those before it after all. */
function waiting({ isFree: _isFree, ...position }: StreamPosition): StreamPosition {
  return position;
}

/** The id under which an event comes again: another one, because the first is consumed. */
function putBackId(messageId: string): string {
  return `${messageId}:again`;
}

/** A message as a history records it. */
export function toEvent(
  body: OrchestrationMessageBody,
  messageId: string,
  position: StreamPosition | undefined,
): EventBody<IncomingEvent> {
  if (body.type === "EventRaised" && position !== undefined) return { ...body, position, messageId };
  if (body.type !== "TaskCompleted") return { ...body, messageId };
  // By far the most frequent one, written out for speed.
  const { type, taskId, result } = body;
  return result === undefined ? { type, taskId, messageId } : { type, taskId, result, messageId };
}

function reasonAfter(end: ExecutionEnd): DropReason {
  return end.kind === "continued" ? "stale-execution" : "instance-terminal";
}

function dropReason(execution: Execution, message: InstanceMessage, incarnation: string): DropReason | undefined {
  if (message.executionId !== undefined && message.executionId !== execution.setup.executionId) {
    return "stale-execution";
  }
  const { body } = message;
  if ("taskId" in body && execution.holdsAnswer(body.taskId)) return "unknown-task";
  switch (body.type) {
    case "TaskCompleted":
    case "TaskFailed":
      return execution.calls.isOpen(body.taskId, "activity") ? undefined : "unknown-task";
    case "TimerFired":
      return execution.calls.isOpen(body.taskId, "timer") ? undefined : "unknown-task";
    case "SubOrchestrationInstanceCompleted":
    case "SubOrchestrationInstanceFailed":
    case "EntityOperationCompleted":
    case "EntityOperationFailed":
    case "EntityLockGranted":
      return execution.answers.isOpen(body.taskId, kindAnsweredBy(body.type)) ? undefined : "unknown-task";
    case "EventRaised":
    case "ExecutionSuspended":
    case "ExecutionResumed":
    case "ExecutionTerminated":
      if (body.type === "ExecutionTerminated" && !isTermination(message, incarnation)) return "other-life";
      return wasSeen(execution, message) ? "duplicate" : undefined;
    case "EntityOperationCalled":
    case "EntityOperationSignaled":
    case "EntityLockRequested":
    case "EntityUnlockSent":
      return "not-understood";
  }
}

function wasSeen(execution: Execution, message: InstanceMessage): boolean {
  return idsOf(message).some((id) => execution.hasSeen(id));
}

/** The ids under which a message may have been consumed: an event that was put back has two. */
export function idsOf({ messageId, instanceId, position }: InstanceMessage): readonly string[] {
  if (position === undefined) return [messageId];
  const first = streamMessageId(instanceId, position);
  return [first, putBackId(first)];
}

/** True where a first turn that goes on after a rewind was suspended before all else, so that its code has to wait. */
function isHeldAgain(rewound: RewoundTurn | undefined): boolean {
  return rewound?.refed[0]?.type === "ExecutionSuspended";
}

/** The order that suspends an execution before its first turn; none where a resumption comes before it. */
export function firstSuspension({ start, messages }: TurnInput): InstanceMessage | undefined {
  const seen = new Set(start.event.seenMessages?.map(({ messageId }) => messageId));
  const first = messages.find(({ messageId, body }) => {
    return (body.type === "ExecutionSuspended" || body.type === "ExecutionResumed") && !seen.has(messageId);
  });
  return first?.body.type === "ExecutionSuspended" ? first : undefined;
}

/** True for an order to terminate that is meant for this life of the id: what a parent passes on is for the life that it started. */
export function isTermination({ body }: InstanceMessage, incarnation: string): boolean {
  return body.type === "ExecutionTerminated" && (body.incarnation ?? incarnation) === incarnation;
}
