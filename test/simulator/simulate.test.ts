/**
 * Whole searches, with the real engine: what is found, how it is told, and what a token does.
 */
import type { OrchestrationContext } from "dacapo";
import { activity, entity, InvalidArgumentError, orchestrator } from "dacapo";
import type { Scenario, SimulationResult } from "@dacapo/simulator";
import { FAULT_NAMES, replayToken, scenario, simulate, UncontrolledWaitError } from "@dacapo/simulator";
import { describe, expect, it } from "vitest";
import { purchaseApproval } from "./purchase-approval.ts";

const naive = purchaseApproval("naive");
const repaired = purchaseApproval("repaired");
const seeds = ["1", "2", "3", "4", "5"];

const work = activity("work", (_ctx, n: number) => Promise.resolve(n + 1));

function failed(result: SimulationResult): Required<SimulationResult> {
  expect(result.outcome).toBe("failed");
  return result as Required<SimulationResult>;
}

describe("a naive workflow", () => {
  it.each(seeds)("is found to charge twice within 300 runs, seed %s", async (seed) => {
    const result = failed(await simulate(naive, { runs: 300, seed }));
    expect(result.property).toBe("an order is charged at most once");
    expect(result.oracle).toBeUndefined();
    expect(result.minimised.choices).toBeLessThanOrEqual(6);
    expect(result.minimised.faults).toBeLessThanOrEqual(2);
  });

  it("has its failure told: who did what, what went wrong, what the outside world now holds", async () => {
    const { story } = failed(await simulate(naive, { runs: 300, seed: "2" }));
    expect(story.length).toBeGreaterThanOrEqual(6);
    expect(story.length).toBeLessThanOrEqual(20);
    const text = story.join("\n");
    expect(text).toMatch(/^client 1 starts approvePurchase "order-17"/);
    expect(text).toMatch(
      /worker [A-C] runs chargeCard for "order-17"; ledger "charges" gets .*; worker [A-C] crashes before/,
    );
    expect(text).toMatch(
      /worker [A-C] runs chargeCard again for "order-17"; ledger "charges" gets .* now holds it 2 times/,
    );
    expect(story.at(-1)).toBe('This breaks "an order is charged at most once"');
  });
});

describe("a repaired workflow", () => {
  it("survives, and every class of fault took part", async () => {
    const result = await simulate(repaired, { runs: 600 });
    expect(result).toMatchObject({ outcome: "passed", runs: 600, scenario: "purchase approval", seed: "1" });
    expect(Object.keys(result.coverage.faults)).toEqual(FAULT_NAMES);
    // There are never many messages at once in this scenario, the next test makes some; nobody asks for poison.
    const rare = ["message-reordered", "batch-split", "work-poisoned"];
    for (const [fault, count] of Object.entries(result.coverage.faults)) {
      if (!rare.includes(fault)) expect(`${fault} ${count > 0}`).toBe(`${fault} true`);
    }
    expect(result.coverage.sometimes["the deadline wins"]).toBeGreaterThan(0);
    expect(result.coverage.sometimes["a card is charged"]).toBeGreaterThan(0);
    expect(result.coverage.runsAtRest).toBe(600);
  });

  it("says of a `sometimes` that nothing reached that it was reached 0 times", async () => {
    const never = scenario("never", { ...plain(), sometimes: { "pigs fly": () => false } });
    const result = await simulate(never, { runs: 5 });
    expect(result).toMatchObject({ outcome: "passed", coverage: { sometimes: { "pigs fly": 0 } } });
  });
});

