/**
 * Non-determinism: the code decided something else than the history says it decided.
 *
 * Invariant: turn by turn, replay must make the recorded decisions: as many, of the same type and name, in the
 * same order. The first difference is reported with both sides; nothing of the turn that found it is kept.
 */
import { DacapoError } from "./errors.ts";
import type { DecisionEvent, EventBody } from "./history.ts";

/** One side of a difference: what was recorded, or what the code did. */
export interface DecisionSummary {
  readonly type: string;
  readonly name?: string;
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
  }) {
    const { instanceId, eventId, expected, actual, hint } = difference;
    super(
      `The orchestrator of instance "${instanceId}" is not deterministic: at event ${eventId} of its history ` +
        `expected ${describe(expected)}, but got ${describe(actual)}.`,
      { hint },
    );
    this.instanceId = instanceId;
    this.eventId = eventId;
    this.expected = expected;
    this.actual = actual;
  }
}

const CODE_CHANGED =
  "Orchestrator code must decide the same on every replay: use ctx.currentUtcDateTime, ctx.newGuid() and ctx.random(), " +
  "do I/O in activities, and give changed code a new orchestrator name while old instances still run.";

/**
 * Compares a turn's recorded decisions with those that replay made.
 * @param endEventId the event that closes the recorded turn.
 */
export function compareDecisions(turn: {
  readonly instanceId: string;
  readonly recorded: readonly DecisionEvent[];
  readonly decided: readonly EventBody<DecisionEvent>[];
  readonly endEventId: number;
}): NonDeterminismError | undefined {
  const { instanceId, recorded, decided, endEventId } = turn;
  const length = Math.max(recorded.length, decided.length);
  for (let index = 0; index < length; index++) {
    const expected = recorded[index];
    const actual = decided[index];
    if (expected !== undefined && actual !== undefined && isSame(expected, actual)) continue;
    return new NonDeterminismError({
      instanceId,
      eventId: expected?.eventId ?? endEventId,
      expected: expected === undefined ? { type: "OrchestratorCompleted" } : summarize(expected),
      actual: actual === undefined ? { type: "OrchestratorCompleted" } : summarize(actual),
      hint: CODE_CHANGED,
    });
  }
  return undefined;
}

function isSame(expected: DecisionEvent, actual: EventBody<DecisionEvent>): boolean {
  switch (expected.type) {
    case "TaskScheduled":
      return actual.type === expected.type && actual.name === expected.name;
    case "ExecutionCompleted":
      return actual.type === expected.type && actual.runtimeStatus === expected.runtimeStatus;
    case "TimerCreated":
    case "ContinueAsNew":
      return actual.type === expected.type;
  }
}

/** The part of a decision that replay must repeat. */
export function summarize(decision: EventBody<DecisionEvent>): DecisionSummary {
  switch (decision.type) {
    case "TaskScheduled":
      return { type: decision.type, name: decision.name };
    case "ExecutionCompleted":
      return { type: decision.type, name: decision.runtimeStatus };
    case "TimerCreated":
    case "ContinueAsNew":
      return { type: decision.type };
  }
}

function describe(decision: DecisionSummary): string {
  if (decision.type === "OrchestratorCompleted") return "the end of the turn (OrchestratorCompleted)";
  return decision.name === undefined ? decision.type : `${decision.type} "${decision.name}"`;
}
