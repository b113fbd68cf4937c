/**
 * The memory store beneath the contract: the hooks, policies, micro-steps and views that a simulator builds on.
 */
import { describe, expect, it } from "vitest";
import { InvariantError, LeaseLostError } from "../../src/core/errors.ts";
import { MemoryStore, applyAll, memory } from "../../src/backends/memory/index.ts";
import { ManualClock } from "../../src/testing/index.ts";
import { LEASE_MS, Stage, activityOf, startOf, timerOf } from "../../src/testing/stage.ts";
import { createMemoryHub } from "./memory-hub.ts";

interface Scene {
  readonly store: MemoryStore;
  readonly clock: ManualClock;
  readonly stage: Stage;
}

async function scene(options: { readonly keepHistory?: boolean } = {}): Promise<Scene> {
  const store = new MemoryStore(options);
  const clock = new ManualClock();
  return { store, clock, stage: new Stage(await createMemoryHub(memory({ store, clock }))) };
}

const FETCH = { workerId: "w", maxItems: 10, leaseMs: LEASE_MS };

describe("expireLock", () => {
  it("makes a locked instance ready at once, and its holder a zombie", async () => {
    const { store, stage } = await scene();
    await stage.create("a");
    const zombie = await stage.take("a");
    expect(store.expireLock("a")).toBe(true);
    await expect(stage.complete(zombie)).rejects.toThrow(LeaseLostError);
    await stage.take("a");
  });

  it("makes a locked activity ready at once, and its holder a zombie", async () => {
    const { store, stage } = await scene();
    await stage.create("a");
    const item = await stage.take("a");
    await stage.complete(item, { activities: [activityOf(item)] });
    const zombie = await stage.takeActivity();
    expect(store.expireLock(zombie.lock.key)).toBe(true);
    await expect(stage.answer(zombie)).rejects.toThrow(LeaseLostError);
    await stage.takeActivity();
  });

  it("says so when there is no lock to expire", async () => {
    const { store, clock, stage } = await scene();
    expect(store.expireLock("a")).toBe(false);
    await stage.create("a");
    expect(store.expireLock("a")).toBe(false);
    await stage.take("a");
    clock.advance(LEASE_MS);
    store.hasWork("orchestration", clock.now());
    expect(store.expireLock("a")).toBe(false);
  });
});

describe("redeliver", () => {
  it("delivers a consumed message once more", async () => {
    const { store, stage } = await scene();
    await stage.createRunning("a");
    const sent = await stage.send("a");
    await stage.turn("a");
    expect(store.redeliver("a", sent)).toBe(true);
    expect((await stage.take("a")).messages).toEqual([sent]);
  });

  it("puts a copy of a waiting message into the next batch, not into the same", async () => {
    const { store, stage } = await scene();
    await stage.createRunning("a");
    const sent = await stage.send("a");
    store.redeliver("a", sent);
    store.redeliver("a", sent);
    expect(store.queue("a").length).toBe(3);
    for (let i = 0; i < 3; i++) {
      const item = await stage.take("a");
      expect(item.messages).toEqual([sent]);
      await stage.complete(item);
    }
    await stage.assertIdle("a", "all copies were consumed");
  });

  it("keeps a copy that arrives during the turn that consumes its original", async () => {
    const { store, stage } = await scene();
    await stage.createRunning("a");
    const sent = await stage.send("a");
    const item = await stage.take("a");
    store.redeliver("a", sent);
    await stage.complete(item);
    expect((await stage.take("a")).messages).toEqual([sent]);
  });

  it("delivers a message also to an instance that has ended, so that the core can drop it", async () => {
    const { store, stage } = await scene();
    await stage.createRunning("a");
    const sent = await stage.send("a");
    await stage.turn("a", { runtimeStatus: "Completed" });
    store.redeliver("a", sent);
    const item = await stage.take("a");
    expect(item.messages).toEqual([sent]);
    await stage.complete(item, { events: [], runtimeStatus: "Completed" });
    await stage.assertIdle("a", "the copy was consumed");
    expect(store.backlog(0).pending).toBe(0);
  });

  it("delivers no timer before its due time", async () => {
    const { store, clock, stage } = await scene();
    await stage.create("a");
    const item = await stage.take("a");
    const timer = timerOf(item, item.now + 1_000);
    await stage.complete(item, { timers: [timer] });
    store.redeliver("a", timer);
    await stage.assertIdle("a", "neither the timer nor its copy is due");
    clock.advance(1_000);
    await stage.turn("a");
    expect((await stage.take("a")).messages).toEqual([timer]);
  });

  it("delivers nothing to another incarnation, nor to nobody", async () => {
    const { store, stage } = await scene();
    const { incarnation } = await stage.createEnded("a");
    await stage.create("a", { replaceStatuses: ["Completed"] });
    expect(store.redeliver("a", stage.event("a"), incarnation)).toBe(false);
    expect(store.redeliver("nobody", stage.event("nobody"))).toBe(false);
    expect(store.queue("a")).toEqual([]);
  });
});

