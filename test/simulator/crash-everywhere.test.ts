/** The laws of the sweep: a crash of all workers at every step of every commit. */
import { activity, orchestrator } from "dacapo";
import type { Scenario } from "@dacapo/simulator";
import { crashEverywhere, replayToken, scenario } from "@dacapo/simulator";
import { describe, expect, it } from "vitest";
import { purchaseApproval } from "./purchase-approval.ts";

const work = activity("work", (_ctx, n: number) => n);
const chain = orchestrator("chain", function* (ctx, length: number) {
  for (let i = 0; i < length; i++) yield* ctx.callActivity(work, i);
  return length;
});

function chainOf(length: number, more: Partial<Parameters<typeof scenario>[1]> = {}): Scenario {
  return scenario("chain", {
    register: [chain, work],
    clients: ({ client }) => client.scheduleNewOrchestration(chain, length, "c").then(() => undefined),
    ...more,
  });
}

describe("crashing everywhere", () => {
  it("tries more points the more commits there are, and survives them all", async () => {
    const short = await crashEverywhere(chainOf(1), { episodes: 1 });
    const long = await crashEverywhere(chainOf(3), { episodes: 1 });
    expect(short.survived).toBe(short.points);
    expect(long.survived).toBe(long.points);
    // Two more activities: each is a turn that adds an activity (history, activities, inbox, status, lock, and
    // the two ends), and a commit of its result (messages, activities, and the end).
    expect(long.points - short.points).toBe(2 * (6 + 3));
    expect(long).toMatchObject({ scenario: "chain", outcome: "passed", episodes: 1 });
    expect(long.token).toBeUndefined();
  });

  it("finds what one crash can break, and reproduces it from its token", async () => {
    const naive = purchaseApproval("naive");
    const sweep = await crashEverywhere(naive, { episodes: 4 });
    expect(sweep).toMatchObject({ outcome: "failed", property: "an order is charged at most once" });
    expect(sweep.survived).toBeLessThan(sweep.points);
    expect(sweep.minimised?.faults).toBe(1);
    expect(sweep.story?.join("\n")).toContain("crash");
    expect(await replayToken(naive, sweep.token ?? "")).toMatchObject({ verdict: "same" });
    expect(await crashEverywhere(purchaseApproval("repaired"), { episodes: 2 })).toMatchObject({ outcome: "passed" });
  });

  it("says what fails without any crash too", async () => {
    const broken = chainOf(1, { always: { "nothing ends": ({ hub }) => hub.outputs().length === 0 } });
    expect(await crashEverywhere(broken, { episodes: 1 })).toMatchObject({ outcome: "failed", survived: 0 });
  });

  it("refuses what it cannot sweep", async () => {
    await expect(crashEverywhere({} as Scenario)).rejects.toThrow("was given no scenario");
    await expect(crashEverywhere(chainOf(1), { episodes: 0 })).rejects.toThrow("episodes is 0");
    await expect(crashEverywhere(chainOf(1, { faults: { "fleet-crash": false } }))).rejects.toThrow("fleet-crash");
  });
});
