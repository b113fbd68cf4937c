/**
 * Virtual time and the order of operations, with hand-written actors in place of task hubs.
 */
import { describe, expect, it } from "vitest";
import { newActor } from "../../simulator/src/world/actor.ts";
import { NEVER, Scheduler } from "../../simulator/src/world/scheduler.ts";
import { clockOf, VirtualClock } from "../../simulator/src/world/virtual-clock.ts";

/** Lets all microtasks run. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** A scheduler with one actor, whose calls write down what became of them. */
function setUp(): {
  readonly scheduler: Scheduler;
  readonly clock: VirtualClock;
  readonly log: string[];
  readonly actor: ReturnType<typeof newActor>;
  readonly watch: (name: string, promise: Promise<unknown>) => void;
} {
  const log: string[] = [];
  const watch = (name: string, promise: Promise<unknown>): void => {
    promise.then(
      (value) => log.push(`${name}=${String(value)}`),
      (error: unknown) => log.push(`${name}!${(error as Error).message}`),
    );
  };
  const clock = new VirtualClock(1_000);
  return { scheduler: new Scheduler(clock), clock, log, actor: newActor("worker", "A"), watch };
}

describe("the scheduler", () => {
  it("does nothing until it is told to, and then one thing at a time", async () => {
    const { scheduler, actor, log, watch } = setUp();
    watch(
      "one",
      scheduler.perform(actor, "one", () => 1),
    );
    watch(
      "two",
      scheduler.perform(actor, "two", () => 2),
    );
    await settled();
    expect(log).toEqual([]);
    scheduler.runnable()[1]?.carryOut();
    await settled();
    expect(log).toEqual(["two=2"]);
    expect(scheduler.runnable().map(({ key }) => key)).toEqual(["A: one"]);
    expect(scheduler.step).toBe(1);
  });

  it("offers operations in the order of arrival", () => {
    const { scheduler, actor } = setUp();
    for (const name of ["c", "a", "b"]) void scheduler.perform(actor, name, () => undefined);
    expect(scheduler.runnable().map(({ name }) => name)).toEqual(["c", "a", "b"]);
  });

  it("hands on what an operation throws", async () => {
    const { scheduler, actor, log, watch } = setUp();
    watch(
      "bad",
      scheduler.perform(actor, "bad", () => {
        throw new Error("no");
      }),
    );
    scheduler.runnable()[0]?.carryOut();
    await settled();
    expect(log).toEqual(["bad!no"]);
  });

  it("never settles what a crashed actor waits for, and never carries it out", async () => {
    const { scheduler, actor, log, watch } = setUp();
    const other = newActor("worker", "B");
    watch(
      "lost",
      scheduler.perform(actor, "lost", () => log.push("effect")),
    );
    watch(
      "kept",
      scheduler.perform(other, "kept", () => 1),
    );
    actor.isAlive = false;
    scheduler.drop(actor);
    for (const operation of scheduler.runnable()) operation.carryOut();
    watch(
      "late",
      scheduler.perform(actor, "late", () => log.push("effect")),
    );
    expect(scheduler.runnable()).toEqual([]);
    await settled();
    expect(log).toEqual(["kept=1"]);
  });

  it("leaves a caller without an answer when the operation says so", async () => {
    const { scheduler, actor, log, watch } = setUp();
    watch(
      "dead",
      scheduler.perform(actor, "dead", () => NEVER),
    );
    scheduler.runnable()[0]?.carryOut();
    await settled();
    expect(log).toEqual([]);
    expect(scheduler.runnable()).toEqual([]);
  });
});

describe("a wait", () => {
  it("is offered only once it is over", () => {
    const { scheduler, actor } = setUp();
    let isOver = false;
    void scheduler.perform(actor, "wait", () => undefined, { isOver: () => isOver, dueTime: () => undefined });
    expect(scheduler.runnable()).toEqual([]);
    isOver = true;
    expect(scheduler.runnable()).toHaveLength(1);
  });

  it("ends at once when it is aborted, without a step", async () => {
    const { scheduler, actor, log, watch } = setUp();
    const abort = new AbortController();
    const wait = { isOver: () => false, dueTime: () => undefined, signal: abort.signal };
    watch(
      "wait",
      scheduler.perform(actor, "wait", () => undefined, wait),
    );
    abort.abort();
    await settled();
    expect(log).toEqual(["wait=undefined"]);
    expect(scheduler.step).toBe(0);
    watch(
      "again",
      scheduler.perform(actor, "wait", () => undefined, wait),
    );
    await settled();
    expect(log).toEqual(["wait=undefined", "again=undefined"]);
  });

  it("of a crashed actor does not end by an abort", async () => {
    const { scheduler, actor, log, watch } = setUp();
    const abort = new AbortController();
    watch(
      "wait",
      scheduler.perform(actor, "wait", () => undefined, {
        isOver: () => false,
        dueTime: () => undefined,
        signal: abort.signal,
      }),
    );
    actor.isAlive = false;
    scheduler.drop(actor);
    abort.abort();
    await settled();
    expect(log).toEqual([]);
  });
});

describe("the virtual clock", () => {
  it("wakes sleepers when it reaches their time, and not before", () => {
    const { scheduler, clock, actor } = setUp();
    const port = clockOf(actor, clock, scheduler);
    void port.sleep(500);
    void port.sleep(200);
    expect(scheduler.runnable()).toEqual([]);
    expect(scheduler.nextDueTime()).toBe(1_200);
    clock.advanceTo(1_200);
    expect(scheduler.runnable()).toHaveLength(1);
    scheduler.runnable()[0]?.carryOut();
    expect(scheduler.nextDueTime()).toBe(1_500);
  });

  it("never wakes one who sleeps for ever", () => {
    const { scheduler, clock, actor } = setUp();
    void clockOf(actor, clock, scheduler).sleep(Infinity);
    expect(scheduler.nextDueTime()).toBeUndefined();
    clock.advanceTo(8.64e15);
    expect(scheduler.runnable()).toEqual([]);
  });

  it("never goes back", () => {
    const { clock } = setUp();
    clock.advanceTo(5_000);
    clock.advanceTo(2_000);
    expect(clock.now).toBe(5_000);
    expect(clock.elapsedMs).toBe(4_000);
  });

  it("shows wall and monotonic time alike", () => {
    const { scheduler, clock, actor } = setUp();
    const port = clockOf(actor, clock, scheduler);
    clock.advanceTo(1_700);
    expect([port.now(), port.monotonic()]).toEqual([1_700, 700]);
  });
});