describe("delay", () => {
  it("hides a waiting message until its new time", async () => {
    const { store, clock, stage } = await scene();
    await stage.createRunning("a");
    const sent = await stage.send("a");
    expect(store.delay("a", sent.messageId, clock.now() + 1_000)).toBe(true);
    await stage.assertIdle("a", "its message is delayed");
    expect(store.backlog(clock.now()).nextDueTime).toBe(clock.now() + 1_000);
    clock.advance(1_000);
    expect((await stage.take("a")).messages).toEqual([sent]);
  });

  it("delays a message behind one that was sent after it", async () => {
    const { store, clock, stage } = await scene();
    await stage.createRunning("a");
    const first = await stage.send("a");
    const second = await stage.send("a");
    store.delay("a", first.messageId, clock.now() + 1);
    clock.advance(1);
    expect((await stage.take("a")).messages).toEqual([second, first]);
  });

  it("lets a turn consume a message that was delayed while it ran", async () => {
    const { store, clock, stage } = await scene();
    await stage.createRunning("a");
    const sent = await stage.send("a");
    const item = await stage.take("a");
    store.delay("a", sent.messageId, clock.now() + 1_000);
    await stage.complete(item);
    expect(store.queue("a")).toEqual([]);
  });

  it("says so when the message does not wait", async () => {
    const { store, stage } = await scene();
    await stage.createRunning("a");
    expect(store.delay("a", "never-sent", 1)).toBe(false);
    expect(store.delay("nobody", "never-sent", 1)).toBe(false);
  });
});

describe("the policy of a fetch", () => {
  it("is to hand out the oldest ready instances, and their messages in the order of their arrival", async () => {
    const { store, clock, stage } = await scene();
    for (const id of ["c", "a", "b"]) await stage.create(id);
    const sent = [await stage.send("a"), await stage.send("a")];
    const items = store.fetchOrchestrations(FETCH, clock.now());
    expect(items.map((item) => item.instance.instanceId)).toEqual(["c", "a", "b"]);
    expect(items[1]?.messages).toEqual(sent);
  });

  it("puts a timer between what arrived before and after it was due", async () => {
    const { store, clock, stage } = await scene();
    await stage.create("a");
    const item = await stage.take("a");
    const timer = timerOf(item, item.now + 2);
    await stage.complete(item, { timers: [timer] });
    clock.advance(1);
    const before = await stage.send("a");
    clock.advance(2);
    const after = await stage.send("a");
    const [next] = store.fetchOrchestrations(FETCH, clock.now());
    expect(next?.messages).toEqual([before, timer, after]);
  });

  it("puts what was begun before what is new", async () => {
    const { store, clock, stage } = await scene();
    await stage.createRunning("begun");
    await stage.create("new");
    await stage.send("begun");
    const items = store.fetchOrchestrations({ ...FETCH, maxItems: 1 }, clock.now());
    expect(items.map((item) => item.lock.key)).toEqual(["begun"]);
  });

  it("keeps no new instance waiting however much was begun", async () => {
    const { stage } = await scene();
    for (let i = 0; i < 20; i++) await stage.createRunning(`begun-${i}`);
    for (let i = 0; i < 20; i++) await stage.send(`begun-${i}`);
    await stage.create("new");
    const keys = (await stage.fetch(10)).map((item) => item.lock.key);
    expect(keys).toContain("new");
    expect(keys.length).toBe(10);
  });

  it("may pick which ready instances are handed out", async () => {
    const { store, clock, stage } = await scene();
    for (const id of ["a", "b", "c"]) await stage.create(id);
    const seen: (readonly string[])[] = [];
    const pick = (keys: readonly string[]): readonly string[] => {
      seen.push(keys);
      return ["b"];
    };
    const items = store.fetchOrchestrations(FETCH, clock.now(), { pick });
    expect(seen).toEqual([["a", "b", "c"]]);
    expect(items.map((item) => item.lock.key)).toEqual(["b"]);
    expect(store.fetchOrchestrations(FETCH, clock.now()).map((item) => item.lock.key)).toEqual(["a", "c"]);
  });

  it("may pick which activities are handed out", async () => {
    const { store, clock, stage } = await scene();
    await stage.create("a");
    const item = await stage.take("a");
    await stage.complete(item, { activities: [activityOf(item, 1), activityOf(item, 2)] });
    const picked = store.fetchActivities(FETCH, clock.now(), { pick: (keys) => keys.slice(1) });
    expect(picked.map((activity) => activity.work.taskId)).toEqual([2]);
  });

  it("may select which messages form a batch, in any order; the others stay", async () => {
    const { store, clock, stage } = await scene();
    await stage.createRunning("a");
    const sent = [await stage.send("a"), await stage.send("a"), await stage.send("a")];
    const [item] = store.fetchOrchestrations(FETCH, clock.now(), {
      select: (_id, visible) => visible.slice(1).reverse(),
    });
    expect(item?.messages).toEqual([sent[2], sent[1]]);
    if (item !== undefined) await stage.complete(item);
    expect((await stage.take("a")).messages).toEqual([sent[0]]);
  });

  it("leaves an instance where it is when an empty batch is selected", async () => {
    const { store, clock, stage } = await scene();
    await stage.createRunning("a");
    await stage.send("a");
    expect(store.fetchOrchestrations(FETCH, clock.now(), { select: () => [] })).toEqual([]);
    expect((await stage.take("a")).deliveryCount).toBe(1);
  });

  it("still begins an execution when an empty batch is selected", async () => {
    const { store, clock, stage } = await scene();
    await stage.create("a");
    await stage.send("a");
    const [item] = store.fetchOrchestrations(FETCH, clock.now(), { select: () => [] });
    expect(item?.messages).toEqual([]);
  });
});

