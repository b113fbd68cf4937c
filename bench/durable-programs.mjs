/**
 * What backends are measured with: the same orchestrations, whatever keeps them.
 *
 * Invariant: a workload resolves to one number, in the figure's unit, and leaves nothing running.
 */
import { activity, orchestrator, TaskHub, whenAll } from "dacapo";

export const echo = activity("echo", async (_ctx, input) => input);

const pause = activity("pause", async (ctx, ms) => {
  await ctx.sleep({ milliseconds: ms });
});

export const sequence = orchestrator("sequence", function* (ctx, length) {
  let last = 0;
  for (let index = 0; index < length; index++) last = yield* ctx.callActivity(echo, index);
  return last;
});

export const fanOut = orchestrator("fanOut", function* (ctx, width) {
  const results = yield* whenAll(Array.from({ length: width }, (_, index) => ctx.callActivity(echo, index)));
  return results.length;
});

export const pauses = orchestrator("pauses", function* (ctx, ms) {
  for (let index = 0; index < 3; index++) yield* ctx.callActivity(pause, ms);
});

/** When the orchestrator last went on after an event; it is told in this process alone. */
let resumed = () => {};

const listener = orchestrator("listener", function* (ctx, events) {
  for (let index = 0; index < events; index++) {
    yield* ctx.waitForExternalEvent("Event");
    if (!ctx.isReplaying) resumed();
  }
});

export const waiter = orchestrator("waiter", function* (ctx) {
  yield* ctx.waitForExternalEvent("Never");
});

export const definitions = [echo, pause, sequence, fanOut, pauses, listener, waiter];

/** So many wait for their end at a time, as many as a busy server has in flight. */
export const IN_FLIGHT = 2000;

export async function run(client, definition, input) {
  const state = await client.waitForOrchestrationCompletion(await client.scheduleNewOrchestration(definition, input));
  if (state.runtimeStatus !== "Completed") throw new Error(`the orchestration ended ${state.runtimeStatus}`);
}

/** Instances per second. */
export async function rate(client, definition, input, instances) {
  let left = instances;
  const lane = async () => {
    while (left-- > 0) await run(client, definition, input);
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: Math.min(instances, IN_FLIGHT) }, lane));
  return instances / ((performance.now() - startedAt) / 1000);
}

/** The workloads on a store; `open` gives `backend()`, a handle on it, and `close()`, after which it is gone. */
export function workloadsOn(open) {
  const withHub = async (work, worker = {}) => {
    const store = await open();
    const hub = await TaskHub.open({ backend: store.backend(), register: definitions, worker });
    await hub.start();
    try {
      return await work(hub, store);
    } finally {
      await hub.stop();
      await store.close();
    }
  };
  const milliseconds = async (act) => {
    const startedAt = performance.now();
    await act();
    return performance.now() - startedAt;
  };
  return {
    /** Instances of three activities in sequence, per second. */
    sequencesPerSecond: (instances) => withHub(({ client }) => rate(client, sequence, 3, instances)),
    /** Milliseconds for one orchestration that runs `width` activities side by side. */
    fanOutMs: (width) => withHub(({ client }) => milliseconds(() => run(client, fanOut, width))),
    /** Milliseconds for one orchestration that runs `length` activities one after the other. */
    chainMs: (length) => withHub(({ client }) => milliseconds(() => run(client, sequence, length))),
    /** Milliseconds from an event, sent over a handle of its own, to the orchestrator that goes on; the median. */
    eventMs: (events) => withHub(({ client }, store) => eventLatency(client, store, events)),
  };
}

/** The system is idle in between: whoever looks for work has stopped looking. */
const IDLE_MS = 30;

async function eventLatency(client, store, events) {
  const sender = await TaskHub.open({ backend: store.backend(), register: [] });
  const id = await client.scheduleNewOrchestration(listener, events);
  await client.waitForOrchestrationStart(id);
  const times = [];
  for (let index = 0; index < events; index++) {
    await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
    const isResumed = new Promise((resolve) => (resumed = resolve));
    const sentAt = performance.now();
    await sender.client.raiseOrchestrationEvent(id, "Event", index);
    await isResumed;
    times.push(performance.now() - sentAt);
  }
  await client.waitForOrchestrationCompletion(id);
  await sender.stop();
  return times.sort((a, b) => a - b)[times.length >> 1];
}
