/**
 * The id-reuse policy of a start, with durabletask-js's meaning: what becomes of an instance that has the id already.
 *
 * Invariant: without `dedupeStatuses` nothing is ever replaced.
 */
import { InvalidArgumentError } from "../core/errors.ts";
import type { RuntimeStatus } from "../core/status.ts";
import { isTerminal } from "../core/status.ts";
import { ALL_STATUSES, checkStatuses } from "./client-arguments.ts";

/**
 * The statuses in which an existing instance gives way to the new one: all but those named.
 * @throws InvalidArgumentError when they are no statuses; or when `Terminated` is among them although an instance
 * that has not ended would be replaced, which terminates it.
 */
export function replaceableStatuses(dedupeStatuses: readonly RuntimeStatus[] | undefined): readonly RuntimeStatus[] {
  if (dedupeStatuses === undefined) return [];
  const refused = checkStatuses(dedupeStatuses, "dedupeStatuses");
  const replaceable = ALL_STATUSES.filter((status) => !refused.includes(status));
  if (refused.includes("Terminated") && replaceable.some((status) => !isTerminal(status))) {
    throw new InvalidArgumentError(
      "Invalid reusable statuses: cannot exclude 'Terminated' while also allowing reuse of running instances.",
      { hint: 'Add "Pending", "Running" and "Suspended" to dedupeStatuses, or take "Terminated" out.' },
    );
  }
  return replaceable;
}
