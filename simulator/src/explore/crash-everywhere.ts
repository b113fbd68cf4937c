/**
 * The sweep: at every step of every commit of an episode all workers die, recovery runs to rest, and the oracles judge.
 *
 * Invariant: exhaustive for single crashes of an episode: each point where a commit can break off is tried once. The
 * episodes have no other fault; the first is the boring one, the others have drawn schedules and data.
 */
import { InvalidArgumentError } from "dacapo";
import type { ChoicePoint, ChoiceProvider } from "../choices/choices.ts";
import { BORING_CHOICES, randomChoices } from "../choices/random-choices.ts";
import { FAULT_LABEL_PREFIX, NO_RATES, settingOf } from "../faults/faults.ts";
import { BREAKS_OFF } from "../faults/faulty-mutation.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { isScenario } from "../scenario/scenario.ts";
import type { Found, Reported } from "./explain.ts";
import { explain } from "./explain.ts";
import type { RunOptions, RunResult } from "./run.ts";
import { runOnce } from "./run.ts";
import { whileAttached } from "./token-run.ts";
import { wholeNumber } from "./whole-number.ts";

export interface CrashEverywhereOptions {
  /** How many episodes to sweep: 5 unless given. */
  readonly episodes?: number;
  /** Names the drawn schedules and data. "1" unless given. */
  readonly seed?: string | number;
  /** How many runs shrinking may take: 1,000 unless given. */
  readonly maxShrinkRuns?: number;
  /** Called after every run. */
  readonly onProgress?: (progress: { readonly points: number; readonly survived: number }) => void;
}

/** What became of a sweep. When a point was not survived, the first such failure is told. */
export interface CrashSweep extends Reported {
  readonly scenario: string;
  readonly outcome: "passed" | "failed";
  readonly episodes: number;
  readonly seed: string;
  /** How many points there are, over all episodes, at which a commit can break off. */
  readonly points: number;
  /** At how many of them a crash of all workers did no harm. */
  readonly survived: number;
}

const EPISODES_DEFAULT = 5;
const SHRINK_RUNS_DEFAULT = 1_000;
const OUTAGE = "fleet-crash";

/**
 * Crashes all workers at every step of every commit of some episodes, each time in a run of its own.
 *
 * @throws UncontrolledWaitError as `simulate` does.
 * @throws InvalidArgumentError when it is given no scenario, or one that switches `fleet-crash` off.
 * @example
 * const sweep = await crashEverywhere(purchaseApproval);
 * console.log(`${sweep.survived} of ${sweep.points} crash points survived`);
 */
export async function crashEverywhere(scenario: Scenario, options: CrashEverywhereOptions = {}): Promise<CrashSweep> {
  checkScenario(scenario);
  const seed = String(options.seed ?? "1");
  const episodes = wholeNumber("episodes", options.episodes ?? EPISODES_DEFAULT, 1);
  const sweep = new Sweep(scenario, seed, options);
  return whileAttached(async () => {
    for (let episode = 0; episode < episodes; episode++) await sweep.sweep(episode);
    const { points, survived, firstFailure } = sweep;
    const outcome = firstFailure === undefined ? "passed" : "failed";
    const reported = firstFailure === undefined ? {} : await sweep.explain(firstFailure);
    return { scenario: scenario.name, outcome, episodes, seed, points, survived, ...reported };
  });
}

class Sweep {
  points = 0;
  survived = 0;
  firstFailure: Found | undefined;
  readonly #scenario: Scenario;
  readonly #seed: string;
  readonly #options: CrashEverywhereOptions;

  constructor(scenario: Scenario, seed: string, options: CrashEverywhereOptions) {
    this.#scenario = scenario;
    this.#seed = seed;
    this.#options = options;
  }

  /** Tries every point of one episode. */
  async sweep(episode: number): Promise<void> {
    for (let commit = 0; ; commit++) {
      let positions = 1;
      for (let position = 0; position < positions; position++) {
        const outage = this.#outage(episode, commit, position);
        const result = await runOnce(this.#scenario, { provider: outage, rates: NO_RATES });
        if (!outage.hasHappened) {
          // Past the last commit. What fails without an outage fails all the same.
          if (commit === 0 && result.failure !== undefined) this.#count(result, episode, commit, position);
          return;
        }
        positions = outage.positions;
        this.#count(result, episode, commit, position);
      }
    }
  }

  explain(found: Found): Promise<Reported> {
    const shrinkRunsMax = this.#options.maxShrinkRuns ?? SHRINK_RUNS_DEFAULT;
    return explain(found, { scenario: this.#scenario, shrinkRunsMax, onShrinkRun: () => undefined });
  }

  #outage(episode: number, commit: number, position: number): Outage {
    return new Outage(episode === 0 ? BORING_CHOICES : randomChoices(this.#seed, episode), commit, position);
  }

  #count({ failure, choices }: RunResult, episode: number, commit: number, position: number): void {
    this.points += 1;
    if (failure === undefined) this.survived += 1;
    else {
      const optionsOf = (): RunOptions => ({ provider: this.#outage(episode, commit, position), rates: NO_RATES });
      this.firstFailure ??= { failure, choices, optionsOf };
    }
    this.#options.onProgress?.({ points: this.points, survived: this.survived });
  }
}

/** Chooses as another provider does, except that all workers die at one step of one commit, and nothing else goes wrong. */
class Outage implements ChoiceProvider {
  /** After how many different steps the commit can break off. */
  positions = 1;
  readonly #others: ChoiceProvider;
  readonly #commit: number;
  readonly #position: number;
  #commits = 0;
  #isUnderWay = false;

  constructor(others: ChoiceProvider, commit: number, position: number) {
    this.#others = others;
    this.#commit = commit;
    this.#position = position;
  }

  get hasHappened(): boolean {
    return this.#commits > this.#commit;
  }

  pick(point: ChoicePoint, index: number): number {
    const { label, n, keys } = point;
    if (label.startsWith(FAULT_LABEL_PREFIX)) {
      const outage = keys?.indexOf(OUTAGE) ?? -1;
      this.#isUnderWay = outage > 0 && this.#commits++ === this.#commit;
      return this.#isUnderWay ? outage : 0;
    }
    if (label === BREAKS_OFF && this.#isUnderWay) {
      this.positions = n;
      return Math.min(this.#position, n - 1);
    }
    return this.#others.pick(point, index);
  }
}

function checkScenario(scenario: unknown): asserts scenario is Scenario {
  if (!isScenario(scenario)) {
    throw new InvalidArgumentError("crashEverywhere() was given no scenario.", {
      hint: "Pass what scenario() returned.",
    });
  }
  const setting = settingOf(scenario.faults, OUTAGE);
  if (setting !== false && setting !== 0) return;
  throw new InvalidArgumentError(`The scenario "${scenario.name}" switches the fault "${OUTAGE}" off.`, {
    hint: "Crashing everywhere needs it: take it out of the scenario's faults.",
  });
}
