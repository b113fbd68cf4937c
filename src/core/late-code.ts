/**
 * What to say of code that waits for something that is not durable, or was woken by it.
 */
import { NonDeterminismError } from "./nondeterminism.ts";

const EXPECTED = { type: "a wait for a durable task" };

/** The code waits, and not for a task of its context. */
export function foreignWait(instanceId: string, eventId: number): NonDeterminismError {
  return new NonDeterminismError({
    instanceId,
    eventId,
    expected: EXPECTED,
    actual: { type: "a wait for something else (a native promise)" },
    hint:
      "An orchestrator may only await tasks of its context: do I/O and native delays in activities, " +
      "and use ctx.createTimer() instead of setTimeout.",
  });
}

/** The code went on by itself: `what` is what it did. */
export function lateCode(instanceId: string, eventId: number, what: string): NonDeterminismError {
  return new NonDeterminismError({
    instanceId,
    eventId,
    expected: EXPECTED,
    actual: { type: what },
    hint:
      "The code was woken by a native promise, timer or callback. An orchestrator may only await tasks of its " +
      "context; do everything else in activities.",
  });
}