describe("the micro-steps of a commit", () => {
  it("are named, and change nothing until they are applied", async () => {
    const { store, clock, stage } = await scene();
    await stage.createRunning("b");
    await stage.createRunning("a");
    await stage.send("a");
    const item = await stage.take("a");
    const commit = stage.commit(item, {
      activities: [activityOf(item, 1)],
      timers: [timerOf(item, item.now + 1, 2)],
      messages: [stage.event("b")],
    });
    const before = JSON.stringify([[...store.instances()], store.queue("a"), store.queue("b")]);
    const plan = store.planCompleteOrchestration(commit, clock.now());
    expect(plan.map((step) => step.name)).toEqual([
      "history",
      "activities",
      "timers",
      "messages",
      "inbox",
      "status",
      "lock",
    ]);
    expect(JSON.stringify([[...store.instances()], store.queue("a"), store.queue("b")])).toBe(before);
    applyAll(plan);
    expect(store.instance("a")?.history.length).toBe(4);
    expect(store.planCompleteOrchestration(commit, clock.now())).toEqual([]);
  });

  it("leave the lock in place when they stop half-way, until it expires", async () => {
    const { store, clock, stage } = await scene();
    await stage.create("a");
    const item = await stage.take("a");
    const plan = store.planCompleteOrchestration(stage.commit(item, { messages: [stage.event("a")] }), clock.now());
    applyAll(plan.slice(0, 2));
    await stage.assertIdle("a", "it is still locked");
    clock.advance(LEASE_MS);
    const next = await stage.take("a");
    expect(next.lastEventId).toBe(2);
    expect(next.messages.length).toBe(1);
  });

  it("deliver an activity's answer before they remove it", async () => {
    const { store, clock, stage } = await scene();
    await stage.create("a");
    const item = await stage.take("a");
    await stage.complete(item, { activities: [activityOf(item)] });
    const { lock, work } = await stage.takeActivity();
    const message = { ...timerOf(item, 0), body: { type: "TaskCompleted", taskId: work.taskId } as const };
    const plan = store.planCompleteActivity({ requestId: "r", lock, message }, clock.now());
    expect(plan.map((step) => step.name)).toEqual(["messages", "activities"]);
    plan[0]?.apply();
    expect(store.queue("a").length).toBe(1);
    expect([...store.activities()].length).toBe(1);
    plan[1]?.apply();
    expect([...store.activities()].length).toBe(0);
  });

  it("remove before they create when an instance is replaced", async () => {
    const { store, clock, stage } = await scene();
    await stage.createEnded("a");
    const plan = store.planCreateInstance(stage.creation("a", { replaceStatuses: ["Completed"] }), clock.now());
    expect(plan.map((step) => step.name)).toEqual(["removal", "creation"]);
    plan[0]?.apply();
    expect(store.getInstance("a")).toBeUndefined();
  });
});

