/**
 * All oracles over whole runs: silent where nothing is broken, outspoken where the store under a whole system breaks a
 * promise, and quiet where a scenario leaves them out.
 */
import { activity, orchestrator } from "dacapo";
import { MemoryStore } from "dacapo/memory";
import type { Scenario, ScenarioOptions } from "@dacapo/simulator";
import { ORACLE_IDS, scenario, simulate } from "@dacapo/simulator";
import { afterEach, describe, expect, it, vi } from "vitest";
import repaired from "../../examples/purchase-approval/repaired.scenario.ts";
import { makeOracles } from "../../simulator/src/oracles/all-oracles.ts";
import { scenarioFingerprint } from "../../simulator/src/scenario/scenario-fingerprint.ts";
import { manyWays } from "./many-ways.ts";

/** A method as it is before it is mocked. */
function methodOf<Name extends keyof MemoryStore>(name: Name): MemoryStore[Name] {
  return MemoryStore.prototype[name];
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("the oracles", () => {
  it("say nothing of runs in which nothing is broken", async () => {
    const result = await simulate(manyWays(), { runs: 300, seed: "quiet" });
    expect([result.message, result.outcome, result.story]).toEqual([undefined, "passed", undefined]);
    expect(Object.entries(result.coverage.sometimes).filter(([, runs]) => runs === 0)).toEqual([]);
    expect(await simulate(repaired, { runs: 300, seed: "quiet" })).toMatchObject({ outcome: "passed" });
  });

  it("each have an id, in order, and a title that is a sentence of its own", () => {
    const oracles = makeOracles();
    expect(oracles.map(({ id }) => id)).toEqual(ORACLE_IDS);
    expect(new Set(oracles.map(({ title }) => title)).size).toBe(ORACLE_IDS.length);
  });
});

describe("a store that breaks its promises under a whole system", () => {
  const find = async (options: Pick<ScenarioOptions<readonly [], object>, "oracles"> = {}): Promise<string> => {
    const { oracle, message } = await simulate(manyWays(options), { runs: 60, seed: "bug", maxShrinkRuns: 0 });
    return `${oracle ?? "nothing"} ${message ?? ""}`;
  };

  it("is found by O2 when it alters a result on its way", async () => {
    const original = methodOf("planCompleteActivity");
    vi.spyOn(MemoryStore.prototype, "planCompleteActivity").mockImplementation(function (
      this: MemoryStore,
      commit,
      now,
    ) {
      const { message } = commit;
      const body = message.body.type === "TaskCompleted" ? { ...message.body, result: '"altered"' } : message.body;
      return original.call(this, { ...commit, message: { ...message, body } }, now);
    });
    expect(await find()).toContain('O2 the history records "altered" as the result of activity');
  });

  it("is found by O7 when its leases are shorter than it says", async () => {
    const original = methodOf("fetchActivities");
    vi.spyOn(MemoryStore.prototype, "fetchActivities").mockImplementation(function (
      this: MemoryStore,
      options,
      ...rest
    ) {
      return original.call(this, { ...options, leaseMs: 1 }, ...rest);
    });
    expect(await find()).toMatch(
      /^O7 activity ".+" of ".+" \(task \d+\) was handed to worker \w while worker \w still held it$/,
    );
  });

  it("is found by O9 when it forgets the timers of a turn", async () => {
    const original = methodOf("planCompleteOrchestration");
    vi.spyOn(MemoryStore.prototype, "planCompleteOrchestration").mockImplementation(function (
      this: MemoryStore,
      ...args
    ) {
      return original.apply(this, args).filter(({ name }) => name !== "timers");
    });
    expect(await find()).toMatch(/^O9 instance "\w+": timer \d+ is lost/);
    // Without O9 it takes a workflow that cannot go on without its timer.
    expect(await find({ oracles: { O9: false } })).not.toContain("O9");
  });

  it("is found by O12 when it still counts what was done", async () => {
    const original = methodOf("backlog");
    vi.spyOn(MemoryStore.prototype, "backlog").mockImplementation(function (this: MemoryStore, now) {
      return { ...original.call(this, now), pending: 1 };
    });
    const { oracle } = await simulate(repaired, { runs: 1 });
    expect(oracle).toBe("O12");
  });
});

describe("a scenario that leaves oracles out", () => {
  let count = 0;
  const work = activity("work", () => "done");
  // Not deterministic: it decides by how often its code ran in this process.
  const fickle = orchestrator("fickle", function* (ctx) {
    count += 1;
    yield* ctx.callActivity(work);
    if (count % 2 === 0) yield* ctx.callActivity(work);
    return "done";
  });
  const made = (oracles?: Scenario["oracles"]): Scenario =>
    scenario("fickle", {
      register: [fickle, work],
      ...(oracles === undefined ? {} : { oracles }),
      clients: async ({ client }) => {
        await client.scheduleNewOrchestration(fickle, undefined, "one");
      },
    });

  it("is not judged by them", async () => {
    expect(await simulate(made(), { runs: 5, maxShrinkRuns: 0 })).toMatchObject({ outcome: "failed", oracle: "O6" });
    expect(await simulate(made({ O6: false }), { runs: 5 })).toMatchObject({ outcome: "passed" });
    expect(await simulate(made({ O6: true, O5: false }), { runs: 5, maxShrinkRuns: 0 })).toMatchObject({
      oracle: "O6",
    });
  });

  it("has the tokens of one that does not", () => {
    expect(scenarioFingerprint(made({ O5: false }))).toBe(scenarioFingerprint(made()));
  });

  it("is told of an oracle that there is not, with those that there are", () => {
    const bad = (oracles: object) => () => made(oracles);
    expect(bad({ O99: false })).toThrow('The scenario "fickle" names the unknown oracle "O99".');
    expect(bad({ O5: 1 })).toThrow('sets the oracle "O5" to 1');
    expect(bad([])).toThrow("has oracles");
    try {
      bad({ O99: false })();
    } catch (error) {
      expect((error as { hint?: string }).hint).toContain("O1, O2, O3, O4, O5, O6, O7, O8, O9, O10, O11, O12");
    }
  });
});
