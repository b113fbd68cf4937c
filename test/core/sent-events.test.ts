/**
 * Laws of events between orchestrations: each arrives once, and a sender's in the order sent, whatever queues do.
 */
import { describe, expect, it } from "vitest";
import type { InstanceMessage } from "dacapo/backend";
import { orchestrator } from "dacapo";
import { replayHistory } from "dacapo/replay";
import { Stage } from "../runtime/stage.ts";

/** Takes `count` events and gives them; continues as new after each where `relays`. */
const receiver = orchestrator(
  "receiver",
  function* (ctx, input: { count: number; taken: unknown[]; relays?: boolean }) {
    const taken = [...input.taken];
    while (taken.length < input.count) {
      taken.push(yield* ctx.waitForExternalEvent("x"));
      if (input.relays !== true || taken.length === input.count) continue;
      ctx.continueAsNew({ ...input, taken });
      return undefined;
    }
    return taken;
  },
);

/** Sends its numbers, one turn each; `hops` continue as new after each. */
const sender = orchestrator(
  "sender",
  function* (ctx, input: { to: string; numbers: readonly number[]; hops?: boolean; pauseHours?: number }) {
    const [n, ...rest] = input.numbers;
    if (n === undefined) return;
    ctx.sendEvent(input.to, "x", n);
    yield* ctx.createTimer({ hours: input.pauseHours ?? 0 });
    if (input.hops === true) {
      ctx.continueAsNew({ ...input, numbers: rest });
      return;
    }
    for (const later of rest) {
      ctx.sendEvent(input.to, "x", later);
      yield* ctx.createTimer({ hours: input.pauseHours ?? 0 });
    }
  },
);

const wanted = { count: 4, taken: [] };

/** Takes the events that wait for an instance, and delivers them again in another order. */
function reorder(stage: Stage, order: readonly number[]): void {
  const entries = stage.store.queue("bob");
  const now = stage.clock.now();
  for (const [rank, index] of order.entries()) {
    const message = entries[index]?.message;
    if (message !== undefined) stage.store.delay("bob", message.messageId, now + 1 + rank);
  }
}

/** Works off bob's messages one by one, in the order in which they become visible. */
async function oneByOne(stage: Stage, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    stage.clock.advance(1);
    await stage.idle();
  }
}

