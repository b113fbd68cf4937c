/**
 * Laws of external events: kept until somebody waits, first in, first out, whatever the case of their names.
 */
import { describe, expect, it } from "vitest";
import type { OrchestrationContext } from "dacapo";
import { orchestrator, whenAll, whenAny } from "dacapo";
import { echo, Stage } from "../runtime/stage.ts";

const collect = orchestrator("collect", function* (ctx, names: readonly string[]) {
  const received: unknown[] = [];
  for (const name of names) received.push(yield* ctx.waitForExternalEvent(name));
  return received;
});

const collectAsync = orchestrator("collect", async (ctx, names: readonly string[]) => {
  const received: unknown[] = [];
  for (const name of names) received.push(await ctx.waitForExternalEvent(name));
  return received;
});

describe.each([
  ["a generator", collect],
  ["an async function", collectAsync],
])("%s", (_shape, definition) => {
  it.each([
    ["Approval", "approval"],
    ["straße", "STRAßE"],
    ["ΑΒΓ", "αβγ"],
  ])("that waits for %s is given %s", async (awaited, sent) => {
    const stage = await Stage.open([definition]);
    await stage.start(definition, [awaited]);
    await stage.idle();
    await stage.client.raiseOrchestrationEvent("one", sent, 1);
    await stage.idle();
    expect(await stage.output()).toEqual([1]);
  });

  it("is given events that came before it waited, each name in its own order", async () => {
    const stage = await Stage.open([definition]);
    await stage.start(definition, ["b", "a", "a", "b"]);
    for (const [name, data] of [
      ["a", 1],
      ["A", 2],
      ["b", 3],
      ["B", 4],
    ] as const) {
      await stage.client.raiseOrchestrationEvent("one", name, data);
    }
    await stage.idle();
    expect(await stage.output()).toEqual([3, 1, 2, 4]);
  });

  it("is given events that were sent before its first turn", async () => {
    const stage = await Stage.open([definition]);
    await stage.start(definition, ["early"]);
    await stage.client.raiseOrchestrationEvent("one", "early", "bird");
    await stage.idle();
    expect(await stage.output()).toEqual(["bird"]);
  });

  it("is given events whatever happened between", async () => {
    const stage = await Stage.open([definition]);
    await stage.start(definition, ["x", "x"]);
    await stage.client.raiseOrchestrationEvent("one", "x", 1);
    await stage.idle();
    stage.hub.evictWarmOrchestrations();
    await stage.client.raiseOrchestrationEvent("one", "x", 2);
    await stage.idle();
    expect(await stage.output()).toEqual([1, 2]);
  });
});

describe("several who wait for one name", () => {
  it("are served in the order in which they began to wait", async () => {
    const definition = orchestrator("queue", function* (ctx) {
      return yield* whenAll([1, 2, 3].map(() => ctx.waitForExternalEvent<number>("x")));
    });
    const stage = await Stage.open([definition]);
    await stage.start(definition);
    await stage.idle();
    for (const n of [1, 2, 3]) {
      await stage.client.raiseOrchestrationEvent("one", "x", n);
      await stage.idle();
    }
    expect(await stage.output()).toEqual([1, 2, 3]);
  });

  it("do not lose an event to another name", async () => {
    const definition = orchestrator("names", function* (ctx) {
      const first = yield* whenAny([ctx.waitForExternalEvent("a"), ctx.waitForExternalEvent("b")]);
      return [first.result, yield* ctx.waitForExternalEvent("c")];
    });
    const stage = await Stage.open([definition]);
    await stage.start(definition);
    for (const name of ["c", "b"]) await stage.client.raiseOrchestrationEvent("one", name, name);
    await stage.idle();
    expect(await stage.output()).toEqual(["b", "c"]);
  });
});

describe("an event", () => {
  it.each([[undefined], [null], [0], [""], [{ deep: [1, { er: true }] }], ["Ω😀"]])("carries %j", async (data) => {
    const stage = await Stage.open([collect]);
    await stage.start(collect, ["x"]);
    await stage.client.raiseOrchestrationEvent("one", "x", data);
    await stage.idle();
    expect(((await stage.output()) as unknown[])[0]).toEqual(data === undefined ? null : data);
    const raised = (await stage.history()).find(({ type }) => type === "EventRaised");
    expect(raised !== undefined && "input" in raised).toBe(data !== undefined);
  });

  it("that nobody waited for is dropped with the orchestration, and counted", async () => {
    const stage = await Stage.open([collect]);
    await stage.start(collect, ["x"]);
    for (const name of ["other", "x", "another"]) await stage.client.raiseOrchestrationEvent("one", name);
    await stage.idle();
    expect((await stage.state()).runtimeStatus).toBe("Completed");
    expect(stage.dropped("instance-terminal")).toBe(2);
  });

  it.each(["", "  ", "x".repeat(257), 7 as unknown as string])("is not waited for under the name %j", async (name) => {
    const definition = orchestrator("names", function* (ctx) {
      yield* ctx.waitForExternalEvent(name);
    });
    const stage = await Stage.open([definition]);
    await stage.start(definition);
    await stage.idle();
    expect((await stage.state()).failureDetails?.errorType).toBe("InvalidArgumentError");
  });
});

