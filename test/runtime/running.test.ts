/**
 * Laws of how a hub works off what is there: step by step, until idle, or by itself.
 */
import { describe, expect, it } from "vitest";
import type { OrchestrationContext } from "dacapo";
import { activity, InvalidArgumentError, orchestrator, RegistrationError, TaskHub, whenAll } from "dacapo";
import type { Backend, BackendFactory } from "dacapo/backend";
import { memory } from "dacapo/memory";
import { echo, Stage } from "./stage.ts";

const chain = orchestrator("chain", function* (ctx, n: number) {
  for (let i = 0; i < n; i++) yield* ctx.callActivity(echo, i);
  return n;
});

/** A backend in memory, one of whose methods waits before it does anything. */
function delaying(method: keyof Backend, wait: () => Promise<void>): BackendFactory {
  const factory = memory();
  return (ports) =>
    new Proxy(factory(ports), {
      get: (target, property) => {
        const member: unknown = Reflect.get(target, property);
        if (typeof member !== "function") return member;
        return async (...args: unknown[]) => {
          if (property === method) await wait();
          return Reflect.apply(member, target, args) as unknown;
        };
      },
    });
}

describe("processNext", () => {
  it("runs one work item, a turn before an activity, and says whether there was one", async () => {
    const stage = await Stage.open([chain, echo]);
    expect(await stage.hub.processNext()).toBe(false);
    await stage.start(chain, 2);
    const steps: unknown[] = [];
    while (await stage.hub.processNext()) {
      steps.push([(await stage.history()).length, [...stage.store.activities()].length]);
    }
    expect(steps).toEqual([
      [4, 1],
      [4, 0],
      [8, 1],
      [8, 0],
      [12, 0],
    ]);
    expect(await stage.output()).toBe(2);
  });
});

describe("runUntilIdle", () => {
  it("works off what is ready, and tells when it would have more to do", async () => {
    const later = orchestrator("later", function* (ctx) {
      yield* whenAll([ctx.createTimer({ hours: 2 }), ctx.createTimer({ hours: 1 }), ctx.callActivity(echo, 1)]);
    });
    const stage = await Stage.open([later, echo]);
    await stage.start(later);
    expect(await stage.hub.runUntilIdle()).toEqual({ nextDueTime: new Date(Date.UTC(2026, 0, 1, 1)), pending: 2 });
    stage.advance({ hours: 1 });
    expect(await stage.hub.runUntilIdle()).toEqual({ nextDueTime: new Date(Date.UTC(2026, 0, 1, 2)), pending: 1 });
    stage.advance({ hours: 1 });
    expect(await stage.hub.runUntilIdle()).toEqual({ nextDueTime: undefined, pending: 0 });
  });

  it("tells when an instance that is to start later will", async () => {
    const stage = await Stage.open([chain, echo]);
    await stage.client.scheduleNewOrchestration(chain, 0, { startAt: { days: 40 } });
    expect(await stage.idle()).toEqual({ nextDueTime: new Date(Date.UTC(2026, 1, 10)), pending: 1 });
  });

  it.each([0, 1, 3, 7])("stops after %i turns", async (maxTurns) => {
    const stage = await Stage.open([chain, echo]);
    for (const id of ["a", "b", "c"]) await stage.start(chain, 2, id);
    await stage.hub.runUntilIdle({ maxTurns });
    expect(stage.hub.counters()["turns.committed"] ?? 0).toBe(maxTurns);
    await stage.idle();
    expect(stage.hub.counters()["turns.committed"]).toBe(9);
  });

  it("stops at its deadline", async () => {
    const slow = activity("slow", () => stage.advance({ seconds: 10 }));
    const steps = orchestrator("steps", function* (ctx) {
      for (let i = 0; i < 6; i++) yield* ctx.callActivity(slow);
    });
    const stage = await Stage.open([steps, slow]);
    await stage.start(steps);
    const deadline = new Date(stage.clock.now() + 30_000);
    const { pending } = await stage.hub.runUntilIdle({ deadline });
    expect([stage.clock.now(), pending]).toEqual([deadline.getTime(), 1]);
    await stage.hub.runUntilIdle({ deadline });
    expect(stage.clock.now()).toBe(deadline.getTime());
  });

  it("leaves no timer behind, so that a process may end", async () => {
    const stage = await Stage.open([chain, echo]);
    await stage.start(chain, 3);
    await stage.idle();
    expect(stage.clock.sleeping).toBe(0);
  });
});

