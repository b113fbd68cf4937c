/**
 * The search: runs a scenario again and again with other choices until something fails, then makes the failure as
 * simple as it can and tells it.
 *
 * Invariant: the result is a function of scenario, seed and number of runs, `stepsPerSecond` alone excepted. What is
 * reported has been run once more from its token, and failed in the same way, or is said not to repeat.
 */
import { performance } from "node:perf_hooks";
import { InvalidArgumentError } from "dacapo";
import type { Choice } from "../choices/choices.ts";
import type { Coverage } from "../report/coverage.ts";
import { CoverageCount } from "../report/coverage.ts";
import { StaleTokenError, UncontrolledWaitError } from "../errors.ts";
import type { Failure } from "../report/failure.ts";
import { failureId, nameFailure } from "../report/failure.ts";
import { NO_RATES } from "../faults/faults.ts";
import { BORING_CHOICES, randomChoices } from "../choices/random-choices.ts";
import { lenientReplay } from "../choices/recorded-choices.ts";
import type { RunOptions, RunResult } from "./run.ts";
import { faultSteps, runOnce } from "./run.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { isScenario } from "../scenario/scenario.ts";
import { countNonZero, isFault, shrink } from "./shrink.ts";
import { tellStory } from "../report/story.ts";
import type { FailureLocation } from "../report/blame.ts";
import { locate } from "../report/blame.ts";
import { drawFaultRates } from "../faults/swarm.ts";
import { failsAs, runToken, tokenOf, whileAttached } from "./token-run.ts";

export interface SimulateOptions {
  /** How many runs to make, at most: 1,000 unless given. */
  readonly runs?: number;
  /** Names the search: the same seed makes the same runs. "1" unless given. */
  readonly seed?: string | number;
  /** How many runs shrinking may take: 1,000 unless given; 0 leaves the failure as it was found. */
  readonly maxShrinkRuns?: number;
  /** Called after every run. */
  readonly onProgress?: (progress: Progress) => void;
}

/** How far a search is. */
export interface Progress {
  readonly phase: "searching" | "shrinking";
  /** Runs made in this phase. */
  readonly runs: number;
  /** At most this many will be made. */
  readonly runsMax: number;
  readonly stepsPerSecond: number;
  /** Simulated time, over all runs, in milliseconds. */
  readonly virtualTime: number;
  readonly coverage: Coverage;
}

/** What a search found: what `fuzz --json` prints. */
export interface SimulationResult {
  /** The scenario's name. */
  readonly scenario: string;
  readonly outcome: "passed" | "failed";
  /** Runs made until the failure, that one included; shrinking is not counted. */
  readonly runs: number;
  readonly seed: string;
  /** Reproduces the failure. Absent when no run failed, and `message` says that none came to rest. */
  readonly token?: string;
  /** The id of the oracle that was violated; `engine` when the engine itself says that it has a bug. */
  readonly oracle?: string;
  /** The property that does not hold. */
  readonly property?: string;
  /** What is wrong, in a sentence. */
  readonly message?: string;
  /** What happened, a sentence a line; absent when no run failed, and `message` says that none came to rest. */
  readonly story?: readonly string[];
  /** The line of the user's code that the failure leads to, where one is known. */
  readonly location?: FailureLocation;
  /** The size of the failure after shrinking, as found when it does not repeat: choices that are not the boring one, and faults among them. */
  readonly minimised?: { readonly choices: number; readonly faults: number };
  readonly coverage: Coverage;
  readonly stepsPerSecond: number;
  /** Simulated time, over all runs of the search, in milliseconds. */
  readonly virtualTime: number;
}

const RUNS_DEFAULT = 1_000;
const SHRINK_RUNS_DEFAULT = 1_000;

/**
 * Searches for a failure of the scenario.
 *
 * @throws UncontrolledWaitError when an activity or a client waits on something that is not simulated.
 * @throws InvalidArgumentError when an option, or what the scenario built, cannot be used.
 * @example
 * const result = await simulate(purchaseApproval, { runs: 500, seed: "nightly" });
 * if (result.outcome === "failed") console.log(result.story?.join("\n"), result.token);
 */
