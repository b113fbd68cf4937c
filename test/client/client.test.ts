/**
 * Laws of the client: every call takes effect for good or not at all, and each way to fail has a class of its own.
 */
import { describe, expect, it } from "vitest";
import type { OrchestrationState } from "dacapo";
import {
  InstanceAlreadyExistsError,
  InstanceNotFoundError,
  InstanceNotTerminalError,
  InstanceTerminalError,
  InvalidArgumentError,
  orchestrator,
  PayloadTooLargeError,
  StorageError,
  WaitTimeoutError,
} from "dacapo";
import { memory, MemoryStore } from "dacapo/memory";
import { FaultyBackend, spoilFirst } from "../runtime/faulty-backend.ts";
import { echo, hop, Stage } from "../runtime/stage.ts";

const waits = orchestrator("waits", function* (ctx, _input: unknown) {
  return yield* ctx.waitForExternalEvent("x");
});
const ends = orchestrator("ends", (_ctx, input: unknown) => input);

async function opened(): Promise<Stage> {
  return Stage.open([waits, ends, echo]);
}

describe("scheduleNewOrchestration", () => {
  it("takes a definition or a name, and gives the instance id: the caller's or a new one", async () => {
    const { client, idle } = await bound();
    expect(await client.scheduleNewOrchestration(ends, 1, "mine")).toBe("mine");
    expect(await client.scheduleNewOrchestration("ends", 2, { instanceId: "named" })).toBe("named");
    const ids = [await client.scheduleNewOrchestration(ends, 3), await client.scheduleNewOrchestration(ends, 4)];
    await idle();
    const outputs = await Promise.all(
      ["mine", "named", ...ids].map(async (id) => (await client.getOrchestrationState(id))?.output),
    );
    expect(outputs).toEqual([1, 2, 3, 4]);
  });

  it("makes the instance readable at once", async () => {
    const stage = await opened();
    const id = await stage.client.scheduleNewOrchestration(ends, { a: 1 }, { version: "3", tags: { t: "x" } });
    const state = await stage.state(id);
    expect(state).toMatchObject({
      instanceId: id,
      name: "ends",
      runtimeStatus: "Pending",
      isTerminal: false,
      input: { a: 1 },
      output: undefined,
      customStatus: undefined,
      failureDetails: undefined,
      version: "3",
      tags: { t: "x" },
    });
    expect(state.createdAt).toEqual(new Date(stage.clock.now()));
    expect(await stage.history(id)).toEqual([]);
  });

  it.each(["Pending", "Running", "Completed"])("refuses an id that is taken by a %s instance", async (status) => {
    const stage = await opened();
    await stage.start(status === "Completed" ? ends : waits, 1);
    if (status !== "Pending") await stage.idle();
    const again = stage.start(ends, 2);
    await expect(again).rejects.toThrow(InstanceAlreadyExistsError);
    await expect(again).rejects.toMatchObject({ instanceId: "one", runtimeStatus: status });
    expect((await stage.state()).input).toBe(1);
  });

  it.each<[string, unknown, unknown]>([
    ["no orchestrator", undefined, {}],
    ["a function", () => 1, {}],
    ["a blank name", " ", {}],
    ["an empty id", "ends", ""],
    ["a blank id", "ends", { instanceId: "  " }],
    ["a long id", "ends", { instanceId: "x".repeat(257) }],
    ["a number as an id", "ends", { instanceId: 7 }],
    ["an invalid date", "ends", { startAt: new Date(NaN) }],
    ["a bare number as a start", "ends", { startAt: 5 }],
  ])("refuses %s, and starts nothing", async (_what, definition, options) => {
    const stage = await opened();
    const start = stage.client.scheduleNewOrchestration(definition as string, 1, options as object);
    await expect(start).rejects.toThrow(InvalidArgumentError);
    expect([...stage.store.instances()]).toEqual([]);
  });

  it("starts at a date, or after a while, and not before", async () => {
    const stage = await opened();
    await stage.client.scheduleNewOrchestration(ends, 1, { instanceId: "date", startAt: new Date("2026-01-02") });
    await stage.client.scheduleNewOrchestration(ends, 1, { instanceId: "while", startAt: { hours: 48 } });
    await stage.client.scheduleNewOrchestration(ends, 1, { instanceId: "past", startAt: new Date(0) });
    const statuses = async (): Promise<string[]> =>
      Promise.all(["date", "while", "past"].map(async (id) => (await stage.state(id)).runtimeStatus));
    await stage.idle();
    expect(await statuses()).toEqual(["Pending", "Pending", "Completed"]);
    stage.advance({ hours: 24 });
    await stage.idle();
    expect(await statuses()).toEqual(["Completed", "Pending", "Completed"]);
    await stage.rest();
    expect(await statuses()).toEqual(["Completed", "Completed", "Completed"]);
  });
});

