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
import {
  EPISODES_DEFAULT,
  RUNS_DEFAULT,
  checkStep,
  parseFile,
  parseRuns,
  parseSeed,
  parseStep,
} from "./fuzz-options.ts";
import {
  PROJECT_DEFAULT,
  checkOutputs,
  parseMaxWarnings,
  parseProject,
  parseRules,
  parseSarif,
} from "./check-options.ts";
import type { LoadChecker } from "./load-checker.ts";
import type { LoadSimulator } from "./load-simulator.ts";
import {
  SCHEMA_DEFAULT,
  STORE_DEFAULT,
  parseConcurrency,
  parseStore,
  parseThreshold,
  type Store,
} from "./hub-arguments.ts";
import type { Terminal } from "./terminal.ts";

/** Told with which code the command that ran wants to exit. */
export type OnExitCode = (code: ExitCode) => void;

/** Finds the packages that commands need; where one is not given, the installed one is taken. */
export interface Loaders {
  readonly simulator?: LoadSimulator;
  readonly checker?: LoadChecker;
}

/** Builds the parser. It throws a `CommanderError` in place of ending the process. */
export function dacapoProgram(terminal: Terminal, load: Loaders, onExitCode: OnExitCode): Command {
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
  program.addCommand(fuzzCommand(terminal, load.simulator, onExitCode).copyInheritedSettings(program));
  program.addCommand(checkCommand(terminal, load.checker, onExitCode).copyInheritedSettings(program));
  program.addCommand(workerCommand(terminal, onExitCode).copyInheritedSettings(program));
  program.addCommand(doctorCommand(terminal, onExitCode).copyInheritedSettings(program));
  program.addCommand(moveCommand("export", terminal, onExitCode).copyInheritedSettings(program));
  program.addCommand(moveCommand("import", terminal, onExitCode).copyInheritedSettings(program));
  return program;
}

function moveCommand(name: "export" | "import", terminal: Terminal, onExitCode: OnExitCode): Command {
  const isExport = name === "export";
  const command = new Command(name)
    .summary(isExport ? "write a hub, running instances included, to a file" : "put an exported hub into an empty one")
    .description(
      isExport
        ? "Writes all of a hub to a new file of JSON Lines, as it is at one time. The hub itself is left as it is: stop its " +
            "workers first, or both hubs go on."
        : "Reads a file that export wrote, checks it, and puts the hub into an empty one, of whatever backend. What was " +
            "running goes on there once a worker is started.",
    )
    .helpOption("-h, --help", "print this help")
    .option("--schema <name>", SCHEMA_HELP)
    .addHelpText("after", MOVE_HELP)
    .action(
      async (first: string, second: string, flags: { readonly schema?: string; readonly offloadAbove?: number }) => {
        const { exportHub, importHub } = await import("./move-commands.ts");
        const [name, file] = isExport ? [first, second] : [second, first];
        const { schema, offloadAbove: threshold } = flags;
        onExitCode(
          await (isExport ? exportHub : importHub)({ store: parseStore(name), file, schema, threshold }, terminal),
        );
      },
    );
  if (!isExport) command.addOption(offloadOption());
  const backend = ["<backend>", "a SQLite file, or postgres://user:password@host:5432/database"] as const;
  const file = [
    "<file>",
    isExport ? "the file to write, which must not be there yet" : "a file that export wrote",
  ] as const;
  for (const [argument, what] of isExport ? [backend, file] : [file, backend]) command.argument(argument, what);
  return command;
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
    .option("--step <number>", "with --replay: print the state of everything after this step", parseStep)
    .addOption(
      new Option("--crash-everywhere", "crash all workers at every step of every commit, one run each")
        .default(false)
        .conflicts(["replay"]),
    )
    .option("--json", "print one JSON object and nothing else", false)
    .addHelpText("after", FUZZ_HELP)
    .action(async (file: string, options: ParsedFuzzOptions) => {
      checkStep({ step: options.step, replay: options.replay });
      const { fuzz } = await import("./fuzz-command.ts");
      const { loadInstalledSimulator } = await import("./load-simulator.ts");
      onExitCode(await fuzz(fuzzOptions(file, options), terminal, load ?? loadInstalledSimulator));
    });
}

