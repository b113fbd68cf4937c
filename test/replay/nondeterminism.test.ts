/**
 * Laws of non-determinism: code that departs from its history is caught at the first event where it does, with both
 * sides named; a hub fails the instance instead of going on.
 */
import { describe, expect, it } from "vitest";
import type { HistoryEvent, OrchestrationContext, OrchestratorDefinition, Orchestration } from "dacapo";
import { orchestrator, whenAll } from "dacapo";
import { NonDeterminismError, replayHistory } from "dacapo/replay";
import { echo, fail, Stage } from "../runtime/stage.ts";

type Body = (ctx: OrchestrationContext) => Orchestration<unknown>;

const other = { kind: "activity", name: "other" } as const;

/** Records what `body` does, up to where it waits or ends. */
async function record(body: Body): Promise<readonly HistoryEvent[]> {
  const definition = orchestrator("changes", body);
  const stage = await Stage.open([definition, echo, fail]);
  await stage.start(definition);
  await stage.rest();
  return stage.history();
}

const original: Body = function* (ctx) {
  yield* ctx.callActivity(echo, "a");
  yield* ctx.createTimer({ hours: 1 });
  yield* ctx.callActivity(echo, "b");
  return yield* ctx.waitForExternalEvent("end");
};

/** Where the original's events are: 3 and 8 and 13 decide, 4 and 9 and 14 close their turns. */
const changes: readonly (readonly [string, Body, number, object, object])[] = [
  [
    "a renamed activity",
    function* (ctx) {
      yield* ctx.callActivity("other", "a");
    },
    3,
    { type: "TaskScheduled", name: "echo" },
    { type: "TaskScheduled", name: "other" },
  ],
  [
    "a timer in place of an activity",
    function* (ctx) {
      yield* ctx.createTimer({ hours: 1 });
    },
    3,
    { type: "TaskScheduled", name: "echo" },
    { type: "TimerCreated" },
  ],
  [
    "an activity in place of a timer",
    function* (ctx) {
      yield* ctx.callActivity(echo, "a");
      yield* ctx.callActivity(echo, "c");
    },
    7,
    { type: "TimerCreated" },
    { type: "TaskScheduled", name: "echo" },
  ],
  [
    "an activity that is missing",
    function* (ctx) {
      yield* ctx.callActivity(echo, "a");
      yield* ctx.createTimer({ hours: 1 });
      return yield* ctx.waitForExternalEvent("end");
    },
    11,
    { type: "TaskScheduled", name: "echo" },
    { type: "OrchestratorCompleted" },
  ],
  [
    "an activity more",
    function* (ctx) {
      ctx.callActivity(echo, "a");
      yield* ctx.callActivity(other, "c");
    },
    4,
    { type: "OrchestratorCompleted" },
    { type: "TaskScheduled", name: "other" },
  ],
  [
    "two steps swapped",
    function* (ctx) {
      yield* ctx.createTimer({ hours: 1 });
      yield* ctx.callActivity(echo, "a");
    },
    3,
    { type: "TaskScheduled", name: "echo" },
    { type: "TimerCreated" },
  ],
  [
    "code that ends early",
    function* (ctx) {
      yield* ctx.callActivity(echo, "a");
      return "done";
    },
    7,
    { type: "TimerCreated" },
    { type: "ExecutionCompleted", runtimeStatus: "Completed" },
  ],
  [
    "code that fails early",
    function* (ctx) {
      yield* ctx.callActivity(echo, "a");
      throw new Error("no");
    },
    7,
    { type: "TimerCreated" },
    { type: "ExecutionCompleted", runtimeStatus: "Failed" },
  ],
  [
    "code that continues as new",
    function* (ctx) {
      ctx.continueAsNew();
      yield* ctx.callActivity(echo, "a");
    },
    7,
    { type: "TimerCreated" },
    { type: "ContinueAsNew" },
  ],
  [
    "a wait that is removed",
    function* (ctx) {
      ctx.callActivity(echo, "a");
      yield* ctx.createTimer({ hours: 1 });
    },
    4,
    { type: "OrchestratorCompleted" },
    { type: "TimerCreated" },
  ],
  [
    "a wait that is added",
    function* (ctx) {
      yield* ctx.callActivity(echo, "a");
      yield* ctx.waitForExternalEvent("more");
      yield* ctx.createTimer({ hours: 1 });
    },
    7,
    { type: "TimerCreated" },
    { type: "OrchestratorCompleted" },
  ],
];

