/**
 * How an orchestration is terminated: with which output, and whether its sub-orchestrations are as well.
 *
 * Invariant: an output is any JSON value, so options that stand in its place are marked. Used by the client.
 */
import { InvalidArgumentError } from "../core/errors.ts";

export interface TerminateOptions {
  /** Terminates also the sub-orchestrations that it waits for, and theirs. False unless given. */
  readonly recursive?: boolean;
}

const MARK = Symbol.for("dacapo.terminate-options");

/** Options in the place of the output, made by {@link terminateOptions}. */
export interface MarkedTerminateOptions extends TerminateOptions {
  readonly output?: unknown;
  readonly [MARK]: true;
}

/**
 * Makes options that `terminateOrchestration()` takes in the place of the output, as durabletask-js has it; the same as
 * `terminateOrchestration(id, output, { recursive })`.
 *
 * @example
 * await client.terminateOrchestration(id, terminateOptions({ recursive: true, output: "cancelled" }));
 */
export function terminateOptions(options: TerminateOptions & { readonly output?: unknown }): MarkedTerminateOptions {
  return { ...options, [MARK]: true };
}

/**
 * What a call of `terminateOrchestration(id, output, options)` asks for.
 * @throws InvalidArgumentError when `recursive` is neither true nor false.
 */
export function readTermination(
  output: unknown,
  options: TerminateOptions,
): { readonly output: unknown; readonly isRecursive: boolean } {
  const given: { readonly output?: unknown; readonly recursive?: unknown } = isMarked(output)
    ? output
    : { ...options, output };
  const { recursive = false } = given;
  if (typeof recursive === "boolean") return { output: given.output, isRecursive: recursive };
  throw new InvalidArgumentError(`The option recursive of terminateOrchestration() is of type ${typeof recursive}.`, {
    hint: "Write { recursive: true } to terminate the sub-orchestrations as well.",
  });
}

function isMarked(value: unknown): value is MarkedTerminateOptions {
  return typeof value === "object" && value !== null && MARK in value;
}
