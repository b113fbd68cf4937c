/**
 * Laws of async orchestrators: they wait for durable tasks alone. Whoever waits for something else fails, and says so.
 */
import { describe, expect, it } from "vitest";
import type { OrchestrationContext } from "dacapo";
import { orchestrator } from "dacapo";
import { echo, fail, hop, Stage } from "../runtime/stage.ts";

/** A promise of the app's own, and how to resolve it. */
function native(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((onResolve) => {
    resolve = onResolve;
  });
  return { promise, resolve };
}

/** Keeps the thread from its timers for some milliseconds. */
function spin(count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += Math.sqrt(i);
  return sum;
}

/** A thenable of the user's own, which never answers. */
const silent: unknown = { then: () => undefined };

type Program = (ctx: OrchestrationContext) => Promise<unknown>;

describe("an async orchestrator that waits for a native promise fails at once", () => {
  const programs: readonly (readonly [string, Program])[] = [
    ["that never settles", async () => new Promise(() => undefined)],
    ["of setTimeout", async () => new Promise((resolve) => setTimeout(resolve, 5))],
    [
      "of setTimeout(0), however long its own work takes",
      async () => {
        const timeout = new Promise((resolve) => setTimeout(resolve, 0));
        spin(5_000_000);
        await timeout;
      },
    ],
    ["of setImmediate", async () => hop()],
    ["of process.nextTick", async () => new Promise<void>((resolve) => process.nextTick(resolve))],
    ["of a thread's answer, as fetch is one", async () => import("node:fs/promises").then((fs) => fs.stat("."))],
    ["a thenable that never answers", async () => silent],
    [
      "after a durable task",
      async (ctx) => {
        await ctx.callActivity(echo, 1);
        await new Promise((resolve) => setTimeout(resolve, 5));
      },
    ],
    [
      "beside a durable task that has settled",
      async (ctx) => Promise.all([ctx.callActivity(echo, 1), new Promise(() => undefined)]),
    ],
  ];

  it.each(programs)("%s", async (_what, program) => {
    const definition = orchestrator("impatient", program);
    const stage = await Stage.open([definition, echo]);
    await stage.start(definition);
    await stage.idle();
    const state = await stage.state();
    expect(state.runtimeStatus).toBe("Failed");
    expect(state.failureDetails).toMatchObject({ errorType: "NonDeterminismError", code: "NON_DETERMINISM" });
    expect(state.failureDetails?.errorMessage).toContain("a wait for something else (a native promise)");
  });

  it("in an async generator too", async () => {
    const definition = orchestrator("impatient", async function* () {
      yield new Promise(() => undefined);
    });
    const stage = await Stage.open([definition]);
    await stage.start(definition);
    await stage.idle();
    expect((await stage.state()).failureDetails?.code).toBe("NON_DETERMINISM");
  });
});

describe("promises that settle by themselves are no wait", () => {
  it.each<[string, Program]>([
    ["resolved ones", async () => [await Promise.resolve(1), 2, await (async () => Promise.resolve(3))()]],
    [
      "a long chain of them",
      async () => {
        let n = 0;
        while (n < 1000) n += await Promise.resolve(1);
        return [n - 999, 2, 3];
      },
    ],
  ])("%s", async (_what, program) => {
    const definition = orchestrator("patient", program);
    const stage = await Stage.open([definition]);
    await stage.start(definition);
    await stage.idle();
    expect(await stage.output()).toEqual([1, 2, 3]);
  });
});

