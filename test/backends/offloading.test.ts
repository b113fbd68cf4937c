/**
 * A hub whose large payloads are kept elsewhere obeys the contract, loses none of them, and keeps none for ever.
 */
import { describe, expect, it } from "vitest";
import {
  activity,
  entity,
  EntityInstanceId,
  LeaseLostError,
  orchestrator,
  PayloadMissingError,
  StorageError,
  TaskHub,
} from "dacapo";
import type { Backend, BackendFactory, HubPart, PayloadStore, TurnCommit } from "dacapo/backend";
import { systemIds } from "dacapo/backend";
import { gzip, withCodec, withOffloading, type OffloadingOptions } from "dacapo/codec";
import { memory, MemoryPayloads, MemoryStore } from "dacapo/memory";
import { backendSuite, ManualClock } from "../../src/testing/index.ts";
import { hop, Stage } from "../runtime/stage.ts";
import { createMemoryHub } from "./memory-hub.ts";

backendSuite({
  name: "memory with off-loaded payloads",
  create: () => createMemoryHub(withOffloading(memory(), { threshold: 0 })),
  runner: { describe, it },
});

const LARGE = "x".repeat(200);
const THRESHOLD = 100;
const MINUTE_MS = 60_000;

const same = activity("same", (_ctx, what: unknown) => what);
const fails = activity("fails", (_ctx, what: string) => {
  throw new Error(what);
});
const child = orchestrator("child", function* (ctx, what: string) {
  ctx.setCustomStatus(what);
  return yield* ctx.callActivity("same", what);
});
const box = entity("box", (ctx) => {
  ctx.setState([...ctx.getState<unknown[]>([]), ctx.getInput()]);
  return ctx.getState();
});
const keeper = orchestrator("keeper", function* (ctx, round: { what: string; again: boolean }) {
  const results: unknown[] = [yield* ctx.callSubOrchestrator(child, round.what)];
  results.push(yield* ctx.entities.callEntity(new EntityInstanceId("box", "one"), "put", round.what));
  try {
    yield* ctx.callActivity(fails, round.what);
  } catch (error) {
    results.push((error as Error).message);
  }
  results.push(yield* ctx.waitForExternalEvent<string>("word"));
  if (!round.again) return results;
  ctx.continueAsNew({ ...round, again: false });
  return undefined;
});
const waits = orchestrator("waits", function* (ctx, _what: string) {
  return yield* ctx.waitForExternalEvent<string>("word");
});
const rounds = orchestrator("rounds", function* (ctx, _what: string) {
  const next = yield* ctx.waitForExternalEvent<string>("word");
  if (next !== "end") ctx.continueAsNew(next);
});
const REGISTER = [same, fails, child, box, keeper, waits, rounds];

/** A hub in memory that off-loads, and what it keeps where. */
interface Place {
  readonly stage: Stage;
  readonly store: MemoryStore;
  readonly payloads: MemoryPayloads;
}

async function open(
  options: OffloadingOptions = {},
  store = new MemoryStore(),
  clock = new ManualClock(),
): Promise<Place> {
  const backend = withOffloading(memory({ store }), { threshold: THRESHOLD, ...options });
  const stage = await Stage.open(REGISTER, { backend, clock, system: { ids: systemIds } });
  return { stage, store, payloads: store.payloads };
}

/** A place with everything that an orchestration may do with large payloads behind it. */
async function used(options?: OffloadingOptions): Promise<Place> {
  const place = await open(options);
  const { stage } = place;
  await stage.start(keeper, { what: LARGE, again: true });
  await stage.idle();
  for (let i = 0; i < 2; i++) {
    await stage.client.raiseOrchestrationEvent("one", "word", LARGE);
    await stage.rest();
  }
  return place;
}

/** All that the hub itself keeps. */
async function allOf(store: MemoryStore): Promise<string> {
  const parts: HubPart[] = [...store.snapshot(0)];
  return JSON.stringify(parts);
}

/** The keys of payloads, without what the sweep keeps for itself. */
function keysOf(payloads: MemoryPayloads): readonly string[] {
  return payloads.keys().filter((key) => key !== "dacapo-sweep");
}

/** Looks until nothing more is to be found. */
async function sweep({ stage }: Place): Promise<void> {
  for (let i = 0; i < 3; i++) {
    await stage.client.purgeUnusedPayloads();
    stage.clock.advance(31 * MINUTE_MS);
  }
}

