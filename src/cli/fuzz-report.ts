/**
 * What `dacapo fuzz` says at the end, as text for people.
 *
 * Invariant: pure functions of the result; the report of a failure ends with the one command that reproduces it,
 * on a line of its own.
 */
import { coverageLines } from "./coverage-report.ts";
import type { FuzzProgress } from "./fuzz-progress.ts";
import { count, formatDuration, formatNumber } from "./quantity.ts";
import type { CodeLocation, CrashSweep, FoundFailure, SimulationResult, TokenReplay } from "./simulator-module.ts";
import type { Style } from "./style.ts";

/** What a report needs to know besides the result. */
export interface ReportContext {
  /** The scenario file as the user wrote it: the command that reproduces a failure repeats it. */
  readonly file: string;
  readonly style: Style;
}

/** The report of a search that came to its end. */
export function searchReport(result: SimulationResult, context: ReportContext): string {
  const { style } = context;
  const { runs, seed, token } = result;
  if (result.outcome === "failed" && token === undefined) {
    // No single run failed: it is the search as a whole that shows nothing.
    return lines(
      `${style.bad("FAILED")} after ${count(runs, "run")} with seed ${seed}: ${failureOf(result)}`,
      ...coverageLines(result.coverage, runs, style),
    );
  }
  if (result.outcome === "failed") {
    return lines(
      `${style.bad("FAILED")} in run ${formatNumber(runs)} with seed ${seed}: ${failureOf(result)}`,
      ...failureLines(result, context),
    );
  }
  return lines(
    `${style.good("PASSED")} ${count(runs, "run")} with seed ${seed}`,
    `${count(result.coverage.steps, "step")} at ${formatNumber(result.stepsPerSecond)} a second, ` +
      `${formatDuration(result.virtualTime)} of simulated time`,
    ...coverageLines(result.coverage, runs, style),
  );
}

/** The report of a sweep of crash points. */
export function sweepReport(sweep: CrashSweep, context: ReportContext): string {
  const { style } = context;
  const { points, survived } = sweep;
  const survival = `${formatNumber(survived)} of ${count(points, "crash point")} survived`;
  if (sweep.outcome === "passed") return lines(`${style.good("PASSED")}: ${survival}`);
  return lines(
    `${style.bad("FAILED")}: ${survival}; the first that was not: ${failureOf(sweep)}`,
    ...failureLines(sweep, context),
  );
}

/** The report of a token that was replayed. */
export function replayReport(replay: TokenReplay, token: string, { file, style }: ReportContext): string {
  const again = ["Reproduce it on any machine with:", replayCommand(file, token)];
  switch (replay.verdict) {
    case "same":
      return lines(`${style.bad("FAILED")} again: ${failureOf(replay)}`, ...storyLines(replay, style), ...again);
    case "passed":
      return lines(`${style.good("PASSED")}: this run no longer fails.`, `The token was made for: ${replay.expected}.`);
    case "stale":
      return lines(
        style.warning(replay.message),
        "Until then nothing is known: the token tells neither that this code fails nor that it passes.",
        `The token was made for: ${replay.expected}.`,
      );
    case "other":
      return lines(
        `${style.bad("FAILED")}, but in another way: ${failureOf(replay)}`,
        `The token was made for: ${replay.expected}.`,
        ...storyLines(replay, style),
        ...again,
      );
  }
}

/** The report of a search that was stopped by hand. */
export function interruptionReport(
  progress: Pick<FuzzProgress, "searched" | "isShrinking">,
  seed: string,
  style: Style,
): string {
  const headline = style.warning("STOPPED");
  const { searched, isShrinking } = progress;
  if (searched === undefined) return lines(`${headline} before the first run with seed ${seed} had ended.`);
  if (isShrinking) {
    return lines(
      `${headline} while a failure was being simplified: run ${formatNumber(searched.runs)} with seed ${seed} fails.`,
      "Search again with this seed, and let the search finish, for the story and the token.",
    );
  }
  return lines(
    `${headline} after ${count(searched.runs, "run")} with seed ${seed}; none of them failed.`,
    ...coverageLines(searched.coverage, searched.runs, style),
  );
}

/** The command that reproduces a failure. */
export function replayCommand(file: string, token: string): string {
  return `npx dacapo fuzz ${quoteForShell(file)} --replay ${token}`;
}

function failureOf({ oracle, property, message }: FoundFailure): string {
  if (property !== undefined) return message ?? `"${property}" does not hold`;
  return `${whatFailed(oracle ?? "engine")}${message === undefined ? "" : `: ${message}`}`;
}

/** What it means that an oracle is violated, for those who do not know the oracles. */
function whatFailed(oracle: string): string {
  switch (oracle) {
    case "engine":
      return "the engine reports a bug of its own";
    case "determinism":
      return "the run cannot be reproduced";
    case "O6":
      return "the orchestrator does not repeat its history (O6)";
    case "O15":
      return "the orchestrator and its twin differ (O15)";
    default:
      return `a promise of the engine is broken (${oracle})`;
  }
}

/** The story of a failure, its size, and how to reproduce it. */
function failureLines(
  failure: FoundFailure & Pick<SimulationResult, "minimised" | "token">,
  { file, style }: ReportContext,
): readonly string[] {
  const { minimised, token } = failure;
  const size =
    minimised === undefined
      ? []
      : [`Simplified to ${count(minimised.choices, "choice")}, ${count(minimised.faults, "fault")} among them.`];
  // What does not repeat can only be tried again.
  const how =
    failure.oracle === "determinism" ? "Make this run twice again with:" : "Reproduce it on any machine with:";
  const again = token === undefined ? [] : [how, replayCommand(file, token)];
  return [...storyLines(failure, style), ...size, ...again];
}

function storyLines({ story = [], location }: FoundFailure, style: Style): readonly string[] {
  const width = String(story.length).length;
  const number = (index: number): string => style.faint(`${String(index + 1).padStart(width + 1)}.`);
  const line = location === undefined ? [] : locationLines(location, style);
  return ["", ...story.map((sentence, index) => `${number(index)} ${sentence}`), "", ...line];
}

/** The line of code that the failure leads to, as editors and terminals make a link of it. */
function locationLines({ file, line, column, text }: CodeLocation, style: Style): readonly string[] {
  const code = text === undefined ? [] : [`  ${style.faint(text)}`];
  return [`The line of code behind it: ${file}:${line}:${column}`, ...code, ""];
}

/** Quotes a path for a POSIX shell where it needs it. */
function quoteForShell(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

function lines(...all: readonly string[]): string {
  return `${all.join("\n")}\n`;
}
