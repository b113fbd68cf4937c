/**
 * Which shell commands the documentation may show: those that exist. A command that is not run by the tests must
 * at least be an npm script, a subcommand of `dacapo`, or a well-known tool on files that are there.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root, textOf } from "../tooling/repository.ts";
import { type Block, withoutLineBreaks } from "./blocks.ts";
import { runDacapo } from "./execute.ts";

/** The commands of an `sh` or `console` block, one a line, without comments and without what they print. */
export function commandsOf(block: Block): readonly string[] {
  const lines = withoutLineBreaks(block.code)
    .split("\n")
    .map((line) => line.trim());
  const typed =
    block.language === "console"
      ? lines.filter((line) => line.startsWith("$ ")).map((line) => line.slice(2))
      : lines.filter((line) => line !== "" && !line.startsWith("#"));
  return typed.map((line) => line.replace(/\s+#\s.*$/, "")).flatMap((line) => line.split(/\s+&&\s+/));
}

/** The subcommands that the command line's own help lists. */
export async function subcommandsOfDacapo(): Promise<readonly string[]> {
  const { output } = await runDacapo(["--help"]);
  const [, list = ""] = output.split(/^Commands:\n/m);
  return [...list.matchAll(/^ {2}(\w[\w-]*)/gm)].map((match) => match[1]!);
}

/** Why a reader could not run this command, or nothing when it is fine. */
export function objectionTo(command: string, subcommands: readonly string[]): string | undefined {
  const [program = "", first = "", second = ""] = command.replace(/^([A-Z_]+=\S+ )+/, "").split(/\s+/);
  const missing = filesNamedIn(command).find((path) => !existsSync(join(root, path)));
  if (missing !== undefined) return `there is no file ${missing}`;
  switch (program) {
    case "npm":
      return objectionToNpm(first, second);
    case "npx":
      return objectionToNpx(first, second, subcommands);
    case "node":
      return first === "" || first.startsWith("-") ? "node runs a file of the repository" : undefined;
    case "git":
    case "cd":
    case "mkdir":
      return undefined;
    case ".ci/run":
      return existsSync(join(root, program)) ? undefined : "it is not there";
    default:
      return `"${program}" is not a command that these pages may use`;
  }
}

function objectionToNpm(verb: string, name: string): string | undefined {
  const { scripts } = JSON.parse(textOf("package.json")) as { readonly scripts: Readonly<Record<string, string>> };
  if (verb === "ci" || verb === "install" || verb === "i") return undefined;
  if (verb === "test" || verb === "init") return undefined;
  if (verb !== "run") return `"npm ${verb}" is not a command that these pages may use`;
  return name in scripts ? undefined : `there is no npm script "${name}"`;
}

function objectionToNpx(name: string, subcommand: string, subcommands: readonly string[]): string | undefined {
  if (["vitest", "eslint", "prettier", "tsc", "depcruise"].includes(name)) return undefined;
  if (name !== "dacapo") return `npx ${name} is not a command that these pages may use`;
  if (subcommand === "" || subcommand.startsWith("-") || subcommands.includes(subcommand)) return undefined;
  return `dacapo has no subcommand "${subcommand}"`;
}

/** Words that look like files of this repository: a path with a folder and an ending. */
function filesNamedIn(command: string): readonly string[] {
  if (/^(git|npm (install|i)) /.test(command)) return [];
  return command.split(/\s+/).filter((word) => /^[\w.@-]+(\/[\w.@-]+)+\.\w+$/.test(word));
}
