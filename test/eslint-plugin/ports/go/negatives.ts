/** The orchestrators of orchestratorvet that must never be reported (`negative`). */
import { dacapoAsync, dacapoGenerator, durableTask, functionsV3, functionsV4 } from "../frames.ts";
import { ported, type PortedCase } from "../ported-case.ts";

export const negativeCases: readonly PortedCase[] = [
  ported(
    "orchestratorvet negative: activities, timers and events in sequence are silent (dacapo)",
    dacapoGenerator(`
      const greeting = yield* ctx.callActivity("sayHello", input);
      yield* ctx.createTimer({ seconds: 30 });
      yield* ctx.waitForExternalEvent("approval");
      return greeting;
    `),
  ),
  ported(
    "orchestratorvet negative: activities, timers, events and entities in sequence are silent (v4)",
    functionsV4(`
      const input = context.df.getInput();
      const greeting = yield context.df.callActivity("sayHello", input);
      const due = new Date(context.df.currentUtcDateTime.getTime() + 30000);
      yield context.df.createTimer(due);
      yield context.df.waitForExternalEvent("approval");
      const id = new df.EntityId("counter", String(input));
      yield context.df.callEntity(id, "add", 1);
      return greeting;
    `),
  ),
  ported(
    "orchestratorvet negative: computing with the language alone is silent",
    dacapoGenerator(`
      const values = [3, 1, 2].sort((a, b) => a - b);
      const names = "c,a,b".split(",").sort().join("-");
      const parsed = Number.parseInt("42", 10);
      if (Number.isNaN(parsed)) throw new Error("parse");
      const encoded = JSON.stringify({ value: parsed, values });
      const copy = structuredClone(JSON.parse(encoded));
      return names + encoded + Object.keys(copy).join() + Math.max(...values);
    `),
  ),
  ported(
    "orchestratorvet negative: maps, sets and objects keep their order, so iterating them is silent",
    durableTask(`
      const counts = new Map([["a", 1], ["b", 2]]);
      const seen = new Set<string>();
      for (const [key, count] of counts) if (count > 1) seen.add(key);
      for (const key in { x: 1, y: 2 }) seen.add(key);
      yield ctx.callActivity("report", [...seen]);
    `),
  ),
  ported(
    "orchestratorvet negative: fan-out and fan-in are silent (v3)",
    functionsV3(`
      const pending = [];
      for (let i = 0; i < 3; i++) pending.push(context.df.callActivity("sayHello", i));
      const results = yield context.df.Task.all(pending);
      return results.length;
    `),
  ),
  ported(
    "orchestratorvet negative: fan-out and fan-in in async style are silent",
    dacapoAsync(`
      const results = await Promise.all(["a", "b"].map((name) => ctx.callActivity("sayHello", name)));
      return results.length;
    `),
  ),
  ported(
    "orchestratorvet negative: a durable choice between work and a timer is silent",
    dacapoGenerator(
      `
      const work = ctx.callActivity("sayHello");
      const timeout = ctx.createTimer({ minutes: 1 });
      const winner = yield* whenAny([work, timeout]);
      if (winner === timeout) return "timeout";
      timeout.cancel();
      return "work";
    `,
      { before: `import { whenAny } from "dacapo";` },
    ),
  ),
  ported(
    "orchestratorvet negative: status, version and replay-safe logging are silent",
    dacapoGenerator(
      "ctx.log.info('progress', { instance: ctx.instanceId, replaying: ctx.isReplaying });\n" +
        "ctx.setCustomStatus(`instance ${ctx.instanceId} at ${ctx.currentUtcDateTime.toISOString()}`);\n" +
        "return ctx.version;",
    ),
  ),
  ported(
    "orchestratorvet negative: an activity's body is not replayed, so nothing in it is reported",
    `
      import * as df from "durable-functions";

      df.app.activity("sayHello", {
        handler: async (name, context) => {
          setImmediate(() => undefined);
          console.log("hello", Math.random(), process.env.REGION);
          context.log("hello");
          return name + Date.now();
        },
      });
      df.app.orchestration("flow", function* (context) {
        return yield context.df.callActivity("sayHello", "you");
      });
    `,
  ),
  ported(
    "orchestratorvet negative: a client's code is not replayed, so nothing in it is reported",
    `
      import { app } from "@azure/functions";
      import * as df from "durable-functions";

      app.http("start", {
        extraInputs: [df.input.durableClient()],
        handler: async (request, context) => {
          const client = df.getClient(context);
          const id = await client.startNew("flow", { input: Date.now() });
          context.log("started", id);
          return client.createCheckStatusResponse(request, id);
        },
      });
    `,
  ),
  ported(
    "orchestratorvet negative: an entity's operations are not replayed, so nothing in them is reported",
    `
      import * as df from "durable-functions";

      df.app.entity("counter", (context) => {
        const at = Date.now();
        context.log("counting", Math.random());
        context.df.setState(context.df.getState(() => 0) + at);
      });
    `,
  ),
  ported(
    "orchestratorvet negative: a file without durable imports is silent",
    `
      export function* orchestrator(context) {
        console.log(Date.now(), Math.random(), process.env.HOME);
        yield context.later(() => fetch("https://example.invalid"));
      }
    `,
  ),
];
