/**
 * Laws of lists, and of histories that are read and exported.
 */
import { describe, expect, it } from "vitest";
import type { ExportedHistory } from "dacapo";
import { ExecutionNotFoundError, InvalidArgumentError } from "dacapo";
import { memory, MemoryStore } from "dacapo/memory";
import { replayHistory } from "dacapo/replay";
import { FaultyBackend } from "../runtime/faulty-backend.ts";
import { hop, Stage } from "../runtime/stage.ts";
import { all, counts, ends, make, makeChild, waits } from "./managed.ts";

describe("lists", () => {
  async function populated(): Promise<Stage> {
    const stage = await Stage.open(all);
    const { client } = stage;
    await client.scheduleNewOrchestration(ends, { n: 1 }, { instanceId: "a", tags: { team: "red", kind: "x" } });
    await client.scheduleNewOrchestration(waits, { n: 2 }, { instanceId: "b", tags: { team: "red" } });
    await client.scheduleNewOrchestration(ends, { n: 3 }, { instanceId: "c", tags: { team: "blue" } });
    makeChild(stage, "d", "b");
    const birth = { name: "counter", incarnation: "i" };
    const body = { type: "EntityOperationSignaled", operation: "add" } as const;
    await stage.idle();
    stage.store.sendMessage({ messageId: "m", instanceId: "@counter@a", birth, body }, stage.clock.now());
    return stage;
  }

  const listed = async (stage: Stage, query: Parameters<Stage["client"]["getAllInstances"]>[0]): Promise<string[]> => {
    const found: string[] = [];
    for await (const { instanceId } of stage.client.getAllInstances(query)) found.push(instanceId);
    return found;
  };

  it.each<[string, Parameters<Stage["client"]["getAllInstances"]>[0], string[]]>([
    ["orchestrations, and no entities", {}, ["a", "b", "c", "d"]],
    ["by name", { name: "ends" }, ["a", "c", "d"]],
    ["by a tag", { tags: { team: "red" } }, ["a", "b"]],
    ["by tags", { tags: { team: "red", kind: "x" } }, ["a"]],
    ["by parent", { parentInstanceId: "b" }, ["d"]],
    ["by the time of the end", { completedFrom: new Date(0) }, ["a", "c", "d"]],
    ["by a time before any end", { completedTo: new Date(0) }, []],
    ["from a token on", { continuationToken: "b" }, ["c", "d"]],
  ])("hold %s", async (_what, query, expected) => {
    expect(await listed(await populated(), query)).toEqual(expected);
  });

  it("come in pages that say where the next one begins", async () => {
    const stage = await populated();
    const pages = [];
    for await (const page of stage.client.getAllInstances({ pageSize: 3 }).asPages()) pages.push(page);
    expect(
      pages.map(({ values, continuationToken, hasMoreResults }) => [values.length, continuationToken, hasMoreResults]),
    ).toEqual([
      [3, "c", true],
      [1, undefined, false],
    ]);
    const [first] = pages;
    const rest = stage.client.getAllInstances({ continuationToken: first?.continuationToken ?? "" });
    for await (const { instanceId } of rest) expect(instanceId).toBe("d");
  });

  it("leave out payloads when asked to, and say who the parent is", async () => {
    const stage = await populated();
    for await (const state of stage.client.getAllInstances({ fetchInputsAndOutputs: false })) {
      expect(state.serializedInput).toBeUndefined();
      expect(state.serializedOutput).toBeUndefined();
    }
    expect((await stage.client.getOrchestrationState("a", false))?.serializedInput).toBeUndefined();
    expect((await stage.client.getOrchestrationState("a"))?.serializedInput).toBe('{"n":1}');
    expect((await stage.state("d")).parentInstanceId).toBe("b");
    expect((await stage.state("a")).parentInstanceId).toBeUndefined();
  });

  it("of ids come page by page, by status and time of the end", async () => {
    const stage = await populated();
    const first = await stage.client.listInstanceIds({ pageSize: 3 });
    expect(first).toMatchObject({ values: ["a", "b", "c"], hasMoreResults: true });
    const second = await stage.client.listInstanceIds({ lastInstanceKey: first.continuationToken ?? "" });
    expect(second).toMatchObject({ values: ["d"], hasMoreResults: false, continuationToken: undefined });
    const ended = { runtimeStatus: ["Completed"] as const, completedTimeFrom: new Date(0) };
    expect([...(await stage.client.listInstanceIds(ended))]).toEqual(["a", "c", "d"]);
    expect([...(await stage.client.listInstanceIds({ completedTimeTo: new Date(0) }))]).toEqual([]);
  });

  it.each([
    { statuses: ["Done"] },
    { statuses: "Running" },
    { tags: { a: 1 } },
    { tags: [] },
    { name: 7 },
    { parentInstanceId: null },
    { instanceIdPrefix: 7 },
    { continuationToken: 7 },
    { completedFrom: new Date(NaN) },
    { pageSize: "7" },
  ])("refuse %j", async (query) => {
    const { client } = await Stage.open(all);
    expect(() => client.getAllInstances(query as never)).toThrow(InvalidArgumentError);
    if (!("continuationToken" in query)) {
      expect(() => client.exportHistory(query as never)).toThrow(InvalidArgumentError);
    }
  });

  it.each([
    { runtimeStatus: ["Done"] },
    { pageSize: 0 },
    { lastInstanceKey: 7 },
    { completedTimeFrom: new Date(NaN) },
    { completedTimeTo: 7 },
    5,
  ])("of ids refuse %j", async (query) => {
    const { client } = await Stage.open(all);
    await expect(client.listInstanceIds(query as never)).rejects.toThrow(InvalidArgumentError);
  });
});

