/**
 * The turn: (history so far, new messages, orchestrator code) -> (events to append, messages to send, activities
 * to schedule, timers to set, status).
 *
 * Pure: no clock, no randomness, no I/O; time and ids come in as data. The execution that comes in holds the
 * history so far, replayed or warm, which makes no difference. The caller commits the result as a whole, or
 * drops it together with the execution.
 */
import { assert } from "./assert.ts";
import type { Execution, ExecutionEnd, TurnDecisions } from "./execution.ts";
import { present } from "./execution.ts";
import type { FailureDetails } from "./failure.ts";
import type { EventBody, EventRaised, HistoryEvent, IncomingEvent } from "./history.ts";
import { placed } from "./history.ts";
import type { TurnEffects } from "./effects.ts";
import { answerToParent, effectsOf, terminationOfChildren, unlockMessage } from "./effects.ts";
import { Inbox, isTermination } from "./inbox.ts";
import type {
  ChildRewind,
  DroppedMessage,
  DropReason,
  ExecutionStart,
  InstanceMessage,
  InstanceStart,
} from "./messages.ts";
import { answerMessageId } from "./messages.ts";
import type { Mutable } from "./mutable.ts";
import { openChildren } from "./sub-orchestration-calls.ts";
import type { NonDeterminismError } from "./nondeterminism.ts";
import type { Settle } from "./recall.ts";
import type { RewoundTurn } from "./rewind.ts";
import { rewoundEffects } from "./rewound-effects.ts";
import { unlocksAfter } from "./section-unlocks.ts";
import type { RuntimeStatus } from "./status.ts";
import { isTerminal } from "./status.ts";
import { unseenEvents } from "./unseen-events.ts";

export interface TurnInput {
  readonly start: ExecutionStart;
  readonly runtimeStatus: RuntimeStatus;
  readonly messages: readonly InstanceMessage[];
  /** The hub's time, in milliseconds since the epoch. */
  readonly now: number;
  /** How long after its consumption a message may come again, in milliseconds (contract G10). */
  readonly redeliveryHorizonMs: number;
  /** Names this life of the instance id. */
  readonly incarnation: string;
  /** When this life began, in milliseconds since the epoch. */
  readonly createdAt: number;
  /** Set on the turn that goes on after a rewind: what comes before its messages. */
  readonly rewound?: RewoundTurn;
}

/** Everything that a turn changes. The caller adds the lock and the request id. */
export interface TurnResult extends TurnEffects {
  /** The turn's time; `undefined` when nothing was recorded. */
  readonly time: number | undefined;
  readonly consumed: readonly string[];
  readonly dropped: readonly DroppedMessage[];
  readonly events: readonly HistoryEvent[];
  /** Message ids of timers that were cancelled. */
  readonly cancelledTimers: readonly string[];
  readonly runtimeStatus: RuntimeStatus;
  readonly output?: string;
  readonly failure?: FailureDetails;
  readonly customStatus?: string;
  readonly next?: ExecutionStart;
  /** Sub-orchestrations that are to answer the execution that was rewound. */
  readonly rewinds?: readonly ChildRewind[];
}

/**
 * Runs one turn; asynchronous only where the orchestrator's code is.
 * @returns the result, or what replay could not repeat.
 */
export function runTurn(
  execution: Execution,
  input: TurnInput,
  settle: Settle,
): TurnResult | NonDeterminismError | Promise<TurnResult | NonDeterminismError> {
  if (isTerminal(input.runtimeStatus)) return dropAll(input, "instance-terminal");
  const violation = execution.violation ?? lateness(execution, input.messages);
  if (violation !== undefined) return violation;
  if (execution.lastEventId === 0 && isTooEarly(input)) return carry(execution, input);

  const inbox = new Inbox(execution, input);
  let event = inbox.next();
  if (event === undefined) {
    return { ...unchanged(input), consumed: inbox.consumed, dropped: inbox.dropped, timers: inbox.putBack };
  }
  const time = turnTime(execution, input);
  execution.beginTurn(time, false);
  for (; event !== undefined; event = inbox.next()) {
    feed(execution, inbox, event);
    do {
      if (execution.isAsync) return settleAndFeed(execution, input, { inbox, time, settle });
    } while (execution.goOn());
  }
  return finish(execution, input, { inbox, time });
}

/** The rest of a turn of async code: after each event, everything settles before the next. */
async function settleAndFeed(
  execution: Execution,
  input: TurnInput,
  turn: { readonly inbox: Inbox; readonly time: number; readonly settle: Settle },
): Promise<TurnResult | NonDeterminismError> {
  const { inbox, settle } = turn;
  for (;;) {
    if (execution.end?.kind !== "terminated") {
      await settle();
      execution.settled();
    }
    if (execution.violation === undefined && execution.goOn()) continue;
    const event = execution.violation === undefined ? inbox.next() : undefined;
    if (event === undefined) return finish(execution, input, turn);
    feed(execution, inbox, event);
  }
}