/** A stage's parts without `this`. */
async function bound() {
  const stage = await opened();
  return { client: stage.client, idle: () => stage.idle() };
}

describe("an instance that is not there", () => {
  it.each<[string, (stage: Stage) => Promise<unknown>]>([
    ["getOrchestrationHistory", (stage) => stage.client.getOrchestrationHistory("nobody")],
    ["raiseOrchestrationEvent", (stage) => stage.client.raiseOrchestrationEvent("nobody", "x")],
    ["terminateOrchestration", (stage) => stage.client.terminateOrchestration("nobody")],
    ["waitForOrchestrationStart", (stage) => stage.client.waitForOrchestrationStart("nobody")],
    ["waitForOrchestrationCompletion", (stage) => stage.client.waitForOrchestrationCompletion("nobody")],
  ])("is said so by %s", async (_method, call) => {
    const stage = await opened();
    await expect(call(stage)).rejects.toThrow(InstanceNotFoundError);
    await expect(call(stage)).rejects.toMatchObject({ code: "INSTANCE_NOT_FOUND", instanceId: "nobody" });
  });

  it("has no state, and nothing of it is purged", async () => {
    const stage = await opened();
    expect(await stage.client.getOrchestrationState("nobody")).toBeUndefined();
    expect(await stage.client.purgeOrchestration("nobody")).toEqual({ deletedInstanceCount: 0 });
  });

  it.each<[string, (stage: Stage) => Promise<unknown>]>([
    ["getOrchestrationState", (stage) => stage.client.getOrchestrationState("")],
    ["getOrchestrationHistory", (stage) => stage.client.getOrchestrationHistory("")],
    ["raiseOrchestrationEvent", (stage) => stage.client.raiseOrchestrationEvent("", "x")],
    ["raiseOrchestrationEvent without a name", (stage) => stage.client.raiseOrchestrationEvent("one", "")],
    ["terminateOrchestration", (stage) => stage.client.terminateOrchestration("")],
    ["purgeOrchestration", (stage) => stage.client.purgeOrchestration(undefined as unknown as string)],
    ["waitForOrchestrationCompletion", (stage) => stage.client.waitForOrchestrationCompletion("")],
    [
      "waitForOrchestrationStart with a bare number",
      (stage) => stage.client.waitForOrchestrationStart("one", { timeout: 5 as unknown as object }),
    ],
  ])("cannot be named by nothing: %s", async (_method, call) => {
    const stage = await opened();
    await stage.start(waits);
    await expect(call(stage)).rejects.toThrow(InvalidArgumentError);
  });
});