export async function simulate(scenario: Scenario, options: SimulateOptions = {}): Promise<SimulationResult> {
  return simulateWithin(scenario, options, (run) => run);
}

/**
 * Searches among runs that `narrow` made narrower, such as those with crashes alone. What it allows must be made of
 * choices that the scenario itself offers, so that a token replays without it.
 */
export async function simulateWithin(
  scenario: Scenario,
  options: SimulateOptions,
  narrow: (run: RunOptions) => RunOptions,
): Promise<SimulationResult> {
  const search = new Search(scenario, options, narrow);
  return whileAttached(() => search.run());
}

/** The part of a result that tells of a failure. */
type Reported = Pick<
  SimulationResult,
  "token" | "oracle" | "property" | "message" | "story" | "location" | "minimised"
>;

class Search {
  readonly #scenario: Scenario;
  readonly #options: SimulateOptions;
  readonly #narrow: (run: RunOptions) => RunOptions;
  readonly #seed: string;
  readonly #runsMax: number;
  readonly #shrinkRunsMax: number;
  readonly #coverage: CoverageCount;
  readonly #startedAt = performance.now();
  #runs = 0;

  constructor(scenario: Scenario, options: SimulateOptions, narrow: (run: RunOptions) => RunOptions) {
    if (!isScenario(scenario)) {
      throw new InvalidArgumentError("simulate() was given no scenario.", { hint: "Pass what scenario() returned." });
    }
    this.#scenario = scenario;
    this.#options = options;
    this.#narrow = narrow;
    this.#seed = String(options.seed ?? "1");
    this.#runsMax = wholeNumber("runs", options.runs ?? RUNS_DEFAULT, 1);
    this.#shrinkRunsMax = wholeNumber("maxShrinkRuns", options.maxShrinkRuns ?? SHRINK_RUNS_DEFAULT, 0);
    this.#coverage = new CoverageCount(scenario);
  }

