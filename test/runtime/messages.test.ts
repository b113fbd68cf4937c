/**
 * Laws of messages: each is consumed once, and one that no code may see is dropped with a reason that is counted.
 */
import { describe, expect, it } from "vitest";
import type { InstanceMessage } from "dacapo/backend";
import { activity, orchestrator } from "dacapo";
import { echo, hop, Stage } from "./stage.ts";

const listens = orchestrator("listens", function* (ctx) {
  const heard: unknown[] = [yield* ctx.callActivity(echo, "a")];
  ctx.createTimer({ hours: 1 });
  heard.push(yield* ctx.waitForExternalEvent("x"));
  heard.push(yield* ctx.waitForExternalEvent("x"));
  return heard;
});

async function listening(maxWarmOrchestrations: number): Promise<{ stage: Stage; executionId: string }> {
  const stage = await Stage.open([listens, echo], { worker: { maxWarmOrchestrations } });
  await stage.start(listens);
  await stage.idle();
  const started = (await stage.history()).find((event) => event.type === "ExecutionStarted");
  return { stage, executionId: started!.executionId };
}

const answer = (executionId: string, body: InstanceMessage["body"]): InstanceMessage => ({
  messageId: `stray ${JSON.stringify(body)}`,
  instanceId: "one",
  executionId,
  body,
});

describe.each([
  ["kept in memory", 100],
  ["replayed", 0],
])("an execution that is %s drops and counts", (_how, maxWarm) => {
  const strays: readonly (readonly [string, InstanceMessage["body"], string | undefined, string])[] = [
    [
      "an answer to a task that was answered",
      { type: "TaskCompleted", taskId: 1, result: "9" },
      undefined,
      "unknown-task",
    ],
    ["an answer to a task that nobody asked for", { type: "TaskCompleted", taskId: 99 }, undefined, "unknown-task"],
    ["an activity's answer to a timer", { type: "TaskCompleted", taskId: 2 }, undefined, "unknown-task"],
    ["a timer's answer to an activity", { type: "TimerFired", taskId: 1, fireAt: 0 }, undefined, "unknown-task"],
    [
      "a failure of a task that was answered",
      { type: "TaskFailed", taskId: 1, failure: { errorType: "Error", errorMessage: "no" } },
      undefined,
      "unknown-task",
    ],
    ["an answer to another execution", { type: "TaskCompleted", taskId: 1 }, "another", "stale-execution"],
    ["a timer of another execution", { type: "TimerFired", taskId: 2, fireAt: 0 }, "another", "stale-execution"],
  ];

  it.each(strays)("%s", async (_what, body, execution, reason) => {
    const { stage, executionId } = await listening(maxWarm);
    const before = await stage.history();
    stage.store.redeliver("one", answer(execution ?? executionId, body));
    await stage.idle();
    expect(stage.dropped(reason)).toBe(1);
    expect(await stage.history()).toEqual(before);
    for (const n of [1, 2]) await stage.client.raiseOrchestrationEvent("one", "x", n);
    await stage.idle();
    expect(await stage.output()).toEqual(["a", 1, 2]);
  });

  it("an event that it has consumed already, also in one batch with a new one", async () => {
    const { stage } = await listening(maxWarm);
    await stage.client.raiseOrchestrationEvent("one", "x", 1);
    const entry = stage.store.queue("one").find(({ message }) => message.body.type === "EventRaised");
    await stage.idle();
    stage.store.redeliver("one", entry!.message);
    await stage.client.raiseOrchestrationEvent("one", "x", 2);
    await stage.idle();
    expect(await stage.output()).toEqual(["a", 1, 2]);
    expect(stage.dropped("duplicate")).toBe(1);
  });

  it("whatever comes to an instance that has ended, which stays as it is", async () => {
    const { stage, executionId } = await listening(maxWarm);
    for (const n of [1, 2]) await stage.client.raiseOrchestrationEvent("one", "x", n);
    await stage.idle();
    const [before, history] = [await stage.state(), await stage.history()];
    stage.store.redeliver("one", answer(executionId, { type: "TimerFired", taskId: 2, fireAt: 0 }));
    stage.store.redeliver("one", answer(executionId, { type: "ExecutionTerminated" }));
    await stage.idle();
    expect(stage.dropped("instance-terminal")).toBe(2);
    expect(await stage.state()).toEqual(before);
    expect(await stage.history()).toEqual(history);
  });
});

describe("a turn in which everything is dropped", () => {
  it("leaves custom status and time as they were", async () => {
    const times = orchestrator("times", function* (ctx) {
      ctx.setCustomStatus("here");
      yield* ctx.waitForExternalEvent("x");
      return ctx.currentUtcDateTime.getTime();
    });
    const stage = await Stage.open([times]);
    await stage.start(times);
    await stage.idle();
    const before = await stage.state();
    stage.advance({ hours: 1 });
    stage.store.redeliver("one", answer("another", { type: "TimerFired", taskId: 1, fireAt: 0 }));
    await stage.idle();
    expect(await stage.state()).toEqual(before);
  });
});

describe("an activity's answer", () => {
  it("to an instance that is gone is discarded", async () => {
    const ends: (() => void)[] = [];
    const slow = activity("slow", () => new Promise<void>((resolve) => ends.push(resolve)));
    const quick = orchestrator("quick", function* (ctx) {
      ctx.callActivity(slow);
      yield* ctx.waitForExternalEvent("x");
    });
    const stage = await Stage.open([quick, slow]);
    await stage.start(quick);
    const working = stage.idle();
    while (ends.length === 0) await hop();
    const other = await Stage.open([quick], { store: stage.store, clock: stage.clock });
    await other.client.terminateOrchestration("one");
    await other.hub.processNext();
    await other.client.purgeOrchestration("one");
    ends[0]!();
    await working;
    expect(await stage.client.getOrchestrationState("one")).toBeUndefined();
    expect((await stage.idle()).pending).toBe(0);
  });
});
