/**
 * Laws of critical sections on a running hub: who holds locks, who waits, and that nothing is left of those that ended.
 */
import { describe, expect, it } from "vitest";
import type { LockHandle, OrchestratorDefinition } from "dacapo";
import { entity, EntityInstanceId, orchestrator, whenAll } from "dacapo";
import { Stage } from "./stage.ts";

interface Operations {
  add(n: number): number;
  get(): number;
}

const counter = entity<Operations, number>("counter", (ctx) => {
  const n = ctx.getState(0) + (ctx.operationName === "add" ? ctx.getInput<number>() : 0);
  ctx.setState(n);
  return n;
});
const [a, b] = [new EntityInstanceId("counter", "a"), new EntityInstanceId("counter", "b")];

/** Locks, and goes on at an event. */
const holder = orchestrator("holder", function* (ctx, keys: readonly string[]) {
  using _lock = yield* ctx.entities.lockEntities(keys.map((key) => [counter, key] as const));
  ctx.setCustomStatus("holds");
  yield* ctx.waitForExternalEvent("go");
  for (const key of keys) yield* ctx.entities.callEntity(counter, key, "add", 1);
  return "done";
});

const register = [counter, holder];

async function holds(stage: Stage, instanceId: string): Promise<boolean> {
  return (await stage.state(instanceId)).customStatus === "holds";
}

/** Who holds each entity, by key. */
async function holders(stage: Stage): Promise<Readonly<Record<string, string | undefined>>> {
  const [ofA, ofB] = [await stage.client.getEntity(a), await stage.client.getEntity(b)];
  return { a: ofA?.lockedBy, b: ofB?.lockedBy };
}

describe("two orchestrations that lock the same entities", () => {
  it("hold them one after the other, whatever the order in which they name them", async () => {
    const stage = await Stage.open(register);
    await stage.start(holder, ["a", "b"], "one");
    await stage.start(holder, ["b", "a"], "two");
    await stage.idle();
    expect([await holds(stage, "one"), await holds(stage, "two")]).toEqual([true, false]);
    expect(await holders(stage)).toEqual({ a: "one", b: "one" });
    await stage.client.raiseOrchestrationEvent("one", "go");
    await stage.idle();
    expect(await holders(stage)).toEqual({ a: "two", b: "two" });
    await stage.client.raiseOrchestrationEvent("two", "go");
    await stage.idle();
    expect(await holders(stage)).toEqual({ a: undefined, b: undefined });
    expect([(await stage.client.getEntity(a))?.state, (await stage.state("two")).output]).toEqual([2, "done"]);
  });

  it("let others' operations wait, and lose none", async () => {
    const stage = await Stage.open(register);
    await stage.start(holder, ["a"], "one");
    await stage.idle();
    await stage.client.signalEntity(a, "add", 10);
    await stage.idle();
    expect((await stage.client.getEntity(a))?.backlogQueueSize).toBe(1);
    await stage.client.raiseOrchestrationEvent("one", "go");
    await stage.idle();
    expect((await stage.client.getEntity(a))?.state).toBe(11);
  });
});