describe.each([
  ["warm", {}],
  ["replayed at every turn", { worker: { maxWarmOrchestrations: 0 } }],
])("an event that an orchestration sends, %s", (_how, options) => {
  async function open(relays = false): Promise<Stage> {
    const stage = await Stage.open([receiver, sender], options);
    await stage.start(receiver, { ...wanted, relays }, "bob");
    await stage.idle();
    stage.clock.advance(1000);
    return stage;
  }

  it.each([false, true])("arrives once, in the order sent (receiver continues as new: %s)", async (relays) => {
    const stage = await open(relays);
    await stage.start(sender, { to: "bob", numbers: [1, 2, 3, 4] });
    await stage.rest();
    expect(await stage.output("bob")).toEqual([1, 2, 3, 4]);
  });

  it("keeps its order across the sender's continue-as-new", async () => {
    const stage = await open();
    await stage.start(sender, { to: "bob", numbers: [1, 2, 3, 4], hops: true });
    await stage.rest();
    expect(await stage.output("bob")).toEqual([1, 2, 3, 4]);
  });

  /** Sends four events that all wait for bob, who has not begun his turn. */
  async function allWaiting(stage: Stage, hops: boolean): Promise<readonly InstanceMessage[]> {
    stage.store.holdBack("bob", stage.clock.now() + 60_000);
    await stage.start(sender, { to: "bob", numbers: [1, 2, 3, 4], hops });
    await stage.idle();
    const messages = stage.store.queue("bob").map(({ message }) => message);
    expect(messages).toHaveLength(4);
    stage.clock.advance(60_000);
    return messages;
  }

  it.each([
    [[3, 2, 1, 0], false, false],
    [[1, 0, 3, 2], false, true],
    [[2, 3, 0, 1], true, false],
    [[3, 1, 2, 0], true, true],
  ])(
    "is put in order when it overtakes others: %j, sender hops %s, receiver relays %s",
    async (order, hops, relays) => {
      const stage = await open(relays);
      await allWaiting(stage, hops);
      reorder(stage, order);
      await oneByOne(stage, 4);
      await stage.rest();
      expect(await stage.output("bob")).toEqual([1, 2, 3, 4]);
      if (!relays) expect((await replayHistory(receiver, await stage.history("bob"), { strict: true })).ok).toBe(true);
    },
  );

  it.each([false, true])("that comes twice is dropped (receiver continues as new: %s)", async (relays) => {
    const stage = await Stage.open([receiver, sender], options);
    await stage.start(receiver, { count: 5, taken: [], relays }, "bob");
    await stage.idle();
    stage.clock.advance(1000);
    const messages = await allWaiting(stage, false);
    await stage.idle();
    for (const message of messages) stage.store.redeliver("bob", message);
    await stage.idle();
    expect(stage.dropped("duplicate")).toBe(4);
    await stage.client.raiseOrchestrationEvent("bob", "x", 5);
    await stage.idle();
    expect(await stage.output("bob")).toEqual([1, 2, 3, 4, 5]);
  });

  it("comes after a receiver forgot its sender, and is not waited for in vain", async () => {
    const stage = await open(true);
    await stage.start(sender, { to: "bob", numbers: [1, 2, 3, 4], pauseHours: 24 });
    await stage.rest();
    expect(await stage.output("bob")).toEqual([1, 2, 3, 4]);
  });

  it("reaches the next life of the receiver's id, though the one before got others", async () => {
    const stage = await Stage.open([receiver, sender], options);
    await stage.start(receiver, { count: 2, taken: [] }, "bob");
    await stage.start(sender, { to: "bob", numbers: [1, 2, 3, 4], pauseHours: 1 });
    await stage.idle();
    stage.advance({ hours: 1 });
    await stage.idle();
    expect(await stage.output("bob")).toEqual([1, 2]);
    await stage.client.purgeOrchestration("bob");
    stage.clock.advance(1);
    await stage.start(receiver, { count: 2, taken: [] }, "bob");
    await stage.rest();
    expect(await stage.output("bob")).toEqual([3, 4]);
  });

  it("reaches a receiver that began after the first was sent to nobody", async () => {
    const stage = await Stage.open([receiver, sender], options);
    await stage.start(sender, { to: "bob", numbers: [1, 2, 3], pauseHours: 1 });
    await stage.idle();
    expect(stage.store.discarded.get("instance-not-found")).toBe(1);
    stage.clock.advance(1);
    await stage.start(receiver, { count: 2, taken: [] }, "bob");
    await stage.rest();
    expect(await stage.output("bob")).toEqual([2, 3]);
  });

  it("reaches a receiver that began in the very instant in which the first was sent to nobody", async () => {
    const stage = await Stage.open([receiver, sender], options);
    await stage.start(sender, { to: "bob", numbers: [1, 2, 3] });
    await stage.hub.runUntilIdle({ maxTurns: 1 });
    expect(stage.store.discarded.get("instance-not-found")).toBe(1);
    await stage.start(receiver, { count: 2, taken: [] }, "bob");
    await stage.rest();
    expect(await stage.output("bob")).toEqual([2, 3]);
  });

  it("keeps its order where two were put back the wrong way round, and others say since which life is meant", async () => {
    const stage = await Stage.open([receiver, sender], options);
    await stage.start(receiver, wanted, "bob");
    await stage.idle();
    // In the instant in which bob began: nobody can tell of the third and the fourth alone whether they were sent to this life.
    stage.store.holdBack("bob", stage.clock.now() + 1);
    await stage.start(sender, { to: "bob", numbers: [1, 2, 3, 4] });
    await stage.idle();
    reorder(stage, [3, 2, 0, 1]);
    await oneByOne(stage, 5);
    await stage.rest();
    expect(await stage.output("bob")).toEqual([1, 2, 3, 4]);
  });

  it("reaches a child that the same turn began, in order, and later ones as well", async () => {
    const parent = orchestrator("parent", function* (ctx) {
      const child = ctx.callSubOrchestrator(receiver, wanted, { instanceId: "bob" });
      for (const n of [1, 2]) ctx.sendEvent("bob", "x", n);
      yield* ctx.createTimer({ seconds: 0 });
      for (const n of [3, 4]) ctx.sendEvent("bob", "x", n);
      return yield* child;
    });
    const stage = await Stage.open([parent, receiver], options);
    stage.store.holdBack("bob", stage.clock.now() + 1000);
    await stage.start(parent);
    await stage.hub.runUntilIdle({ maxTurns: 1 });
    stage.store.holdBack("bob", stage.clock.now() + 1000);
    await stage.idle();
    stage.clock.advance(1000);
    reorder(stage, [3, 2, 1, 0]);
    await oneByOne(stage, 4);
    await stage.rest();
    expect(await stage.output()).toEqual([1, 2, 3, 4]);
  });

  it("is kept for a receiver that has not begun, and for one that is suspended", async () => {
    const stage = await Stage.open([receiver, sender], options);
    await stage.client.scheduleNewOrchestration(receiver, wanted, { instanceId: "bob", startAt: { hours: 1 } });
    stage.clock.advance(1);
    await allWaiting(stage, false);
    reorder(stage, [1, 0, 3, 2]);
    await oneByOne(stage, 4);
    await stage.client.suspendOrchestration("bob");
    await stage.rest();
    await stage.client.resumeOrchestration("bob");
    await stage.rest();
    expect(await stage.output("bob")).toEqual([1, 2, 3, 4]);
  });

  it("may be for the sender itself", async () => {
    const self = orchestrator("self", function* (ctx, n: number) {
      for (let i = 0; i < 2; i++) ctx.sendEvent(ctx.instanceId, "x", `${n}${i}`);
      if (n === 0) {
        ctx.continueAsNew(1);
        return undefined;
      }
      const taken: unknown[] = [];
      while (taken.length < 4) taken.push(yield* ctx.waitForExternalEvent("x"));
      return taken;
    });
    const stage = await Stage.open([self], options);
    await stage.start(self, 0);
    await stage.rest();
    expect(await stage.output()).toEqual(["00", "01", "10", "11"]);
  });

  it("is carried over when it came too early, preserved or not", async () => {
    const dropper = orchestrator("dropper", function* (ctx, n: number) {
      if (n === 1) return [yield* ctx.waitForExternalEvent("x"), yield* ctx.waitForExternalEvent("x")];
      yield* ctx.waitForExternalEvent("go");
      ctx.continueAsNew(1, { preserveUnprocessedEvents: false });
      return undefined;
    });
    const stage = await Stage.open([dropper, sender], options);
    await stage.start(dropper, 0, "bob");
    await stage.idle();
    stage.clock.advance(1000);
    stage.store.holdBack("bob", stage.clock.now() + 1000);
    await stage.start(sender, { to: "bob", numbers: [1, 2] });
    await stage.idle();
    stage.clock.advance(1000);
    reorder(stage, [1]);
    stage.store.delay("bob", stage.store.queue("bob")[0]?.message.messageId ?? "", stage.clock.now() + 5000);
    await oneByOne(stage, 2);
    await stage.client.raiseOrchestrationEvent("bob", "go");
    await stage.rest();
    expect(await stage.output("bob")).toEqual([1, 2]);
  });
});

