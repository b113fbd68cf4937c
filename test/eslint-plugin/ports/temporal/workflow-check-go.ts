/** The cases of workflowcheck, the tool of Temporal's Go library. */
import { dacapoAsync, dacapoGenerator, durableTask, functionsV3, functionsV4 } from "../frames.ts";
import { ported, portedTyped, type PortedCase } from "../ported-case.ts";

const workflows: readonly PortedCase[] = [
  ported("workflowcheck: an orchestrator that does nothing is silent", dacapoGenerator(`return;`)),
  ported(
    "workflowcheck: an orchestrator that reads the clock is a report",
    functionsV3(`new Date().getTime(); // want no-wall-clock`),
  ),
  ported(
    "workflowcheck: a clock inside a recorded activity is silent",
    `
      import { activity, orchestrator } from "dacapo";

      export const flow = orchestrator("flow", function* (ctx) {
        return yield* ctx.callActivity(now);
      });
      const now = activity("now", async () => Date.now());
    `,
  ),
  ported(
    "workflowcheck: a clock beside a recorded activity is a report",
    `
      import { activity, orchestrator } from "dacapo";

      export const flow = orchestrator("flow", function* (ctx) {
        const recorded = yield* ctx.callActivity(now);
        return recorded - Date.now(); // want no-wall-clock
      });
      const now = activity("now", async () => Date.now());
    `,
  ),
  ported(
    "workflowcheck: a clock in a helper is a report at its call",
    durableTask(`return someTimeCall(); // want no-wall-clock`, {
      after: `function someTimeCall() { return Date.now(); }`,
    }),
  ),
  ported(
    "workflowcheck: an orchestrator that does not name its context is still one",
    `
      import { orchestrator } from "dacapo";

      export const flow = orchestrator("flow", function* () {
        return Date.now(); // want no-wall-clock
      });
    `,
  ),
  ported(
    "workflowcheck: an orchestrator that takes its context apart is still one",
    `
      import { orchestrator } from "dacapo";

      export const flow = orchestrator("flow", function* ({ instanceId }) {
        return instanceId + Date.now(); // want no-wall-clock
      });
    `,
  ),
  ported(
    "workflowcheck: waiting with a time limit is silent",
    dacapoGenerator(
      `
      const ready = ctx.waitForExternalEvent("ready");
      const limit = ctx.createTimer({ seconds: 5 });
      const winner = yield* whenAny([ready, limit]);
      if (winner === ready) limit.cancel();
      return winner === ready;
    `,
      { before: `import { whenAny } from "dacapo";` },
    ),
  ),
  ported(
    "workflowcheck: a function whose context is no orchestrator's is silent",
    `
      import "dacapo";
      import type { Context } from "koa";

      export function notWorkflow(ctx: Context) {
        return ctx.path + Date.now();
      }
    `,
  ),
  ported(
    "workflowcheck: iterating a map is silent, as a map keeps its order here",
    dacapoAsync(`
      const map = new Map([["a", 1]]);
      for (const [key, value] of map) ctx.setCustomStatus(key + String(value));
    `),
  ),
];

