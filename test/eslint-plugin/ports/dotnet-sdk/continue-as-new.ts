/** The cases of durabletask-dotnet's analyzers about loops that never continue as new (DURABLE0011). */
import { dacapoAsync, dacapoGenerator, durableTask, functionsV3, functionsV4 } from "../frames.ts";
import { ported, type PortedCase } from "../ported-case.ts";

export const continueAsNewCases: readonly PortedCase[] = [
  ported(
    "durabletask-dotnet ContinueAsNew: an endless loop of events without it is a report",
    dacapoGenerator(`
      while (true) { // want require-continue-as-new
        const item = yield* ctx.waitForExternalEvent("new-work");
        yield* ctx.callActivity("processItem", item);
      }
    `),
  ),
  ported(
    "durabletask-dotnet ContinueAsNew: an endless loop of sub-orchestrations without it is a report",
    functionsV4(`
      while (true) { // want require-continue-as-new
        yield context.df.callSubOrchestrator("processItem", null);
      }
    `),
  ),
  ported(
    "durabletask-dotnet ContinueAsNew: an endless loop of activities and timers without it is a report",
    durableTask(`
      for (;;) { // want require-continue-as-new
        yield ctx.callActivity("doWork", "input");
        yield ctx.createTimer(30);
      }
    `),
  ),
  ported(
    "durabletask-dotnet ContinueAsNew: an endless loop without it is a report in async style",
    dacapoAsync(`
      while (true) { // want require-continue-as-new
        await ctx.callActivity("doWork", "input");
        await ctx.createTimer({ seconds: 30 });
      }
    `),
  ),
  ported(
    "durabletask-dotnet ContinueAsNew: an endless loop without it is a report (v3)",
    functionsV3(`
      do { // want require-continue-as-new
        const item = yield context.df.waitForExternalEvent("new-work");
        yield context.df.callActivity("processItem", item);
      } while (true);
    `),
  ),
  ported(
    "durabletask-dotnet ContinueAsNew: an endless loop that continues as new at a count is silent",
    dacapoGenerator(`
      let count = 0;
      while (true) {
        const item = yield* ctx.waitForExternalEvent("new-work");
        yield* ctx.callActivity("processItem", item);
        count++;
        if (count >= 100) {
          ctx.continueAsNew(count);
          return;
        }
      }
    `),
  ),
  ported(
    "durabletask-dotnet ContinueAsNew: an endless loop that continues as new each time is silent",
    functionsV3(`
      while (true) {
        yield context.df.callActivity("doWork", "input");
        context.df.continueAsNew(null);
        return;
      }
    `),
  ),
  ported(
    "durabletask-dotnet ContinueAsNew: an endless loop with a way out is silent",
    dacapoGenerator(`
      while (true) {
        const state = yield* ctx.callActivity("poll");
        if (state === "done") return state;
        yield* ctx.createTimer({ minutes: 1 });
      }
    `),
  ),
  ported(
    "durabletask-dotnet ContinueAsNew: an orchestrator without a loop is silent",
    functionsV4(`return yield context.df.callActivity("doWork", context.df.getInput());`),
  ),
  ported(
    "durabletask-dotnet ContinueAsNew: a loop that ends without the context is silent",
    dacapoGenerator(`
      let i = 0;
      while (true) {
        i++;
        if (i > 10) return "done";
      }
    `),
  ),
  ported(
    "durabletask-dotnet ContinueAsNew: a loop over a condition is silent",
    functionsV4(`
      let left = context.df.getInput();
      while (left > 0) {
        yield context.df.callActivity("doWork", left);
        left--;
      }
    `),
  ),
  ported(
    "durabletask-dotnet ContinueAsNew: an endless loop in an activity is silent",
    `
      import { activity } from "dacapo";

      export const poll = activity("poll", async (ctx) => {
        while (true) await ctx.sleep({ seconds: 1 });
      });
    `,
  ),
];
