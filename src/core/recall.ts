/**
 * Replay: brings a fresh execution to where a history ends, by feeding it turn by turn what it was fed, and
 * checking that it decides what it decided.
 *
 * Invariant: costs O(history) once; replay of a longer history passes through the state of every prefix.
 */
import { kindAnsweredBy } from "./answered-calls.ts";
import type { Execution, TurnDecisions } from "./execution.ts";
import type { FailureDetails } from "./failure.ts";
import type { DecisionEvent, EventBody, HistoryEvent, IncomingEvent } from "./history.ts";
import { isIncoming } from "./history.ts";
import { compareDecisions, NonDeterminismError } from "./nondeterminism.ts";

/** One recorded turn. */
export interface RecordedTurn {
  readonly time: number;
  readonly incoming: readonly IncomingEvent[];
  readonly decisions: readonly DecisionEvent[];
  /** The id of the event that closes the turn. */
  readonly endEventId: number;
}

/** Lets everything settle that native promises can do by themselves. */
export type Settle = () => Promise<void>;

/** Splits a history into its turns. A last turn that is not closed ends with the history. */
export function* recordedTurns(history: readonly HistoryEvent[]): Generator<RecordedTurn, void> {
  let time = 0;
  let incoming: IncomingEvent[] = [];
  let decisions: DecisionEvent[] = [];
  let endEventId = 0;
  let isOpen = false;
  for (const event of history) {
    if (event.type === "OrchestratorStarted") {
      if (isOpen) yield { time, incoming, decisions, endEventId };
      time = event.timestamp;
      incoming = [];
      decisions = [];
      isOpen = true;
    } else if (event.type === "OrchestratorCompleted") {
      yield { time, incoming, decisions, endEventId: event.eventId };
      isOpen = false;
    } else if (isIncoming(event)) incoming.push(event);
    else decisions.push(event);
    endEventId = event.eventId;
  }
  if (isOpen) yield { time, incoming, decisions, endEventId };
}

/** How a replay is watched. */
export interface Watch {
  /** Sees each turn after it was found to agree with its record. */
  readonly onTurn?: (turn: RecordedTurn, decided: TurnDecisions) => void;
  /** Compares inputs, fire times, outputs and failures as well. False unless given. */
  readonly isStrict?: boolean;
}

/**
 * Replays a whole history.
 * @returns the first difference, after which the execution is of no more use; `undefined` when there is none.
 */
export async function recall(
  execution: Execution,
  history: readonly HistoryEvent[],
  settle: Settle,
  watch: Watch = {},
): Promise<NonDeterminismError | undefined> {
  for (const turn of recordedTurns(history)) {
    execution.beginTurn(turn.time, true);
    const failure = engineFailure(turn);
    if (failure !== undefined) execution.failByEngine(failure);
    const feeding = feedAll(execution, turn.incoming, settle);
    const unexpected = feeding instanceof Promise ? await feeding : feeding;
    const decided = execution.endTurn();
    const difference =
      execution.violation ??
      compareDecisions({
        instanceId: execution.setup.instanceId,
        recorded: isRefusedRewind(turn) ? turn.decisions.slice(-1) : turn.decisions,
        decided: isRefusedRewind(turn) ? decided.decisions.slice(-1) : decided.decisions,
        endEventId: turn.endEventId,
        thrown: execution.thrown,
        isStrict: watch.isStrict ?? false,
      }) ??
      unexpected;
    if (difference !== undefined) return difference;
    execution.lastEventId = turn.endEventId;
    watch.onTurn?.(turn, decided);
  }
  return undefined;
}

/** The failure of a turn in which the engine ended the instance: what the turn records as fed, the code has not seen. */
function engineFailure({ decisions }: RecordedTurn): FailureDetails | undefined {
  const end = decisions.at(-1);
  return end?.type === "ExecutionCompleted" && end.isByEngine === true ? end.failure : undefined;
}

