/**
 * Errors as data: an error is recorded in the history with its name, message, stack and cause chain, and is
 * built up again from there.
 *
 * Invariant: any thrown value at all, errors or not, becomes a `FailureDetails` of bounded size, and nothing in
 * here throws.
 */
import { FAILURE_CAUSES_MAX, FAILURE_ERRORS_MAX } from "./limits.ts";

/** An error as it is recorded. Durable Task's `TaskFailureDetails`. */
export interface FailureDetails {
  /** The error's name, such as `TypeError`; the type of the value when it was no error. */
  readonly errorType: string;
  readonly errorMessage: string;
  readonly stackTrace?: string;
  /** The error's `cause`. */
  readonly innerFailure?: FailureDetails;
  /** The errors of an `AggregateError`, in order. */
  readonly innerFailures?: readonly FailureDetails[];
  /** The `code` of the error where it has one that is a string, such as `ECONNREFUSED`. */
  readonly code?: string;
  /** True when the error says that trying again is pointless (`error.isNonRetriable === true`). */
  readonly isNonRetriable?: boolean;
}

/** Describes any thrown value as data. */
export function toFailureDetails(thrown: unknown): FailureDetails {
  return describe(thrown, { depth: 0, left: { errors: FAILURE_ERRORS_MAX } });
}

/** How deep the description is, and how many more errors it may name: an aggregate may hold itself, many times. */
interface Bounds {
  readonly depth: number;
  readonly left: { errors: number };
}

function describe(thrown: unknown, bounds: Bounds): FailureDetails {
  bounds.left.errors -= 1;
  try {
    return isErrorLike(thrown)
      ? describeError(thrown, bounds)
      : { errorType: typeof thrown, errorMessage: printable(thrown) };
  } catch {
    // A getter or a proxy trap of the thrown value threw.
    return { errorType: typeof thrown, errorMessage: "a value that cannot be read" };
  }
}

function describeError(thrown: ErrorLike, { depth, left }: Bounds): FailureDetails {
  const { cause, errors, code, isNonRetriable } = thrown;
  const deeper = { depth: depth + 1, left };
  const isDeep = deeper.depth >= FAILURE_CAUSES_MAX;
  return {
    errorType: printable(thrown.name),
    errorMessage: printable(thrown.message),
    ...(typeof thrown.stack === "string" ? { stackTrace: thrown.stack } : {}),
    ...(cause !== undefined && !isDeep && left.errors > 0 ? { innerFailure: describe(cause, deeper) } : {}),
    ...(Array.isArray(errors) && !isDeep ? { innerFailures: describeAll(errors, deeper) } : {}),
    ...(typeof code === "string" ? { code } : {}),
    ...(isNonRetriable === true ? { isNonRetriable } : {}),
  };
}

function describeAll(errors: readonly unknown[], bounds: Bounds): readonly FailureDetails[] {
  const described: FailureDetails[] = [];
  for (const error of errors) {
    if (bounds.left.errors <= 0) break;
    described.push(describe(error, bounds));
  }
  return described;
}

/** Builds an `Error` with the recorded name, message, stack and causes. Its class is plain `Error`. */
export function fromFailureDetails(details: FailureDetails): Error {
  const cause = details.innerFailure === undefined ? undefined : { cause: fromFailureDetails(details.innerFailure) };
  const error =
    details.innerFailures === undefined
      ? new Error(details.errorMessage, cause)
      : new AggregateError(details.innerFailures.map(fromFailureDetails), details.errorMessage, cause);
  Object.defineProperty(error, "name", { value: details.errorType, configurable: true, writable: true });
  // The recorded stack replaces the one from here: what a reader needs is where the error was thrown.
  Object.defineProperty(error, "stack", {
    value: details.stackTrace ?? `${details.errorType}: ${details.errorMessage}`,
    configurable: true,
    writable: true,
  });
  if (details.code !== undefined) Object.assign(error, { code: details.code });
  if (details.isNonRetriable === true) Object.assign(error, { isNonRetriable: true });
  return error;
}

interface ErrorLike {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly stack?: unknown;
  readonly cause?: unknown;
  readonly errors?: unknown;
  readonly code?: unknown;
  readonly isNonRetriable?: unknown;
}

/** Errors of another realm (a `vm` context, a test runner) are no `instanceof Error`; their shape tells. */
function isErrorLike(thrown: unknown): thrown is ErrorLike {
  if (thrown instanceof Error) return true;
  return typeof thrown === "object" && thrown !== null && "message" in thrown && "name" in thrown;
}

function printable(value: unknown): string {
  if (typeof value === "string") return value;
  try {
    const json: unknown = typeof value === "object" ? JSON.stringify(value) : undefined;
    return typeof json === "string" ? json : String(value);
  } catch {
    return "a value that cannot be printed";
  }
}
