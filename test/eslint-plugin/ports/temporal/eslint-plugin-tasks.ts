/** The cases of eslint-plugin-temporal about tasks, loops, errors and payloads. */
import { dacapoAsync, dacapoGenerator, durableTask, functionsV3, functionsV4 } from "../frames.ts";
import { ported, portedTyped, type PortedCase } from "../ported-case.ts";

const floating: readonly PortedCase[] = [
  ported(
    "eslint-plugin-temporal floating: an activity nobody waits for is a report",
    dacapoAsync(`ctx.callActivity("sendEmail"); // want no-floating-durable-task`),
  ),
  ported(
    "eslint-plugin-temporal floating: an activity nobody yields is a report",
    functionsV4(`context.df.callActivity("sendEmail"); // want no-floating-durable-task`),
  ),
  ported(
    "eslint-plugin-temporal floating: a timer nobody waits for is a report",
    dacapoGenerator(`ctx.createTimer({ minutes: 1 }); // want no-floating-durable-task`),
  ),
  ported(
    "eslint-plugin-temporal floating: an event nobody waits for is a report",
    durableTask(`ctx.waitForExternalEvent("done"); // want no-floating-durable-task`),
  ),
  ported(
    "eslint-plugin-temporal floating: a sub-orchestration nobody waits for is a report",
    functionsV3(`context.df.callSubOrchestrator("child"); // want no-floating-durable-task`),
  ),
  ported(
    "eslint-plugin-temporal floating: a combination nobody waits for is a report",
    functionsV4(
      `context.df.Task.all([context.df.callActivity("a"), context.df.callActivity("b")]); // want no-floating-durable-task`,
    ),
  ),
  ported(
    "eslint-plugin-temporal floating: tasks that are awaited, yielded or returned are silent",
    dacapoAsync(`
      await ctx.callActivity("sendEmail");
      const result = await ctx.callActivity("processOrder", input);
      return ctx.callActivity("finish", result);
    `),
  ),
  ported(
    "eslint-plugin-temporal floating: tasks that are kept and waited for later are silent",
    dacapoAsync(`
      const email = ctx.callActivity("sendEmail");
      const sms = ctx.callActivity("sendSms");
      await Promise.all([email, sms]);
    `),
  ),
  ported(
    "eslint-plugin-temporal floating: other calls are silent",
    dacapoGenerator(
      `
    ctx.setCustomStatus("hello");
    doSomething();
  `,
      { after: `function doSomething() { return 1; }` },
    ),
  ),
  ported(
    "eslint-plugin-temporal floating: a signal to an entity is sent and forgotten by design",
    functionsV4(`
    context.df.signalEntity(new df.EntityId("counter", "1"), "add", 1);
  `),
  ),
  ported(
    "eslint-plugin-temporal floating: a task marked as not waited for is silent",
    dacapoGenerator(`void ctx.callActivity("sendEmail");`),
  ),
];

const loops: readonly PortedCase[] = [
  ported(
    "eslint-plugin-temporal busy wait: an endless loop of helpers is a report",
    dacapoGenerator(
      `
      while (true) { // want no-spin-loop
        doSomething();
      }
    `,
      { after: `function doSomething() { return 1; }` },
    ),
  ),
  ported(
    "eslint-plugin-temporal busy wait: an empty loop on something that cannot change is a report",
    functionsV4(`
      const ready = context.df.getInput();
      while (!ready) {} // want no-spin-loop
    `),
  ),
  ported(
    "eslint-plugin-temporal busy wait: a loop with a timer in each round is silent",
    dacapoGenerator(`
      let left = 3;
      while (left > 0) {
        yield* ctx.createTimer({ seconds: 1 });
        left--;
      }
    `),
  ),
  ported(
    "eslint-plugin-temporal busy wait: loops over items, with and without waiting, are silent",
    dacapoGenerator(`
      const items = ["a", "b"];
      const lengths = [];
      for (const item of items) lengths.push(item.length);
      while (items.length > 0) {
        const item = items.pop();
        yield* ctx.callActivity("processItem", item);
      }
      return lengths;
    `),
  ),
  ported(
    "eslint-plugin-temporal busy wait: a loop that waits for an answer is silent",
    functionsV3(`
      let status;
      do {
        status = yield context.df.callActivity("checkStatus");
      } while (status !== "done");
    `),
  ),
];

