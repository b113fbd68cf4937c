/** The cases of AWS's, Inngest's and DBOS's plugins about the context inside steps, and about awaiting outside them. */
import { dacapoAsync, dacapoGenerator, functionsV4 } from "../frames.ts";
import { ported, portedTyped, type PortedCase } from "../ported-case.ts";

const nested: readonly PortedCase[] = [
  ported(
    "AWS nesting: the orchestrator's context inside a step is a report",
    `
      import { activity, orchestrator } from "dacapo";

      export const flow = orchestrator("flow", function* (ctx) {
        const outer = activity("outer", async () => {
          await ctx.callActivity("inner"); // want no-outer-context
          return "done";
        });
        yield* ctx.callActivity(outer);
      });
    `,
  ),
  ported(
    "AWS nesting: a step whose own context has the same name is silent",
    `
      import { activity, orchestrator } from "dacapo";

      export const flow = orchestrator("flow", function* (ctx) {
        const outer = activity("outer", async (ctx) => {
          await ctx.sleep({ seconds: 1 });
          return ctx.instanceId;
        });
        yield* ctx.callActivity(outer);
      });
    `,
  ),
  ported(
    "AWS nesting: the orchestrator's context in a function inside a step is a report",
    `
      import { activity, orchestrator } from "dacapo";

      export const flow = orchestrator("flow", function* (context) {
        const outer = activity("outer", async () => {
          const report = () => context.setCustomStatus("working"); // want no-outer-context
          report();
        });
        yield* context.callActivity(outer);
      });
    `,
  ),
  ported(
    "AWS nesting: the context's clock and identifiers inside a step are reports",
    `
      import { activity, orchestrator } from "dacapo";

      export const flow = orchestrator("flow", function* (ctx) {
        const outer = activity("outer", async () => {
          const id = ctx.newGuid(); // want no-outer-context
          return id + ctx.currentUtcDateTime.toISOString(); // want no-outer-context
        });
        yield* ctx.callActivity(outer);
      });
    `,
  ),
  ported(
    "AWS nesting: one step after another is silent",
    dacapoAsync(`
      await ctx.callActivity("a");
      await ctx.createTimer({ seconds: 5 });
      await ctx.callActivity("b");
    `),
  ),
  ported(
    "Inngest nesting: a wait inside a step is a report",
    `
      import { activity, orchestrator } from "dacapo";

      export const flow = orchestrator("flow", async (ctx) => {
        const a = activity("a", async () => {
          await ctx.createTimer({ seconds: 5 }); // want no-outer-context
        });
        await ctx.callActivity(a);
        await ctx.callActivity("b");
      });
    `,
  ),
  ported(
    "Inngest nesting: the context in the orchestrator's own callbacks is silent",
    dacapoGenerator(
      `
      const tasks = ["a", "b"].map((name) => ctx.callActivity("work", name));
      const all = yield* whenAll(tasks);
      return all.map((value) => String(value) + ctx.instanceId);
    `,
      { before: `import { whenAll } from "dacapo";` },
    ),
  ),
];

const awaiting: readonly PortedCase[] = [
  ported(
    "Inngest await: code without a context may await what it likes",
    `
      import "dacapo";

      export async function regular() {
        const data = await fetch("https://example.invalid");
        return data.status;
      }
    `,
  ),
  portedTyped(
    "Inngest await: awaiting a native promise in the orchestrator is a report",
    dacapoAsync(`return await load(); // want no-await-non-durable`, {
      after: `async function load(): Promise<number> { return 1; }`,
    }),
  ),
  portedTyped(
    "Inngest await: two native promises awaited are two reports",
    dacapoAsync(
      `
      const order = await loadOrder(); // want no-await-non-durable
      const user = await loadUser(); // want no-await-non-durable
      return await ctx.callActivity("process", [order, user]);
    `,
      {
        after: `
          async function loadOrder(): Promise<string> { return "order"; }
          async function loadUser(): Promise<string> { return "user"; }
        `,
      },
    ),
  ),
  portedTyped(
    "Inngest await: of awaits before and after a task only the native ones are reports",
    dacapoAsync(
      `
      const config = await getConfig(); // want no-await-non-durable
      const user = await ctx.callActivity("getUser", config);
      return await permissions(user); // want no-await-non-durable
    `,
      {
        after: `
          async function getConfig(): Promise<string> { return "config"; }
          async function permissions(user: unknown): Promise<string> { return String(user); }
        `,
      },
    ),
  ),
  portedTyped(
    "Inngest await: waiting for tasks of every kind is silent",
    dacapoAsync(`
      const a = await ctx.callActivity("a");
      const event = await ctx.waitForExternalEvent("event");
      await ctx.createTimer({ hours: 1 });
      return [a, event];
    `),
  ),
  portedTyped(
    "DBOS await: an async helper that is given the context and only waits for its tasks is silent",
    dacapoAsync(`return await helper(ctx);`, {
      before: `import type { OrchestrationContext } from "dacapo";`,
      after: `
        async function helper(context: OrchestrationContext) {
          return await context.callActivity("work");
        }
      `,
    }),
  ),
  portedTyped(
    "DBOS await: a yielded native promise is a report",
    functionsV4(`return yield load(); // want no-await-non-durable`, {
      after: `async function load(): Promise<number> { return 1; }`,
    }),
  ),
  portedTyped(
    "DBOS await: a yielded plain value is a report",
    functionsV4(`
      const value = yield 5; // want no-await-non-durable
      return value;
    `),
  ),
];

