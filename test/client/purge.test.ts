/**
 * Laws of purging: by criteria in batches, and with the sub-orchestrations, wherever it breaks off.
 */
import { describe, expect, it } from "vitest";
import type { PurgeInstanceCriteria } from "dacapo";
import { InvalidArgumentError, StorageError } from "dacapo";
import { memory, MemoryStore } from "dacapo/memory";
import { FaultyBackend, spoilFirst } from "../runtime/faulty-backend.ts";
import { Stage } from "../runtime/stage.ts";
import { all, ends, ids, make, makeChild, waits } from "./managed.ts";

describe("purgeOrchestration by criteria", () => {
  const at = (hour: number): Date => new Date(Date.UTC(2026, 0, 1, hour));

  async function populated(): Promise<Stage> {
    const stage = await Stage.open(all);
    for (const status of ["Completed", "Failed", "Terminated", "Running"] as const) {
      await make(stage, status, status);
      stage.advance({ hours: 1 });
    }
    return stage;
  }

  it.each<[string, PurgeInstanceCriteria, string[]]>([
    ["whatever has ended", {}, ["Running"]],
    ["one status", { runtimeStatusList: ["Failed"] }, ["Completed", "Running", "Terminated"]],
    ["two statuses", { runtimeStatusList: ["Failed", "Completed"] }, ["Running", "Terminated"]],
    ["no status", { runtimeStatusList: [] }, ["Completed", "Failed", "Running", "Terminated"]],
    ["what runs: nothing", { runtimeStatusList: ["Running"] }, ["Completed", "Failed", "Running", "Terminated"]],
    ["what was created from a time on", { createdTimeFrom: at(1) }, ["Completed", "Running"]],
    ["what was created up to a time", { createdTimeTo: at(1) }, ["Running", "Terminated"]],
    ["a span", { createdTimeFrom: at(1), createdTimeTo: at(1) }, ["Completed", "Running", "Terminated"]],
  ])("removes %s", async (_what, criteria, left) => {
    const stage = await populated();
    const result = await stage.client.purgeOrchestration(criteria);
    expect(ids(stage)).toEqual(left);
    expect(result).toEqual({ deletedInstanceCount: 4 - left.length, isComplete: true });
  });

  it("goes through more than a batch", async () => {
    const stage = await Stage.open(all);
    for (let i = 0; i < 250; i++) await stage.start(ends, i, `i${i}`);
    await stage.idle();
    expect(await stage.client.purgeOrchestration({})).toEqual({ deletedInstanceCount: 250, isComplete: true });
  });

  it("ends when its time is over, and a repetition does the rest", async () => {
    const store = new MemoryStore();
    const backend = new FaultyBackend();
    const stage = await Stage.open(all, { store, backend: backend.around(memory({ store })) });
    for (let i = 0; i < 5; i++) await make(stage, "Completed", `i${i}`);
    backend.spoiler = spoilFirst("purgeInstance", 1, "before");
    const purging = stage.client.purgeOrchestration({ timeout: { milliseconds: 10 } });
    expect(await stage.whileTimePasses(purging)).toEqual({ deletedInstanceCount: 1, isComplete: false });
    expect(await stage.client.purgeOrchestration({})).toEqual({ deletedInstanceCount: 4, isComplete: true });
  });

  it.each([
    { createdTimeFrom: new Date(NaN) },
    { createdTimeTo: new Date(NaN) },
    { createdTimeFrom: 5 },
    { runtimeStatusList: ["Done"] },
    { runtimeStatusList: "Failed" },
    { timeout: 5 },
    7,
    null,
  ])("refuses %j", async (criteria) => {
    const stage = await populated();
    await expect(stage.client.purgeOrchestration(criteria as never)).rejects.toThrow(InvalidArgumentError);
    expect(ids(stage)).toHaveLength(4);
  });
});

describe("a recursive purge", () => {
  /** A root with two children, the first with two of its own; whoever is named runs. */
  async function family(running?: string): Promise<Stage> {
    const stage = await Stage.open(all);
    await stage.start(running === "root" ? waits : ends, 1, "root");
    for (const [id, parent] of [
      ["a", "root"],
      ["b", "root"],
      ["a1", "a"],
      ["a2", "a"],
    ] as const) {
      makeChild(stage, id, parent, running === id ? "waits" : "ends");
    }
    await stage.start(ends, 1, "other");
    await stage.idle();
    return stage;
  }

  it("takes the sub-orchestrations along, and theirs", async () => {
    const stage = await family();
    const result = await stage.client.purgeOrchestration("root", { recursive: true });
    expect(result).toEqual({ deletedInstanceCount: 5 });
    expect(ids(stage)).toEqual(["other"]);
  });

  it("leaves them where it is not recursive", async () => {
    const stage = await family();
    expect(await stage.client.purgeOrchestration("root")).toEqual({ deletedInstanceCount: 1 });
    expect(ids(stage)).toEqual(["a", "a1", "a2", "b", "other"]);
  });

  it.each(["root", "a", "a2"])("removes nothing while %s has not ended", async (running) => {
    const stage = await family(running);
    const purging = stage.client.purgeOrchestration("root", { recursive: true });
    await expect(purging).rejects.toThrow(`The instance "${running}" is Running`);
    expect(ids(stage)).toHaveLength(6);
  });

  it("by criteria leaves a tree in which something runs, and says so", async () => {
    const stage = await family("a2");
    const result = await stage.client.purgeOrchestration({}, { recursive: true });
    expect(result.isComplete).toBe(false);
    expect(ids(stage)).toEqual(["a", "a2", "root"]);
  });

  it.each([0, 1, 2, 3, 4])("that broke off after %i removals is completed by another", async (removals) => {
    const store = new MemoryStore();
    const backend = new FaultyBackend();
    const made = await family();
    for (const { record, start } of made.store.instances()) {
      const { instanceId, incarnation } = record;
      store.createInstance({ requestId: incarnation, instanceId, incarnation, start, replaceStatuses: [] }, 0);
    }
    const stage = await Stage.open(all, { store, backend: backend.around(memory({ store })) });
    await stage.idle();
    let calls = 0;
    backend.spoiler = ({ method }) => (method === "purgeInstance" && ++calls > removals ? "before" : undefined);
    const first = stage.client.purgeOrchestration("root", { recursive: true });
    await expect(stage.whileTimePasses(first)).rejects.toThrow(StorageError);
    backend.spoiler = () => undefined;
    const second = await stage.client.purgeOrchestration("root", { recursive: true });
    expect(second).toEqual({ deletedInstanceCount: 5 - removals });
    expect(ids(stage)).toEqual(["other"]);
  });

  it("does not go round in a circle of ids", async () => {
    const stage = await Stage.open(all);
    makeChild(stage, "a", "b");
    makeChild(stage, "b", "a");
    await stage.idle();
    expect(await stage.client.purgeOrchestration("a", { recursive: true })).toEqual({ deletedInstanceCount: 2 });
  });
});