describe("an orchestration that is terminated", () => {
  it.each(["between the hops of its request", "with its grant in flight", "with its request in flight"])(
    "%s leaves no lock",
    async (when) => {
      const stage = await Stage.open(register);
      await stage.start(holder, ["a", "b"], "one");
      // One step runs the orchestration, the next ones a, then b.
      const steps = ["with its request in flight", "between the hops of its request", "with its grant in flight"];
      for (let step = 0; step <= steps.indexOf(when); step++) await stage.hub.processNext();
      const locked = Object.values(await holders(stage)).filter((by) => by === "one").length;
      expect(locked).toBe(steps.indexOf(when));
      await stage.client.terminateOrchestration("one");
      await stage.idle();
      expect(await holders(stage)).toEqual({ a: undefined, b: undefined });
      await stage.start(holder, ["b", "a"], "two");
      await stage.idle();
      expect(await holds(stage, "two")).toBe(true);
    },
  );

  it("while its request waits behind another's lock is forgotten there, and lets go of what it has", async () => {
    const stage = await Stage.open(register);
    await stage.start(holder, ["b"], "one");
    await stage.start(holder, ["a", "b"], "two");
    await stage.idle();
    expect(await holders(stage)).toEqual({ a: "two", b: "one" });
    await stage.client.terminateOrchestration("two");
    await stage.idle();
    expect(await holders(stage)).toEqual({ a: undefined, b: "one" });
    await stage.client.raiseOrchestrationEvent("one", "go");
    await stage.idle();
    expect(await holders(stage)).toEqual({ a: undefined, b: undefined });
  });

  it("and purged, with its id used again, leaves the next life its own lock", async () => {
    const stage = await Stage.open(register);
    await stage.start(holder, ["a", "b"], "one");
    await stage.hub.processNext();
    await stage.client.terminateOrchestration("one");
    await stage.hub.processNext();
    while ((await stage.state("one")).runtimeStatus !== "Terminated") await stage.hub.processNext();
    await stage.client.purgeOrchestration("one");
    await stage.start(holder, ["b", "a"], "one");
    await stage.idle();
    expect(await holds(stage, "one")).toBe(true);
    await stage.client.raiseOrchestrationEvent("one", "go");
    await stage.idle();
    expect([await holders(stage), (await stage.state("one")).output]).toEqual([{ a: undefined, b: undefined }, "done"]);
  });
});

describe("an orchestration that the engine fails", () => {
  it("leaves no lock: its code is gone", async () => {
    const stage = await Stage.open(register);
    await stage.start(holder, ["a", "b"], "one");
    await stage.idle();
    const next = await Stage.open([counter, orchestrator("other", () => 1)], {
      store: stage.store,
      clock: stage.clock,
    });
    await next.client.raiseOrchestrationEvent("one", "go");
    await next.idle();
    expect((await next.state("one")).runtimeStatus).toBe("Failed");
    expect(await holders(next)).toEqual({ a: undefined, b: undefined });
  });

  it("leaves no lock: its code has changed while the locks were asked for", async () => {
    const stage = await Stage.open(register);
    await stage.start(holder, ["b"], "other");
    await stage.start(holder, ["a", "b"], "one");
    await stage.idle();
    const changed: OrchestratorDefinition = orchestrator("holder", function* (ctx) {
      yield* ctx.createTimer({ days: 1 });
    });
    const next = await Stage.open([counter, changed], { store: stage.store, clock: stage.clock });
    for (const id of ["one", "other"]) await next.client.raiseOrchestrationEvent(id, "go");
    await next.idle();
    expect((await next.state("one")).failureDetails?.code).toBe("NON_DETERMINISM");
    expect(await holders(next)).toEqual({ a: undefined, b: undefined });
  });
});

describe("time", () => {
  it("does not part a stream: a call long after the request is still the section's", async () => {
    const patient = orchestrator("patient", async (ctx) => {
      let lock: LockHandle | undefined;
      for (let i = 0; i < 3; i++) {
        lock?.release();
        lock = await ctx.entities.lockEntities(a, b);
        await ctx.createTimer({ hours: 5 });
        await whenAll([
          ctx.entities.callEntity(counter, "a", "add", 1),
          ctx.entities.callEntity(counter, "b", "add", 1),
        ]);
      }
    });
    const stage = await Stage.open([counter, patient]);
    await stage.start(patient);
    for (let hour = 0; hour < 20; hour++) {
      stage.clock.advance(60 * 60 * 1000);
      // Others keep the entity busy, so that it forgets what is old.
      await stage.client.signalEntity(a, "get");
      await stage.client.signalEntity(b, "get");
      await stage.idle();
    }
    expect((await stage.state()).runtimeStatus).toBe("Completed");
    expect([await holders(stage), (await stage.client.getEntity(a))?.state]).toEqual([
      { a: undefined, b: undefined },
      3,
    ]);
  });
});
