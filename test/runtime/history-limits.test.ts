/**
 * Laws of the length of histories: a warning once, then the end; what ends by itself in time is left alone.
 */
import { describe, expect, it } from "vitest";
import { activity, entity, EntityInstanceId, orchestrator, type TaskHubOptions } from "dacapo";
import { memory } from "dacapo/memory";
import { replayHistory } from "dacapo/replay";
import { echo, Stage } from "./stage.ts";

const chain = orchestrator("chain", function* (ctx, steps: number) {
  for (let n = 0; n < steps; n++) yield* ctx.callActivity(echo, n);
  return steps;
});

/** A step is four events; the first turn and the last add one each. */
const eventsOf = (steps: number): number => 4 * steps + 4;

async function after(steps: number, history: NonNullable<TaskHubOptions["history"]>): Promise<Stage> {
  const stage = await Stage.open([chain, echo], { history });
  await stage.start(chain, steps);
  await stage.rest();
  return stage;
}

const warnings = (stage: Stage) => stage.lines.filter(({ level }) => level === "warn");

describe("a history", () => {
  it("that stays below both limits is nobody's business", async () => {
    const stage = await after(5, { warnEvents: 100, maxEvents: 200 });
    expect(await stage.client.getOrchestrationHistory("one")).toHaveLength(eventsOf(5));
    expect(warnings(stage)).toEqual([]);
    expect(stage.hub.counters()["histories.long"]).toBeUndefined();
  });

  it("that gets long is warned of once, with its length and the limits", async () => {
    const stage = await after(20, { warnEvents: 30, maxEvents: 1000 });
    expect((await stage.state()).output).toBe(20);
    expect(warnings(stage)).toEqual([
      {
        level: "warn",
        message: "The history of an orchestration gets long: let it continue as new before it fails.",
        fields: { instanceId: "one", events: 32, warnEvents: 30, maxEvents: 1000 },
      },
    ]);
    expect(stage.hub.counters()["histories.long"]).toBe(1);
  });

  it("that would get longer than the limit fails its instance, and the turn is not written", async () => {
    const stage = await after(50, { maxEvents: 50 });
    const { runtimeStatus, failureDetails } = await stage.state();
    expect(runtimeStatus).toBe("Failed");
    expect(failureDetails).toMatchObject({ errorType: "HistoryTooLongError", code: "HISTORY_TOO_LONG" });
    expect(failureDetails?.errorMessage).toContain("would have 52 events; the limit is 50. Call ctx.continueAsNew()");
    const history = await stage.client.getOrchestrationHistory("one");
    expect(history.length).toBeLessThanOrEqual(52);
    expect(history.slice(-3).map(({ type }) => type)).toEqual([
      "OrchestratorStarted",
      "ExecutionCompleted",
      "OrchestratorCompleted",
    ]);
    expect(stage.store.activities().next().done).toBe(true);
  });

  it("that ends with its last turn may be as long as it is", async () => {
    const stage = await after(5, { maxEvents: 20 });
    expect(await stage.client.getOrchestrationHistory("one")).toHaveLength(eventsOf(5));
    expect((await stage.state()).output).toBe(5);
  });

  it("of each execution counts by itself", async () => {
    const eternal = orchestrator("eternal", function* (ctx, round: number) {
      for (let n = 0; n < 5; n++) yield* ctx.callActivity(echo, n);
      if (round === 20) return round;
      ctx.continueAsNew(round + 1);
      return undefined;
    });
    const stage = await Stage.open([eternal, echo], { history: { warnEvents: 24, maxEvents: 24 } });
    await stage.start(eternal, 1);
    await stage.rest();
    expect((await stage.state()).output).toBe(20);
    expect(warnings(stage)).toEqual([]);
  });

  it("that is too long for a worker that starts anew fails there too, and lets go of its locks", async () => {
    const box = entity("box", (ctx) => ctx.getState(0));
    const holds = orchestrator("holds", function* (ctx) {
      yield* ctx.entities.lockEntities([new EntityInstanceId("box", "one")]);
      for (let n = 0; ; n++) yield* ctx.callActivity(echo, n);
    });
    const stage = await Stage.open([holds, box, echo], {
      history: { maxEvents: 40 },
      worker: { maxWarmOrchestrations: 0 },
    });
    await stage.start(holds);
    await stage.rest();
    expect((await stage.state()).failureDetails?.code).toBe("HISTORY_TOO_LONG");
    expect((await stage.client.getEntity(new EntityInstanceId("box", "one")))?.lockedBy).toBeUndefined();
  });

  // The simulator found it: planted bug X203.
  it("is held to the limit in the turn that goes on after a rewind, too", async () => {
    const stage = await after(50, { maxEvents: 50 });
    const before = await stage.client.getOrchestrationHistory("one");
    await stage.client.rewindInstance("one", "once more");
    await stage.idle();
    expect((await stage.state()).failureDetails?.code).toBe("HISTORY_TOO_LONG");
    // At once, and nothing was taken back: with a higher limit, the next rewind goes on from here.
    const history = await stage.client.getOrchestrationHistory("one");
    expect(history.map(({ type }) => type)).toEqual([
      ...before.slice(0, -3).map(({ type }) => type),
      ...["OrchestratorStarted", "ExecutionRewound", "ExecutionCompleted", "OrchestratorCompleted"],
    ]);
    const wider = await Stage.open([chain, echo], {
      store: stage.store,
      clock: stage.clock,
      history: { maxEvents: 500 },
    });
    await wider.client.rewindInstance("one", "with a higher limit");
    await wider.rest();
    expect((await wider.state()).output).toBe(50);
  });

  it("that was cut off replays without a difference", async () => {
    const stage = await after(50, { maxEvents: 50 });
    const history = await stage.client.getOrchestrationHistory("one");
    expect(await replayHistory(chain, history, { strict: true })).toMatchObject({ ok: true, runtimeStatus: "Failed" });
  });

  it("tells its parent of the failure", async () => {
    const parent = orchestrator("parent", function* (ctx) {
      try {
        return yield* ctx.callSubOrchestrator(chain, 50);
      } catch (error) {
        return (error as Error).message;
      }
    });
    const stage = await Stage.open([parent, chain, echo], { history: { maxEvents: 50 } });
    await stage.start(parent);
    await stage.rest();
    expect((await stage.state()).output).toContain("HistoryTooLongError");
  });

  it.each([
    [{ maxEvents: 0 }, "history.maxEvents is 0"],
    [{ warnEvents: 1.5 }, "history.warnEvents is 1.5"],
    [{ warnEvents: 20, maxEvents: 10 }, "history.warnEvents is 20, more than history.maxEvents"],
    [7, "history is no object"],
  ])("has limits that make sense, unlike %j", async (history, message) => {
    const options = { backend: memory(), history: history as never };
    await expect(Stage.open([activity("none", () => 1)], options)).rejects.toThrow(message);
  });
});