function checkCommand(terminal: Terminal, load: LoadChecker | undefined, onExitCode: OnExitCode): Command {
  return new Command("check")
    .summary("find what a replay would not repeat, across files")
    .description(
      "Reads a whole program and follows every call that its orchestrators make, through helpers, files and packages " +
        "of the workspace, to clocks, randomness, I/O and whatever else a replay would not repeat.",
    )
    .helpOption("-h, --help", "print this help")
    .argument(
      "[tsconfig]",
      "the tsconfig of the program, or its folder; projects that it refers to are checked too (default: ./tsconfig.json)",
      parseProject,
    )
    .option("--strict", "add the rules of style and of doubt; every finding is an error", false)
    .option("--rule <name>", "run this rule alone; may be given several times", parseRules)
    .option("--settings <file>", 'read the settings from this JSON file (default: "dacapo" in package.json)')
    .addOption(
      new Option("--max-warnings <number>", "let this many warnings pass").default(0).argParser(parseMaxWarnings),
    )
    .option("--json", "print one JSON object and nothing else", false)
    .option("--sarif [file]", "write SARIF 2.1.0 to a file, or print it and nothing else", parseSarif)
    .addHelpText("after", CHECK_HELP)
    .action(async (project: string | undefined, parsed: ParsedCheckOptions) => {
      const { rule: rules, settings, sarif } = parsed;
      checkOutputs({ json: parsed.json, sarif });
      const { check } = await import("./check-command.ts");
      const { loadInstalledChecker } = await import("./load-checker.ts");
      const options = { ...parsed, project: project ?? PROJECT_DEFAULT, rules, settings, sarif };
      onExitCode(await check(options, terminal, load ?? loadInstalledChecker, ownVersion()));
    });
}

function workerCommand(terminal: Terminal, onExitCode: OnExitCode): Command {
  return new Command("worker")
    .summary("run workflows on a hub until told to stop")
    .description(
      "Runs the orchestrators, activities and entities that a file exports on the hub in a SQLite file or a PostgreSQL " +
        "database. Several workers may share a hub. Ctrl-C, or SIGTERM, lets what runs come to its end.",
    )
    .helpOption("-h, --help", "print this help")
    .argument("<file>", "a TypeScript or JavaScript file that exports definitions, by name or as a default array")
    .addOption(
      new Option("--backend <store>", "the SQLite file, or the postgres:// address, that keeps the hub")
        .default(parseStore(STORE_DEFAULT), STORE_DEFAULT)
        .argParser(parseStore),
    )
    .addOption(
      new Option("--concurrency <number>", "how many turns, and how many activities, run at a time")
        .default(undefined, "100")
        .argParser(parseConcurrency),
    )
    .addOption(offloadOption())
    .addHelpText("after", WORKER_HELP)
    .action(async (file: string, options: WorkerFlags) => {
      const { work } = await import("./worker-command.ts");
      const { backend: store, concurrency, offloadAbove: threshold } = options;
      onExitCode(await work({ file, store, concurrency, threshold }, terminal));
    });
}

interface WorkerFlags {
  readonly backend: Store;
  readonly concurrency?: number;
  readonly offloadAbove?: number;
}

function offloadOption(): Option {
  return new Option("--offload-above <length>", "keep payloads of more characters than this in a table beside the hub")
    .default(undefined, "none")
    .argParser(parseThreshold);
}

function doctorCommand(terminal: Terminal, onExitCode: OnExitCode): Command {
  return new Command("doctor")
    .summary("say how a hub stands: what waits, who holds it, what is stuck")
    .description(
      "Reads the hub in a SQLite file or a PostgreSQL database, while workers run or not, and changes nothing.",
    )
    .helpOption("-h, --help", "print this help")
    .argument("[store]", `the SQLite file, or the postgres:// address, that keeps the hub (default: ${STORE_DEFAULT})`)
    .option("--schema <name>", SCHEMA_HELP)
    .option("--json", "print one JSON object and nothing else", false)
    .addHelpText("after", DOCTOR_HELP)
    .action(async (name: string | undefined, { schema, json }: ParsedDoctorOptions) => {
      const { examine } = await import("./doctor-command.ts");
      onExitCode(await examine({ store: parseStore(name ?? STORE_DEFAULT), schema, json }, terminal));
    });
}

