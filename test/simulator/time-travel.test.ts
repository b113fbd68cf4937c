/**
 * A simulation that a test steers: time passes as told, and no more.
 */
import type { Simulation } from "@dacapo/simulator";
import { openSimulation, SimulationStandstillError, SimulationUseError } from "@dacapo/simulator";
import type { OrchestrationContext } from "dacapo";
import {
  activity,
  InstanceNotFoundError,
  InvalidArgumentError,
  orchestrator,
  PayloadNotSerializableError,
  TaskHub,
  WaitTimeoutError,
} from "dacapo";
import { describe, expect, it } from "vitest";
import { after, approval, DAY_MS, nap, outputOf, startTime } from "./steered.ts";

describe("time in a simulation", () => {
  it.each([30, 3 * 365])("runs a timer of %d days to its end, to the millisecond", async (days) => {
    const simulation = await openSimulation({ register: [nap] });
    const id = await simulation.client.scheduleNewOrchestration(nap, days);
    const state = await simulation.client.waitForOrchestrationCompletion(id);
    expect(state.output).toBe(after(days * DAY_MS).toISOString());
    expect(simulation.now).toEqual(after(days * DAY_MS));
    expect(simulation.step).toBeLessThan(40);
  });

  it("passes exactly as far as told, and all that is due by then has happened", async () => {
    const simulation = await openSimulation({ register: [nap] });
    const id = await simulation.client.scheduleNewOrchestration(nap, 3);
    await simulation.advance({ days: 3, milliseconds: -0 });
    expect(simulation.now).toEqual(after(3 * DAY_MS));
    expect(outputOf(simulation, id)).toBe(after(3 * DAY_MS).toISOString());

    const early = await openSimulation({ register: [nap] });
    await early.client.scheduleNewOrchestration(nap, 3, "early");
    await early.advance({ days: 2, hours: 23, minutes: 59, seconds: 59, milliseconds: 999 });
    expect(early.hub.instance("early")?.isTerminal).toBe(false);
    await early.advance({ milliseconds: 1 });
    expect(early.hub.instance("early")?.isTerminal).toBe(true);
  });

  it("stands still between calls, and when it is advanced by nothing", async () => {
    const simulation = await openSimulation({ register: [nap] });
    await simulation.client.scheduleNewOrchestration(nap, 3, "n");
    await simulation.advance({ days: 0 });
    const { step } = simulation;
    await simulation.advance({ days: 0 });
    expect(simulation.now).toEqual(startTime);
    expect(simulation.step).toBe(step);
    expect(simulation.hub.instance("n")?.runtimeStatus).toBe("Running");
  });

  it("passes up to a date, in which nothing need happen", async () => {
    const simulation = await openSimulation({ register: [nap], startTime: new Date("2030-02-28T00:00:00Z") });
    await simulation.advanceTo(new Date("2032-02-29T12:00:00Z"));
    expect(simulation.now).toEqual(new Date("2032-02-29T12:00:00Z"));
    await simulation.advanceTo(simulation.now);
    expect(simulation.now).toEqual(new Date("2032-02-29T12:00:00Z"));
  });

  it("brings retries at exactly the times that their back-off says", async () => {
    const tries: string[] = [];
    const flaky = activity("flaky", (_ctx, _input: string): string => "never called");
    const retrying = orchestrator("retrying", function* (ctx: OrchestrationContext) {
      const retry = { maxNumberOfAttempts: 4, firstRetryInterval: { seconds: 10 }, backoffCoefficient: 3 };
      return yield* ctx.callActivity(flaky, "x", { retry });
    });
    const simulation: Simulation = await openSimulation({
      register: [flaky, retrying],
      mocks: () => ({
        flaky: () => {
          tries.push(simulation.now.toISOString());
          if (tries.length < 4) throw new Error("not yet");
          return "done";
        },
      }),
    });
    const id = await simulation.client.scheduleNewOrchestration(retrying);
    await simulation.advance({ seconds: 39, milliseconds: 999 });
    expect(tries).toEqual([0, 10_000].map((ms) => after(ms).toISOString()));
    const { output } = await simulation.client.waitForOrchestrationCompletion(id);
    expect(output).toBe("done");
    expect(tries).toEqual([0, 10_000, 40_000, 130_000].map((ms) => after(ms).toISOString()));
  });

  it("brings scheduled starts at their time, after a duration or at a date", async () => {
    const simulation = await openSimulation({ register: [nap] });
    const { client } = simulation;
    await client.scheduleNewOrchestration(nap, 1, { instanceId: "later", startAt: { days: 2 } });
    await client.scheduleNewOrchestration(nap, 1, { instanceId: "at", startAt: after(4 * DAY_MS) });
    expect(simulation.state().instances[0]!.waitsFor).toEqual(["its start at 2026-01-03T00:00:00.000Z"]);
    await simulation.advance({ days: 1, hours: 23 });
    expect(simulation.hub.instance("later")?.runtimeStatus).toBe("Pending");
    await simulation.advance({ hours: 1 });
    expect(simulation.hub.instance("later")?.runtimeStatus).toBe("Running");
    await client.waitForOrchestrationCompletion("at");
    expect([outputOf(simulation, "later"), outputOf(simulation, "at")]).toEqual(
      [3, 5].map((days) => after(days * DAY_MS).toISOString()),
    );
  });

  it("passes while activities sleep, and while the client waits with a timeout", async () => {
    const slow = activity("slow", async (ctx, hours: number) => {
      await ctx.sleep({ hours });
      return "slept";
    });
    const caller = orchestrator("caller", function* (ctx, hours: number) {
      return yield* ctx.callActivity(slow, hours);
    });
    const simulation = await openSimulation({ register: [slow, caller] });
    const id = await simulation.client.scheduleNewOrchestration(caller, 5);
    const waiting = simulation.client.waitForOrchestrationCompletion(id, { timeout: { hours: 2 } });
    await expect(waiting).rejects.toThrow(WaitTimeoutError);
    expect(simulation.now).toEqual(after(2 * 60 * 60 * 1000));
    expect(simulation.state().activities).toMatchObject([{ name: "slow", input: 5, attempt: 1, status: "running" }]);
    expect((await simulation.client.waitForOrchestrationCompletion(id)).output).toBe("slept");
    expect(simulation.now).toEqual(after(5 * 60 * 60 * 1000));
  });
});

