/**
 * Keeps the standard output for results, which scripts read: what a scenario prints while it is simulated is none.
 *
 * Invariant: once claimed, only the claimer's texts reach the standard output, to the end of the process. What
 * anybody else writes there, through `console` or `process.stdout`, comes out on the standard error. Called by
 * `main.ts` alone, before any of the user's code is loaded.
 */
import { Console } from "node:console";

/** The standard output, in the hands of its one writer. */
export interface StandardOutput {
  /** @param onWritten called once the text, and everything before it, is through. */
  write(text: string, onWritten?: () => void): void;
}

/** Takes the standard output for the caller, and diverts everybody else to the standard error. */
export function claimStandardOutput(): StandardOutput {
  const { stdout, stderr } = process;
  const write: (text: string, onWritten?: () => void) => boolean = stdout.write.bind(stdout);
  stdout.write = stderr.write.bind(stderr);
  // Not the default console: it holds on to the streams that it was made with.
  globalThis.console = new Console(stderr);
  return { write: (text, onWritten) => void write(text, onWritten) };
}
