/** The laws of each class of fault: alone it happens, it is survived, and it does what it says. */
import type { ActivityContext } from "dacapo";
import { activity, orchestrator, whenAll } from "dacapo";
import type { FaultClass, Scenario } from "@dacapo/simulator";
import { FAULT_NAMES, scenario, simulate } from "@dacapo/simulator";
import { describe, expect, it } from "vitest";
import { lasting, queuesFirst } from "../../simulator/src/faults/commit-steps.ts";

const bake = activity("bake", (_ctx, n: number) => n);
const breakfast = orchestrator("breakfast", function* (ctx, n: number) {
  const retry = { maxNumberOfAttempts: 4, firstRetryInterval: { seconds: 5 } };
  const baked = yield* whenAll([1, 2, 3].map((i) => ctx.callActivity(bake, i * n, { retry })));
  const spread = yield* ctx.waitForExternalEvent<string>("spread");
  yield* ctx.createTimer({ minutes: 1 });
  yield* ctx.callActivity(bake, baked.length, { retry });
  return spread;
});

/** Three instances, three workers, and only the faults given. */
function kitchen(faults: Partial<Record<FaultClass, boolean | number>>, more: object = {}): Scenario {
  const off = Object.fromEntries(FAULT_NAMES.map((name) => [name, false]));
  return scenario("kitchen", {
    register: [breakfast, bake],
    workers: 3,
    outside: (world) => ({ oven: world.ledger<{ key: string; n: number }>("oven") }),
    mocks: ({ oven }) => ({
      bake: async (ctx, n) => {
        await oven.append({ key: ctx.idempotencyKey, n });
        return n;
      },
    }),
    async clients({ client }) {
      for (const id of ["a", "b", "c"]) await client.scheduleNewOrchestration(breakfast, 1, id);
      for (const id of ["a", "b", "c"]) await client.raiseOrchestrationEvent(id, "spread", id);
    },
    eventually: { "everybody is done": ({ hub }) => hub.instances().every(({ isTerminal }) => isTerminal) },
    sometimes: {
      "something is baked again": ({ oven }) => oven.countBy("key").some((count) => count > 1),
      "something is poisoned": ({ hub }) =>
        hub.instances().some(({ failure }) => JSON.stringify(failure ?? "").includes("POISON_MESSAGE")),
    },
    faults: { ...off, ...faults },
    ...more,
  });
}

const SLOW = (): object => ({
  bake: async (ctx: ActivityContext, n: number) => {
    await ctx.sleep({ minutes: 1 });
    return n;
  },
});

/** These make work be done again, so the effects of an activity may come twice. */
const REPEATING: ReadonlySet<FaultClass> = new Set<FaultClass>([
  ...(["crash-before-commit", "crash-within-commit", "crash-after-effect", "fleet-crash", "worker-paused"] as const),
  ...(["lease-stolen", "activity-fails-after-effect"] as const),
]);

describe.each(FAULT_NAMES.filter((name) => name !== "work-poisoned"))("%s, alone", (fault) => {
  it("happens, nothing else does, and the engine survives it", async () => {
    // A lease is renewed only where work takes long, so that is what this activity does.
    const slow = fault === "renewal-failed" ? { mocks: SLOW } : {};
    const result = await simulate(kitchen({ [fault]: 0.2 }, slow), { runs: 60 });
    expect(result.story ?? []).toEqual([]);
    expect(result).toMatchObject({ outcome: "passed" });
    const injected = Object.entries(result.coverage.faults).filter(([, count]) => count > 0);
    expect(injected.map(([name]) => name)).toEqual([fault]);
    expect(result.coverage.runsAtRest).toBe(60);
    const isRepeated = (result.coverage.sometimes["something is baked again"] ?? 0) > 0;
    if (REPEATING.has(fault)) expect(isRepeated).toBe(true);
    expect(result.coverage.sometimes["something is poisoned"]).toBe(0);
  });
});

describe("the poison limit", () => {
  it("is never reached by crashes, however many there are", async () => {
    const rates = { "crash-before-commit": 0.5, "crash-within-commit": 0.3, "fleet-crash": 0.3, "worker-paused": 0.3 };
    const worst = kitchen({ ...rates, "lease-stolen": 0.3 }, { hub: { worker: { maxDeliveryCount: 3 } } });
    const { coverage, outcome } = await simulate(worst, { runs: 150 });
    expect(outcome).toBe("passed");
    expect(coverage.sometimes["something is poisoned"]).toBe(0);
  });

  it("is reached where the scenario asks for poisoned work, and the engine sets it aside", async () => {
    const { coverage, outcome } = await simulate(kitchen({ "work-poisoned": 0.1 }), { runs: 40 });
    expect(outcome).toBe("passed");
    expect(coverage.sometimes["something is poisoned"]).toBeGreaterThan(20);
  });
});

describe("a commit that is broken off", () => {
  const steps = (["history", "activities", "inbox", "lock"] as const).map((name) => ({
    name,
    apply: () => undefined,
  }));
  const names = (of: readonly { readonly name: string }[]): readonly string[] => of.map(({ name }) => name);

  it("leaves nothing of a transaction that has not ended, and all of one that has", () => {
    for (const done of [0, 1, 2, 3]) expect(lasting(steps, done)).toEqual([]);
    expect(lasting(steps, 4)).toEqual(steps);
  });

  it("leaves whole transactions where there are several", () => {
    const two = steps.map((step, i) => ({ ...step, transaction: i < 2 ? 1 : 2 }));
    expect([0, 1, 2, 3, 4].map((done) => lasting(two, done).length)).toEqual([0, 0, 2, 2, 4]);
  });

  it("is written by queues and tables in their order: what is sent first, what was received last", () => {
    expect(names(queuesFirst(steps))).toEqual(["activities", "history", "inbox", "lock"]);
    // The answer of an activity goes out before the activity is deleted, whatever the names sort to.
    const answer = [steps[0], steps[1]].flatMap((step) => step ?? []);
    expect(queuesFirst(answer)).toEqual(answer);
  });
});

describe("a store of queues and tables", () => {
  it("serves as well as any other while nothing goes wrong", async () => {
    const { outcome } = await simulate(kitchen({}, { storage: "queue-and-table" }), { runs: 40 });
    expect(outcome).toBe("passed");
  });

  it("renews leases as often as it is asked to", async () => {
    const slow = kitchen({ "activity-slow": 0.5 }, { storage: "queue-and-table" });
    expect(await simulate(slow, { runs: 60 })).toMatchObject({ outcome: "passed" });
  });

  it("breaks the engine with a single crash, and the story says whose fault that is", async () => {
    const weak = kitchen({ "crash-before-commit": true }, { storage: "queue-and-table" });
    const { outcome, story, minimised } = await simulate(weak, { runs: 300 });
    expect(outcome).toBe("failed");
    expect(minimised?.faults).toBe(1);
    expect(story?.at(-1)).toContain("it gives neither G3 nor G4");
  });

  it("is refused under another name", () => {
    expect(() => kitchen({}, { storage: "floppy" })).toThrow('The storages are "transactional" and "queue-and-table".');
  });
});
