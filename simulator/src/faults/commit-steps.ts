/**
 * A mutating call taken apart into the steps that a store makes, and what lasts of them when it is broken off.
 *
 * Invariant: of a transaction all steps last or none. The transactional store writes a call as its plan says, by default
 * as one transaction; queues and tables have none, so each step lasts on its own, messages first.
 */
import type { MicroStep, StepName } from "dacapo/memory";

/** A mutating call that was checked: what the caller is told, and the steps that make it true. */
export interface Plan<T> {
  readonly answer: T;
  readonly steps: readonly MicroStep[];
}

/** Which store is simulated. */
export type Storage = "transactional" | "queue-and-table";

/**
 * The order in which storage of queues and tables writes a turn: what is sent goes first, so that nothing is lost,
 * and the received messages are deleted last. (Azure Storage, as the Durable Task Framework uses it.)
 */
const QUEUES_FIRST: readonly StepName[] = [
  ...(["activities", "timers", "starts", "messages", "removal", "creation"] as const),
  ...(["history", "entity", "request", "status", "inbox", "lock"] as const),
];

/** The same steps in the order of queues and tables. The answer of an activity is sent before the activity is deleted. */
export function queuesFirst(steps: readonly MicroStep[]): readonly MicroStep[] {
  const isTurn = steps.some(({ name }) => name === "lock");
  if (!isTurn) return steps;
  return [...steps].sort((a, b) => QUEUES_FIRST.indexOf(a.name) - QUEUES_FIRST.indexOf(b.name));
}

/** What lasts when a call is broken off after `done` of its steps: those of the transactions that have ended. */
export function lasting(steps: readonly MicroStep[], done: number): readonly MicroStep[] {
  let end = 0;
  for (let i = 1; i <= done; i++) {
    const isBoundary = i === steps.length || steps[i]?.transaction !== steps[i - 1]?.transaction;
    if (isBoundary) end = i;
  }
  return steps.slice(0, end);
}

/** Lets each of `records` happen just before the first step of its name, if there is one. */
export function recording(
  steps: readonly MicroStep[],
  records: Readonly<Partial<Record<StepName, () => void>>>,
): readonly MicroStep[] {
  const recorded: StepName[] = [];
  return steps.map((step) => {
    const record = recorded.includes(step.name) ? undefined : records[step.name];
    if (record === undefined) return step;
    recorded.push(step.name);
    return {
      ...step,
      apply: () => {
        record();
        step.apply();
      },
    };
  });
}