describe("code that goes on after its turn, woken by a native promise, fails the instance", () => {
  const endings: readonly (readonly [string, (ctx: OrchestrationContext) => unknown])[] = [
    ["when it calls the context", (ctx) => ctx.callActivity(echo, 1)],
    ["when it asks for a timer", (ctx) => ctx.createTimer({ hours: 1 })],
    ["when it asks for an id", (ctx) => ctx.newGuid()],
    ["when it sets the status", (ctx) => ctx.setCustomStatus(1)],
    ["when it continues as new", (ctx) => ctx.continueAsNew()],
    ["when it returns", () => "done"],
    ["when it throws", () => Promise.reject(new Error("no"))],
  ];

  for (const maxWarmOrchestrations of [100, 0]) {
    const cached = maxWarmOrchestrations === 0 ? "nothing kept in memory" : "the execution kept in memory";
    it.each(endings)(`%s, with ${cached}`, async (_what, ending) => {
      const wakes: (() => void)[] = [];
      const definition = orchestrator("race", async (ctx) => {
        const alarm = native();
        wakes.push(alarm.resolve);
        await Promise.race([ctx.waitForExternalEvent("x"), alarm.promise]);
        return ending(ctx);
      });
      const stage = await Stage.open([definition, echo], { worker: { maxWarmOrchestrations } });
      await stage.start(definition);
      await stage.idle();
      expect((await stage.state()).runtimeStatus).toBe("Running");
      for (const wake of wakes) wake();
      await hop();
      await stage.idle();
      const state = await stage.state();
      expect(state.runtimeStatus).toBe("Failed");
      expect(state.failureDetails?.code).toBe("NON_DETERMINISM");
      expect(state.failureDetails?.errorMessage).toMatch(/outside a turn|went on after its turn/);
    });
  }

  it("also when it only waits for another task that it has already", async () => {
    const alarm = native();
    const definition = orchestrator("race", async (ctx) => {
      const [x, y] = [ctx.waitForExternalEvent("x"), ctx.waitForExternalEvent("y")];
      await Promise.race([x, alarm.promise]);
      await y;
      return "not this";
    });
    const stage = await Stage.open([definition]);
    await stage.start(definition);
    await stage.idle();
    alarm.resolve();
    await hop();
    await stage.client.raiseOrchestrationEvent("one", "y").catch(() => undefined);
    await stage.idle();
    expect((await stage.state()).failureDetails?.code).toBe("NON_DETERMINISM");
  });

  it("and nobody else", async () => {
    const alarm = native();
    const late = orchestrator("late", async (ctx) => {
      await Promise.race([ctx.waitForExternalEvent("x"), alarm.promise]);
      ctx.newGuid();
    });
    const good = orchestrator("good", async (ctx) => ctx.waitForExternalEvent("x"));
    const stage = await Stage.open([late, good]);
    await stage.start(late, undefined, "late");
    await stage.start(good, undefined, "good");
    await stage.idle();
    alarm.resolve();
    await hop();
    await stage.client.raiseOrchestrationEvent("good", "x", "fine");
    await stage.idle();
    expect((await stage.state("late")).runtimeStatus).toBe("Failed");
    expect(await stage.output("good")).toBe("fine");
  });
});

describe("a rejection that nobody has looked at yet", () => {
  it("does not end the instance, and a later await still sees it", async () => {
    const definition = orchestrator("later", async (ctx) => {
      const failing = (async () => ctx.callActivity(fail, "no"))();
      await ctx.createTimer({ hours: 1 });
      try {
        await failing;
      } catch (error) {
        return (error as Error).name;
      }
      return "not thrown";
    });
    for (const maxWarmOrchestrations of [100, 0]) {
      const stage = await Stage.open([definition, fail], { worker: { maxWarmOrchestrations } });
      await stage.start(definition);
      await stage.rest();
      expect(await stage.output()).toBe("TaskFailedError");
    }
  });

  it("may be left alone for good", async () => {
    const definition = orchestrator("never", async (ctx) => {
      void Promise.all([ctx.callActivity(fail, "a"), ctx.callActivity(fail, "b")]);
      void ctx.callActivity(fail, "c").then(() => "not this");
      await ctx.createTimer({ hours: 1 });
      return "done";
    });
    const stage = await Stage.open([definition, fail]);
    await stage.start(definition);
    await stage.rest();
    expect(await stage.output()).toBe("done");
  });
});