describe("an instance that has ended", () => {
  it.each(["Completed", "Failed", "Terminated"])("takes no more messages when it is %s", async (status) => {
    const stage = await opened();
    await stage.start(status === "Failed" ? { name: "nobody" } : status === "Completed" ? ends : waits);
    if (status === "Terminated") await stage.client.terminateOrchestration("one");
    await stage.idle();
    for (const call of [stage.client.raiseOrchestrationEvent("one", "x"), stage.client.terminateOrchestration("one")]) {
      await expect(call).rejects.toThrow(InstanceTerminalError);
      await expect(call).rejects.toMatchObject({ instanceId: "one", runtimeStatus: status });
    }
    expect(await stage.state()).toMatchObject({ runtimeStatus: status, isTerminal: true });
  });

  it("can be purged, and its id used again", async () => {
    const stage = await opened();
    await stage.start(ends, "first");
    await stage.idle();
    expect(await stage.client.purgeOrchestration("one")).toEqual({ deletedInstanceCount: 1 });
    expect(await stage.client.getOrchestrationState("one")).toBeUndefined();
    await expect(stage.history()).rejects.toThrow(InstanceNotFoundError);
    await stage.start(ends, "second");
    await stage.idle();
    expect(await stage.output()).toBe("second");
  });

  it("alone can be purged", async () => {
    const stage = await opened();
    await stage.start(waits);
    for (const status of ["Pending", "Running"]) {
      const purge = stage.client.purgeOrchestration("one");
      await expect(purge).rejects.toThrow(InstanceNotTerminalError);
      await expect(purge).rejects.toMatchObject({ instanceId: "one", runtimeStatus: status });
      await stage.idle();
    }
    await stage.client.raiseOrchestrationEvent("one", "x", 1);
    await stage.idle();
    expect(await stage.output()).toBe(1);
  });
});

describe("waiting", () => {
  it("resolves at the start, or at the end, for everybody who waits", async () => {
    const stage = await opened();
    await stage.start(waits);
    const seen: string[] = [];
    const note = (what: string) => (state: OrchestrationState) => {
      seen.push(`${what} ${state.runtimeStatus}`);
    };
    const all = [
      stage.client.waitForOrchestrationCompletion("one").then(note("end")),
      stage.client.waitForOrchestrationStart("one").then(note("start")),
      stage.client.waitForOrchestrationCompletion("one").then(note("end")),
      stage.client.waitForOrchestrationStart("one").then(note("start")),
    ];
    await hop();
    expect(seen).toEqual([]);
    await stage.idle();
    await hop();
    expect(seen).toEqual(["start Running", "start Running"]);
    await stage.client.raiseOrchestrationEvent("one", "x");
    await stage.idle();
    await Promise.all(all);
    expect(seen.slice(2)).toEqual(["end Completed", "end Completed"]);
    expect(stage.clock.sleeping).toBe(0);
  });

  it("resolves at once when it is over, whatever the timeout", async () => {
    const stage = await opened();
    await stage.start(ends, 1);
    await stage.idle();
    const options = { timeout: { seconds: 0 } };
    expect((await stage.client.waitForOrchestrationCompletion("one", options)).output).toBe(1);
    expect((await stage.client.waitForOrchestrationStart("one", options)).runtimeStatus).toBe("Completed");
    expect(stage.clock.sleeping).toBe(0);
  });

  it("gives up after the timeout, by the hub's clock, and the orchestration goes on", async () => {
    const stage = await opened();
    await stage.start(waits);
    let error: unknown;
    const waiting = stage.client
      .waitForOrchestrationCompletion("one", { timeout: { days: 30 } })
      .catch((thrown: unknown) => {
        error = thrown;
      });
    await hop();
    stage.clock.advance(30 * 86_400_000 - 1);
    await hop();
    expect(error).toBeUndefined();
    stage.clock.advance(1);
    await waiting;
    expect(error).toBeInstanceOf(WaitTimeoutError);
    expect(error).toMatchObject({ code: "WAIT_TIMEOUT", retryable: true });
    await stage.client.raiseOrchestrationEvent("one", "x", 1);
    await stage.idle();
    expect(await stage.output()).toBe(1);
  });

  it("ends with an instance that is purged", async () => {
    const stage = await opened();
    await stage.client.scheduleNewOrchestration(ends, 1, { instanceId: "one", startAt: { hours: 1 } });
    const other = await Stage.open([ends], { store: stage.store, clock: stage.clock });
    const waiting = stage.client.waitForOrchestrationStart("one", { timeout: { days: 1 } });
    const refused = waiting.then(
      (state) => state.runtimeStatus,
      (error: unknown) => (error as Error).name,
    );
    await hop();
    await other.client.terminateOrchestration("one");
    await other.hub.processNext();
    await other.client.purgeOrchestration("one");
    // Whichever the waiter came to see: the end, or that it is gone.
    expect(["Terminated", "InstanceNotFoundError"]).toContain(await refused);
    await expect(stage.client.waitForOrchestrationStart("one")).rejects.toThrow(InstanceNotFoundError);
  });
});