describe("histories", () => {
  it("of earlier executions can be read where they are kept", async () => {
    const stage = await Stage.open(all, { keepHistory: true });
    await stage.start(counts, 1);
    await stage.idle();
    const executions = await stage.client.listExecutionIds("one");
    expect(executions).toHaveLength(3);
    expect(executions.at(-1)).toBe((await stage.state()).executionId);
    for (const [index, executionId] of executions.entries()) {
      const history = await stage.client.getOrchestrationHistory("one", { executionId });
      expect(history.find(({ type }) => type === "ExecutionStarted")).toMatchObject({
        executionId,
        input: `${index + 1}`,
      });
      expect(history.at(-2)?.type).toBe(index < 2 ? "ContinueAsNew" : "ExecutionCompleted");
    }
  });

  it("of earlier executions are said to be gone where they are not kept", async () => {
    const stage = await Stage.open(all);
    const { executionId } = await stage.start(counts, 1).then(() => stage.state());
    await stage.idle();
    expect(await stage.client.listExecutionIds("one")).toHaveLength(1);
    const reading = stage.client.getOrchestrationHistory("one", { executionId });
    await expect(reading).rejects.toThrow(ExecutionNotFoundError);
    await expect(reading).rejects.toMatchObject({ code: "EXECUTION_NOT_FOUND", instanceId: "one", executionId });
  });
});

describe("an export", () => {
  async function exported(stage: Stage, options = {}): Promise<ExportedHistory[]> {
    const found: ExportedHistory[] = [];
    for await (const line of stage.client.exportHistory(options)) {
      expect(line.endsWith("\n") && line.indexOf("\n") === line.length - 1).toBe(true);
      found.push(JSON.parse(line) as ExportedHistory);
    }
    return found;
  }

  it("is JSON Lines that can be replayed", async () => {
    const stage = await Stage.open(all);
    await stage.client.scheduleNewOrchestration(ends, "two\nlines", {
      instanceId: "a",
      version: "2",
      tags: { t: "x" },
    });
    await stage.start(waits, 1, "b");
    makeChild(stage, "c", "b");
    await stage.idle();
    const found = await exported(stage);
    expect(found.map(({ instanceId, runtimeStatus }) => [instanceId, runtimeStatus])).toEqual([
      ["a", "Completed"],
      ["b", "Running"],
      ["c", "Completed"],
    ]);
    expect(found[0]).toMatchObject({ name: "ends", version: "2", tags: { t: "x" }, isCurrent: true });
    expect(found[2]).toMatchObject({ parentInstanceId: "b" });
    for (const { name, history } of found) {
      const definition = name === "ends" ? ends : waits;
      expect((await replayHistory(definition, history, { strict: true })).ok).toBe(true);
    }
  });

  it("holds what matches, and earlier executions when asked to", async () => {
    const stage = await Stage.open(all, { keepHistory: true });
    await stage.start(counts, 1);
    await stage.start(ends, 1, "two");
    await stage.idle();
    expect(await exported(stage, { name: "counts" })).toHaveLength(1);
    const executions = await exported(stage, { name: "counts", earlierExecutions: true, pageSize: 1 });
    expect(executions.map(({ isCurrent }) => isCurrent)).toEqual([false, false, true]);
    for (const { history } of executions) expect((await replayHistory(counts, history)).ok).toBe(true);
  });

  it("reads one history at a time, and leaves out what is gone by then", async () => {
    const store = new MemoryStore();
    const backend = new FaultyBackend();
    const stage = await Stage.open(all, { store, backend: backend.around(memory({ store })) });
    for (const id of ["a", "b", "c"]) await make(stage, "Completed", id);
    const lines: string[] = [];
    for await (const line of stage.client.exportHistory()) {
      lines.push(line);
      // One more for what was gone by then.
      expect(backend.of("getHistory")).toHaveLength(lines.length === 1 ? 1 : 3);
      if (lines.length === 1) stage.store.purgeInstance({ requestId: "p", instanceId: "b" }, stage.clock.now());
      await hop();
      if (lines.length === 2) break;
    }
    expect(lines.map((line) => (JSON.parse(line) as ExportedHistory).instanceId)).toEqual(["a", "c"]);
  });
});
