/**
 * Laws of durable timers: exact over any length, and cancelled ones leave nothing behind.
 */
import { describe, expect, it } from "vitest";
import type { Duration, OrchestratorDefinition, TimerTask } from "dacapo";
import { NonDeterminismError, orchestrator, TaskCancelledError, whenAny } from "dacapo";
import { echo, perform, Stage } from "../runtime/stage.ts";

const SECOND = 1000;
const HOUR = 3600 * SECOND;
const DAY = 24 * HOUR;

/** Waits for a timer, and tells how long the wait was, in milliseconds. */
const waits: Readonly<Record<string, OrchestratorDefinition>> = {
  "a generator": orchestrator("wait", function* (ctx, duration: Duration) {
    const before = ctx.currentUtcDateTime.getTime();
    yield* ctx.createTimer(duration);
    return ctx.currentUtcDateTime.getTime() - before;
  }),
  "an async function": orchestrator("wait", async (ctx, duration: Duration) => {
    const before = ctx.currentUtcDateTime.getTime();
    await ctx.createTimer(duration);
    return ctx.currentUtcDateTime.getTime() - before;
  }),
};

describe("a timer", () => {
  const lengths: readonly (readonly [Duration, number])[] = [
    [{ milliseconds: 1 }, 1],
    [{ seconds: 3 }, 3 * SECOND],
    [{ minutes: 1.5 }, 90 * SECOND],
    [{ hours: 72 }, 72 * HOUR],
    [{ days: 30 }, 30 * DAY],
    [{ weeks: 1, days: 1, hours: 1, minutes: 1, seconds: 1, milliseconds: 1 }, 8 * DAY + HOUR + 61_001],
    [{ days: 1095 }, 1095 * DAY],
    [{ milliseconds: 0.2 }, 1],
  ];
  for (const [shape, definition] of Object.entries(waits)) {
    it.each(lengths)(`waits exactly %j as ${shape}`, async (duration, expected) => {
      expect((await perform(definition, { input: duration })).output).toBe(expected);
    });
  }

  it("is not fired a millisecond early, and its due time can be asked for", async () => {
    const definition = waits["a generator"]!;
    const stage = await Stage.open([definition]);
    await stage.start(definition, { days: 30 });
    const { nextDueTime, pending } = await stage.idle();
    expect(nextDueTime?.getTime()).toBe(stage.clock.now() + 30 * DAY);
    expect(pending).toBe(1);
    stage.clock.advance(30 * DAY - 1);
    await stage.idle();
    expect((await stage.state()).runtimeStatus).toBe("Running");
    stage.clock.advance(1);
    await stage.idle();
    expect(await stage.output()).toBe(30 * DAY);
  });

  it("fires in time on a worker that runs by itself, years ahead", async () => {
    const definition = waits["a generator"]!;
    const stage = await Stage.open([definition]);
    await stage.hub.start();
    await stage.start(definition, { days: 1095 });
    await stage.client.waitForOrchestrationStart("one");
    const done = stage.client.waitForOrchestrationCompletion("one");
    // The worker sleeps until the due time: its own timer is set once the turn is committed.
    while (stage.clock.sleeping === 0) await new Promise(setImmediate);
    stage.clock.advance(1095 * DAY);
    expect((await done).output).toBe(1095 * DAY);
    await stage.close();
  });

  it("takes a date, and tells when it fires", async () => {
    const definition = orchestrator("date", function* (ctx) {
      const date = new Date(ctx.currentUtcDateTime.getTime() + HOUR);
      const timer = ctx.createTimer(date);
      yield* timer;
      return [timer.fireAt.getTime() === date.getTime(), ctx.currentUtcDateTime.getTime() - date.getTime()];
    });
    expect((await perform(definition)).output).toEqual([true, 0]);
  });

  it.each([
    ["in the past", () => new Date(0)],
    ["before the epoch", () => new Date(-1)],
  ])("fires at once for a date %s, and time does not go back", async (_when, date) => {
    const definition = orchestrator("past", function* (ctx) {
      const before = ctx.currentUtcDateTime.getTime();
      yield* ctx.createTimer(date());
      return ctx.currentUtcDateTime.getTime() - before;
    });
    const stage = await Stage.open([definition]);
    await stage.start(definition);
    await stage.idle();
    expect(await stage.output()).toBe(0);
  });

  const refused: readonly (readonly [string, unknown, string])[] = [
    ["a bare number", 5, "not a duration but the number 5"],
    ["a text", "5s", "not a duration but a value of type string"],
    ["nothing", undefined, "not a duration but a value of type undefined"],
    ["null", null, "not a duration but null"],
    ["no unit", {}, "names no unit"],
    ["an unknown unit", { months: 1 }, 'unknown unit "months"'],
    ["a negative part", { seconds: -1 }, "the number -1 seconds"],
    ["a part that is no number", { seconds: NaN }, "the number NaN seconds"],
    ["an infinite part", { hours: Infinity }, "the number Infinity hours"],
    ["a text as a part", { hours: "1" }, "a value of type string hours"],
    ["an invalid date", new Date(NaN), "an invalid date"],
    ["more than a date can reach", { days: 1e9 }, "longer than a date can reach"],
    ["a time later than the last date", { milliseconds: 8.64e15 }, "later than a date can reach"],
    ["an array", [1], "not a duration"],
  ];
  it.each(refused)("refuses %s, and says why", async (_what, when, message) => {
    const definition = orchestrator("refused", function* (ctx) {
      try {
        ctx.createTimer(when as Duration);
      } catch (error) {
        return [(error as Error).name, (error as Error).message];
      }
      return yield* ctx.createTimer({ seconds: 1 });
    });
    const stage = await Stage.open([definition]);
    await stage.start(definition);
    await stage.idle();
    const [name, text] = (await stage.output()) as string[];
    expect(name).toBe("InvalidArgumentError");
    expect(text).toContain(message);
    expect((await stage.history()).some(({ type }) => type === "TimerCreated")).toBe(false);
  });
});

