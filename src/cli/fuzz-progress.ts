/**
 * Shows how far a search is: a block of lines that is rewritten where a person watches, a line now and then
 * elsewhere.
 *
 * Invariant: what it shows is worth nothing once the search has ended, so `clear()` removes every rewritten line,
 * and a pipe never sees a control sequence.
 */
import { count, formatDuration, formatNumber } from "./quantity.ts";
import type { Progress } from "./simulator-module.ts";
import type { Terminal } from "./terminal.ts";

const REWRITE_EVERY_MS = 100;
const LINE_EVERY_MS = 10_000;
/** Moves up `n` lines and erases everything from there on. */
const eraseLines = (n: number): string => `\u001b[${n}A\u001b[J`;

export class FuzzProgress {
  readonly #terminal: Terminal;
  readonly #isShown: boolean;
  readonly #startedAt: number;
  #shownAt: number;
  #linesShown = 0;
  #searched: Progress | undefined;
  #isShrinking = false;

  /** @param isShown false to take note of the progress and show none of it. */
  constructor(terminal: Terminal, isShown: boolean) {
    this.#terminal = terminal;
    this.#isShown = isShown;
    this.#startedAt = terminal.now();
    this.#shownAt = this.#startedAt;
  }

  /** How far the search came, for the summary of one that was interrupted. */
  get searched(): Progress | undefined {
    return this.#searched;
  }

  /** True once the last run of the search has failed, and is being made simpler. */
  get isShrinking(): boolean {
    return this.#isShrinking;
  }

  /** Takes note of the progress, and shows it when it is time to. */
  report(progress: Progress): void {
    this.#isShrinking = progress.phase === "shrinking";
    if (!this.#isShrinking) this.#searched = progress;
    if (!this.#isShown) return;
    const now = this.#terminal.now();
    if (now - this.#shownAt < (this.#terminal.isTTY ? REWRITE_EVERY_MS : LINE_EVERY_MS)) return;
    this.#shownAt = now;
    const seconds = (now - this.#startedAt) / 1000;
    if (this.#terminal.isTTY) this.#rewrite(progressLines(progress, seconds, this.#terminal.columns() - 1));
    else this.#terminal.stdout.write(`${progressLines(progress, seconds, Infinity).join(" ·")}\n`);
  }

  /** Removes what is shown. */
  clear(): void {
    if (this.#linesShown > 0) this.#terminal.stdout.write(eraseLines(this.#linesShown));
    this.#linesShown = 0;
  }

  #rewrite(lines: readonly string[]): void {
    this.clear();
    this.#terminal.stdout.write(`${lines.join("\n")}\n`);
    this.#linesShown = lines.length;
  }
}

/**
 * The lines that describe a search, `seconds` after its start: the figures, the faults by class, and the
 * `sometimes` properties that held. None is longer than `width`: a line that the screen wraps could not be erased.
 */
export function progressLines(progress: Progress, seconds: number, width: number): readonly string[] {
  const { phase, runs, runsMax, virtualTime, coverage } = progress;
  if (phase === "shrinking") {
    return [
      truncate(`Found a failure; simplifying it: ${formatNumber(runs)} of at most ${count(runsMax, "run")}`, width),
    ];
  }
  const figures = [
    `${formatNumber(runs)} of ${count(runsMax, "run")}`,
    `${formatNumber(runs / Math.max(seconds, 0.001))} runs/s`,
    count(coverage.steps, "step"),
    `${formatDuration(virtualTime)} simulated`,
    count(totalOf(coverage.faults), "fault"),
  ];
  return [
    truncate(figures.join(" · "), width),
    ...reachedLines("faults", coverage.faults, width),
    ...reachedLines("sometimes", coverage.sometimes, width),
  ];
}

/** What was reached, with how often, in as many lines as it takes. */
function reachedLines(title: string, counts: Readonly<Record<string, number>>, width: number): readonly string[] {
  const reached = Object.entries(counts).filter(([, times]) => times > 0);
  const lines: string[] = [];
  for (const [name, times] of reached) {
    const item = `${name} ${formatNumber(times)}`;
    const last = lines.at(-1);
    const longer = `${last ?? ""}, ${item}`;
    if (last === undefined) lines.push(`  ${title}: ${item}`);
    else if (longer.length <= width) lines[lines.length - 1] = longer;
    else lines.push(`    ${item}`);
  }
  return lines.map((line) => truncate(line, width));
}

function totalOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, times) => sum + times, 0);
}

function truncate(line: string, width: number): string {
  return line.length <= width ? line : `${line.slice(0, Math.max(width - 1, 0))}…`;
}
