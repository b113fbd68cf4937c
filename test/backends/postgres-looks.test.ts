/**
 * When a worker on PostgreSQL looks for what is ready: after a while, at a hint that says so, and when it is due. Waits that did not
 * end were found by the whole of CI on a busy machine: what was due was asked for while the time moved on.
 */
import type pg from "pg";
import { describe, expect, it } from "vitest";
import { postgres, type PostgresClient } from "../../src/backends/postgres/index.ts";
import type { ActivityWorkItem, OrchestrationWorkItem } from "../../src/ports/backend.ts";
import { ManualClock } from "../../src/testing/index.ts";
import { activityOf, timerOf } from "../../src/testing/stage.ts";
import { ORDER } from "./answer-early.ts";
import { OneHandle } from "./one-handle.ts";
import { serverOfFile } from "./server-of-file.ts";

const server = serverOfFile();

const opened = (): Promise<OneHandle> => OneHandle.open(server.url);

describe("a worker that is content with its own work", () => {
  /** How many steps of one instance come before another process's instance is handed out. */
  async function stepsBefore(elapsedMs: number): Promise<number> {
    const hub = await opened();
    let activity = await hub.waiting();
    for (let n = 0; n < 5; n++) activity = await hub.step(activity, n + 2);
    const other = postgres({ pool: hub.pool, schema: hub.schema })({ clock: new ManualClock() });
    await other.open();
    await other.createInstance(hub.stage.creation("b"));
    await other.close();
    hub.clock.advance(elapsedMs);
    await hub.sql(`UPDATE hub SET time_stands_at = time_stands_at + ${elapsedMs}`);
    for (let n = 0; ; n++) {
      const activities = hub.backend.fetchActivities(ORDER);
      const turns = hub.backend.fetchOrchestrations(ORDER);
      const answered = hub.stage.answer(activity);
      const items = await turns;
      if (items.some(({ instance }) => instance.instanceId === "b")) {
        await Promise.all([answered, activities]);
        await hub.close();
        return n;
      }
      const [item] = items as readonly [OrchestrationWorkItem];
      await Promise.all([answered, hub.stage.complete(item, { activities: [activityOf(item, n + 100)] })]);
      activity = (await activities)[0] as ActivityWorkItem;
    }
  }

  it("looks for what others have made ready after a while, and after some fetches in any case", async () => {
    const [soon, late] = [await stepsBefore(50), await stepsBefore(0)];
    expect(soon).toBeLessThan(20);
    expect(late).toBeGreaterThan(soon);
    expect(late).toBeLessThan(140);
  });
});

describe("a hint", () => {
  it("that says no more than that a status has changed has no worker look for work", async () => {
    const hub = await opened();
    const round = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    const other = postgres({ pool: hub.pool, schema: hub.schema })({ clock: new ManualClock(), yield: round });
    await other.open();
    const listener = await hub.pool.connect();
    const hints: string[] = [];
    listener.on("notification", ({ payload = "" }) => hints.push(payload));
    await listener.query(`LISTEN "dacapo_${hub.schema}"`);
    const told = async (count: number): Promise<void> => {
      while (hints.length < count) await round();
    };
    const wakes: string[] = [];
    const waiting = new AbortController();
    const waits = other.waitForWork("orchestration", waiting.signal).then(() => wakes.push("orchestration"));
    const item = await (await hub.stage.create("a"), hub.stage.take("a"));
    await told(1);
    await waits;
    const again = other.waitForWork("orchestration", waiting.signal).then(() => wakes.push("again"));
    await hub.stage.complete(item, { runtimeStatus: "Completed" });
    await told(2);
    // The handle hears of this one after it, and has done by then what the other one was about.
    const activities = other.waitForWork("activity", waiting.signal);
    await listener.query(`NOTIFY "dacapo_${hub.schema}", '[0,{"ready":["activity"]}]'`);
    await activities;
    await told(3);
    expect(wakes).toEqual(["orchestration"]);
    expect(hints.map((hint) => (JSON.parse(hint) as [unknown, { ready: unknown }])[1].ready)).toEqual([
      ["orchestration"],
      [],
      ["activity"],
    ]);
    // A version that does not say what is ready means all of it.
    await listener.query(`NOTIFY "dacapo_${hub.schema}", '[0,"a"]'`);
    await again;
    listener.release(true);
    await other.close();
    await hub.close();
  });
});

/** A connection that hears no hint, by which a wait would end for no reason. */
function deaf(client: pg.PoolClient): PostgresClient {
  return {
    query: (query) => client.query(query),
    release: (error) => {
      client.release(error);
    },
    on: () => undefined,
  };
}

describe("a wait for what is due", () => {
  it.each(["while it is asked for", "after a fetch has found it out"])(
    "does not begin anew with the time that has passed %s",
    async (when) => {
      const hub = await opened();
      const { clock, pool, schema, stage } = hub;
      let isToPass = false;
      const pass = async (): Promise<void> => {
        isToPass = false;
        await hub.sql("UPDATE hub SET time_stands_at = time_stands_at + 1000");
        clock.advance(1_000);
      };
      const slow = {
        connect: async () => deaf(await pool.connect()),
        end: () => pool.end(),
        query: async (query: pg.QueryConfig | string) => {
          const result = await pool.query(query);
          if (isToPass && typeof query !== "string" && query.text.includes("min(ready_at)")) await pass();
          return result;
        },
      };
      const waiting = postgres({ pool: slow, schema, pollIntervalMs: 1e9 })({ clock });
      await waiting.open();
      await stage.create("a");
      const item = await stage.take("a");
      await stage.complete(item, { timers: [timerOf(item, item.now + 1_000)] });
      if (when.startsWith("while")) isToPass = true;
      else {
        expect(await waiting.fetchOrchestrations(ORDER)).toEqual([]);
        await pass();
      }
      await waiting.waitForWork("orchestration", new AbortController().signal);
      expect(await waiting.fetchOrchestrations(ORDER)).toHaveLength(1);
      await waiting.close();
      await hub.close();
    },
  );
});
