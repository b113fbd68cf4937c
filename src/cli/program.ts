/**
 * The commands of `dacapo` and their options, for the parser.
 *
 * Invariant: a command's own code is imported when the command runs, so that `dacapo --help` loads the parser
 * and nothing else.
 */
import { readFileSync } from "node:fs";
import { Command, Option } from "commander";
import type { ExitCode } from "./exit-code.ts";
import type { FuzzOptions } from "./fuzz-options.ts";
import { EPISODES_DEFAULT, RUNS_DEFAULT, parseFile, parseRuns, parseSeed } from "./fuzz-options.ts";
import type { LoadSimulator } from "./load-simulator.ts";
import type { Terminal } from "./terminal.ts";

/** Told with which code the command that ran wants to exit. */
export type OnExitCode = (code: ExitCode) => void;

/** Builds the parser. It throws a `CommanderError` in place of ending the process. */
export function dacapoProgram(terminal: Terminal, load: LoadSimulator | undefined, onExitCode: OnExitCode): Command {
  const program = new Command("dacapo")
    .description("Durable workflows for TypeScript, tested by crashing them.")
    .version(ownVersion(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .addHelpText("after", PROGRAM_HELP)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
      getOutHelpWidth: () => terminal.columns(),
      getErrHelpWidth: () => terminal.columns(),
      getOutHasColors: () => terminal.hasColours,
      getErrHasColors: () => false,
      // Every error is printed in one place, in one form: see run.ts.
      outputError: () => undefined,
    });
  program.addCommand(fuzzCommand(terminal, load, onExitCode).copyInheritedSettings(program));
  return program;
}

function fuzzCommand(terminal: Terminal, load: LoadSimulator | undefined, onExitCode: OnExitCode): Command {
  return new Command("fuzz")
    .summary("crash a workflow until it breaks, then explain how")
    .description(
      "Runs a scenario again and again on simulated workers, queues and clocks, each time with other crashes and " +
        "delays. A failure is simplified, told as a story, and reproduced by one line.",
    )
    .helpOption("-h, --help", "print this help")
    .argument(
      "<file>",
      "the scenario: a TypeScript or JavaScript file whose default export is scenario(...)",
      parseFile,
    )
    .addOption(
      new Option("--runs <number>", "stop after this many runs that pass; with --crash-everywhere: episodes to sweep")
        .default(undefined, `${RUNS_DEFAULT}; ${EPISODES_DEFAULT} episodes`)
        .argParser(parseRuns),
    )
    .option("--seed <seed>", "search as an earlier search with this seed did (default: a new one)", parseSeed)
    .addOption(new Option("--replay <token>", "repeat the one run that a token stands for").conflicts(["runs", "seed"]))
    .addOption(
      new Option("--crash-everywhere", "crash all workers at every step of every commit, one run each")
        .default(false)
        .conflicts(["replay"]),
    )
    .option("--json", "print one JSON object and nothing else", false)
    .addHelpText("after", FUZZ_HELP)
    .action(async (file: string, options: ParsedFuzzOptions) => {
      const { fuzz } = await import("./fuzz-command.ts");
      const { loadInstalledSimulator } = await import("./load-simulator.ts");
      onExitCode(await fuzz(fuzzOptions(file, options), terminal, load ?? loadInstalledSimulator));
    });
}

function fuzzOptions(file: string, { runs, seed, replay, crashEverywhere, json }: ParsedFuzzOptions): FuzzOptions {
  const runsDefault = crashEverywhere ? EPISODES_DEFAULT : RUNS_DEFAULT;
  return { file, runs: runs ?? runsDefault, seed, replay, crashEverywhere, json };
}

/** What the parser makes of the options of `fuzz`. */
interface ParsedFuzzOptions {
  readonly runs?: number;
  readonly crashEverywhere: boolean;
  readonly seed?: string;
  readonly replay?: string;
  readonly json: boolean;
}

const PROGRAM_HELP = `
Examples:
  $ npx dacapo fuzz payment.scenario.ts
  $ npx dacapo fuzz --help
`;

const FUZZ_HELP = `
Examples:
  $ npx dacapo fuzz payment.scenario.ts
  $ npx dacapo fuzz payment.scenario.ts --runs 10000 --seed 42
  $ npx dacapo fuzz payment.scenario.ts --crash-everywhere
  $ npx dacapo fuzz payment.scenario.ts --replay dacapo1:AbCd...
  $ npx dacapo fuzz payment.scenario.ts --json > result.json

Exit codes:
  0  every run passed, or every crash point was survived; with --replay: the token no longer fails
  1  a failure was found; with --replay: the same failure again
  2  the file or the options are wrong
  3  with --replay: the token is stale, or leads to another failure
`;

/** This package's version. Two folders up is the package, from `src/cli` and from `dist/cli` alike. */
function ownVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}
