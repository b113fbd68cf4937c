/**
 * From a run that failed to what is told of it: the same failure, made as simple as it can be, as a token and a story.
 *
 * Invariant: what is reported has been run once more from its token, and failed in the same way, or is said not to repeat.
 */
import type { Choice } from "../choices/choices.ts";
import { lenientReplay } from "../choices/recorded-choices.ts";
import { UncontrolledCallError, UncontrolledWaitError } from "../errors.ts";
import { NO_RATES } from "../faults/faults.ts";
import type { FailureLocation } from "../report/blame.ts";
import { locate } from "../report/blame.ts";
import type { Failure } from "../report/failure.ts";
import { failureId, nameFailure } from "../report/failure.ts";
import { tellStory } from "../report/story.ts";
import type { Scenario } from "../scenario/scenario.ts";
import type { RunOptions, RunResult } from "./run.ts";
import { runOnce } from "./run.ts";
import { runTwice, unrepeatable } from "./self-check.ts";
import { countNonZero, isFault, shrink } from "./shrink.ts";
import { failsAs, runToken, tokenOf, unlessStale } from "./token-run.ts";

/** What is told of a failure. */
export interface Reported {
  /** Reproduces the failure. */
  readonly token?: string;
  /** The id of the oracle that was violated, `engine` or `determinism`. */
  readonly oracle?: string;
  readonly property?: string;
  readonly message?: string;
  /** What happened, a sentence a line. */
  readonly story?: readonly string[];
  /** Choices that are not the boring one, and faults among them. */
  readonly minimised?: { readonly choices: number; readonly faults: number };
  /** The line of the workflow that it leads to. */
  readonly location?: FailureLocation;
}

/** A failure, and the run in which it was found. */
export interface Found {
  readonly failure: Failure;
  readonly choices: readonly Choice[];
  /** Gives the options of that run anew. */
  readonly optionsOf: () => RunOptions;
}

export interface Explaining {
  readonly scenario: Scenario;
  readonly shrinkRunsMax: number;
  /** Called after every run that shrinking takes. */
  readonly onShrinkRun: (runs: number) => void;
}

/** Runs the failure once more, shrinks it, and tells what happened. */
export async function explain({ failure, choices, optionsOf }: Found, how: Explaining): Promise<Reported> {
  const { scenario } = how;
  const id = failureId(failure);
  const token = tokenOf(scenario, id, choices);
  if (failure.kind === "determinism") {
    return {
      token,
      ...nameFailure(failure),
      message: failure.message,
      story: UNREPEATABLE,
      minimised: sizeOf(choices),
    };
  }
  const repeated = await repeat(scenario, id, choices);
  if (repeated === undefined) {
    const { message } = failure;
    const story = [...UNREPEATABLE, ...(await retell(scenario, id, optionsOf, message))];
    return { token, ...nameFailure(failure), message, story, minimised: sizeOf(choices) };
  }
  const shrunk = await simplify(how, id, choices);
  // What shrinking made must repeat too; where it does not, the failure stays as it was found.
  return (await repeat(scenario, id, shrunk)) ?? repeated;
}

/** Told instead of a story when the scenario's own code is not deterministic. */
const UNREPEATABLE: readonly string[] = [
  "This failure does not repeat when the same choices are made again:",
  "something in the scenario, its mocks or its workflows uses the real time, randomness or state of its own.",
];

/** The story of a failure that its token does not repeat: where two runs part, and one more run, when that fails. */
async function retell(
  scenario: Scenario,
  id: string,
  optionsOf: () => RunOptions,
  message: string,
): Promise<readonly string[]> {
  const { divergence } = await runTwice(scenario, optionsOf);
  const parted = divergence === undefined ? [] : [`Two runs of it part: ${unrepeatable(divergence).message}.`];
  const again = await runOnce(scenario, { ...optionsOf(), takesNotes: true }).catch(unlessUnusable);
  if (again === undefined || !failsAs(again, id)) {
    return [...parted, `Run again, it does not fail; the first time: ${message}`];
  }
  return [...parted, "It failed once more in this run, which may differ from the first:", ...tellStory(again.notes)];
}

async function simplify(
  { scenario, shrinkRunsMax, onShrinkRun }: Explaining,
  id: string,
  found: readonly Choice[],
): Promise<readonly Choice[]> {
  let runs = 0;
  const stillFails = async (candidate: readonly Choice[]): Promise<readonly Choice[] | undefined> => {
    const options = { provider: lenientReplay(candidate), rates: NO_RATES };
    const result = await runOnce(scenario, options).catch(unlessUnusable);
    runs += 1;
    onShrinkRun(runs);
    return result !== undefined && failsAs(result, id) ? result.choices : undefined;
  };
  return (await shrink(found, stillFails, shrinkRunsMax)).choices;
}

/** Runs these choices from their token. What to report; undefined when they do not fail in the same way. */
async function repeat(scenario: Scenario, id: string, choices: readonly Choice[]): Promise<Reported | undefined> {
  const token = tokenOf(scenario, id, choices);
  const run = await runToken(scenario, token).catch(unlessStale);
  if (run?.failure === undefined || !failsAs(run, id)) return undefined;
  return {
    token,
    ...nameFailure(run.failure),
    message: run.failure.message,
    story: tellStory(run.notes),
    ...locate(run.notes),
    minimised: sizeOf(choices),
  };
}

function sizeOf(choices: readonly Choice[]): { readonly choices: number; readonly faults: number } {
  return { choices: countNonZero(choices), faults: choices.filter(isFault).length };
}

function unlessUnusable(error: unknown): RunResult | undefined {
  if (error instanceof UncontrolledWaitError || error instanceof UncontrolledCallError) return undefined;
  throw error;
}