const asAsync = (body: Body): OrchestratorDefinition =>
  orchestrator("changes", async (ctx) => {
    const steps = body(ctx);
    let step = steps.next();
    while (step.done !== true) {
      const task = step.value;
      step = await task.then(
        () => steps.next(task.result),
        (error: unknown) => steps.throw(error),
      );
    }
    return step.value;
  });

describe("replay finds", () => {
  it.each(changes)("%s", async (_what, body, eventId, expected, actual) => {
    const history = await record(original);
    for (const definition of [orchestrator("changes", body), asAsync(body)]) {
      const result = await replayHistory(definition, history);
      if (result.ok) throw new Error("the replay should have found a difference");
      expect(result.error).toBeInstanceOf(NonDeterminismError);
      expect(result.error).toMatchObject({ instanceId: "one", eventId, expected, actual });
      expect(result.error.hint).toBeTruthy();
      // The turns before the difference agree.
      expect(result.turns.length).toBe(
        history.filter((e) => e.type === "OrchestratorCompleted" && e.eventId < eventId).length,
      );
    }
  });

  it("code that ends late", async () => {
    const history = await record(function* (ctx) {
      yield* ctx.callActivity(echo, "a");
    });
    const result = await replayHistory(orchestrator("changes", original), history);
    expect(result).toMatchObject({
      ok: false,
      error: {
        eventId: 7,
        expected: { type: "ExecutionCompleted", runtimeStatus: "Completed" },
        actual: { type: "TimerCreated" },
      },
    });
  });

  it("a cancelled timer whose firing was recorded", async () => {
    const history = await record(function* (ctx) {
      ctx.createTimer({ hours: 1 });
      yield* ctx.createTimer({ hours: 2 });
    });
    const result = await replayHistory(
      orchestrator("changes", function* (ctx) {
        ctx.createTimer({ hours: 1 }).cancel();
        yield* ctx.createTimer({ hours: 2 });
      }),
      history,
    );
    expect(result).toMatchObject({
      ok: false,
      error: { eventId: 7, expected: { type: "TimerFired", name: "task 1" } },
    });
  });

  it("an end that differs", async () => {
    const history = await record(function* (ctx) {
      yield* ctx.callActivity(echo, "a");
    });
    const throwing = orchestrator("changes", function* (ctx) {
      yield* ctx.callActivity(echo, "a");
      throw new Error("no");
    });
    expect(await replayHistory(throwing, history)).toMatchObject({
      ok: false,
      error: {
        expected: { type: "ExecutionCompleted", runtimeStatus: "Completed" },
        actual: { type: "ExecutionCompleted", runtimeStatus: "Failed" },
      },
    });
  });

  it("code that throws, and says what it threw", async () => {
    const history = await record(original);
    const zap = new TypeError("zap");
    const body: Body = function* (ctx) {
      yield* ctx.callActivity(echo, "a");
      throw zap;
    };
    for (const definition of [orchestrator("changes", body), asAsync(body)]) {
      const result = await replayHistory(definition, history);
      if (result.ok) throw new Error("the replay should have found a difference");
      expect(result.error.cause).toBe(zap);
      expect(result.error.message).toContain(
        "at event 7 of its history expected TimerCreated, but the code ended as Failed: TypeError: zap. Orchestrator",
      );
    }
  });

  it("no error where the code decided something else before it threw", async () => {
    const result = await replayHistory(
      orchestrator("changes", function* (ctx) {
        yield* ctx.callActivity(echo, "a");
        ctx.callActivity(echo, "b");
        throw new TypeError("zap");
      }),
      await record(original),
    );
    if (result.ok) throw new Error("the replay should have found a difference");
    expect(result.error.actual).toEqual({ type: "TaskScheduled", name: "echo" });
    expect(result.error.cause).toBeUndefined();
  });

  it("code that waits for a native promise", async () => {
    const history = await record(original);
    const native = orchestrator("changes", async (ctx) => {
      await ctx.callActivity(echo, "a");
      await new Promise(() => undefined);
    });
    expect(await replayHistory(native, history)).toMatchObject({
      ok: false,
      error: { actual: { type: "a wait for something else (a native promise)" } },
    });
  });
});

