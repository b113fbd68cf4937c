/**
 * A hub with very many instances that wait for something: what they cost a worker that has nothing to do with them.
 *
 * One instance is made by the engine; the others are copies of its snapshot, under ids of their own. To measure with another
 * number: `node child.mjs ./waiting-workloads.mjs waitingMegabytes 100000`.
 */
import { TaskHub } from "dacapo";
import { definitions, run, sequence, waiter } from "./durable-programs.mjs";
import { openSqlite } from "./stores.mjs";

/** Making a million takes a minute or more, so it is done once a process. */
export const rounds = 1;

/** So many small orchestrations are measured among them. */
const INSTANCES = 200;

const clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      signal?.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve();
      });
    }),
};

/** How many times longer one small orchestration takes among so many waiting ones than alone. */
export async function waitingClaimRatio(count) {
  const alone = await withWaiting(0, ({ ms }) => ms);
  return (await withWaiting(count, ({ ms }) => ms)) / alone;
}

/** By how many MiB a worker is greater among so many waiting ones. */
export async function waitingMegabytes(count) {
  const alone = await withWaiting(0, ({ bytes }) => bytes);
  return ((await withWaiting(count, ({ bytes }) => bytes)) - alone) / 2 ** 20;
}

async function withWaiting(count, take) {
  const store = await openSqlite();
  try {
    if (count > 0) await populate(store, count);
    const hub = await TaskHub.open({ backend: store.backend(), register: definitions });
    await hub.start();
    const times = [];
    for (let index = 0; index < INSTANCES; index++) {
      const startedAt = performance.now();
      await run(hub.client, sequence, 3);
      times.push(performance.now() - startedAt);
    }
    globalThis.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    await hub.stop();
    return take({ ms: times.sort((a, b) => a - b)[INSTANCES >> 1], bytes: heapUsed + external });
  } finally {
    await store.close();
  }
}

async function populate(store, count) {
  const backend = store.backend()({ clock });
  await backend.open();
  await backend.restore(copies(await template(), count));
  await backend.close();
}

async function template() {
  const store = await openSqlite();
  const hub = await TaskHub.open({ backend: store.backend(), register: definitions });
  await hub.start();
  const id = await hub.client.scheduleNewOrchestration(waiter, undefined, { instanceId: "waiting-template" });
  await hub.client.waitForOrchestrationStart(id);
  await hub.stop();
  const backend = store.backend()({ clock });
  await backend.open();
  const parts = [];
  for await (const part of backend.snapshot()) parts.push(part);
  await backend.close();
  await store.close();
  return parts.find(({ kind }) => kind === "instance");
}

async function* copies(part, count) {
  yield { kind: "hub", now: Date.now() };
  const text = JSON.stringify(part);
  for (let index = 0; index < count; index++) yield JSON.parse(text.replaceAll("waiting-template", `waiting-${index}`));
}
