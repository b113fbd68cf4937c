/**
 * When a call that failed is tried again, whatever it called. Pure: the answer depends on the policy or the user's
 * handler, the failure and the history's times alone, so replay gives it again.
 */
import type { OrchestrationContext } from "./context.ts";
import type { Duration } from "./duration.ts";
import { dueTimeMs, durationToMs } from "./duration.ts";
import { InvalidArgumentError } from "./errors.ts";
import type { FailureDetails } from "./failure.ts";
import { fromFailureDetails } from "./failure.ts";

/** How a call is retried: exponential back-off within limits. */
export interface RetryPolicy {
  /** How often it is tried at most, the first time included: 1 or more. */
  readonly maxNumberOfAttempts: number;
  /** How long to wait before the first retry. */
  readonly firstRetryInterval: Duration;
  /** Each wait is this many times the one before: 1 or more; 1 unless given. */
  readonly backoffCoefficient?: number;
  /** No wait is longer: 1 hour unless given. */
  readonly maxRetryInterval?: Duration;
  /** No retry starts later than this after the first try was scheduled. Without it, there is no such limit. */
  readonly retryTimeout?: Duration;
  /** Decides whether this failure is worth a retry. Must be deterministic. Without it, every failure is. */
  readonly handleFailure?: (failure: FailureDetails) => boolean;
}

/** What a {@link RetryHandler} decides by. */
export interface RetryContext {
  /** The orchestration's own context: its time, log, random numbers are those of the turn. */
  readonly context: OrchestrationContext;
  /** How often was tried so far: 1 after the first failure, 2 after the second, and so on. */
  readonly lastAttemptNumber: number;
  /** The failure as it is recorded in the history. */
  readonly lastFailure: FailureDetails;
  /** The time since the first try was scheduled, by the orchestration's clock: tries and waits together. */
  readonly totalRetryTime: { readonly milliseconds: number };
}

/**
 * Decides after each failure of a call whether it is tried again: `true` at once, a duration after a durable timer of
 * that length, `false` not at all. It is a part of the orchestrator: it runs within the turn, on every replay again, so
 * it must be deterministic, and it answers without waiting. What it throws fails the call. A failure that says of
 * itself that trying again is pointless (`isNonRetriable`) is final, and no handler is asked.
 *
 * @example
 * const patiently: RetryHandler = ({ lastAttemptNumber, lastFailure, totalRetryTime }) => {
 *   if (lastFailure.code === "CARD_EXPIRED" || totalRetryTime.milliseconds > 3_600_000) return false;
 *   return lastAttemptNumber === 1 ? true : { seconds: 30 };
 * };
 * yield* ctx.callActivity(chargeCard, order, { retry: patiently });
 */
export type RetryHandler = (retry: RetryContext) => boolean | Duration;

/** A policy or a handler that was checked. */
export type CheckedRetry = CheckedRetryPolicy | CheckedRetryHandler;

/** A handler, and the context that it is shown. */
export interface CheckedRetryHandler {
  readonly kind: "handler";
  readonly handler: RetryHandler;
  readonly context: OrchestrationContext;
}

/** A policy that was checked, in milliseconds. */
export interface CheckedRetryPolicy {
  readonly kind: "policy";
  readonly maxNumberOfAttempts: number;
  readonly firstRetryIntervalMs: number;
  readonly backoffCoefficient: number;
  readonly maxRetryIntervalMs: number;
  readonly retryTimeoutMs: number;
  readonly handleFailure: (failure: FailureDetails) => boolean;
}

/**
 * Checks what was given as the option `retry`.
 * @throws InvalidArgumentError when it is neither a handler nor a policy that makes sense.
 */
export function checkRetry(retry: RetryPolicy | RetryHandler, context: OrchestrationContext): CheckedRetry {
  return typeof retry === "function" ? { kind: "handler", handler: retry, context } : checkRetryPolicy(retry);
}

