/**
 * The memory backend obeys the contract, and leaves nothing behind when nobody waits any more.
 */
import { describe, expect, it } from "vitest";
import { MemoryStore, memory } from "../../src/backends/memory/index.ts";
import type { StoreListener } from "../../src/backends/memory/index.ts";
import { ManualClock, backendCases, backendSuite } from "../../src/testing/index.ts";
import { Stage, timerOf } from "../../src/testing/stage.ts";
import { createMemoryHub } from "./memory-hub.ts";

backendSuite({ name: "memory", create: () => createMemoryHub(), runner: { describe, it } });

describe("the backend suite", () => {
  it("has at least 70 laws, no two of one name", () => {
    const names = backendCases().map((one) => `${one.guarantee} ${one.name}`);
    expect(names.length).toBeGreaterThanOrEqual(70);
    expect(new Set(names).size).toBe(names.length);
  });
});

/** A store that tells how many listen to it. */
class ListenedStore extends MemoryStore {
  listeners = 0;

  override subscribe(listener: StoreListener): () => void {
    this.listeners++;
    const unsubscribe = super.subscribe(listener);
    return () => {
      this.listeners--;
      unsubscribe();
    };
  }
}

describe("waiting on the memory backend", () => {
  it("leaves no listener and no sleeper when its waits were aborted", async () => {
    const { store, clock, stage } = await stageWithTimer();
    const controller = new AbortController();
    const waits = [
      stage.backend.waitForWork("orchestration", controller.signal),
      stage.backend.waitForWork("orchestration", controller.signal),
      stage.backend.waitForWork("activity", controller.signal),
      stage.backend.waitForInstance("a", "ended", controller.signal),
    ];
    expect({ listeners: store.listeners, sleeping: clock.sleeping }).toEqual({ listeners: 1, sleeping: 1 });
    controller.abort();
    await Promise.all(waits);
    expect({ listeners: store.listeners, sleeping: clock.sleeping }).toEqual({ listeners: 0, sleeping: 0 });
  });

  it("leaves no listener and no sleeper when it was woken by a change", async () => {
    const { store, clock, stage } = await stageWithTimer();
    const wait = stage.backend.waitForWork("orchestration", new AbortController().signal);
    await stage.send("a");
    await wait;
    expect({ listeners: store.listeners, sleeping: clock.sleeping }).toEqual({ listeners: 0, sleeping: 0 });
  });

  it("leaves no listener and no sleeper when it was woken by a due time", async () => {
    const { store, clock, stage } = await stageWithTimer();
    const wait = stage.backend.waitForWork("orchestration", new AbortController().signal);
    clock.advance(60_000);
    await wait;
    expect({ listeners: store.listeners, sleeping: clock.sleeping }).toEqual({ listeners: 0, sleeping: 0 });
  });

  it("goes on waiting when its alarm rings early", async () => {
    const { store, clock, stage } = await stageWithTimer();
    let woken = false;
    const wait = stage.backend.waitForWork("orchestration", new AbortController().signal).then(() => (woken = true));
    store.delay("a", store.queue("a")[0]?.message.messageId ?? "", clock.now() + 90_000);
    clock.advance(60_000);
    await Promise.resolve().then(() => undefined);
    expect(woken).toBe(false);
    clock.advance(30_000);
    await wait;
  });

  it("sleeps until the soonest due time when a sooner one is added", async () => {
    const { clock, stage } = await stageWithTimer();
    await stage.createRunning("b");
    const wait = stage.backend.waitForWork("orchestration", new AbortController().signal);
    await stage.send("b", "Soon", { dueTime: clock.now() + 1_000 });
    expect(clock.sleeping).toBe(1);
    clock.advance(1_000);
    await wait;
    await stage.take("b");
  });

  it("returns at once when it is closed", async () => {
    const { stage } = await stageWithTimer();
    await stage.backend.close();
    await stage.backend.waitForWork("orchestration", new AbortController().signal);
    await stage.backend.waitForInstance("a", "ended");
  });
});

describe("memory()", () => {
  it("keeps two hubs apart that are opened on two values", async () => {
    const first = new Stage(await createMemoryHub());
    const second = new Stage(await createMemoryHub());
    await first.create("a");
    expect(await second.backend.getInstance("a")).toBeUndefined();
  });

  it("goes by its own clock when it was given one", async () => {
    const own = new ManualClock(1_000);
    const stage = new Stage(await createMemoryHub(memory({ clock: own })));
    await stage.create("a");
    expect((await stage.backend.getInstance("a"))?.createdAt).toBe(1_000);
  });
});

async function stageWithTimer(): Promise<{ store: ListenedStore; clock: ManualClock; stage: Stage }> {
  const store = new ListenedStore();
  const clock = new ManualClock();
  const stage = new Stage(await createMemoryHub(memory({ store, clock })));
  await stage.create("a");
  const item = await stage.take("a");
  await stage.complete(item, { timers: [timerOf(item, item.now + 60_000)] });
  return { store, clock, stage };
}
