/**
 * Laws of rewinding: a failed orchestration goes on from before its failure, with all its results, and what failed is
 * tried again under another execution id.
 */
import { describe, expect, it } from "vitest";
import type { WorkerOptions } from "dacapo";
import { InstanceNotFailedError, InstanceNotFoundError, InvalidArgumentError, orchestrator, whenAll } from "dacapo";
import { replayHistory } from "dacapo/replay";
import { Stage } from "../runtime/stage.ts";
import { checkHistory, count, flaky } from "./rewinding.ts";

const WORKERS: readonly (readonly [string, WorkerOptions])[] = [
  ["kept in memory", {}],
  ["replayed each turn", { maxWarmOrchestrations: 0 }],
];

describe.each(WORKERS)("an orchestration that failed (%s)", (_how, worker) => {
  it("goes on where an activity failed, and keeps what succeeded", async () => {
    const { step, inputs, runs } = flaky({ b: 1 });
    const chain = orchestrator("chain", function* (ctx) {
      const results: string[] = [];
      for (const input of ["a", "b", "c"]) results.push(yield* ctx.callActivity(step, input));
      return results;
    });
    const stage = await Stage.open([chain, step], { worker });
    await stage.start(chain);
    await stage.rest();
    const before = await stage.state();
    expect(before).toMatchObject({ runtimeStatus: "Failed" });
    await stage.client.rewindInstance("one", "b is ready now");
    expect(await stage.state()).toMatchObject({ runtimeStatus: "Running", failureDetails: undefined });
    await stage.rest();
    expect(await stage.output()).toEqual(["a done", "b done", "c done"]);
    expect(inputs()).toEqual(["a", "b", "b", "c"]);
    expect(runs[1]?.key).toBe(runs[2]?.key);
    expect((await stage.state()).executionId).not.toBe(before.executionId);
    const types = await checkHistory(stage, chain);
    expect(count(types, "TaskFailed")).toBe(0);
    expect(count(types, "ExecutionCompleted")).toBe(1);
    expect((await stage.history()).find(({ type }) => type === "ExecutionRewound")).toMatchObject({
      reason: "b is ready now",
      previousExecutionId: before.executionId,
    });
  });

  it("tries again all that failed of what it waited for together, and nothing else", async () => {
    const { step, inputs } = flaky({ b: 1, c: 1 });
    const fan = orchestrator("fan", (ctx) =>
      whenAll(["a", "b", "c", "d"].map((input) => ctx.callActivity(step, input))),
    );
    const stage = await Stage.open([fan, step], { worker });
    await stage.start(fan);
    await stage.rest();
    await stage.client.rewindInstance("one");
    await stage.rest();
    expect(await stage.output()).toEqual(["a done", "b done", "c done", "d done"]);
    expect(inputs().sort()).toEqual(["a", "b", "b", "c", "c", "d"]);
    await checkHistory(stage, fan);
  });

  it("tries a retried call once more, after the tries that it had", async () => {
    const { step, inputs } = flaky({ a: 3 });
    const retried = orchestrator("retried", function* (ctx) {
      const retry = { maxNumberOfAttempts: 3, firstRetryInterval: { seconds: 1 } };
      return yield* ctx.callActivity(step, "a", { retry });
    });
    const stage = await Stage.open([retried, step], { worker });
    await stage.start(retried);
    await stage.rest();
    expect(inputs()).toHaveLength(3);
    await stage.client.rewindInstance("one");
    await stage.rest();
    expect(await stage.output()).toBe("a done");
    expect(inputs()).toHaveLength(4);
    expect(count(await checkHistory(stage, retried), "TaskFailed")).toBe(2);
  });

  it("lets a failure stand that the code caught and acted upon", async () => {
    const { step, inputs } = flaky({ a: 9, c: 1 });
    const caught = orchestrator("caught", function* (ctx) {
      const first = ctx.callActivity(step, "a");
      let result = "";
      try {
        result = yield* first;
      } catch {
        result = yield* ctx.callActivity(step, "b");
      }
      return `${result}, ${yield* ctx.callActivity(step, "c")}`;
    });
    const stage = await Stage.open([caught, step], { worker });
    await stage.start(caught);
    await stage.rest();
    await stage.client.rewindInstance("one");
    await stage.rest();
    expect(await stage.output()).toBe("b done, c done");
    expect(inputs()).toEqual(["a", "b", "c", "c"]);
    expect(count(await checkHistory(stage, caught), "TaskFailed")).toBe(1);
  });

  it("runs its code again from the last turn where the code itself threw", async () => {
    const { step, inputs } = flaky({});
    let isMended = false;
    const throws = orchestrator("throws", function* (ctx) {
      const result = yield* ctx.callActivity(step, "a");
      if (!isMended) throw new Error("a bug");
      return `${result}, ${yield* ctx.callActivity(step, "b")}`;
    });
    const stage = await Stage.open([throws, step], { worker });
    await stage.start(throws);
    await stage.rest();
    await stage.client.rewindInstance("one", "not mended yet");
    await stage.rest();
    expect((await stage.state()).failureDetails?.errorMessage).toBe("a bug");
    await checkHistory(stage, throws);
    isMended = true;
    await stage.client.rewindInstance("one", "mended");
    await stage.rest();
    expect(await stage.output()).toBe("a done, b done");
    expect(inputs()).toEqual(["a", "b"]);
    expect(count(await checkHistory(stage, throws), "ExecutionRewound")).toBe(1);
  });

  it("begins again where it failed in its first turn", async () => {
    let isMended = false;
    const first = orchestrator("first", (ctx, input: number) => {
      if (!isMended) throw new Error("a bug");
      return [input, ctx.version];
    });
    const stage = await Stage.open([first], { worker });
    await stage.client.scheduleNewOrchestration(first, 7, { instanceId: "one", version: "2", tags: { t: "x" } });
    await stage.rest();
    isMended = true;
    await stage.client.rewindInstance("one");
    await stage.rest();
    expect(await stage.output()).toEqual([7, "2"]);
    expect((await stage.state()).tags).toEqual({ t: "x" });
    await checkHistory(stage, first);
  });

  it("keeps its ids, its random numbers, its events and its timers", async () => {
    const { step } = flaky({ a: 1 });
    const rich = orchestrator("rich", function* (ctx) {
      const ids = [ctx.newGuid(), String(ctx.random())];
      const timer = ctx.createTimer({ hours: 1 });
      const parallel = ctx.callActivity(step, ids[0] ?? "");
      const event = yield* ctx.waitForExternalEvent("x");
      yield* ctx.callActivity(step, "a");
      const buffered = yield* ctx.waitForExternalEvent("y");
      yield* timer;
      ids.push(ctx.newGuid(), String(ctx.random()));
      return { ids, event, buffered, parallel: yield* parallel, at: ctx.currentUtcDateTime };
    });
    const stage = await Stage.open([rich, step], { worker });
    await stage.start(rich);
    await stage.idle();
    await stage.client.raiseOrchestrationEvent("one", "y", "early");
    await stage.idle();
    await stage.client.raiseOrchestrationEvent("one", "x", 1);
    await stage.idle();
    expect((await stage.state()).runtimeStatus).toBe("Failed");
    const replayed = await replayHistory(rich, await stage.history());
    await stage.client.rewindInstance("one");
    await stage.rest();
    const output = (await stage.output()) as { readonly ids: string[] };
    expect(output).toMatchObject({ event: 1, buffered: "early", parallel: `${output.ids[0] ?? ""} done` });
    expect(output).toMatchObject({ at: "2026-01-01T01:00:00.000Z" });
    expect(new Set(output.ids).size).toBe(4);
    expect(replayed.ok).toBe(true);
    await checkHistory(stage, rich);
  });

  it("can fail and be rewound again and again", async () => {
    const { step, inputs } = flaky({ a: 3, b: 2 });
    const chain = orchestrator("chain", function* (ctx) {
      return [yield* ctx.callActivity(step, "a"), yield* ctx.callActivity(step, "b")];
    });
    const stage = await Stage.open([chain, step], { worker });
    await stage.start(chain);
    for (let i = 0; i < 5; i++) {
      await stage.rest();
      expect((await stage.state()).runtimeStatus).toBe("Failed");
      await checkHistory(stage, chain);
      await stage.client.rewindInstance("one", `rewind ${i}`);
    }
    await stage.rest();
    expect(await stage.output()).toEqual(["a done", "b done"]);
    expect(inputs()).toEqual(["a", "a", "a", "a", "b", "b", "b"]);
    await checkHistory(stage, chain);
  });

  it("drops late answers to the execution that failed", async () => {
    const { step } = flaky({ a: 1 });
    const one = orchestrator("one", function* (ctx) {
      return yield* ctx.callActivity(step, "a");
    });
    const stage = await Stage.open([one, step], { worker });
    await stage.start(one);
    await stage.rest();
    const { executionId } = await stage.state();
    await stage.client.rewindInstance("one");
    const failure = { errorType: "Error", errorMessage: "late" };
    const body = { type: "TaskFailed", taskId: 1, failure } as const;
    stage.store.redeliver("one", { messageId: `${executionId}:1`, instanceId: "one", executionId, body });
    await stage.rest();
    expect(await stage.output()).toBe("a done");
    expect(stage.dropped("stale-execution")).toBe(1);
  });

  it("continues as new, and fails and is rewound there", async () => {
    const { step, inputs } = flaky({ 1: 1, 2: 1 });
    const eternal = orchestrator("eternal", function* (ctx, n: number) {
      const result = yield* ctx.callActivity(step, String(n));
      if (n < 3) ctx.continueAsNew(n + 1);
      return result;
    });
    const stage = await Stage.open([eternal, step], { worker, keepHistory: true });
    await stage.start(eternal, 1);
    for (let i = 0; i < 2; i++) {
      await stage.rest();
      await stage.client.rewindInstance("one");
    }
    await stage.rest();
    expect(await stage.output()).toBe("3 done");
    expect(inputs()).toEqual(["1", "1", "2", "2", "3"]);
    const executions = await stage.client.listExecutionIds("one");
    expect(new Set(executions).size).toBe(5);
    for (const executionId of executions) {
      const history = await stage.client.getOrchestrationHistory("one", { executionId });
      expect((await replayHistory(eternal, history, { strict: true })).ok).toBe(true);
    }
  });

  it("of async code goes on as well", async () => {
    const { step, inputs } = flaky({ b: 1, c: 1 });
    const fan = orchestrator("fan", async (ctx) => {
      const first = await ctx.callActivity(step, "a");
      return [first, ...(await Promise.all(["b", "c", "d"].map((input) => ctx.callActivity(step, input))))];
    });
    const stage = await Stage.open([fan, step], { worker });
    await stage.start(fan);
    await stage.rest();
    await stage.client.rewindInstance("one");
    await stage.rest();
    expect(await stage.output()).toEqual(["a done", "b done", "c done", "d done"]);
    // It failed with the first failure, and what came after its end is not kept.
    expect(inputs().sort()).toEqual(["a", "b", "b", "c", "c", "d", "d"]);
    await checkHistory(stage, fan);
  });

  it("can be terminated before it goes on, also where its first turn had failed", async () => {
    let ran = 0;
    const throws = orchestrator("throws", function* (ctx) {
      ran += 1;
      if (ran === 1) throw new Error("not yet");
      return yield* ctx.createTimer({ hours: 1 });
    });
    const stage = await Stage.open([throws], { worker });
    await stage.start(throws);
    await stage.rest();
    expect(await stage.state()).toMatchObject({ runtimeStatus: "Failed" });
    await stage.client.rewindInstance("one");
    await stage.client.terminateOrchestration("one", "enough");
    await stage.rest();
    expect(await stage.state()).toMatchObject({ runtimeStatus: "Terminated", output: "enough" });
    await checkHistory(stage, throws);
  });

  it("is ended by an order that comes before it goes on", async () => {
    const { step } = flaky({ a: 1 });
    const one = orchestrator("one", function* (ctx) {
      return yield* ctx.callActivity(step, "a");
    });
    const stage = await Stage.open([one, step], { worker });
    await stage.start(one);
    await stage.rest();
    await stage.client.rewindInstance("one");
    await stage.client.terminateOrchestration("one", "enough");
    await stage.rest();
    expect(await stage.state()).toMatchObject({ runtimeStatus: "Terminated", output: "enough" });
    await checkHistory(stage, one);
  });
});