describe("running as far as something", () => {
  it("stops as soon as the predicate holds, before time passes", async () => {
    const simulation = await openSimulation({ register: [approval] });
    const { client } = simulation;
    const id = await client.scheduleNewOrchestration(approval, undefined, "a");
    await simulation.runUntil(({ hub }) => hub.instance(id)?.customStatus === "waiting");
    const { step } = simulation;
    await simulation.runUntil(({ hub }) => hub.instances().length === 1);
    expect(simulation.step).toBe(step);
    await client.raiseOrchestrationEvent(id, "Approval", "granted");
    await simulation.runUntil(({ hub }) => hub.instance(id)?.isTerminal === true);
    expect(outputOf(simulation, id)).toBe("granted");
    expect(simulation.now).toEqual(startTime);
  });

  it("shows the predicate what lies outside", async () => {
    const book = activity("book", (_ctx, seat: number): number => seat);
    const twice = orchestrator("twice", function* (ctx) {
      yield* ctx.callActivity(book, 1);
      yield* ctx.createTimer({ days: 1 });
      yield* ctx.callActivity(book, 2);
    });
    const simulation = await openSimulation({
      register: [book, twice],
      outside: (world) => ({ seats: world.ledger<number>("seats") }),
      mocks: ({ seats }) => ({ book: (_ctx, seat) => seats.append(seat) }),
    });
    await simulation.client.scheduleNewOrchestration(twice);
    await simulation.runUntil(({ seats }) => seats.entries().length === 2);
    expect(simulation.now).toEqual(after(DAY_MS));
    expect(simulation.outside.seats.entries()).toEqual([1, 2]);
    expect(simulation.state().ledgers).toEqual({ seats: [1, 2] });
  });

  it("says who waits for what when nothing more can happen", async () => {
    const simulation = await openSimulation({ register: [approval] });
    await simulation.client.scheduleNewOrchestration(approval, undefined, "a");
    const stuck = simulation.runUntil(({ hub }) => hub.instance("a")?.isTerminal === true);
    await expect(stuck).rejects.toThrow(SimulationStandstillError);
    await expect(stuck).rejects.toThrow('approval "a" waits for an external event.');
    // It is not over: whoever acts from outside may go on.
    await simulation.client.raiseOrchestrationEvent("a", "Approval", "granted");
    expect((await simulation.client.waitForOrchestrationCompletion("a")).output).toBe("granted");
  });

  it("does what is ready now, and says what is next and how much is left", async () => {
    const simulation = await openSimulation({ register: [nap] });
    await simulation.client.scheduleNewOrchestration(nap, 30);
    await simulation.client.scheduleNewOrchestration(nap, 7);
    expect(await simulation.runUntilIdle()).toEqual({ nextDueTime: after(7 * DAY_MS), pending: 2 });
    expect(simulation.now).toEqual(startTime);
    await simulation.advanceTo(after(7 * DAY_MS));
    expect(await simulation.runUntilIdle()).toEqual({ nextDueTime: after(30 * DAY_MS), pending: 1 });
    await simulation.advance({ days: 23 });
    expect(await simulation.runUntilIdle()).toEqual({ nextDueTime: undefined, pending: 0 });
  });

  it("tells of a sleeping activity as what is next", async () => {
    const slow = activity("slow", (ctx, _input: number) => ctx.sleep({ seconds: 5 }));
    const caller = orchestrator("caller", function* (ctx) {
      yield* ctx.callActivity(slow, 1);
    });
    const simulation = await openSimulation({ register: [slow, caller] });
    await simulation.client.scheduleNewOrchestration(caller);
    expect(await simulation.runUntilIdle()).toEqual({ nextDueTime: after(5000), pending: 1 });
  });

  it("judges the end when it runs to it, and goes on only backwards from there", async () => {
    const simulation = await openSimulation({
      register: [nap],
      eventually: { "somebody napped": ({ hub }) => hub.instances().length > 0 },
    });
    await simulation.client.scheduleNewOrchestration(nap, 2, "n");
    await simulation.runToEnd();
    expect(simulation.hub.instance("n")?.isTerminal).toBe(true);
    await expect(simulation.advance({ days: 1 })).rejects.toThrow("called after runToEnd()");
    await simulation.goto(3);
    await simulation.advance({ days: 1 });
    expect(simulation.hub.instance("n")?.isTerminal).toBe(false);

    const idle = await openSimulation({ register: [nap], eventually: { "somebody napped": () => false } });
    await expect(idle.runToEnd()).rejects.toMatchObject({ failure: "eventually somebody napped" });
  });
});

