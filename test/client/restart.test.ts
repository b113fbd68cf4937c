/**
 * Laws of starting what is there already: the id-reuse policy, and restarts.
 */
import { describe, expect, it } from "vitest";
import type { RuntimeStatus } from "dacapo";
import {
  InstanceAlreadyExistsError,
  InstanceNotFoundError,
  InstanceNotTerminalError,
  InvalidArgumentError,
} from "dacapo";
import { memory, MemoryStore } from "dacapo/memory";
import { FaultyBackend, spoilFirst } from "../runtime/faulty-backend.ts";
import { Stage } from "../runtime/stage.ts";
import { all, counts, ends, ids, make, waits } from "./managed.ts";

describe("a start of an id that is taken", () => {
  const statuses = ["Pending", "Running", "Completed", "Failed", "Terminated"] as const;

  it.each(statuses.filter((status) => status !== "Pending"))("replaces a %s instance where it may", async (status) => {
    const stage = await Stage.open(all);
    await make(stage, status, "one");
    const dedupeStatuses = statuses.filter((other) => other !== status && other !== "Terminated");
    await stage.client.scheduleNewOrchestration(ends, "new", { instanceId: "one", dedupeStatuses });
    await stage.idle();
    expect(await stage.output()).toBe("new");
  });

  it.each(statuses.filter((status) => status !== "Pending"))("is refused for a %s one where not", async (status) => {
    const stage = await Stage.open(all);
    await make(stage, status, "one");
    const dedupeStatuses: RuntimeStatus[] = ["Pending", "Running", "Suspended", status];
    const again = stage.client.scheduleNewOrchestration(ends, "new", { instanceId: "one", dedupeStatuses });
    await expect(again).rejects.toThrow(InstanceAlreadyExistsError);
    expect((await stage.state()).input).toBe("input of one");
  });

  it("replaces whatever there is for no dedupe statuses at all, and nothing where none are given", async () => {
    const stage = await Stage.open(all);
    await make(stage, "Running", "one");
    await expect(stage.client.scheduleNewOrchestration(ends, 1, { instanceId: "one" })).rejects.toThrow(
      InstanceAlreadyExistsError,
    );
    await stage.client.scheduleNewOrchestration(ends, "new", { instanceId: "one", dedupeStatuses: [] });
    await stage.idle();
    expect(await stage.output()).toBe("new");
  });

  it("cannot keep terminated instances and terminate running ones", async () => {
    const stage = await Stage.open(all);
    await make(stage, "Running", "one");
    const dedupeStatuses: RuntimeStatus[] = ["Terminated", "Running", "Pending"];
    await expect(stage.client.scheduleNewOrchestration(ends, 1, { instanceId: "one", dedupeStatuses })).rejects.toThrow(
      "Invalid reusable statuses: cannot exclude 'Terminated' while also allowing reuse of running",
    );
    expect((await stage.state()).runtimeStatus).toBe("Running");
  });

  it.each([[["running"]], ["Running"], [[7]], [null]])("refuses %j as dedupe statuses", async (dedupeStatuses) => {
    const stage = await Stage.open(all);
    const options = { dedupeStatuses } as never;
    await expect(stage.client.scheduleNewOrchestration(ends, 1, options)).rejects.toThrow(InvalidArgumentError);
  });

  it.each([{ tags: ["a"] }, { tags: { a: 1 } }, { tags: null }, { version: 2 }])("refuses %j", async (options) => {
    const stage = await Stage.open(all);
    const start = stage.client.scheduleNewOrchestration(ends, 1, options as never);
    await expect(start).rejects.toThrow(InvalidArgumentError);
    expect(ids(stage)).toEqual([]);
  });
});

describe("restartOrchestration", () => {
  async function ended(): Promise<Stage> {
    const stage = await Stage.open(all);
    const options = { instanceId: "one", version: "2.1", tags: { customer: "c-7" } };
    await stage.client.scheduleNewOrchestration(ends, { a: [1] }, options);
    await stage.idle();
    return stage;
  }

  it("starts the same again under its own id", async () => {
    const stage = await ended();
    const before = await stage.state();
    expect(await stage.client.restartOrchestration("one")).toBe("one");
    expect(await stage.state()).toMatchObject({ runtimeStatus: "Pending", output: undefined });
    await stage.idle();
    const after = await stage.state();
    expect(after).toMatchObject({ name: "ends", input: { a: [1] }, output: { a: [1] }, version: "2.1" });
    expect(after.tags).toEqual({ customer: "c-7" });
    expect(after.executionId).not.toBe(before.executionId);
  });

  it.each([true, { restartWithNewInstanceId: true }])("starts the same under a new id: %j", async (options) => {
    const stage = await ended();
    const id = await stage.client.restartOrchestration("one", options);
    expect(id).not.toBe("one");
    await stage.idle();
    expect(await stage.state(id)).toMatchObject({ input: { a: [1] }, version: "2.1", tags: { customer: "c-7" } });
    expect(await stage.output(id)).toEqual({ a: [1] });
    expect((await stage.state("one")).runtimeStatus).toBe("Completed");
  });

  it.each(["Failed", "Terminated"] as const)("restarts what is %s", async (status) => {
    const stage = await Stage.open(all);
    await make(stage, status, "one");
    await stage.client.restartOrchestration("one");
    expect(await stage.state()).toMatchObject({ runtimeStatus: "Pending", input: "input of one" });
    expect((await stage.state()).failureDetails).toBeUndefined();
  });

  it.each(["Pending", "Running"] as const)("restarts what is %s under a new id only", async (status) => {
    const stage = await Stage.open(all);
    await make(stage, "Running", "one");
    await stage.client.restartOrchestration("one", true);
    if (status === "Pending") await stage.client.scheduleNewOrchestration(waits, 1, "two");
    const id = status === "Pending" ? "two" : "one";
    const again = stage.client.restartOrchestration(id);
    await expect(again).rejects.toThrow(InstanceNotTerminalError);
    await expect(again).rejects.toThrow(
      `The instance "${id}" is ${status}, so it cannot be restarted under its own id`,
    );
  });

  it("restarts what continued as new with the input of its last execution", async () => {
    const stage = await Stage.open(all);
    await stage.start(counts, 1);
    await stage.idle();
    await stage.client.restartOrchestration("one");
    expect((await stage.state()).input).toBe(3);
  });

  it("knows nobody of an id that is free, and restarts no entity", async () => {
    const { client } = await Stage.open(all);
    for (const isNew of [true, false]) {
      await expect(client.restartOrchestration("nobody", isNew)).rejects.toThrow(InstanceNotFoundError);
      await expect(client.restartOrchestration("@counter@a", isNew)).rejects.toThrow(InvalidArgumentError);
    }
  });

  it("restarts once, though the store gave no answer", async () => {
    const store = new MemoryStore();
    const backend = new FaultyBackend();
    const stage = await Stage.open(all, { store, backend: backend.around(memory({ store })) });
    await make(stage, "Completed", "one");
    backend.spoiler = spoilFirst("createInstance", 1, "after");
    const restarting = stage.client.restartOrchestration("one", true);
    await stage.whileTimePasses(restarting);
    expect(ids(stage)).toHaveLength(2);
  });
});
