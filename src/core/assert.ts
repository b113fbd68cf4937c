/**
 * Assertions about the engine itself.
 *
 * Invariant: an assertion that fails is a bug in Dacapo, never in a user's code or data. It throws an
 * `InvariantError`, which no part of the engine swallows and which fails a simulation at once.
 */
import { InvariantError } from "./errors.ts";

/** Throws an {@link InvariantError} unless `condition` holds. `statement` says what must be true. */
export function assert(condition: boolean, statement: string): asserts condition {
  if (!condition) throw new InvariantError(statement);
}

/** Ends an exhaustive `switch`: the compiler proves that it is never reached. */
export function unreachable(value: never): never {
  throw new InvariantError(`a case that cannot exist was reached: ${JSON.stringify(value)}`);
}
