/**
 * Asks the same of a counter in each syntax, step by step, and notes what both of them answered. The counters have the
 * orchestration's instance id as their key, so nobody comes between; they begin to exist when they are addressed.
 */
import { EntityOperationFailedError, type EntityReference, type Orchestration } from "dacapo";
import { type OrchestrationContext, orchestrator } from "dacapo";
import { classCounter } from "./class-counter.ts";
import { type CounterOperations, functionCounter } from "./function-counter.ts";

/** An amount to add, or a reset. */
export type Step = number | "reset";

export interface Answers {
  readonly step: Step;
  readonly ofFunction: string;
  readonly ofClass: string;
}

export const sideBySide = orchestrator("sideBySide", function* (ctx, steps: readonly Step[]) {
  const answers: Answers[] = [];
  for (const step of steps) {
    const ofFunction = yield* ask(ctx, functionCounter, step);
    const ofClass = yield* ask(ctx, classCounter, step);
    answers.push({ step, ofFunction, ofClass });
  }
  return answers;
});

/** Either definition fits: both have these operations. */
function* ask(
  ctx: OrchestrationContext,
  counter: EntityReference<CounterOperations>,
  step: Step,
): Orchestration<string> {
  const key = ctx.instanceId;
  try {
    // A signal is not waited for. The call after it comes after it: an entity hears one sender in order.
    if (step === "reset") ctx.entities.signalEntity(counter, key, "reset");
    else yield* ctx.entities.callEntity(counter, key, "add", step);
    return `it is ${yield* ctx.entities.callEntity(counter, key, "get")}`;
  } catch (error) {
    if (error instanceof EntityOperationFailedError) return error.details.errorMessage;
    throw error;
  }
}