describe("replay does not mind", () => {
  it.each<[string, Body]>([
    [
      "another input of an activity",
      function* (ctx) {
        yield* ctx.callActivity(echo, "z");
        yield* ctx.createTimer({ hours: 1 });
        yield* ctx.callActivity(echo, "b");
        return yield* ctx.waitForExternalEvent("end");
      },
    ],
    [
      "another way to wait",
      function* (ctx) {
        yield* whenAll([ctx.callActivity(echo, "a")]);
        yield* whenAll([ctx.createTimer({ hours: 1 })]);
        yield* whenAll([ctx.callActivity(echo, "b")]);
        return yield* ctx.waitForExternalEvent("another name");
      },
    ],
    [
      "a status, an id and a log line more",
      function* (ctx) {
        ctx.setCustomStatus(ctx.newGuid());
        ctx.log.info("more");
        return yield* original(ctx);
      },
    ],
  ])("%s", async (_what, body) => {
    const result = await replayHistory(orchestrator("changes", body), await record(original));
    expect(result).toMatchObject({ ok: true, runtimeStatus: "Running" });
  });
});

describe("a strict replay", () => {
  /** What `body` does is recorded; what `changed` does is compared with it. */
  async function compared(body: Body, changed: Body): Promise<NonDeterminismError> {
    const history = await record(body);
    const definition = orchestrator("changes", changed);
    expect(await replayHistory(definition, history)).toMatchObject({ ok: true });
    expect(await replayHistory(orchestrator("changes", body), history, { strict: true })).toMatchObject({ ok: true });
    const result = await replayHistory(definition, history, { strict: true });
    if (result.ok) throw new Error("the replay should have found a difference");
    return result.error;
  }

  it.each<[string, Body, Body, object]>([
    [
      "input of an activity",
      (ctx) => ctx.callActivity(echo, { n: 1 })[Symbol.iterator]() as ReturnType<Body>,
      (ctx) => ctx.callActivity(echo)[Symbol.iterator]() as ReturnType<Body>,
      {
        eventId: 3,
        expected: { type: "TaskScheduled", name: "echo", value: 'the input {"n":1}' },
        actual: { type: "TaskScheduled", name: "echo", value: "the input undefined" },
      },
    ],
    [
      "fire time of a timer",
      function* (ctx) {
        yield* ctx.createTimer({ hours: 1 });
      },
      function* (ctx) {
        yield* ctx.createTimer({ hours: 2 });
      },
      {
        eventId: 3,
        expected: { type: "TimerCreated", value: "the fire time 2026-01-01T01:00:00.000Z" },
        actual: { type: "TimerCreated", value: "the fire time 2026-01-01T02:00:00.000Z" },
      },
    ],
    [
      "output",
      () => "one" as never,
      () => "two" as never,
      {
        eventId: 3,
        expected: { type: "ExecutionCompleted", runtimeStatus: "Completed", value: 'the output "one"' },
        actual: { type: "ExecutionCompleted", runtimeStatus: "Completed", value: 'the output "two"' },
      },
    ],
    [
      "failure",
      () => {
        throw new RangeError("one");
      },
      () => {
        throw new RangeError("two");
      },
      {
        eventId: 3,
        expected: { type: "ExecutionCompleted", runtimeStatus: "Failed", value: "the failure RangeError: one" },
        actual: { type: "ExecutionCompleted", runtimeStatus: "Failed", value: "the failure RangeError: two" },
      },
    ],
  ])("finds another %s, which else is not compared", async (_what, body, changed, error) => {
    expect(await compared(body, changed)).toMatchObject(error);
  });

  it("finds another input of continue-as-new", async () => {
    const next = (n: number): OrchestratorDefinition =>
      orchestrator("changes", (ctx: OrchestrationContext) => {
        ctx.continueAsNew(n);
      });
    const stage = await Stage.open([next(1)], { keepHistory: true });
    await stage.start(next(1));
    await stage.hub.runUntilIdle({ maxTurns: 1 });
    const [first] = stage.store.archivedHistories("one");
    expect(await replayHistory(next(2), first!.events)).toMatchObject({ ok: true });
    expect(await replayHistory(next(2), first!.events, { strict: true })).toMatchObject({
      ok: false,
      error: { expected: { value: "the input 1" }, actual: { value: "the input 2" } },
    });
  });

  it("says both values, long ones cut down to where they differ", async () => {
    const long = "x".repeat(500);
    const calls = (end: string): Body =>
      function* (ctx) {
        yield* ctx.callActivity(echo, `${long}${end}${long}`);
      };
    const { message, expected, actual } = await compared(calls("A"), calls("B"));
    expect(expected.value).toMatch(/^…x{20}Ax{79}…$/);
    expect(actual.value).toMatch(/^…x{20}Bx{79}…$/);
    expect(message).toContain(
      `expected TaskScheduled "echo" with ${expected.value}, but got TaskScheduled "echo" with`,
    );
  });
});

