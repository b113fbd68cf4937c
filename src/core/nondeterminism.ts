/**
 * Non-determinism: the code decided something else than the history says it decided.
 *
 * Invariant: turn by turn, replay must make the recorded decisions: as many, of the same type and name, in the
 * same order; a strict replay compares their values too. The first difference is reported with both sides; nothing
 * of the turn that found it is kept.
 */
import { DacapoError } from "./errors.ts";
import type { FailureDetails } from "./failure.ts";
import type { DecisionEvent, EventBody } from "./history.ts";
import type { RuntimeStatus } from "./status.ts";

/** One side of a difference: what was recorded, or what the code did. */
export interface DecisionSummary {
  readonly type: string;
  readonly name?: string;
  /** How the execution ended, of an `ExecutionCompleted`. */
  readonly runtimeStatus?: RuntimeStatus;
  /** The value that differs, in words and shortened, where the decisions differ in nothing else. */
  readonly value?: string;
}

/** The orchestrator's code does not repeat its own history. */
export class NonDeterminismError extends DacapoError {
  readonly code = "NON_DETERMINISM";
  readonly instanceId: string;
  /** The history event at which the code departs from the history; one past the end when it never was in it. */
  readonly eventId: number;
  /** What the history says. */
  readonly expected: DecisionSummary;
  /** What the code did. */
  readonly actual: DecisionSummary;

  constructor(difference: {
    readonly instanceId: string;
    readonly eventId: number;
    readonly expected: DecisionSummary;
    readonly actual: DecisionSummary;
    readonly hint: string;
    /** What the code threw, where that is what it did. */
    readonly thrown?: Thrown | undefined;
    /** What is wrong, as the end of a sentence, where the two sides do not say it best. */
    readonly problem?: string;
  }) {
    const { instanceId, eventId, expected, actual, hint, thrown } = difference;
    const got =
      thrown === undefined ? `got ${describe(actual)}.` : `the code ended as Failed: ${sentence(thrown.failure)}`;
    const { problem = `at event ${eventId} of its history expected ${describe(expected)}, but ${got}` } = difference;
    super(
      `The orchestrator of instance "${instanceId}" is not deterministic: ${problem}`,
      thrown === undefined ? { hint } : { hint, cause: thrown.error },
    );
    this.instanceId = instanceId;
    this.eventId = eventId;
    this.expected = expected;
    this.actual = actual;
  }
}

/** An error that ended the code, as it was thrown and as it is recorded. */
export interface Thrown {
  readonly error: unknown;
  readonly failure: FailureDetails;
}

const CODE_CHANGED =
  "Orchestrator code must decide the same on every replay: use ctx.currentUtcDateTime, ctx.newGuid() and ctx.random(), " +
  "do I/O in activities, and give changed code a new orchestrator name while old instances still run.";

const VALUE_CHANGED =
  "Only a strict replay compares values: a running instance goes on with this code, and keeps what its history says.";

/**
 * Compares a turn's recorded decisions with those that replay made.
 * @param turn `endEventId` is the event that closes the recorded turn; `thrown` is what ended the code in it;
 *   `isStrict` compares inputs, fire times, outputs and failures too.
 */
export function compareDecisions(turn: {
  readonly instanceId: string;
  readonly recorded: readonly DecisionEvent[];
  readonly decided: readonly EventBody<DecisionEvent>[];
  readonly endEventId: number;
  readonly thrown?: Thrown | undefined;
  readonly isStrict?: boolean;
}): NonDeterminismError | undefined {
  const { instanceId, recorded, decided, endEventId, thrown, isStrict = false } = turn;
  const length = Math.max(recorded.length, decided.length);
  for (let index = 0; index < length; index++) {
    const expected = recorded[index];
    const actual = decided[index];
    const isAlike = expected !== undefined && actual !== undefined && isSame(expected, actual);
    if (isAlike && !(isStrict && valueOf(expected) !== valueOf(actual))) continue;
    const values = isAlike ? excerpts(valueOf(expected), valueOf(actual)) : undefined;
    return new NonDeterminismError({
      instanceId,
      eventId: expected?.eventId ?? endEventId,
      expected: summarize(expected, values?.[0]),
      actual: summarize(actual, values?.[1]),
      hint: isAlike ? VALUE_CHANGED : CODE_CHANGED,
      thrown: isFailure(actual) ? thrown : undefined,
    });
  }
  return undefined;
}