describe("messages that arrive together", () => {
  it("are reordered, and an orchestrator that relies on their order is found", async () => {
    const inOrder = orchestrator("inOrder", function* (ctx) {
      const first = yield* ctx.waitForExternalEvent<number>("item");
      const second = yield* ctx.waitForExternalEvent<number>("item");
      return first < second;
    });
    const result = await simulate(
      scenario("order", {
        register: [inOrder],
        async clients({ client }) {
          await client.scheduleNewOrchestration(inOrder, undefined, "o");
          await client.raiseOrchestrationEvent("o", "item", 1);
          await client.raiseOrchestrationEvent("o", "item", 2);
        },
        always: { "the first item comes first": ({ hub }) => !hub.outputs().includes(false) },
      }),
      { runs: 500 },
    );
    expect(result.property).toBe("the first item comes first");
    expect(result.coverage.faults["message-reordered"] + result.coverage.faults["message-delayed"]).toBeGreaterThan(0);
  });
});

describe("the result", () => {
  it("is the same for the same seed, wall time excepted", async () => {
    const strip = ({ stepsPerSecond: _, ...rest }: SimulationResult): unknown => rest;
    const [first, second] = [await simulate(naive, { seed: 7 }), await simulate(naive, { seed: "7" })];
    expect(strip(second)).toEqual(strip(first));
    expect(first.stepsPerSecond).toBeGreaterThan(0);
  });

  it("is plain JSON", async () => {
    const result = await simulate(naive, { runs: 100 });
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
  });

  it("reports progress after every run, and while it shrinks", async () => {
    const phases: string[] = [];
    const result = await simulate(naive, {
      runs: 300,
      onProgress: ({ phase, runs, runsMax, coverage }) => {
        phases.push(phase);
        expect(runs).toBeLessThanOrEqual(runsMax);
        expect(coverage.steps).toBeGreaterThan(0);
      },
    });
    expect(phases.filter((phase) => phase === "searching")).toHaveLength(result.runs);
    expect(phases.at(-1)).toBe("shrinking");
  });

  it("is found as it was when nothing may be shrunk", async () => {
    const result = failed(await simulate(naive, { runs: 300, maxShrinkRuns: 0 }));
    expect((await replayToken(naive, result.token)).verdict).toBe("same");
  });

  it.each([{ runs: 0 }, { runs: 1.5 }, { maxShrinkRuns: -1 }])("is refused for the options %j", async (options) => {
    await expect(simulate(naive, options)).rejects.toThrow(InvalidArgumentError);
  });

  it("is refused for something that is no scenario", async () => {
    await expect(simulate({} as Scenario)).rejects.toThrow("simulate() was given no scenario");
  });
});

describe("a token", () => {
  it("fails in the same way, twice, with the same story", async () => {
    const result = failed(await simulate(naive, { runs: 300 }));
    const [first, second] = [await replayToken(naive, result.token), await replayToken(naive, result.token)];
    expect(first).toMatchObject({ verdict: "same", property: result.property, story: result.story });
    expect(second).toEqual(first);
  });

  it("passes once the workflow is repaired without another step", async () => {
    const { token } = failed(await simulate(naive, { runs: 300 }));
    expect(await replayToken(repaired, token)).toMatchObject({
      verdict: "passed",
      expected: 'always "an order is charged at most once"',
      message: 'It no longer fails: always "an order is charged at most once".',
    });
  });

  it("is stale when the scenario has other names or settings", async () => {
    const { token } = failed(await simulate(naive, { runs: 300 }));
    const replay = await replayToken(scenario("purchase approval", plain()), token);
    expect(replay.verdict).toBe("stale");
    expect(replay.message).toMatch(/^STALE at step 0: expected a scenario with other names or settings/);
  });

  it("is stale when the code goes another way", async () => {
    const detour = { isTaken: false };
    const straight = orchestrator("o", function* (ctx, n: number) {
      if (detour.isTaken) yield* ctx.createTimer({ seconds: 1 });
      return yield* ctx.callActivity(work, n);
    });
    const doubtful = scenario("doubtful", {
      register: [straight, work],
      outside: (world) => ({ ledger: world.ledger<number>("l") }),
      mocks: ({ ledger }) => ({ work: (_ctx, n) => ledger.append(n) }),
      async clients({ client }) {
        await client.scheduleNewOrchestration(straight, 1, "o");
      },
      always: { once: ({ ledger }) => ledger.countBy((n) => n).every((n) => n <= 1) },
    });
    const { token } = failed(await simulate(doubtful));
    detour.isTaken = true;
    const replay = await replayToken(doubtful, token);
    expect(replay.verdict).toBe("stale");
    expect(replay.message).toMatch(/^STALE at step \d+: expected a choice between \d+/);
  });

  it("is refused when it is none", async () => {
    await expect(replayToken(naive, "dacapo1:nonsense")).rejects.toThrow(InvalidArgumentError);
  });
});