describe("a hub", () => {
  it.each(changes)("fails an instance at its next turn after %s", async (_what, body, eventId, expected, actual) => {
    const stage = await Stage.open([orchestrator("changes", original), echo]);
    await stage.start({ name: "changes" });
    await stage.rest();
    const changed = await Stage.open([orchestrator("changes", body), echo], { store: stage.store, clock: stage.clock });
    await stage.client.raiseOrchestrationEvent("one", "end");
    await changed.rest();
    const state = await changed.state();
    expect(state.runtimeStatus).toBe("Failed");
    expect(state.failureDetails).toMatchObject({ errorType: "NonDeterminismError", code: "NON_DETERMINISM" });
    expect(state.failureDetails?.errorMessage).toContain(`at event ${eventId} of its history`);
    for (const { type, runtimeStatus } of [expected, actual] as { type: string; runtimeStatus?: string }[]) {
      const told = runtimeStatus === "Failed" ? "the code ended as Failed: Error: no." : type;
      expect(state.failureDetails?.errorMessage).toContain(told);
    }
    // The history before it stays; only what came is added, and the end.
    expect((await changed.history()).slice(-4)).toMatchObject([
      { type: "OrchestratorStarted" },
      { type: "EventRaised", name: "end" },
      { type: "ExecutionCompleted", runtimeStatus: "Failed" },
      { type: "OrchestratorCompleted" },
    ]);
  });

  it("leaves an instance that has ended as it is, whatever became of its code", async () => {
    const definition = orchestrator("changes", function* (ctx: OrchestrationContext) {
      return yield* ctx.waitForExternalEvent("end");
    });
    const stage = await Stage.open([definition]);
    await stage.start(definition);
    await stage.client.raiseOrchestrationEvent("one", "end", 7);
    const [entry] = stage.store.queue("one");
    await stage.rest();
    const history = await stage.history();
    for (const register of [[], [orchestrator("changes", original)]]) {
      stage.store.redeliver("one", entry!.message);
      const changed = await Stage.open(register, { store: stage.store, clock: stage.clock });
      await changed.rest();
      expect(await changed.state()).toMatchObject({ runtimeStatus: "Completed", output: 7, failureDetails: undefined });
      expect(await changed.history()).toEqual(history);
    }
  });
});