describe("a hub that off-loads its large payloads", () => {
  it("works as one that does not", async () => {
    const { stage } = await used();
    const state = await stage.client.getOrchestrationState("one");
    expect(state?.output).toEqual([LARGE, [LARGE, LARGE], expect.stringContaining(LARGE), LARGE]);
    expect((await stage.client.getOrchestrationHistory("one")).length).toBeGreaterThan(5);
    expect((await stage.client.getEntity(new EntityInstanceId("box", "one")))?.state).toEqual([LARGE, LARGE]);
  });

  it("keeps no large text in its rows, and every text that is not large", async () => {
    const { store, payloads } = await used();
    expect(await allOf(store)).not.toContain(LARGE);
    expect(await allOf(store)).toContain('"word"');
    expect(keysOf(payloads).length).toBeGreaterThan(3);
  });

  it("takes no text of the user's for a reference", async () => {
    const texts = ["dacapo-payload:", "dacapo-payload:x-0", "dacapo-text:", "dacapo-text:dacapo-payload:x-0"];
    const clear = { stringify: String, parse: (text: string) => text };
    const backend = withOffloading(memory(), { threshold: THRESHOLD });
    const stage = await Stage.open([child, same], { backend, dataConverter: clear });
    for (const text of texts) {
      await stage.start(child, text, text);
      await stage.rest();
      const state = await stage.client.getOrchestrationState(text);
      expect([state?.serializedInput, state?.serializedOutput, state?.serializedCustomStatus]).toEqual([
        text,
        text,
        text,
      ]);
    }
  });

  it("reads the texts of one work item together", async () => {
    const asked: (readonly string[])[] = [];
    const kept = new MemoryPayloads().on({ now: () => 0 });
    const store: PayloadStore = { ...kept, get: (keys) => (asked.push(keys), kept.get(keys)) };
    const { stage } = await open({ store });
    await stage.start(waits, LARGE);
    await stage.client.suspendOrchestration("one", `${LARGE}1`);
    await stage.client.raiseOrchestrationEvent("one", "word", `${LARGE}2`);
    await stage.idle();
    expect(asked.map((keys) => keys.length)).toEqual([3]);
  });

  it("puts a text that a turn passes on once", async () => {
    const { stage, payloads } = await open();
    await stage.start(waits, LARGE);
    await stage.client.raiseOrchestrationEvent("one", "word", LARGE);
    await stage.rest();
    expect((await stage.client.getOrchestrationState("one"))?.output).toBe(LARGE);
    // Input and event were put by the client; what the turn wrote of them, and its output, refers to these.
    expect(keysOf(payloads)).toHaveLength(2);
  });

  it("lets no two writers write one key", async () => {
    const written: string[] = [];
    const kept = new MemoryPayloads().on({ now: () => 0 });
    const store: PayloadStore = { ...kept, put: (key, text) => (written.push(key), kept.put(key, text)) };
    const clock = new ManualClock();
    const hub = memory();
    const [first, second] = await Promise.all(
      [0, 1].map(() => opened(withOffloading(hub, { threshold: 0, store }), clock)),
    );
    if (first === undefined || second === undefined) throw new Error("both are open");
    await first.createInstance(creation("one"));
    const order = { workerId: "w", maxItems: 1, leaseMs: 1_000 };
    const [item] = await first.fetchOrchestrations(order);
    clock.advance(2_000);
    const [again] = await second.fetchOrchestrations(order);
    if (item === undefined || again === undefined) throw new Error("both have it");
    const commit = (lock: typeof item.lock, output: string): TurnCommit => ({
      ...{ requestId: `${lock.token}`, lock, consumed: [], events: [], activities: [], timers: [], messages: [] },
      ...{ starts: [], cancelledTimers: [], status: { runtimeStatus: "Completed", lastUpdatedAt: 1, output } },
    });
    await second.completeOrchestration(commit(again.lock, "the owner's"));
    await expect(first.completeOrchestration(commit(item.lock, "the zombie's"))).rejects.toThrow(LeaseLostError);
    expect((await second.getInstance("one"))?.output).toBe("the owner's");
    expect(new Set(written).size).toBe(written.length);
  });

  it("judges limits by the text, before anything is put", async () => {
    const store = new MemoryStore();
    const backend = withOffloading(memory({ store }), { threshold: 10 });
    const stage = await Stage.open(REGISTER, { backend, payloadBytesMax: 100 });
    await expect(stage.start(waits, LARGE)).rejects.toThrow("the limit is 100 bytes");
    expect(store.payloads.keys()).toEqual([]);
  });

  it("off-loads what a codec has made of the texts", async () => {
    const store = new MemoryStore();
    const backend = withCodec(withOffloading(memory({ store }), { threshold: THRESHOLD }), gzip({ minLength: 10 }));
    const stage = await Stage.open(REGISTER, { backend });
    const chance = Array.from({ length: 300 }, (_, i) => ((i * 7919) % 1009).toString(36)).join("");
    await stage.start(child, chance, "mixed");
    await stage.start(child, LARGE, "shrunk");
    await stage.rest();
    expect((await stage.client.getOrchestrationState("mixed"))?.output).toBe(chance);
    expect((await stage.client.getOrchestrationState("shrunk"))?.output).toBe(LARGE);
    const texts = store.payloads.keys().map((key) => store.payloads.get(key)?.slice(0, 5));
    expect(new Set(texts)).toEqual(new Set(["gzip:"]));
    expect(store.getInstance("shrunk")?.output).toMatch(/^gzip:/u);
  });
});

