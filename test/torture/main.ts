/**
 * `npm run torture`: worker processes are killed, suspended and cut off while workflows run, and a ledger outside checks.
 *
 * Options: `--minutes N` is how long faults are made, all settings together (3); `--backend sqlite|postgres` takes one;
 * `--seed S` decides the faults; `--kill before:completeActivity:5` is where every worker kills itself, in place of where
 * the seed says; `--json` prints the reports as JSON; `--verbose` tells of each fault. Exits with 1 when it found something.
 */
import { parseArgs } from "node:util";
import { startPostgres } from "../backends/postgres-server.ts";
import type { Setting } from "./faults.ts";
import { readKillPoint } from "./kill-points.ts";
import { reportText } from "./report.ts";
import { torture, type TortureReport } from "./torture.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "3" },
    backend: { type: "string" },
    seed: { type: "string" },
    kill: { type: "string" },
    json: { type: "boolean", default: false },
    verbose: { type: "boolean", default: false },
  },
});

const SETTINGS: Readonly<Record<string, readonly Setting[]>> = {
  sqlite: ["sqlite", "sqlite-disk"],
  postgres: ["postgres"],
};

function refuse(text: string): never {
  console.error(text);
  process.exit(2);
}

const minutes = Number(values.minutes);
if (!(minutes > 0)) refuse(`--minutes ${values.minutes} is no number of minutes.`);
const settings = values.backend === undefined ? Object.values(SETTINGS).flat() : SETTINGS[values.backend];
if (settings === undefined) refuse(`--backend ${String(values.backend)} is neither sqlite nor postgres.`);
if (values.kill !== undefined) readKillPoint(values.kill);
const seed = values.seed ?? process.hrtime.bigint().toString(36);

async function run(setting: Setting): Promise<TortureReport> {
  const server = setting === "postgres" ? await startPostgres() : undefined;
  try {
    return await torture({
      setting,
      seed,
      faultsForMs: (minutes * 60_000) / (settings?.length ?? 1),
      ...(server === undefined ? undefined : { server }),
      ...(values.kill === undefined ? undefined : { killPoint: values.kill }),
      ...(values.verbose ? { progress: (text: string) => console.error(text) } : undefined),
    });
  } finally {
    await server?.stop();
  }
}

const reports: TortureReport[] = [];
for (const setting of settings) {
  const report = await run(setting);
  reports.push(report);
  if (!values.json) console.log(reportText(report));
}
if (values.json) console.log(JSON.stringify({ seed, reports }, undefined, 2));
process.exit(reports.every(({ findings }) => findings.length === 0) ? 0 : 1);