function feed(execution: Execution, inbox: Inbox, event: EventBody<IncomingEvent>): void {
  if (event.type === "ExecutionStarted" && inbox.startsTerminated) execution.noteStart(event);
  else if (event.type === "ExecutionStarted" && inbox.startsSuspended) execution.holdStart(event);
  else execution.feed(event);
}

function finish(
  execution: Execution,
  input: TurnInput,
  turn: { readonly inbox: Inbox; readonly time: number },
): TurnResult | NonDeterminismError {
  const { inbox, time } = turn;
  const decided = execution.endTurn();
  if (execution.violation !== undefined) return execution.violation;
  return recorded(execution, input, { inbox, decided, time });
}

/**
 * Ends an instance that cannot run: its code is missing, not deterministic, or kills its worker. An instance that
 * has ended already stays as it is. What came in the turn is recorded, for a rewind.
 * @param instance `history` is that of the current execution, which tells what locks it leaves behind.
 */
export function failedTurn(
  instance: { readonly history: readonly HistoryEvent[]; readonly lastEventId: number; readonly lastTurnTime: number },
  input: TurnInput,
  failure: FailureDetails,
): TurnResult {
  if (isTerminal(input.runtimeStatus)) return dropAll(input, "instance-terminal");
  const time = Math.max(input.now, instance.lastTurnTime);
  const start = instance.lastEventId === 0 ? [input.start.event] : [];
  const unseen = unseenEvents(instance, input);
  const fed = [...start, ...unseen];
  const kept = input.rewound?.failed ?? [];
  const history = [...instance.history, ...numbered(instance.lastEventId, time, fed, kept)];
  const unlocks = unlocksAfter(history, time);
  const toChildren = endsChildren(input) ? terminationOfChildren(seedOf(input), openChildren(history)) : [];
  const end = { type: "ExecutionCompleted", runtimeStatus: "Failed", failure, isByEngine: true } as const;
  const decided: readonly EventBody[] = [...kept, ...unlocks, end];
  const recorded = new Set(unseen.map((event) => ("messageId" in event ? event.messageId : "")));
  const { consumed, dropped, ...rest } = dropAll(input, "instance-terminal");
  return {
    ...rest,
    consumed,
    dropped: dropped.filter(({ messageId }) => !recorded.has(messageId)),
    time,
    events: numbered(instance.lastEventId, time, fed, decided),
    messages: [
      ...unlocks.map(unlockMessage),
      ...toChildren,
      ...answerToParent(input.start.event.parent, { kind: "failed", failure }),
    ],
    runtimeStatus: "Failed",
    failure,
  };
}

/** The task id of the message that says that an execution went on after its turn. Tasks count from 1. */
export const LATE_TASK_ID = 0;

/**
 * A worker saw this execution go on after a turn, woken by something that is not durable, and sent word of it. The
 * execution that it saw may be gone from memory; its code is what it is.
 */
function lateness(execution: Execution, messages: readonly InstanceMessage[]): NonDeterminismError | undefined {
  const { executionId } = execution.setup;
  const isLate = messages.some(
    (message) =>
      message.executionId === executionId && message.body.type === "TimerFired" && message.body.taskId === LATE_TASK_ID,
  );
  return isLate ? execution.lateError("code that went on after its turn") : undefined;
}

/** True when a turn consumed the order to terminate the children too, however the execution itself ended. */
function endsChildren({ messages, incarnation }: TurnInput): boolean {
  return messages.some(
    (message) =>
      message.body.type === "ExecutionTerminated" &&
      message.body.isRecursive === true &&
      isTermination(message, incarnation),
  );
}

/** Durable time: never before the turn before, never before the hub's clock, never before a timer's due time. */
function turnTime(execution: Execution, input: TurnInput): number {
  let time = Math.max(execution.time, input.now);
  for (const { body } of input.messages) {
    if (body.type === "TimerFired" && body.fireAt > time) time = body.fireAt;
  }
  return time;
}

/**
 * True of a turn that runs no code, whatever there is of it: before its start, an instance takes note of what comes; and one
 * that is terminated before its code has begun just ends.
 */
export function needsNoCode(input: TurnInput): boolean {
  return isTooEarly(input) || input.messages.some((message) => isTermination(message, input.incarnation));
}

function isTooEarly(input: TurnInput): boolean {
  const { start, now, messages, incarnation } = input;
  return (start.startAt ?? 0) > now && !messages.some((message) => isTermination(message, incarnation));
}

