/**
 * The same workloads on DBOS, over the same PostgreSQL server. A step of DBOS is what an activity is here.
 */
import { DBOS } from "@dbos-inc/dbos-sdk";
import pg from "pg";

export const rounds = 3;
export const warmUpInstances = 300;

const echo = async (input) => input;

const sequence = DBOS.registerWorkflow(
  async (length) => {
    let last = 0;
    for (let index = 0; index < length; index++) last = await DBOS.runStep(() => echo(index), { name: "echo" });
    return last;
  },
  { name: "sequence" },
);

const fanOut = DBOS.registerWorkflow(
  async (width) => {
    const steps = Array.from({ length: width }, (_, index) => DBOS.runStep(() => echo(index), { name: "echo" }));
    return (await Promise.all(steps)).length;
  },
  { name: "fanOut" },
);

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
let launched;

/** DBOS is one to a process: it is launched once, on a database of its own, which the next process drops. */
function launch() {
  launched ??= (async () => {
    const url = new URL(process.env["DACAPO_BENCH_POSTGRES_URL"]);
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    await client.query("DROP DATABASE IF EXISTS dbos_bench WITH (FORCE)");
    await client.query("CREATE DATABASE dbos_bench");
    await client.end();
    url.pathname = "/dbos_bench";
    DBOS.setConfig({ name: "bench", systemDatabaseUrl: url.href, logger: quiet });
    await DBOS.launch();
  })();
  return launched;
}

async function run(workflow, input) {
  const handle = await DBOS.startWorkflow(workflow)(input);
  await handle.getResult();
}

/** As many at a time as with ours. */
const IN_FLIGHT = 2000;

export async function sequencesPerSecond(instances) {
  await launch();
  let left = instances;
  const lane = async () => {
    while (left-- > 0) await run(sequence, 3);
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: Math.min(instances, IN_FLIGHT) }, lane));
  return instances / ((performance.now() - startedAt) / 1000);
}

export async function fanOutMs(width) {
  await launch();
  const startedAt = performance.now();
  await run(fanOut, width);
  return performance.now() - startedAt;
}

export async function chainMs(length) {
  await launch();
  const startedAt = performance.now();
  await run(sequence, length);
  return performance.now() - startedAt;
}
