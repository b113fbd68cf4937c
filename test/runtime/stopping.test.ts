/**
 * Laws of stopping: what runs may finish, what does not finish in time is given back, and nothing is lost.
 */
import { describe, expect, it } from "vitest";
import type { ActivityContext } from "dacapo";
import { activity, HubClosedError, orchestrator } from "dacapo";
import { hop, Stage } from "./stage.ts";

const calls = orchestrator("calls", function* (ctx) {
  return yield* ctx.callActivity("held");
});

/** A started hub whose one activity runs. */
async function busy(onAbort: (ctx: ActivityContext, reject: (reason: unknown) => void) => void = () => undefined) {
  const runs: { readonly ctx: ActivityContext; readonly end: (value: unknown) => void }[] = [];
  const held = activity(
    "held",
    (ctx) =>
      new Promise((resolve, reject) => {
        runs.push({ ctx, end: resolve });
        onAbort(ctx, reject);
      }),
  );
  const stage = await Stage.open([calls, held], { worker: { drainTimeout: { seconds: 20 } } });
  await stage.start(calls);
  await stage.hub.start();
  while (runs.length === 0) await hop();
  return { stage, run: runs[0]!, next: await reopened(stage) };
}

/** Another hub on the same store, as the next start of the app. */
async function reopened(stage: Stage): Promise<Stage> {
  return Stage.open([calls, activity("held", () => "the next one's")], { store: stage.store, clock: stage.clock });
}

describe("stop", () => {
  it("waits for what runs, and records it", async () => {
    const { stage, run, next } = await busy();
    let isStopped = false;
    const stopping = stage.close().then(() => {
      isStopped = true;
    });
    stage.advance({ seconds: 15 });
    await hop();
    expect([isStopped, run.ctx.signal.aborted]).toEqual([false, false]);
    run.end("in time");
    await stopping;
    await next.rest();
    expect(await next.output()).toBe("in time");
  });

  it("keeps the leases of what it waits for", async () => {
    const { stage, run, next } = await busy();
    const stopping = stage.close();
    for (let seconds = 0; seconds < 18; seconds += 6) {
      stage.advance({ seconds: 6 });
      await hop();
    }
    await next.idle();
    run.end("mine still");
    await stopping;
    await next.rest();
    expect(await next.output()).toBe("mine still");
  });

  it("aborts what does not end in time, and gives it back at once", async () => {
    const { stage, run, next } = await busy();
    const stopping = stage.close();
    await hop();
    stage.advance({ seconds: 20 });
    await stopping;
    expect(run.ctx.signal.reason).toBeInstanceOf(HubClosedError);
    await next.idle();
    expect(await next.output()).toBe("the next one's");
    run.end("too late");
    await hop();
    expect(await next.output()).toBe("the next one's");
  });

  it("does not take an activity that heeds its signal for a failed one", async () => {
    const { stage, next } = await busy((ctx, reject) => {
      ctx.signal.addEventListener("abort", () => {
        reject(new Error("told to stop"));
      });
    });
    const stopping = stage.close();
    await hop();
    stage.advance({ seconds: 20 });
    await stopping;
    await next.idle();
    expect(await next.output()).toBe("the next one's");
  });

  it("wakes an activity that sleeps", async () => {
    let woken: unknown;
    const sleeper = activity("held", async (ctx) => {
      await ctx.sleep({ hours: 1 }).catch((error: unknown) => {
        woken = error;
        throw error;
      });
    });
    const stage = await Stage.open([calls, sleeper], { worker: { drainTimeout: { seconds: 0 } } });
    await stage.start(calls);
    await stage.hub.start();
    while (stage.clock.sleeping < 2) await hop();
    await stage.close();
    await hop();
    expect(woken).toBeInstanceOf(HubClosedError);
    expect(stage.clock.sleeping).toBe(0);
  });

  it("leaves orchestrations that wait where they are; the next hub goes on", async () => {
    const waits = orchestrator("waits", function* (ctx) {
      return yield* ctx.waitForExternalEvent("x");
    });
    const stage = await Stage.open([waits]);
    await stage.hub.start();
    await stage.start(waits);
    await stage.client.waitForOrchestrationStart("one");
    await stage.close();
    const next = await Stage.open([waits], { store: stage.store, clock: stage.clock });
    await next.client.raiseOrchestrationEvent("one", "x", 1);
    await next.rest();
    expect(await next.output()).toBe(1);
  });

  it("may be asked for twice: both callers wait for the end", async () => {
    const { stage, run } = await busy();
    const ended: string[] = [];
    const stopping = ["first", "second"].map(async (who) => {
      await stage.close();
      ended.push(who);
    });
    await hop();
    expect(ended).toEqual([]);
    run.end("done");
    await Promise.all(stopping);
    expect(ended.sort()).toEqual(["first", "second"]);
  });

  it("ends a hub for good", async () => {
    const stage = await Stage.open([calls]);
    await stage.close();
    await expect(stage.hub.start()).rejects.toThrow(HubClosedError);
    await expect(stage.hub.runUntilIdle()).rejects.toThrow(HubClosedError);
    await expect(stage.hub.processNext()).rejects.toThrow(HubClosedError);
  });

  it("ends the waiting of its clients", async () => {
    const waits = orchestrator("waits", function* (ctx) {
      yield* ctx.waitForExternalEvent("x");
    });
    const stage = await Stage.open([waits]);
    await stage.hub.start();
    await stage.start(waits);
    const waiting = stage.client.waitForOrchestrationCompletion("one");
    const refused = expect(waiting).rejects.toThrow(HubClosedError);
    await stage.close();
    await refused;
  });
});
