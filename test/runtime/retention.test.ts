/**
 * Laws of retention: what ended long enough ago goes, by status and with what is below it, and nothing else does.
 */
import { describe, expect, it } from "vitest";
import { TaskHub } from "dacapo";
import type { Backend } from "dacapo/backend";
import { memory, MemoryStore } from "dacapo/memory";
import { ManualClock } from "dacapo/testing";
import { all, ids, make, makeChild } from "../client/managed.ts";
import { Stage } from "./stage.ts";

const DAY_MS = 24 * 3600 * 1000;

/** A backend that lists instances in another way. */
function listing(backend: Backend, listInstances: Backend["listInstances"]): Backend {
  return new Proxy(backend, {
    get: (target, name) => {
      if (name === "listInstances") return listInstances;
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

describe("retention", () => {
  it("purges what ended long enough ago, by status", async () => {
    const stage = await Stage.open(all, {
      retention: [
        { statuses: ["Completed"], after: { days: 1 } },
        { statuses: ["Failed", "Terminated"], after: { days: 3 } },
      ],
    });
    for (const status of ["Completed", "Failed", "Terminated", "Running"] as const) await make(stage, status, status);
    expect(await stage.hub.applyRetention()).toBe(0);
    stage.clock.advance(DAY_MS - 1);
    expect(await stage.hub.applyRetention()).toBe(0);
    stage.clock.advance(1);
    expect(await stage.hub.applyRetention()).toBe(1);
    expect(ids(stage)).toEqual(["Failed", "Running", "Terminated"]);
    stage.advance({ days: 400 });
    expect(await stage.hub.applyRetention()).toBe(2);
    expect(ids(stage)).toEqual(["Running"]);
    expect(stage.hub.counters()["instances.purged"]).toBe(3);
  });

  it("goes by the orchestrator where the rule names one", async () => {
    const stage = await Stage.open(all, {
      retention: [{ statuses: ["Completed"], after: { days: 1 }, name: "another" }],
    });
    await make(stage, "Completed", "mine");
    stage.advance({ days: 2 });
    expect(await stage.hub.applyRetention()).toBe(0);
    expect(ids(stage)).toEqual(["mine"]);
  });

  it("takes sub-orchestrations along, and leaves a child to its parent", async () => {
    const stage = await Stage.open(all, { retention: [{ statuses: ["Completed"], after: { days: 1 } }] });
    await make(stage, "Running", "parent");
    makeChild(stage, "child", "parent", "ends");
    await stage.idle();
    stage.advance({ days: 2 });
    expect(await stage.hub.applyRetention()).toBe(0);
    expect(ids(stage)).toEqual(["child", "parent"]);
    await stage.client.terminateOrchestration("parent");
    await stage.rest();
    await stage.client.purgeOrchestration("parent");
    expect(await stage.hub.applyRetention()).toBe(1);
    expect(ids(stage)).toEqual([]);
  });

  it("leaves a tree alone as long as something below runs", async () => {
    const stage = await Stage.open(all, { retention: [{ statuses: ["Completed"], after: { days: 1 } }] });
    await make(stage, "Completed", "parent");
    makeChild(stage, "child", "parent", "waits");
    await stage.idle();
    stage.advance({ days: 2 });
    expect(await stage.hub.applyRetention()).toBe(0);
    expect(ids(stage)).toEqual(["child", "parent"]);
  });

  // The simulator found it: planted bug X195.
  it("leaves the sub-orchestrations of an earlier life of an id to their own age", async () => {
    const stage = await Stage.open(all, { retention: [{ statuses: ["Completed"], after: { days: 1 } }] });
    await make(stage, "Completed", "parent");
    makeChild(stage, "child", "parent", "waits");
    await stage.idle();
    await stage.client.purgeOrchestration("parent");
    stage.clock.advance(1);
    await make(stage, "Completed", "parent");
    stage.advance({ days: 1 });
    await stage.client.terminateOrchestration("child");
    await stage.idle();
    expect(await stage.hub.applyRetention()).toBe(1);
    expect(ids(stage)).toEqual(["child"]);
  });

  /** Retention that is about to purge an instance, when something happens. */
  const meanwhile = async (family: (stage: Stage) => Promise<void>, happens: (stage: Stage) => Promise<void>) => {
    const store = new MemoryStore();
    let isArmed = false;
    const stage: Stage = await Stage.open(all, {
      store,
      backend: (ports) => {
        const backend = memory({ store })(ports);
        return listing(backend, async (query) => {
          const page = await backend.listInstances(query);
          if (!isArmed) return page;
          isArmed = false;
          await happens(stage);
          return page;
        });
      },
      retention: [{ statuses: ["Failed"], after: { days: 1 } }],
    });
    await family(stage);
    stage.advance({ days: 1 });
    isArmed = true;
    const removed = await stage.hub.applyRetention();
    return { stage, removed };
  };

  // The simulator found it: planted bug X196.
  it("spares what has another end than when it was looked at", async () => {
    const { stage, removed } = await meanwhile(
      (stage) => make(stage, "Failed", "one"),
      async (stage) => {
        await stage.client.rewindInstance("one", "once more");
        await stage.idle();
      },
    );
    expect([removed, ids(stage)]).toEqual([0, ["one"]]);
    stage.advance({ days: 1 });
    expect(await stage.hub.applyRetention()).toBe(1);
  });

  // The simulator found it: planted bug X197.
  it("spares the sub-orchestrations of whoever has the id by now", async () => {
    const { stage, removed } = await meanwhile(
      (stage) => make(stage, "Failed", "parent"),
      async (stage) => {
        await stage.client.purgeOrchestration("parent");
        await make(stage, "Running", "parent");
        makeChild(stage, "child", "parent", "ends");
        await stage.idle();
      },
    );
    expect([removed, ids(stage)]).toEqual([0, ["child", "parent"]]);
  });

  it("goes through more than a batch", async () => {
    const stage = await Stage.open(all, { retention: [{ statuses: ["Completed"], after: { days: 1 } }] });
    for (let i = 0; i < 230; i++) await make(stage, "Completed", `i${i}`);
    stage.advance({ days: 1 });
    expect(await stage.hub.applyRetention()).toBe(230);
    expect(ids(stage)).toEqual([]);
  });

  it("is harmless when several hubs do it at once", async () => {
    const [store, clock] = [new MemoryStore(), new ManualClock()];
    const options = { store, clock, retention: [{ statuses: ["Completed"] as const, after: { days: 1 } }] };
    const [first, second] = [await Stage.open(all, options), await Stage.open(all, options)];
    for (let i = 0; i < 20; i++) await make(first, "Completed", `i${i}`);
    first.advance({ days: 1 });
    const counts = await Promise.all([first.hub.applyRetention(), second.hub.applyRetention()]);
    expect(counts[0] + counts[1]).toBe(20);
    expect(ids(first)).toEqual([]);
  });

  it("is the worker's own business once the hub is started: at once, then every minute", async () => {
    const stage = await Stage.open(all, { retention: [{ statuses: ["Completed"], after: { seconds: 90 } }] });
    await make(stage, "Completed", "one");
    const endedAt = stage.clock.now();
    await stage.hub.start();
    await stage.whileTimePasses(until(() => ids(stage).length === 0 || stage.clock.now() > endedAt + 200_000));
    const age = stage.clock.now() - endedAt;
    expect([age >= 90_000, age <= 130_000]).toEqual([true, true]);
    const waits = stage.clock.sleeping;
    await stage.hub.stop();
    expect(stage.clock.sleeping).toBeLessThan(waits);
  });

  it("reports a store that does not answer, and tries again", async () => {
    const store = new MemoryStore();
    let isAway = true;
    const stage = await Stage.open(all, {
      store,
      backend: (ports) => {
        const backend = memory({ store })(ports);
        return listing(backend, (query) => (isAway ? Promise.reject(new Error("away")) : backend.listInstances(query)));
      },
      retention: [{ statuses: ["Completed"], after: { seconds: 1 } }],
    });
    await make(stage, "Completed", "one");
    stage.advance({ seconds: 1 });
    await stage.hub.start();
    await stage.whileTimePasses(until(() => stage.lines.length > 0));
    expect(stage.lines[0]?.message).toBe("Orchestrations that have expired could not be purged.");
    isAway = false;
    await stage.whileTimePasses(until(() => ids(stage).length === 0));
    await stage.hub.stop();
  });

  it("goes by the hub's time where the store has a clock of its own", async () => {
    const store = new MemoryStore();
    let hubTime = 0;
    const stage = await Stage.open(all, {
      store,
      backend: (ports) => Object.assign(memory({ store })(ports), { now: () => Promise.resolve(hubTime) }),
      retention: [{ statuses: ["Completed"], after: { days: 1 } }],
    });
    await make(stage, "Completed", "one");
    hubTime = stage.clock.now();
    stage.advance({ days: 1000 });
    expect(await stage.hub.applyRetention()).toBe(0);
    hubTime += DAY_MS;
    expect(await stage.hub.applyRetention()).toBe(1);
  });

  it.each([
    [7, "retention is no array"],
    [[{ after: { days: 1 } }], "retention[0].statuses has to name"],
    [[{ statuses: ["Running"], after: { days: 1 } }], "retention[0].statuses has to name"],
    [[{ statuses: [], after: { days: 1 } }], "retention[0].statuses has to name"],
    [[{ statuses: ["Failed"] }], "retention[0] has no after"],
    [[null], "retention[0].statuses has to name"],
    [[{ statuses: ["Failed"], after: 7 }], "retention[0].after"],
  ])("is refused when it is %j", async (retention, message) => {
    await expect(TaskHub.open({ backend: memory(), retention: retention as never })).rejects.toThrow(message);
  });
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
