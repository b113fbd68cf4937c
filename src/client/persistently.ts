/**
 * Calls of the store that a client makes again while they get no answer.
 *
 * Invariant: each try is the same call with the same request id, so that the thing is done once (contract G7).
 * Used by the client alone.
 */
import { StorageError } from "../core/errors.ts";
import type { Clock } from "../ports/clock.ts";

/** How often a call that got no answer is made again, and the first wait before that (doubled each time). */
const ATTEMPTS = 5;
export const RETRY_FIRST_MS = 50;

/** Makes a call, and makes it again while the store gives no answer. @throws whatever the last try was refused with. */
export function persistently<T>(clock: Clock, call: () => Promise<T>): Promise<T> {
  return call().catch((error: unknown) => again(clock, call, error));
}

async function again<T>(clock: Clock, call: () => Promise<T>, firstError: unknown): Promise<T> {
  let error = firstError;
  for (let attempt = 1; attempt < ATTEMPTS; attempt++) {
    if (!(error instanceof StorageError)) throw error;
    await clock.sleep(RETRY_FIRST_MS * 2 ** (attempt - 1));
    try {
      return await call();
    } catch (nextError) {
      error = nextError;
    }
  }
  throw error;
}
