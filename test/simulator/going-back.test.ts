/**
 * Going back and forth in a simulation changes nothing, and shows everything.
 */
import type { Simulation, SimulationState } from "@dacapo/simulator";
import {
  openSimulation,
  scenario,
  simulate,
  SimulationFailedError,
  SimulationStandstillError,
  SimulationUseError,
  StaleTokenError,
  stateAtStep,
} from "@dacapo/simulator";
import { activity, orchestrator } from "dacapo";
import { describe, expect, it } from "vitest";
import { purchaseApproval } from "./purchase-approval.ts";
import { after, approval, DAY_MS, nap, outputOf } from "./steered.ts";

/** A scenario's failing token, and how many steps its run has. */
async function failing(): Promise<{ readonly token: string; readonly steps: number }> {
  const { token = "" } = await simulate(purchaseApproval("naive"), { runs: 300, seed: "2" });
  const report = await stateAtStep(purchaseApproval("naive"), token, 0);
  return { token, steps: report.verdict === "shown" ? report.steps : 0 };
}

/** Goes to each of the steps, and looks. */
async function look(simulation: Simulation, steps: readonly number[]): Promise<readonly SimulationState[]> {
  const states: SimulationState[] = [];
  for (const step of steps) {
    await simulation.goto(step).catch((error: unknown) => {
      if (!(error instanceof SimulationFailedError)) throw error;
    });
    states.push(simulation.state());
  }
  return states;
}