/** The turn of a rewind that the engine refused keeps what the turn before it decided, which the code has not seen. */
function isRefusedRewind({ incoming }: Pick<RecordedTurn, "incoming">): boolean {
  return incoming.some((event) => event.type === "ExecutionRewound" && event.isRefused === true);
}

/** Feeds a turn's events one by one; asynchronous only where the code is. */
export function feedAll(
  execution: Execution,
  incoming: readonly IncomingEvent[],
  settle: Settle,
): NonDeterminismError | undefined | Promise<NonDeterminismError | undefined> {
  if (isTerminatedAtStart(incoming) || execution.end !== undefined) {
    for (const event of incoming) {
      if (event.type === "ExecutionStarted") execution.noteStart(event);
      else if (event.type === "ExecutionTerminated" && execution.end === undefined) execution.feed(event);
    }
    return undefined;
  }
  for (const [index, event] of incoming.entries()) {
    if (execution.end !== undefined) return undefined;
    if (!isExpected(execution, event)) return unexpectedEvent(execution, event);
    if (event.type === "ExecutionStarted" && isSuspendedAtStart(incoming)) execution.holdStart(event);
    else execution.feed(event);
    do {
      if (execution.isAsync) return settleAndFeed(execution, incoming.slice(index + 1), settle);
    } while (execution.goOn());
  }
  return undefined;
}

async function settleAndFeed(
  execution: Execution,
  rest: readonly IncomingEvent[],
  settle: Settle,
): Promise<NonDeterminismError | undefined> {
  const settled = async (): Promise<void> => {
    do {
      await settle();
      execution.settled();
    } while (execution.violation === undefined && execution.goOn());
  };
  await settled();
  for (const event of rest) {
    if (execution.end !== undefined || execution.violation !== undefined) return undefined;
    if (!isExpected(execution, event)) return unexpectedEvent(execution, event);
    execution.feed(event);
    await settled();
  }
  return undefined;
}

/** An execution that was suspended before its first turn records that right after its start. */
function isSuspendedAtStart([, second]: readonly EventBody<IncomingEvent>[]): boolean {
  return second?.type === "ExecutionSuspended";
}

/**
 * The turn that starts an execution may also terminate it: then the code never runs. It records that right after its
 * start; behind a rewind, an order to terminate is one of the messages, which come when the code has begun.
 */
function isTerminatedAtStart([first, second]: readonly EventBody<IncomingEvent>[]): boolean {
  return first?.type === "ExecutionStarted" && second?.type === "ExecutionTerminated";
}

/** True when the execution waits for this event, or keeps it. */
export function isExpected(execution: Execution, event: EventBody<IncomingEvent>): boolean {
  switch (event.type) {
    case "TaskCompleted":
    case "TaskFailed":
      return execution.calls.isOpen(event.taskId, "activity");
    case "TimerFired":
      return execution.calls.isOpen(event.taskId, "timer");
    case "SubOrchestrationInstanceCompleted":
    case "SubOrchestrationInstanceFailed":
    case "EntityOperationCompleted":
    case "EntityOperationFailed":
    case "EntityLockGranted":
      return execution.answers.isOpen(event.taskId, kindAnsweredBy(event.type));
    case "ExecutionStarted":
    case "EventRaised":
    case "ExecutionSuspended":
    case "ExecutionResumed":
    case "ExecutionTerminated":
    case "ExecutionRewound":
      return true;
  }
}

function unexpectedEvent(execution: Execution, event: IncomingEvent): NonDeterminismError {
  return new NonDeterminismError({
    instanceId: execution.setup.instanceId,
    eventId: event.eventId,
    expected: { type: event.type, ...("taskId" in event ? { name: `task ${event.taskId}` } : {}) },
    actual: { type: "no open task that this answers" },
    hint: "The code no longer asks for this task at this point, or cancelled its timer.",
  });
}
