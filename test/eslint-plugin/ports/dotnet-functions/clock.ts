/** The cases of the Durable Functions extension's analyzers about the clock, identifiers and waiting (DF0101 to DF0104). */
import { functionsV3, functionsV4 } from "../frames.ts";
import { ported, type PortedCase } from "../ported-case.ts";

const FRAMES = { v3: functionsV3, v4: functionsV4 };

/** `Now`, `UtcNow`, `Today`: with and without the owner's whole name, as C# writes them with and without a namespace. */
const CLOCKS = [
  "Date.now()",
  "globalThis.Date.now()",
  "new Date().getTime()",
  "new globalThis.Date().getTime()",
  "new Date().toISOString().slice(0, 10)",
  "globalThis.performance.now()",
];

/** `NewGuid`, likewise. */
const IDENTIFIERS = ["crypto.randomUUID()", "globalThis.crypto.randomUUID()"];

/** `Task.Delay` and `Thread.Sleep`: in a statement, in a new variable, in a known one, with a computed length. */
const WAITS: Readonly<Record<string, string>> = {
  "in a statement": "setTimeout(() => undefined, 1000); // want no-native-timers",
  "of the global object": "globalThis.setTimeout(() => undefined, 1000); // want no-native-timers",
  "in a new variable":
    "const timer = setTimeout(() => undefined, 1000); // want no-native-timers\nclearTimeout(timer);",
  "in a known variable":
    "let timer;\ntimer = setTimeout(() => undefined, 1000); // want no-native-timers\nclearTimeout(timer);",
  "in a property":
    "const held = { timer: null };\nheld.timer = setTimeout(() => undefined, 1); // want no-native-timers",
  "of a computed length": "const seconds = 3;\nsetTimeout(() => undefined, seconds * 1000); // want no-native-timers",
  "of no length": "setTimeout(() => undefined); // want no-native-timers",
};

const perFrame = Object.entries(FRAMES).flatMap(([version, frame]) => [
  ...CLOCKS.map((read) =>
    ported(
      `Durable Functions DateTime: ${read} in an orchestrator is a report (${version})`,
      frame(`return ${read}; // want no-wall-clock`),
    ),
  ),
  ...IDENTIFIERS.map((make) =>
    ported(
      `Durable Functions Guid: ${make} in an orchestrator is a report (${version})`,
      frame(`return ${make}; // want no-random`),
    ),
  ),
  ...Object.entries(WAITS).map(([how, lines]) =>
    ported(`Durable Functions Timer: a host timer ${how} is a report (${version})`, frame(lines)),
  ),
  ported(
    `Durable Functions DateTime: every clock in a helper is one report at its call (${version})`,
    frame(`directCall(); // want no-wall-clock`, {
      after: `
        function directCall() {
          return [Date.now(), new Date().getTime(), globalThis.Date.now(), performance.now()];
        }
      `,
    }),
  ),
  ported(
    `Durable Functions DateTime: every clock outside orchestrators is silent (${version})`,
    frame(`return "done";`, {
      after: `
        export function dateTimeNow() {
          return [Date.now(), new Date().getTime(), globalThis.Date.now(), performance.now()];
        }
      `,
    }),
  ),
]);

const threads: readonly PortedCase[] = [
  ported(
    "Durable Functions ThreadTask: each way to work beside the orchestrator is a report",
    functionsV3(
      `
      setImmediate(() => undefined); // want no-native-timers
      queueMicrotask(() => undefined); // want no-native-timers
      const thread = new Worker("./job.js"); // want no-io
      return typeof thread;
    `,
      { before: `import { Worker } from "node:worker_threads";` },
    ),
  ),
  ported(
    "Durable Functions ThreadTask: the same by the module's whole name is a report",
    functionsV3(
      `
      timers.setImmediate(() => undefined); // want no-native-timers
      const thread = new threads.Worker("./job.js"); // want no-io
      return typeof thread;
    `,
      { before: `import * as threads from "node:worker_threads";\nimport * as timers from "node:timers";` },
    ),
  ),
  ported(
    "Durable Functions ThreadTask: in a helper they are a report for each rule at its call",
    functionsV4(`directCall(); // want no-io no-native-timers`, {
      before: `import { Worker } from "node:worker_threads";`,
      after: `
        function directCall() {
          setImmediate(() => undefined);
          queueMicrotask(() => undefined);
          return new Worker("./job.js");
        }
      `,
    }),
  ),
  ported(
    "Durable Functions ThreadTask: outside orchestrators they are silent",
    functionsV4(`return "done";`, {
      before: `import { Worker } from "node:worker_threads";`,
      after: `
        export function start() {
          setImmediate(() => undefined);
          return new Worker("./job.js");
        }
      `,
    }),
  ),
  ported(
    "Durable Functions ThreadTask: a native promise made by hand is a report",
    functionsV3(`
      const later = new Promise(() => undefined); // want no-native-promise
      return typeof later;
    `),
  ),
  ported(
    "Durable Functions ThreadTask: waiting for several through native promises is a report",
    functionsV4(`
      const one = context.df.callActivity("one");
      const two = context.df.callActivity("two");
      const all = Promise.all([one, two]); // want no-native-promise
      return typeof all;
    `),
  ),
  ported(
    "Durable Functions ThreadTask: a continuation that runs in the orchestrator's own order is silent",
    functionsV3(`
      const value = yield context.df.callActivity("work");
      return [value].map((one) => String(one)).join();
    `),
  ),
];

export const clockCases: readonly PortedCase[] = [...perFrame, ...threads];
