/**
 * The same workloads on the in-memory backend of `@microsoft/durabletask-js`.
 */
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const root = "@microsoft/durabletask-js";
const { InMemoryOrchestrationBackend, TestOrchestrationClient, TestOrchestrationWorker, whenAll } = require(root);

const echo = async (_ctx, input) => input;

async function* sequence(ctx, length) {
  let last = 0;
  for (let index = 0; index < length; index++) last = yield ctx.callActivity(echo, index);
  return last;
}

async function* fanOut(ctx, width) {
  const results = yield whenAll(Array.from({ length: width }, (_, index) => ctx.callActivity(echo, index)));
  return results.length;
}

async function withWorker(work) {
  // Its history limit (10,000 events) would end the longer chains.
  const backend = new InMemoryOrchestrationBackend(1_000_000);
  const worker = new TestOrchestrationWorker(backend);
  worker.addOrchestrator(sequence);
  worker.addOrchestrator(fanOut);
  worker.addActivity(echo);
  await worker.start();
  try {
    return await work(new TestOrchestrationClient(backend));
  } finally {
    await worker.stop();
  }
}

async function run(client, definition, input) {
  const id = await client.scheduleNewOrchestration(definition, input);
  const state = await client.waitForOrchestrationCompletion(id, true, 600);
  if (state.failureDetails !== undefined) throw new Error(state.failureDetails.message);
}

export function sequencesPerSecond(instances) {
  return withWorker(async (client) => {
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: instances }, () => run(client, sequence, 3)));
    return instances / ((performance.now() - startedAt) / 1000);
  });
}

export function fanOutMs(width) {
  return withWorker(async (client) => {
    const startedAt = performance.now();
    await run(client, fanOut, width);
    return performance.now() - startedAt;
  });
}

export function chainMs(length) {
  return withWorker(async (client) => {
    const startedAt = performance.now();
    await run(client, sequence, length);
    return performance.now() - startedAt;
  });
}

/** A history of the same chain, with the same events per step as ours, replayed by its orchestration executor. */
export async function replayMicroseconds(length) {
  const { OrchestrationExecutor } = require(`${root}/dist/worker/orchestration-executor.js`);
  const { Registry } = require(`${root}/dist/worker/registry.js`);
  const events = require(`${root}/dist/utils/pb-helper.util.js`);
  const registry = new Registry();
  registry.addNamedOrchestrator("sequence", sequence);
  registry.addNamedActivity("echo", echo);
  const history = [
    events.newOrchestratorStartedEvent(new Date(0)),
    events.newExecutionStartedEvent("sequence", "chain", JSON.stringify(length + 1)),
  ];
  for (let index = 1; index <= length; index++) {
    history.push(
      events.newTaskScheduledEvent(index, "echo", JSON.stringify(index - 1)),
      events.newOrchestratorStartedEvent(new Date(index)),
      events.newTaskCompletedEvent(index, JSON.stringify(index - 1)),
    );
  }
  const last = history.pop();
  const values = [];
  for (let round = 0; round < 25; round++) {
    const startedAt = performance.now();
    const result = await new OrchestrationExecutor(registry).execute("chain", history, [last]);
    if (result.actions.length !== 1) throw new Error("the replay did not come to the chain's next activity");
    values.push(((performance.now() - startedAt) * 1000) / (history.length + 1));
  }
  return values.sort((a, b) => a - b)[12];
}