describe("a hub that was started", () => {
  it("works by itself, and sleeps when there is nothing to do", async () => {
    const stage = await Stage.open([chain, echo]);
    await stage.hub.start();
    for (const id of ["a", "b"]) await stage.start(chain, 5, id);
    const [a, b] = await Promise.all(["a", "b"].map((id) => stage.client.waitForOrchestrationCompletion(id)));
    expect([a?.output, b?.output]).toEqual([5, 5]);
    await stage.close();
    expect(stage.clock.sleeping).toBe(0);
  });

  it.each([
    ["activities", { maxConcurrentActivities: 3 }, 3],
    ["one activity", { maxConcurrentActivities: 1 }, 1],
  ])("runs at most so many at a time: %s", async (_what, worker, most) => {
    let running = 0;
    let peak = 0;
    const waiting: (() => void)[] = [];
    const busy = activity("busy", async () => {
      running += 1;
      peak = Math.max(peak, running);
      await new Promise<void>((resolve) => waiting.push(resolve));
      running -= 1;
    });
    const wide = orchestrator("wide", function* (ctx) {
      yield* whenAll(Array.from({ length: 7 }, () => ctx.callActivity(busy)));
    });
    const stage = await Stage.open([wide, busy], { worker });
    await stage.hub.start();
    await stage.start(wide);
    for (let done = 0; done < 7; done++) {
      while (waiting.length === 0) await new Promise(setImmediate);
      waiting.shift()!();
    }
    await stage.client.waitForOrchestrationCompletion("one");
    expect(peak).toBe(most);
    await stage.close();
  });

  it("runs the next while all results are on their way to the store, and no more when as many again wait for it", async () => {
    const started: number[] = [];
    const counting = activity("counting", (_ctx, n: number) => {
      started.push(n);
    });
    const wide = orchestrator("wide", function* (ctx) {
      yield* whenAll(Array.from({ length: 7 }, (_, n) => ctx.callActivity(counting, n)));
    });
    const answers: (() => void)[] = [];
    const slow = delaying("completeActivity", () => new Promise((resolve) => answers.push(resolve)));
    const stage = await Stage.open([wide, counting], { backend: slow, worker: { maxConcurrentActivities: 2 } });
    await stage.hub.start();
    await stage.start(wide);
    while (answers.length < 4) await new Promise(setImmediate);
    for (let i = 0; i < 10; i++) await new Promise(setImmediate);
    expect(started).toHaveLength(4);
    for (let done = 0; done < 7; done++) {
      while (answers.length === 0) await new Promise(setImmediate);
      answers.shift()!();
    }
    await stage.client.waitForOrchestrationCompletion("one");
    await stage.close();
  });

  it("keeps the place of what has ended until it is durable, while something runs", async () => {
    const started: number[] = [];
    let end = (): void => undefined;
    const counting = activity("counting", async (_ctx, n: number) => {
      started.push(n);
      if (n === 0) await new Promise<void>((resolve) => (end = resolve));
    });
    const wide = orchestrator("wide", function* (ctx) {
      yield* whenAll(Array.from({ length: 4 }, (_, n) => ctx.callActivity(counting, n)));
    });
    let take = (): void => undefined;
    const taken = new Promise<void>((resolve) => (take = resolve));
    const slow = delaying("completeActivity", () => taken);
    const stage = await Stage.open([wide, counting], { backend: slow, worker: { maxConcurrentActivities: 2 } });
    await stage.hub.start();
    await stage.start(wide);
    for (let i = 0; i < 20; i++) await new Promise(setImmediate);
    expect(started).toEqual([0, 1]);
    take();
    while (started.length < 4) await new Promise(setImmediate);
    end();
    await stage.client.waitForOrchestrationCompletion("one");
    await stage.close();
  });

  it("lets the app's own timers have their turn while it is busy", async () => {
    const endless = orchestrator("endless", (ctx: OrchestrationContext) => ctx.continueAsNew());
    const stage = await Stage.open([endless]);
    await stage.hub.start();
    await stage.start(endless);
    await new Promise((resolve) => setTimeout(resolve, 1));
    await stage.close();
    expect(stage.hub.counters()["turns.committed"]).toBeGreaterThan(1);
  });
});

