/** The cases of durabletask-dotnet's analyzers about the clock (DURABLE0001). */
import { dacapoAsync, dacapoGenerator, durableTask, functionsV3, functionsV4 } from "../frames.ts";
import { ported, portedTyped, type PortedCase } from "../ported-case.ts";

/** `DateTime.Now`, `UtcNow` and `Today`, `TimeProvider.GetTimestamp`, as JavaScript writes them. */
const READS = [
  "Date.now()",
  "new Date().toISOString()",
  "new Date().setUTCHours(0, 0, 0, 0)",
  "Date()",
  "performance.now()",
];

const FRAMES = { dacapoGenerator, dacapoAsync, functionsV3, functionsV4, durableTask };

const eachRead = Object.entries(FRAMES).flatMap(([frame, write]) =>
  READS.map((read) =>
    ported(
      `durabletask-dotnet DateTime: ${read} in an orchestrator is a report (${frame})`,
      write(`return ${read}; // want no-wall-clock`),
    ),
  ),
);

const inHelpers: readonly PortedCase[] = [
  ported(
    "durabletask-dotnet DateTime: two orchestrations through one chain of three are two reports",
    `
      import * as df from "durable-functions";

      const level1 = () => level2();
      const level2 = () => level3();
      const level3 = () => Date.now();

      df.app.orchestration("run1", function* () {
        return level1(); // want no-wall-clock
      });
      df.app.orchestration("run2", function* () {
        return level1(); // want no-wall-clock
      });
    `,
  ),
  ported(
    "durabletask-dotnet DateTime: a recursive helper is a single report",
    dacapoGenerator(`return recursive(0); // want no-wall-clock`, {
      after: `
        function recursive(i) {
          if (i === 10) return 1;
          return Date.now() + recursive(i + 1);
        }
      `,
    }),
  ),
  ported(
    "durabletask-dotnet DateTime: a helper called three times is a report at each call",
    functionsV4(
      `
      method(); // want no-wall-clock
      method(); // want no-wall-clock
      method(); // want no-wall-clock
    `,
      { after: `const method = () => Date.now();` },
    ),
  ),
  ported(
    "durabletask-dotnet DateTime: two reads in one helper are one report at its call",
    dacapoGenerator(`return span(); // want no-wall-clock`, {
      after: `
        function span() {
          const start = Date.now();
          return performance.now() - start;
        }
      `,
    }),
  ),
  ported(
    "durabletask-dotnet DateTime: two helpers that each read, under one call, are two reports there",
    dacapoGenerator(`return both(); // want no-wall-clock no-wall-clock`, {
      after: `
        const both = () => first() + second();
        const first = () => Date.now();
        const second = () => performance.now();
      `,
    }),
  ),
  portedTyped("durabletask-dotnet DateTime: a helper in another file is followed", {
    "main.ts": functionsV3(`return today(); // want no-wall-clock`, {
      before: `import { today } from "./calendar.ts";`,
    }),
    "calendar.ts": `export function today() { return new Date().toISOString().slice(0, 10); }`,
  }),
  portedTyped("durabletask-dotnet DateTime: a class in another file is followed", {
    "main.ts": durableTask(`return new Calendar().today(); // want no-wall-clock`, {
      before: `import { Calendar } from "./calendar.ts";`,
    }),
    "calendar.ts": `export class Calendar { today() { return Date.now(); } }`,
  }),
  portedTyped("durabletask-dotnet DateTime: a constructor that reads the clock is reported where it is called", {
    "main.ts": dacapoGenerator(`return new Stamp().at; // want no-wall-clock`, {
      before: `import { Stamp } from "./stamp.ts";`,
    }),
    "stamp.ts": `
      export class Stamp {
        readonly at: number;
        constructor() { this.at = Date.now(); }
      }
    `,
  }),
  portedTyped("durabletask-dotnet DateTime: a getter that reads the clock is reported where it is read", {
    "main.ts": dacapoGenerator(`return clock.current; // want no-wall-clock`, {
      before: `import { clock } from "./clock.ts";`,
    }),
    "clock.ts": `export const clock = { get current() { return Date.now(); } };`,
  }),
  portedTyped("durabletask-dotnet DateTime: a static method of another file's class is followed", {
    "main.ts": functionsV4(`return Calendar.today(); // want no-wall-clock`, {
      before: `import { Calendar } from "./calendar.ts";`,
    }),
    "calendar.ts": `export class Calendar { static today() { return Date.now(); } }`,
  }),
];

