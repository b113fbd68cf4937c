/**
 * Laws of a payload store, for those beside our hubs; and that a hub which off-loads into them keeps the contract, moves, and
 * shows all of itself while it works.
 */
import { afterEach, describe, expect, it } from "vitest";
import { orchestrator, TaskHub } from "dacapo";
import type { Backend, HubPart, PayloadStore } from "dacapo/backend";
import { systemIds } from "dacapo/backend";
import { withOffloading } from "dacapo/codec";
import { memory } from "dacapo/memory";
import { sqlite } from "dacapo/sqlite";
import { backendSuite, type BackendUnderTest, ManualClock } from "../../src/testing/index.ts";
import { createMemoryHub } from "./memory-hub.ts";
import { createPostgresHub } from "./postgres-hub.ts";
import { serverOfFile } from "./server-of-file.ts";
import { createSqliteHub, type SqliteHub } from "./sqlite-hub.ts";

/** The same hub, whose backends off-load everything. */
function offloading(hub: SqliteHub): BackendUnderTest {
  const over = (backend: Backend): Backend =>
    withOffloading(backend, { threshold: 0 })({ clock: hub.clock, ids: systemIds });
  return { ...hub, backend: over(hub.backend), connect: async () => over((await hub.connect?.()) ?? hub.backend) };
}

backendSuite({
  name: "SQLite with off-loaded payloads",
  create: async () => offloading(await createSqliteHub()),
  runner: { describe, it },
});

const server = serverOfFile();

const hubs = {
  memory: () => createMemoryHub(),
  sqlite: () => createSqliteHub(),
  "sqlite in memory": () => createMemoryHub(sqlite(":memory:")),
  postgres: () => createPostgresHub(server.url),
} as const;

interface Place {
  readonly backend: Backend;
  readonly payloads: PayloadStore;
  /** Goes as that of the hub. */
  readonly clock: ManualClock;
  readonly advance: (durationMs: number) => Promise<void>;
}

const opened: BackendUnderTest[] = [];
async function open(name: keyof typeof hubs): Promise<Place> {
  const hub = await hubs[name]();
  opened.push(hub);
  const { payloads } = hub.backend;
  if (payloads === undefined) throw new Error(`${name} has a place for payloads`);
  const clock = new ManualClock();
  const advance = async (durationMs: number): Promise<void> => {
    clock.advance(durationMs);
    await hub.advance(durationMs);
  };
  return { backend: hub.backend, payloads, clock, advance };
}
afterEach(async () => {
  for (const hub of opened.splice(0)) await hub.close();
});

const MINUTE_MS = 60_000;
const LARGE = 'ä€😀 "quoted" \\ \n'.repeat(20_000);

const waits = orchestrator("waits", function* (ctx, what: string) {
  return [what, yield* ctx.waitForExternalEvent<string>("word")];
});

/** A hub over a backend that stays open when the hub stops. */
async function taskHub({ backend, clock }: Place, threshold: number): Promise<TaskHub> {
  const lasting = new Proxy(backend, {
    get: (of, name) => {
      if (name === "open" || name === "close") return () => Promise.resolve();
      const value: unknown = Reflect.get(of, name);
      return typeof value === "function" ? (value.bind(of) as unknown) : value;
    },
  });
  return TaskHub.open({ backend: withOffloading(lasting, { threshold }), register: [waits], system: { clock } });
}

