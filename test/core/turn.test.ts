/**
 * Laws of the turn by itself: a function of a history, messages and code, with time and ids as data.
 */
import { describe, expect, it } from "vitest";
import type { OrchestratorDefinition } from "dacapo";
import { orchestrator } from "dacapo";
import type { ExecutionStart, InstanceMessage } from "dacapo/backend";
import { systemSettler } from "dacapo/backend";
import { Execution } from "../../src/core/execution.ts";
import { Payloads } from "../../src/core/data-converter.ts";
import type { TurnInput, TurnResult } from "../../src/core/turn.ts";
import { failedTurn, runTurn } from "../../src/core/turn.ts";
import { NonDeterminismError } from "dacapo/replay";

const start: ExecutionStart = {
  event: { type: "ExecutionStarted", name: "play", instanceId: "one", executionId: "e" },
  carriedEvents: [],
};

/** One execution, and its turns one after the other. */
class Turns {
  readonly #execution: Execution;

  constructor({ handler }: OrchestratorDefinition) {
    this.#execution = new Execution({
      instanceId: "one",
      executionId: "e",
      handler,
      payloads: new Payloads(1000),
      log: () => undefined,
      run: (_owner, step) => step(),
    });
  }

  async run(now: number, ...messages: InstanceMessage[]): Promise<TurnResult> {
    const input: TurnInput = {
      start,
      runtimeStatus: "Running",
      messages,
      now,
      redeliveryHorizonMs: 1000,
      incarnation: "i",
      createdAt: 0,
    };
    const result = await runTurn(this.#execution, input, () => systemSettler.settle());
    if (result instanceof NonDeterminismError) throw result;
    return result;
  }
}

const event = (id: string, name = "x"): InstanceMessage => ({
  messageId: id,
  instanceId: "one",
  body: { type: "EventRaised", name },
});

const times = orchestrator("play", function* (ctx) {
  for (;;) {
    ctx.setCustomStatus(ctx.currentUtcDateTime.getTime());
    yield* ctx.waitForExternalEvent("x");
  }
});

describe("a turn's time", () => {
  it("is the hub's, and not before that of the turn before it", async () => {
    const turns = new Turns(times);
    const seen = [await turns.run(100), await turns.run(50, event("a")), await turns.run(200, event("b"))];
    expect(seen.map(({ time }) => time)).toEqual([100, 100, 200]);
    expect(seen.map(({ customStatus }) => customStatus)).toEqual(["100", "100", "200"]);
  });

  it("is not before a timer that fires in it", async () => {
    const turns = new Turns(orchestrator("play", (ctx) => ctx.createTimer({ milliseconds: 500 })));
    const { timers } = await turns.run(100);
    expect(timers).toMatchObject([{ messageId: "e:1", dueTime: 600, body: { taskId: 1, fireAt: 600 } }]);
    const { dueTime: _dueTime, ...fired } = timers[0]!;
    expect(await turns.run(599, fired)).toMatchObject({ time: 600, runtimeStatus: "Completed" });
  });

  it("is not moved by a turn that records nothing", async () => {
    const turns = new Turns(times);
    await turns.run(100, event("a"));
    expect(await turns.run(900, event("a"))).toMatchObject({
      time: undefined,
      events: [],
      consumed: ["a"],
      dropped: [{ messageId: "a", type: "EventRaised", reason: "duplicate" }],
    });
    expect(await turns.run(200, event("b"))).toMatchObject({ time: 200 });
  });
});

describe("a turn's result", () => {
  it("numbers its events after those before, all at the turn's time, between two brackets", async () => {
    const turns = new Turns(times);
    await turns.run(100);
    const { events } = await turns.run(200, event("a"), event("b"));
    expect(events.map(({ eventId, type, timestamp }) => [eventId, type, timestamp])).toEqual([
      [4, "OrchestratorStarted", 200],
      [5, "EventRaised", 200],
      [6, "EventRaised", 200],
      [7, "OrchestratorCompleted", 200],
    ]);
  });

  it("sends no timer that its own turn cancels, and names those of earlier turns that it cancels", async () => {
    const turns = new Turns(
      orchestrator("play", function* (ctx) {
        const [kept, dropped] = [ctx.createTimer({ seconds: 1 }), ctx.createTimer({ seconds: 2 })];
        dropped.cancel();
        yield* ctx.waitForExternalEvent("x");
        kept.cancel();
        yield* ctx.waitForExternalEvent("x");
      }),
    );
    expect((await turns.run(0)).timers.map(({ messageId }) => messageId)).toEqual(["e:1"]);
    expect((await turns.run(0, event("a"))).cancelledTimers).toEqual(["e:1"]);
  });

  it("leaves in the queue what comes after continue-as-new, and answers for what it consumes", async () => {
    const turns = new Turns(
      orchestrator("play", function* (ctx) {
        yield* ctx.waitForExternalEvent("x");
        ctx.continueAsNew();
      }),
    );
    const stray: InstanceMessage = { ...event("t"), executionId: "e", body: { type: "TaskCompleted", taskId: 1 } };
    const result = await turns.run(0, event("y", "y"), event("a"), event("b"), stray);
    expect(result.consumed).toEqual(["y", "a", "t"]);
    expect(result.dropped).toEqual([{ messageId: "t", type: "TaskCompleted", reason: "stale-execution" }]);
    expect(result.next?.carriedEvents).toEqual([{ type: "EventRaised", name: "y", messageId: "y" }]);
    expect(result.next?.event.seenMessages?.map(({ messageId }) => messageId)).toEqual(["y", "a"]);
  });

  it("names the next execution the same, however often the turn is run", async () => {
    const again = orchestrator("play", (ctx) => {
      ctx.continueAsNew();
    });
    const [first, second] = [await new Turns(again).run(0), await new Turns(again).run(5)];
    expect(first.next?.event.executionId).toBe(second.next?.event.executionId);
    expect(first.next?.event.executionId).not.toBe("e");
  });
});

describe("a turn that the engine fails", () => {
  it("adds its failure to the history, and nothing to an instance that has ended", () => {
    const input: TurnInput = {
      start,
      runtimeStatus: "Running",
      messages: [event("a")],
      now: 5,
      redeliveryHorizonMs: 1,
      incarnation: "i",
      createdAt: 0,
    };
    const failure = { errorType: "Error", errorMessage: "no" };
    const failed = failedTurn({ history: [], lastEventId: 7, lastTurnTime: 9 }, input, failure);
    expect(failed).toMatchObject({ time: 9, runtimeStatus: "Failed", failure, consumed: ["a"], dropped: [] });
    expect(failed.events.map(({ eventId, type }) => [eventId, type])).toEqual([
      [8, "OrchestratorStarted"],
      [9, "EventRaised"],
      [10, "ExecutionCompleted"],
      [11, "OrchestratorCompleted"],
    ]);
    const ended = { ...input, runtimeStatus: "Completed" } as const;
    expect(failedTurn({ history: [], lastEventId: 7, lastTurnTime: 9 }, ended, failure)).toMatchObject({
      time: undefined,
      events: [],
      runtimeStatus: "Completed",
      dropped: [{ reason: "instance-terminal" }],
    });
  });
});