async function opened(factory: BackendFactory, clock: ManualClock): Promise<Backend> {
  const backend = factory({ clock, ids: systemIds });
  await backend.open();
  return backend;
}

function creation(instanceId: string): Parameters<Backend["createInstance"]>[0] {
  const event = { type: "ExecutionStarted", name: "n", instanceId, executionId: instanceId, input: LARGE } as const;
  const start = { event, carriedEvents: [] };
  return { requestId: instanceId, instanceId, incarnation: instanceId, start, replaceStatuses: [] };
}

describe("a payload store that fails", () => {
  const kept = new MemoryPayloads().on({ now: () => 0 });

  /** Fails to keep payloads, so often. */
  function broken(times: number, inner: PayloadStore = kept): PayloadStore {
    let left = times;
    const put: PayloadStore["put"] = (key, text) =>
      left-- > 0 ? Promise.reject(new Error("the bucket is away.")) : inner.put(key, text);
    return { ...inner, put };
  }

  it("fails the call, which has not reached the hub", async () => {
    const store = new MemoryStore();
    const offloading = withOffloading(memory({ store }), { threshold: 0, store: broken(1) });
    const backend = await opened(offloading, new ManualClock());
    await expect(backend.createInstance(creation("one"))).rejects.toThrow(StorageError);
    await expect(backend.createInstance(creation("two"))).resolves.toBeUndefined();
    expect(store.getInstance("one")).toBeUndefined();
    expect(store.getInstance("two")).toBeDefined();
  });

  it("gets a turn tried again, with its payloads", async () => {
    const store = new MemoryStore();
    const clock = new ManualClock();
    await (await open({}, store, clock)).stage.start(child, LARGE);
    const { stage } = await open({ store: broken(2, store.payloads.on(clock)) }, store, clock);
    await stage.whileTimePasses(stage.rest());
    expect(stage.hub.counters()["items.abandoned"]).toBeUndefined();
    expect(store.getInstance("one")?.runtimeStatus).toBe("Completed");
  });

  it("leaves work that cannot be read, uncounted, and hands out the rest", async () => {
    const place = await open();
    const { stage, store } = place;
    await stage.start(waits, LARGE, "large");
    await stage.start(waits, "small", "small");
    const [key = ""] = keysOf(store.payloads);
    const lost = store.payloads.get(key) ?? "";
    store.payloads.delete([key]);
    for (let i = 0; i < 12; i++) {
      await stage.idle().catch((error: unknown) => {
        expect(error).toBeInstanceOf(PayloadMissingError);
      });
      stage.advance({ seconds: 31 });
    }
    expect(store.getInstance("small")?.runtimeStatus).toBe("Running");
    expect(store.getInstance("large")?.runtimeStatus).toBe("Pending");
    await expect(stage.client.getOrchestrationState("large")).rejects.toThrow(
      `The payload "${key}" is not in the payload`,
    );
    store.payloads.put(key, lost, 0);
    await stage.rest();
    expect(store.getInstance("large")?.runtimeStatus).toBe("Running");
  });

  it("leaves an instance whose history cannot be read, uncounted", async () => {
    const place = await open();
    const { stage, store } = place;
    await stage.start(waits, LARGE);
    await stage.client.raiseOrchestrationEvent("one", "other", `${LARGE}1`);
    await stage.idle();
    const [key = ""] = keysOf(store.payloads).filter((each) => store.payloads.get(each)?.includes("x1") === true);
    const lost = store.payloads.get(key) ?? "";
    store.payloads.delete([key]);
    stage.hub.evictWarmOrchestrations();
    await stage.client.raiseOrchestrationEvent("one", "word", "small");
    for (let i = 0; i < 12; i++) {
      await stage.idle();
      stage.advance({ seconds: 31 });
    }
    expect(store.getInstance("one")?.runtimeStatus).toBe("Running");
    store.payloads.put(key, lost, 0);
    await stage.rest();
    expect((await stage.client.getOrchestrationState("one"))?.output).toBe("small");
  });

  it("keeps nobody from purging what cannot be read, nor from lists that show no payloads", async () => {
    const { stage, store } = await open();
    await stage.start(child, LARGE);
    await stage.rest();
    store.payloads.delete(keysOf(store.payloads));
    await expect(stage.client.getOrchestrationState("one")).rejects.toThrow(PayloadMissingError);
    expect((await stage.client.getOrchestrationState("one", false))?.runtimeStatus).toBe("Completed");
    expect((await stage.client.listInstanceIds()).values).toEqual(["one"]);
    const listed: string[] = [];
    for await (const { instanceId } of stage.client.getAllInstances({ fetchInputsAndOutputs: false }))
      listed.push(instanceId);
    expect(listed).toEqual(["one"]);
    const { deletedInstanceCount } = await stage.client.purgeOrchestration({ runtimeStatusList: ["Completed"] });
    expect(deletedInstanceCount).toBe(1);
  });

  it("that takes too long for a call is given up, and before that the payloads are put anew", async () => {
    const clock = new ManualClock();
    let slow = 1;
    let puts = 0;
    const store: PayloadStore = {
      ...kept,
      put: async () => {
        puts += 1;
        if (slow-- > 0) clock.advance(11 * MINUTE_MS);
      },
    };
    const backend = await opened(withOffloading(memory(), { threshold: 0, store }), clock);
    await backend.createInstance(creation("one"));
    expect(puts).toBe(2);
    slow = Infinity;
    await expect(backend.createInstance(creation("two"))).rejects.toThrow("took too long");
    expect(await backend.getInstance("one").catch((error: unknown) => error)).toBeInstanceOf(PayloadMissingError);
  });
});