describe.each(Object.keys(hubs) as (keyof typeof hubs)[])("the payload store beside a hub in %s", (name) => {
  it("gives what was put, whatever characters it has, and leaves out what was not", async () => {
    const { payloads } = await open(name);
    await Promise.all([payloads.put("a-0", LARGE), payloads.put("b-0", ""), payloads.put("c-0", "c")]);
    expect([...(await payloads.get(["b-0", "x-0", "a-0"]))].sort()).toEqual([
      ["a-0", LARGE],
      ["b-0", ""],
    ]);
    expect((await payloads.get([])).size).toBe(0);
  });

  it("replaces what is put again", async () => {
    const { payloads } = await open(name);
    await payloads.put("a-0", "one");
    await payloads.put("a-0", "two");
    expect((await payloads.get(["a-0"])).get("a-0")).toBe("two");
    expect(await payloads.list({ limit: 10 })).toHaveLength(1);
  });

  it("lists all keys once, in pages", async () => {
    const { payloads } = await open(name);
    const keys = Array.from({ length: 25 }, (_, i) => `${i}-key-${i * 7}`);
    for (const key of keys) await payloads.put(key, key);
    const seen: string[] = [];
    for (let after: string | undefined; ;) {
      const page = await payloads.list({ limit: 10, ...(after === undefined ? {} : { after }) });
      expect(page.length).toBeLessThanOrEqual(10);
      seen.push(...page.map(({ key }) => key));
      after = page.at(-1)?.key;
      if (page.length === 0) break;
      // That the last one has gone meanwhile leads nobody astray.
      await payloads.delete([after ?? ""]);
    }
    expect(seen.toSorted()).toEqual(keys.toSorted());
  });

  it("knows how old a payload is", async () => {
    const { payloads, advance } = await open(name);
    await payloads.put("old-0", "");
    await advance(5 * MINUTE_MS);
    await payloads.put("young-0", "");
    await advance(MINUTE_MS);
    const ages = new Map((await payloads.list({ limit: 10 })).map(({ key, ageMs }) => [key, ageMs]));
    expect(ages.get("old-0")).toBe(6 * MINUTE_MS);
    expect(ages.get("young-0")).toBe(MINUTE_MS);
  });

  it("removes what is deleted, and minds nothing that is not there", async () => {
    const { payloads } = await open(name);
    await payloads.put("a-0", "a");
    await payloads.put("b-0", "b");
    await payloads.delete(["a-0", "x-0"]);
    expect([...(await payloads.get(["a-0", "b-0"])).keys()]).toEqual(["b-0"]);
    await payloads.delete([]);
  });

  it("is all that a hub needs to off-load, to sweep, and to move with its payloads", async () => {
    const place = await open(name);
    const { backend, payloads, advance } = place;
    const hub = await taskHub(place, 100);
    await hub.client.scheduleNewOrchestration(waits, LARGE, "one");
    await hub.runUntilIdle();
    await payloads.put("lost-0", LARGE);
    await advance(31 * MINUTE_MS);
    expect(await hub.client.purgeUnusedPayloads()).toEqual({ deleted: 0, unused: 1 });
    await advance(31 * MINUTE_MS);
    expect(await hub.client.purgeUnusedPayloads()).toEqual({ deleted: 1, unused: 0 });
    expect(await payloads.list({ limit: 10 })).toHaveLength(2);

    const young = await open("memory");
    const over = (of: Backend): Backend =>
      withOffloading(of, { threshold: 100 })({ clock: new ManualClock(), ids: systemIds });
    await over(young.backend).restore?.(over(backend).snapshot?.() ?? nothing());
    const moved = await taskHub(young, 100);
    await moved.client.raiseOrchestrationEvent("one", "word", "go");
    await moved.runUntilIdle();
    expect((await moved.client.getOrchestrationState("one"))?.output).toEqual([LARGE, "go"]);
    await hub.stop();
    await moved.stop();
  });

  it("shows all of the hub as of one time, while calls are made", async () => {
    const place = await open(name);
    const { backend } = place;
    const hub = await taskHub(place, Infinity);
    for (let i = 0; i < 250; i++) await hub.client.scheduleNewOrchestration(waits, "w", `i${i}`);
    const parts: HubPart[] = [];
    for await (const part of backend.snapshot?.() ?? nothing()) {
      if (parts.length === 1) await hub.client.scheduleNewOrchestration(waits, "w", "late");
      if (parts.length === 2) await hub.runUntilIdle();
      parts.push(part);
    }
    const instances = parts.flatMap((part) => (part.kind === "instance" ? [part.instance] : []));
    expect(instances.map(({ record }) => record.runtimeStatus)).toEqual(Array.from({ length: 250 }, () => "Pending"));
    expect((await hub.client.getOrchestrationState("late"))?.runtimeStatus).toBe("Running");
    await hub.stop();
  });
});

async function* nothing(): AsyncGenerator<never, void, undefined> {}

describe("withOffloading() over a factory", () => {
  it("opens and closes what it stands in front of", async () => {
    const hub = await TaskHub.open({ backend: withOffloading(memory(), { threshold: 1 }), register: [waits] });
    await hub.client.scheduleNewOrchestration(waits, LARGE, "one");
    await hub.stop();
    await expect(hub.client.scheduleNewOrchestration(waits, LARGE, "two")).rejects.toThrow("stopped");
  });
});
