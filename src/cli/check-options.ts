/**
 * The options of `dacapo check`, from text to values.
 *
 * Invariant: every refusal is one sentence that says what is wrong and one that says what to do.
 */
import { basename } from "node:path";
import { InvalidArgumentError } from "../core/errors.ts";

/** What the command line said. */
export interface CheckOptions {
  /** A tsconfig, or the folder of one, as it was written. */
  readonly project: string;
  /** Prints one JSON object and nothing else. */
  readonly json: boolean;
  /** Writes SARIF: to the standard output, or to a file. */
  readonly sarif: true | string | undefined;
  readonly strict: boolean;
  /** Only these rules. */
  readonly rules: readonly string[] | undefined;
  readonly settings: string | undefined;
  /** How many warnings are let pass. */
  readonly maxWarnings: number;
}

/** The configuration that is checked unless one is named. */
export const PROJECT_DEFAULT = ".";

/**
 * Reads the name of the configuration.
 * @throws InvalidArgumentError when it is blank, as an unset variable of a script is.
 */
export function parseProject(text: string): string {
  if (text.trim() !== "") return text;
  throw new InvalidArgumentError("The name of the tsconfig is empty.", {
    hint: "Name the configuration, as in: npx dacapo check tsconfig.json",
  });
}

/**
 * Reads a number of warnings.
 * @throws InvalidArgumentError unless it is a whole number from 0 on.
 */
export function parseMaxWarnings(text: string): number {
  const warnings = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(warnings)) return warnings;
  throw new InvalidArgumentError(`"${text}" is not a number of warnings.`, {
    hint: "Give --max-warnings a whole number from 0 on, such as --max-warnings 10.",
  });
}

/** Reads the names of rules, several in one text or in several: `--rule no-io,no-random --rule no-wall-clock`. */
export function parseRules(text: string, before: readonly string[] | undefined): readonly string[] {
  const names = text.split(/[\s,]+/).filter((name) => name !== "");
  if (names.length > 0 && !names.some((name) => name.startsWith("-"))) return [...(before ?? []), ...names];
  throw new InvalidArgumentError(`"${text}" is not the name of a rule.`, {
    hint: "Name one, such as --rule no-wall-clock.",
  });
}

/**
 * Reads where the SARIF goes.
 * @throws InvalidArgumentError when that would overwrite a configuration: the option takes what stands after it.
 */
export function parseSarif(text: string): string {
  if (/^(?:ts|js)config\b.*\.json$/i.test(basename(text))) {
    throw new InvalidArgumentError(`--sarif would overwrite ${text}.`, {
      hint: `Put the tsconfig first, as in: npx dacapo check ${text} --sarif`,
    });
  }
  if (text.trim() !== "") return text;
  throw new InvalidArgumentError("The name of the SARIF file is empty.", {
    hint: "Name the file, or leave it out to write to the standard output.",
  });
}

/**
 * Checks that one thing is asked of the standard output.
 * @throws InvalidArgumentError where two are.
 */
export function checkOutputs({ json, sarif }: Pick<CheckOptions, "json" | "sarif">): void {
  if (!json || sarif !== true) return;
  throw new InvalidArgumentError("Both --json and --sarif would write to the standard output.", {
    hint: "Name a file for one of them: --sarif check.sarif",
  });
}
