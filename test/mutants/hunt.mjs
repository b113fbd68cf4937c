/**
 * One process of the hunt for planted bugs: reads a job, does it on the built packages, and prints one line of JSON.
 *
 * A job is `{ task: "matrix", bugs, runs, seed }`, `{ task: "hunt", id, workloads, runs, seed }` (with `shrinkRuns`,
 * `without`, `only`, `blind` where wanted), `{ task: "hunts", jobs }` (several of those), `{ task: "replay", tokens }` or
 * `{ task: "clean", workload, runs, seed }`. Started by `run.mjs` and by the tests.
 */
import { register } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import "../runtime/typescript-hooks.mjs";

const root = resolve(import.meta.dirname, "../..");
const { catalogue } = await import("./catalogue.ts");
register("./hooks.mjs", import.meta.url, {
  data: { root, mutants: catalogue.map(({ id, patches }) => ({ id, patches })) },
});

/** A module of the repository as an engine with this planted bug sees it; the clean one without an id. */
function load(path, id) {
  const mark = id === undefined ? "" : `?mutant=${id}`;
  return import(pathToFileURL(join(root, path)).href + mark);
}

const simulator = (id) => load("simulator/dist/index.js", id);

/**
 * A workload; `without` leaves out classes of fault, `only` leaves out all others, and `blind` leaves out oracles, or with
 * the word `properties` what the workload itself checks.
 */
async function scenarioOf(workload, { id, without = [], only, blind = [] }) {
  const { default: scenario } = await load(`test/mutants/workloads/${workload}.scenario.ts`, id);
  const { FAULT_NAMES } = await simulator(id);
  const off = only === undefined ? without : FAULT_NAMES.filter((fault) => !only.includes(fault));
  const none = (names) => Object.fromEntries(names.map((name) => [name, false]));
  const faults = { ...scenario.faults, ...none(off) };
  if (blind.length === 0) return { ...scenario, faults };
  const unjudged = blind.includes("properties") ? { always: {}, eventually: {} } : {};
  const oracles = { ...scenario.oracles, ...none(blind.filter((name) => name !== "properties")) };
  return { ...scenario, faults, ...unjudged, oracles };
}

/** Runs of one search, before it is the next workload's turn: each workload gets more with every round. */
const FIRST_ROUND = 25;

/** Searches the bug's workloads in turn until something fails. */
async function hunt({ id, workloads, runs: runsMax, seed, shrinkRuns = 0, without, only, blind }) {
  const { simulate } = await simulator(id);
  let runs = 0;
  for (let round = 0; runs < runsMax; round++) {
    for (const workload of workloads) {
      const left = Math.min(FIRST_ROUND * 2 ** round, runsMax - runs);
      if (left <= 0) break;
      const scenario = await scenarioOf(workload, { id, without, only, blind });
      const found = await simulate(scenario, { runs: left, seed: `${seed}/${round}`, maxShrinkRuns: shrinkRuns });
      runs += found.runs;
      if (found.outcome === "passed") continue;
      const { oracle, property, message, token, minimised, story } = found;
      return { id, killed: true, runs, oracle: oracle ?? `"${property}"`, workload, message, token, minimised, story };
    }
  }
  return { id, killed: false, runs, oracle: null };
}

/** Several searches, one after the other. */
async function hunts({ jobs }) {
  const found = [];
  for (const each of jobs) found.push(await hunt(each));
  return found;
}

/** Which of the bugs that are named for it each class of fault brings to light alone, and no other fault beside it. */
async function matrix({ bugs, runs, seed }) {
  const found = {};
  for (const [fault, ids] of Object.entries(bugs)) {
    found[fault] = [];
    for (const id of ids) {
      const { workloads } = catalogue.find((mutant) => mutant.id === id);
      const { killed } = await hunt({ id, workloads, runs, seed, only: [fault] });
      if (killed) found[fault].push(id);
    }
  }
  return found;
}

/** Replays each token against its bug and against the clean engine. */
async function replay({ tokens }) {
  const results = [];
  for (const { id, workload, token } of tokens) {
    const verdicts = [];
    for (const engine of [id, undefined]) {
      const { replayToken } = await simulator(engine);
      verdicts.push(await replayToken(await scenarioOf(workload, { id: engine }), token));
    }
    const [planted, clean] = verdicts;
    results.push({ id, planted: planted.verdict, clean: clean.verdict, message: planted.message });
  }
  return results;
}

/** Searches with the clean engine, where every failure is a false alarm, or a bug that nobody planted. */
async function clean({ workload, runs: runsMax, seed }) {
  const { simulate } = await simulator();
  const scenario = await scenarioOf(workload, {});
  const failures = [];
  let runs = 0;
  for (let part = 0; runs < runsMax; part++) {
    const found = await simulate(scenario, { runs: runsMax - runs, seed: `${seed}/${part}` });
    runs += found.runs;
    if (found.outcome === "failed") {
      const { oracle, property, message, token, story, minimised } = found;
      failures.push({
        workload,
        seed: `${seed}/${part}`,
        oracle: oracle ?? `"${property}"`,
        message,
        token,
        story,
        minimised,
      });
    }
  }
  return { workload, runs, failures };
}

const job = JSON.parse(process.argv[2] ?? "{}");
const tasks = { hunt, hunts, matrix, replay, clean };
console.log(JSON.stringify(await tasks[job.task](job)));
process.exit(0);