const swallowed: readonly PortedCase[] = [
  ported(
    "eslint-plugin-temporal swallow: an empty catch around durable work is a report",
    dacapoGenerator(`
      try {
        yield* ctx.callActivity("work");
      } catch {} // want no-swallowed-durable-error
    `),
  ),
  ported(
    "eslint-plugin-temporal swallow: catching the engine's own error and going on is a report",
    dacapoGenerator(
      `
      try {
        yield* ctx.callActivity("work");
      } catch (error) { // want no-swallowed-durable-error
        if (error instanceof NonDeterminismError) return;
        throw error;
      }
    `,
      { before: `import { NonDeterminismError } from "dacapo";` },
    ),
  ),
  ported(
    "eslint-plugin-temporal swallow: catching the engine's own error and throwing it on is silent",
    dacapoGenerator(
      `
      try {
        yield* ctx.callActivity("work");
      } catch (error) {
        if (error instanceof NonDeterminismError) throw error;
        yield* ctx.callActivity("compensate");
      }
    `,
      { before: `import { NonDeterminismError } from "dacapo";` },
    ),
  ),
  ported(
    "eslint-plugin-temporal swallow: a catch that throws on is silent",
    functionsV4(`
      try {
        yield context.df.callActivity("work");
      } catch (error) {
        yield context.df.callActivity("undo");
        throw error;
      }
    `),
  ),
  ported(
    "eslint-plugin-temporal swallow: a catch that records the failure is silent",
    dacapoGenerator(`
      try {
        yield* ctx.callActivity("work");
      } catch (error) {
        ctx.log.error("work failed", { error: String(error) });
        return "failed";
      }
    `),
  ),
  ported(
    "eslint-plugin-temporal swallow: an empty catch around plain code is silent",
    dacapoGenerator(`
      let parsed;
      try {
        parsed = JSON.parse("{");
      } catch {}
      return typeof parsed;
    `),
  ),
  ported(
    "eslint-plugin-temporal swallow: an empty catch in an activity is silent",
    `
      import { activity } from "dacapo";

      export const work = activity("work", async (_ctx, url: string) => {
        try {
          return (await fetch(url)).status;
        } catch {}
        return 0;
      });
    `,
  ),
];

/** Inputs of an activity that come out of JSON as something else, or not at all. */
const UNSERIALISABLE: Readonly<Record<string, string>> = {
  "a map": `new Map([["a", 1]])`,
  "a set": `new Set(["a"])`,
  "a function": `() => 1`,
  "a regular expression": `/a/`,
  "a big integer": `10n`,
  "a symbol": `Symbol("a")`,
  "an error": `new Error("a")`,
  "an object with a map in it": `{ id: "1", tags: new Map([["a", 1]]) }`,
};

const payloads: readonly PortedCase[] = [
  ...Object.entries(UNSERIALISABLE).map(([what, value]) =>
    portedTyped(
      `eslint-plugin-temporal payloads: ${what} as an activity's input is a report`,
      dacapoGenerator(`yield* ctx.callActivity("work", ${value}); // want serializable-payload`),
    ),
  ),
  portedTyped(
    "eslint-plugin-temporal payloads: a value of a class as a sub-orchestration's input is a report",
    functionsV4(`yield context.df.callSubOrchestrator("child", new Money(1)); // want serializable-payload`, {
      after: `
        class Money {
          constructor(private readonly cents: number) {}
          add(other: Money) { return new Money(this.cents + other.cents); }
        }
      `,
    }),
  ),
  portedTyped(
    "eslint-plugin-temporal payloads: a map as the input of the next execution is a report",
    dacapoGenerator(`
      ctx.continueAsNew(new Map([["a", 1]])); // want serializable-payload
    `),
  ),
  portedTyped(
    "eslint-plugin-temporal payloads: a set as an orchestrator's result is a report",
    dacapoGenerator(`return new Set(["a"]); // want serializable-payload`),
  ),
  portedTyped(
    "eslint-plugin-temporal payloads: plain objects, arrays, numbers, texts and null are silent",
    dacapoGenerator(`
      yield* ctx.callActivity("work", { id: "1", tags: ["a"], count: 1, ok: true, none: null });
      yield* ctx.callActivity("work", [1, "a", null]);
      yield* ctx.callActivity("work", ctx.currentUtcDateTime.toISOString());
      return { ok: true };
    `),
  ),
  portedTyped(
    "eslint-plugin-temporal payloads: a map turned into entries is silent",
    dacapoGenerator(`
      const map = new Map([["a", 1]]);
      yield* ctx.callActivity("work", [...map]);
      return Object.fromEntries(map);
    `),
  ),
  portedTyped(
    "eslint-plugin-temporal payloads: an error's message is silent",
    dacapoGenerator(`yield* ctx.callActivity("work", new Error("a").message);`),
  ),
  portedTyped(
    "eslint-plugin-temporal payloads: a value of a class that says how it becomes JSON is silent",
    dacapoGenerator(`yield* ctx.callActivity("work", new Money(1));`, {
      after: `
        class Money {
          constructor(private readonly cents: number) {}
          toJSON() { return { cents: this.cents }; }
        }
      `,
    }),
  ),
  portedTyped(
    "eslint-plugin-temporal payloads: a helper outside orchestrators may take what it likes",
    dacapoGenerator(`return ctx.instanceId;`, {
      after: `export function helper(at: Date, map: Map<string, Date>) { return map.get(at.toISOString()); }`,
    }),
  ),
];

