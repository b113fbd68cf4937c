/**
 * The command line as a function: arguments in, exit code out.
 *
 * Invariant: never throws and never ends the process. What the user can put right is said on `stderr` in a
 * sentence or two, without a stack and without the password of any address; a stack is shown only where Dacapo itself, or the
 * scenario's own code, broke.
 */
import { CommanderError } from "commander";
import { EXIT_CODE } from "./exit-code.ts";
import type { ExitCode } from "./exit-code.ts";
import { dacapoProgram } from "./program.ts";
import type { Loaders } from "./program.ts";
import type { Terminal } from "./terminal.ts";
import { withoutPasswords } from "./without-passwords.ts";

/**
 * Runs `dacapo` with the given arguments, which do not include the program's own name.
 * @param load finds the packages that commands need; the installed ones unless given.
 * @example
 * const code = await run(["fuzz", "payment.scenario.ts", "--runs", "200"], terminal);
 */
export async function run(argv: readonly string[], terminal: Terminal, load: Loaders = {}): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT_CODE.passed;
  const program = dacapoProgram(terminal, load, (code) => {
    exitCode = code;
  });
  try {
    if (argv.length === 0) {
      program.outputHelp({ error: true });
      terminal.stderr.write("\ndacapo: No command was given. Name one of those above.\n");
      return EXIT_CODE.unusable;
    }
    await program.parseAsync(argv, { from: "user" });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) return explain(error, terminal);
    // Help and version were asked for, and printed.
    if (error.exitCode === 0) return EXIT_CODE.passed;
    const command = program.commands.find((each) => each.name() === argv[0]);
    const help = ["npx dacapo", ...(command === undefined ? [] : [command.name()]), "--help"].join(" ");
    const sentence = withoutPasswords(asSentence(error.message));
    terminal.stderr.write(`dacapo: ${sentence} Run "${help}" to see what is possible.\n`);
    return EXIT_CODE.unusable;
  }
}

/** Says what went wrong while a command ran, and with which code to exit. */
function explain(error: unknown, { stderr }: Terminal): ExitCode {
  if (error instanceof Error && isForTheUser(error)) {
    stderr.write(`dacapo: ${withoutPasswords(error.message)}\n`);
    return EXIT_CODE.unusable;
  }
  const stack = withoutPasswords(error instanceof Error ? (error.stack ?? error.message) : String(error));
  const isBroken = error instanceof Error && codeOf(error) === "INVARIANT";
  // Whatever else is thrown comes from the user's own code, such as what builds a scenario's outside world.
  stderr.write(`dacapo: ${isBroken ? "Dacapo is broken." : "Stopped by an error that nothing caught."}\n${stack}\n`);
  return isBroken ? EXIT_CODE.internal : EXIT_CODE.unusable;
}

/** True for an error that says what the user can do: of this copy of the engine, or of the simulator's. */
function isForTheUser(error: Error): boolean {
  return "hint" in error && "retryable" in error && codeOf(error) !== "INVARIANT";
}

function codeOf(error: Error): unknown {
  return "code" in error ? error.code : undefined;
}

/** The parser says `error: unknown option '--rums'`, and puts suggestions on a line of their own in brackets. */
function asSentence(message: string): string {
  const [problem = "", ...suggestions] = message.replace(/^error: /, "").split("\n");
  const sentence = `${problem.slice(0, 1).toUpperCase()}${problem.slice(1)}`.replace(/\.?$/, ".");
  return [sentence, ...suggestions.map((suggestion) => suggestion.replace(/^\((.*)\)$/, "$1"))].join(" ");
}
