/**
 * Dacapo's side of each figure. Each workload resolves to one number, in the figure's unit.
 */
import { TaskHub } from "dacapo";
import { memory } from "dacapo/memory";
import { replayHistory } from "dacapo/replay";
import { echo, fanOut, run, sequence } from "./durable-programs.mjs";

async function withHub(work) {
  const hub = await TaskHub.open({ backend: memory(), register: [echo, sequence, fanOut] });
  await hub.start();
  try {
    return await work(hub.client);
  } finally {
    await hub.stop();
  }
}

/** Instances of three activities in sequence, per second. */
export function sequencesPerSecond(instances) {
  return withHub(async (client) => {
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: instances }, () => run(client, sequence, 3)));
    return instances / ((performance.now() - startedAt) / 1000);
  });
}

/** Milliseconds for one orchestration that runs `width` activities side by side. */
export function fanOutMs(width) {
  return withHub(async (client) => {
    const startedAt = performance.now();
    await run(client, fanOut, width);
    return performance.now() - startedAt;
  });
}

/** Milliseconds for one orchestration that runs `length` activities one after the other. */
export function chainMs(length) {
  return withHub(async (client) => {
    const startedAt = performance.now();
    await run(client, sequence, length);
    return performance.now() - startedAt;
  });
}

/** Microseconds of a cold replay per history event. */
export async function replayMicroseconds(length) {
  const history = await withHub(async (client) => {
    const id = await client.scheduleNewOrchestration(sequence, length);
    await client.waitForOrchestrationCompletion(id);
    return client.getOrchestrationHistory(id);
  });
  return medianOf(25, async () => {
    const startedAt = performance.now();
    const result = await replayHistory(sequence, history);
    if (!result.ok) throw result.error;
    return ((performance.now() - startedAt) * 1000) / history.length;
  });
}

async function medianOf(times, measure) {
  const values = [];
  for (let index = 0; index < times; index++) values.push(await measure());
  return values.sort((a, b) => a - b)[times >> 1];
}
