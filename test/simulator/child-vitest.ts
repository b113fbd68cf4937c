/**
 * Runs vitest in a process of its own on the project in fixtures/vitest-project, as a user would.
 *
 * Invariant: what it prints is plain text, and the paths in it are relative to that project.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { root } from "../tooling/repository.ts";

export const project = join(root, "test/simulator/fixtures/vitest-project");

export interface VitestRun {
  readonly exitCode: number | null;
  /** Both outputs. */
  readonly text: string;
}

/** Runs the test files with these names, or all. */
export function runVitest(
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<VitestRun> {
  // The outer test runner's own variables would change what the inner one does.
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(VITEST|NODE_OPTIONS|FORCE_COLOR|DACAPO_)/.test(name),
  );
  const env = { ...Object.fromEntries(inherited), ...variables, NO_COLOR: "1", CI: "true" };
  const program = join(root, "node_modules/vitest/vitest.mjs");
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, "run", ...args], { cwd: project, env });
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (part: string) => (text += part));
    child.stderr.setEncoding("utf8").on("data", (part: string) => (text += part));
    child.on("error", reject);
    child.on("close", (exitCode) => resolve({ exitCode, text }));
  });
}

/** What was printed about one failed test: from its name to the next. */
export function failureOf({ text }: VitestRun, test: string): string {
  const begin = text.indexOf(`> ${test}\n`);
  const end = text.indexOf("⎯⎯⎯⎯⎯⎯⎯⎯[", begin);
  return begin < 0 ? "" : text.slice(begin, end);
}
