/** The cases of durabletask-dotnet's analyzers about waiting, threads and identifiers (DURABLE0002 to 0004). */
import { dacapoAsync, dacapoGenerator, durableTask, functionsV3, functionsV4 } from "../frames.ts";
import { ported, portedTyped, type PortedCase } from "../ported-case.ts";

const waiting: readonly PortedCase[] = [
  ported(
    "durabletask-dotnet Delay: a host timer is a report (v3)",
    functionsV3(`setTimeout(() => undefined, 1000); // want no-native-timers`),
  ),
  ported(
    "durabletask-dotnet Delay: a host timer is a report (dacapo)",
    dacapoAsync(`setTimeout(() => undefined, 1000); // want no-native-timers`),
  ),
  ported(
    "durabletask-dotnet Delay: a host timer is a report (durabletask-js)",
    durableTask(`setTimeout(() => undefined, 1000); // want no-native-timers`),
  ),
  ported(
    "durabletask-dotnet Delay: a delay of a package is a report",
    functionsV4(
      `
      const pending = delay(1000); // want no-native-timers
      return typeof pending;
    `,
      { before: `import delay from "delay";` },
    ),
  ),
  ported(
    "durabletask-dotnet Delay: a scheduler's wait is a report",
    dacapoGenerator(
      `
      const pending = scheduler.wait(1000); // want no-native-timers
      return typeof pending;
    `,
      { before: `import { scheduler } from "node:timers/promises";` },
    ),
  ),
  ported(
    "durabletask-dotnet Delay: a helper that waits is reported at its call",
    dacapoGenerator(`method(); // want no-native-timers`, {
      after: `function method() { setTimeout(() => undefined, 1000); }`,
    }),
  ),
  ported(
    "durabletask-dotnet Delay: a blocking wait is a report",
    dacapoGenerator(
      `
      const lock = new Int32Array(1);
      Atomics.wait(lock, 0, 0, 1000); // want no-gc-observers
    `,
    ),
  ),
  ported(
    "durabletask-dotnet Delay: orchestrators registered in a loop under a variable name are silent",
    `
      import * as df from "durable-functions";

      for (const name of ["A", "B"])
        df.app.orchestration(name, function* (context) {
          return yield context.df.callActivity("activity", context.df.getInput());
        });
    `,
  ),
  ported(
    "durabletask-dotnet Delay: orchestrators registered in a loop under a variable name are orchestrators",
    `
      import * as df from "durable-functions";

      for (const name of ["A", "B"])
        df.app.orchestration(name, function* (context) {
          setTimeout(() => undefined, 1000); // want no-native-timers
          return yield context.df.callActivity("activity", context.df.getInput());
        });
    `,
  ),
  ported("durabletask-dotnet Delay: a durable timer is silent", durableTask(`yield ctx.createTimer(30);`)),
];

const threads: readonly PortedCase[] = [
  ported(
    "durabletask-dotnet ThreadTask: every way to start work beside the orchestrator is a report",
    dacapoGenerator(
      `
      const thread = new Worker("./job.js"); // want no-io
      setImmediate(() => undefined); // want no-native-timers
      queueMicrotask(() => undefined); // want no-native-timers
      const child = fork("./job.js"); // want no-io
      return typeof thread + typeof child;
    `,
      { before: `import { fork } from "node:child_process";\nimport { Worker } from "node:worker_threads";` },
    ),
  ),
  ported(
    "durabletask-dotnet ThreadTask: a continuation on a durable task is a report",
    dacapoAsync(`
      return await ctx.callActivity("work").then((value) => String(value)); // want no-native-promise
    `),
  ),
  ported(
    "durabletask-dotnet ThreadTask: a continuation in an activity is silent",
    `
      import { activity } from "dacapo";

      export const work = activity("work", (_ctx, url: string) => fetch(url).then((response) => response.text()));
    `,
  ),
];

const identifiers: readonly PortedCase[] = [
  ...Object.entries({ dacapoGenerator, functionsV3, functionsV4, durableTask }).map(([frame, write]) =>
    ported(
      `durabletask-dotnet Guid: a new identifier is a report (${frame})`,
      write(`return crypto.randomUUID(); // want no-random`),
    ),
  ),
  ported(
    "durabletask-dotnet Guid: an identifier made in a helper is reported at its call",
    functionsV4(`return method(); // want no-random`, {
      before: `import { v4 as uuid } from "uuid";`,
      after: `const method = () => uuid();`,
    }),
  ),
  portedTyped("durabletask-dotnet Guid: an identifier made two files away is reported at the call", {
    "main.ts": dacapoGenerator(`return correlation(); // want no-random`, {
      before: `import { correlation } from "./correlation.ts";`,
    }),
    "correlation.ts": `
      import { newId } from "./id.ts";
      export const correlation = () => "c-" + newId();
    `,
    "id.ts": `
      import { randomUUID } from "node:crypto";
      export const newId = () => randomUUID();
    `,
  }),
  ported("durabletask-dotnet Guid: the context's identifier is silent", dacapoGenerator(`return ctx.newGuid();`)),
  ported(
    "durabletask-dotnet Guid: the context's identifier is silent (v3)",
    functionsV3(`return context.df.newGuid("name");`),
  ),
];

export const delayCases: readonly PortedCase[] = [...waiting, ...threads, ...identifiers];