describe("code that is not deterministic", () => {
  it("in an orchestrator is found by the cold replay", async () => {
    let draws = 0;
    const random = orchestrator("random", function* (ctx, n: number) {
      // The bug that this test is about: state outside the orchestrator, which differs on replay.
      draws += 1;
      const drawn = draws;
      yield* ctx.callActivity(work, n);
      return yield* ctx.callActivity(work, drawn);
    });
    const result = await simulate(calling(random), { runs: 50 });
    expect(result.oracle).toBe("O6");
    expect(result.message).toContain("does not replay");
    expect(result.message).toContain("ctx.random()");
    expect(result.message).not.toContain("{");
  });

  it("in a scenario is said to be that, instead of telling a story that does not repeat", async () => {
    let calls = 0;
    const moody = scenario("moody", {
      ...plain(),
      always: { "it is not the fourth time": () => (calls += 1) !== 40 },
    });
    const { story, minimised } = failed(await simulate(moody));
    expect(story[0]).toContain("does not repeat");
    expect(story.at(-1)).toBe('Run again, it does not fail; the first time: "it is not the fourth time" does not hold');
    expect(minimised.choices).toBeGreaterThanOrEqual(0);
  });

  it("that changes the choices is said to be that too", async () => {
    let draws = 0;
    const moody = scenario("moody", {
      ...plain(),
      clients: ({ choose }) => {
        draws += 1;
        if (choose.integer(0, draws) > 0) throw new Error("no");
      },
    });
    const result = failed(await simulate(moody));
    expect(result).toMatchObject({ oracle: "determinism", runs: 1 });
    expect(result.message).toContain("client 1: integer: 0 of 2");
    expect(result.message).toContain("client 1: integer: 0 of 3");
    expect(result.story[0]).toContain("does not repeat");
  });
});

describe("a search", () => {
  it("begins with the boring run, so that what fails without a fault is found at once", async () => {
    const hasty = scenario("hasty", {
      ...plain(),
      faults: { "crash-before-commit": 1 },
      always: { "nothing ends": ({ hub }) => hub.outputs().length === 0 },
    });
    expect(await simulate(hasty, { seed: 3, maxShrinkRuns: 0 })).toMatchObject({
      runs: 1,
      minimised: { choices: 0, faults: 0 },
    });
  });

  const retrying = orchestrator("retrying", function* (ctx) {
    try {
      return yield* ctx.callActivity(work, 1, {
        retry: { maxNumberOfAttempts: 3, firstRetryInterval: { seconds: 1 } },
      });
    } catch {
      return "gave up";
    }
  });
  const givingUp = (faults: Parameters<typeof scenario>[1]["faults"]): Scenario =>
    scenario("giving up", {
      register: [retrying, work],
      ...(faults === undefined ? {} : { faults }),
      clients: ({ client }) => start(client.scheduleNewOrchestration(retrying)),
      sometimes: {
        "it gives up": ({ hub }) => hub.outputs().includes("gave up"),
        "it succeeds": ({ hub }) => hub.outputs().includes(2),
      },
    });

  it("uses up every attempt of a retry policy in some runs", async () => {
    const { coverage } = await simulate(givingUp(undefined), { runs: 300 });
    expect(coverage.sometimes["it gives up"]).toBeGreaterThan(0);
    expect(coverage.sometimes["it succeeds"]).toBeGreaterThan(100);
  });

  it("fails an activity as often as the scenario's own rate says", async () => {
    const { coverage } = await simulate(givingUp({ "activity-throws": 1 }), { runs: 50 });
    // In the other runs the faults are over before the last attempt.
    expect(coverage.sometimes["it gives up"]).toBeGreaterThan(25);
  });

  it("tells how instances and clients ended; an entity is no instance that goes on", async () => {
    const failing = orchestrator("failing", () => {
      throw new RangeError("no");
    });
    const bell = entity<{ ring(): void }>("bell", (ctx) => {
      ctx.setState("rung");
    });
    const made = scenario("ends", {
      register: [failing, bell],
      async clients({ client }) {
        await client.signalEntity(bell, "door", "ring");
        await client.scheduleNewOrchestration(failing, undefined, "f");
        await client.raiseOrchestrationEvent("nobody", "x");
      },
    });
    const { coverage } = await simulate(made, { runs: 10 });
    expect(coverage.instances).toEqual({ Failed: 10 });
    expect(coverage.instanceErrors).toEqual({ RangeError: 10 });
    expect(coverage.clientsStopped["INSTANCE_NOT_FOUND"]).toBeGreaterThan(0);
    expect(coverage.runsWithClientStopped).toBe(10);
  });

  it("ends a story with what is broken, after the step that broke it", async () => {
    const refused = scenario("refused", {
      ...plain(),
      always: { "nothing is started": ({ hub }) => hub.instances().length === 0 },
    });
    expect(failed(await simulate(refused)).story).toEqual([
      'client 1 starts plain "it" with 1',
      'This breaks "nothing is started"',
    ]);
  });
});