describe("sub-orchestrations of an orchestration that failed", () => {
  function family(failures: Readonly<Record<string, number>>) {
    const { step, inputs } = flaky(failures);
    const child = orchestrator("child", function* (ctx, name: string) {
      const results: string[] = [];
      for (const part of ["1", "2"]) results.push(yield* ctx.callActivity(step, name + part));
      return results;
    });
    const middle = orchestrator("middle", function* (ctx, name: string) {
      return yield* ctx.callSubOrchestrator(child, name);
    });
    return { step, inputs, child, middle };
  }

  it("are rewound in turn, and theirs: each goes on where it failed", async () => {
    const { step, inputs, child, middle } = family({ a2: 1 });
    const root = orchestrator("root", function* (ctx) {
      return yield* whenAll([ctx.callSubOrchestrator(middle, "a"), ctx.callSubOrchestrator(child, "b")]);
    });
    const stage = await Stage.open([root, middle, child, step]);
    await stage.start(root);
    await stage.rest();
    expect((await stage.state()).runtimeStatus).toBe("Failed");
    await stage.client.rewindInstance("one", "again");
    await stage.rest();
    expect(await stage.output()).toEqual([
      ["a1 done", "a2 done"],
      ["b1 done", "b2 done"],
    ]);
    expect(inputs().sort()).toEqual(["a1", "a2", "a2", "b1", "b2"]);
    const definitions = { root, middle, child };
    for await (const { instanceId, name, runtimeStatus } of stage.client.getAllInstances()) {
      expect(runtimeStatus).toBe("Completed");
      await checkHistory(stage, definitions[name as keyof typeof definitions], instanceId);
    }
  });

  it("that run on meanwhile answer it when they end, and those that have ended answer again", async () => {
    const { step, inputs } = flaky({ a: 1 });
    const slow = orchestrator("slow", function* (ctx, hours: number) {
      yield* ctx.createTimer({ hours });
      return hours;
    });
    const root = orchestrator("root", function* (ctx) {
      const children = [1, 3].map((hours) => ctx.callSubOrchestrator(slow, hours));
      yield* ctx.callActivity(step, "a");
      return yield* whenAll(children);
    });
    const stage = await Stage.open([root, slow, step]);
    await stage.start(root);
    await stage.idle();
    expect((await stage.state()).runtimeStatus).toBe("Failed");
    stage.advance({ hours: 2 });
    await stage.idle();
    await stage.client.rewindInstance("one");
    await stage.rest();
    expect(await stage.output()).toEqual([1, 3]);
    expect(inputs()).toEqual(["a", "a"]);
    await checkHistory(stage, root);
  });

  it("that were purged meanwhile fail it again", async () => {
    const { step, child } = family({ a1: 1 });
    const root = orchestrator("root", function* (ctx) {
      return yield* ctx.callSubOrchestrator(child, "a", { instanceId: "the child" });
    });
    const stage = await Stage.open([root, child, step]);
    await stage.start(root);
    await stage.rest();
    await stage.client.purgeOrchestration("the child");
    await stage.client.rewindInstance("one");
    await stage.rest();
    expect((await stage.state()).failureDetails?.errorMessage).toContain('There is no instance "the child"');
    await checkHistory(stage, root);
  });

  it("whose ids were taken are started once the ids are free", async () => {
    const { step, child } = family({});
    const root = orchestrator("root", function* (ctx) {
      return yield* ctx.callSubOrchestrator(child, "a", { instanceId: "taken" });
    });
    const stage = await Stage.open([root, child, step]);
    await stage.start(child, "x", "taken");
    await stage.start(root);
    await stage.rest();
    expect((await stage.state()).failureDetails?.errorMessage).toContain("exists already");
    await stage.client.purgeOrchestration("taken");
    await stage.client.rewindInstance("one");
    await stage.rest();
    expect(await stage.output()).toEqual(["a1 done", "a2 done"]);
  });

  it("that are rewound by themselves answer nobody", async () => {
    const { step, child } = family({ a1: 1 });
    const root = orchestrator("root", function* (ctx) {
      return yield* ctx.callSubOrchestrator(child, "a", { instanceId: "the child" });
    });
    const stage = await Stage.open([root, child, step]);
    await stage.start(root);
    await stage.rest();
    await stage.client.rewindInstance("the child");
    await stage.rest();
    expect((await stage.state("the child")).runtimeStatus).toBe("Completed");
    expect((await stage.state()).runtimeStatus).toBe("Failed");
    await stage.client.rewindInstance("one");
    await stage.rest();
    expect(await stage.output()).toEqual(["a1 done", "a2 done"]);
  });
});

