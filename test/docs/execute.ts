/**
 * Runs what the documentation shows, each in a process of its own, on what the build made, as a reader does
 * (docs/adr/0004).
 */
import { spawn } from "node:child_process";
import { delimiter, join } from "node:path";
import { root } from "../tooling/repository.ts";

export interface Execution {
  readonly exitCode: number | null;
  /** What was printed to the standard output. */
  readonly output: string;
  /** What was printed to the standard error. */
  readonly errors: string;
}

/** Runs a TypeScript or JavaScript program in a folder, where it may leave files. */
export function runProgram(path: string, folder = root): Promise<Execution> {
  return execute(process.execPath, ["--import", import.meta.resolve("jiti/register"), path], folder);
}

/** Runs the command line, `dacapo`, in a folder. */
export function runDacapo(args: readonly string[], folder = root): Promise<Execution> {
  return execute(process.execPath, [join(root, "dist/cli/main.js"), ...args], folder);
}

/** Runs vitest in a folder, on the configuration that lies there. */
export function runVitest(args: readonly string[], folder: string): Promise<Execution> {
  return execute(process.execPath, [join(root, "node_modules/vitest/vitest.mjs"), ...args], folder);
}

/** Runs shell commands at the root of the repository, as a reader would after the installation. */
export function runCommands(commands: string): Promise<Execution> {
  return execute("bash", ["-euo", "pipefail", "-c", commands], root);
}

function execute(command: string, args: readonly string[], cwd: string): Promise<Execution> {
  const PATH = [join(root, "node_modules/.bin"), process.env["PATH"] ?? ""].join(delimiter);
  // The test runner's own variables would change what the program sees and prints.
  const { NODE_OPTIONS: _options, FORCE_COLOR: _color, VITEST: _vitest, ...env } = process.env;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...env, PATH, NO_COLOR: "1" } });
    let output = "";
    let errors = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
    child.on("error", reject);
    child.on("close", (exitCode) => resolve({ exitCode, output, errors }));
  });
}
