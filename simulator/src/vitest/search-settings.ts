/**
 * How much a test searches: its options, and what the environment says to all tests of a run.
 *
 * Invariant: without either, every run of the tests makes the same search.
 */
import { env } from "node:process";
import { InvalidArgumentError } from "dacapo";

/** Options of every test that searches. */
export interface SearchOptions {
  /** How many runs to make, at most. The environment variable DACAPO_RUNS overrides it. */
  readonly runs?: number;
  /** Names the search: the same seed makes the same runs. DACAPO_SEED, or "1", unless given. */
  readonly seed?: string | number;
}

/** The number of runs and the seed. @throws InvalidArgumentError when DACAPO_RUNS is no number of runs. */
export function searchSettings(
  { runs, seed }: SearchOptions,
  runsDefault: number,
): { readonly runs: number; readonly seed: string } {
  return { runs: runsFromEnvironment() ?? runs ?? runsDefault, seed: String(seed ?? env["DACAPO_SEED"] ?? "1") };
}

function runsFromEnvironment(): number | undefined {
  const text = env["DACAPO_RUNS"];
  if (text === undefined || text === "") return undefined;
  const runs = Number(text);
  if (Number.isSafeInteger(runs) && runs >= 1) return runs;
  throw new InvalidArgumentError(`The environment variable DACAPO_RUNS is "${text}".`, {
    hint: "Set it to how many runs each simulation makes, such as DACAPO_RUNS=10000, or not at all.",
  });
}
