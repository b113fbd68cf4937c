/**
 * The options of `dacapo fuzz`, from text to values.
 *
 * Invariant: every refusal is one sentence that says what is wrong and one that says what to do.
 */
import { InvalidArgumentError } from "../core/errors.ts";

/** What the command line said. */
export interface FuzzOptions {
  /** The scenario file, as it was written. */
  readonly file: string;
  readonly runs: number;
  /** Drawn by the command unless given. */
  readonly seed: string | undefined;
  /** Replays this token in place of a search. */
  readonly replay: string | undefined;
  /** Sweeps `runs` episodes in place of a search: a crash of all workers at every step of every commit. */
  readonly crashEverywhere: boolean;
  /** Prints one JSON object and nothing else. */
  readonly json: boolean;
}

/** How many runs a search makes unless told otherwise. */
export const RUNS_DEFAULT = 1000;

/** How many episodes a sweep of crash points covers unless told otherwise. */
export const EPISODES_DEFAULT = 5;

/**
 * Reads the number of runs.
 * @throws InvalidArgumentError unless it is a whole number from 1 on.
 */
export function parseRuns(text: string): number {
  const runs = Number(text);
  if (/^\d+$/.test(text) && runs >= 1 && Number.isSafeInteger(runs)) return runs;
  throw new InvalidArgumentError(`"${text}" is not a number of runs.`, {
    hint: "Give --runs a whole number from 1 on, such as --runs 200.",
  });
}

/**
 * Reads the name of the scenario file.
 * @throws InvalidArgumentError when it is blank, as an unset variable of a script is.
 */
export function parseFile(text: string): string {
  if (text.trim() !== "") return text;
  throw new InvalidArgumentError("The name of the scenario file is empty.", {
    hint: "Name the file, as in: npx dacapo fuzz payment.scenario.ts",
  });
}

/**
 * Reads a seed: any text, since it is only ever hashed.
 * @throws InvalidArgumentError when it is empty, or an option that stands where the seed should.
 */
export function parseSeed(text: string): string {
  if (/^--?[a-z]/i.test(text)) {
    throw new InvalidArgumentError(`"${text}" is not a seed but an option.`, {
      hint: "Give --seed the seed of an earlier search, such as --seed 42.",
    });
  }
  if (text.trim() !== "") return text.trim();
  throw new InvalidArgumentError("The seed is empty.", {
    hint: "Give --seed the seed of an earlier search, or leave it out to draw a new one.",
  });
}
