/**
 * When a failed activity is tried again. Pure: the answer depends on the policy, the failure and the history's
 * times alone, so replay gives it again.
 */
import type { Duration } from "./duration.ts";
import { durationToMs } from "./duration.ts";
import { InvalidArgumentError } from "./errors.ts";
import type { FailureDetails } from "./failure.ts";

/** How an activity is retried: exponential back-off within limits. */
export interface RetryPolicy {
  /** How often the activity is tried at most, the first time included: 1 or more. */
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

/** A policy that was checked, in milliseconds. */
export interface CheckedRetryPolicy {
  readonly maxNumberOfAttempts: number;
  readonly firstRetryIntervalMs: number;
  readonly backoffCoefficient: number;
  readonly maxRetryIntervalMs: number;
  readonly retryTimeoutMs: number;
  readonly handleFailure: (failure: FailureDetails) => boolean;
}

/** @throws InvalidArgumentError when the policy makes no sense. */
export function checkRetryPolicy(policy: RetryPolicy): CheckedRetryPolicy {
  const given: unknown = policy;
  if (typeof given !== "object" || given === null) {
    throw new InvalidArgumentError("The option retry is not a retry policy.", {
      hint: "Write { retry: { maxNumberOfAttempts: 3, firstRetryInterval: { seconds: 5 } } }.",
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
    maxNumberOfAttempts,
    firstRetryIntervalMs: durationToMs(policy.firstRetryInterval, "retry policy's firstRetryInterval"),
    backoffCoefficient,
    maxRetryIntervalMs: durationToMs(maxRetryInterval, "retry policy's maxRetryInterval"),
    retryTimeoutMs: retryTimeout === undefined ? Infinity : durationToMs(retryTimeout, "retry policy's retryTimeout"),
    handleFailure: policy.handleFailure ?? (() => true),
  };
}

/**
 * The wait before the next try, in milliseconds; `undefined` when there is none.
 * Whatever `handleFailure` throws is thrown on.
 */
export function nextRetryDelayMs(
  policy: CheckedRetryPolicy,
  tried: {
    /** Tries made so far: 1 or more. */
    readonly attempts: number;
    readonly firstAttemptAt: number;
    readonly now: number;
    readonly failure: FailureDetails;
  },
): number | undefined {
  if (tried.attempts >= policy.maxNumberOfAttempts || tried.failure.isNonRetriable === true) return undefined;
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
