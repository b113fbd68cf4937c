/**
 * Laws of a store that fails: what has no answer is asked again under the same request id, what cannot be done is
 * given back, and an engine bug stops the worker.
 */
import { describe, expect, it } from "vitest";
import { activity, InvariantError, orchestrator, StorageError } from "dacapo";
import type { ActivityCommit, Backend, TurnCommit } from "dacapo/backend";
import { memory, MemoryStore } from "dacapo/memory";
import { FaultyBackend, spoilFirst } from "./faulty-backend.ts";
import type { Spoil } from "./faulty-backend.ts";
import { echo, hop, Stage } from "./stage.ts";
import type { StageOptions } from "./stage.ts";

const chain = orchestrator("chain", function* (ctx) {
  const first = yield* ctx.callActivity(echo, 1);
  return [first, yield* ctx.callActivity(echo, 2)];
});

async function faultyStage(
  options: StageOptions = {},
  register = [chain, echo] as Parameters<typeof Stage.open>[0],
): Promise<{ stage: Stage; faulty: FaultyBackend }> {
  const store = new MemoryStore();
  const faulty = new FaultyBackend();
  const stage = await Stage.open(register, { ...options, store, backend: faulty.around(memory({ store })) });
  return { stage, faulty };
}

const requestIds = (faulty: FaultyBackend, method: keyof Backend): readonly string[] =>
  faulty.of(method).map(({ argument }) => (argument as { readonly requestId: string }).requestId);

describe("a completion without an answer", () => {
  it.each<["completeOrchestration" | "completeActivity", Exclude<Spoil, undefined>]>([
    ["completeOrchestration", "before"],
    ["completeOrchestration", "after"],
    ["completeActivity", "before"],
  ])("of %s, spoilt %s it was done, is asked again under the same request id", async (method, how) => {
    const { stage, faulty } = await faultyStage();
    faulty.spoiler = spoilFirst(method, 2, how);
    await stage.start(chain);
    await stage.whileTimePasses(stage.idle());
    expect(await stage.output()).toEqual([1, 2]);
    const ids = requestIds(faulty, method);
    expect([ids[0], ids[1]]).toEqual([ids[1], ids[2]]);
    expect(new Set(ids).size).toBe(ids.length - 2);
    expect(stage.hub.counters()["items.abandoned{kind=orchestration,reason=StorageError}"]).toBeUndefined();
  });

  it("of an activity that was answered already does no harm", async () => {
    const { stage, faulty } = await faultyStage();
    faulty.spoiler = spoilFirst("completeActivity", 1, "after");
    await stage.start(chain);
    await stage.whileTimePasses(stage.idle());
    expect(await stage.output()).toEqual([1, 2]);
    expect((await stage.history()).filter(({ type }) => type === "TaskCompleted")).toHaveLength(2);
  });

  it("that stays without one is given back, and the turn is run again from the history", async () => {
    const { stage, faulty } = await faultyStage();
    await stage.start(chain);
    await stage.hub.runUntilIdle({ maxTurns: 1 });
    faulty.spoiler = spoilFirst("completeOrchestration", 3, "before");
    await stage.whileTimePasses(stage.rest());
    expect(await stage.output()).toEqual([1, 2]);
    const counters = stage.hub.counters();
    expect(counters["items.abandoned{kind=orchestration,reason=StorageError}"]).toBe(1);
    // The execution of the failed turn was dropped, so that one turn replays.
    expect(counters["turns.replayed"]).toBe(1);
  });

  it("that was done after all is recognised by the next delivery: nothing is decided twice", async () => {
    const { stage, faulty } = await faultyStage();
    faulty.spoiler = spoilFirst("completeOrchestration", 3, "after");
    await stage.start(chain);
    await stage.whileTimePasses(stage.rest());
    expect(await stage.output()).toEqual([1, 2]);
    expect((await stage.history()).filter(({ type }) => type === "TaskScheduled")).toHaveLength(2);
  });
});

describe("a work item that cannot be done now", () => {
  it("is given back, each time for twice as long, for half a minute at most", async () => {
    const { stage, faulty } = await faultyStage({ worker: { maxDeliveryCount: 100, maxWarmOrchestrations: 0 } });
    await stage.start(chain);
    await stage.hub.runUntilIdle({ maxTurns: 1 });
    faulty.spoiler = ({ method }) => (method === "readHistory" ? "before" : undefined);
    await stage.idle();
    for (let i = 0; i < 12; i++) {
      const { nextDueTime } = await stage.idle();
      stage.clock.advance(nextDueTime!.getTime() - stage.clock.now());
    }
    const delays = faulty.of("abandonOrchestration").map(({ argument }) => (argument as { delayMs: number }).delayMs);
    expect(delays.slice(0, 12)).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000, 30_000]);
    faulty.spoiler = () => undefined;
    await stage.rest();
    expect(await stage.output()).toEqual([1, 2]);
  });

  it("comes back by itself when it cannot even be given back: its lock expires", async () => {
    const { stage, faulty } = await faultyStage({ worker: { maxWarmOrchestrations: 0 } });
    await stage.start(chain);
    await stage.hub.runUntilIdle({ maxTurns: 1 });
    const spoilt = [spoilFirst("readHistory", 1, "before"), spoilFirst("abandonOrchestration", 1, "before")];
    faulty.spoiler = (call) => spoilt.map((spoil) => spoil(call)).find((spoil) => spoil !== undefined);
    await stage.rest();
    expect(await stage.output()).toEqual([1, 2]);
    expect(stage.clock.now()).toBe(Date.UTC(2026, 0, 1) + 30_000);
  });
});

