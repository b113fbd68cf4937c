/**
 * Laws of suspension: the code sees nothing while it lasts, and everything, in order, afterwards.
 */
import { describe, expect, it } from "vitest";
import { activity, orchestrator, whenAny } from "dacapo";
import { replayHistory } from "dacapo/replay";
import { echo, Stage } from "../runtime/stage.ts";

/** Takes three events and gives them all. */
const collector = orchestrator("collector", function* (ctx) {
  const taken: unknown[] = [];
  while (taken.length < 3) taken.push(yield* ctx.waitForExternalEvent("x"));
  return taken;
});

const nativeCollector = orchestrator("native", async (ctx) => {
  const taken: unknown[] = [];
  while (taken.length < 3) taken.push(await ctx.waitForExternalEvent("x"));
  return taken;
});

async function status(stage: Stage): Promise<string> {
  return (await stage.state()).runtimeStatus;
}

describe.each([
  ["warm", {}],
  ["replayed at every turn", { worker: { maxWarmOrchestrations: 0 } }],
])("a suspended orchestration, %s", (_how, options) => {
  it.each([collector, nativeCollector])("sees what came meanwhile after it is resumed, in order: $name", async (it) => {
    const stage = await Stage.open([it], options);
    await stage.start(it);
    await stage.idle();
    await stage.client.raiseOrchestrationEvent("one", "x", 1);
    await stage.idle();
    await stage.client.suspendOrchestration("one", "inspection");
    await stage.idle();
    expect(await status(stage)).toBe("Suspended");
    for (const n of [2, 3]) {
      await stage.client.raiseOrchestrationEvent("one", "x", n);
      await stage.idle();
    }
    expect(await status(stage)).toBe("Suspended");
    await stage.client.resumeOrchestration("one");
    await stage.idle();
    expect(await stage.output()).toEqual([1, 2, 3]);
    expect((await replayHistory(it, await stage.history(), { strict: true })).ok).toBe(true);
  });

  it("records results and timers that come, and asks for nothing", async () => {
    const seen: string[] = [];
    const slow = activity("slow", () => void seen.push("slow"));
    const after = activity("after", () => void seen.push("after"));
    const both = orchestrator("both", function* (ctx) {
      const timer = ctx.createTimer({ hours: 1 });
      yield* ctx.callActivity(slow);
      yield* ctx.callActivity(after);
      yield* timer;
      return ctx.currentUtcDateTime.getUTCHours();
    });
    const stage = await Stage.open([both, slow, after], options);
    await stage.start(both);
    await stage.hub.runUntilIdle({ maxTurns: 1 });
    await stage.client.suspendOrchestration("one");
    await stage.rest();
    stage.advance({ hours: 4 });
    expect(seen).toEqual(["slow"]);
    const fed = (await stage.history()).map(({ type }) => type);
    expect(fed.includes("TaskCompleted") && fed.includes("TimerFired")).toBe(true);
    await stage.client.resumeOrchestration("one");
    await stage.rest();
    expect(seen).toEqual(["slow", "after"]);
    expect(await stage.output()).toBe(5);
  });

  it("does not begin before it is resumed, when it was suspended before its first turn", async () => {
    const stage = await Stage.open([collector], options);
    await stage.start(collector);
    await stage.client.raiseOrchestrationEvent("one", "x", 1);
    await stage.client.suspendOrchestration("one");
    await stage.idle();
    expect(await status(stage)).toBe("Suspended");
    for (const n of [2, 3]) await stage.client.raiseOrchestrationEvent("one", "x", n);
    await stage.idle();
    await stage.client.resumeOrchestration("one");
    await stage.idle();
    expect(await stage.output()).toEqual([1, 2, 3]);
  });

  it("stays suspended over its scheduled start, and resumes for it", async () => {
    const stage = await Stage.open([collector], options);
    await stage.client.scheduleNewOrchestration(collector, undefined, { instanceId: "one", startAt: { hours: 1 } });
    await stage.client.suspendOrchestration("one");
    await stage.client.raiseOrchestrationEvent("one", "x", 1);
    await stage.idle();
    expect(await status(stage)).toBe("Suspended");
    await stage.rest();
    expect(await status(stage)).toBe("Suspended");
    for (const n of [2, 3]) await stage.client.raiseOrchestrationEvent("one", "x", n);
    await stage.client.resumeOrchestration("one");
    await stage.rest();
    expect(await stage.output()).toEqual([1, 2, 3]);
  });

  it("is as if nothing had been when it is resumed before its scheduled start", async () => {
    const stage = await Stage.open([collector], options);
    await stage.client.scheduleNewOrchestration(collector, undefined, { instanceId: "one", startAt: { hours: 1 } });
    await stage.client.suspendOrchestration("one");
    await stage.idle();
    await stage.client.resumeOrchestration("one");
    await stage.idle();
    expect(await status(stage)).toBe("Pending");
    await stage.rest();
    expect(await status(stage)).toBe("Running");
  });

  it("does not begin before it is resumed, when the end of the execution before was in the same batch", async () => {
    const relay = orchestrator("relay", function* (ctx, n: number) {
      if (n === 1) {
        ctx.setCustomStatus("second");
        return yield* ctx.waitForExternalEvent("x");
      }
      yield* ctx.waitForExternalEvent("next");
      ctx.continueAsNew(1);
      return undefined;
    });
    const stage = await Stage.open([relay], options);
    await stage.start(relay, 0);
    await stage.idle();
    await stage.client.raiseOrchestrationEvent("one", "next");
    await stage.client.suspendOrchestration("one");
    await stage.client.raiseOrchestrationEvent("one", "x", "kept");
    await stage.idle();
    expect(await status(stage)).toBe("Suspended");
    expect((await stage.state()).customStatus).toBeUndefined();
    await stage.client.resumeOrchestration("one");
    await stage.idle();
    expect(await stage.output()).toBe("kept");
  });

  it("carries over what it was held back when it continues as new on its resumption", async () => {
    const relay = orchestrator("relay", function* (ctx, taken: unknown[]) {
      const all = [...taken, yield* ctx.waitForExternalEvent("x")];
      if (all.length === 3) return all;
      ctx.continueAsNew(all);
      return undefined;
    });
    const stage = await Stage.open([relay], options);
    await stage.start(relay, []);
    await stage.idle();
    await stage.client.suspendOrchestration("one");
    await stage.idle();
    for (const n of [1, 2, 3]) await stage.client.raiseOrchestrationEvent("one", "x", n);
    await stage.idle();
    await stage.client.resumeOrchestration("one");
    await stage.idle();
    expect(await stage.output()).toEqual([1, 2, 3]);
  });

  it("can be terminated", async () => {
    const stage = await Stage.open([collector], options);
    await stage.start(collector);
    await stage.idle();
    await stage.client.suspendOrchestration("one");
    await stage.client.raiseOrchestrationEvent("one", "x", 1);
    await stage.idle();
    await stage.client.terminateOrchestration("one", "enough");
    await stage.idle();
    expect(await status(stage)).toBe("Terminated");
    expect(await stage.output()).toBe("enough");
    expect(stage.dropped("instance-terminal")).toBe(1);
  });

  it("may be suspended twice and resumed twice: the second time has no effect", async () => {
    const stage = await Stage.open([collector], options);
    await stage.start(collector);
    await stage.client.resumeOrchestration("one");
    await stage.idle();
    expect(await status(stage)).toBe("Running");
    for (let i = 0; i < 2; i++) await stage.client.suspendOrchestration("one");
    await stage.idle();
    for (let i = 0; i < 2; i++) await stage.client.resumeOrchestration("one");
    await stage.idle();
    for (const n of [1, 2, 3]) await stage.client.raiseOrchestrationEvent("one", "x", n);
    await stage.idle();
    expect(await stage.output()).toEqual([1, 2, 3]);
  });

  it("takes an answer once, and drops one to a timer that the code cancelled on its resumption", async () => {
    const race = orchestrator("race", function* (ctx) {
      const timer = ctx.createTimer({ hours: 1 });
      const event = ctx.waitForExternalEvent("x");
      const winner = yield* whenAny([event, timer]);
      timer.cancel();
      return winner === event;
    });
    const stage = await Stage.open([race], options);
    await stage.start(race);
    await stage.idle();
    await stage.client.suspendOrchestration("one");
    await stage.client.raiseOrchestrationEvent("one", "x");
    await stage.rest();
    expect(stage.clock.now()).toBe(Date.UTC(2026, 0, 1, 1));
    const fired = stage.store.instance("one")?.history.find(({ type }) => type === "TimerFired");
    expect(fired).toBeDefined();
    if (fired?.type === "TimerFired") {
      const { taskId, fireAt, messageId } = fired;
      const executionId = stage.store.getInstance("one")?.executionId ?? "";
      const body = { type: "TimerFired", taskId, fireAt } as const;
      stage.store.redeliver("one", { messageId, instanceId: "one", executionId, body });
    }
    await stage.idle();
    expect(stage.dropped("unknown-task")).toBe(1);
    await stage.client.resumeOrchestration("one");
    await stage.rest();
    expect(await stage.output()).toBe(true);
  });

  it("is not suspended by an order that comes again after its resumption, nor in a later execution", async () => {
    const stage = await Stage.open([collector, echo], options);
    await stage.start(collector);
    await stage.idle();
    await stage.client.suspendOrchestration("one");
    const [order] = stage.store.queue("one");
    await stage.idle();
    await stage.client.resumeOrchestration("one");
    await stage.idle();
    if (order !== undefined) stage.store.redeliver("one", order.message);
    await stage.idle();
    expect(await status(stage)).toBe("Running");
    expect(stage.dropped("duplicate")).toBe(1);
  });
});