describe("the client of a simulation", () => {
  it("is the production client: it lists, refuses, purges and terminates as that does", async () => {
    const simulation = await openSimulation({ register: [nap, approval] });
    const { client } = simulation;
    for (const id of ["c", "a", "b"]) await client.scheduleNewOrchestration(approval, undefined, id);
    const ids: string[] = [];
    for await (const { instanceId } of client.getAllInstances({ pageSize: 2 })) ids.push(instanceId);
    expect(ids).toEqual(["a", "b", "c"]);
    await client.terminateOrchestration("b", "enough");
    expect((await client.waitForOrchestrationCompletion("b")).output).toBe("enough");
    expect(await client.purgeOrchestration("b")).toEqual({ deletedInstanceCount: 1 });
    expect(await client.getOrchestrationState("b")).toBeUndefined();
    await expect(client.raiseOrchestrationEvent("b", "Approval")).rejects.toThrow(InstanceNotFoundError);
    await expect(client.scheduleNewOrchestration(approval, 1n)).rejects.toThrow(PayloadNotSerializableError);
    const real = await TaskHub.open({ backend: (await import("dacapo/memory")).memory() });
    expect(client).toBeInstanceOf(real.client.constructor);
    await real.stop();
  });

  it("rejects a wait that nothing can end any more, and says who waits", async () => {
    const simulation = await openSimulation({ register: [approval] });
    const id = await simulation.client.scheduleNewOrchestration(approval, undefined, "a");
    const waiting = simulation.client.waitForOrchestrationCompletion(id);
    await expect(waiting).rejects.toThrow(SimulationStandstillError);
    await expect(waiting).rejects.toThrow("client.waitForOrchestrationCompletion() is not answered");
    await expect(waiting).rejects.toThrow('approval "a" waits for an external event');
  });

  it("refuses a second call while one runs, and the first goes on", async () => {
    const simulation = await openSimulation({ register: [nap] });
    const id = await simulation.client.scheduleNewOrchestration(nap, 1);
    const first = simulation.client.waitForOrchestrationCompletion(id);
    const second = simulation.advance({ days: 1 });
    await expect(second).rejects.toThrow(SimulationUseError);
    await expect(second).rejects.toThrow(
      "advance() was called while client.waitForOrchestrationCompletion() runs. Await each call",
    );
    expect((await first).isTerminal).toBe(true);
  });

  it("gets through lost answers where faults are on", async () => {
    const faults = { "ambiguous-commit": 0.5 };
    const simulation = await openSimulation({ register: [nap], faults }, { seed: "lost" });
    const id = await simulation.client.scheduleNewOrchestration(nap, 1);
    expect((await simulation.client.waitForOrchestrationCompletion(id)).runtimeStatus).toBe("Completed");
  });
});

