/**
 * Laws of entities and their workers: what is lost, stopped or killed on the way is run again, and has its effect once;
 * what kills every worker is given up alone.
 */
import { describe, expect, it } from "vitest";
import type { EntityContext } from "dacapo";
import { entity, LeaseLostError } from "dacapo";
import { entityMessage } from "../../src/core/effects.ts";
import type { EntityMessageBody, InstanceMessage } from "../../src/core/messages.ts";
import { memory, MemoryStore } from "dacapo/memory";
import { FaultyBackend, spoilFirst } from "./faulty-backend.ts";
import { hop, Stage } from "./stage.ts";

const list = entity<{ [name: string]: () => void }>("list", (ctx) => {
  ctx.setState([...ctx.getState<string[]>([]), ctx.operationName]);
});

/** An entity whose operations end when they are told to. */
function held() {
  const runs: { readonly ctx: EntityContext; readonly end: () => void }[] = [];
  const definition = entity("held", (ctx) => {
    ctx.setState(ctx.getState(0) + 1);
    return new Promise<void>((resolve, reject) => {
      runs.push({ ctx, end: resolve });
      ctx.signal.addEventListener("abort", () => {
        reject(ctx.signal.reason as Error);
      });
    });
  });
  return { definition, runs };
}

function call(operation: string, number: number): InstanceMessage {
  const caller = { instanceId: "caller", executionId: "run", taskId: number };
  const body: EntityMessageBody = { type: "EntityOperationCalled", operation, caller };
  return entityMessage("@list@a", { stream: "caller", number, sentAt: 0 }, body);
}

describe("an asynchronous operation", () => {
  it("keeps its lease, and is told when it is lost; nothing of it counts then", async () => {
    const { definition, runs } = held();
    const stage = await Stage.open([definition]);
    await stage.client.signalEntity(definition, "a", "any");
    const working = stage.idle();
    while (runs.length === 0) await hop();
    for (let seconds = 0; seconds < 100; seconds += 10) {
      stage.advance({ seconds: 10 });
      await hop();
    }
    expect(stage.store.locks()).toHaveLength(1);
    stage.store.expireLock("@held@a");
    stage.advance({ seconds: 10 });
    await hop();
    expect(runs[0]?.ctx.signal.reason).toBeInstanceOf(LeaseLostError);
    await hop();
    // The same worker takes it up again.
    while (runs.length === 1) await hop();
    runs[1]?.end();
    await working;
    expect((await stage.client.getEntity(definition, "a"))?.state).toBe(1);
  });

  it("is told when the worker stops, and runs again on the next", async () => {
    const { definition, runs } = held();
    const stage = await Stage.open([definition], { worker: { drainTimeout: { seconds: 5 } } });
    await stage.client.signalEntity(definition, "a", "any");
    await stage.hub.start();
    while (runs.length === 0) await hop();
    const stopping = stage.close();
    stage.advance({ seconds: 5 });
    await stopping;
    expect(runs[0]?.ctx.signal.aborted).toBe(true);
    const next = await Stage.open([definition], { store: stage.store, clock: stage.clock });
    const working = next.idle();
    while (runs.length === 1) await hop();
    runs[1]?.end();
    await working;
    expect((await next.client.getEntity(definition, "a"))?.state).toBe(1);
    expect(next.lines).toEqual([]);
  });
});

describe("a turn whose commit gets no answer", () => {
  it.each(["before", "after"] as const)("has its effect once (%s)", async (how) => {
    const faulty = new FaultyBackend();
    const store = new MemoryStore();
    const stage = await Stage.open([list], { store, backend: faulty.around(memory({ store })) });
    for (const operation of ["x", "y"]) await stage.client.signalEntity(list, "a", operation);
    faulty.spoiler = spoilFirst("completeOrchestration", 2, how);
    await stage.whileTimePasses(stage.idle());
    expect((await stage.client.getEntity(list, "a"))?.state).toEqual(["x", "y"]);
  });
});

describe("an entity that nobody registered", () => {
  it("fails calls, and can be locked and unlocked all the same", async () => {
    const stage = await Stage.open([]);
    stage.store.sendMessage(call("x", 1), 0);
    const caller = { instanceId: "caller", executionId: "run", taskId: 2 };
    const lock = { type: "EntityLockRequested", criticalSectionId: "s", lockSet: ["@list@a"], caller } as const;
    stage.store.sendMessage(entityMessage("@list@a", { stream: "caller", number: 2, sentAt: 0 }, lock), 0);
    await stage.idle();
    expect(stage.store.getInstance("@list@a")?.entity?.lockedBy).toBe("caller");
    const unlock = { type: "EntityUnlockSent", criticalSectionId: "s" } as const;
    stage.store.sendMessage(entityMessage("@list@a", { stream: "caller", number: 3, sentAt: 0 }, unlock), 0);
    await stage.idle();
    expect(stage.store.getInstance("@list@a")?.entity?.lockedBy).toBeUndefined();
    expect(stage.hub.counters()).toMatchObject({ "entities.operations{outcome=failed}": 1 });
  });
});

describe("an operation that kills its worker", () => {
  /** Takes up the entity as a worker does that dies when it runs `bomb`. */
  async function dieOf(store: MemoryStore, bomb: string): Promise<{ readonly deaths: number; readonly stage: Stage }> {
    let deaths = 0;
    const deadly = entity("list", (ctx) => {
      if (ctx.operationName !== bomb) {
        ctx.setState([...ctx.getState<string[]>([]), ctx.operationName]);
        return undefined;
      }
      // A worker that dies never ends the operation: its lease runs out.
      deaths += 1;
      return new Promise(() => undefined);
    });
    const stage = await Stage.open([deadly], { store, worker: { maxDeliveryCount: 4 } });
    for (let round = 0; round < 40; round++) {
      const before = deaths;
      void stage.hub.processNext();
      await hop();
      if (deaths === before) continue;
      store.expireLock("@list@a");
      stage.advance({ seconds: 1 });
    }
    return { deaths, stage };
  }

  it("is failed alone, once it has died alone; all others run, in order", async () => {
    const store = new MemoryStore();
    const setUp = await Stage.open([], { store });
    for (let number = 1; number <= 6; number++) {
      store.sendMessage(call(number === 3 ? "bomb" : `op${number}`, number), setUp.clock.now());
    }
    const { deaths, stage } = await dieOf(store, "bomb");
    expect(JSON.parse(store.getInstance("@list@a")?.entity?.state ?? "")).toEqual(["op1", "op2", "op4", "op5", "op6"]);
    expect(deaths).toBeGreaterThan(0);
    expect(stage.hub.counters()["items.poisoned{kind=entity}"]).toBe(1);
    expect(stage.hub.counters()["entities.operations{outcome=failed}"]).toBe(1);
  });
});

describe("idle entities", () => {
  it("are nothing but what the store keeps of them", async () => {
    const stage = await Stage.open([list]);
    for (let n = 0; n < 200; n++) await stage.client.signalEntity(list, String(n), "x");
    await stage.idle();
    expect(await stage.idle()).toEqual({ nextDueTime: undefined, pending: 0 });
    expect(stage.hub.counters()["entities.turns"]).toBe(200);
  });

  it("take a batch of signals in one turn", async () => {
    const stage = await Stage.open([list]);
    for (let n = 0; n < 200; n++) await stage.client.signalEntity(list, "a", "x");
    await stage.idle();
    expect(stage.hub.counters()).toMatchObject({ "entities.turns": 1, "entities.operations{outcome=completed}": 200 });
  });
});
