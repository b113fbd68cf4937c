/**
 * Errors as histories record them, made anew for the code that waits for them.
 *
 * Invariant: name, message, code and causes are those that are recorded. Used by the reference interpreter.
 */
import type { FailureDetails } from "dacapo/backend";

/** The error that a recorded failure stands for. */
export function errorOf({
  errorType,
  errorMessage,
  innerFailure,
  innerFailures,
  code,
  isNonRetriable,
}: FailureDetails): Error {
  const options = innerFailure === undefined ? undefined : { cause: errorOf(innerFailure) };
  const error =
    innerFailures === undefined
      ? new Error(errorMessage, options)
      : new AggregateError(innerFailures.map(errorOf), errorMessage, options);
  error.name = errorType;
  if (code !== undefined) Object.assign(error, { code });
  if (isNonRetriable === true) Object.assign(error, { isNonRetriable });
  return error;
}

/** An error's name, message and code, as a history would record them: enough to tell failures apart. */
export function failureOf(thrown: unknown): FailureDetails {
  if (!isErrorLike(thrown)) return { errorType: typeof thrown, errorMessage: textOf(thrown) };
  const { name, message, code } = thrown;
  return {
    ...{ errorType: textOf(name), errorMessage: textOf(message) },
    ...(typeof code === "string" ? { code } : {}),
  };
}

interface ErrorLike {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
}

function isErrorLike(thrown: unknown): thrown is ErrorLike {
  if (thrown instanceof Error) return true;
  return typeof thrown === "object" && thrown !== null && "message" in thrown && "name" in thrown;
}

function textOf(value: unknown): string {
  try {
    const json: unknown = typeof value === "object" ? JSON.stringify(value) : undefined;
    return typeof json === "string" ? json : String(value);
  } catch {
    return "a value that cannot be printed";
  }
}

/** An error's name and message. */
export function headOf(thrown: unknown): string {
  const { errorType, errorMessage } = failureOf(thrown);
  return `${errorType}: ${errorMessage}`;
}
