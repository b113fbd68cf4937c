/** The cases of orchestratorvet about work beside the orchestrator (`concurrency`). */
import { dacapoAsync, dacapoGenerator, durableTask, functionsV4 } from "../frames.ts";
import { ported, type PortedCase } from "../ported-case.ts";

export const concurrencyCases: readonly PortedCase[] = [
  ported(
    "orchestratorvet concurrency: work put on the host's queues is a report",
    dacapoGenerator(`
      setImmediate(() => undefined); // want no-native-timers
      queueMicrotask(() => undefined); // want no-native-timers
      process.nextTick(() => undefined); // want no-native-timers
    `),
  ),
  ported(
    "orchestratorvet concurrency: a thread is a report",
    dacapoGenerator(
      `
      const worker = new Worker("./job.js"); // want no-io
      return typeof worker;
    `,
      { before: `import { Worker } from "node:worker_threads";` },
    ),
  ),
  ported(
    "orchestratorvet concurrency: shared memory and atomic operations are reports",
    durableTask(`
      const memory = new SharedArrayBuffer(4); // want no-gc-observers
      const cells = new Int32Array(memory);
      Atomics.add(cells, 0, 1); // want no-gc-observers
      return Atomics.load(cells, 0); // want no-gc-observers
    `),
  ),
  ported(
    "orchestratorvet concurrency: a helper that uses atomic operations is reported at the call",
    dacapoGenerator(`return increment(new Int32Array(1)); // want no-gc-observers`, {
      after: `const increment = (cells) => Atomics.add(cells, 0, 1);`,
    }),
  ),
  ported(
    "orchestratorvet concurrency: a message channel is a report",
    functionsV4(`
      const channel = new MessageChannel(); // want no-native-timers
      return typeof channel;
    `),
  ),
  ported(
    "orchestratorvet concurrency: a native race in place of a durable choice is a report",
    dacapoAsync(`
      const work = ctx.callActivity("work");
      const timeout = ctx.createTimer({ minutes: 1 });
      return await Promise.race([work, timeout]); // want no-native-promise
    `),
  ),
  ported(
    "orchestratorvet concurrency: the first of several native promises is a report",
    dacapoAsync(`
      const work = ctx.callActivity("work");
      const other = ctx.callActivity("other");
      return await Promise.any([work, other]); // want no-native-promise
    `),
  ),
  ported(
    "orchestratorvet concurrency: waiting for all durable tasks is silent (dacapo)",
    dacapoGenerator(
      `
      const tasks = [1, 2, 3].map((n) => ctx.callActivity("work", n));
      return yield* whenAll(tasks);
    `,
      { before: `import { whenAll } from "dacapo";` },
    ),
  ),
  ported(
    "orchestratorvet concurrency: waiting for all durable tasks in async style is silent",
    dacapoAsync(`return Promise.all([1, 2, 3].map((n) => ctx.callActivity("work", n)));`),
  ),
  ported(
    "orchestratorvet concurrency: waiting for all and for any durable task is silent (v4)",
    functionsV4(`
      const tasks = [1, 2, 3].map((n) => context.df.callActivity("work", n));
      const all = yield context.df.Task.all(tasks);
      const signal = context.df.waitForExternalEvent("tick");
      const timer = context.df.createTimer(context.df.currentUtcDateTime);
      const winner = yield context.df.Task.any([signal, timer]);
      if (winner === signal) timer.cancel();
      return all.length;
    `),
  ),
  ported(
    "orchestratorvet concurrency: waiting for all and for any durable task is silent (durabletask-js)",
    durableTask(
      `
      const all = yield whenAll([ctx.callActivity("work", 1), ctx.callActivity("work", 2)]);
      yield whenAny([ctx.waitForExternalEvent("tick"), ctx.createTimer(60)]);
      return all.length;
    `,
      { before: `import { whenAll, whenAny } from "@microsoft/durabletask-js";` },
    ),
  ),
  ported(
    "orchestratorvet concurrency: an orchestrator written inline in its registration is one",
    `
      import { TaskHubGrpcWorker } from "@microsoft/durabletask-js";

      const worker = new TaskHubGrpcWorker();
      worker.addNamedOrchestrator("inline", async function* (ctx) {
        setImmediate(() => undefined); // want no-native-timers
        yield ctx.createTimer(1);
      });
    `,
  ),
];