describe("getAllInstances", () => {
  async function populated(): Promise<Stage> {
    const stage = await opened();
    for (const id of ["b/2", "a/1", "b/1", "a/2", "c"]) {
      await stage.start(id.startsWith("b") ? ends : waits, undefined, id);
      await stage.idle();
      stage.advance({ hours: 1 });
    }
    return stage;
  }

  const idsOf = async (instances: AsyncIterable<OrchestrationState>): Promise<string[]> => {
    const ids: string[] = [];
    for await (const { instanceId } of instances) ids.push(instanceId);
    return ids;
  };
  const at = (hour: number): Date => new Date(Date.UTC(2026, 0, 1, hour));

  it.each<[string, Parameters<Stage["client"]["getAllInstances"]>[0], string[]]>([
    ["all", {}, ["a/1", "a/2", "b/1", "b/2", "c"]],
    ["all, one a page", { pageSize: 1 }, ["a/1", "a/2", "b/1", "b/2", "c"]],
    ["those of a prefix", { instanceIdPrefix: "a/" }, ["a/1", "a/2"]],
    ["those that run", { statuses: ["Running"], pageSize: 2 }, ["a/1", "a/2", "c"]],
    ["those in one of two statuses", { statuses: ["Completed", "Failed"] }, ["b/1", "b/2"]],
    ["those created from a time on", { createdFrom: at(3) }, ["a/2", "c"]],
    ["those created up to a time", { createdTo: at(1) }, ["a/1", "b/2"]],
    [
      "those of a span, a prefix and a status",
      { createdFrom: at(1), createdTo: at(3), instanceIdPrefix: "a", statuses: ["Running"] },
      ["a/1", "a/2"],
    ],
    ["none", { instanceIdPrefix: "z" }, []],
  ])("gives %s, in the order of the ids", async (_what, query, ids) => {
    const stage = await populated();
    expect(await idsOf(stage.client.getAllInstances(query))).toEqual(ids);
  });

  it("gives pages, and can be read again", async () => {
    const stage = await populated();
    const pageable = stage.client.getAllInstances({ pageSize: 2 });
    for (let again = 0; again < 2; again++) {
      const pages: string[][] = [];
      for await (const page of pageable.asPages()) pages.push(page.map(({ instanceId }) => instanceId));
      expect(pages).toEqual([["a/1", "a/2"], ["b/1", "b/2"], ["c"]]);
    }
  });

  it.each([{ pageSize: 0 }, { pageSize: 1.5 }, { createdFrom: new Date(NaN) }, { createdTo: new Date(NaN) }])(
    "refuses %j",
    async (query) => {
      const stage = await opened();
      expect(() => stage.client.getAllInstances(query)).toThrow(InvalidArgumentError);
    },
  );
});

