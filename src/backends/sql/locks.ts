/**
 * Who owns what: the check that fences a worker whose lock is over. Used by the operations.
 */
import { LeaseLostError } from "../../core/errors.ts";
import type { Lock } from "../../ports/backend.ts";
import type { HeldLock } from "./rows.ts";

interface Lockable {
  readonly lock: HeldLock | undefined;
}

export function isHeld({ lock }: Lockable, now: number): boolean {
  return lock !== undefined && lock.expiresAt > now;
}

/** True when this lock is the one that holds the row now. */
export function holds<T extends Lockable>(row: T | undefined, lock: Lock, now: number): row is T {
  return row?.lock?.token === lock.token && isHeld(row, now);
}

/** Returns the row that the lock owns. @throws LeaseLostError when it owns none. */
export function owned<T extends Lockable>(row: T | undefined, lock: Lock, what: string, now: number): T {
  if (holds(row, lock, now)) return row;
  throw new LeaseLostError(`The lock ${lock.token} on the ${what} "${lock.key}" is no longer valid.`, {
    hint: "It expired, or the work was completed, given back or removed; nothing of this call took effect.",
  });
}
