/**
 * Laws of workers with versions: which orchestrations they run, and what becomes of the others.
 */
import { describe, expect, it } from "vitest";
import type { VersioningOptions } from "dacapo";
import { InvalidArgumentError, orchestrator, VersionMismatchError } from "dacapo";
import { memory, MemoryStore } from "dacapo/memory";
import { replayHistory } from "dacapo/replay";
import { echo, Stage } from "./stage.ts";

const waits = orchestrator("waits", function* (ctx) {
  yield* ctx.callActivity(echo, 1);
  return yield* ctx.waitForExternalEvent("x");
});

/** A hub with this versioning, and instances of some versions that are named by them. */
async function withVersions(versioning: VersioningOptions, versions: readonly string[]): Promise<Stage> {
  const stage = await Stage.open([waits, echo], { worker: { versioning } });
  for (const version of versions) {
    const options = version === "" ? { instanceId: "none" } : { instanceId: version, version };
    await stage.client.scheduleNewOrchestration(waits, undefined, options);
  }
  await stage.idle();
  return stage;
}

async function inStatus(stage: Stage, status: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { instanceId, runtimeStatus } of stage.client.getAllInstances()) {
    if (runtimeStatus === status) found.push(instanceId);
  }
  return found;
}

const VERSIONS = ["", "1.0", "1.9", "2.0", "2", "2.0.1", "10.0"];

describe("a worker of version 2.0", () => {
  it.each<[NonNullable<VersioningOptions["matchStrategy"]>, string[]]>([
    ["none", ["1.0", "1.9", "10.0", "2", "2.0", "2.0.1", "none"]],
    ["strict", ["2", "2.0"]],
    ["currentOrOlder", ["1.0", "1.9", "2", "2.0", "none"]],
  ])("runs by the strategy %s what matches, and leaves the others to others", async (matchStrategy, runs) => {
    const stage = await withVersions({ version: "2.0", matchStrategy }, VERSIONS);
    expect(await inStatus(stage, "Running")).toEqual(runs);
    expect(await inStatus(stage, "Pending")).toHaveLength(VERSIONS.length - runs.length);
  });

  it("fails what does not match where it was told to, with both versions", async () => {
    const stage = await withVersions(
      { version: "2.0", matchStrategy: "currentOrOlder", failureStrategy: "fail" },
      VERSIONS,
    );
    expect(await inStatus(stage, "Failed")).toEqual(["10.0", "2.0.1"]);
    const { failureDetails } = await stage.state("10.0");
    expect(failureDetails).toMatchObject({ errorType: VersionMismatchError.name, code: "VERSION_MISMATCH" });
    expect(failureDetails?.errorMessage).toContain('has the version "10.0", which this worker does not run');
    expect(failureDetails?.errorMessage).toContain('(its version is "2.0", its match strategy "currentOrOlder")');
    expect((await replayHistory(waits, await stage.history("10.0"))).ok).toBe(true);
  });
});

describe("an instance that a worker does not run", () => {
  it("is run by another that does, however long the first kept giving it back, and is no poison", async () => {
    const store = new MemoryStore();
    const versioning = { version: "1", matchStrategy: "strict" } as const;
    const old = await Stage.open([waits, echo], { store, worker: { versioning, maxDeliveryCount: 3 } });
    await old.client.scheduleNewOrchestration(waits, undefined, { instanceId: "one", version: "2" });
    for (let i = 0; i < 50; i++) {
      await old.idle();
      old.advance({ seconds: 20 });
    }
    expect((await old.state()).runtimeStatus).toBe("Pending");
    const worker = { versioning: { version: "2", matchStrategy: "strict" }, maxDeliveryCount: 3 } as const;
    const newer = await Stage.open([waits, echo], { store, clock: old.clock, backend: memory({ store }), worker });
    await newer.idle();
    expect((await newer.state()).runtimeStatus).toBe("Running");
  });

  it("is given back less and less often", async () => {
    const stage = await withVersions({ version: "1", matchStrategy: "strict" }, ["2"]);
    const waited: number[] = [];
    for (let i = 0; i < 9; i++) {
      const { nextDueTime } = await stage.idle();
      const wait = (nextDueTime?.getTime() ?? 0) - stage.clock.now();
      waited.push(wait);
      stage.clock.advance(wait);
    }
    expect(waited).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
  });

  it("is refused at every turn: in memory, and on replay", async () => {
    const store = new MemoryStore();
    const first = await Stage.open([waits, echo], { store });
    await first.client.scheduleNewOrchestration(waits, undefined, { instanceId: "one", version: "1" });
    await first.idle();
    await first.client.raiseOrchestrationEvent("one", "x", 1);
    const versioning = { version: "2", matchStrategy: "strict" } as const;
    const second = await Stage.open([waits, echo], { store, clock: first.clock, worker: { versioning } });
    await second.idle();
    expect((await second.state()).runtimeStatus).toBe("Running");
    expect(await second.history()).toEqual(await first.history());
  });
});

describe("a sub-orchestration", () => {
  const child = orchestrator("child", (ctx) => ctx.version);
  const parent = orchestrator("parent", function* (ctx) {
    const own = yield* ctx.callSubOrchestrator(child, undefined, { version: "7" });
    return [ctx.version, own, yield* ctx.callSubOrchestrator(child)];
  });

  it.each([
    [{ defaultVersion: "2.5" }, ["1", "7", "2.5"]],
    [{ version: "3" }, ["1", "7", ""]],
  ])("has the version that it was started with, or the default: %j", async (versioning, versions) => {
    const stage = await Stage.open([parent, child], { worker: { versioning } });
    await stage.client.scheduleNewOrchestration(parent, undefined, { instanceId: "one", version: "1" });
    await stage.idle();
    expect(await stage.output()).toEqual(versions);
  });
});

describe("the option worker.versioning", () => {
  it.each([
    { version: 2 },
    { defaultVersion: 2 },
    { matchStrategy: "Strict" },
    { matchStrategy: 1 },
    { failureStrategy: "abandon" },
    null,
    "2.0",
  ])("refuses %j", async (versioning) => {
    const opening = Stage.open([waits], { worker: { versioning: versioning as never } });
    await expect(opening).rejects.toThrow(InvalidArgumentError);
  });
});
