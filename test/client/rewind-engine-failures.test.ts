/**
 * Laws of rewinding what the engine failed, in a turn in which the code had no part: a worker did not know the
 * orchestrator, or its code did not agree with the history.
 */
import { describe, expect, it } from "vitest";
import { orchestrator, type Definition } from "dacapo";
import { Stage, type StageOptions } from "../runtime/stage.ts";
import { checkHistory, count, flaky, nextWorker } from "./rewinding.ts";

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
    const stage = await nextWorker(without, [later, step]);
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
    await stage.start(one);
    await stage.client.suspendOrchestration("one");
    await stage.rest();
    await stage.client.resumeOrchestration("one");
    await stage.client.suspendOrchestration("one");
    await stage.rest();
    expect(inputs()).toEqual(["a"]);
    expect(count(await checkHistory(stage, one), "TaskCompleted")).toBe(1);
    const without = await nextWorker(stage, [step]);
    await without.client.raiseOrchestrationEvent("one", "Bell");
    await without.rest();
    expect((await without.state()).failureDetails?.code).toBe("ORCHESTRATOR_NOT_REGISTERED");
    const right = await nextWorker(stage, [one, step]);
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
    const { clock } = stage;
    const startAt = new Date(clock.now() + 60_000);
    await stage.client.scheduleNewOrchestration(one, undefined, { instanceId: "one", startAt });
    await stage.client.suspendOrchestration("one");
    await stage.idle();
    expect(await stage.state()).toMatchObject({ runtimeStatus: "Suspended" });
    const without = await nextWorker(stage, [step]);
    await without.rest();
    expect((await without.state()).failureDetails?.code).toBe("ORCHESTRATOR_NOT_REGISTERED");
    await without.client.rewindInstance("one");
    await without.rest();
    expect((await without.state()).failureDetails?.code).toBe("ORCHESTRATOR_NOT_REGISTERED");
    await checkHistory(without, one);
    const right = await nextWorker(stage, [one, step]);
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
    const wrong = await nextWorker(before, [changed, step]);
    await wrong.client.rewindInstance("one");
    await wrong.rest();
    expect((await wrong.state()).failureDetails?.errorType).toBe("NonDeterminismError");
    const right = await nextWorker(before, [first, step]);
    await right.client.rewindInstance("one");
    await right.rest();
    expect(await right.output()).toBe("b done");
    await checkHistory(right, first);
  });
});

/** Waits for three bells, and says what they rang. */
const listens = orchestrator("listens", function* (ctx) {
  const rung: unknown[] = [];
  while (rung.length < 3) rung.push(yield* ctx.waitForExternalEvent("Bell"));
  return rung;
});

/** Workers that fail it, each in its own way. */
const failing: readonly (readonly [string, readonly Definition[], StageOptions])[] = [
  ["a worker does not know it", [], {}],
  [
    "it is of a version that the worker does not run",
    [listens],
    { worker: { versioning: { version: "1.0", matchStrategy: "strict", failureStrategy: "fail" } } },
  ],
  ["it is taken for poison", [listens], { worker: { maxDeliveryCount: 1 } }],
  [
    "its code does not agree with its history",
    [
      orchestrator("listens", function* (ctx) {
        yield* ctx.createTimer({ hours: 1 });
      }),
    ],
    {},
  ],
];

