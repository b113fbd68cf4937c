/**
 * `npm run mutants`: how good is the simulator at finding bugs? Searches for each planted bug until it is found, and
 * searches with the engine as it is, where nothing may be found.
 *
 * Options: `--json` prints `{ mutants, clean }`; `--only A1,B2` takes these bugs and leaves out the clean engine;
 * `--runs N` is the budget of each bug (2,000), `--clean N` that of the clean engine (20,000), `--shrink N` that of making
 * a failure simple (500); `--seed S`; `--story` tells how each bug was found; `--write` records the tokens and the tables
 * of docs/planted-bugs.md.
 *
 * What finds what: `--all` searches all workloads, not just those that a bug names; `--without a,b` leaves out classes of
 * fault, `--alone a` leaves out all others, `--blind O5` leaves out oracles, `--blind properties` what the workloads
 * check themselves. What then survives needed them.
 */
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import "../runtime/typescript-hooks.mjs";

const root = resolve(import.meta.dirname, "../..");
const { catalogue } = await import("./catalogue.ts");
const { median, record } = await import("./record.ts");
const { WORKLOADS } = await import("./mutant.ts");

const { values: options } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    only: { type: "string" },
    runs: { type: "string", default: "2000" },
    clean: { type: "string" },
    seed: { type: "string", default: "1" },
    shrink: { type: "string", default: "500" },
    write: { type: "boolean", default: false },
    story: { type: "boolean", default: false },
    all: { type: "boolean", default: false },
    without: { type: "string" },
    alone: { type: "string" },
    blind: { type: "string" },
  },
});

/** A bug may hang the engine for good; wall time ends that process, and decides nothing else. */
const HANGS_AFTER_MS = 600_000;

/** Runs one job in a process of its own. */
function work(job) {
  return new Promise((done) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, "hunt.mjs"), JSON.stringify(job)], {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    let errors = "";
    child.stdout.on("data", (text) => (output += text));
    child.stderr.on("data", (text) => (errors += text));
    const timer = setTimeout(() => child.kill("SIGKILL"), HANGS_AFTER_MS);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      if (code === 0) done(JSON.parse(output));
      else done({ error: signal === "SIGKILL" ? "it hangs" : errors.trim().slice(-2_000) });
    });
  });
}

/** Does all jobs, as many at a time as there are cores. */
async function workAll(jobs, onDone) {
  const results = [];
  const queue = [...jobs.entries()];
  const lane = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, job] = next;
      results[index] = await work(job);
      onDone(job, results[index]);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, lane));
  return results;
}

const only = options.only?.split(",");
const chosen = catalogue.filter(({ id, awaits }) => (only === undefined ? awaits === undefined : only.includes(id)));
const unknown = (only ?? []).filter((id) => chosen.every((mutant) => mutant.id !== id));
if (unknown.length > 0) {
  console.error(
    `There is no planted bug ${unknown.join(", ")}. There are: ${catalogue.map(({ id }) => id).join(" ")}.`,
  );
  process.exit(2);
}

const { seed } = options;
const shrinkRuns = Number(options.shrink);
const hunts = chosen.map(({ id, workloads }) => ({
  ...{ task: "hunt", id, runs: Number(options.runs), seed, shrinkRuns },
  workloads: options.all ? WORKLOADS : workloads,
  without: options.without?.split(","),
  only: options.alone?.split(","),
  blind: options.blind?.split(","),
}));
const cleanRuns = Number(options.clean ?? (only === undefined ? "20000" : "0"));
/** In parts, so that all cores have work until the end. */
const PARTS = 4;
const cleans = WORKLOADS.flatMap((workload) =>
  Array.from({ length: PARTS }, (_, part) => ({
    ...{ task: "clean", workload, seed: `clean/${seed}/${part}` },
    runs: Math.round(cleanRuns / WORKLOADS.length / PARTS),
  })),
).filter(({ runs }) => runs > 0);

const results = await workAll([...hunts, ...cleans], (job, result) => {
  if (!options.json) console.log(describe(job, result));
});
const mutants = results.slice(0, hunts.length).map((result, i) => ({ id: chosen[i].id, killed: false, ...result }));
const searched = results.slice(hunts.length);
const failures = searched.flatMap((result, i) => result.failures ?? [{ workload: cleans[i].workload, ...result }]);
const clean = { runs: searched.reduce((sum, { runs = 0 }) => sum + runs, 0), failures: failures.length };

if (options.json) {
  const brief = mutants.map(({ id, killed, runs = 0, oracle = null, minimised }) => ({
    id,
    killed,
    runs,
    oracle,
    ...minimised,
  }));
  console.log(JSON.stringify({ mutants: brief, clean }));
} else summarise();
if (options.write) {
  const found = mutants.map(({ id, killed, workload, oracle, runs, minimised, token }) => [
    id,
    killed ? { workload, oracle, runs, ...minimised, token } : undefined,
  ]);
  await record(catalogue, new Map(found));
}
for (const failure of failures) console.error(JSON.stringify(failure));
process.exitCode = mutants.every(({ killed }) => killed) && failures.length === 0 ? 0 : 1;

function describe(job, result) {
  if (job.task === "clean") {
    const found = result.error ?? `${result.failures.length} failures`;
    return `clean  ${job.workload.padEnd(12)} ${job.runs} runs: ${found}`;
  }
  const { killed, runs, oracle, workload, minimised, error, message, story } = result;
  if (error !== undefined) return `${job.id.padEnd(6)} ERROR ${error}`;
  if (!killed) return `${job.id.padEnd(6)} SURVIVES ${runs} runs`;
  const size = `${minimised.choices} choices, ${minimised.faults} faults`;
  const told = options.story ? ["", message, ...story].join("\n        ") : "";
  return `${job.id.padEnd(6)} killed ${String(runs).padStart(5)} runs  ${oracle.padEnd(8)} ${workload.padEnd(11)} ${size}${told}`;
}

function summarise() {
  const killed = mutants.filter((mutant) => mutant.killed);
  const runs = killed.map((mutant) => mutant.runs);
  const choices = killed.map(({ minimised }) => minimised.choices);
  const faults = killed.map(({ minimised }) => minimised.faults);
  console.log(
    `\n${killed.length} of ${mutants.length} planted bugs killed; median ${median(runs)} runs, ` +
      `after shrinking ${median(choices)} choices and ${median(faults)} faults. ` +
      `The clean engine: ${clean.failures} failures in ${clean.runs} runs.`,
  );
}
