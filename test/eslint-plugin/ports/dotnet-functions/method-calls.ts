/** The cases of the Durable Functions extension's analyzers about calls (DF0107), and its await rule that never shipped. */
import { functionsV3, functionsV4 } from "../frames.ts";
import { ported, portedTyped, type PortedCase } from "../ported-case.ts";

const calls: readonly PortedCase[] = [
  ported(
    "Durable Functions Method: calls without hazards, also recursive ones, are silent",
    functionsV3(
      `
      "Testing".toLowerCase();
      directCall(3);
    `,
      {
        after: `
          function directCall(depth) {
            "method".toUpperCase();
            indirectCall();
            recursiveCall(depth);
            mutuallyRecursive(depth);
          }
          function indirectCall() { return 1; }
          function recursiveCall(depth) { if (depth > 0) recursiveCall(depth - 1); }
          function mutuallyRecursive(depth) { if (depth > 0) mutuallyRecursive2(depth - 1); }
          function mutuallyRecursive2(depth) { if (depth > 0) mutuallyRecursive(depth - 1); }
        `,
      },
    ),
  ),
  ported(
    "Durable Functions Method: a helper with a clock is a report at its call",
    functionsV3(`directCall(); // want no-wall-clock`, { after: `function directCall() { return Date.now(); }` }),
  ),
  ported(
    "Durable Functions Method: a chain of two is one report, at its start",
    functionsV4(`directCall(); // want no-wall-clock`, {
      after: `
        function directCall() { return indirectCall(); }
        function indirectCall() { return Date.now(); }
      `,
    }),
  ),
  ported(
    "Durable Functions Method: the first hazard of a helper does not hide the second",
    functionsV3(`directCall(); // want no-environment no-wall-clock`, {
      after: `
        function directCall() {
          const at = Date.now();
          return at + Number(process.env.test);
        }
      `,
    }),
  ),
  ported(
    "Durable Functions Method: a recursive helper is one report",
    functionsV4(`recursiveCall(); // want no-wall-clock`, {
      after: `
        function recursiveCall() {
          Date.now();
          recursiveCall();
        }
      `,
    }),
  ),
  ported(
    "Durable Functions Method: mutually recursive helpers are one report",
    functionsV3(`mutually(); // want no-wall-clock`, {
      after: `
        function mutually() {
          Date.now();
          mutually2();
        }
        function mutually2() { mutually(); }
      `,
    }),
  ),
  ported(
    "Durable Functions Method: of two orchestrators of which one calls the other, the call is the report",
    `
      import * as df from "durable-functions";

      function* workflowV1(context) {
        return yield context.df.callActivity("work");
      }
      function* workflowV2(context) {
        return yield* workflowV1(context); // want no-direct-orchestrator-call
      }
      df.app.orchestration("workflowV1", workflowV1);
      df.app.orchestration("workflowV2", workflowV2);
    `,
  ),
  portedTyped("Durable Functions Method: a chain of eight over four files is one report", {
    "main.ts": functionsV4(`return one(); // want no-wall-clock`, { before: `import { one } from "./a.ts";` }),
    "a.ts": `
      import { three } from "./b.ts";
      export const one = () => two();
      const two = () => three();
    `,
    "b.ts": `
      import { five } from "./c.ts";
      export function three() { return four(); }
      function four() { return five(); }
    `,
    "c.ts": `
      import { Seven } from "./d.ts";
      export const five = () => six();
      const six = () => new Seven().seven();
    `,
    "d.ts": `
      export class Seven {
        seven() { return this.eight(); }
        private eight() { return Date.now(); }
      }
    `,
  }),
  portedTyped("Durable Functions Method: helpers that import each other are followed without end", {
    "main.ts": functionsV3(`return ping(3); // want no-wall-clock`, { before: `import { ping } from "./ping.ts";` }),
    "ping.ts": `
      import { pong } from "./pong.ts";
      export const ping = (n: number): number => (n > 0 ? pong(n - 1) : Date.now());
    `,
    "pong.ts": `
      import { ping } from "./ping.ts";
      export const pong = (n: number): number => ping(n);
    `,
  }),
  portedTyped("Durable Functions Method: an array of helpers, called in a loop, is followed", {
    "main.ts": functionsV4(`return steps.map((step) => step()); // want no-wall-clock`, {
      before: `import { steps } from "./steps.ts";`,
    }),
    "steps.ts": `export const steps = [() => 1, () => Date.now()];`,
  }),
  portedTyped("Durable Functions Method: a helper that another helper returns is followed", {
    "main.ts": functionsV4(`return reader("utc")(); // want no-wall-clock`, {
      before: `import { reader } from "./reader.ts";`,
    }),
    "reader.ts": `export const reader = (zone: string) => () => zone + Date.now();`,
  }),
  portedTyped("Durable Functions Method: a factory that returns the orchestrator makes an orchestrator", {
    "main.ts": `
      import * as df from "durable-functions";
      import { getFlow } from "./flow.ts";

      export default df.orchestrator(getFlow("work"));
    `,
    "flow.ts": `
      import type { IOrchestrationFunctionContext } from "durable-functions/lib/src/classes";

      export const getFlow = (name: "work") =>
        function* (context: IOrchestrationFunctionContext) {
          yield context.df.callActivity(name);
          return Date.now(); // want no-wall-clock
        };
    `,
  }),
  portedTyped("Durable Functions Method: a member of an enumeration of helpers is followed", {
    "main.ts": functionsV3(`return clocks.local.read(); // want no-wall-clock`, {
      before: `import { clocks } from "./clocks.ts";`,
    }),
    "clocks.ts": `export const clocks = { local: { read: () => Date.now() }, fixed: { read: () => 0 } } as const;`,
  }),
  portedTyped("Durable Functions Method: the harmless member beside the hazardous one is silent", {
    "main.ts": functionsV3(`return clocks.fixed.read();`, { before: `import { clocks } from "./clocks.ts";` }),
    "clocks.ts": `export const clocks = { local: { read: () => Date.now() }, fixed: { read: () => 0 } } as const;`,
  }),
];

const awaits: readonly PortedCase[] = [
  portedTyped(
    "Durable Functions Await: yielding a durable task is silent",
    functionsV3(`return yield context.df.callActivity("HelloWorld", "Minneapolis");`),
  ),
  portedTyped(
    "Durable Functions Await: awaiting outside orchestrators is silent",
    functionsV3(`return "done";`, {
      after: `
        export async function run() { await userDefined(); }
        async function userDefined() { return 1; }
      `,
    }),
  ),
  portedTyped(
    "Durable Functions Await: yielding the promise of one's own function is a report",
    functionsV4(`yield userDefined(); // want no-await-non-durable`, {
      after: `async function userDefined() { return 1; }`,
    }),
  ),
  portedTyped(
    "Durable Functions Await: yielding a promise inside a generator helper is a report at the helper's call",
    functionsV4(`return yield* directCall(); // want no-await-non-durable`, {
      after: `
        function* directCall() {
          return yield userDefined();
        }
        async function userDefined() { return 1; }
      `,
    }),
  ),
];

export const methodCallCases: readonly PortedCase[] = [...calls, ...awaits];