describe("a cancelled timer", () => {
  it("leaves no message behind, whether it was cancelled in its own turn or later", async () => {
    const definition = orchestrator("cancel", function* (ctx) {
      ctx.createTimer({ days: 1 }).cancel();
      const later = ctx.createTimer({ days: 2 });
      yield* ctx.callActivity(echo, 1);
      later.cancel();
      yield* ctx.waitForExternalEvent("end");
    });
    const stage = await Stage.open([definition, echo]);
    await stage.start(definition);
    expect(await stage.idle()).toEqual({ nextDueTime: undefined, pending: 0 });
    expect(stage.store.queue("one")).toEqual([]);
  });

  it("throws TaskCancelledError where it is waited for", async () => {
    const definition = orchestrator("cancelled", function* (ctx) {
      const timer = ctx.createTimer({ days: 1 });
      timer.cancel();
      const state = [timer.isCancelled, timer.isCompleted, timer.isFailed];
      try {
        yield* timer;
      } catch (error) {
        return [...state, error instanceof TaskCancelledError];
      }
      return "not thrown";
    });
    expect((await perform(definition)).output).toEqual([true, true, true, true]);
  });

  it("wakes who waits for it in async style", async () => {
    const definition = orchestrator("cancelled", async (ctx) => {
      const timer = ctx.createTimer({ days: 1 });
      const waiting = timer.then(
        () => "fired",
        (error: unknown) => (error as Error).name,
      );
      await ctx.callActivity(echo, 1);
      timer.cancel();
      return waiting;
    });
    expect((await perform(definition, { register: [echo] })).output).toBe("TaskCancelledError");
  });

  it("may be cancelled again, and one that has fired stays fired", async () => {
    const definition = orchestrator("twice", function* (ctx) {
      const [cancelled, fired] = [ctx.createTimer({ days: 1 }), ctx.createTimer({ seconds: 1 })];
      cancelled.cancel();
      cancelled.cancel();
      yield* fired;
      fired.cancel();
      yield* fired;
      return [cancelled.isCancelled, fired.isCancelled];
    });
    expect((await perform(definition)).output).toEqual([true, false]);
  });

  it("does not fire any more when it is due in the turn that cancels it", async () => {
    const definition = orchestrator("close", function* (ctx) {
      const deadline = ctx.createTimer({ hours: 1 });
      const winner = yield* whenAny([ctx.waitForExternalEvent("go"), deadline]);
      if (winner === deadline) return "too late";
      deadline.cancel();
      yield* ctx.createTimer({ hours: 2 });
      return "in time";
    });
    const stage = await Stage.open([definition]);
    await stage.start(definition);
    await stage.idle();
    await stage.client.raiseOrchestrationEvent("one", "go");
    stage.clock.advance(HOUR);
    await stage.rest();
    expect(await stage.output()).toBe("in time");
    expect(stage.dropped("unknown-task")).toBe(1);
  });

  it("is not cancelled from outside a turn", async () => {
    const timers: TimerTask[] = [];
    const definition = orchestrator("leaks", function* (ctx) {
      timers.push(ctx.createTimer({ hours: 1 }));
      yield* timers[0]!;
    });
    const stage = await Stage.open([definition]);
    await stage.start(definition);
    await stage.idle();
    expect(() => {
      timers[0]!.cancel();
    }).toThrow(NonDeterminismError);
    expect([timers[0]!.isCancelled, timers[0]!.isCompleted]).toEqual([false, false]);
    await stage.idle();
    expect((await stage.state()).failureDetails?.code).toBe("NON_DETERMINISM");
  });

  it("is gone with the orchestration that ends before it", async () => {
    const definition = orchestrator("ends", function* (ctx) {
      ctx.createTimer({ days: 1 });
      yield* ctx.createTimer({ seconds: 1 });
    });
    const stage = await Stage.open([definition]);
    await stage.start(definition);
    await stage.idle();
    stage.clock.advance(SECOND);
    expect(await stage.idle()).toEqual({ nextDueTime: undefined, pending: 0 });
    expect((await stage.state()).runtimeStatus).toBe("Completed");
  });
});