const calls: readonly PortedCase[] = [
  ported(
    "workflowcheck calls: a chain of calls is one report, at its start",
    dacapoGenerator(`callsTimeTransitively(); // want no-wall-clock`, {
      after: `
        const callsTime = () => Date.now();
        const callsTimeTransitively = () => callsTime();
      `,
    }),
  ),
  ported(
    "workflowcheck calls: a library's function that reads the clock inside is a report",
    functionsV4(
      `
      const past = isPast(new Date(0)); // want no-wall-clock
      const ago = formatDistanceToNow(new Date(0)); // want no-wall-clock
      return past ? ago : "";
    `,
      { before: `import { formatDistanceToNow, isPast } from "date-fns";` },
    ),
  ),
  ported(
    "workflowcheck calls: a function that only calls itself is silent",
    dacapoGenerator(`recursion(3);`, {
      after: `function recursion(n) { if (n > 0) recursion(n - 1); }`,
    }),
  ),
  ported(
    "workflowcheck calls: recursion beside a clock ends, and is one report",
    dacapoGenerator(`recursion(3); // want no-wall-clock`, {
      after: `
        function recursion(n) {
          if (n > 0) recursion(n - 1);
          callsTime();
        }
        const callsTime = () => Date.now();
      `,
    }),
  ),
  ported(
    "workflowcheck calls: a clock here and a clock in a helper are two reports",
    dacapoGenerator(
      `
      const here = Date.now(); // want no-wall-clock
      return here + callsTime(); // want no-wall-clock
    `,
      { after: `const callsTime = () => Date.now();` },
    ),
  ),
  ported(
    "workflowcheck calls: a function declared nondeterministic is a report, whatever it does",
    dacapoGenerator(`badCall(); // want no-nondeterministic-call`, {
      after: `
        /** @nondeterministic It answers from a plugin. */
        function badCall() { return 1; }
      `,
    }),
  ),
  ported(
    "workflowcheck calls: a function declared nondeterministic and reached through a helper is a report at the helper's call",
    dacapoGenerator(`helper(); // want no-nondeterministic-call`, {
      after: `
        function helper() { return badCall(); }
        /** @nondeterministic It answers from a plugin. */
        function badCall() { return 1; }
      `,
    }),
  ),
  ported(
    "workflowcheck calls: a function declared deterministic is silent, and so are its callers",
    dacapoGenerator(
      `
      ignoredCall();
      ignoredCallTransitive();
    `,
      {
        after: `
          /** @deterministic The clock only feeds a cache of pure results. */
          function ignoredCall() { return Date.now() > 0; }
          function ignoredCallTransitive() { return ignoredCall(); }
        `,
      },
    ),
  ),
  portedTyped("workflowcheck calls: the declaration of another file holds here", {
    "main.ts": dacapoGenerator(
      `
      good();
      bad(); // want no-nondeterministic-call
    `,
      { before: `import { bad, good } from "./declared.ts";` },
    ),
    "declared.ts": `
      /** @deterministic Memoised by its argument. */
      export const good = () => Math.random() < 2;
      /** @nondeterministic Its native half reads a device. */
      export const bad = () => 1;
    `,
  }),
  portedTyped("workflowcheck calls: the declaration in a file of types holds", {
    "main.ts": dacapoGenerator(`return read(); // want no-nondeterministic-call`, {
      before: `import { read } from "./device.js";`,
    }),
    "device.d.ts": `
      /** @nondeterministic */
      export declare function read(): number;
    `,
  }),
  ported(
    "workflowcheck calls: logging, random numbers and requests in helpers are reports of their own rules",
    dacapoGenerator(
      `
      callsLog(); // want no-unsafe-logging
      callsRandom(); // want no-random
      callsHttp(); // want no-io
    `,
      {
        after: `
          const callsLog = () => console.log("log");
          const callsRandom = () => Math.random();
          const callsHttp = () => { void fetch("https://example.invalid"); };
        `,
      },
    ),
  ),
  ported(
    "workflowcheck calls: one helper with three hazards is three reports at its call",
    dacapoGenerator(`everything(); // want no-random no-unsafe-logging no-wall-clock`, {
      after: `
        function everything() {
          console.log("log");
          return Math.random() + Date.now();
        }
      `,
    }),
  ),
  ported("workflowcheck calls: formatting is silent", functionsV3("return `foo ${context.df.instanceId}`.padEnd(20);")),
];

const accesses: readonly PortedCase[] = [
  ported(
    "workflowcheck access: writing to standard output is a report",
    dacapoGenerator(`process.stdout.write("hello"); // want no-io`),
  ),
  ported(
    "workflowcheck access: writing to standard output in a helper is a report at its call",
    dacapoGenerator(`write(); // want no-io`, { after: `const write = () => process.stdout.write("hello");` }),
  ),
  ported(
    "workflowcheck access: reading a module's variable that changes is a report",
    dacapoGenerator(`return badVariable; // want no-module-state`, {
      after: `
        let badVariable = 0;
        export function touch() { badVariable++; }
      `,
    }),
  ),
  ported(
    "workflowcheck access: reading a module's constant is silent",
    dacapoGenerator(`return GOOD.length + RETRIES;`, {
      after: `
        const GOOD = ["a", "b"];
        const RETRIES = 3;
      `,
    }),
  ),
  ported(
    "workflowcheck access: a random source used without a call of its own is a report",
    dacapoGenerator(`return webcrypto.getRandomValues(new Uint8Array(1)).length; // want no-random`, {
      before: `import { webcrypto } from "node:crypto";`,
    }),
  ),
];