const others: readonly PortedCase[] = [
  ported("durabletask-dotnet DateTime: an empty file is silent", ``),
  ported("durabletask-dotnet DateTime: a file that only imports the library is silent", `import "durable-functions";`),
  ported(
    "durabletask-dotnet DateTime: code that is no orchestrator is silent",
    functionsV4(`return "done";`, { after: `export function method() { console.log(new Date()); }` }),
  ),
  ported(
    "durabletask-dotnet DateTime: a helper that nobody calls is silent",
    functionsV4(`return new Date(2024, 1, 1).getTime();`, { after: `export const notCalled = () => Date.now();` }),
  ),
  ported(
    "durabletask-dotnet DateTime: async helpers are followed",
    dacapoAsync(
      `
      const first = taskInvocation(); // want no-wall-clock
      const second = valueInvocation(); // want no-wall-clock
      return [first, second].length;
    `,
      {
        after: `
          async function taskInvocation() { return Date.now(); }
          const valueInvocation = () => Promise.resolve(Date.now());
        `,
      },
    ),
  ),
  ported(
    "durabletask-dotnet DateTime: functions inside the orchestrator that run are reported at their leaves",
    durableTask(`
      function fn0() { return Date.now(); } // want no-wall-clock
      const fn1 = () => Date.now(); // want no-wall-clock
      const fn2 = (days: number) => Date.now() + days; // want no-wall-clock
      return fn0() + fn1() + fn2(2);
    `),
  ),
  ported(
    "durabletask-dotnet DateTime: functions inside the orchestrator that never run are silent",
    durableTask(`
      function fn0() { return Date.now(); }
      const fn1 = () => Date.now();
      return typeof fn0 + typeof fn1;
    `),
  ),
  ported(
    "durabletask-dotnet DateTime: a function registered by reference is an orchestrator",
    `
      import { TaskHubGrpcWorker } from "@microsoft/durabletask-js";

      function main() {
        const worker = new TaskHubGrpcWorker();
        worker.addNamedOrchestrator("myRun", myRun);
      }
      async function myRun() {
        return Date.now(); // want no-wall-clock
      }
      main();
    `,
  ),
  ported(
    "durabletask-dotnet DateTime: a variable of the library's orchestrator type is an orchestrator",
    `
      import type { TOrchestrator } from "@microsoft/durabletask-js";

      export const run: TOrchestrator = async () => method(); // want no-wall-clock
      const method = () => Date.now();
    `,
  ),
  ported(
    "durabletask-dotnet DateTime: a parameter of the library's context type makes an orchestrator",
    `
      import type { OrchestrationContext } from "durable-functions";

      export function* run(context: OrchestrationContext) {
        yield context.df.callActivity("work");
        return Date.now(); // want no-wall-clock
      }
    `,
  ),
  ported(
    "durabletask-dotnet DateTime: a context type of another library makes no orchestrator",
    `
      import type { OrchestrationContext } from "somebody-else";
      import "durable-functions";

      export async function run(context: OrchestrationContext) {
        return String(context) + Date.now();
      }
    `,
  ),
  portedTyped(
    "durabletask-dotnet TimeProvider: a clock behind an interface is silent",
    dacapoGenerator(`return readFrom(input as TimeProvider);`, {
      after: `
        interface TimeProvider { now(): number; }
        function readFrom(time: TimeProvider) { return time.now(); }
      `,
    }),
  ),
  portedTyped("durabletask-dotnet TimeProvider: a clock of a class that is in sight is reported", {
    "main.ts": dacapoAsync(`return time.now(); // want no-wall-clock`, {
      after: `
        class SystemTime { now() { return Date.now(); } }
        const time = new SystemTime();
      `,
    }),
  }),
];

export const clockCases: readonly PortedCase[] = [...eachRead, ...inHelpers, ...others];
