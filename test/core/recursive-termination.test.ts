/**
 * Laws of recursive termination: it reaches every child that runs, however deep, and nobody else.
 */
import { describe, expect, it } from "vitest";
import type { Orchestration, OrchestrationContext } from "dacapo";
import { EntityInstanceId, orchestrator, terminateOptions } from "dacapo";
import { echo, Stage } from "../runtime/stage.ts";

const double = orchestrator("double", function* (ctx, n: number) {
  return 2 * ((yield* ctx.callActivity(echo, n)) as number);
});

/** Waits for ever. */
const sleeper = orchestrator("sleeper", function* (ctx) {
  return yield* ctx.waitForExternalEvent("Wake");
});

async function statuses(stage: Stage): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const { instanceId, runtimeStatus } of stage.client.getAllInstances()) {
    found[instanceId] = runtimeStatus;
  }
  return found;
}

describe("a recursive termination", () => {
  /** Waits for a chain of `depth` children, each of which waits for the next. */
  const tower = orchestrator("tower", function* tower(ctx: OrchestrationContext, depth: number): Orchestration<void> {
    const instanceId = `floor ${depth - 1}`;
    if (depth === 0) yield* ctx.waitForExternalEvent("Never");
    else yield* ctx.callSubOrchestrator(tower, depth - 1, { instanceId });
  });

  it("ends the children, and theirs", async () => {
    const stage = await Stage.open([tower]);
    await stage.start(tower, 3);
    await stage.rest();
    await stage.client.terminateOrchestration("one", "over", { recursive: true });
    await stage.rest();
    expect(await statuses(stage)).toEqual({
      one: "Terminated",
      "floor 2": "Terminated",
      "floor 1": "Terminated",
      "floor 0": "Terminated",
    });
    expect((await stage.state()).output).toBe("over");
    expect((await stage.state("floor 0")).output).toBeUndefined();
  });

  it("can be asked for in durabletask-js's words", async () => {
    const stage = await Stage.open([tower]);
    await stage.start(tower, 1);
    await stage.rest();
    await stage.client.terminateOrchestration("one", terminateOptions({ recursive: true, output: { why: "bored" } }));
    await stage.rest();
    expect((await stage.state()).output).toEqual({ why: "bored" });
    expect((await stage.state("floor 0")).runtimeStatus).toBe("Terminated");
  });

  it("is not what a termination does unless it is asked to", async () => {
    const stage = await Stage.open([tower]);
    await stage.start(tower, 1);
    await stage.rest();
    await stage.client.terminateOrchestration("one", { recursive: true });
    await stage.rest();
    expect((await stage.state()).output).toEqual({ recursive: true });
    expect((await stage.state("floor 0")).runtimeStatus).toBe("Running");
  });

  it("reaches a child before its first turn, and its code never runs", async () => {
    const stage = await Stage.open([tower]);
    await stage.start(tower, 2);
    await stage.hub.runUntilIdle({ maxTurns: 2 });
    await stage.client.terminateOrchestration("one", undefined, { recursive: true });
    await stage.client.terminateOrchestration("floor 0");
    await stage.rest();
    expect((await statuses(stage))["floor 0"]).toBe("Terminated");
    expect((await stage.history("floor 0")).map(({ type }) => type)).toEqual([
      ...["OrchestratorStarted", "ExecutionStarted", "ExecutionTerminated", "ExecutionCompleted"],
      "OrchestratorCompleted",
    ]);
  });

  it("leaves the children of its own turn unborn", async () => {
    const parent = orchestrator("parent", function* (ctx) {
      yield* ctx.waitForExternalEvent("Go");
      yield* ctx.callSubOrchestrator(sleeper, undefined, { instanceId: "kid" });
    });
    const stage = await Stage.open([parent, sleeper]);
    await stage.start(parent);
    await stage.idle();
    await stage.client.raiseOrchestrationEvent("one", "Go");
    await stage.client.terminateOrchestration("one", undefined, { recursive: true });
    await stage.rest();
    expect(await statuses(stage)).toEqual({ one: "Terminated" });
  });

  it("reaches children also where the same turn ends the parent in another way", async () => {
    const parent = orchestrator("parent", function* (ctx) {
      ctx.callSubOrchestrator(sleeper, undefined, { instanceId: "early" });
      yield* ctx.waitForExternalEvent("Go");
      ctx.callSubOrchestrator(sleeper, undefined, { instanceId: "late" });
      return "done";
    });
    const stage = await Stage.open([parent, sleeper]);
    await stage.start(parent);
    await stage.idle();
    await stage.client.raiseOrchestrationEvent("one", "Go");
    await stage.client.terminateOrchestration("one", undefined, { recursive: true });
    await stage.rest();
    expect(await statuses(stage)).toEqual({ one: "Completed", early: "Terminated", late: "Terminated" });
  });

  it("reaches children also where the engine fails the parent in that very turn", async () => {
    let runs = 0;
    const parent = orchestrator("parent", function* (ctx) {
      runs += 1;
      if (runs > 1) yield* ctx.createTimer({ seconds: 1 });
      yield* ctx.callSubOrchestrator(sleeper, undefined, { instanceId: "kid" });
    });
    const stage = await Stage.open([parent, sleeper], { worker: { maxWarmOrchestrations: 0 } });
    await stage.start(parent);
    await stage.idle();
    await stage.client.terminateOrchestration("one", undefined, { recursive: true });
    await stage.rest();
    expect((await stage.state()).failureDetails?.code).toBe("NON_DETERMINISM");
    expect((await stage.state("kid")).runtimeStatus).toBe("Terminated");
  });

  it("spares an instance that merely has the id of a child that was refused", async () => {
    const parent = orchestrator("parent", function* (ctx) {
      ctx.callSubOrchestrator(double, 1, { instanceId: "taken" });
      yield* ctx.waitForExternalEvent("Never");
    });
    const stage = await Stage.open([parent, sleeper, double, echo]);
    await stage.start(sleeper, undefined, "taken");
    await stage.idle();
    await stage.start(parent);
    await stage.hub.runUntilIdle({ maxTurns: 1 });
    // The parent's refusal and the order to terminate come in one batch, before the parent knows.
    await stage.client.terminateOrchestration("one", undefined, { recursive: true });
    await stage.rest();
    expect(await statuses(stage)).toEqual({ one: "Terminated", taken: "Running" });
  });

  it("spares children that have ended, and those of executions before", async () => {
    const parent = orchestrator("parent", function* (ctx, n: number) {
      if (n === 0) {
        ctx.callSubOrchestrator(sleeper, undefined, { instanceId: "former" });
        yield* ctx.callSubOrchestrator(double, 1, { instanceId: "ended" });
        ctx.continueAsNew(1);
        return;
      }
      yield* ctx.callSubOrchestrator(sleeper, undefined, { instanceId: "present" });
    });
    const stage = await Stage.open([parent, sleeper, double, echo]);
    await stage.start(parent, 0);
    await stage.rest();
    await stage.client.terminateOrchestration("one", undefined, { recursive: true });
    await stage.rest();
    expect(await statuses(stage)).toEqual({
      one: "Terminated",
      ended: "Completed",
      former: "Running",
      present: "Terminated",
    });
  });

  it("is refused when recursive is no yes or no", async () => {
    const stage = await Stage.open([sleeper]);
    await stage.start(sleeper);
    await expect(stage.client.terminateOrchestration("one", 1, { recursive: "yes" as never })).rejects.toThrow(
      "The option recursive of terminateOrchestration() is of type string.",
    );
    await expect(stage.client.terminateOrchestration("one", 1, true as never)).rejects.toThrow(
      "The options of terminateOrchestration() are a boolean.",
    );
  });
});

