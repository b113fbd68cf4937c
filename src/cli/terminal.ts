/**
 * What a command sees of the process that runs it: two streams, a clock for pacing, a
 * source of seeds, and Ctrl-C.
 *
 * Invariant: commands reach the machine through a `Terminal` alone, so that tests run them in process and read
 * what they print. Results go to `stdout`, everything that went wrong goes to `stderr`.
 */
import { randomInt } from "node:crypto";

/** Takes text; line breaks are the caller's. */
export interface TextSink {
  write(text: string): void;
}

/** The surroundings of a command. */
export interface Terminal {
  readonly stdout: TextSink;
  readonly stderr: TextSink;
  /** True when lines on `stdout` can be rewritten: a person watches. */
  readonly isTTY: boolean;
  /** True when `stdout` may be coloured. */
  readonly hasColours: boolean;
  /** The width of `stdout` in characters. */
  columns(): number;
  /** Milliseconds on a clock that never goes back; paces progress and measures nothing else. */
  now(): number;
  /** A seed that nobody has chosen. */
  drawSeed(): number;
  /** Calls `listener` at Ctrl-C, until the returned function is called. */
  onInterrupt(listener: () => void): () => void;
  /** Calls `listener` at Ctrl-C or when the process is told to terminate, until the returned function is called. */
  onStop(listener: () => void): () => void;
}

const COLUMNS_DEFAULT = 80;
/** Few digits, so that a person can retype a seed. */
const SEED_MAX = 1_000_000_000;

/**
 * The terminal, or the pipes, of this process.
 * @param output writes on the standard output, whatever has become of `process.stdout.write`.
 */
export function processTerminal(output: TextSink): Terminal {
  const { stdout, stderr, env } = process;
  // `TERM=dumb` names a terminal that knows no control sequences.
  const isTTY = stdout.isTTY && env["TERM"] !== "dumb";
  const noColour = env["NO_COLOR"] ?? "";
  return {
    stdout: output,
    stderr,
    isTTY,
    hasColours: isTTY && noColour === "",
    columns: () => (stdout.isTTY && stdout.columns > 0 ? stdout.columns : COLUMNS_DEFAULT),
    now: () => performance.now(),
    drawSeed: () => randomInt(SEED_MAX),
    onInterrupt: (listener) => {
      process.once("SIGINT", listener);
      return () => process.off("SIGINT", listener);
    },
    onStop: (listener) => {
      process.once("SIGINT", listener).once("SIGTERM", listener);
      return () => process.off("SIGINT", listener).off("SIGTERM", listener);
    },
  };
}
