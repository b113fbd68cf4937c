/**
 * The figures of the durable backends: SQLite with `synchronous=FULL`, PostgreSQL with `synchronous_commit=on`. DBOS, where it
 * is the peer, runs on the same PostgreSQL server in the same run; SQLite is compared with it too.
 */
const DBOS = "@dbos-inc/dbos-sdk 5.3.0, on PostgreSQL";
const SQLITE = { workloads: "./sqlite-workloads.mjs" };
const MANY = { workloads: "./waiting-workloads.mjs" };
const POSTGRES = { workloads: "./postgres-workloads.mjs", needs: "postgres" };
const PEER = { peer: DBOS, peerWorkloads: "./dbos-workloads.mjs", needs: "postgres" };

/** Instances of a rate, and steps of a chain: in full, and with `--quick`. */
const SEQUENCES = { full: 10_000, quick: 500 };
const SEQUENCES_ON_POSTGRES = { full: 2000, quick: 300 };
const CHAIN = { full: 4000, quick: 400 };
const WAITING = { full: 1_000_000, quick: 20_000 };

export const durableFigures = [
  {
    ...SQLITE,
    ...PEER,
    name: "sqlite: sequence of 3 activities",
    unit: "instances/s",
    better: "higher",
    goal: { floor: 1000, ratio: 5 },
    ours: (measure, size) => measure("sequencesPerSecond", size(SEQUENCES)),
    theirs: (measure, size) => measure("sequencesPerSecond", size(SEQUENCES_ON_POSTGRES)),
  },
  {
    ...SQLITE,
    name: "sqlite: share of the group-commit floor",
    unit: "of the bare rate",
    better: "higher",
    goal: { floor: 0.5 },
    ours: (measure, size) => measure("shareOfFloor", size(SEQUENCES)),
  },
  {
    ...SQLITE,
    name: "sqlite: fan-out of 1,000",
    unit: "ms",
    better: "lower",
    goal: { value: 250 },
    ours: (measure) => measure("fanOutMs", 1000),
  },
  ...chain("sqlite", SQLITE),
  {
    ...SQLITE,
    name: "sqlite: event to resumed orchestrator",
    unit: "ms, median",
    better: "lower",
    goal: { value: 5 },
    ours: (measure, size) => measure("eventMs", size({ full: 100, quick: 20 })),
  },
  ...processes("sqlite", SQLITE),
  {
    ...MANY,
    name: "sqlite: 1,000,000 waiting, worker memory",
    unit: "MiB more",
    better: "lower",
    goal: { value: 8 },
    ours: (measure, size) => measure("waitingMegabytes", size(WAITING)),
  },
  {
    ...MANY,
    name: "sqlite: 1,000,000 waiting, time of an instance",
    unit: "times that alone",
    better: "lower",
    goal: { value: 1.5 },
    ours: (measure, size) => measure("waitingClaimRatio", size(WAITING)),
  },
  {
    ...POSTGRES,
    ...PEER,
    name: "postgres: sequence of 3 activities",
    unit: "instances/s",
    better: "higher",
    goal: { ratio: 4 },
    ours: (measure, size) => measure("sequencesPerSecond", size(SEQUENCES_ON_POSTGRES)),
    theirs: (measure, size) => measure("sequencesPerSecond", size(SEQUENCES_ON_POSTGRES)),
  },
  {
    ...POSTGRES,
    ...PEER,
    name: "postgres: fan-out of 1,000",
    unit: "ms",
    better: "lower",
    goal: { ratio: 5 },
    ours: (measure) => measure("fanOutMs", 1000),
    theirs: (measure) => measure("fanOutMs", 1000),
  },
  {
    ...POSTGRES,
    ...PEER,
    name: "postgres: chain of 4,000",
    unit: "ms",
    better: "lower",
    goal: { ratio: 3 },
    ours: (measure, size) => measure("chainMs", size(CHAIN)),
    theirs: (measure, size) => measure("chainMs", size(CHAIN)),
  },
  ...chain("postgres", POSTGRES).slice(1),
  {
    ...POSTGRES,
    name: "postgres: event to resumed orchestrator",
    unit: "ms, median",
    better: "lower",
    goal: { value: 10 },
    ours: (measure, size) => measure("eventMs", size({ full: 100, quick: 20 })),
  },
  ...processes("postgres", POSTGRES),
];

function chain(store, where) {
  return [
    {
      ...where,
      name: `${store}: a step of a chain of 4,000`,
      unit: "ms",
      better: "lower",
      goal: {},
      ours: async (measure, size) => (await measure("chainMs", size(CHAIN))) / size(CHAIN),
    },
    {
      ...where,
      name: `${store}: a step of the long chain`,
      unit: "times that of one a tenth as long",
      better: "lower",
      goal: { value: 1.3 },
      ours: async (measure, size) => {
        const short = await measure("chainMs", size(CHAIN) / 10);
        return (await measure("chainMs", size(CHAIN))) / 10 / short;
      },
    },
  ];
}

function processes(store, where) {
  return [
    {
      ...where,
      name: `${store}: two processes, activities of 20 ms`,
      unit: "times one process",
      better: "higher",
      goal: { floor: 1.7 },
      ours: (measure, size) => measure("twoProcessesWaiting", size({ full: 1000, quick: 200 })),
    },
    {
      ...where,
      name: `${store}: two processes, empty activities`,
      unit: "times one process",
      better: "higher",
      goal: {},
      ours: (measure, size) => measure("twoProcessesEmpty", size({ full: 2000, quick: 300 })),
    },
  ];
}