describe("a client", () => {
  it("that throws fails the run by its name", async () => {
    const result = failed(
      await simulate(
        scenario("angry", {
          ...plain(),
          clients: {
            customer: () => {
              throw new TypeError("no such thing");
            },
          },
        }),
      ),
    );
    expect(result.property).toBe('client "customer" does not fail');
    expect(result.story.at(-1)).toBe('This must not happen: client "customer" fails with TypeError: no such thing');
  });

  it("may lose a race: an instance that is gone, ended or there already ends it quietly", async () => {
    const quick = orchestrator("quick", () => "done");
    const result = await simulate(
      scenario("races", {
        register: [quick],
        clients: [
          async ({ client }) => {
            await client.scheduleNewOrchestration(quick, undefined, "same");
            await client.raiseOrchestrationEvent("same", "late");
          },
          async ({ client }) => {
            await client.scheduleNewOrchestration(quick, undefined, "same");
            await client.terminateOrchestration("same");
          },
          async ({ client }) => {
            await client.raiseOrchestrationEvent("nobody", "x");
          },
        ],
      }),
      { runs: 100 },
    );
    expect(result.outcome).toBe("passed");
  });
});

describe("time", () => {
  it("costs nothing: a workflow of years of timers runs to its end", async () => {
    const patient = orchestrator("patient", function* (ctx) {
      for (let year = 0; year < 20; year++) yield* ctx.createTimer({ days: 365 });
      return "done";
    });
    const result = await simulate(calling(patient), { runs: 20 });
    expect(result.outcome).toBe("passed");
    expect(result.virtualTime).toBeGreaterThanOrEqual(20 * 20 * 365 * 86_400_000);
  });

  it("passes for an activity that sleeps, longer than any lease", async () => {
    const slow = activity("slow", async (ctx) => {
      await ctx.sleep({ hours: 2 });
      return "done";
    });
    const run = orchestrator("run", (ctx: OrchestrationContext) => ctx.callActivity(slow));
    const result = await simulate(
      scenario("slow", { register: [run, slow], clients: ({ client }) => start(client.scheduleNewOrchestration(run)) }),
      { runs: 20 },
    );
    expect(result.outcome).toBe("passed");
  });

  it("is not waited for in the real world: an activity that does ends the search with its name", async () => {
    const mail = activity("sendMail", () => new Promise(() => undefined));
    const run = orchestrator("run", (ctx: OrchestrationContext) => ctx.callActivity(mail));
    const real = scenario("real", {
      register: [run, mail],
      clients: ({ client }) => start(client.scheduleNewOrchestration(run)),
    });
    await expect(simulate(real)).rejects.toThrow(UncontrolledWaitError);
    await expect(simulate(real)).rejects.toThrow('activity "sendMail" on worker A waits on something');
  });
});

