/**
 * The figures: what is measured, against whom, and what is aimed at.
 *
 * `ratio` says how many times better than the peer, for rates and for times alike: above 1 is better. A goal is
 * a least ratio, a greatest value or a floor, or several of them; a figure without one is reported. `workloads` is the module that
 * holds ours, where that is not `dacapo-workloads.mjs`, and `peerWorkloads` that of the peer. `ours` and `theirs` are given what
 * measures a workload, and what chooses between its size in full and with `--quick`. `needs` names a server.
 */
import { durableFigures } from "./durable-figures.mjs";

const DURABLETASK = "@microsoft/durabletask-js 0.4.0, in memory";

export const figures = [
  {
    name: "memory: sequence of 3 activities",
    unit: "instances/s",
    better: "higher",
    goal: { ratio: 4 },
    peer: DURABLETASK,
    ours: (measure) => measure("sequencesPerSecond", 10_000),
    theirs: (measure) => measure("sequencesPerSecond", 10_000),
  },
  {
    name: "memory: fan-out of 1,000",
    unit: "ms",
    better: "lower",
    goal: { ratio: 50 },
    peer: DURABLETASK,
    ours: (measure) => measure("fanOutMs", 1000),
    theirs: (measure) => measure("fanOutMs", 1000),
  },
  {
    name: "memory: chain of 1,000",
    unit: "ms",
    better: "lower",
    goal: { ratio: 60 },
    peer: DURABLETASK,
    ours: (measure) => measure("chainMs", 1000),
    theirs: (measure) => measure("chainMs", 1000),
  },
  {
    name: "memory: chain exponent",
    unit: "exponent of n, 500 to 4,000",
    better: "lower",
    goal: { value: 1.15 },
    peer: `${DURABLETASK}, 250 to 1,000`,
    ours: (measure) => exponent(measure, 500, 4000),
    theirs: (measure) => exponent(measure, 250, 1000),
  },
  {
    name: "cold replay",
    unit: "us/event",
    better: "lower",
    goal: { value: 3 },
    peer: DURABLETASK,
    ours: (measure) => measure("replayMicroseconds", 1000),
    theirs: (measure) => measure("replayMicroseconds", 1000),
  },
  {
    name: "entities: signals to one",
    unit: "signals/s",
    better: "higher",
    goal: { floor: 30_000 },
    workloads: "./entity-workloads.mjs",
    ours: (measure) => measure("signalsToOnePerSecond", 100_000),
  },
  {
    name: "entities: signals to 1,000",
    unit: "signals/s",
    better: "higher",
    goal: { floor: 25_000 },
    workloads: "./entity-workloads.mjs",
    ours: (measure) => measure("signalsToManyPerSecond", 100_000),
  },
  {
    name: "entities: critical sections over two",
    unit: "sections/s",
    better: "higher",
    goal: { floor: 2000 },
    workloads: "./entity-workloads.mjs",
    ours: (measure) => measure("sectionsPerSecond", 5000),
  },
  {
    name: "entities: 100,000 idle ones in the worker",
    unit: "MiB",
    better: "lower",
    goal: { value: 1 },
    workloads: "./entity-workloads.mjs",
    ours: (measure) => measure("idleEntitiesMegabytes", 100_000),
  },
  {
    name: "simulator: standard episodes",
    unit: "episodes/s",
    better: "higher",
    goal: { floor: 100 },
    workloads: "./simulator-workloads.mjs",
    ours: (measure) => measure("standardEpisodesPerSecond", 500),
  },
  {
    name: "simulator: steps",
    unit: "steps/s",
    better: "higher",
    goal: { floor: 50_000 },
    workloads: "./simulator-workloads.mjs",
    ours: (measure) => measure("simulatedStepsPerSecond", 500),
  },
  {
    name: "simulator: 30-day workflow",
    unit: "ms",
    better: "lower",
    goal: { value: 50 },
    workloads: "./simulator-workloads.mjs",
    ours: (measure) => measure("thirtyDayWorkflowMs", 30),
  },
  {
    name: "lint: analysis of 250 files",
    unit: "ms",
    better: "lower",
    goal: { value: 1000 },
    workloads: "./lint-workloads.mjs",
    ours: (measure) => measure("analysisMs", 250),
  },
  {
    name: "lint: on top of typescript-eslint",
    unit: "%",
    better: "lower",
    goal: { value: 20 },
    workloads: "./lint-workloads.mjs",
    ours: (measure) => percentAdded(measure, "lintAloneMs", "lintWithOursMs"),
  },
  {
    name: "lint: files looked at without durable imports",
    unit: "files",
    better: "lower",
    goal: { value: 0 },
    workloads: "./lint-workloads.mjs",
    ours: (measure) => measure("plainFilesAnalysed", 250),
  },
  {
    name: "lint: on top, without durable imports",
    unit: "%",
    better: "lower",
    goal: { value: 5 },
    workloads: "./lint-workloads.mjs",
    ours: (measure) => percentAdded(measure, "lintPlainAloneMs", "lintPlainWithOursMs"),
  },
  ...durableFigures,
];

/** How many times each of two workloads is measured, in turn, before they are compared. */
const PAIRS = 3;

/** By how many percent the second workload takes longer: the medians of several runs of each, in turn. */
async function percentAdded(measure, alone, both) {
  const times = { alone: [], with: [] };
  for (let pair = 0; pair < PAIRS; pair++) {
    times.alone.push(await measure(alone, 250));
    times.with.push(await measure(both, 250));
  }
  const middle = (values) => values.sort((a, b) => a - b)[PAIRS >> 1];
  return (middle(times.with) / middle(times.alone) - 1) * 100;
}

/** The `e` in time ~ n^e between two lengths of the chain. */
async function exponent(measure, short, long) {
  const shortMs = await measure("chainMs", short);
  const longMs = await measure("chainMs", long);
  return Math.log(longMs / shortMs) / Math.log(long / short);
}
