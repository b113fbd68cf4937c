/**
 * Entities: signals, critical sections, and what idle ones cost. Each workload resolves to one number, in the figure's
 * unit. Sending is a part of what is measured.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { entity, EntityInstanceId, orchestrator, TaskHub } from "dacapo";
import { memory, MemoryStore } from "dacapo/memory";

const counter = entity("counter", (ctx) => {
  const value = ctx.getState(0);
  if (ctx.operationName === "get") return value;
  ctx.setState(value + 1);
  return value + 1;
});

const section = orchestrator("section", function* (ctx, [first, second]) {
  const [a, b] = [new EntityInstanceId("counter", first), new EntityInstanceId("counter", second)];
  const lock = yield* ctx.entities.lockEntities(a, b);
  yield* ctx.entities.callEntity(a, "add");
  yield* ctx.entities.callEntity(b, "add");
  lock.release();
});

async function withHub(work, store = new MemoryStore()) {
  const hub = await TaskHub.open({ backend: memory({ store }), register: [counter, section] });
  await hub.start();
  try {
    return await work(hub.client, hub);
  } finally {
    await hub.stop();
  }
}

/** How often entities were counted up, all together. */
async function total(client, keys) {
  let sum = 0;
  for (const key of keys) sum += (await client.getEntity(new EntityInstanceId("counter", key)))?.state ?? 0;
  return sum;
}

async function until(client, keys, count) {
  while ((await total(client, keys)) < count) await nextTurn();
}

async function signalsPerSecond(signals, keys) {
  return withHub(async (client) => {
    const ids = keys.map((key) => new EntityInstanceId("counter", key));
    const startedAt = performance.now();
    for (let sent = 0; sent < signals;) {
      const some = [];
      for (; some.length < 1000 && sent < signals; sent++)
        some.push(client.signalEntity(ids[sent % ids.length], "add"));
      await Promise.all(some);
    }
    await until(client, keys, signals);
    return signals / ((performance.now() - startedAt) / 1000);
  });
}

/** Signals to one entity, per second. */
export const signalsToOnePerSecond = (signals) => signalsPerSecond(signals, ["one"]);

/** Signals over a thousand entities, per second. */
export const signalsToManyPerSecond = (signals) =>
  signalsPerSecond(
    signals,
    Array.from({ length: 1000 }, (_, index) => `e${index}`),
  );

/** Orchestrations that lock two of a thousand entities and call each once, per second. */
export async function sectionsPerSecond(sections) {
  return withHub(async (client) => {
    const startedAt = performance.now();
    await Promise.all(
      Array.from({ length: sections }, async (_, index) => {
        const pair = [`e${(index * 7) % 1000}`, `e${(index * 13 + 1) % 1000}`];
        await client.waitForOrchestrationCompletion(await client.scheduleNewOrchestration(section, pair));
      }),
    );
    return sections / ((performance.now() - startedAt) / 1000);
  });
}

/** Megabytes that a worker holds for idle entities, beside the store: what is free once the hub is closed. */
export async function idleEntitiesMegabytes(entities) {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc");
  const store = new MemoryStore();
  const keys = Array.from({ length: entities }, (_, index) => `e${index}`);
  const idle = await withHub(async (client, hub) => {
    for (const key of keys) await client.signalEntity(new EntityInstanceId("counter", key), "add");
    await until(client, keys.slice(-1), 1);
    while ((await hub.runUntilIdle()).pending > 0) await nextTurn();
    collect();
    return process.memoryUsage().heapUsed;
  }, store);
  await nextTurn();
  collect();
  return Math.max(0, idle - process.memoryUsage().heapUsed) / 2 ** 20;
}