/** Messages that come before the instance's scheduled start become part of how it will begin. */
function carry(execution: Execution, input: TurnInput): TurnResult {
  assert(execution.lastEventId === 0, "only an execution that has not begun is carried to");
  const { start, messages, now } = input;
  const carriedEvents = [...start.carriedEvents];
  const seenMessages = [...(start.event.seenMessages ?? [])];
  const known = new Set([...carriedEvents, ...seenMessages].map(({ messageId }) => messageId));
  let { suspended } = start;
  const dropped: DroppedMessage[] = [];
  for (const { messageId, body, position } of messages) {
    const isKnown = known.has(messageId);
    known.add(messageId);
    if (!isKnown && body.type === "EventRaised") {
      carriedEvents.push({ ...body, ...present("position", position), messageId });
    } else if (!isKnown && (body.type === "ExecutionSuspended" || body.type === "ExecutionResumed")) {
      seenMessages.push({ messageId, seenAt: now });
      suspended = body.type === "ExecutionSuspended" ? { ...body, messageId } : undefined;
    } else dropped.push({ messageId, type: body.type, reason: isKnown ? "duplicate" : "unknown-task" });
  }
  const event = seenMessages.length === 0 ? start.event : { ...start.event, seenMessages };
  return {
    ...unchanged(input),
    consumed: messages.map(({ messageId }) => messageId),
    dropped,
    next: { ...present("startAt", start.startAt), event, carriedEvents, ...present("suspended", suspended) },
    runtimeStatus: suspended === undefined ? "Pending" : "Suspended",
  };
}

/** Consumes all messages of a turn without showing one to the code; changes nothing else. */
export function dropAll(input: TurnInput, reason: DropReason): TurnResult {
  return {
    ...unchanged(input),
    consumed: input.messages.map(({ messageId }) => messageId),
    dropped: input.messages.map(({ messageId, body }) => ({ messageId, type: body.type, reason })),
  };
}

function unchanged(input: TurnInput): TurnResult {
  return {
    time: undefined,
    consumed: [],
    dropped: [],
    events: [],
    activities: [],
    timers: [],
    messages: [],
    starts: [],
    cancelledTimers: [],
    runtimeStatus: input.runtimeStatus,
  };
}

/** Turns what was fed and decided into events and effects, and moves the execution to the new end. */
function recorded(
  execution: Execution,
  input: TurnInput,
  turn: { readonly inbox: Inbox; readonly decided: TurnDecisions; readonly time: number },
): TurnResult {
  const { inbox, decided, time } = turn;
  const { executionId } = execution.setup;
  const events = numbered(execution.lastEventId, time, inbox.fed, decided.decisions);
  execution.lastEventId += events.length;
  const { rewound } = input;
  const rewoundTo = rewound === undefined ? undefined : rewoundEffects(execution, decided, rewound);
  const { activities, timers, messages, starts } = rewoundTo ?? effectsOf(execution, decided);
  // Written out: a spread of the effects would cost more than all the rest of it.
  const result: Mutable<TurnResult> = {
    time,
    activities,
    timers,
    messages,
    starts,
    consumed: inbox.consumed,
    dropped: inbox.dropped,
    events,
    cancelledTimers: decided.cancelledTimers.map((taskId) => answerMessageId(executionId, taskId)),
    runtimeStatus: execution.isSuspended ? "Suspended" : "Running",
  };
  if (rewoundTo !== undefined) result.rewinds = rewoundTo.rewinds;
  if (inbox.putBack.length > 0) result.timers = [...result.timers, ...inbox.putBack];
  if (decided.customStatus !== undefined) result.customStatus = decided.customStatus;
  const { end } = execution;
  if (end === undefined) return result;
  return { ...result, ...ending(execution, input, inbox, { end, result }) };
}

/** What the end of an execution adds to its last turn. */
function ending(
  execution: Execution,
  input: TurnInput,
  inbox: Inbox,
  soFar: { readonly end: ExecutionEnd; readonly result: TurnResult },
): Partial<TurnResult> {
  const { end, result } = soFar;
  const { cancelledTimers: cancelled, messages } = result;
  // What a terminated turn asked for is not begun any more.
  const notBegun = end.kind === "terminated" ? { activities: [], starts: [] } : undefined;
  const unborn = notBegun === undefined ? [] : result.starts;
  const toChildren = end.kind !== "continued" && endsChildren(input) ? endOfChildren(execution, input, unborn) : [];
  const unfed = inbox.unfed.filter(({ position }) => position === undefined);
  const left = [...execution.unprocessedEvents, ...unfed].map(withoutPosition);
  const open = execution.calls.openTimers.map((taskId) => answerMessageId(execution.setup.executionId, taskId));
  return {
    cancelledTimers: [...cancelled, ...open],
    messages: [...messages, ...toChildren, ...answerToParent(input.start.event.parent, end)],
    dropped: [...inbox.dropped, ...discarded(end, left)],
    ...notBegun,
    ...statusAfter(end),
    ...(end.kind === "continued" ? { next: nextStart(execution, input, inbox, { end, left }) } : {}),
  };
}