describe("going back and forth", () => {
  it("shows the same state at each step of a failing run, whichever way it was reached", async () => {
    const { token, steps } = await failing();
    expect(steps).toBeGreaterThan(20);
    const upwards = Array.from({ length: steps + 1 }, (_, step) => step);
    const simulation = await openSimulation(purchaseApproval("naive"), { token });
    const first = await look(simulation, upwards);
    expect(first.map(({ step }) => step)).toEqual(upwards);
    expect(await look(simulation, upwards.toReversed())).toEqual(first.toReversed());
    expect(await look(simulation, upwards)).toEqual(first);
    // What it shows is plain data.
    expect(JSON.parse(JSON.stringify(first))).toEqual(first);
    expect(new Set(first.map((state) => JSON.stringify({ ...state, step: 0 }))).size).toBeGreaterThan(steps / 2);
  });

  it("shows who crashed, when it comes back, and what it held", async () => {
    const { token, steps } = await failing();
    const simulation = await openSimulation(purchaseApproval("naive"), { token });
    const states = await look(
      simulation,
      Array.from({ length: steps + 1 }, (_, step) => step),
    );
    const crashed = states.find(({ workers }) => workers.some(({ status }) => status === "crashed"))!;
    const [worker] = crashed.workers.filter(({ status }) => status === "crashed");
    expect(worker).toMatchObject({ incarnation: 1, restartsAt: expect.stringMatching(/^2026-/) });
    expect(crashed.leases).toContainEqual(
      expect.objectContaining({ kind: "activity", worker: worker!.name, token: expect.any(Number) }),
    );
    expect(crashed.ledgers["charges"]).toHaveLength(1);
    expect(states[0]!.workers.map(({ status }) => status)).toEqual(["starting", "starting", "starting"]);
    expect(states[0]!.clients).toEqual([{ name: "client 1", status: "running" }]);
    expect(states.at(-1)!.clients).toEqual([{ name: "client 1", status: "ended" }]);
    expect(states.at(-1)!.ledgers["charges"]).toHaveLength(2);
    const texts = states.at(-1)!.instances[0]!.history.map(({ text }) => text);
    expect(texts).toContainEqual(expect.stringMatching(/^calls chargeCard\(\{"id":"order-17".*\}\) as task \d+$/));
  });

  it("fails where the token says, once, with the story and a token; then every step up to it can be seen", async () => {
    const { token, steps } = await failing();
    const simulation = await openSimulation(purchaseApproval("naive"), { token });
    const failed = await simulation.runToEnd().catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(SimulationFailedError);
    expect(failed).toMatchObject({
      code: "SIMULATION_FAILED",
      failure: "always an order is charged at most once",
      property: "an order is charged at most once",
      oracle: undefined,
      step: steps,
      token,
    });
    const { message } = failed as SimulationFailedError;
    expect(message).toMatch(
      /^The simulation failed at step \d+: "an order is charged at most once" does not hold\n {2}1\. /,
    );
    expect(message).toContain("This breaks");
    await expect(simulation.advance({ days: 1 })).rejects.toThrow(SimulationFailedError);
    await simulation.goto(steps);
    expect(simulation.state().ledgers["charges"]).toHaveLength(2);
    await expect(simulation.goto(steps + 1)).rejects.toThrow(SimulationFailedError);
    await simulation.goto(steps - 1);
    expect(simulation.state().ledgers["charges"]).toHaveLength(1);
    await expect(simulation.runToEnd()).rejects.toThrow(SimulationFailedError);
  });

  it("repeats the calls of the test at their places", async () => {
    const simulation = await openSimulation({ register: [approval, nap] }, { seed: 3 });
    const { client } = simulation;
    const first = await client.scheduleNewOrchestration(nap, 2);
    await simulation.advance({ days: 1 });
    const answer = { by: "Ada" };
    await client.scheduleNewOrchestration(approval, undefined, { instanceId: "a", startAt: { hours: 12 } });
    await expect(client.waitForOrchestrationCompletion("a")).rejects.toThrow(SimulationStandstillError);
    await client.raiseOrchestrationEvent("a", "Approval", answer);
    // The data is what it was when it was sent.
    answer.by = "Eve";
    await client.waitForOrchestrationCompletion("a");
    await simulation.advance({ weeks: 1 });
    const end = simulation.state();
    expect(end.instances).toMatchObject([
      { instanceId: first, status: "Completed" },
      { instanceId: "a", output: { by: "Ada" } },
    ]);

    const upwards = Array.from({ length: end.step + 1 }, (_, step) => step);
    const states = await look(simulation, upwards);
    expect({ ...states.at(-1), time: "" }).toEqual({ ...end, time: "" });
    expect(await look(simulation, upwards.toReversed())).toEqual(states.toReversed());
    // To go on by time alone repeats them too.
    await simulation.goto(0);
    await simulation.advanceTo(new Date(end.time));
    expect(simulation.state()).toEqual(end);
  });

  it("begins another course where the test makes a new call in the past", async () => {
    const simulation = await openSimulation({ register: [approval] });
    const { client } = simulation;
    await client.scheduleNewOrchestration(approval, undefined, "a");
    await simulation.runUntilIdle();
    const { step } = simulation;
    await client.raiseOrchestrationEvent("a", "Approval", "yes");
    await simulation.runUntilIdle();
    expect(outputOf(simulation, "a")).toBe("yes");
    await simulation.goto(step);
    await client.raiseOrchestrationEvent("a", "Approval", "no");
    await simulation.runUntilIdle();
    expect(outputOf(simulation, "a")).toBe("no");
    const end = simulation.state();
    await simulation.goto(0);
    await simulation.goto(end.step);
    expect(simulation.state()).toEqual(end);
  });

  it("says so when the code under test keeps state of its own, and goes another way", async () => {
    let calls = 0;
    const counting = activity("counting", () => (calls += 1));
    const caller = orchestrator("caller", function* (ctx) {
      return yield* ctx.callActivity(counting);
    });
    const simulation = await openSimulation({ register: [counting, caller] });
    const id = await simulation.client.scheduleNewOrchestration(caller);
    await simulation.client.waitForOrchestrationCompletion(id);
    const { step } = simulation;
    const again = simulation.goto(step);
    await expect(again).rejects.toThrow(SimulationUseError);
    await expect(again).rejects.toThrow("The simulation does not repeat: at about step");
  });

  it("repeats a run of a search, by its seed and number", async () => {
    const result = await simulate(purchaseApproval("naive"), { runs: 300, seed: "2", maxShrinkRuns: 0 });
    const simulation = await openSimulation(purchaseApproval("naive"), { seed: "2", run: result.runs });
    await expect(simulation.runToEnd()).rejects.toMatchObject({ token: result.token, property: result.property });
  });

  it("repeats a test's failure from its token, where the test makes the same calls", async () => {
    const charge = activity("charge", (_ctx, order: number): number => order);
    const buy = orchestrator("buy", function* (ctx, order: number) {
      yield* ctx.callActivity(charge, order);
    });
    const attempt = async (options: { readonly seed: number } | { readonly token: string }): Promise<unknown> => {
      const simulation = await openSimulation(
        {
          register: [buy, charge],
          outside: (world) => ({ charges: world.ledger<number>("charges") }),
          mocks: ({ charges }) => ({ charge: (_ctx, order) => charges.append(order) }),
          faults: { "crash-after-effect": 0.9 },
          always: { "charged once": ({ charges }) => charges.entries().length <= 1 },
        },
        options,
      );
      try {
        await simulation.client.waitForOrchestrationCompletion(
          await simulation.client.scheduleNewOrchestration(buy, 17),
        );
      } catch (error) {
        return error;
      }
      return undefined;
    };
    const first = await attempt({ seed: 1 });
    expect(first).toBeInstanceOf(SimulationFailedError);
    const { token = "", message } = first as SimulationFailedError;
    expect(await attempt({ token })).toMatchObject({ message });
  });

  it("refuses the token of another scenario", async () => {
    const { token } = await failing();
    await expect(openSimulation({ register: [nap] }, { token })).rejects.toThrow(StaleTokenError);
  });
});