  async run(): Promise<SimulationResult> {
    while (this.#runs < this.#runsMax) {
      const run = this.#runs;
      const result = await runOnce(this.#scenario, this.#optionsOf(run));
      this.#runs += 1;
      this.#coverage.add(result);
      this.#report("searching", this.#runs, this.#runsMax);
      if (result.failure !== undefined) return this.#explain(result.failure, result, run);
    }
    const { scenario, ...rest } = this.#summary();
    return { scenario, ...this.#neverAtRest(), ...rest };
  }

  /** The first run is the boring one, so that what fails without any fault is found at once, and by itself. */
  #optionsOf(run: number): RunOptions {
    if (run === 0) return { provider: BORING_CHOICES, rates: NO_RATES };
    const rates = drawFaultRates(this.#seed, run, this.#scenario.faults, faultSteps(this.#scenario));
    return this.#narrow({ provider: randomChoices(this.#seed, run), rates });
  }

  /** No failure was found; but where no run came to rest, nothing is known of what should hold then. */
  #neverAtRest(): Pick<SimulationResult, "outcome" | "property" | "message"> {
    const [property] = Object.keys(this.#scenario.eventually);
    const { runsAtRest, runsCut, maxSteps } = this.#coverage.read();
    if (property === undefined || runsAtRest > 0) return { outcome: "passed" };
    const message =
      `"${property}" was never checked: none of the ${runsCut} runs came to rest within ${maxSteps} steps (maxSteps). ` +
      "Let the workflows end, or raise that number.";
    return { outcome: "failed", property, message };
  }

  /** Runs the failure once more, shrinks it, and tells what happened. */
  async #explain(failure: Failure, found: RunResult, run: number): Promise<SimulationResult> {
    const id = failureId(failure);
    const summary = this.#summary();
    const report = (reported: Reported): SimulationResult => ({
      ...{ scenario: summary.scenario, outcome: "failed", runs: summary.runs, seed: summary.seed },
      ...reported,
      ...{ coverage: summary.coverage, stepsPerSecond: summary.stepsPerSecond, virtualTime: summary.virtualTime },
    });
    const repeated = await this.#repeat(id, found.choices);
    if (repeated === undefined) {
      const { message } = failure;
      const token = tokenOf(this.#scenario, id, found.choices);
      const story = [...UNREPEATABLE, ...(await this.#retell(id, run, message))];
      return report({ token, ...nameFailure(failure), message, story, minimised: sizeOf(found.choices) });
    }
    const shrunk = await this.#shrink(id, found.choices);
    // What shrinking made must repeat too; where it does not, the failure stays as it was found.
    return report((await this.#repeat(id, shrunk)) ?? repeated);
  }

  /** The story of a failure that its token does not repeat: told when the search's run fails once more. */
  async #retell(id: string, run: number, message: string): Promise<readonly string[]> {
    const again = await runOnce(this.#scenario, { ...this.#optionsOf(run), takesNotes: true }).catch(unlessUnusable);
    if (again === undefined || !failsAs(again, id)) return [`Run again, it does not fail; the first time: ${message}`];
    return ["It failed once more in this run, which may differ from the first:", ...tellStory(again.notes)];
  }

  async #shrink(id: string, found: readonly Choice[]): Promise<readonly Choice[]> {
    let runs = 0;
    const stillFails = async (candidate: readonly Choice[]): Promise<readonly Choice[] | undefined> => {
      const result = await tryRun(this.#scenario, candidate);
      runs += 1;
      this.#report("shrinking", runs, this.#shrinkRunsMax);
      return result !== undefined && failsAs(result, id) ? result.choices : undefined;
    };
    return (await shrink(found, stillFails, this.#shrinkRunsMax)).choices;
  }

  /** Runs these choices from their token. What to report; undefined when they do not fail in the same way. */
  async #repeat(id: string, choices: readonly Choice[]): Promise<Reported | undefined> {
    const token = tokenOf(this.#scenario, id, choices);
    const run = await runToken(this.#scenario, token).catch(unlessStale);
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

  #summary(): Pick<SimulationResult, "scenario" | "runs" | "seed" | "coverage" | "stepsPerSecond" | "virtualTime"> {
    return {
      scenario: this.#scenario.name,
      runs: this.#runs,
      seed: this.#seed,
      coverage: this.#coverage.read(),
      stepsPerSecond: this.#stepsPerSecond(),
      virtualTime: this.#coverage.virtualMs,
    };
  }

  #stepsPerSecond(): number {
    const seconds = (performance.now() - this.#startedAt) / 1_000;
    return Math.round(this.#coverage.read().steps / Math.max(seconds, 0.001));
  }

  #report(phase: Progress["phase"], runs: number, runsMax: number): void {
    this.#options.onProgress?.({
      phase,
      runs,
      runsMax,
      stepsPerSecond: this.#stepsPerSecond(),
      virtualTime: this.#coverage.virtualMs,
      coverage: this.#coverage.read(),
    });
  }
}

/** Told instead of a story when the scenario's own code is not deterministic. */
const UNREPEATABLE: readonly string[] = [
  "This failure does not repeat when the same choices are made again:",
  "something in the scenario, its mocks or its workflows uses the real time, randomness or state of its own.",
];

function sizeOf(choices: readonly Choice[]): { readonly choices: number; readonly faults: number } {
  return { choices: countNonZero(choices), faults: choices.filter(isFault).length };
}

/** Runs a candidate of the shrinker; one that cannot be run is none. */
async function tryRun(scenario: Scenario, candidate: readonly Choice[]): Promise<RunResult | undefined> {
  return runOnce(scenario, { provider: lenientReplay(candidate), rates: NO_RATES }).catch(unlessUnusable);
}

function unlessUnusable(error: unknown): undefined {
  if (!(error instanceof UncontrolledWaitError)) throw error;
}

function unlessStale(error: unknown): undefined {
  if (!(error instanceof StaleTokenError)) throw error;
}

function wholeNumber(name: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new InvalidArgumentError(`The option ${name} is ${String(value)}.`, {
    hint: `It is a whole number of ${least} or more.`,
  });
}
