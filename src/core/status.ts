/**
 * The runtime status of an instance, with Durable Task's names.
 *
 * Invariant: a terminal status is final. Only purging or replacing the instance ends it.
 */

/** What a client sees of an instance's progress. */
export type RuntimeStatus = "Pending" | "Running" | "Suspended" | "Completed" | "Failed" | "Terminated";

/** The statuses that an execution can end with. */
export type TerminalStatus = Extract<RuntimeStatus, "Completed" | "Failed" | "Terminated">;

/** True when the instance has ended and will never run again. */
export function isTerminal(status: RuntimeStatus): status is TerminalStatus {
  return status === "Completed" || status === "Failed" || status === "Terminated";
}

/** What a client waits for: the first turn, or the end. An ended instance counts as started. */
export type Milestone = "started" | "ended";

/** True when an instance with this status has reached the milestone. */
export function hasReached(status: RuntimeStatus, milestone: Milestone): boolean {
  return milestone === "started" ? status !== "Pending" : isTerminal(status);
}