describe.each(failing)(
  "what comes in the turn in which the engine fails an instance, because %s,",
  (_why, code, options) => {
    const ring = async (stage: Stage, ...tones: readonly number[]): Promise<void> => {
      for (const tone of tones) await stage.client.raiseOrchestrationEvent("one", "Bell", tone);
    };
    /** It was handed out once before, to a worker that gave it back. */
    const failedBy = async (stage: Stage): Promise<void> => {
      const { store, clock } = stage;
      const [item] = store.fetchOrchestrations({ workerId: "w", maxItems: 1, leaseMs: 1 }, clock.now());
      if (item !== undefined) store.abandonOrchestration({ lock: item.lock, delayMs: 0 }, clock.now());
      const wrong = await nextWorker(stage, code, options);
      await wrong.rest();
      expect(await stage.state()).toMatchObject({ runtimeStatus: "Failed" });
    };
    /** Starts it, rings once, and has another worker fail it with what comes next. */
    const fail = async (order: (stage: Stage) => Promise<void>): Promise<Stage> => {
      const stage = await Stage.open([listens]);
      await stage.start(listens);
      await stage.rest();
      await ring(stage, 1);
      await stage.rest();
      await order(stage);
      await failedBy(stage);
      await checkHistory(stage, listens);
      return stage;
    };

    it("is there after a rewind, in its order, however often the rewind is refused", async () => {
      const stage = await fail((one) => ring(one, 2, 3));
      await stage.client.rewindInstance("one");
      await failedBy(stage);
      const right = await nextWorker(stage, [listens]);
      await right.client.rewindInstance("one");
      await right.rest();
      expect(await right.output()).toEqual([1, 2, 3]);
      await checkHistory(right, listens);
    });

    it("suspends it after a rewind, until it is resumed", async () => {
      const stage = await fail(async (one) => {
        await ring(one, 2);
        await one.client.suspendOrchestration("one");
      });
      const right = await nextWorker(stage, [listens]);
      await right.client.rewindInstance("one");
      await ring(right, 3);
      await right.rest();
      expect(await right.state()).toMatchObject({ runtimeStatus: "Suspended" });
      await checkHistory(right, listens);
      await right.client.resumeOrchestration("one");
      await right.rest();
      expect(await right.output()).toEqual([1, 2, 3]);
    });
  },
);

describe("an instance whose time has not come", () => {
  const soon = (stage: Stage): Promise<string> =>
    stage.client.scheduleNewOrchestration("listens", undefined, { instanceId: "one", startAt: { hours: 1 } });

  it("is not failed before its start, keeps what came, and begins at its time after a rewind", async () => {
    const without = await Stage.open([]);
    await soon(without);
    await without.client.raiseOrchestrationEvent("one", "Bell", 1);
    await without.client.suspendOrchestration("one");
    await without.idle();
    expect(await without.state()).toMatchObject({ runtimeStatus: "Suspended" });
    await without.client.raiseOrchestrationEvent("one", "Bell", 2);
    await without.client.resumeOrchestration("one");
    await without.idle();
    expect(await without.state()).toMatchObject({ runtimeStatus: "Pending" });
    await without.rest();
    expect((await without.state()).failureDetails?.code).toBe("ORCHESTRATOR_NOT_REGISTERED");
    await checkHistory(without, listens);
    const right = await nextWorker(without, [listens]);
    await right.client.rewindInstance("one");
    await right.client.raiseOrchestrationEvent("one", "Bell", 3);
    await right.rest();
    expect(await right.output()).toEqual([1, 2, 3]);
    await checkHistory(right, listens);
  });

  it("ends when it is terminated, also on a worker that does not know it", async () => {
    const without = await Stage.open([]);
    await soon(without);
    await without.client.terminateOrchestration("one", "enough");
    await without.idle();
    expect(await without.state()).toMatchObject({ runtimeStatus: "Terminated", output: "enough" });
    await checkHistory(without, listens);
  });

  it("that failed before its first turn is held again by an order to suspend that came with it", async () => {
    const without = await Stage.open([]);
    await without.start(listens);
    await without.client.raiseOrchestrationEvent("one", "Bell", 1);
    await without.client.suspendOrchestration("one");
    await without.rest();
    expect(await without.state()).toMatchObject({ runtimeStatus: "Failed" });
    await checkHistory(without, listens);
    const right = await nextWorker(without, [listens]);
    await right.client.rewindInstance("one");
    for (const tone of [2, 3]) await right.client.raiseOrchestrationEvent("one", "Bell", tone);
    await right.rest();
    expect(await right.state()).toMatchObject({ runtimeStatus: "Suspended" });
    await checkHistory(right, listens);
    await right.client.resumeOrchestration("one");
    await right.rest();
    expect(await right.output()).toEqual([1, 2, 3]);
    await checkHistory(right, listens);
  });
});
