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

/** An error's name and message, as a history would record them: enough to tell failures apart. */
export function headOf(thrown: unknown): string {
  if (typeof thrown !== "object" || thrown === null || !("message" in thrown))
    return `${typeof thrown}: ${String(thrown)}`;
  const { name, message } = thrown as { readonly name?: unknown; readonly message?: unknown };
  return `${String(name)}: ${String(message)}`;
}