describe("rewindInstance", () => {
  const waits = orchestrator("waits", function* (ctx) {
    yield* ctx.waitForExternalEvent("x");
  });

  it.each(["Pending", "Running", "Completed", "Terminated"])("refuses an instance that is %s", async (status) => {
    const stage = await Stage.open([waits]);
    await stage.start(waits);
    if (status !== "Pending") await stage.idle();
    if (status === "Completed") await stage.client.raiseOrchestrationEvent("one", "x");
    if (status === "Terminated") await stage.client.terminateOrchestration("one");
    if (status !== "Pending") await stage.idle();
    const rewinding = stage.client.rewindInstance("one", "please");
    await expect(rewinding).rejects.toThrow(InstanceNotFailedError);
    await expect(rewinding).rejects.toThrow(`The instance "one" is ${status}, so it cannot be rewound.`);
    expect((await stage.state()).runtimeStatus).toBe(status);
  });

  it("knows nobody of an id that is free", async () => {
    const { client } = await Stage.open([waits]);
    await expect(client.rewindInstance("nobody", "please")).rejects.toThrow(InstanceNotFoundError);
  });

  it.each([
    ["", "x"],
    ["one", 7],
    ["one", {}],
  ])("refuses %j, %j", async (id, reason) => {
    const { client } = await Stage.open([waits]);
    await expect(client.rewindInstance(id, reason as string)).rejects.toThrow(InvalidArgumentError);
  });
});