const methods: readonly PortedCase[] = [
  portedTyped(
    "workflowcheck method: a method of a value made on the spot is followed",
    dacapoGenerator(`return new SomeStruct().read(); // want no-wall-clock`, {
      after: `class SomeStruct { read() { return Date.now(); } }`,
    }),
  ),
  portedTyped(
    "workflowcheck method: a method of a value in a local is followed",
    dacapoGenerator(
      `
      const some = new SomeStruct();
      return some.read(); // want no-wall-clock
    `,
      { after: `class SomeStruct { read() { return Date.now(); } }` },
    ),
  ),
  portedTyped(
    "workflowcheck method: an inherited method is followed",
    dacapoGenerator(`return new Derived().read(); // want no-wall-clock`, {
      after: `
        class Base { read() { return Date.now(); } }
        class Derived extends Base {}
      `,
    }),
  ),
  portedTyped(
    "workflowcheck method: an overridden method is followed to the override",
    dacapoGenerator(`return new Derived().read();`, {
      after: `
        class Base { read() { return Date.now(); } }
        class Derived extends Base { override read() { return 1; } }
      `,
    }),
  ),
  portedTyped(
    "workflowcheck method: a method of an interface, declared nondeterministic, is a report",
    dacapoGenerator(`return ask(input as Device); // want no-nondeterministic-call`, {
      after: `
        interface Device {
          /** @nondeterministic */
          read(): number;
        }
        function ask(device: Device) { return device.read(); }
      `,
    }),
  ),
];

const ignored: readonly PortedCase[] = [
  ported(
    "workflowcheck ignore: of three lines the one under the comment is silent",
    dacapoGenerator(`
      console.log("do not ignore this"); // want no-unsafe-logging
      // dacapo-ignore-next-line no-unsafe-logging: this line is meant for the console
      console.info("ignore this");
      console.debug("do not ignore this"); // want no-unsafe-logging
    `),
  ),
  ported(
    "workflowcheck ignore: the rule may carry the plugin's prefix",
    functionsV4(`
      // dacapo-ignore-next-line dacapo/no-wall-clock: only for the status page
      context.df.setCustomStatus(String(Date.now()));
    `),
  ),
  ported(
    "workflowcheck ignore: a comment at the leaf holds for every call that leads there",
    dacapoGenerator(
      `
      helper();
      helper();
    `,
      {
        after: `
          function helper() {
            // dacapo-ignore-next-line no-wall-clock: the value is only compared with itself
            return Date.now();
          }
        `,
      },
    ),
  ),
  ported(
    "workflowcheck ignore: a comment at the call holds for what it leads to",
    dacapoGenerator(
      `
      // dacapo-ignore-next-line no-wall-clock: the value is only compared with itself
      helper();
      helper(); // want no-wall-clock
    `,
      { after: `function helper() { return Date.now(); }` },
    ),
  ),
  ported(
    "workflowcheck ignore: a comment for one rule leaves the others of the line",
    dacapoGenerator(`
      // dacapo-ignore-next-line no-wall-clock: stamped on purpose
      return Math.random() + Date.now(); // want no-random
    `),
  ),
  ported(
    "workflowcheck ignore: a comment that silences nothing is a report",
    dacapoGenerator(`
      // dacapo-ignore-next-line no-wall-clock: there was a clock here once // want valid-suppression
      return ctx.instanceId;
    `),
  ),
  ported(
    "workflowcheck ignore: a comment that names no rule of ours is a report",
    dacapoGenerator(`
      // dacapo-ignore-next-line no-sundial: nobody knows this one // want valid-suppression
      return ctx.instanceId;
    `),
  ),
];

export const workflowCheckGoCases: readonly PortedCase[] = [
  ...workflows,
  ...calls,
  ...accesses,
  ...methods,
  ...ignored,
];