interface ParsedDoctorOptions {
  readonly schema?: string;
  readonly json: boolean;
}

/** What the parser makes of the options of `check`. */
interface ParsedCheckOptions {
  readonly strict: boolean;
  readonly rule?: readonly string[];
  readonly settings?: string;
  readonly maxWarnings: number;
  readonly json: boolean;
  readonly sarif?: true | string;
}

function fuzzOptions(file: string, options: ParsedFuzzOptions): FuzzOptions {
  const { runs, seed, replay, step, crashEverywhere, json } = options;
  const runsDefault = crashEverywhere ? EPISODES_DEFAULT : RUNS_DEFAULT;
  return { file, runs: runs ?? runsDefault, seed, replay, step, crashEverywhere, json };
}

/** What the parser makes of the options of `fuzz`. */
interface ParsedFuzzOptions {
  readonly runs?: number;
  readonly crashEverywhere: boolean;
  readonly seed?: string;
  readonly replay?: string;
  readonly step?: number;
  readonly json: boolean;
}

const SCHEMA_HELP = `the schema of a PostgreSQL database (default: ${SCHEMA_DEFAULT})`;

const PROGRAM_HELP = `
Examples:
  $ npx dacapo fuzz payment.scenario.ts
  $ npx dacapo check
  $ npx dacapo fuzz --help
`;

const MOVE_HELP = `
Examples:
  $ npx dacapo export app.db hub.jsonl
  $ npx dacapo import hub.jsonl postgres://app:secret@db.example.com:5432/app

Exit codes:
  0  the file, or the hub, is whole
  2  it could not be done: the message says why
`;

const FUZZ_HELP = `
Examples:
  $ npx dacapo fuzz payment.scenario.ts
  $ npx dacapo fuzz payment.scenario.ts --runs 10000 --seed 42
  $ npx dacapo fuzz payment.scenario.ts --crash-everywhere
  $ npx dacapo fuzz payment.scenario.ts --replay dacapo1:AbCd...
  $ npx dacapo fuzz payment.scenario.ts --replay dacapo1:AbCd... --step 12
  $ npx dacapo fuzz payment.scenario.ts --json > result.json

Exit codes:
  0  every run passed, or every crash point was survived; with --replay: the token no longer fails;
     with --step: it is shown
  1  a failure was found; with --replay: the same failure again
  2  the file or the options are wrong
  3  with --replay: the token is stale, or leads to another failure
`;

const CHECK_HELP = `
Examples:
  $ npx dacapo check
  $ npx dacapo check packages/orders/tsconfig.json --strict
  $ npx dacapo check --rule no-wall-clock --rule no-random
  $ npx dacapo check --json > findings.json
  $ npx dacapo check . --sarif dacapo.sarif

Exit codes:
  0  nothing was found, or no more warnings than --max-warnings lets pass
  1  something was found
  2  the program cannot be checked, or the options are wrong
`;

const WORKER_HELP = `
Examples:
  $ npx dacapo worker workflows.ts --backend app.db
  $ npx dacapo worker workflows.js --backend app.db --concurrency 16

Exit codes:
  0  told to stop, and stopped
  2  the file, the hub or the options cannot be used
`;

const DOCTOR_HELP = `
Examples:
  $ npx dacapo doctor app.db
  $ npx dacapo doctor app.db --json
  $ npx dacapo doctor postgres://app:secret@db.example.com:5432/app

Exit codes:
  0  nothing is stuck
  1  something is stuck
  2  the file or the database cannot be read, or holds no hub that this version can read
`;

/** This package's version. Two folders up is the package, from `src/cli` and from `dist/cli` alike. */
function ownVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}
