/**
 * Calls that may be tried again, as the reference interpreter (O1) has them: of activities and of sub-orchestrations.
 *
 * Invariant: written from the documented meaning of retry policies and retry handlers. The task of the call settles with
 * its last try. Used by the reference's context.
 */
import type { Duration, FailureDetails, OrchestrationContext, RetryHandler, RetryPolicy } from "dacapo";
import type { AskedTasks } from "./asked-tasks.ts";
import { timerText } from "./decision-texts.ts";
import { millisecondsOf } from "./durations.ts";
import type { ReferencePayloads } from "./reference-payloads.ts";
import type { ReferenceTask } from "./reference-task.ts";

export type Retry = RetryPolicy | RetryHandler | undefined;

/** A call, with all its tries. */
export interface Call {
  readonly kind: "activity" | "sub-orchestration";
  readonly task: ReferenceTask;
  readonly retry: Retry;
  /** The decision of a try, as a text. */
  readonly decision: (taskId: number, attempt: number) => string;
  readonly completed: (result: unknown) => void;
  /** What the task fails with after its last try. */
  readonly error: (taskId: number, failure: FailureDetails) => Error;
}

/** The tries so far. */
interface Tries {
  readonly firstAt: number;
  count: number;
}

export class RetriedCalls {
  readonly #asked: AskedTasks;
  readonly #payloads: ReferencePayloads;
  /** What retry handlers are shown. */
  readonly #context: () => OrchestrationContext;

  constructor(
    { asked, payloads }: { readonly asked: AskedTasks; readonly payloads: ReferencePayloads },
    context: () => OrchestrationContext,
  ) {
    this.#asked = asked;
    this.#payloads = payloads;
    this.#context = context;
  }

  begin(call: Call): void {
    this.#try(call, { firstAt: this.#asked.time, count: 0 });
  }

  /** Goes on after a durable timer. */
  wait(fireAt: number, goOn: () => void): void {
    this.#asked.ask("timer", (taskId) => timerText(taskId, fireAt), goOn);
  }

  #try(call: Call, tries: Tries): void {
    tries.count += 1;
    const decision = (taskId: number): string => call.decision(taskId, tries.count);
    this.#asked.ask(call.kind, decision, (answer) => {
      if ("failure" in answer) this.#failed(call, tries, { taskId: answer.taskId, failure: answer.failure });
      else call.completed("result" in answer ? this.#payloads.read(answer.result) : undefined);
    });
  }

  #failed(call: Call, tries: Tries, { taskId, failure }: { taskId: number; failure: FailureDetails }): void {
    const again = (): void => {
      this.#try(call, tries);
    };
    let next: number | "now" | "never";
    try {
      next = failure.isNonRetriable === true ? "never" : this.#next(call.retry, tries, failure);
    } catch (error) {
      call.task.fail(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    if (next === "never") call.task.fail(call.error(taskId, failure));
    else if (next === "now") again();
    else this.wait(next, again);
  }

  /** When the next try is made, in milliseconds since the epoch. */
  #next(retry: Retry, tries: Tries, failure: FailureDetails): number | "now" | "never" {
    if (retry === undefined) return "never";
    const { time } = this.#asked;
    if (typeof retry !== "function") return nextByPolicy(retry, tries, { time, failure });
    const answer: boolean | Duration = retry({
      context: this.#context(),
      lastAttemptNumber: tries.count,
      lastFailure: failure,
      totalRetryTime: { milliseconds: time - tries.firstAt },
    });
    if (typeof answer === "boolean") return answer ? "now" : "never";
    if (typeof answer !== "object" || answer === null || "then" in answer) this.#asked.leave("such a retry handler");
    return time + millisecondsOf(answer);
  }
}

function nextByPolicy(
  policy: RetryPolicy,
  { firstAt, count }: Tries,
  { time, failure }: { readonly time: number; readonly failure: FailureDetails },
): number | "never" {
  if (count >= policy.maxNumberOfAttempts) return "never";
  const first = millisecondsOf(policy.firstRetryInterval);
  const growth = (policy.backoffCoefficient ?? 1) ** (count - 1);
  const longest = millisecondsOf(policy.maxRetryInterval ?? { hours: 1 });
  const at = time + Math.ceil(Math.min(first === 0 ? 0 : first * growth, longest));
  if (policy.retryTimeout !== undefined && at > firstAt + millisecondsOf(policy.retryTimeout)) return "never";
  return policy.handleFailure === undefined || policy.handleFailure(failure) ? at : "never";
}
