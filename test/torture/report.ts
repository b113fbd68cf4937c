/**
 * What a run came to, in words.
 */
import type { TortureReport } from "./torture.ts";

/** A few lines about one run. */
export function reportText(report: TortureReport): string {
  const { setting, seed, seconds, findings, folder } = report;
  const lines = [
    `${findings.length === 0 ? "passed" : "FAILED"}  ${setting}, seed ${seed}, ${seconds} s`,
    `        ${report.instances} orchestrations (${counts(report.byWorkflow)}), ${report.signals} signals of the client`,
    `        ${report.effects} effects, ${report.repeatedEffects} of them asked for again`,
    `        faults: ${counts(report.faults)}; ${report.workersStarted} workers were started`,
    `        killed at: ${counts(report.killPoints)}`,
    ...findings.map((finding) => `        ! ${finding}`),
  ];
  if (folder !== undefined) lines.push(`        What it left is in ${folder}`);
  return lines.join("\n");
}

function counts(of: Readonly<Record<string, number>>): string {
  const sorted = Object.entries(of).sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([name, count]) => `${name} ${count}`).join(", ") || "none";
}