describe("a simulation refuses", () => {
  it.each([[{ days: -1 }], [{ days: Number.NaN }], [{}], [5], [undefined], [{ days: 1e9 }], [{ day: 1 }]])(
    "to advance by %j",
    async (duration) => {
      const simulation = await openSimulation({ register: [nap] });
      await expect(simulation.advance(duration as never)).rejects.toThrow(InvalidArgumentError);
      expect([simulation.step, simulation.now]).toEqual([0, startTime]);
    },
  );

  it.each([[new Date("2025-12-31")], [new Date("nonsense")], ["2027-01-01"], [undefined]])(
    "to advance to %s",
    async (date) => {
      const simulation = await openSimulation({ register: [nap] });
      await expect(simulation.advanceTo(date as never)).rejects.toThrow(InvalidArgumentError);
    },
  );

  it.each([-1, 1.5, Number.NaN, Infinity, "3"])("to go to step %s", async (step) => {
    const simulation = await openSimulation({ register: [nap] });
    await expect(simulation.goto(step as never)).rejects.toThrow(InvalidArgumentError);
  });

  it("to go beyond the end, and stands there", async () => {
    const simulation = await openSimulation({ register: [nap] });
    await simulation.client.scheduleNewOrchestration(nap, 1, "n");
    await expect(simulation.goto(1000)).rejects.toThrow(
      /^There is no step 1000: nothing more can happen after step \d+\./,
    );
    expect(simulation.hub.instance("n")?.isTerminal).toBe(true);
    await simulation.goto(simulation.step);
  });

  it("a predicate that answers with a promise, and lets its errors through", async () => {
    const simulation = await openSimulation({ register: [nap] });
    await expect(simulation.runUntil((() => Promise.resolve(true)) as never)).rejects.toThrow(InvalidArgumentError);
    const broken = simulation.runUntil(() => {
      throw new RangeError("mine");
    });
    await expect(broken).rejects.toThrow(RangeError);
    await simulation.advance({ days: 1 });
  });

  it("everything once it is closed", async () => {
    const simulation = await openSimulation({ register: [nap] });
    await simulation[Symbol.asyncDispose]();
    for (const call of [
      () => simulation.advance({ days: 1 }),
      () => simulation.goto(0),
      () => simulation.client.getOrchestrationState("n"),
    ]) {
      await expect(call()).rejects.toThrow("after close(). Open another");
    }
  });

  it("to go on for ever", async () => {
    const loop = orchestrator("loop", function* (ctx) {
      yield* ctx.createTimer({ seconds: 1 });
      ctx.continueAsNew(undefined);
    });
    const simulation = await openSimulation({ register: [loop], maxSteps: 100 });
    await simulation.client.scheduleNewOrchestration(loop, undefined, "l");
    await expect(simulation.advance({ days: 1 })).rejects.toThrow("has used up its 100 steps");
    await expect(simulation.advance({ days: 1 })).rejects.toThrow(SimulationStandstillError);
    await expect(simulation.goto(200)).rejects.toThrow(SimulationStandstillError);
    await simulation.goto(50);
    expect(simulation.step).toBe(50);
  });

  it.each([
    [{ seed: 1, token: "dacapo1:x" }, "a token, and a seed or a run"],
    [{ run: 3 }, "a run and no seed"],
    [{ seed: 1, run: 0 }, "The option run is 0"],
    [{ token: "nonsense" }, "is not a token"],
    [{ sed: 1 }, 'unknown option "sed"'],
  ])("the options %j", async (options, words) => {
    await expect(openSimulation({ register: [nap] }, options as never)).rejects.toThrow(InvalidArgumentError);
    await expect(openSimulation({ register: [nap] }, options as never)).rejects.toThrow(words);
  });

  it.each([
    [undefined, "nothing to simulate"],
    [{ register: [] }, "registers nothing"],
    [{ register: [nap], faults: true }, "has faults: true"],
    [{ register: [nap], faults: { "no-such": true } }, 'unknown fault "no-such"'],
    [{ register: [nap], clients: {} }, "has no clients"],
  ])("to simulate %j", async (setup, words) => {
    await expect(openSimulation(setup as never)).rejects.toThrow(words);
  });
});