describe("an orchestration that is to start later", () => {
  const later = orchestrator("later", function* (ctx: OrchestrationContext, input: number) {
    const event = yield* ctx.waitForExternalEvent<number>("x");
    return [input, event, yield* ctx.callActivity(echo, "ran"), ctx.currentUtcDateTime.toISOString()];
  });
  const options = { instanceId: "one", startAt: { hours: 1 } };

  it("waits, and is given the events that came meanwhile, in order, once", async () => {
    const stage = await Stage.open([later, echo]);
    await stage.client.scheduleNewOrchestration(later, 7, options);
    await stage.client.raiseOrchestrationEvent("one", "x", 1);
    const [message] = stage.store.queue("one");
    expect((await stage.idle()).nextDueTime?.toISOString()).toBe("2026-01-01T01:00:00.000Z");
    await stage.client.raiseOrchestrationEvent("one", "x", 2);
    stage.store.redeliver("one", message!.message);
    await stage.idle();
    expect((await stage.state()).runtimeStatus).toBe("Pending");
    expect(await stage.history()).toEqual([]);
    await stage.rest();
    expect(await stage.output()).toEqual([7, 1, "ran", "2026-01-01T01:00:00.000Z"]);
    expect(stage.dropped("duplicate")).toBe(1);
    expect((await stage.history()).filter(({ type }) => type === "EventRaised")).toHaveLength(2);
  });

  it("runs no code when it is terminated before, and its events are counted as dropped", async () => {
    let isRun = false;
    const definition = orchestrator("later", () => {
      isRun = true;
    });
    const stage = await Stage.open([definition]);
    await stage.client.scheduleNewOrchestration(definition, undefined, options);
    await stage.client.raiseOrchestrationEvent("one", "x", 1);
    await stage.idle();
    await stage.client.raiseOrchestrationEvent("one", "x", 2);
    await stage.client.terminateOrchestration("one", "enough");
    await stage.rest();
    const state = await stage.state();
    expect([state.runtimeStatus, state.output, isRun]).toEqual(["Terminated", "enough", false]);
    expect(stage.dropped("instance-terminal")).toBe(2);
    expect(await stage.idle()).toEqual({ nextDueTime: undefined, pending: 0 });
  });
});

describe("a termination", () => {
  it("ends an orchestration that waits, and nothing of it runs any more", async () => {
    let isCleanedUp = false;
    const definition = orchestrator("ends", function* (ctx) {
      try {
        yield* whenAny([ctx.createTimer({ days: 1 }), ctx.waitForExternalEvent("x")]);
      } finally {
        isCleanedUp = true;
      }
    });
    const stage = await Stage.open([definition]);
    await stage.start(definition);
    await stage.idle();
    await stage.client.terminateOrchestration("one", { why: "enough" });
    expect(await stage.idle()).toEqual({ nextDueTime: undefined, pending: 0 });
    const state = await stage.state();
    expect([state.runtimeStatus, state.output, isCleanedUp]).toEqual(["Terminated", { why: "enough" }, false]);
  });

  it("comes in its order: what was sent before it is seen, what was sent after it is not", async () => {
    const seen: unknown[] = [];
    const definition = orchestrator("order", function* (ctx) {
      for (;;) seen.push(yield* ctx.waitForExternalEvent("x"));
    });
    const stage = await Stage.open([definition]);
    await stage.start(definition);
    await stage.idle();
    await stage.client.raiseOrchestrationEvent("one", "x", 1);
    await stage.client.terminateOrchestration("one");
    await stage.client.raiseOrchestrationEvent("one", "x", 2);
    await stage.idle();
    expect(seen).toEqual([1]);
    expect(stage.dropped("instance-terminal")).toBe(1);
  });

  it("sends no activity of the turn that it ends", async () => {
    const definition = orchestrator("order", function* (ctx) {
      yield* ctx.waitForExternalEvent("x");
      yield* ctx.callActivity(echo, 1);
    });
    const stage = await Stage.open([definition, echo]);
    await stage.start(definition);
    await stage.idle();
    await stage.client.raiseOrchestrationEvent("one", "x");
    await stage.client.terminateOrchestration("one");
    await stage.hub.runUntilIdle({ maxTurns: 1 });
    expect([...stage.store.activities()]).toEqual([]);
    expect((await stage.history()).map(({ type }) => type).slice(-3)).toEqual([
      "TaskScheduled",
      "ExecutionCompleted",
      "OrchestratorCompleted",
    ]);
  });
});
