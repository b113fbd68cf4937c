/**
 * Laws of the warm cache: it saves replays and nothing else can tell that it is there.
 */
import { describe, expect, it } from "vitest";
import { orchestrator } from "dacapo";
import { echo, Stage } from "./stage.ts";

const waits = orchestrator("waits", function* (ctx) {
  for (;;) {
    const name = yield* ctx.waitForExternalEvent<string>("x");
    // A task with an id: to count ids from a wrong place would show.
    yield* ctx.callActivity(echo, name);
    if (name === "end") return "ended";
  }
});

const replays = (stage: Stage): number => stage.hub.counters()["turns.replayed"] ?? 0;

async function poke(stage: Stage, ...ids: string[]): Promise<void> {
  for (const id of ids) {
    await stage.client.raiseOrchestrationEvent(id, "x", "on");
    await stage.idle();
  }
}

async function waiting(capacity: number, ...ids: string[]): Promise<Stage> {
  const stage = await Stage.open([waits, echo], { worker: { maxWarmOrchestrations: capacity } });
  for (const id of ids) {
    await stage.start(waits, undefined, id);
    await stage.idle();
  }
  return stage;
}

describe("the warm cache", () => {
  it("spares every replay while there is room", async () => {
    const stage = await waiting(3, "a", "b", "c");
    await poke(stage, "a", "b", "c", "a", "c", "b");
    expect(replays(stage)).toBe(0);
  });

  it("lets the least recently used go", async () => {
    const stage = await waiting(2, "a", "b");
    await poke(stage, "a");
    await stage.start(waits, undefined, "c");
    await stage.idle();
    await poke(stage, "a", "c");
    expect(replays(stage)).toBe(0);
    await poke(stage, "b");
    expect(replays(stage)).toBe(1);
  });

  it("of no size replays every turn but the first", async () => {
    const stage = await waiting(0, "a");
    await poke(stage, "a", "a", "a");
    expect(replays(stage)).toBe(6);
  });

  it("can be emptied", async () => {
    const stage = await waiting(9, "a");
    stage.hub.evictWarmOrchestrations();
    await poke(stage, "a");
    expect(replays(stage)).toBe(1);
  });

  it("never runs the finally blocks of what it drops", async () => {
    let cleanedUp = 0;
    const careful = orchestrator("careful", function* (ctx) {
      try {
        yield* ctx.waitForExternalEvent("x");
      } finally {
        cleanedUp += 1;
      }
    });
    const stage = await Stage.open([careful], { worker: { maxWarmOrchestrations: 1 } });
    for (const id of ["a", "b", "c"]) {
      await stage.start(careful, undefined, id);
      await stage.idle();
    }
    stage.hub.evictWarmOrchestrations();
    await new Promise(setImmediate);
    expect(cleanedUp).toBe(0);
    await poke(stage, "a");
    expect(cleanedUp).toBe(1);
    await stage.close();
    expect(cleanedUp).toBe(1);
  });

  it("is not asked when another worker has had a turn meanwhile", async () => {
    const stage = await waiting(9, "a");
    const other = await Stage.open([waits, echo], { store: stage.store, clock: stage.clock });
    await stage.client.raiseOrchestrationEvent("a", "x", "on");
    await other.idle();
    await stage.client.raiseOrchestrationEvent("a", "x", "end");
    await stage.idle();
    expect([replays(other), replays(stage)]).toEqual([1, 1]);
    expect(await stage.output("a")).toBe("ended");
  });

  it("is not asked about an instance that was purged and started again", async () => {
    const stage = await waiting(9, "a");
    const other = await Stage.open([waits, echo], { store: stage.store, clock: stage.clock });
    await other.client.terminateOrchestration("a");
    await other.idle();
    await other.client.purgeOrchestration("a");
    await other.start(waits, undefined, "a");
    await other.idle();
    await poke(stage, "a");
    expect([replays(stage), (await stage.history("a")).at(-1)?.eventId]).toEqual([1, 10]);
  });
});