describe("suspendOrchestration and resumeOrchestration", () => {
  it("refuse instances that are not there or have ended, and reasons that are no texts", async () => {
    const stage = await Stage.open([collector]);
    await expect(stage.client.suspendOrchestration("nobody")).rejects.toMatchObject({ code: "INSTANCE_NOT_FOUND" });
    await stage.start(collector);
    await expect(stage.client.resumeOrchestration("one", 5 as never)).rejects.toThrow("The option reason is 5.");
    await stage.client.terminateOrchestration("one");
    await stage.idle();
    await expect(stage.client.resumeOrchestration("one")).rejects.toMatchObject({ code: "INSTANCE_TERMINAL" });
  });

  it("record their reasons", async () => {
    const stage = await Stage.open([collector]);
    await stage.start(collector);
    await stage.idle();
    await stage.client.suspendOrchestration("one", "inspection");
    await stage.client.resumeOrchestration("one", "all is well");
    await stage.idle();
    const recorded = (await stage.history()).filter(
      ({ type }) => type.startsWith("ExecutionS") || type.endsWith("Resumed"),
    );
    expect(recorded).toMatchObject([
      { type: "ExecutionStarted" },
      { type: "ExecutionSuspended", reason: "inspection" },
      { type: "ExecutionResumed", reason: "all is well" },
    ]);
  });
});