describe("a recursive termination after a rewind", () => {
  const code = { isMended: false };
  const fails = (): void => {
    if (!code.isMended) throw new Error("not yet");
  };
  /** Its children run for ever; some begin in the turn in which it fails. */
  const parent = orchestrator("parent", function* (ctx) {
    ctx.callSubOrchestrator(sleeper, undefined, { instanceId: "early" });
    yield* ctx.callActivity(echo, 1);
    ctx.callSubOrchestrator(sleeper, undefined, { instanceId: "late" });
    fails();
    ctx.callSubOrchestrator(sleeper, undefined, { instanceId: "after" });
    yield* ctx.waitForExternalEvent("Never");
  });
  const child = orchestrator("child", function* (ctx) {
    yield* ctx.callActivity(echo, 1);
    fails();
    yield* ctx.waitForExternalEvent("Never");
  });
  /** Fails because a child does, which goes on with it. */
  const family = orchestrator("family", function* (ctx) {
    ctx.callSubOrchestrator(sleeper, undefined, { instanceId: "early" });
    yield* ctx.callSubOrchestrator(child, undefined, { instanceId: "late" });
  });
  const hasty = orchestrator("hasty", function* (ctx) {
    ctx.callSubOrchestrator(sleeper, undefined, { instanceId: "early" });
    yield* ctx.callActivity(echo, 1);
    ctx.callSubOrchestrator(sleeper, undefined, { instanceId: "late" });
    throw new Error("a bug");
  });
  const refused = orchestrator("refused", function* (ctx) {
    ctx.callSubOrchestrator(sleeper, undefined, { instanceId: "early" });
    yield* ctx.callActivity(echo, 1);
    ctx.callSubOrchestrator(sleeper, undefined, { instanceId: "late" });
    ctx.entities.lockEntities(new EntityInstanceId("gone", "x"));
    throw new Error("a bug");
  });

  /** An instance that has failed, was rewound some times in vain, and whose code is mended. */
  async function mended(definition: { readonly name: string }, rewinds: number): Promise<Stage> {
    code.isMended = false;
    const stage = await Stage.open([parent, family, child, hasty, refused, sleeper, echo]);
    await stage.start(definition);
    await stage.idle();
    for (let i = 0; i < rewinds; i++) {
      await stage.client.rewindInstance("one", "again");
      await stage.idle();
    }
    expect((await stage.state()).runtimeStatus).toBe("Failed");
    code.isMended = true;
    await stage.client.rewindInstance("one", "mended");
    return stage;
  }

  async function endOf(stage: Stage): Promise<Record<string, string>> {
    await stage.client.terminateOrchestration("one", undefined, { recursive: true });
    await stage.rest();
    return statuses(stage);
  }

  const all = { one: "Terminated", early: "Terminated", late: "Terminated" };

  it.each<[string, { readonly name: string }, Record<string, string>]>([
    ["goes on", parent, all],
    ["goes on with its child", family, { ...all, late: "Failed" }],
    ["fails by its own code again", hasty, { ...all, one: "Failed" }],
    ["is refused to go on", refused, { ...all, one: "Failed" }],
  ])("reaches the children in the very turn in which the parent %s", async (_what, definition, ends) => {
    for (const rewinds of [0, 1, 2]) expect(await endOf(await mended(definition, rewinds))).toEqual(ends);
  });

  it.each<[string, { readonly name: string }, Record<string, string>]>([
    ["it", parent, { ...all, after: "Terminated" }],
    ["it and its child", family, all],
  ])("reaches the children after %s went on", async (_what, definition, ends) => {
    for (const rewinds of [0, 1, 2]) {
      const stage = await mended(definition, rewinds);
      await stage.idle();
      expect(await endOf(stage)).toEqual(ends);
    }
  });
});
