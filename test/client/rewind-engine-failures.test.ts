/**
 * Laws of rewinding what the engine failed, in a turn in which the code had no part: a worker did not know the
 * orchestrator, or its code did not agree with the history.
 */
import { describe, expect, it } from "vitest";
import { orchestrator } from "dacapo";
import { countingIds, Stage } from "../runtime/stage.ts";
import { checkHistory, count, flaky } from "./rewinding.ts";

describe("an instance that the engine failed", () => {
  it("goes on once its orchestrator is registered, and fails in the same way as long as it is not", async () => {
    const { step } = flaky({});
    const later = orchestrator("later", function* (ctx) {
      return yield* ctx.callActivity(step, "a");
    });
    const without = await Stage.open([step]);
    await without.start(later);
    await without.rest();
    await without.client.rewindInstance("one");
    await without.rest();
    expect((await without.state()).failureDetails?.code).toBe("ORCHESTRATOR_NOT_REGISTERED");
    await checkHistory(without, later);
    const { store, clock } = without;
    const stage = await Stage.open([later, step], { store, clock });
    await stage.client.rewindInstance("one");
    await stage.rest();
    expect(await stage.output()).toBe("a done");
    await checkHistory(stage, later);
  });

  it("while it was suspended is suspended again, and does not ask again for answers that it holds", async () => {
    const { step, inputs } = flaky({});
    const one = orchestrator("one", function* (ctx) {
      return yield* ctx.callActivity(step, "a");
    });
    const stage = await Stage.open([one, step]);
    const { store, clock } = stage;
    await stage.start(one);
    await stage.client.suspendOrchestration("one");
    await stage.rest();
    await stage.client.resumeOrchestration("one");
    await stage.client.suspendOrchestration("one");
    await stage.rest();
    expect(inputs()).toEqual(["a"]);
    expect(count(await checkHistory(stage, one), "TaskCompleted")).toBe(1);
    const without = await Stage.open([step], { store, clock, system: { ids: countingIds("8") } });
    await without.client.resumeOrchestration("one");
    await without.rest();
    expect((await without.state()).failureDetails?.code).toBe("ORCHESTRATOR_NOT_REGISTERED");
    const right = await Stage.open([one, step], { store, clock, system: { ids: countingIds("9") } });
    await right.client.rewindInstance("one");
    await right.rest();
    expect(await right.state()).toMatchObject({ runtimeStatus: "Suspended" });
    expect(inputs()).toEqual(["a"]);
    await right.client.resumeOrchestration("one");
    await right.rest();
    expect(await right.output()).toBe("a done");
    expect(inputs()).toEqual(["a"]);
    await checkHistory(right, one);
  });

  it("while it was suspended before its start is held again until it is resumed", async () => {
    const { step, inputs } = flaky({});
    const one = orchestrator("one", function* (ctx) {
      return yield* ctx.callActivity(step, "a");
    });
    const stage = await Stage.open([one, step]);
    const { store, clock } = stage;
    const startAt = new Date(clock.now() + 60_000);
    await stage.client.scheduleNewOrchestration(one, undefined, { instanceId: "one", startAt });
    await stage.client.suspendOrchestration("one");
    await stage.idle();
    expect(await stage.state()).toMatchObject({ runtimeStatus: "Suspended" });
    const without = await Stage.open([step], { store, clock, system: { ids: countingIds("8") } });
    await without.rest();
    expect((await without.state()).failureDetails?.code).toBe("ORCHESTRATOR_NOT_REGISTERED");
    await without.client.rewindInstance("one");
    await without.rest();
    expect((await without.state()).failureDetails?.code).toBe("ORCHESTRATOR_NOT_REGISTERED");
    await checkHistory(without, one);
    const right = await Stage.open([one, step], { store, clock, system: { ids: countingIds("9") } });
    await right.client.rewindInstance("one");
    await right.rest();
    expect(await right.state()).toMatchObject({ runtimeStatus: "Suspended" });
    expect(inputs()).toEqual([]);
    await checkHistory(right, one);
    await right.client.resumeOrchestration("one");
    await right.rest();
    expect(await right.output()).toBe("a done");
    await checkHistory(right, one);
  });

  it("fails again, with all its results, where its code does not agree with what stands", async () => {
    const { step } = flaky({ b: 1 });
    const first = orchestrator("chain", function* (ctx) {
      yield* ctx.callActivity(step, "a");
      return yield* ctx.callActivity(step, "b");
    });
    const changed = orchestrator("chain", function* (ctx) {
      yield* ctx.createTimer({ hours: 1 });
      return yield* ctx.callActivity(step, "b");
    });
    const before = await Stage.open([first, step]);
    await before.start(first);
    await before.rest();
    const { store, clock } = before;
    const wrong = await Stage.open([changed, step], { store, clock });
    await wrong.client.rewindInstance("one");
    await wrong.rest();
    expect((await wrong.state()).failureDetails?.errorType).toBe("NonDeterminismError");
    const right = await Stage.open([first, step], { store, clock, system: { ids: countingIds("9") } });
    await right.client.rewindInstance("one");
    await right.rest();
    expect(await right.output()).toBe("b done");
    await checkHistory(right, first);
  });
});