describe("two hubs on one store", () => {
  it("share the work, and each thing is done once", async () => {
    const runs: string[] = [];
    const by = (worker: string) =>
      activity("who", (_ctx, n: number) => {
        runs.push(`${worker}:${n}`);
        return n;
      });
    const wide = orchestrator("wide", function* (ctx) {
      return yield* whenAll(Array.from({ length: 20 }, (_, n) => ctx.callActivity<number>("who", n)));
    });
    const first = await Stage.open([wide, by("first")], { worker: { maxConcurrentActivities: 2 } });
    const second = await Stage.open([wide, by("second")], {
      store: first.store,
      clock: first.clock,
      worker: { maxConcurrentActivities: 2 },
    });
    await first.start(wide);
    await Promise.all([first.rest(), second.rest()]);
    await Promise.all([first.rest(), second.rest()]);
    expect(await first.output()).toEqual(Array.from({ length: 20 }, (_, n) => n));
    expect(runs).toHaveLength(20);
    await Promise.all([first.close(), second.close()]);
  });

  it("may know different definitions of activities by turns: an unknown one fails its call", async () => {
    const stage = await Stage.open([chain]);
    await stage.start(chain, 1);
    await stage.rest();
    expect((await stage.state()).failureDetails?.innerFailure?.code).toBe("ACTIVITY_NOT_REGISTERED");
  });
});

describe("an orchestrator that nobody registered", () => {
  it("fails its instance, and says what is registered", async () => {
    const stage = await Stage.open([chain, echo]);
    await stage.client.scheduleNewOrchestration("chian", 1, "one");
    await stage.idle();
    const { runtimeStatus, failureDetails } = await stage.state();
    expect(runtimeStatus).toBe("Failed");
    expect(failureDetails).toMatchObject({ code: "ORCHESTRATOR_NOT_REGISTERED" });
    expect(failureDetails?.errorMessage).toBe(
      'No orchestrator "chian" is registered with this worker. Registered are: chain.',
    );
    expect((await stage.history()).map(({ type }) => type)).toEqual([
      "OrchestratorStarted",
      "ExecutionStarted",
      "ExecutionCompleted",
      "OrchestratorCompleted",
    ]);
  });
});

describe("what a hub is opened with", () => {
  it.each<[string, object, string]>([
    ["a backend that is none", { backend: {} }, "was given a backend that is none"],
    ["a file in place of a backend", { backend: "app.db" }, "was given a backend that is none"],
    ["no concurrency", { worker: { maxConcurrentActivities: 0 } }, "worker.maxConcurrentActivities is 0"],
    ["half an orchestration", { worker: { maxConcurrentOrchestrations: 0.5 } }, "maxConcurrentOrchestrations is 0.5"],
    ["a cache of less than nothing", { worker: { maxWarmOrchestrations: -1 } }, "maxWarmOrchestrations is -1"],
    ["no deliveries", { worker: { maxDeliveryCount: 0 } }, "maxDeliveryCount is 0"],
    ["a lease without a unit", { worker: { lease: 30 } }, "worker.lease is not a duration"],
    ["a lease of nothing", { worker: { lease: { seconds: 0 } } }, "worker.lease is 0"],
    ["a negative drain", { worker: { drainTimeout: { seconds: -1 } } }, "worker.drainTimeout has the number -1"],
    ["no payloads", { payloadBytesMax: 0 }, "payloadBytesMax is 0"],
    ["an invalid horizon", { redeliveryHorizon: {} }, "redeliveryHorizon names no unit"],
  ])("is refused when it makes no sense: %s", async (_what, options, message) => {
    const opening = TaskHub.open({ backend: memory(), ...options });
    await expect(opening).rejects.toThrow(InvalidArgumentError);
    await expect(opening).rejects.toThrow(message);
  });

  it.each<[string, readonly unknown[], string]>([
    ["a bare function", [(): void => undefined], 'entry 0 of "register" is not a definition'],
    ["nothing", [echo, undefined], 'entry 1 of "register" is not a definition'],
    ["a kind of its own", [{ kind: "play", name: "x", handler: () => undefined }], "is not a definition"],
    ["two of one name", [echo, activity("echo", () => 1)], 'Two definitions have the name "echo" (activity)'],
  ])("is refused when it is no definition: %s", async (_what, register, message) => {
    const opening = TaskHub.open({ backend: memory(), register: register as never });
    await expect(opening).rejects.toThrow(RegistrationError);
    await expect(opening).rejects.toThrow(message);
  });

  it("may name the same definition twice, and one name for both kinds", async () => {
    const hub = await TaskHub.open({ backend: memory(), register: [echo, echo, orchestrator("echo", () => 1)] });
    await hub.stop();
  });

  it.each<[string, unknown, unknown]>([
    ["no name", "", () => 1],
    ["a long name", "x".repeat(257), () => 1],
    ["a number as a name", 7, () => 1],
    ["a bigint as a name", 7n, () => 1],
    ["no function", "x", undefined],
  ])("has definitions that make sense: not %s", (_what, name, handler) => {
    expect(() => activity(name as string, handler as () => void)).toThrow(InvalidArgumentError);
    expect(() => orchestrator(name as string, handler as () => void)).toThrow(InvalidArgumentError);
  });
});
