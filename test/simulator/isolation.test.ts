/**
 * A simulation is a function of its choices, and touches nothing but itself.
 */
import { activity, orchestrator, whenAll } from "dacapo";
import type { Scenario, SimulationResult } from "@dacapo/simulator";
import { scenario, simulate } from "@dacapo/simulator";
import { describe, expect, it } from "vitest";
import { fingerprint } from "../../simulator/src/choices/fingerprint.ts";
import { NO_RATES } from "../../simulator/src/faults/faults.ts";
import { randomChoices } from "../../simulator/src/choices/random-choices.ts";
import { siteOf, strictReplay } from "../../simulator/src/choices/recorded-choices.ts";
import type { RunResult } from "../../simulator/src/explore/run.ts";
import { faultSteps, runOnce } from "../../simulator/src/explore/run.ts";
import { drawFaultRates } from "../../simulator/src/faults/swarm.ts";
import { purchaseApproval } from "./purchase-approval.ts";

/** Many shapes at once: async code, fan-out, retries, continue-as-new, termination. */
function busy(): Scenario {
  const work = activity("work", (_ctx, n: number) => Promise.resolve(n + 1));
  const fan = orchestrator("fan", async (ctx, n: number) => {
    const results = await Promise.all(Array.from({ length: n }, (_, i) => ctx.callActivity(work, i)));
    ctx.setCustomStatus({ id: ctx.newGuid(), drawn: ctx.random() });
    return results;
  });
  const collect = orchestrator("collect", function* (ctx, left: number) {
    const item = yield* ctx.waitForExternalEvent<number>("item");
    yield* whenAll([
      ctx.callActivity(work, item, { retry: { maxNumberOfAttempts: 3, firstRetryInterval: { seconds: 5 } } }),
      ctx.createTimer({ minutes: 1 }),
    ]);
    if (left > 1) ctx.continueAsNew(left - 1);
    return item;
  });
  return scenario("busy", {
    register: [work, fan, collect],
    workers: 3,
    clients: {
      async first({ client, choose }) {
        await client.scheduleNewOrchestration(fan, choose.integer(1, 4), "fan");
        await client.waitForOrchestrationCompletion("fan", { timeout: { hours: 1 } });
        if (choose.boolean()) await client.purgeOrchestration("fan");
      },
      async second({ client, choose, after }) {
        await client.scheduleNewOrchestration(collect, 2, "collect");
        for (let i = 0; i < 3; i++) await client.raiseOrchestrationEvent("collect", "item", choose.integer(0, 9));
        await after({ seconds: choose.integer(0, 90) });
        if (choose.boolean()) await client.terminateOrchestration("collect", "enough");
      },
    },
  });
}

function random(made: Scenario, run: number): Promise<RunResult> {
  const rates = drawFaultRates("determinism", run, made.faults, faultSteps(made));
  return runOnce(made, { provider: randomChoices("determinism", run), rates, takesNotes: true });
}

/** Everything that a run did, step by step, as one number. */
function digest({ notes, choices, steps, virtualMs }: RunResult): number {
  return fingerprint(JSON.stringify([notes, choices, steps, virtualMs]));
}

describe("a run", () => {
  it("goes the same way twice, step by step", async () => {
    for (const made of [busy(), purchaseApproval("naive")]) {
      for (let run = 0; run < 40; run++) {
        expect(digest(await random(made, run))).toBe(digest(await random(made, run)));
      }
    }
  });

  it("goes the same way when its recorded choices are replayed strictly", async () => {
    const made = busy();
    for (let run = 0; run < 40; run++) {
      const first = await random(made, run);
      const recorded = first.choices.map((choice) => ({ value: choice.value, n: choice.n, site: siteOf(choice) }));
      const again = await runOnce(made, { provider: strictReplay(recorded), rates: NO_RATES, takesNotes: true });
      expect(digest(again)).toBe(digest(first));
    }
  });

  it("goes another way with other choices", async () => {
    const made = busy();
    const digests = new Set<number>();
    for (let run = 0; run < 20; run++) digests.add(digest(await random(made, run)));
    expect(digests.size).toBe(20);
  });

  it("goes the same way whether notes are taken or not", async () => {
    const made = busy();
    for (let run = 0; run < 20; run++) {
      const rates = drawFaultRates("determinism", run, made.faults, faultSteps(made));
      const silent = await runOnce(made, { provider: randomChoices("determinism", run), rates });
      expect(silent.choices).toEqual((await random(made, run)).choices);
      expect(silent.notes).toEqual([]);
    }
  });

  it("does not depend on what else runs in the process at the same time", async () => {
    const alone: number[] = [];
    for (let run = 0; run < 12; run++) alone.push(digest(await random(busy(), run)));
    const together = await Promise.all(Array.from({ length: 12 }, async (_, run) => digest(await random(busy(), run))));
    expect(together).toEqual(alone);
  });
});

describe("a search", () => {
  it("gives the same result beside others as alone", async () => {
    const strip = ({ stepsPerSecond: _, ...rest }: SimulationResult): unknown => rest;
    const search = async (seed: number): Promise<unknown> =>
      strip(await simulate(purchaseApproval("naive"), { seed, runs: 100 }));
    const alone = [await search(1), await search(2), await search(3)];
    expect(await Promise.all([search(1), search(2), search(3)])).toEqual(alone);
  });

  it("survives with every shape of workflow at once", async () => {
    expect(await simulate(busy(), { runs: 300 })).toMatchObject({ outcome: "passed", coverage: { runsAtRest: 300 } });
  });

  it("leaves the process as it was: no global replaced, no listener left", async () => {
    const owners: readonly object[] = [globalThis, Date, Math, Promise, performance, process, process.constructor];
    const look = (): readonly unknown[] => [
      ...owners.flatMap((owner) =>
        Object.entries(Object.getOwnPropertyDescriptors(owner))
          .map(([name, descriptor]): readonly unknown[] => [name, descriptor.value])
          .filter(([, value]) => typeof value === "function"),
      ),
      ...process.eventNames().map((name) => [name, process.listenerCount(name)]),
    ];
    const before = look();
    await simulate(purchaseApproval("naive"), { runs: 100 });
    await simulate(purchaseApproval("repaired"), { runs: 20 });
    expect(look()).toEqual(before);
  });
});
