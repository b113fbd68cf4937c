/**
 * One run of a scenario with choices that fast-check generated.
 *
 * Invariant: the run is a function of the scenario and the choices; what it chose is recorded in them.
 */
import { PreconditionFailure } from "fast-check";
import { InvalidArgumentError, InvariantError } from "dacapo";
import { lenientReplay } from "../choices/recorded-choices.ts";
import { SimulationFailedError } from "../errors.ts";
import { strategyOf } from "../explore/portfolio.ts";
import type { RunResult } from "../explore/run.ts";
import { runOnce } from "../explore/run.ts";
import { isSimpler } from "../explore/shrink.ts";
import { runToken, tokenOf, whileAttached } from "../explore/token-run.ts";
import { NO_RATES } from "../faults/faults.ts";
import type { FailureLocation } from "../report/blame.ts";
import { locate } from "../report/blame.ts";
import type { CodeLocation } from "../report/code-location.ts";
import { callerOf } from "../report/code-location.ts";
import { failureId, nameFailure } from "../report/failure.ts";
import { failureReport, stackOf } from "../report/failure-report.ts";
import { tellStory } from "../report/story.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { isScenario } from "../scenario/scenario.ts";
import { SimulationChoices, strayPath } from "./simulation-choices.ts";

/** What came of one run. */
export interface SimulatedRun {
  /** What does not hold, in a sentence; undefined when the run passed. */
  readonly failure?: string;
  /** The id of the oracle that was violated; `engine` when the engine itself says that it has a bug. */
  readonly oracle?: string;
  /** The property that does not hold. */
  readonly property?: string;
  /** What happened, a sentence a line; empty when the run passed. */
  readonly story: readonly string[];
  /** The line of the user's code that the failure leads to, where one is known. */
  readonly location?: FailureLocation;
  /** Reproduces the run, also one that passed. */
  readonly token: string;
  /** How many steps it took. */
  readonly steps: number;
  /** How much time passed in the simulation, in milliseconds. */
  readonly virtualTime: number;
}

/** In tokens of runs that passed, where the failure's name stands. */
const PASSED = "none";

/**
 * Runs a scenario once with generated choices.
 *
 * @throws StaleTokenError when the choices are those of a token that does not fit.
 * @throws UncontrolledWaitError as `simulate` does.
 * @example
 * const { failure, token } = await simulateOnce(purchaseApproval, choices);
 */
export async function simulateOnce(scenario: Scenario, choices: SimulationChoices): Promise<SimulatedRun> {
  if (!isScenario(scenario)) {
    throw new InvalidArgumentError("simulateOnce() was given no scenario.", { hint: "Pass what scenario() returned." });
  }
  if (!(choices instanceof SimulationChoices)) {
    throw new InvalidArgumentError("simulateOnce() was given no choices.", {
      hint: "Pass what simulationChoices() generated, or choicesFromToken(token).",
    });
  }
  return whileAttached(() => carryOut(scenario, choices));
}

/**
 * Runs a scenario once, and throws a report where something does not hold: what, how it came to that, in which line of
 * the orchestrator, and the token. For the body of `fc.asyncProperty`.
 *
 * @throws SimulationFailedError when something does not hold.
 * @example
 * await expectToPass(purchaseApproval, choices);
 */
export async function expectToPass(scenario: Scenario, choices: SimulationChoices): Promise<void> {
  const at = callerOf(expectToPass);
  const { failure, ...run } = await simulateOnce(scenario, choices);
  if (failure !== undefined) throw failed(scenario, { ...run, message: failure }, at);
}

function failed(
  scenario: Scenario,
  run: Omit<SimulatedRun, "failure"> & { readonly message: string },
  at: CodeLocation | undefined,
): SimulationFailedError {
  const again = (token: string): readonly string[] => [`  examples: [[..., choicesFromToken("${token}")]]`];
  const error = new SimulationFailedError(failureReport(run, { scenario: scenario.name, again }), run);
  error.stack = stackOf(error.name, error.message, [
    { what: "the workflow", at: run.location },
    { what: "the property", at },
  ]);
  return error;
}

async function carryOut(scenario: Scenario, choices: SimulationChoices): Promise<SimulatedRun> {
  const result = await record(scenario, choices);
  const { failure, steps, virtualMs: virtualTime } = result;
  const id = failure === undefined ? PASSED : failureId(failure);
  const token = tokenOf(scenario, id, result.choices);
  choices.record({ choices: result.choices, failed: failure !== undefined, token });
  if (failure === undefined) return { story: [], token, steps, virtualTime };
  const { origin } = choices;
  // The choices of a candidate may lead elsewhere, to a failure that is no simpler; going on there would never end.
  if (origin.kind === "simpler" && !isSimpler(result.choices, origin.than)) throw new PreconditionFailure();
  const { notes } = await runToken(scenario, token);
  return {
    ...{ failure: failure.message, ...nameFailure(failure), story: tellStory(notes), ...locate(notes) },
    ...{ token, steps, virtualTime },
  };
}

/** Runs the choices, and before them those that they were made from, where that was not done yet. */
async function record(scenario: Scenario, choices: SimulationChoices): Promise<RunResult> {
  if (choices.origin.kind === "later") {
    const { parent } = choices.origin;
    if (parent.recording === undefined) {
      const { choices: made, failure } = await record(scenario, parent);
      if (failure === undefined) throw strayPath();
      parent.record({ choices: made, failed: true, token: tokenOf(scenario, failureId(failure), made) });
    }
    choices.settle();
  }
  choices.wasRun = true;
  const { origin } = choices;
  switch (origin.kind) {
    case "seed": {
      // Any run of a search but the boring first one, its way of scheduling included.
      const run = 1 + ((origin.seed >>> 0) % 4);
      return runOnce(scenario, strategyOf(scenario, String(origin.seed), run));
    }
    case "token":
      return runToken(scenario, origin.token);
    case "simpler":
      return runOnce(scenario, { provider: lenientReplay(origin.choices), rates: NO_RATES });
    case "later":
      throw new InvariantError("choices are settled before they are run");
  }
}