describe("simulations side by side", () => {
  it("have each their own time and course", async () => {
    const [short, long] = await Promise.all([openSimulation({ register: [nap] }), openSimulation({ register: [nap] })]);
    const ids = await Promise.all([
      short.client.scheduleNewOrchestration(nap, 1),
      long.client.scheduleNewOrchestration(nap, 1000),
    ]);
    await Promise.all([short.advance({ days: 2 }), long.advance({ days: 999 })]);
    expect([short.now, long.now]).toEqual([after(2 * DAY_MS), after(999 * DAY_MS)]);
    expect([outputOf(short, ids[0]), outputOf(long, ids[1])]).toEqual([after(DAY_MS).toISOString(), undefined]);
    await Promise.all([short.goto(2), long.advance({ days: 1 })]);
    expect([short.step, outputOf(long, ids[1])]).toEqual([2, after(1000 * DAY_MS).toISOString()]);
  });
});

describe("the state at a step of a token's run", () => {
  it("comes with what the step did and what the next one will do", async () => {
    const { token, steps } = await failing();
    const made = purchaseApproval("naive");
    const reports = await Promise.all([0, 1, steps, steps + 50].map((step) => stateAtStep(made, token, step)));
    const [start, first, last, beyond] = reports;
    expect(start).toMatchObject({ verdict: "shown", steps, next: "worker A: start", state: { step: 0 } });
    expect(start).not.toHaveProperty("state.operation");
    expect(first).toMatchObject({ next: expect.any(String), state: { step: 1, operation: "worker A: start" } });
    expect(last).toMatchObject({ state: { step: steps }, failure: '"an order is charged at most once" does not hold' });
    expect(last).not.toHaveProperty("next");
    expect(beyond).toEqual(last);
  });

  it("is not there for a token that no longer fits", async () => {
    const { token } = await failing();
    const other = scenario("other", { register: [nap], clients: () => undefined });
    expect(await stateAtStep(other, token, 5)).toMatchObject({
      verdict: "stale",
      expected: 'always "an order is charged at most once"',
      message: expect.stringMatching(/^STALE at step 0/),
    });
  });
});