const dbosBanned: readonly PortedCase[] = [
  ...Object.entries({
    "Date()": "no-wall-clock",
    "new Date().getTime()": "no-wall-clock",
    "Date.now()": "no-wall-clock",
    "Math.random()": "no-random",
    'console.log("a")': "no-unsafe-logging",
    "setTimeout(() => undefined, 1)": "no-native-timers",
  }).map(([call, rule]) =>
    ported(`DBOS banned calls: ${call} is a report`, dacapoGenerator(`${call}; // want ${rule}`)),
  ),
  ported(
    "DBOS banned calls: the same names with other arguments or other owners are silent",
    dacapoGenerator(
      `
      const fixed = new Date(5).getTime();
      const parsed = Date.parse("2024-01-01T00:00:00Z");
      const own = { now: () => 1, random: () => 2, log: (text) => text };
      return fixed + parsed + own.now() + own.random() + own.log("a").length;
    `,
    ),
  ),
];

const dbosMutation: readonly PortedCase[] = [
  ported(
    "DBOS mutation: every way to write a module's variable is a report",
    dacapoGenerator(
      `
      counter = 5; // want no-module-state
      counter += 1; // want no-module-state
      counter++; // want no-module-state
      settings.mode = "fast"; // want no-module-state
      settings.nested.deep = 1; // want no-module-state
      settings["mode"] = "slow"; // want no-module-state
      list.push("a"); // want no-module-state
      cache.set("a", 1); // want no-module-state
      delete settings.mode; // want no-module-state
    `,
      {
        after: `
          let counter = 0;
          const settings = { mode: "slow", nested: { deep: 0 } };
          const list = [];
          const cache = new Map();
        `,
      },
    ),
  ),
  ported(
    "DBOS mutation: every way to write a local variable is silent",
    dacapoGenerator(`
      let counter = 5;
      counter += 1;
      counter++;
      const settings = { mode: "slow", nested: { deep: 0 } };
      settings.mode = "fast";
      settings.nested.deep = counter;
      const list = [];
      list.push("a");
      const cache = new Map();
      cache.set("a", 1);
      return list.length;
    `),
  ),
  ported(
    "DBOS mutation: a parameter of a helper, written by the helper, is silent",
    dacapoGenerator(`return add([1], 2);`, {
      after: `
        function add(list, item) {
          list.push(item);
          return list;
        }
      `,
    }),
  ),
  ported(
    "DBOS mutation: a module's object that a helper writes is a report at the helper's call",
    dacapoGenerator(`remember("a"); // want no-module-state`, {
      after: `
        const cache = new Map();
        function remember(key) { cache.set(key, 1); }
      `,
    }),
  ),
  ported(
    "DBOS mutation: copying a module's constant and changing the copy is silent",
    dacapoGenerator(
      `
      const own = { ...DEFAULTS, mode: "fast" };
      const names = [...NAMES, "c"];
      own.mode = "slow";
      names.push("d");
      return names.length + own.mode.length;
    `,
      {
        after: `
          const DEFAULTS = { mode: "slow" };
          const NAMES = ["a", "b"];
        `,
      },
    ),
  ),
];

export const nestingCases: readonly PortedCase[] = [...nested, ...awaiting, ...dbosBanned, ...dbosMutation];
