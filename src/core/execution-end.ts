/**
 * How an execution ended, and the decision that records it.
 *
 * Invariant: every end is the last decision of its turn. Used by the execution and the turn.
 */
import type { FailureDetails } from "./failure.ts";
import type { DecisionEvent, EventBody, ExecutionCompleted } from "./history.ts";
import { present } from "./present.ts";
import type { TerminalStatus } from "./status.ts";

/** How an execution ended. */
export type ExecutionEnd =
  | { readonly kind: "completed"; readonly output: string | undefined }
  | { readonly kind: "failed"; readonly failure: FailureDetails }
  | { readonly kind: "terminated"; readonly output: string | undefined }
  | { readonly kind: "continued"; readonly input: string | undefined; readonly preserve: boolean };

/** What one turn decided. */
export interface TurnDecisions {
  readonly decisions: readonly EventBody<DecisionEvent>[];
  /** Task ids of timers that were cancelled. */
  readonly cancelledTimers: readonly number[];
  /** The custom status where the turn set one. */
  readonly customStatus: string | undefined;
}

/** The decision that ends an execution. `next` is asked for the id of the one that follows, where one does: it is hashed. */
export function endDecision(end: ExecutionEnd, next: { readonly nextExecutionId: string }): EventBody<DecisionEvent> {
  switch (end.kind) {
    case "completed":
      return completed("Completed", end.output);
    case "terminated":
      return completed("Terminated", end.output);
    case "failed":
      return { type: "ExecutionCompleted", runtimeStatus: "Failed", failure: end.failure };
    case "continued":
      return { type: "ContinueAsNew", newExecutionId: next.nextExecutionId, ...present("input", end.input) };
  }
}

function completed(runtimeStatus: TerminalStatus, output: string | undefined): EventBody<ExecutionCompleted> {
  const type = "ExecutionCompleted";
  return output === undefined ? { type, runtimeStatus } : { type, runtimeStatus, output };
}
