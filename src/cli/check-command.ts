/**
 * `dacapo check`: looks in a whole program for what a replay would not repeat.
 *
 * Invariant: with `--json` or `--sarif` the standard output holds one JSON object or, when there is nothing to judge,
 * nothing.
 */
import { statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { InvalidArgumentError } from "../core/errors.ts";
import type { CheckOptions } from "./check-options.ts";
import { checkObject, checkReport } from "./check-report.ts";
import type { CheckResult } from "./checker-module.ts";
import { EXIT_CODE } from "./exit-code.ts";
import type { ExitCode } from "./exit-code.ts";
import type { LoadChecker } from "./load-checker.ts";
import { styleFor } from "./style.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Runs the command and says with which code to exit.
 * @param version the version that reports name.
 * @throws whatever the checker throws when the program cannot be read.
 */
export async function check(
  options: CheckOptions,
  terminal: Terminal,
  load: LoadChecker,
  version: string,
): Promise<ExitCode> {
  const { project, strict, rules, settings, sarif, json } = options;
  const directory = process.cwd();
  const checker = await load(asFile(resolve(directory, project)));
  const result = checker.check({
    project,
    directory,
    strict,
    ...(rules === undefined ? {} : { rules }),
    ...(settings === undefined ? {} : { settingsFile: settings }),
  });
  for (const { file, error } of result.skipped) {
    terminal.stderr.write(`dacapo: ${file} was left out, since the check broke in it: please report this. ${error}\n`);
  }
  const log = sarif === undefined ? "" : toJson(checker.toSarif(result, version));
  if (typeof sarif === "string") writeLog(sarif, log);
  if (sarif === true) terminal.stdout.write(log);
  else if (json) terminal.stdout.write(toJson(checkObject(result)));
  else terminal.stdout.write(checkReport(result, styleFor(terminal.hasColours)));
  return isFine(result, options.maxWarnings) ? EXIT_CODE.passed : EXIT_CODE.failed;
}

/** A path that modules can be resolved from: of a folder, that of a file in it. */
function asFile(path: string): string {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true ? join(path, "tsconfig.json") : path;
}

function isFine({ findings }: CheckResult, maxWarnings: number): boolean {
  return findings.every(({ severity }) => severity === "warn") && findings.length <= maxWarnings;
}

function writeLog(file: string, log: string): void {
  try {
    writeFileSync(file, log);
  } catch (error) {
    throw new InvalidArgumentError(`The file ${file} cannot be written.`, {
      hint: "Name one in a folder that exists and may be written to.",
      cause: error,
    });
  }
}

function toJson(result: object): string {
  return `${JSON.stringify(result, undefined, 2)}\n`;
}