describe("a commit that no engine should make", () => {
  it("fails as a bug when its events do not follow the history", async () => {
    const { stage } = await scene();
    await stage.create("a");
    const item = await stage.take("a");
    await expect(stage.complete({ ...item, lastEventId: 1 })).rejects.toThrow(InvariantError);
  });

  it("fails as a bug when it consumes what it was not handed", async () => {
    const { store, stage } = await scene();
    await stage.create("a");
    const item = await stage.take("a");
    const sent = await stage.send("a");
    await expect(stage.complete(item, { consumed: [sent.messageId] })).rejects.toThrow(InvariantError);
    expect(store.instance("a")?.history).toEqual([]);
  });
});

describe("the readers", () => {
  it("count what was discarded, by reason", async () => {
    const { store, stage } = await scene();
    await stage.createEnded("b");
    await stage.createRunning("a", { messages: [stage.event("b"), stage.event("nobody"), stage.event("nobody")] });
    const consumed = await stage.send("a");
    await stage.send("a");
    await stage.turn("a", { consumed: [consumed.messageId], runtimeStatus: "Completed" });
    expect(Object.fromEntries(store.discarded)).toEqual({ "instance-terminal": 2, "instance-not-found": 2 });
  });

  it("count no cancelled or orphaned timer as discarded", async () => {
    const { store, stage } = await scene();
    await stage.create("a");
    const item = await stage.take("a");
    await stage.complete(item, { timers: [timerOf(item, item.now + 1)], runtimeStatus: "Completed" });
    expect(store.discarded.size).toBe(0);
  });

  it("show instances, queues, activities and locks as they are", async () => {
    const { store, clock, stage } = await scene();
    const { start, incarnation } = await stage.create("a");
    const item = await stage.take("a");
    await stage.complete(item, { activities: [activityOf(item)], customStatus: "1" });
    const sent = await stage.send("a");
    const activity = await stage.takeActivity();
    const held = await stage.take("a");
    const [view] = [...store.instances()];
    expect(view?.record).toEqual(store.getInstance("a"));
    expect(view?.start).toEqual(start);
    expect(view?.history).toEqual(await stage.backend.getHistory("a"));
    expect(view?.batch.map((entry) => entry.message)).toEqual([sent]);
    const [entry] = store.queue("a");
    expect(entry).toMatchObject({ message: sent, incarnation, visibleAt: clock.now() });
    expect([...store.activities()].map(({ id, work }) => ({ id, work }))).toEqual([
      { id: activity.lock.key, work: activity.work },
    ]);
    expect(store.locks().map(({ kind, key, token }) => ({ kind, key, token }))).toEqual([
      { kind: "orchestration", ...held.lock },
      { kind: "activity", ...activity.lock },
    ]);
    clock.advance(LEASE_MS);
    expect(store.hasWork("activity", clock.now())).toBe(true);
    expect(store.locks()).toEqual([]);
  });

  it("keep the histories of ended executions when asked to, until their instance goes", async () => {
    const { store, stage } = await scene({ keepHistory: true });
    const { start } = await stage.createRunning("a");
    await stage.send("a");
    await stage.turn("a", { next: startOf("a", "second") });
    await stage.turn("a", { next: startOf("a", "third") });
    const kept = store.archivedHistories("a");
    expect(kept.map(({ executionId, events }) => [executionId, events.length])).toEqual([
      [start.event.executionId, 4],
      ["second", 2],
    ]);
    await stage.turn("a", { runtimeStatus: "Completed" });
    await stage.purge("a");
    expect(store.archivedHistories("a")).toEqual([]);
  });

  it("keep no history of ended executions unasked", async () => {
    const { store, stage } = await scene();
    await stage.createRunning("a");
    await stage.send("a");
    await stage.turn("a", { next: startOf("a", "second") });
    expect(store.archivedHistories("a")).toEqual([]);
  });
});

describe("the store's time", () => {
  it("never goes back", async () => {
    const { store, stage, clock } = await scene();
    const before = clock.now();
    await stage.create("a");
    const [item] = store.fetchOrchestrations(FETCH, before + 1_000);
    expect(item?.now).toBe(before + 1_000);
    await stage.send("a");
    await stage.create("b");
    expect((await stage.take("b")).now).toBe(before + 1_000);
    expect(store.now).toBe(before + 1_000);
  });

  it("hands out at most 1,000 messages at a time", async () => {
    const { stage } = await scene();
    await stage.createRunning("a");
    for (let i = 0; i < 1_001; i++) await stage.send("a");
    const item = await stage.take("a");
    expect(item.messages.length).toBe(1_000);
    await stage.complete(item);
    expect((await stage.take("a")).messages.length).toBe(1);
  });
});
