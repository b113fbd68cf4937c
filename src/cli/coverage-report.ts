/**
 * What a search reached, in words: which faults were injected, which `sometimes` properties held, and what was
 * missed.
 *
 * Invariant: a `sometimes` property that never held is always named, since a search that never got there proves
 * nothing about it.
 */
import { count, formatNumber } from "./quantity.ts";
import type { Coverage } from "./simulator-module.ts";
import type { Style } from "./style.ts";

type Counts = Readonly<Record<string, number>>;

/** The lines of the summary, each part after an empty line, the warnings at the end. */
export function coverageLines(coverage: Coverage, runs: number, style: Style): readonly string[] {
  return [
    ...table("Faults injected", coverage.faults, "in no run", style),
    ...table("Sometimes", coverage.sometimes, "never held", style),
    ...warnings(coverage.sometimes, runs, style),
  ];
}

function table(title: string, counts: Counts, absent: string, style: Style): readonly string[] {
  const rows = Object.entries(counts);
  if (rows.length === 0) return [];
  const nameWidth = Math.max(...rows.map(([name]) => name.length));
  const numberWidth = Math.max(...rows.map(([, times]) => formatNumber(times).length));
  return [
    "",
    title,
    ...rows.map(([name, times]) => {
      const row = `  ${name.padEnd(nameWidth)}  ${formatNumber(times).padStart(numberWidth)}`;
      return times > 0 ? row : style.faint(`${row}  ${absent}`);
    }),
  ];
}

function warnings(sometimes: Counts, runs: number, style: Style): readonly string[] {
  const unreached = Object.entries(sometimes).filter(([, times]) => times === 0);
  if (unreached.length === 0) return [];
  const names = unreached.map(([name]) => `"${name}"`).join(", ");
  return [
    "",
    style.warning(`Warning: never reached in ${count(runs, "run")}: ${names}.`),
    style.warning("Search longer with --runs, or check that the clients can lead there."),
  ];
}
