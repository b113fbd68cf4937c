/**
 * A mutation, taken apart: an ordered list of named steps, each of which is applied once.
 *
 * Invariant: a plan is made only after the whole call was checked, so that no step can be refused. The memory
 * backend applies all of a plan at once, which makes it atomic; a simulator may stop between two steps, and then
 * undoes, as a store's recovery does, what belongs to a transaction that has not ended.
 */
export interface MicroStep {
  readonly name: StepName;
  /** Steps in a row with the same number take effect together or not at all. All steps of a plan, unless given. */
  readonly transaction?: number;
  apply(): void;
}

export type StepName =
  /** Events are appended; at continue-as-new the new execution's empty history takes the old one's place. */
  | "history"
  /** Activities become visible in the work-item queue, or an activity leaves it. */
  | "activities"
  /** Timers are set and cancelled. */
  | "timers"
  /** Instances that the turn starts begin, or their refusals become visible. */
  | "starts"
  /** Messages become visible in the control queues of their instances. */
  | "messages"
  /** An entity's data changes. */
  | "entity"
  /** Consumed messages leave the instance's control queue. */
  | "inbox"
  /** The status row changes; an ended instance's messages and timers are discarded. */
  | "status"
  /** The lock ends. */
  | "lock"
  /** A failed instance is opened again. */
  | "reopening"
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
