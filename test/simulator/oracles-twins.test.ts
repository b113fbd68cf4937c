/**
 * O15: twins that do the same, and twins that do not.
 */
import type { OrchestratorDefinition } from "dacapo";
import { activity, orchestrator } from "dacapo";
import { scenario, simulate } from "@dacapo/simulator";
import { describe, expect, it } from "vitest";
import randomPrograms from "../mutants/workloads/twins.scenario.ts";

const sayHello = activity("sayHello", (_ctx, city: string) => `Hello ${city}!`);
const hello = orchestrator("hello", function* (ctx, city: string) {
  ctx.setCustomStatus("greeting");
  const said = yield* ctx.callActivity(sayHello, city);
  const reply = yield* ctx.waitForExternalEvent<string>("Reply");
  return [said, reply];
});

/** What is found with this twin; the reply comes in half of the runs. */
async function found(twin: OrchestratorDefinition): Promise<string | undefined> {
  const made = scenario("hello twice", {
    register: [hello, sayHello],
    twins: [twin],
    async clients({ client, choose }) {
      const id = await client.scheduleNewOrchestration(hello, "Tokyo");
      if (choose.boolean()) await client.raiseOrchestrationEvent(id, "Reply", "Hi");
    },
  });
  const { oracle, message } = await simulate(made, { runs: 30, maxShrinkRuns: 0 });
  return oracle === undefined ? undefined : `${oracle} ${message ?? ""}`;
}

describe("O15, a twin", () => {
  it("that does the same in async style is fine, for random programs under all faults too", async () => {
    const twin = orchestrator("hello", async (ctx, city: string) => {
      ctx.setCustomStatus("greeting");
      return [await ctx.callActivity(sayHello, city), await ctx.waitForExternalEvent<string>("Reply")];
    });
    expect(await found(twin)).toBeUndefined();
    expect(await simulate(randomPrograms, { runs: 150 })).toMatchObject({ outcome: "passed" });
  });

  it("is reported when it calls something else, or with another input", async () => {
    const other = orchestrator("hello", async (ctx) => ctx.createTimer({ hours: 1 }));
    expect(await found(other)).toMatch(/^O15 the twin of "hello" does not do what ".*" did: .*TimerCreated/);
    const louder = orchestrator("hello", async (ctx, city: string) => {
      ctx.setCustomStatus("greeting");
      return [await ctx.callActivity(sayHello, `${city}!`), await ctx.waitForExternalEvent<string>("Reply")];
    });
    expect(await found(louder)).toMatch(/O15 .*with the input "Tokyo", and replay decides "Tokyo!"/);
  });

  it("is reported when it ends with another output", async () => {
    const twin = orchestrator("hello", async (ctx, city: string) => {
      ctx.setCustomStatus("greeting");
      await ctx.callActivity(sayHello, city);
      return ctx.waitForExternalEvent<string>("Reply");
    });
    expect(await found(twin)).toMatch(/O15 .*with the output \["Hello Tokyo!","Hi"\], and replay decides "Hi"/);
  });

  it("is reported when it waits for another event, which no history shows", async () => {
    const twin = orchestrator("hello", async (ctx, city: string) => {
      ctx.setCustomStatus("greeting");
      return [await ctx.callActivity(sayHello, city), await ctx.waitForExternalEvent<string>("Answer")];
    });
    expect(await found(twin)).toMatch(/O15 .*(openTasks are .*answer|records ExecutionCompleted)/);
  });

  it("is reported when it sets another custom status", async () => {
    const twin = orchestrator("hello", async (ctx, city: string) => [
      await ctx.callActivity(sayHello, city),
      await ctx.waitForExternalEvent<string>("Reply"),
    ]);
    expect(await found(twin)).toMatch(/O15 .*greeting/);
  });
});