function isFailure(decision: EventBody<DecisionEvent> | undefined): boolean {
  return decision?.type === "ExecutionCompleted" && decision.runtimeStatus === "Failed";
}

function isSame(expected: DecisionEvent, actual: EventBody<DecisionEvent>): boolean {
  return (
    actual.type === expected.type && nameOf(actual) === nameOf(expected) && statusOf(actual) === statusOf(expected)
  );
}

/** What a decision is about: the part of it, beside its type, that replay must repeat. */
function nameOf(decision: EventBody<DecisionEvent>): string | undefined {
  switch (decision.type) {
    case "TaskScheduled":
    case "SubOrchestrationInstanceCreated":
      return decision.name;
    case "EventSent":
      return `${decision.name} for ${decision.instanceId}`;
    case "EntityOperationCalled":
    case "EntityOperationSignaled":
      return `${decision.operation} of ${decision.entityId}`;
    case "EntityLockRequested":
      return decision.lockSet.join(", ");
    case "EntityUnlockSent":
      return decision.entityId;
    case "TimerCreated":
    case "ExecutionCompleted":
    case "ContinueAsNew":
      return undefined;
  }
}

function statusOf(decision: EventBody<DecisionEvent>): RuntimeStatus | undefined {
  return decision.type === "ExecutionCompleted" ? decision.runtimeStatus : undefined;
}

/** The part of a decision that replay must repeat, and the value where that differs. No decision ends the turn. */
function summarize(decision: EventBody<DecisionEvent> | undefined, value?: string): DecisionSummary {
  if (decision === undefined) return { type: "OrchestratorCompleted" };
  const [name, runtimeStatus] = [nameOf(decision), statusOf(decision)];
  return {
    type: decision.type,
    ...(value === undefined ? {} : { value }),
    ...(name === undefined ? {} : { name }),
    ...(runtimeStatus === undefined ? {} : { runtimeStatus }),
  };
}

/** What a decision says beyond its type and name, in words. */
function valueOf(decision: EventBody<DecisionEvent>): string {
  switch (decision.type) {
    case "TaskScheduled":
    case "SubOrchestrationInstanceCreated":
    case "EventSent":
    case "EntityOperationCalled":
    case "ContinueAsNew":
      return `the input ${decision.input ?? "undefined"}`;
    case "EntityOperationSignaled": {
      const { input = "undefined", scheduledTime } = decision;
      return `the input ${input}${scheduledTime === undefined ? "" : ` for ${new Date(scheduledTime).toISOString()}`}`;
    }
    case "EntityLockRequested":
    case "EntityUnlockSent":
      return "no value";
    case "TimerCreated":
      return `the fire time ${new Date(decision.fireAt).toISOString()}`;
    case "ExecutionCompleted":
      return decision.failure === undefined
        ? `the output ${decision.output ?? "undefined"}`
        : `the failure ${printFailure(decision.failure)}`;
  }
}

const EXCERPT_LENGTH = 100;
const SENTENCE_LENGTH = 500;

/** Both texts, the long ones cut down to where they begin to differ. */
function excerpts(expected: string, actual: string): readonly [string, string] {
  let same = 0;
  while (same < expected.length && expected[same] === actual[same]) same++;
  const start = Math.max(expected.length, actual.length) <= EXCERPT_LENGTH ? 0 : Math.max(0, same - 20);
  const cut = (text: string): string =>
    (start > 0 ? "…" : "") +
    text.slice(start, start + EXCERPT_LENGTH) +
    (text.length > start + EXCERPT_LENGTH ? "…" : "");
  return [cut(expected), cut(actual)];
}

function describe({ type, name, runtimeStatus, value }: DecisionSummary): string {
  if (type === "OrchestratorCompleted") return "the end of the turn (OrchestratorCompleted)";
  const label = name ?? runtimeStatus;
  return (label === undefined ? type : `${type} "${label}"`) + (value === undefined ? "" : ` with ${value}`);
}

function printFailure({ errorType, errorMessage }: FailureDetails): string {
  return `${errorType}: ${errorMessage}`;
}

function sentence(failure: FailureDetails): string {
  const text = printFailure(failure);
  if (text.length > SENTENCE_LENGTH) return `${text.slice(0, SENTENCE_LENGTH)}…`;
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
