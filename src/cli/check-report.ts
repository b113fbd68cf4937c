/**
 * What `dacapo check` tells a person, and what it prints with `--json`.
 *
 * Invariant: pure; every path is told one call a line, so that a reader can follow it with the editor.
 */
import type { CheckFinding, CheckResult, CheckStep } from "./checker-module.ts";
import { count } from "./quantity.ts";
import type { Style } from "./style.ts";

/** Returns the report of a check. */
export function checkReport(result: CheckResult, style: Style): string {
  const { findings, files, orchestrators } = result;
  const parts = findings.map((finding) => findingReport(finding, style));
  const total = `${count(findings.length, "finding")} in ${count(files, "file")} (${count(orchestrators, "orchestrator")})`;
  parts.push(findings.length === 0 ? style.good(total) : style.bad(total));
  if (orchestrators === 0) parts.push(NO_ORCHESTRATOR);
  return `${parts.join("\n")}\n`;
}

const NO_ORCHESTRATOR =
  "Nothing in these files was recognised as an orchestrator. Does the tsconfig include them? " +
  'Functions that are recognised nowhere else can be marked with "use orchestrator".';

function findingReport(finding: CheckFinding, style: Style): string {
  const { file, line, column, rule, severity, message, path } = finding;
  const paint = severity === "error" ? style.bad : style.warning;
  const head = `${style.strong(`${file}:${line}:${column}`)}  ${paint(rule)}`;
  return [head, `  ${message}`, ...pathReport(path, style), ""].join("\n");
}

function pathReport(path: readonly CheckStep[], style: Style): readonly string[] {
  const width = Math.max(0, ...path.map(({ name }) => name.length));
  return path.map(({ name, file, line }) => `    ${name.padEnd(width)}  ${style.faint(`${file}:${line}`)}`);
}

/** Returns the object that `--json` prints: these properties and no others. */
export function checkObject({ findings, files, orchestrators }: CheckResult): object {
  return {
    findings: findings.map(({ rule, file, line, column, message, path }) => ({
      rule,
      file,
      line,
      column,
      message,
      path: path.map(({ name, file: at, line: on }) => ({ name, file: at, line: on })),
    })),
    files,
    orchestrators,
  };
}
