/**
 * Laws of continue-as-new: the old execution ends and the next begins in one commit, and no event is lost on the way.
 */
import { describe, expect, it } from "vitest";
import { activity, orchestrator } from "dacapo";
import { echo, Stage } from "../runtime/stage.ts";

const HOUR = 3_600_000;

/** Takes one event in each of `generations` executions, and gives them all at the end. */
const relay = orchestrator("relay", function* (ctx, input: { left: number; taken: unknown[]; preserve?: boolean }) {
  const taken = [...input.taken, yield* ctx.waitForExternalEvent("x")];
  if (input.left === 1) return taken;
  ctx.continueAsNew(
    { ...input, left: input.left - 1, taken },
    input.preserve === undefined ? {} : { preserveUnprocessedEvents: input.preserve },
  );
  return undefined;
});

describe("continueAsNew", () => {
  it("starts the next execution with the new input, a new id and an empty history", async () => {
    const definition = orchestrator("next", function* (ctx, n: number) {
      yield* ctx.createTimer({ seconds: 1 });
      if (n < 3) ctx.continueAsNew(n + 1);
      return [n, ctx.executionId];
    });
    const stage = await Stage.open([definition]);
    await stage.start(definition, 1);
    await stage.idle();
    const first = (await stage.history()).find((event) => event.type === "ExecutionStarted");
    await stage.rest();
    const [n, executionId] = (await stage.output()) as [number, string];
    expect(n).toBe(3);
    expect(executionId).not.toBe(first?.executionId);
    expect((await stage.history()).filter(({ type }) => type === "ExecutionStarted")).toMatchObject([
      { eventId: 2, executionId, input: "3" },
    ]);
    expect((await stage.state()).input).toBe(3);
  });

  it("takes effect when the function returns, and the last call counts", async () => {
    const definition = orchestrator("last", function* (ctx, n: number) {
      if (n > 0) return n;
      ctx.continueAsNew(1);
      yield* ctx.callActivity(echo, "still here");
      ctx.continueAsNew(2);
      return "not this";
    });
    const stage = await Stage.open([definition, echo]);
    await stage.start(definition, 0);
    await stage.rest();
    expect(await stage.output()).toBe(2);
  });

  it("takes no effect when the function throws", async () => {
    const definition = orchestrator("throws", function* (ctx) {
      ctx.continueAsNew();
      throw new Error("no");
    });
    const stage = await Stage.open([definition]);
    await stage.start(definition);
    await stage.rest();
    expect((await stage.state()).runtimeStatus).toBe("Failed");
  });

  it("carries unprocessed events over, in order", async () => {
    const stage = await Stage.open([relay]);
    await stage.start(relay, { left: 3, taken: [] });
    for (const n of [1, 2, 3]) await stage.client.raiseOrchestrationEvent("one", "x", n);
    await stage.idle();
    expect(await stage.output()).toEqual([1, 2, 3]);
  });

  it("leaves events that follow it in the same batch to the next execution, carried over or not", async () => {
    const stage = await Stage.open([relay]);
    await stage.start(relay, { left: 3, taken: [], preserve: false });
    await stage.idle();
    for (const n of [1, 2, 3]) await stage.client.raiseOrchestrationEvent("one", "x", n);
    await stage.idle();
    expect(await stage.output()).toEqual([1, 2, 3]);
  });

  it("drops unprocessed events where it is told to, and counts them", async () => {
    const definition = orchestrator("drop", function* (ctx, n: number) {
      if (n === 0) {
        yield* ctx.waitForExternalEvent("go");
        ctx.continueAsNew(1, { preserveUnprocessedEvents: false });
        return undefined;
      }
      return yield* ctx.waitForExternalEvent("x");
    });
    const stage = await Stage.open([definition]);
    await stage.start(definition, 0);
    await stage.client.raiseOrchestrationEvent("one", "x", "old");
    await stage.idle();
    await stage.client.raiseOrchestrationEvent("one", "go");
    await stage.idle();
    expect(stage.dropped("not-preserved")).toBe(1);
    await stage.client.raiseOrchestrationEvent("one", "x", "new");
    await stage.idle();
    expect(await stage.output()).toBe("new");
  });

  it("passes events on through executions that end without looking at them", async () => {
    const definition = orchestrator("pass", function* (ctx, n: number) {
      if (n < 5) {
        ctx.continueAsNew(n + 1);
        return undefined;
      }
      return [yield* ctx.waitForExternalEvent("x"), yield* ctx.waitForExternalEvent("x")];
    });
    const stage = await Stage.open([definition]);
    await stage.client.scheduleNewOrchestration(definition, 0, { instanceId: "one", startAt: { seconds: 1 } });
    for (const n of [1, 2]) await stage.client.raiseOrchestrationEvent("one", "x", n);
    await stage.rest();
    expect(await stage.output()).toEqual([1, 2]);
  });

  it("goes on for a thousand executions, and keeps nothing of them", async () => {
    const definition = orchestrator("eternal", function* (ctx, n: number) {
      yield* ctx.createTimer({ hours: 1 });
      if (n < 1000) ctx.continueAsNew(n + 1);
      return n;
    });
    const stage = await Stage.open([definition]);
    await stage.start(definition, 1);
    await stage.rest();
    expect(await stage.output()).toBe(1000);
    expect(stage.clock.now()).toBe(Date.UTC(2026, 0, 1) + 1000 * HOUR);
    expect((await stage.history()).length).toBeLessThan(10);
  });

  it("drops answers to the old execution as stale, and counts them", async () => {
    const definition = orchestrator("stale", function* (ctx, n: number) {
      ctx.callActivity(echo, n);
      if (n === 0) ctx.continueAsNew(1);
      else yield* ctx.waitForExternalEvent("end");
    });
    const stage = await Stage.open([definition, echo]);
    await stage.start(definition, 0);
    await stage.rest();
    expect(stage.dropped("stale-execution")).toBe(1);
    const answers = (await stage.history()).filter((event) => event.type === "TaskCompleted");
    expect(answers).toMatchObject([{ result: "1" }]);
  });

  it("cancels the timers of the old execution", async () => {
    const definition = orchestrator("timers", function* (ctx, n: number) {
      ctx.createTimer({ days: 100 });
      if (n === 0) ctx.continueAsNew(1);
      else yield* ctx.createTimer({ days: 1 });
    });
    const stage = await Stage.open([definition]);
    await stage.start(definition, 0);
    expect((await stage.idle()).pending).toBe(2);
    await stage.rest();
    expect(stage.clock.now()).toBe(Date.UTC(2026, 0, 2));
  });

  it("gives ids and random numbers that differ from those of the old execution", async () => {
    const definition = orchestrator("ids", function* (ctx, before: unknown[]) {
      yield* ctx.createTimer({ seconds: 1 });
      const all = [...before, ctx.newGuid(), ctx.random()];
      if (all.length < 6) ctx.continueAsNew(all);
      return all;
    });
    const stage = await Stage.open([definition]);
    await stage.start(definition, []);
    await stage.rest();
    expect(new Set((await stage.output()) as unknown[]).size).toBe(6);
  });

  it("keeps version, tags and custom status", async () => {
    const definition = orchestrator("keeps", function* (ctx, n: number) {
      if (n === 0) {
        ctx.setCustomStatus("first bar");
        ctx.continueAsNew(1);
        return undefined;
      }
      yield* ctx.waitForExternalEvent("end");
      return ctx.version;
    });
    const stage = await Stage.open([definition]);
    const options = { instanceId: "one", version: "2", tags: { part: "viola" } };
    await stage.client.scheduleNewOrchestration(definition, 0, options);
    await stage.idle();
    const state = await stage.state();
    expect([state.customStatus, state.tags, state.version]).toEqual(["first bar", { part: "viola" }, "2"]);
    await stage.client.raiseOrchestrationEvent("one", "end");
    await stage.idle();
    expect(await stage.output()).toBe("2");
  });

  it("refuses an input that cannot be written, and the function goes on", async () => {
    const definition = orchestrator("refused", function* (ctx) {
      try {
        ctx.continueAsNew(() => undefined);
      } catch (error) {
        return (error as Error).name;
      }
      return yield* ctx.waitForExternalEvent("never");
    });
    const stage = await Stage.open([definition]);
    await stage.start(definition);
    await stage.rest();
    expect(await stage.output()).toBe("PayloadNotSerializableError");
  });

  it.each([
    ["before the event that continues", ["terminate", "x"], "Terminated"],
    ["after it", ["x", "terminate"], "Terminated"],
  ])("meets a termination in the same batch: %s", async (_when, order, status) => {
    const stage = await Stage.open([relay]);
    await stage.start(relay, { left: 9, taken: [] });
    await stage.idle();
    for (const what of order) {
      if (what === "x") await stage.client.raiseOrchestrationEvent("one", "x", 1);
      else await stage.client.terminateOrchestration("one", "stop");
    }
    await stage.idle();
    const state = await stage.state();
    expect([state.runtimeStatus, state.output]).toEqual([status, "stop"]);
    expect((state.input as { left: number }).left).toBe(order[0] === "x" ? 8 : 9);
  });
});

