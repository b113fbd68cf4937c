/**
 * Laws of leases: renewed while work runs, given up when they are lost, and never the ground for a second result.
 */
import { describe, expect, it } from "vitest";
import type { ActivityContext } from "dacapo";
import { activity, LeaseLostError, orchestrator } from "dacapo";
import { memory, MemoryStore } from "dacapo/memory";
import { ManualClock } from "dacapo/testing";
import type { Leased } from "../../src/runtime/lease-keeper.ts";
import { LeaseKeeper } from "../../src/runtime/lease-keeper.ts";
import { FaultyBackend } from "./faulty-backend.ts";
import { hop, Stage } from "./stage.ts";

/** An activity that tells when it runs, and ends when it is told to. */
function held() {
  const runs: { readonly ctx: ActivityContext; readonly end: (value: unknown) => void }[] = [];
  const definition = activity(
    "held",
    (ctx) =>
      new Promise((resolve) => {
        runs.push({ ctx, end: resolve });
      }),
  );
  return { definition, runs };
}

const calls = orchestrator("calls", function* (ctx) {
  return yield* ctx.callActivity("held");
});

describe("a lease", () => {
  it("is renewed while an activity runs, however long that is", async () => {
    const { definition, runs } = held();
    const store = new MemoryStore();
    const faulty = new FaultyBackend();
    const stage = await Stage.open([calls, definition], { store, backend: faulty.around(memory({ store })) });
    await stage.start(calls);
    const working = stage.idle();
    while (runs.length === 0) await hop();
    for (let seconds = 0; seconds < 300; seconds += 10) {
      stage.advance({ seconds: 10 });
      await hop();
    }
    expect(faulty.of("renewActivity").length).toBeGreaterThanOrEqual(10);
    expect(store.locks()).toHaveLength(1);
    runs[0]!.end("after five minutes");
    await working;
    expect([await stage.output(), runs.length, runs[0]!.ctx.signal.aborted]).toEqual(["after five minutes", 1, false]);
  });

  it("that is taken right after the worker stood still counts from then, and is not given up", async () => {
    // Found by the simulator (worker-paused): a new lease was dated back to the last round of renewals.
    const clock = new ManualClock();
    const renewed: string[] = [];
    const leases = new LeaseKeeper<Leased>({
      clock,
      leaseMs: 30_000,
      renew: async ({ key }) => {
        renewed.push(key);
      },
    });
    const before = leases.hold({ lock: { key: "before", token: 1 } });
    // The machine sleeps for an hour: the keeper's timer is as late as everything else.
    clock.advance(3_600_000);
    const after = leases.hold({ lock: { key: "after", token: 2 } });
    await hop();
    expect(before.abortReason).toBeInstanceOf(LeaseLostError);
    expect(after.abortReason).toBeUndefined();
    expect(renewed).toEqual(["after"]);
    leases.stop();
  });

  it("is not renewed for work that is short", async () => {
    const store = new MemoryStore();
    const faulty = new FaultyBackend();
    const { definition, runs } = held();
    const stage = await Stage.open([calls, definition], { store, backend: faulty.around(memory({ store })) });
    await stage.start(calls);
    const working = stage.idle();
    while (runs.length === 0) await hop();
    stage.advance({ seconds: 5 });
    runs[0]!.end("soon");
    await working;
    expect(faulty.of("renewActivity")).toEqual([]);
  });

  it("that is lost aborts the activity's signal, and its result is not recorded", async () => {
    const { definition, runs } = held();
    const stage = await Stage.open([calls, definition]);
    await stage.start(calls);
    const working = stage.idle();
    while (runs.length === 0) await hop();
    const [lock] = stage.store.locks();
    stage.store.expireLock(lock!.key);
    const rival = await Stage.open([calls, activity("held", () => "the rival's")], {
      store: stage.store,
      clock: stage.clock,
    });
    await rival.idle();
    stage.advance({ seconds: 10 });
    await hop();
    const { signal } = runs[0]!.ctx;
    expect([signal.aborted, signal.reason instanceof LeaseLostError]).toEqual([true, true]);
    runs[0]!.end("too late");
    await working;
    expect(await stage.output()).toBe("the rival's");
    expect(stage.hub.counters()["leases.lost{kind=activity}"]).toBe(1);
    expect((await stage.history()).filter(({ type }) => type === "TaskCompleted")).toHaveLength(1);
  });

  it("that is lost unnoticed is noticed at the end: the store refuses the result", async () => {
    const { definition, runs } = held();
    const stage = await Stage.open([calls, definition]);
    await stage.start(calls);
    const working = stage.idle();
    while (runs.length === 0) await hop();
    stage.store.expireLock(stage.store.locks()[0]!.key);
    runs[0]!.end("refused");
    while (runs.length === 1) await hop();
    runs[1]!.end("the second time");
    await working;
    expect(await stage.output()).toBe("the second time");
    expect(stage.hub.counters()["leases.lost{kind=activity}"]).toBe(1);
  });

  it("that cannot be renewed in time counts as lost", async () => {
    const { definition, runs } = held();
    const store = new MemoryStore();
    const faulty = new FaultyBackend();
    const stage = await Stage.open([calls, definition], { store, backend: faulty.around(memory({ store })) });
    faulty.spoiler = ({ method }) => (method === "renewActivity" ? "before" : undefined);
    await stage.start(calls);
    const working = stage.idle();
    while (runs.length === 0) await hop();
    for (let i = 0; i < 4 && !runs[0]!.ctx.signal.aborted; i++) {
      stage.advance({ seconds: 10 });
      await hop();
    }
    expect(runs[0]!.ctx.signal.reason).toBeInstanceOf(LeaseLostError);
    runs[0]!.end("too late");
    faulty.spoiler = () => undefined;
    while (runs.length === 1) await hop();
    runs[1]!.end("in time");
    await working;
    expect(await stage.output()).toBe("in time");
  });

  it("ends with the turn it was for: a zombie's commit changes nothing", async () => {
    const noted = orchestrator("noted", function* (ctx) {
      yield* ctx.waitForExternalEvent("x");
      return "once";
    });
    const store = new MemoryStore();
    const faulty = new FaultyBackend();
    const stage = await Stage.open([noted], { store, backend: faulty.around(memory({ store })) });
    faulty.spoiler = ({ method, argument }) => {
      if (method === "completeOrchestration") store.expireLock((argument as { lock: { key: string } }).lock.key);
      return undefined;
    };
    await stage.start(noted);
    await stage.hub.processNext();
    expect([stage.hub.counters()["leases.lost{kind=orchestration}"], (await stage.history()).length]).toEqual([1, 0]);
    faulty.spoiler = () => undefined;
    await stage.client.raiseOrchestrationEvent("one", "x");
    await stage.idle();
    expect(await stage.output()).toBe("once");
  });
});

describe("an activity's context", () => {
  it("names its call, sleeps by the hub's clock, and logs with its fields", async () => {
    const seen: unknown[] = [];
    const nap = activity("nap", async (ctx, input: string) => {
      seen.push([ctx.instanceId, ctx.taskId, ctx.attempt, ctx.idempotencyKey === `${ctx.executionId}:1`, input]);
      ctx.log.info({ extra: 1 }, "yawn");
      await ctx.sleep({ seconds: 5 });
      return stage.clock.now();
    });
    const sleeper = orchestrator("sleeper", function* (ctx) {
      return yield* ctx.callActivity(nap, "tired");
    });
    const stage = await Stage.open([sleeper, nap]);
    await stage.start(sleeper);
    const working = stage.idle();
    while (stage.clock.sleeping < 2) await hop();
    stage.advance({ seconds: 5 });
    await working;
    expect(await stage.output()).toBe(Date.UTC(2026, 0, 1) + 5000);
    expect(seen).toEqual([["one", 1, 1, true, "tired"]]);
    expect(stage.lines).toMatchObject([
      {
        level: "info",
        message: "yawn",
        fields: { extra: 1, instanceId: "one", activity: "nap", taskId: 1, attempt: 1 },
      },
    ]);
  });
});
