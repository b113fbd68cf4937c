/**
 * What becomes of a call whose try failed, whatever it called: another try at once, another after a durable timer, or
 * the failure of the user's task.
 *
 * Invariant: decided by `retry.ts` alone; a user's function that throws is the call's failure, a bug of the engine is
 * nobody's. Used by the calls of activities and of sub-orchestrations.
 */
import type { DurableTask } from "./durable-task.ts";
import { InvariantError } from "./errors.ts";
import type { CallScope } from "./execution-scope.ts";
import type { FailureDetails } from "./failure.ts";
import type { CheckedRetry, NextTry } from "./retry.ts";
import { nextTry } from "./retry.ts";

/** A call with all its tries. */
export interface RetriedCall {
  readonly task: DurableTask;
  readonly retry: CheckedRetry | undefined;
  /** How often it was tried: 1 or more. */
  readonly attempts: number;
  /** When the first try was scheduled, in milliseconds since the epoch. */
  readonly firstAttemptAt: number;
}

/** How a call goes on. */
export interface NextSteps {
  readonly again: () => void;
  /** Lets the call be tried again at a later time, in milliseconds since the epoch. */
  readonly wait: (at: number) => void;
  /** The error that the user's task fails with when there is no further try. */
  readonly error: () => Error;
}

/** Lets a call go on after a failure. */
export function afterFailure(scope: CallScope, call: RetriedCall, failure: FailureDetails, steps: NextSteps): void {
  let next: NextTry;
  try {
    next = decide(scope, call, failure);
  } catch (error) {
    // The user's own function threw: that is the call's failure.
    failWith(call, error);
    return;
  }
  switch (next.kind) {
    case "never":
      call.task.fail(steps.error());
      return;
    case "now":
      steps.again();
      return;
    case "later":
      steps.wait(next.at);
  }
}

function decide(scope: CallScope, call: RetriedCall, failure: FailureDetails): NextTry {
  const { retry, attempts, firstAttemptAt } = call;
  if (retry === undefined) return { kind: "never" };
  return scope.runUserCode(() => nextTry(retry, { attempts, firstAttemptAt, now: scope.time, failure }));
}

/** Fails a call with whatever was thrown on its behalf. */
export function failWith({ task }: Pick<RetriedCall, "task">, error: unknown): void {
  if (error instanceof InvariantError) throw error;
  task.fail(error instanceof Error ? error : new Error(String(error)));
}
