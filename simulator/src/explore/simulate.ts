/**
 * The search: runs a scenario again and again with other choices until something fails, then makes the failure as
 * simple as it can and tells it.
 *
 * Invariant: the result is a function of scenario, seed and number of runs, `stepsPerSecond` alone excepted. What is
 * reported has been run once more from its token, and failed in the same way, or is said not to repeat.
 */
import { performance } from "node:perf_hooks";
import { InvalidArgumentError } from "dacapo";
import type { Coverage } from "../report/coverage.ts";
import { CoverageCount } from "../report/coverage.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { isScenario } from "../scenario/scenario.ts";
import type { Found } from "./explain.ts";
import { explain } from "./explain.ts";
import { strategyOf } from "./portfolio.ts";
import type { RunOptions, RunResult } from "./run.ts";
import { runOnce } from "./run.ts";
import { runTwice, unrepeatable } from "./self-check.ts";
import { whileAttached } from "./token-run.ts";
import { wholeNumber } from "./whole-number.ts";
import type { FailureLocation } from "../report/blame.ts";

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
  /**
   * The id of the oracle that was violated; `engine` when the engine itself says that it has a bug, `determinism` when the
   * same choices make two different runs.
   */
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
/** The first run, and then one in so many, is made twice; so many that all ways of scheduling have their turn. */
const SELF_CHECK_EVERY = 21;

/**
 * Searches for a failure of the scenario.
 *
 * @throws UncontrolledWaitError when an activity or a client waits on something that is not simulated.
 * @throws UncontrolledCallError when code beside the orchestrators reads a clock, draws a random number and so on.
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
      const optionsOf = this.#optionsOf(run);
      const result = await this.#make(run, optionsOf);
      this.#runs += 1;
      this.#coverage.add(result);
      this.#report("searching", this.#runs, this.#runsMax);
      const { failure, choices } = result;
      if (failure !== undefined) return this.#explain({ failure, choices, optionsOf });
    }
    const { scenario, ...rest } = this.#summary();
    return { scenario, ...this.#neverAtRest(), ...rest };
  }

  /** The options of a run: the same each time it is made. */
  #optionsOf(run: number): () => RunOptions {
    return () => this.#narrow(strategyOf(this.#scenario, this.#seed, run));
  }

  /** Makes a run; some of them twice, to see whether they repeat. */
  async #make(run: number, optionsOf: () => RunOptions): Promise<RunResult> {
    if (run > 0 && run % SELF_CHECK_EVERY !== 1) return runOnce(this.#scenario, optionsOf());
    const { result, divergence } = await runTwice(this.#scenario, optionsOf);
    const failure = result.failure ?? (divergence === undefined ? undefined : unrepeatable(divergence));
    return { ...result, failure };
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

  /** Shrinks the failure, and tells what happened. */
  async #explain(found: Found): Promise<SimulationResult> {
    const { scenario, runs, seed, ...counts } = this.#summary();
    const reported = await explain(found, {
      scenario: this.#scenario,
      shrinkRunsMax: this.#shrinkRunsMax,
      onShrinkRun: (made) => this.#report("shrinking", made, this.#shrinkRunsMax),
    });
    return { scenario, outcome: "failed", runs, seed, ...reported, ...counts };
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
