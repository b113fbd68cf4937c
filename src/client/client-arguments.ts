/**
 * Checks of what the client's methods are given, beyond what `core/options.ts` checks.
 *
 * Invariant: what passes makes sense to every store; what does not is refused before the store is asked.
 */
import { dueTimeMs } from "../core/duration.ts";
import { InvalidArgumentError } from "../core/errors.ts";
import type { RuntimeStatus } from "../core/status.ts";

const STATUSES: Readonly<Record<RuntimeStatus, true>> = {
  Pending: true,
  Running: true,
  Suspended: true,
  Completed: true,
  Failed: true,
  Terminated: true,
};

/** All statuses that there are. */
export const ALL_STATUSES = Object.keys(STATUSES) as readonly RuntimeStatus[];

/** @throws InvalidArgumentError when it is no list of statuses. */
export function checkStatuses(given: unknown, option: string): readonly RuntimeStatus[] {
  if (Array.isArray(given) && given.every((status) => typeof status === "string" && Object.hasOwn(STATUSES, status))) {
    return [...(given as readonly RuntimeStatus[])];
  }
  throw new InvalidArgumentError(`The option ${option} is ${JSON.stringify(given) ?? typeof given}.`, {
    hint: `It is a list of statuses: ${ALL_STATUSES.join(", ")}.`,
  });
}

/** The time in milliseconds since the epoch. @throws InvalidArgumentError unless it is a valid date. */
export function checkDate(given: Date | undefined, option: string): number | undefined {
  return given === undefined ? undefined : dueTimeMs(given, 0, `option ${option}`);
}

/** @throws InvalidArgumentError unless it is a whole number from 1. */
export function checkPageSize(pageSize: unknown): number {
  if (typeof pageSize === "number" && Number.isInteger(pageSize) && pageSize >= 1) return pageSize;
  throw new InvalidArgumentError(`The page size is ${String(pageSize)}.`, { hint: "It is a whole number from 1." });
}
