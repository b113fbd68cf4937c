/**
 * The simulator's own determinism: a run is a function of its choices, step by step, in every process, time zone,
 * language and version of Node. The build server runs these tests on several versions; the digests below are those of
 * all of them.
 */
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { activity, orchestrator, whenAny } from "dacapo";
import type { Scenario } from "@dacapo/simulator";
import { scenario, simulate } from "@dacapo/simulator";
import { describe, expect, it } from "vitest";
import { strategyOf } from "../../simulator/src/explore/portfolio.ts";
import type { RunOptions } from "../../simulator/src/explore/run.ts";
import { runTwice } from "../../simulator/src/explore/self-check.ts";
import { canonical, divergenceOf, Trace } from "../../simulator/src/report/trace.ts";
import { root } from "../tooling/repository.ts";
import everything from "./fixtures/everything.scenario.ts";

const optionsOf = (run: number) => (): RunOptions => strategyOf(everything, "digest", run);

describe("a run", () => {
  it("has the same chain each time, step by step, under all faults and both schedulers", async () => {
    for (let run = 0; run < 40; run++) {
      const { divergence, trace, result } = await runTwice(everything, optionsOf(run));
      expect(divergence).toBeUndefined();
      expect(trace.chain.length).toBeGreaterThan(result.steps / 2);
    }
  });

  it("has the digests that it has on every other machine", async () => {
    const digests: string[] = [];
    for (const run of [0, 1, 2, 4, 7, 12]) digests.push((await runTwice(everything, optionsOf(run))).trace.digest);
    expect(digests).toEqual(DIGESTS);
  });

  it("goes the same way whether notes are taken or not", async () => {
    const options = optionsOf(3);
    const { trace } = await runTwice(everything, options);
    const noted = await runTwice(everything, () => ({ ...options(), takesNotes: true }));
    expect(divergenceOf(trace, noted.trace)).toBeUndefined();
  });

  it("has another chain once anything differs", async () => {
    const { trace } = await runTwice(everything, optionsOf(1));
    const other = await runTwice(everything, optionsOf(2));
    expect(divergenceOf(trace, other.trace)).toBeDefined();
  });
});

describe("a token", () => {
  it("makes the same run in another process, time zone and language", async () => {
    const { token = "" } = await simulate(everything, { runs: 1, maxShrinkRuns: 0 });
    expect(token).toBe("");
    const file = "test/simulator/fixtures/everything-fails.scenario.ts";
    const found = run(file, ["--runs", "200", "--seed", "1"], {});
    expect(found).toMatchObject({ outcome: "failed" });
    const replay = (env: Record<string, string>): unknown => run(file, ["--replay", String(found["token"])], env);
    const here = replay({});
    expect(here).toMatchObject({ verdict: "same", digest: expect.stringMatching(/^[0-9a-f]{8}$/) as string });
    expect(replay({ TZ: "Asia/Kathmandu", LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8" })).toEqual(here);
    expect(replay({ TZ: "America/St_Johns", LANG: "C", LC_ALL: "C" })).toEqual(here);
  });
});

/** What `dacapo fuzz --json` prints in a process of its own. */
function run(file: string, options: readonly string[], env: Record<string, string>): Record<string, unknown> {
  const args = [resolve(root, "dist/cli/main.js"), "fuzz", file, ...options, "--json"];
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...env },
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  return JSON.parse(stdout) as Record<string, unknown>;
}

describe("state that a workflow keeps for itself", () => {
  const work = activity("work", (_ctx, n: number) => n);
  const withState = (leak: () => number, where: "workflow" | "activity" | "client"): Scenario => {
    const leaky = orchestrator("leaky", function* (ctx) {
      const n = where === "workflow" ? leak() : 1;
      const timer = ctx.createTimer({ minutes: 1 });
      return (yield* whenAny([ctx.callActivity(work, n), timer])) === timer;
    });
    return scenario("leaky", {
      register: [leaky, work],
      mocks: () => (where === "activity" ? { work: () => leak() } : {}),
      clients: ({ client }) =>
        client
          .scheduleNewOrchestration(leaky, undefined, where === "client" ? `id-${leak()}` : "id")
          .then(() => undefined),
    });
  };

  it.each(["workflow", "activity", "client"] as const)("in a %s is found out, with the step", async (where) => {
    let calls = 0;
    const result = await simulate(
      withState(() => (calls += 1), where),
      { runs: 20 },
    );
    expect(result.outcome).toBe("failed");
    if (where === "workflow") expect(result.oracle).toMatch(/^(O6|determinism)$/);
    else expect(result).toMatchObject({ oracle: "determinism", runs: 1 });
    expect(result.message).toMatch(/step \d+|turn \d+/);
  });
});

describe("the canonical text of a value", () => {
  it("does not depend on the order of keys, on stacks or on what the JavaScript engine says", () => {
    expect(canonical({ b: 1, a: [{ d: 2, c: 3 }] })).toBe(canonical({ a: [{ c: 3, d: 2 }], b: 1 }));
    const raised = { errorType: "TypeError", errorMessage: "x is not a function", stackTrace: "at a" };
    expect(canonical(raised)).toBe(canonical({ ...raised, errorMessage: "x isn't a function", stackTrace: "at b" }));
    const own = { errorType: "OutOfStock", errorMessage: "no more" };
    expect(canonical(own)).not.toBe(canonical({ ...own, errorMessage: "none" }));
    expect(canonical(new TypeError("a"))).toBe(canonical(new TypeError("b")));
    expect(canonical(new Error("a"))).not.toBe(canonical(new Error("b")));
    expect(canonical(undefined)).toBe("undefined");
    expect(canonical(10n)).toBe('"10n"');
  });

  it("is chained: one entry more or less changes every hash after it", () => {
    const [one, other] = [new Trace(), new Trace()];
    one.add(1, "a");
    other.add(1, "b");
    one.add(2, "c");
    other.add(2, "c");
    expect(one.entries[1]?.hash).not.toBe(other.entries[1]?.hash);
    expect(divergenceOf(one, other)).toEqual({ step: 1, first: "a", second: "b" });
    expect(one.chain).toHaveLength(3);
  });
});

/** Of the runs above. A change of the engine that makes other steps changes them; a change of Node must not. */
const DIGESTS: readonly string[] = ["242d17dc", "915d496c", "c639a5a2", "f250c7c4", "3ef5380e", "43dd79d9"];
