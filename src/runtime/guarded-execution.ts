/**
 * Executions whose code the determinism guard watches.
 *
 * Invariant: a leak fails the instance whatever the code does with the error, and nothing that the engine does on
 * the code's behalf counts as one. Used by whoever makes executions: the orchestration processor and replay.
 */
import type { ExecutionSetup } from "../core/execution.ts";
import { Execution } from "../core/execution.ts";
import { NonDeterministicCallError } from "../core/nondeterministic-call.ts";
import type { GuardedRegion, Leak } from "./guarded-region.ts";
import { guarded, unguarded } from "./guarded-region.ts";
import { currentOwner, systemSettler } from "./system.ts";

/** Makes an execution whose code is watched while the guard is attached. */
export function guardedExecution(setup: ExecutionSetup): Execution {
  const region: GuardedRegion = new ExecutionRegion(() => execution);
  const { log, onLate } = setup;
  const execution: Execution = new Execution({
    ...setup,
    // What async code awaits is found again by the owner of its promises; a generator runs in one go.
    run: (_owner, step) => setup.run(region, step),
    watch: (step) => guarded(region, step),
    log: (level, message, fields) => {
      beside(() => {
        log(level, message, fields);
      });
    },
    onLate: (error) => {
      beside(() => onLate?.(error));
    },
  });
  return execution;
}

/** The region to which the promises of the code that runs belong, where that is an orchestrator's. */
export function executionRegion(): GuardedRegion | undefined {
  const owner = currentOwner();
  return owner instanceof ExecutionRegion ? owner : undefined;
}

class ExecutionRegion implements GuardedRegion {
  readonly #execution: () => Execution;

  constructor(execution: () => Execution) {
    this.#execution = execution;
  }

  report({ call, location, replacement }: Leak): Error | undefined {
    const execution = this.#execution();
    const { instanceId } = execution.setup;
    const eventId = execution.lastEventId + 1;
    const error = new NonDeterministicCallError({ instanceId, eventId, call, location, replacement });
    return execution.caught(error) ? error : undefined;
  }
}

/** Owns the promises of what the engine does on behalf of an orchestrator, such as logging. */
const BESIDE = {};

/** Runs a part of the engine, or of what was plugged into it, that orchestrator code set off. */
function beside(step: () => void): void {
  unguarded(() => {
    if (executionRegion() === undefined) step();
    else systemSettler.run(BESIDE, step);
  });
}