/** @throws InvalidArgumentError when the policy makes no sense. */
export function checkRetryPolicy(policy: RetryPolicy): CheckedRetryPolicy {
  const given: unknown = policy;
  if (typeof given !== "object" || given === null) {
    throw new InvalidArgumentError("The option retry is not a retry policy.", {
      hint: "Write { retry: { maxNumberOfAttempts: 3, firstRetryInterval: { seconds: 5 } } }, or a function that decides.",
    });
  }
  const { maxNumberOfAttempts, backoffCoefficient = 1, maxRetryInterval = { hours: 1 }, retryTimeout } = policy;
  if (!Number.isInteger(maxNumberOfAttempts) || maxNumberOfAttempts < 1) {
    throw new InvalidArgumentError(`The retry policy's maxNumberOfAttempts is ${String(maxNumberOfAttempts)}.`, {
      hint: "It counts the first try too, so it is a whole number of 1 or more.",
    });
  }
  if (!Number.isFinite(backoffCoefficient) || backoffCoefficient < 1) {
    throw new InvalidArgumentError(`The retry policy's backoffCoefficient is ${String(backoffCoefficient)}.`, {
      hint: "It is a number of 1 or more.",
    });
  }
  return {
    kind: "policy",
    maxNumberOfAttempts,
    firstRetryIntervalMs: durationToMs(policy.firstRetryInterval, "retry policy's firstRetryInterval"),
    backoffCoefficient,
    maxRetryIntervalMs: durationToMs(maxRetryInterval, "retry policy's maxRetryInterval"),
    retryTimeoutMs: retryTimeout === undefined ? Infinity : durationToMs(retryTimeout, "retry policy's retryTimeout"),
    handleFailure: policy.handleFailure ?? (() => true),
  };
}

/** The tries of one call so far. */
export interface Tried {
  /** 1 or more. */
  readonly attempts: number;
  /** When the first try was scheduled, in milliseconds since the epoch. */
  readonly firstAttemptAt: number;
  /** The time of the turn in which the last try failed. */
  readonly now: number;
  readonly failure: FailureDetails;
}

/** When a call is tried again; `at` in milliseconds since the epoch. */
export type NextTry =
  { readonly kind: "never" } | { readonly kind: "now" } | { readonly kind: "later"; readonly at: number };

const NEVER: NextTry = { kind: "never" };
const NOW: NextTry = { kind: "now" };

/**
 * Decides when a call that failed is tried again.
 * @throws InvalidArgumentError when the user's function answers with something that it cannot mean; and whatever that
 * function throws.
 */
export function nextTry(retry: CheckedRetry, tried: Tried): NextTry {
  if (tried.failure.isNonRetriable === true) return NEVER;
  if (retry.kind === "handler") return askHandler(retry, tried);
  const delayMs = nextRetryDelayMs(retry, tried);
  return delayMs === undefined ? NEVER : { kind: "later", at: tried.now + delayMs };
}

function askHandler({ handler, context }: CheckedRetryHandler, tried: Tried): NextTry {
  const answer: unknown = handler({
    context,
    lastAttemptNumber: tried.attempts,
    lastFailure: tried.failure,
    totalRetryTime: { milliseconds: tried.now - tried.firstAttemptAt },
  });
  if (typeof answer === "boolean") return answer ? NOW : NEVER;
  const hint = "It answers true, false or a duration such as { seconds: 5 }, at once: it must not be async.";
  const cause = fromFailureDetails(tried.failure);
  if (typeof answer !== "object" || answer === null) {
    const what = answer === null || typeof answer === "number" ? String(answer) : `a value of type ${typeof answer}`;
    throw new InvalidArgumentError(`The retry handler gave ${what}.`, { hint, cause });
  }
  if (isThenable(answer)) {
    throw new InvalidArgumentError("The retry handler gave a promise or a task.", { hint, cause });
  }
  return { kind: "later", at: dueTimeMs(answer, tried.now, "answer of the retry handler") };
}

/** The wait before the next try by a policy, in milliseconds; `undefined` when there is none. */
export function nextRetryDelayMs(policy: CheckedRetryPolicy, tried: Tried): number | undefined {
  if (tried.attempts >= policy.maxNumberOfAttempts) return undefined;
  // The power may overflow to infinity, of which no wait at all must not make NaN.
  const { firstRetryIntervalMs } = policy;
  const backoffMs =
    firstRetryIntervalMs === 0 ? 0 : firstRetryIntervalMs * policy.backoffCoefficient ** (tried.attempts - 1);
  const delayMs = Math.ceil(Math.min(backoffMs, policy.maxRetryIntervalMs));
  if (tried.now + delayMs - tried.firstAttemptAt > policy.retryTimeoutMs) return undefined;
  const isWorthIt: unknown = policy.handleFailure(tried.failure);
  if (typeof isWorthIt === "object" && isWorthIt !== null) {
    // A promise is always true, so an async predicate would retry everything.
    throw new InvalidArgumentError("The retry policy's handleFailure gave an object.", {
      hint: "It answers true or false at once: it must not be async.",
    });
  }
  return isWorthIt === true ? delayMs : undefined;
}

function isThenable(value: object): boolean {
  return typeof (value as { readonly then?: unknown }).then === "function";
}
