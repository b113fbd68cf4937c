/**
 * What a search reached, in words: which faults were injected, which `sometimes` properties held, how instances and
 * clients ended, and what was missed.
 *
 * Invariant: whatever makes a search prove less than it seems to is a warning: a `sometimes` property that never held,
 * runs that were cut, workflows that all failed, clients that never got to their end.
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
    ...ends(coverage),
    ...warnings(coverage, runs).flatMap((warning) => ["", ...warning.map((line) => style.warning(line))]),
  ];
}

/** How instances and clients ended, a line each. */
function ends({ instances, instanceErrors, clientsStopped }: Coverage): readonly string[] {
  const statuses = Object.entries(instances).map(([status, times]) => {
    const errors = status === "Failed" ? sumUp(instanceErrors) : "";
    return `${status} ${formatNumber(times)}${errors === "" ? "" : ` (${errors})`}`;
  });
  const clients = sumUp(clientsStopped);
  return [
    ...(statuses.length === 0 ? [] : ["", `Instances ended: ${statuses.join(", ")}`]),
    ...(clients === "" ? [] : [...(statuses.length === 0 ? [""] : []), `Clients stopped early: ${clients}`]),
  ];
}

function sumUp(counts: Counts): string {
  return Object.entries(counts)
    .map(([name, times]) => `${name} ${formatNumber(times)}`)
    .join(", ");
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

/** What the search does not prove although it may seem so, each with what to do. */
function warnings(coverage: Coverage, runs: number): readonly (readonly string[])[] {
  const { runsCut, maxSteps, instances, runsWithClientStopped } = coverage;
  const found: (readonly string[])[] = [];
  if (runsCut > 0) {
    const were = `${formatNumber(runsCut)} of ${count(runs, "run")} ${runsCut === 1 ? "was" : "were"} cut`;
    found.push([
      `Warning: ${were} after ${count(maxSteps, "step")}, so \`eventually\` was not checked there.`,
      "Let the workflows end, continue-as-new a limited number of times, or raise maxSteps in the scenario.",
    ]);
  }
  if ((instances["Failed"] ?? 0) > 0 && Object.keys(instances).every((status) => status === "Failed")) {
    found.push([
      "Warning: every instance failed, so what the workflows should do was hardly tested.",
      "Look at the errors above: is everything registered, and does every mock do its work?",
    ]);
  }
  if (runs > 0 && runsWithClientStopped === runs) {
    found.push([
      "Warning: in every run a client stopped early, so what it would have done next was not tested.",
      "Check the instance ids that the clients use, and what they wait for.",
    ]);
  }
  const unreached = Object.entries(coverage.sometimes).filter(([, times]) => times === 0);
  if (unreached.length > 0) {
    found.push([
      `Warning: never reached in ${count(runs, "run")}: ${unreached.map(([name]) => `"${name}"`).join(", ")}.`,
      "Search longer with --runs, or check that the clients can lead there.",
    ]);
  }
  return found;
}