describe("ctx.sendEvent", () => {
  it("refuses a receiver, a name or data that is none", async () => {
    const codes: unknown[] = [];
    const wrong = orchestrator("wrong", (ctx) => {
      for (const [id, name, data] of [
        ["", "x"],
        ["@counter@a", "x"],
        ["bob", " "],
        ["bob", "x", () => 1],
      ] as const) {
        try {
          ctx.sendEvent(id, name, data);
        } catch (error) {
          codes.push((error as { code?: unknown }).code);
        }
      }
    });
    const stage = await Stage.open([wrong]);
    await stage.start(wrong);
    await stage.rest();
    expect(codes).toEqual([
      ...["INVALID_ARGUMENT", "INVALID_ARGUMENT", "INVALID_ARGUMENT", "PAYLOAD_NOT_SERIALIZABLE"],
    ]);
  });

  it("is a decision that replay compares", async () => {
    const stage = await Stage.open([sender]);
    await stage.start(sender, { to: "bob", numbers: [1, 2] });
    await stage.rest();
    const changed = orchestrator("sender", function* (ctx) {
      ctx.sendEvent("eve", "x", 1);
      yield* ctx.createTimer({ hours: 0 });
    });
    const result = await replayHistory(changed, await stage.history());
    expect(result.ok).toBe(false);
    if (!result.ok) expect(result.error.message).toContain('expected EventSent "x for bob"');
  });
});
