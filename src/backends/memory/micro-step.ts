/**
 * A mutation, taken apart: an ordered list of named steps, each of which is applied once.
 *
 * Invariant: a plan is made only after the whole call was checked, so that no step can be refused. The memory
 * backend applies all of a plan at once, which makes it atomic; a simulator may stop between two steps.
 */
export interface MicroStep {
  readonly name: StepName;
  apply(): void;
}

export type StepName =
  /** Events are appended; at continue-as-new the new execution's empty history takes the old one's place. */
  | "history"
  /** Activities become visible in the work-item queue, or an activity leaves it. */
  | "activities"
  /** Timers are set and cancelled. */
  | "timers"
  /** Messages become visible in the control queues of their instances. */
  | "messages"
  /** Consumed messages leave the instance's control queue. */
  | "inbox"
  /** The status row changes; an ended instance's messages and timers are discarded. */
  | "status"
  /** The lock ends. */
  | "lock"
  /** An incarnation is removed with everything that is its own. */
  | "removal"
  /** An incarnation begins. */
  | "creation"
  /** A client's request is remembered with its answer. */
  | "request";

/** Applies a whole plan. */
export function applyAll(plan: readonly MicroStep[]): void {
  for (const step of plan) step.apply();
}