const continuing: readonly PortedCase[] = [
  ported(
    "eslint-plugin-temporal continue-as-new: yielding it is a report",
    functionsV4(`
      yield context.df.continueAsNew(1); // want continue-as-new-usage
    `),
  ),
  ported(
    "eslint-plugin-temporal continue-as-new: durable work after it is a report",
    dacapoGenerator(`
      ctx.continueAsNew(1); // want continue-as-new-usage
      yield* ctx.callActivity("work");
    `),
  ),
  ported(
    "eslint-plugin-temporal continue-as-new: as the last durable thing it is silent",
    dacapoGenerator(`
      yield* ctx.callActivity("work");
      ctx.continueAsNew({ round: 2 });
    `),
  ),
  ported(
    "eslint-plugin-temporal continue-as-new: durable work on the other branch is silent",
    functionsV3(`
      const more = yield context.df.callActivity("more");
      if (more) {
        context.df.continueAsNew(more);
        return;
      }
      yield context.df.callActivity("finish");
    `),
  ),
];

const replaying: readonly PortedCase[] = [
  ported(
    "eslint-plugin-temporal replay: durable work only when not replaying is a report",
    functionsV4(`
      if (!context.df.isReplaying) yield context.df.callActivity("notify"); // want no-replay-branching
    `),
  ),
  ported(
    "eslint-plugin-temporal replay: durable work in a branch of the flag's other side is a report",
    dacapoGenerator(`
      if (ctx.isReplaying) ctx.setCustomStatus("replaying"); // want no-replay-branching
      else yield* ctx.createTimer({ seconds: 1 }); // want no-replay-branching
    `),
  ),
  ported(
    "eslint-plugin-temporal replay: a clock behind the flag stays a report",
    functionsV3(`
      if (!context.df.isReplaying) context.log(String(Date.now())); // want no-wall-clock
    `),
  ),
];

const names: readonly PortedCase[] = [
  ported(
    "eslint-plugin-temporal message names: a computed event's name is a report of the strict rule",
    dacapoGenerator(`yield* ctx.waitForExternalEvent(String(input)); // want literal-task-name`),
  ),
  ported(
    "eslint-plugin-temporal message names: a literal event's name is silent",
    dacapoGenerator(`yield* ctx.waitForExternalEvent("approved");`),
  ),
  ported(
    "eslint-plugin-temporal message names: a constant event's name is silent",
    durableTask(`yield ctx.waitForExternalEvent(APPROVED);`, { after: `const APPROVED = "approved";` }),
  ),
];

const shapes: readonly PortedCase[] = [
  ported(
    "eslint-plugin-temporal shape: an async function where a generator is needed is a report (v4)",
    `
      import * as df from "durable-functions";

      df.app.orchestration("flow", async (context) => { // want orchestrator-shape
        return context.df.instanceId;
      });
    `,
  ),
  ported(
    "eslint-plugin-temporal shape: an async generator where a generator is needed is a report (v3)",
    `
      import * as df from "durable-functions";

      export default df.orchestrator(async function* (context) { // want orchestrator-shape
        yield context.df.callActivity("work");
      });
    `,
  ),
  ported(
    "eslint-plugin-temporal shape: all four shapes are silent where all are accepted",
    `
      import { orchestrator } from "dacapo";

      export const one = orchestrator("one", function* (ctx) {
        yield* ctx.createTimer({ seconds: 1 });
      });
      export const two = orchestrator("two", async (ctx) => {
        await ctx.createTimer({ seconds: 1 });
      });
      export const three = orchestrator("three", async function* (ctx) {
        yield ctx.createTimer({ seconds: 1 });
      });
      export const four = orchestrator("four", (ctx) => ctx.instanceId);
    `,
  ),
  portedTyped(
    "eslint-plugin-temporal shape: a generator helper that nobody delegates to is a report",
    dacapoGenerator(
      `
      step(); // want no-unused-generator-call
      yield* step();
    `,
      {
        after: `
          function* step() {
            return 1;
          }
        `,
      },
    ),
  ),
];

export const eslintPluginTaskCases: readonly PortedCase[] = [
  ...floating,
  ...loops,
  ...swallowed,
  ...payloads,
  ...continuing,
  ...replaying,
  ...names,
  ...shapes,
];