/** Ends the children that run: in a turn that goes on after a rewind, also those that the failed turn started. */
function endOfChildren(
  execution: Execution,
  { rewound }: TurnInput,
  unborn: readonly InstanceStart[],
): readonly InstanceMessage[] {
  const before = openChildren(rewound?.failed ?? []);
  const known = new Set(before.map(({ instanceId }) => instanceId));
  const skipped = new Set(unborn.map(({ instanceId }) => instanceId).filter((instanceId) => !known.has(instanceId)));
  const open = new Map([...before, ...execution.children].map((child) => [child.instanceId, child]));
  const children = [...open.values()].filter(({ instanceId }) => !skipped.has(instanceId));
  return terminationOfChildren(execution.executionId, children);
}

/** Names the execution in what is computed from its id, before and after a rewind alike. */
function seedOf({ start: { event } }: TurnInput): string {
  return event.seed ?? event.executionId;
}

/** External events that nobody waited for end with the orchestration, unless the next execution gets them. */
function discarded(end: ExecutionEnd, left: readonly EventBody<EventRaised>[]): DroppedMessage[] {
  if (end.kind === "continued" && end.preserve) return [];
  const reason: DropReason = end.kind === "continued" ? "not-preserved" : "instance-terminal";
  return left.map(({ messageId, type }) => ({ messageId, type, reason }));
}

function statusAfter(end: ExecutionEnd): Pick<TurnResult, "runtimeStatus" | "output" | "failure"> {
  switch (end.kind) {
    case "continued":
      return { runtimeStatus: "Running" };
    case "completed":
      return end.output === undefined
        ? { runtimeStatus: "Completed" }
        : { runtimeStatus: "Completed", output: end.output };
    case "terminated":
      return end.output === undefined
        ? { runtimeStatus: "Terminated" }
        : { runtimeStatus: "Terminated", output: end.output };
    case "failed":
      return { runtimeStatus: "Failed", failure: end.failure };
  }
}

function nextStart(
  execution: Execution,
  input: TurnInput,
  inbox: Inbox,
  soFar: {
    readonly end: Extract<ExecutionEnd, { readonly kind: "continued" }>;
    readonly left: readonly EventBody<EventRaised>[];
  },
): ExecutionStart {
  const { end, left } = soFar;
  // What those wait for is still to come, so it belongs to the next execution, and they do as well.
  const early = [...execution.earlyEvents, ...inbox.unfed.filter(({ position }) => position !== undefined)];
  const oldest = execution.time - input.redeliveryHorizonMs;
  const seenMessages = [...execution.seen]
    .filter(([, seenAt]) => seenAt >= oldest)
    .map(([messageId, seenAt]) => ({ messageId, seenAt }));
  const { name, instanceId, version, tags, parent } = input.start.event;
  const sent = execution.sent.since(oldest);
  const received = execution.arrivals.streams.since(oldest - input.redeliveryHorizonMs);
  return {
    event: {
      type: "ExecutionStarted",
      name,
      instanceId,
      executionId: execution.nextExecutionId,
      ...present("input", end.input),
      ...present("version", version),
      ...present("tags", tags),
      ...present("parent", parent),
      ...present("customStatus", execution.customStatus),
      ...(seenMessages.length === 0 ? {} : { seenMessages }),
      ...(sent.length === 0 ? {} : { sent }),
      ...(received.length === 0 ? {} : { received }),
    },
    carriedEvents: [...(end.preserve ? left : []), ...early.map(bareEvent)],
  };
}

/** Without the place that the event had in the old execution's history; replayed events bring theirs. */
function bareEvent({ type, name, input, position, messageId }: EventBody<EventRaised>): EventBody<EventRaised> {
  return { type, name, ...present("input", input), ...present("position", position), messageId };
}

/** An event whose turn it was already, in its stream: it waits for nothing any more. */
function withoutPosition({ type, name, input, messageId }: EventBody<EventRaised>): EventBody<EventRaised> {
  return { type, name, ...present("input", input), messageId };
}

/** A turn's events: its brackets, what it was fed, what it decided. */
function numbered(
  lastEventId: number,
  timestamp: number,
  fed: readonly EventBody[],
  decided: readonly EventBody[],
): HistoryEvent[] {
  let eventId = lastEventId + 1;
  const events: HistoryEvent[] = [{ eventId, timestamp, type: "OrchestratorStarted" }];
  for (const body of fed) events.push(placed(body, ++eventId, timestamp));
  for (const body of decided) events.push(placed(body, ++eventId, timestamp));
  events.push({ eventId: ++eventId, timestamp, type: "OrchestratorCompleted" });
  return events;
}
