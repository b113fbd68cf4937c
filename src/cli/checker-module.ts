/**
 * What the command line calls of `@dacapo/eslint-plugin/check`, as far as it calls it.
 *
 * The engine does not depend on the plugin, not even on its types. So the shape is declared here, and the module that
 * was found is checked against it when it is loaded.
 */

/** A line of a file, counted from 1; the file relative to the working directory, with forward slashes. */
export interface CheckedLine {
  readonly file: string;
  readonly line: number;
}

/** One call on the way to a hazard; the last step is the hazard itself. */
export interface CheckStep extends CheckedLine {
  readonly name: string;
}

/** One thing that a replay would not repeat. */
export interface CheckFinding extends CheckedLine {
  readonly rule: string;
  readonly severity: "error" | "warn";
  readonly column: number;
  readonly message: string;
  readonly path: readonly CheckStep[];
}

/** What a check found. */
export interface CheckResult {
  readonly findings: readonly CheckFinding[];
  readonly files: number;
  readonly orchestrators: number;
  /** Files in which the analysis itself broke, and how. */
  readonly skipped: readonly { readonly file: string; readonly error: string }[];
}

export interface CheckRequest {
  readonly project: string;
  readonly directory: string;
  readonly strict: boolean;
  readonly rules?: readonly string[];
  readonly settingsFile?: string;
}

/** The functions of `@dacapo/eslint-plugin/check` that the command line calls. */
export interface CheckerModule {
  /** @throws an error with a hint when the program cannot be read. */
  check(request: CheckRequest): CheckResult;
  toSarif(result: CheckResult, version: string): object;
}

const FUNCTIONS = ["check", "toSarif"] as const satisfies readonly (keyof CheckerModule)[];

/** True when the module offers every function that the command line calls. */
export function isCheckerModule(module: unknown): module is CheckerModule {
  if (typeof module !== "object" || module === null) return false;
  return FUNCTIONS.every((name) => typeof (module as Readonly<Record<string, unknown>>)[name] === "function");
}