describe("a store that gives no answer", () => {
  async function faulty(): Promise<{ stage: Stage; backend: FaultyBackend }> {
    const store = new MemoryStore();
    const backend = new FaultyBackend();
    const stage = await Stage.open([waits, ends], { store, backend: backend.around(memory({ store })) });
    return { stage, backend };
  }

  it.each(["before", "after"] as const)("is asked again, and the thing is done once: %s", async (how) => {
    const { stage, backend } = await faulty();
    backend.spoiler = spoilFirst("createInstance", 2, how);
    await stage.whileTimePasses(stage.start(waits));
    backend.spoiler = spoilFirst("sendMessage", 2, how);
    await stage.whileTimePasses(stage.client.raiseOrchestrationEvent("one", "x", 1));
    expect(stage.store.queue("one")).toHaveLength(1);
    await stage.idle();
    expect(await stage.output()).toBe(1);
    backend.spoiler = spoilFirst("purgeInstance", 1, "before");
    expect(await stage.whileTimePasses(stage.client.purgeOrchestration("one"))).toEqual({ deletedInstanceCount: 1 });
  });

  it("is given up after five tries, with its error", async () => {
    const { stage, backend } = await faulty();
    backend.spoiler = spoilFirst("createInstance", 99, "before");
    await expect(stage.whileTimePasses(stage.start(waits))).rejects.toThrow(StorageError);
    expect(backend.of("createInstance")).toHaveLength(5);
    const ids = backend.of("createInstance").map(({ argument }) => (argument as { requestId: string }).requestId);
    expect(new Set(ids).size).toBe(1);
  });

  it.each([
    ["ended with it", false],
    ["ended with it and was purged", true],
  ])("may have delivered what ended the instance: %s", async (_what, isPurged) => {
    const { stage, backend } = await faulty();
    await stage.start(waits);
    await stage.idle();
    backend.spoiler = spoilFirst("sendMessage", 1, "after");
    const raising = stage.client.raiseOrchestrationEvent("one", "x", 1);
    await hop();
    await stage.idle();
    if (isPurged) await stage.client.purgeOrchestration("one");
    await expect(stage.whileTimePasses(raising)).resolves.toBeUndefined();
  });

  it("hides from nobody that there is no such instance", async () => {
    const { stage, backend } = await faulty();
    for (const call of ["raise", "terminate"]) {
      backend.spoiler = spoilFirst("sendMessage", 2, "before");
      const { client } = stage;
      const sending =
        call === "raise" ? client.raiseOrchestrationEvent("nobody", "x") : client.terminateOrchestration("nobody");
      await expect(stage.whileTimePasses(sending)).rejects.toThrow(InstanceNotFoundError);
    }
    expect(backend.of("sendMessage")).toHaveLength(6);
  });

  it("does not make a purge hit the instance that took the id over", async () => {
    const { stage, backend } = await faulty();
    await stage.start(ends, "first");
    await stage.idle();
    backend.spoiler = spoilFirst("purgeInstance", 1, "after");
    const purging = stage.client.purgeOrchestration("one");
    await hop();
    await stage.start(ends, "second");
    await stage.idle();
    expect(await stage.whileTimePasses(purging)).toEqual({ deletedInstanceCount: 1 });
    expect(await stage.output()).toBe("second");
  });

  it("purges anew with each call", async () => {
    const { stage } = await faulty();
    for (const input of ["first", "second"]) {
      await stage.start(ends, input);
      await stage.idle();
      expect(await stage.client.purgeOrchestration("one")).toEqual({ deletedInstanceCount: 1 });
    }
    expect(await stage.client.purgeOrchestration("one")).toEqual({ deletedInstanceCount: 0 });
  });

  it("does not start again what has ended and been purged meanwhile", async () => {
    const { stage, backend } = await faulty();
    backend.spoiler = spoilFirst("createInstance", 1, "after");
    const starting = stage.start(ends, 1);
    await hop();
    await stage.idle();
    await stage.client.purgeOrchestration("one");
    await stage.whileTimePasses(starting);
    expect(await stage.client.getOrchestrationState("one")).toBeUndefined();
  });

  it("keeps nobody waiting for ever", async () => {
    const { stage, backend } = await faulty();
    await stage.start(waits);
    await stage.idle();
    backend.spoiler = spoilFirst("waitForInstance", 3, "before");
    const waiting = stage.client.waitForOrchestrationCompletion("one", { timeout: { seconds: 10 } });
    await expect(stage.whileTimePasses(waiting)).rejects.toThrow(WaitTimeoutError);
  });
});

describe("a payload past the limit", () => {
  it("is refused with its size", async () => {
    const stage = await Stage.open([waits], { payloadBytesMax: 10 });
    const start = stage.start(waits, "x".repeat(20));
    await expect(start).rejects.toThrow(PayloadTooLargeError);
    await expect(start).rejects.toMatchObject({ sizeBytes: 22, limitBytes: 10, code: "PAYLOAD_TOO_LARGE" });
    await expect(start).rejects.toThrow('The input of orchestrator "waits" takes 22 bytes');
  });
});