describe("a duplicate that comes after continue-as-new", () => {
  async function afterOneExecution(horizonHours: number): Promise<{ stage: Stage; again: () => boolean }> {
    const stage = await Stage.open([relay], { redeliveryHorizon: { hours: horizonHours } });
    await stage.start(relay, { left: 3, taken: [] });
    await stage.client.raiseOrchestrationEvent("one", "x", 1);
    const [entry] = stage.store.queue("one");
    await stage.idle();
    return { stage, again: () => stage.store.redeliver("one", entry!.message) };
  }

  it("is recognised within the horizon, through several executions", async () => {
    const { stage, again } = await afterOneExecution(2);
    again();
    await stage.idle();
    stage.clock.advance(HOUR);
    await stage.client.raiseOrchestrationEvent("one", "x", 2);
    await stage.idle();
    again();
    await stage.idle();
    expect(stage.dropped("duplicate")).toBe(2);
    await stage.client.raiseOrchestrationEvent("one", "x", 3);
    await stage.idle();
    expect(await stage.output()).toEqual([1, 2, 3]);
  });

  it("is recognised by a worker that has to replay", async () => {
    const { stage, again } = await afterOneExecution(2);
    stage.hub.evictWarmOrchestrations();
    again();
    await stage.idle();
    expect(stage.dropped("duplicate")).toBe(1);
  });

  it("is forgotten with the horizon, so that what is remembered stays small", async () => {
    const { stage } = await afterOneExecution(1);
    stage.clock.advance(2 * HOUR);
    await stage.client.raiseOrchestrationEvent("one", "x", 2);
    await stage.idle();
    const started = (await stage.history()).find((event) => event.type === "ExecutionStarted");
    expect(started?.seenMessages).toHaveLength(1);
  });
});

describe("an activity of the old execution", () => {
  it("still runs, once, although its answer has nowhere to go", async () => {
    const runs: unknown[] = [];
    const note = activity("note", (_ctx, n: number) => {
      runs.push(n);
    });
    const definition = orchestrator("leaves", function* (ctx, n: number) {
      ctx.callActivity(note, n);
      if (n < 2) ctx.continueAsNew(n + 1);
    });
    const stage = await Stage.open([definition, note]);
    await stage.start(definition, 0);
    await stage.rest();
    expect(runs).toEqual([0, 1, 2]);
  });
});