describe("liveness", () => {
  it("accepts an instance that waits for an event that nobody sends", async () => {
    const waiting = orchestrator("waiting", (ctx: OrchestrationContext) => ctx.waitForExternalEvent("never"));
    expect((await simulate(calling(waiting), { runs: 50 })).outcome).toBe("passed");
  });

  it("does not pass where `eventually` was never checked, because every run was cut", async () => {
    const eternal = orchestrator("eternal", function* (ctx, n: number) {
      yield* ctx.createTimer({ hours: 1 });
      ctx.continueAsNew(n + 1);
    });
    const options = { ...only(eternal), maxSteps: 500, eventually: { "pigs fly": () => false } };
    const result = await simulate(scenario("eternal", options), { runs: 3 });
    expect(result).toMatchObject({ outcome: "failed", property: "pigs fly", coverage: { runsCut: 3, maxSteps: 500 } });
    expect(result.message).toMatch(
      /^"pigs fly" was never checked: none of the 3 runs came to rest within 500 steps \(maxSteps\)\./,
    );
    expect(result.token).toBeUndefined();
  });

  it("accepts a workflow that goes on for ever, and cuts its runs", async () => {
    const eternal = orchestrator("eternal", function* (ctx, n: number) {
      yield* ctx.createTimer({ hours: 1 });
      ctx.continueAsNew(n + 1);
    });
    const result = await simulate(scenario("eternal", { ...only(eternal), maxSteps: 500 }), { runs: 20 });
    expect(result).toMatchObject({ outcome: "passed", coverage: { runsAtRest: 0, runsCut: 20 } });
  });

  it("checks `eventually` at rest, and tells it", async () => {
    const waiting = orchestrator("waiting", (ctx: OrchestrationContext) => ctx.waitForExternalEvent("never"));
    const result = failed(
      await simulate(
        scenario("eventually", {
          ...only(waiting),
          eventually: { "all is done": ({ hub }) => hub.instances().every(({ isTerminal }) => isTerminal) },
        }),
      ),
    );
    expect(result).toMatchObject({ property: "all is done", minimised: { choices: 0, faults: 0 } });
    expect(result.story.slice(-2)).toEqual([
      '"it" has not ended: it waits for the event "never", which nobody sent',
      'Nothing more can happen, and "all is done" does not hold',
    ]);
  });
});

describe("a property", () => {
  it("that throws does not hold, and its error is told", async () => {
    const broken = scenario("broken", {
      ...plain(),
      always: {
        "it is defined": () => {
          throw new RangeError("out of bounds");
        },
      },
    });
    expect((await simulate(broken)).message).toBe('"it is defined" does not hold: RangeError: out of bounds');
  });

  it("that is asynchronous is refused, because a promise would always hold", async () => {
    const eager = scenario("eager", { ...plain(), always: { "it holds": (() => Promise.resolve(false)) as never } });
    expect((await simulate(eager)).message).toContain("this one returned a promise");
  });
});

/** The options of a scenario that starts one instance of an orchestrator and calls nothing else. */
function only(definition: ReturnType<typeof orchestrator<number, unknown>>): {
  readonly register: readonly [typeof definition, typeof work];
  readonly clients: Parameters<typeof scenario>[1]["clients"];
} {
  return {
    register: [definition, work],
    clients: ({ client }) => start(client.scheduleNewOrchestration(definition.name, 1, "it")),
  };
}

function calling(definition: Parameters<typeof only>[0]): Scenario {
  return scenario(`calling ${definition.name}`, only(definition));
}

function plain(): ReturnType<typeof only> {
  return only(orchestrator("plain", (ctx: OrchestrationContext, n: number) => ctx.callActivity(work, n)));
}

async function start(starting: Promise<string>): Promise<void> {
  await starting;
}
