/**
 * What the oracles make of workers with versions: O7 on who runs what, O14 on how it is left to others, O6 on default
 * versions; and how a scenario gives each worker its own.
 */
import type { VersioningOptions } from "dacapo";
import { orchestrator } from "dacapo";
import { scenario, simulate } from "@dacapo/simulator";
import { describe, expect, it } from "vitest";
import { pctChoices } from "../../simulator/src/choices/pct-choices.ts";
import { boundedWorkOracle } from "../../simulator/src/oracles/bounded-work.ts";
import { singleWriterOracle } from "../../simulator/src/oracles/single-writer.ts";
import { CLOSED, OPENED, StoreScript } from "./store-script.ts";

const NOBODY = new Set<string>();
const MISMATCH = { errorType: "VersionMismatchError", errorMessage: "no", code: "VERSION_MISMATCH" };

/** An instance of a version, handed to worker A. */
function handed(version: string): {
  readonly script: StoreScript;
  readonly take: () => ReturnType<StoreScript["fetch"]>;
} {
  const script = new StoreScript();
  const event = { type: "ExecutionStarted", name: "o", instanceId: "i", executionId: "i-1", version } as const;
  const request = { requestId: "r", instanceId: "i", incarnation: "i-1", replaceStatuses: [] };
  script.store.createInstance({ ...request, start: { event, carriedEvents: [] } }, script.now);
  const take = (): ReturnType<StoreScript["fetch"]> => {
    const [item] = script.store.fetchOrchestrations({ workerId: "worker A", maxItems: 1, leaseMs: 1_000 }, script.now);
    if (item === undefined) throw new Error("nothing is ready");
    return item;
  };
  return { script, take };
}

/** What O7 says of a turn that worker A commits, or with which it fails the instance for its version. */
function judged(version: string, options: VersioningOptions, fails = false): string {
  const { script, take } = handed(version);
  const item = take();
  const events = [OPENED, script.started("i"), CLOSED];
  if (!fails) script.commit(item, events);
  else script.commit(item, events, { status: { runtimeStatus: "Failed", lastUpdatedAt: 1_000, failure: MISMATCH } });
  const oracle = singleWriterOracle({ versioning: [options] });
  return (oracle.observe?.(script, NOBODY) ?? []).map(({ message }) => message).join();
}

describe("O7, a worker with a version", () => {
  const runs = [
    ["none", "1", "99"],
    ["strict", "2.0", "2"],
    ["strict", "Beta", "beta"],
    ["strict", "", ""],
    ["currentOrOlder", "10.0", "9.9.9"],
    ["currentOrOlder", "10.0", ""],
    ["currentOrOlder", "beta", "Alpha"],
  ] as const;
  const leaves = [
    ["strict", "2.0", "2.0.1"],
    ["strict", "2.0", ""],
    ["currentOrOlder", "1.9", "1.10"],
    ["currentOrOlder", "", "0"],
    ["currentOrOlder", "2.0", "beta"],
  ] as const;

  it.each(runs)("by the strategy %s, of version %j, may run %j, and not fail it", (matchStrategy, version, of) => {
    expect(judged(of, { version, matchStrategy })).toBe("");
    expect(judged(of, { version, matchStrategy, failureStrategy: "fail" }, true)).toContain(
      `worker A ended instance "i", whose version is "${of}", for its version, which it runs`,
    );
  });

  it.each(leaves)("by the strategy %s, of version %j, must leave or fail %j", (matchStrategy, version, of) => {
    const what = `instance "i", whose version is "${of}",`;
    expect(judged(of, { version, matchStrategy })).toBe(`worker A did not leave ${what} to others`);
    expect(judged(of, { version, matchStrategy }, true)).toBe(`worker A did not leave ${what} to others`);
    const fails = { version, matchStrategy, failureStrategy: "fail" } as const;
    expect(judged(of, fails)).toBe(`worker A ran a turn of ${what} and was to fail it`);
    expect(judged(of, fails, true)).toBe("");
  });
});

describe("O7, a worker that leaves or fails an instance", () => {
  it.each(["reject", "fail"] as const)("may take note of what comes before its start (%s)", (failureStrategy) => {
    const { script, take } = handed("2");
    script.commit(take(), []);
    const oracle = singleWriterOracle({ versioning: [{ version: "1", matchStrategy: "strict", failureStrategy }] });
    expect(oracle.observe?.(script, NOBODY)).toEqual([]);
  });
});

describe("O14, what a worker leaves to others", () => {
  const oracle = { versioning: [{ version: "1", matchStrategy: "strict" }] } as const;
  const after = (times: number, waitMs: number): string => {
    const { script, take } = handed("2");
    for (let i = 0; i < times; i++) {
      script.store.abandonOrchestration({ lock: take().lock, delayMs: 0, isUncounted: true }, script.now);
      script.now += waitMs;
    }
    return (boundedWorkOracle(oracle).observe?.(script, NOBODY) ?? []).map(({ message }) => message).join();
  };

  it("may be given back any number of times, but not again and again without a pause", () => {
    expect(after(150, 100)).toBe("");
    expect(after(19, 0)).toBe("");
    expect(after(20, 0)).toBe(
      'instance "i" was handed out 20 times in a row, at once, to workers that leave it to others',
    );
  });
});

describe("workers of several versions in a scenario", () => {
  const child = orchestrator("child", (ctx) => ctx.version);
  const parent = orchestrator("parent", function* (ctx) {
    return [ctx.version, yield* ctx.callSubOrchestrator(child)];
  });

  it("run what is theirs, and their default versions count for the sub-orchestrations of their turns", async () => {
    const made = scenario("versions", {
      register: [parent, child],
      versioning: [
        { version: "1", matchStrategy: "strict" },
        { version: "2", matchStrategy: "strict", defaultVersion: "1" },
      ],
      clients: async ({ client }) => {
        await client.scheduleNewOrchestration(parent, undefined, { instanceId: "one", version: "2" });
      },
      eventually: {
        "the parent ends with both": ({ hub }) => JSON.stringify(hub.instance("one")?.output) === '["2","1"]',
      },
    });
    const result = await simulate(made, { runs: 40, seed: "versions" });
    expect(result.outcome === "failed" ? result.message : "passed").toBe("passed");
  });
});

describe("PCT", () => {
  it("lets no thread go on for ever while another could", () => {
    const choices = pctChoices("seed", 1, 2, 100);
    const picks = Array.from({ length: 600 }, (_, i) => choices.pick({ label: "next", n: 2, keys: ["a", "b"] }, i));
    expect(new Set(picks)).toEqual(new Set([0, 1]));
  });
});