describe("unused payloads", () => {
  it("are removed once nothing refers to them, and no others", async () => {
    const place = await used();
    const { stage, store, payloads } = place;
    await sweep(place);
    const referred = new Set((await allOf(store)).match(/(?<=dacapo-payload:)[\w-]+/gu));
    expect(keysOf(payloads)).toEqual([...referred].sort());
    expect((await stage.client.getOrchestrationState("one"))?.output).toHaveLength(4);

    await stage.client.purgeOrchestration("one", { recursive: true });
    await sweep(place);
    expect(keysOf(payloads).length).toBeLessThan(referred.size);
  });

  it("stay for the grace period after they were last seen in use", async () => {
    const { stage, payloads } = await open();
    await stage.start(rounds, LARGE);
    await stage.idle();
    stage.advance({ hours: 5 });
    await stage.client.raiseOrchestrationEvent("one", "word", "small");
    await stage.rest();
    // Nothing refers to the first input any more, old as it is; but that is new.
    expect(await stage.client.purgeUnusedPayloads()).toEqual({ deleted: 0, unused: 1 });
    stage.clock.advance(29 * MINUTE_MS);
    expect(await stage.client.purgeUnusedPayloads()).toEqual({ deleted: 0, unused: 1 });
    stage.clock.advance(2 * MINUTE_MS);
    expect(await stage.client.purgeUnusedPayloads()).toEqual({ deleted: 1, unused: 0 });
    expect(keysOf(payloads)).toEqual([]);
  });

  it("that were put a moment ago are no candidates, because the call that refers to them may be under way", async () => {
    const { stage, payloads } = await open();
    payloads.put("young-0", LARGE, stage.clock.now());
    expect(await stage.client.purgeUnusedPayloads()).toEqual({ deleted: 0, unused: 0 });
    stage.clock.advance(31 * MINUTE_MS);
    expect(await stage.client.purgeUnusedPayloads()).toEqual({ deleted: 0, unused: 1 });
  });

  it("that are used again by the second look stay", async () => {
    const { stage, store, payloads } = await open();
    await stage.start(rounds, LARGE);
    stage.advance({ hours: 1 });
    const [message] = store.queue("one");
    const [key = ""] = keysOf(payloads);
    await stage.idle();
    await stage.client.raiseOrchestrationEvent("one", "word", "small");
    await stage.rest();
    expect(message).toBeUndefined();
    expect((await stage.client.purgeUnusedPayloads()).unused).toBe(1);
    // As when a backend delivers a message once more.
    const body = { type: "EventRaised", name: "word", input: `dacapo-payload:${key}` } as const;
    store.sendMessage({ messageId: "again", instanceId: "one", body }, stage.clock.now());
    stage.advance({ hours: 1 });
    expect(await stage.client.purgeUnusedPayloads()).toEqual({ deleted: 0, unused: 0 });
    await stage.rest();
    expect((await stage.client.getOrchestrationState("one"))?.input).toBe(LARGE);
  });

  it("are removed by the hub itself, in time", async () => {
    const { stage, payloads } = await open({ sweepEvery: { hours: 2 } });
    payloads.put("lost-0", LARGE, stage.clock.now());
    await stage.hub.start();
    for (let i = 0; i < 6 * 60; i++) {
      stage.clock.advance(MINUTE_MS);
      await hop();
    }
    expect(keysOf(payloads)).toEqual([]);
    expect(stage.hub.counters()["payloads.purged"]).toBe(1);
    await stage.hub.stop();
  });

  it("are looked for by applyRetention(), when it is time", async () => {
    const { stage, payloads } = await open({ sweepEvery: { hours: 2 } });
    payloads.put("lost-0", LARGE, stage.clock.now());
    for (const { hours, left } of [
      { hours: 0, left: 1 },
      { hours: 1, left: 1 },
      { hours: 1, left: 1 },
      { hours: 2, left: 0 },
    ]) {
      stage.advance({ hours });
      await stage.hub.applyRetention();
      expect(keysOf(payloads)).toHaveLength(left);
    }
  });

  it("are nobody's business in a hub that keeps its payloads in its rows", async () => {
    const stage = await Stage.open(REGISTER);
    expect(await stage.client.purgeUnusedPayloads()).toEqual({ deleted: 0, unused: 0 });
  });
});

