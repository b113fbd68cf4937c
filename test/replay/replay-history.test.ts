/**
 * Laws of `replayHistory`: what it takes, what it gives, and that a broken record is told apart from changed code.
 */
import { describe, expect, it } from "vitest";
import type { HistoryEvent, OrchestrationContext } from "dacapo";
import { activity, InvalidArgumentError, InvalidHistoryError, orchestrator } from "dacapo";
import { replayHistory } from "dacapo/replay";
import { echo, fail, Stage } from "../runtime/stage.ts";

const play = orchestrator("play", function* (ctx, n: number) {
  ctx.setCustomStatus("tuning");
  const a = (yield* ctx.callActivity(echo, n)) as number;
  ctx.createTimer({ days: 1 });
  ctx.callActivity(echo, "left open");
  const b = yield* ctx.waitForExternalEvent<number>("Encore");
  return a + b;
});

async function recorded(input = 1): Promise<{ stage: Stage; history: readonly HistoryEvent[] }> {
  const stage = await Stage.open([play, echo]);
  await stage.start(play, input);
  await stage.hub.runUntilIdle({ maxTurns: 2 });
  return { stage, history: await stage.history() };
}

describe("replayHistory", () => {
  it("gives the turns with their times and decisions, the status, and what is open", async () => {
    const { history } = await recorded();
    const result = await replayHistory(play, history);
    expect(result).toMatchObject({
      ok: true,
      runtimeStatus: "Running",
      customStatus: '"tuning"',
      openTasks: [
        { kind: "timer", taskId: 2 },
        { kind: "activity", name: "echo", taskId: 3 },
        { kind: "event", name: "encore" },
      ],
    });
    expect(result.turns.map(({ time, decisions }) => [time, decisions.map(({ type }) => type)])).toEqual([
      [Date.UTC(2026, 0, 1), ["TaskScheduled"]],
      [Date.UTC(2026, 0, 1), ["TimerCreated", "TaskScheduled"]],
    ]);
  });

  it("gives the output, and nothing open, at the end", async () => {
    const { stage } = await recorded();
    await stage.client.raiseOrchestrationEvent("one", "encore", 2);
    await stage.rest();
    const result = await replayHistory(play, JSON.stringify(await stage.history()));
    expect(result).toMatchObject({ ok: true, runtimeStatus: "Completed", output: "3", openTasks: [] });
  });

  it("gives the events that the code has not taken, and what it says of them when it continues as new", async () => {
    for (const preserveUnprocessedEvents of [true, false]) {
      const definition = orchestrator("goes on", function* (ctx, round: number) {
        yield* ctx.waitForExternalEvent("Next");
        if (round > 0) ctx.continueAsNew(round - 1, { preserveUnprocessedEvents });
      });
      const stage = await Stage.open([definition]);
      await stage.start(definition, 1);
      await stage.client.raiseOrchestrationEvent("one", "Early", 1);
      await stage.rest();
      const history = await stage.history();
      const before = await replayHistory(definition, history);
      expect(before).toMatchObject({ ok: true, unprocessedEvents: [{ type: "EventRaised", name: "Early" }] });
      expect(before).not.toHaveProperty("continuedAsNew");
      const turn = { timestamp: history.at(-1)?.timestamp ?? 0 };
      const n = history.length;
      const end: HistoryEvent[] = [
        { ...turn, eventId: n + 1, type: "OrchestratorStarted" },
        { ...turn, eventId: n + 2, type: "EventRaised", name: "next", messageId: "m" },
        { ...turn, eventId: n + 3, type: "ContinueAsNew", newExecutionId: "next", input: "0" },
        { ...turn, eventId: n + 4, type: "OrchestratorCompleted" },
      ];
      const after = await replayHistory(definition, [...history, ...end]);
      expect(after).toMatchObject({
        ok: true,
        unprocessedEvents: [{ name: "Early" }],
        continuedAsNew: { input: "0", preservesUnprocessedEvents: preserveUnprocessedEvents },
      });
    }
  });

  it("gives the failure of an orchestration that failed, and the end of one that was terminated", async () => {
    const definition = orchestrator("ends", function* (ctx) {
      yield* ctx.waitForExternalEvent("x");
      yield* ctx.callActivity(fail, "no");
    });
    for (const how of ["fail", "terminate"]) {
      const stage = await Stage.open([definition, fail]);
      await stage.start(definition);
      await stage.idle();
      if (how === "fail") await stage.client.raiseOrchestrationEvent("one", "x");
      else await stage.client.terminateOrchestration("one", "enough");
      await stage.rest();
      expect(await replayHistory(definition, await stage.history())).toMatchObject(
        how === "fail"
          ? { ok: true, runtimeStatus: "Failed", failure: { errorType: "TaskFailedError" } }
          : { ok: true, runtimeStatus: "Terminated", output: '"enough"' },
      );
    }
  });

  it("replays an execution that was terminated before it began, without running its code", async () => {
    const definition = orchestrator("never", () => {
      throw new Error("this must not run");
    });
    const stage = await Stage.open([definition]);
    await stage.start(definition);
    await stage.client.terminateOrchestration("one");
    await stage.rest();
    expect(await replayHistory(definition, await stage.history())).toMatchObject({
      ok: true,
      runtimeStatus: "Terminated",
    });
  });

  it("replays an execution that continued as new, as running", async () => {
    const definition = orchestrator("goes-on", (ctx: OrchestrationContext, n: number) => {
      ctx.continueAsNew(n + 1);
    });
    const stage = await Stage.open([definition], { keepHistory: true });
    await stage.start(definition, 0);
    await stage.hub.runUntilIdle({ maxTurns: 1 });
    const [first] = stage.store.archivedHistories("one");
    expect(await replayHistory(definition, first!.events)).toMatchObject({ ok: true, runtimeStatus: "Running" });
  });

  it.each([
    ["at its start", 1, 0],
    ["later", 2, 1],
  ])("replays an instance that the engine ended %s, up to that end", async (_when, turnsOfCode, _n) => {
    const stage = await Stage.open(turnsOfCode === 1 ? [] : [play, echo]);
    await stage.start(play, 1);
    await stage.hub.runUntilIdle({ maxTurns: turnsOfCode });
    const without = await Stage.open([], { store: stage.store, clock: stage.clock });
    if (turnsOfCode > 1) await stage.client.raiseOrchestrationEvent("one", "encore", 1);
    await without.rest();
    const history = await without.history();
    expect(await replayHistory(play, history)).toMatchObject({
      ok: true,
      runtimeStatus: "Failed",
      failure: { code: "ORCHESTRATOR_NOT_REGISTERED" },
      openTasks: [],
    });
  });

  it("runs no activity and logs nothing", async () => {
    let runs = 0;
    const counted = activity("counted", () => ++runs);
    const definition = orchestrator("quiet", function* (ctx) {
      ctx.log.info("line");
      yield* ctx.callActivity(counted);
    });
    const stage = await Stage.open([definition, counted]);
    await stage.start(definition);
    await stage.rest();
    await replayHistory(definition, await stage.history());
    expect([runs, stage.lines.length]).toEqual([1, 1]);
  });

  it("keeps to the limit on payloads that the hub had", async () => {
    const definition = orchestrator("limits", function* (ctx) {
      try {
        yield* ctx.callActivity(echo, "x".repeat(200));
      } catch {
        yield* ctx.callActivity(echo, "small");
      }
    });
    const stage = await Stage.open([definition, echo], { payloadBytesMax: 100 });
    await stage.start(definition);
    await stage.rest();
    const history = await stage.history();
    expect(await replayHistory(definition, history, { payloadBytesMax: 100 })).toMatchObject({ ok: true });
  });

  it("takes payloads as large as the history holds, where the hub allowed more than is usual", async () => {
    const large = orchestrator("large", function* (ctx) {
      return yield* ctx.callActivity(echo, "x".repeat(5 * 1024 * 1024));
    });
    const stage = await Stage.open([large, echo], { payloadBytesMax: 6 * 1024 * 1024 });
    await stage.start(large);
    await stage.rest();
    expect(await replayHistory(large, await stage.history())).toMatchObject({ ok: true, runtimeStatus: "Completed" });
  });
});

