/**
 * `simTest`: a scenario as a test of vitest's.
 *
 * Invariant: the test fails exactly when a run fails; it needs nothing of the process but vitest's `test`.
 */
import { InvalidArgumentError } from "dacapo";
import { test } from "vitest";
import { replayToken } from "../explore/replay-token.ts";
import { simulate } from "../explore/simulate.ts";
import type { CodeLocation } from "../report/code-location.ts";
import { callerOf } from "../report/code-location.ts";
import { fileOf } from "../scenario/scenario-file.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { isScenario } from "../scenario/scenario.ts";
import type { FailingTest } from "./fail-test.ts";
import { searchFailed, tokenFailed } from "./fail-test.ts";
import type { SearchOptions } from "./search-settings.ts";
import { searchSettings } from "./search-settings.ts";

export interface SimTestOptions extends SearchOptions {
  /** Replays this failure instead of searching: a regression test. */
  readonly token?: string;
  /** How many runs making a failure simpler may take: 1,000 unless given. */
  readonly maxShrinkRuns?: number;
  /** The test is given up after this many milliseconds of real time: 120,000 unless given. */
  readonly timeout?: number;
}

const RUNS_DEFAULT = 300;
const TIMEOUT_MS_DEFAULT = 120_000;

type Register = (name: string, options: { readonly timeout: number }, body: () => Promise<void>) => void;

/** Registers a test that crashes a scenario. */
export interface SimTest {
  (name: string, scenario: Scenario, options?: SimTestOptions): void;
  /** Runs this test alone, as `test.only` does. */
  only(name: string, scenario: Scenario, options?: SimTestOptions): void;
  /** Leaves this test out, as `test.skip` does. */
  skip(name: string, scenario: Scenario, options?: SimTestOptions): void;
}

/**
 * Registers a test that fails when a run of the scenario does: up to 300 runs with the seed "1" unless told otherwise,
 * or the one run of a token.
 *
 * @throws InvalidArgumentError when it is given no scenario.
 * @example
 * simTest("an order survives crashes", purchaseApproval, { runs: 500 });
 */
export const simTest: SimTest = Object.assign(variant(test), { only: variant(test.only), skip: variant(test.skip) });

function variant(register: Register): (name: string, scenario: Scenario, options?: SimTestOptions) => void {
  const simulationTest = (name: string, scenario: Scenario, options: SimTestOptions = {}): void => {
    if (!isScenario(scenario)) {
      throw new InvalidArgumentError(`simTest("${name}", ...) was given no scenario.`, {
        hint: 'Pass what scenario("name", { ... }) returned, or import it from the file that exports it.',
      });
    }
    const at = callerOf(simulationTest);
    register(name, { timeout: options.timeout ?? TIMEOUT_MS_DEFAULT }, () => judge(name, scenario, options, at));
  };
  return simulationTest;
}

async function judge(
  name: string,
  scenario: Scenario,
  options: SimTestOptions,
  at: CodeLocation | undefined,
): Promise<void> {
  const failing: FailingTest = { scenario: scenario.name, at, again: replayedBy(name, scenario, at) };
  const { token, maxShrinkRuns } = options;
  if (token !== undefined) {
    const replay = await replayToken(scenario, token);
    if (replay.verdict !== "passed") throw tokenFailed(replay, token, failing);
    return;
  }
  const shrinking = maxShrinkRuns === undefined ? {} : { maxShrinkRuns };
  const result = await simulate(scenario, { ...searchSettings(options, RUNS_DEFAULT), ...shrinking });
  if (result.outcome === "failed") throw searchFailed(result, failing);
}

/** The lines that replay a token of the scenario. */
export function replayedBy(
  name: string,
  scenario: Scenario,
  at: CodeLocation | undefined,
): (token: string) => readonly string[] {
  const file = fileOf(scenario);
  return (token) => {
    const asTest = `  simTest(${JSON.stringify(name)}, <the scenario>, { token: "${token}" });`;
    // A test file is none that the command line could load.
    if (file === undefined || file === at?.file) return [asTest];
    return [
      asTest,
      `or, where ${file} exports the scenario by default:`,
      `  npx dacapo fuzz ${file} --replay ${token}`,
    ];
  };
}