describe("a snapshot of a hub that off-loads", () => {
  it("holds the texts, and its hub goes on anywhere", async () => {
    const { stage, store } = await open();
    await stage.start(keeper, { what: LARGE, again: true });
    await stage.idle();
    const old = await opened(withOffloading(memory({ store }), { threshold: THRESHOLD }), stage.clock);
    const parts: HubPart[] = [];
    for await (const part of old.snapshot?.() ?? []) parts.push(part);
    expect(JSON.stringify(parts)).not.toContain("dacapo-payload:");
    expect(JSON.stringify(parts)).toContain(LARGE);

    for (const threshold of [THRESHOLD, Infinity]) {
      const young = await open({ threshold }, new MemoryStore(), new ManualClock());
      const backend = await opened(withOffloading(memory({ store: young.store }), { threshold }), young.stage.clock);
      await backend.restore?.(
        (async function* () {
          yield* parts;
        })(),
      );
      expect((await allOf(young.store)).includes(LARGE)).toBe(threshold === Infinity);
      for (let i = 0; i < 2; i++) {
        await young.stage.client.raiseOrchestrationEvent("one", "word", LARGE);
        await young.stage.rest();
      }
      expect((await young.stage.client.getOrchestrationState("one"))?.output).toHaveLength(4);
    }
  });
});

describe("withOffloading()", () => {
  it.each([
    [undefined, undefined, "no backend"],
    [memory(), null, "no backend and options"],
    [memory(), { threshold: -1 }, "threshold: -1"],
    [memory(), { threshold: 1.5 }, "threshold: 1.5"],
    [memory(), { store: { put: () => undefined } }, "a store without get()"],
    [memory(), { sweepEvery: 5 }, "sweepEvery"],
  ])("refuses %o with %o", (backend, options, message) => {
    expect(() => withOffloading(backend as never, options as never)).toThrow(message);
  });

  it("refuses a backend that has no place for payloads, such as one behind a codec", async () => {
    const backend = withOffloading(withCodec(memory(), gzip()), { threshold: 10 });
    await expect(TaskHub.open({ backend })).rejects.toThrow("withCodec(withOffloading(sqlite(file)), codec)");
  });

  it("needs names for payloads that nobody else makes", () => {
    expect(() => withOffloading(memory())({ clock: new ManualClock() })).toThrow("was lent no ids");
  });
});