describe("a store that cannot be reached", () => {
  it("is asked again and again, ever more rarely, by a hub that runs by itself", async () => {
    const { stage, faulty } = await faultyStage();
    faulty.spoiler = spoilFirst("fetchOrchestrations", 4, "before");
    const times: number[] = [];
    const { spoiler } = faulty;
    faulty.spoiler = (call) => {
      if (call.method === "fetchOrchestrations") times.push(stage.clock.now() - Date.UTC(2026, 0, 1));
      return spoiler(call);
    };
    await stage.start(chain);
    await stage.hub.start();
    const done = stage.client.waitForOrchestrationCompletion("one");
    expect((await stage.whileTimePasses(done)).output).toEqual([1, 2]);
    const gaps = times.slice(1, 5).map((time, index) => time - times[index]!);
    for (const [index, gap] of gaps.entries()) expect(gap).toBeGreaterThanOrEqual(100 * 2 ** index);
    await stage.whileTimePasses(stage.close());
  });

  it("is told to the caller of runUntilIdle", async () => {
    const { stage, faulty } = await faultyStage();
    faulty.spoiler = spoilFirst("fetchOrchestrations", 1, "before");
    await expect(stage.idle()).rejects.toThrow(StorageError);
  });

  it("lets a hub be opened once it is back", async () => {
    const faulty = new FaultyBackend();
    faulty.spoiler = spoilFirst("open", 1, "before");
    const store = new MemoryStore();
    const backend = faulty.around(memory({ store }));
    const listeners = process.listenerCount("unhandledRejection");
    await expect(Stage.open([chain, echo], { store, backend })).rejects.toThrow(StorageError);
    expect(process.listenerCount("unhandledRejection")).toBe(listeners);
    const stage = await Stage.open([chain, echo], { store, backend });
    await stage.start(chain);
    await stage.rest();
    expect(await stage.output()).toEqual([1, 2]);
  });
});

describe("an engine bug", () => {
  it("is told to onFatal, and the worker takes no more work", async () => {
    const fatal: InvariantError[] = [];
    const { stage, faulty } = await faultyStage({ system: { onFatal: (error) => fatal.push(error) } });
    faulty.spoiler = spoilFirst("completeOrchestration", 1, new InvariantError("one is one"));
    await stage.hub.start();
    await stage.start(chain);
    while (fatal.length === 0) await hop();
    for (let i = 0; i < 10; i++) await hop();
    stage.advance({ hours: 1 });
    for (let i = 0; i < 10; i++) await hop();
    expect(fatal).toHaveLength(1);
    expect((await stage.state()).runtimeStatus).toBe("Pending");
    await stage.close();
  });

  it("inside an async orchestrator is not taken for the user's failure", async () => {
    const fatal: InvariantError[] = [];
    const definition = orchestrator("buggy", async (ctx) => {
      await ctx.callActivity(echo, 1);
      throw new InvariantError("one is one");
    });
    const { stage } = await faultyStage({ system: { onFatal: (error) => fatal.push(error) } }, [definition, echo]);
    await stage.start(definition);
    await stage.idle();
    expect(fatal.map(({ message }) => message)).toEqual([expect.stringContaining("one is one")]);
    expect((await stage.state()).runtimeStatus).toBe("Running");
  });
});

describe("a poison message", () => {
  it("fails the instance that never finishes a turn, after so many deliveries", async () => {
    const { stage, faulty } = await faultyStage({ worker: { maxDeliveryCount: 3 } });
    faulty.spoiler = ({ method, argument }) => {
      if (method !== "completeOrchestration") return undefined;
      return (argument as TurnCommit).status.runtimeStatus !== "Failed"
        ? new Error("the worker dies of it")
        : undefined;
    };
    await stage.start(chain);
    await stage.rest();
    const { runtimeStatus, failureDetails } = await stage.state();
    expect(runtimeStatus).toBe("Failed");
    expect(failureDetails).toMatchObject({ errorType: "PoisonMessageError", code: "POISON_MESSAGE" });
    expect(failureDetails?.errorMessage).toContain("was handed to workers 3 times without finishing a turn");
    expect(stage.hub.counters()["items.poisoned{kind=orchestration}"]).toBe(1);
    expect(await stage.idle()).toEqual({ nextDueTime: undefined, pending: 0 });
  });

  it("fails the activity that never finishes, at its call, without retries", async () => {
    let runs = 0;
    const deadly = activity("deadly", () => {
      runs += 1;
    });
    const careful = orchestrator("careful", function* (ctx) {
      try {
        const retry = { maxNumberOfAttempts: 9, firstRetryInterval: { seconds: 1 } };
        yield* ctx.callActivity(deadly, undefined, { retry });
      } catch (error) {
        return (error as { details: unknown }).details;
      }
      return "survived";
    });
    const { stage, faulty } = await faultyStage({ worker: { maxDeliveryCount: 4 } }, [careful, deadly]);
    faulty.spoiler = ({ method, argument }) => {
      if (method !== "completeActivity") return undefined;
      return (argument as ActivityCommit).message.body.type === "TaskCompleted"
        ? new Error("the worker dies of it")
        : undefined;
    };
    await stage.start(careful);
    await stage.rest();
    expect(await stage.output()).toMatchObject({ code: "POISON_MESSAGE", isNonRetriable: true });
    expect(runs).toBe(4);
    expect(stage.hub.counters()["items.poisoned{kind=activity}"]).toBe(1);
  });

  it("is not what a turn that succeeds at last is: the count begins anew", async () => {
    const { stage, faulty } = await faultyStage({ worker: { maxDeliveryCount: 3 } });
    await stage.start(chain);
    for (let turn = 0; turn < 3; turn++) {
      faulty.spoiler = spoilFirst("completeOrchestration", 2, new Error("not now"));
      await stage.rest();
    }
    expect(await stage.output()).toEqual([1, 2]);
  });
});
