/**
 * The matchers: `await expect(scenario).toComplete()` and `await expect(scenario).toSurvive({ crashes: 3 })`.
 *
 * Invariant: a matcher that finds a failure throws the same report as `simTest`; under `.not` it is glad of one.
 */
import { InvalidArgumentError } from "dacapo";
import { allowOnly, CRASHES } from "../explore/narrow.ts";
import { replayToken } from "../explore/replay-token.ts";
import type { SimulationResult } from "../explore/simulate.ts";
import { simulateWithin } from "../explore/simulate.ts";
import type { FaultClass } from "../faults/faults.ts";
import { callerOf } from "../report/code-location.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { isScenario } from "../scenario/scenario.ts";
import { completing, inPlainWords } from "./completing.ts";
import type { FailingTest } from "./fail-test.ts";
import { searchFailed, tokenFailed } from "./fail-test.ts";
import type { SearchOptions } from "./search-settings.ts";
import { searchSettings } from "./search-settings.ts";
import { replayedBy } from "./sim-test.ts";

/** Options of `toComplete`. */
export interface CompleteOptions extends SearchOptions {
  /** Replays this failure instead of searching. */
  readonly token?: string;
}

/** Options of `toSurvive`. */
export interface SurviveOptions extends SearchOptions {
  /** How many crashes a run may have, at most. */
  readonly crashes: number;
  /** Other faults that may happen as well: none unless given. */
  readonly faults?: readonly FaultClass[];
}

const RUNS_DEFAULT = 100;

/** What vitest tells a matcher. */
interface MatcherThis {
  readonly isNot: boolean;
}

/** What a matcher tells vitest. */
interface Verdict {
  readonly pass: boolean;
  readonly message: () => string;
}

type Matcher<Options> = (this: MatcherThis, received: unknown, options: Options) => Promise<Verdict>;

/** Without any fault, every instance ends Completed, in whatever order things happen. */
export const toComplete: Matcher<CompleteOptions | undefined> = async function (received, options = {}) {
  const at = callerOf(toComplete);
  const scenario = completing(expectScenario("toComplete", received));
  const again = (token: string): readonly string[] => [
    `  await expect(<the scenario>).toComplete({ token: "${token}" });`,
  ];
  const failing = { scenario: scenario.name, at, again };
  if (options.token !== undefined) return replay(this, scenario, options.token, failing);
  const settings = searchSettings(options, RUNS_DEFAULT);
  const result = await simulateWithin(scenario, settings, allowOnly({ faults: [], crashesMax: 0 }));
  return judge(this, result, failing, `Every instance of "${scenario.name}" completes in`);
};

/** Whatever a few crashes do, nothing is violated. */
export const toSurvive: Matcher<SurviveOptions> = async function (received, options) {
  const at = callerOf(toSurvive);
  const scenario = expectScenario("toSurvive", received);
  const { crashes, faults = [] } = checkSurvive(options);
  const settings = searchSettings(options, RUNS_DEFAULT);
  const narrow = allowOnly({ faults: [...CRASHES, ...faults], crashesMax: crashes });
  const result = await simulateWithin(scenario, settings, narrow);
  const happened = CRASHES.reduce((sum, fault) => sum + result.coverage.faults[fault], 0);
  if (result.outcome === "passed" && happened === 0) throw nothingCrashed(scenario, result.runs);
  const failing = { scenario: scenario.name, at, again: replayedBy(scenario.name, scenario, at) };
  return judge(this, result, failing, `"${scenario.name}" survives ${happened} crashes in`);
};

function judge({ isNot }: MatcherThis, result: SimulationResult, failing: FailingTest, passes: string): Verdict {
  const { outcome, runs, seed, message = "" } = result;
  if (outcome === "failed" && !isNot) throw searchFailed(inPlainWords(result), failing);
  const pass = outcome === "passed";
  return { pass, message: () => (pass ? `${passes} ${runs} runs with seed ${seed}, and should not.` : message) };
}

async function replay(
  { isNot }: MatcherThis,
  scenario: Scenario,
  token: string,
  failing: FailingTest,
): Promise<Verdict> {
  const replayed = await replayToken(scenario, token);
  const { verdict, message } = replayed;
  // A token that does not fit shows nothing, neither to who hopes for a failure.
  if (verdict === "stale" || (verdict !== "passed" && !isNot))
    throw tokenFailed(inPlainWords(replayed), token, failing);
  return { pass: verdict === "passed", message: () => message };
}

function expectScenario(matcher: string, received: unknown): Scenario {
  if (isScenario(received)) return received;
  const what = received === null ? "null" : Array.isArray(received) ? "an array" : `of type ${typeof received}`;
  throw new InvalidArgumentError(`${matcher}() is for scenarios, and what was expected is ${what}.`, {
    hint: `Write await expect(scenario("name", { ... })).${matcher}(...), or import the scenario from its file.`,
  });
}

function checkSurvive(options: SurviveOptions | undefined): SurviveOptions {
  const crashes: unknown = options?.crashes;
  if (options !== undefined && Number.isSafeInteger(crashes) && Number(crashes) >= 1) return options;
  throw new InvalidArgumentError(`toSurvive() was told to let ${String(crashes)} crashes happen.`, {
    hint: "Write toSurvive({ crashes: 3 }): how often a run may crash at most, at least 1.",
  });
}

function nothingCrashed({ name }: Scenario, runs: number): InvalidArgumentError {
  return new InvalidArgumentError(
    `No worker of "${name}" crashed in ${runs === 1 ? "1 run" : `${runs} runs`}, so this shows nothing.`,
    {
      hint: "Let the scenario's faults include crashes, let its clients start something, or make more runs.",
    },
  );
}