describe("what replays a history", () => {
  it.each<[string, unknown]>([
    ["a number", 5],
    ["nothing", undefined],
    ["null", null],
    ["a name", "play"],
    ["a function", play.handler],
    ["an object without a handler", {}],
    ["an activity", echo],
  ])("is an orchestrator, not %s", async (_what, definition) => {
    const { history } = await recorded();
    const replayed = replayHistory(definition as typeof play, history);
    await expect(replayed).rejects.toThrow(InvalidArgumentError);
    await expect(replayed).rejects.toThrow("replayHistory() was given no orchestrator");
  });

  it("is the orchestrator that the history names, or a bare handler", async () => {
    const { history } = await recorded();
    const renamed = orchestrator("encore", play.handler as () => unknown);
    const replayed = replayHistory(renamed, history);
    await expect(replayed).rejects.toThrow(InvalidArgumentError);
    await expect(replayed).rejects.toThrow('The history is one of orchestrator "play", not of "encore".');
    expect(await replayHistory({ handler: renamed.handler }, history)).toMatchObject({ ok: true });
  });
});

describe("a malformed history is refused, and the entry named, counted from 1 as event ids are", () => {
  type Change = (events: Record<string, unknown>[]) => unknown;

  const set =
    (index: number, changes: Record<string, unknown>): Change =>
    (events) =>
      events.map((event, at) => (at === index ? { ...event, ...changes } : event));
  /** Inserts an event and numbers all anew. */
  const insert =
    (index: number, event: Record<string, unknown>): Change =>
    (events) =>
      renumbered([...events.slice(0, index), { timestamp: events[0]!["timestamp"], ...event }, ...events.slice(index)]);
  const remove =
    (index: number): Change =>
    (events) =>
      renumbered(events.filter((_event, at) => at !== index));
  const renumbered = (events: Record<string, unknown>[]): unknown =>
    events.map((event, index) => ({ ...event, eventId: index + 1 }));

  // By index: 0 OrchestratorStarted, 1 ExecutionStarted, 2 TaskScheduled 1, 3 OrchestratorCompleted, 4 OrchestratorStarted,
  // 5 TaskCompleted 1, 6 TimerCreated 2, 7 TaskScheduled 3, 8 OrchestratorCompleted
  const broken: readonly (readonly [string, Change, string])[] = [
    ["no array", () => ({}), "not an array"],
    ["nothing", () => null, "not an array"],
    ["no events", () => [], "is empty"],
    ["an event that is a text", (events) => ["x", ...events], "entry 1 (of 10) is not an object"],
    ["an event that is null", (events) => [...events, null], "entry 10 (of 10) is not an object"],
    ["an unknown type", set(2, { type: "TaskStarted" }), 'entry 3 (of 9) has the unknown type "TaskStarted"'],
    ["a type out of Object's own names", set(2, { type: "toString" }), 'unknown type "toString"'],
    [
      "a gap in the ids",
      set(2, { eventId: 9 }),
      "entry 3 (of 9) (TaskScheduled) has the eventId 9 where 3 must follow",
    ],
    ["a text as an id", set(2, { eventId: "3" }), 'has the eventId "3" where 3'],
    ["no timestamp", set(4, { timestamp: undefined }), "entry 5 (of 9) (OrchestratorStarted) has no timestamp"],
    ["a timestamp that is NaN", set(4, { timestamp: NaN }), "has no timestamp"],
    ["a time that goes back", set(4, { timestamp: 0 }), "entry 5 (of 9) (OrchestratorStarted) has a timestamp before"],
    [
      "a task without its id",
      set(2, { taskId: undefined }),
      "entry 3 (of 9) (TaskScheduled) has undefined as its taskId",
    ],
    ["a task id that is a fraction", set(2, { taskId: 0.5 }), "has 0.5 as its taskId"],
    ["a task without a name", set(2, { name: 7 }), "has 7 as its name"],
    ["an input that is no JSON", set(1, { input: "{" }), 'entry 2 (of 9) (ExecutionStarted) has "{" as its input'],
    ["a result that is no text", set(5, { result: 1 }), "entry 6 (of 9) (TaskCompleted) has 1 as its result"],
    ["a result that is no JSON", set(5, { result: "nope" }), 'has "nope" as its result'],
    [
      "a failure that is none",
      set(5, { type: "TaskFailed", failure: { errorType: "Error" } }),
      'entry 6 (of 9) (TaskFailed) has {"errorType":"Error"} as its failure',
    ],
    [
      "a failure with broken members",
      set(5, { type: "TaskFailed", failure: { errorType: "E", errorMessage: "m", innerFailures: [1] } }),
      "as its failure",
    ],
    ["no start", remove(1), "entry 2 (of 8) (TaskScheduled) stands where ExecutionStarted must"],
    ["only a bracket", (events) => events.slice(0, 1), "has no ExecutionStarted"],
    ["no opening bracket", remove(0), "entry 1 (of 8) (ExecutionStarted) stands outside a turn"],
    ["a turn in a turn", remove(3), "entry 4 (of 8) (OrchestratorStarted) opens a turn inside another"],
    ["an event between turns", remove(4), "entry 5 (of 8) (TaskCompleted) stands outside a turn"],
    [
      "a second start",
      insert(5, { type: "ExecutionStarted", name: "play", instanceId: "one", executionId: "e" }),
      "entry 6 (of 10) (ExecutionStarted) is the second",
    ],
    [
      "an event after a decision",
      insert(7, { type: "EventRaised", name: "x", messageId: "m" }),
      "entry 8 (of 10) (EventRaised) follows a decision",
    ],
    ["a task id twice", set(7, { taskId: 2 }), "entry 8 (of 9) (TaskScheduled) uses the task id 2 again"],
    ["an answer to nobody", set(5, { taskId: 7 }), "entry 6 (of 9) (TaskCompleted) answers the task 7"],
    ["a timer that answers an activity", set(5, { type: "TimerFired" }), "(TimerFired) answers the task 1"],
    [
      "an answer twice",
      insert(6, { type: "TaskCompleted", taskId: 1, messageId: "m" }),
      "entry 7 (of 10) (TaskCompleted) answers the task 1",
    ],
    [
      "something after the end",
      insert(3, { type: "ExecutionCompleted", runtimeStatus: "Completed" }),
      "entry 6 (of 10) (OrchestratorStarted) follows the end",
    ],
    [
      "a decision after the end",
      insert(2, { type: "ExecutionCompleted", runtimeStatus: "Completed" }),
      "entry 4 (of 10) (TaskScheduled) follows the end",
    ],
  ];

  it.each(broken)("%s", async (_what, change, message) => {
    const { history } = await recorded();
    const events = JSON.parse(JSON.stringify(history)) as Record<string, unknown>[];
    expect(events).toHaveLength(9);
    const changed = change(events);
    const replayed = replayHistory(play, changed as readonly HistoryEvent[]);
    await expect(replayed).rejects.toThrow(InvalidHistoryError);
    await expect(replayed).rejects.toThrow(message);
  });

  it("a text that is no JSON", async () => {
    const replayed = replayHistory(play, "{");
    await expect(replayed).rejects.toThrow(InvalidHistoryError);
    await expect(replayed).rejects.toThrow("Pass what client.getOrchestrationHistory() gave");
    await expect(replayHistory(play, "7")).rejects.toThrow("not an array");
  });

  it("but not one whose last turn is cut off: replay goes as far as it goes", async () => {
    const { history } = await recorded();
    expect(await replayHistory(play, history.slice(0, 3))).toMatchObject({ ok: true, runtimeStatus: "Running" });
  });
});
