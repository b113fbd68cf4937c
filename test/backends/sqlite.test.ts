/**
 * The SQLite backend obeys the contract, and deals with what can be wrong with a file.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TaskHub, orchestrator, activity } from "../../src/index.ts";
import { sqlite } from "../../src/backends/sqlite/index.ts";
import type { SqliteDatabase, SqliteOptions } from "../../src/backends/sqlite/index.ts";
import { openDatabase } from "../../src/backends/sqlite/load-driver.ts";
import { MIGRATIONS } from "../../src/backends/sqlite/schema.ts";
import { InvalidArgumentError, SchemaError, SqliteDriverError, StorageError } from "../../src/core/errors.ts";
import { backendSuite, ManualClock } from "../../src/testing/index.ts";
import { Stage } from "../../src/testing/stage.ts";
import { textOf } from "../tooling/repository.ts";
import { dumpOf } from "./failing-database.ts";
import { createSqliteHub } from "./sqlite-hub.ts";
import { strictDatabase } from "./strict-database.ts";

backendSuite({ name: "sqlite", create: () => createSqliteHub(), runner: { describe, it } });

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "dacapo-sqlite-"));
  file = join(folder, "hub.db");
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const sayHello = activity("sayHello", (_ctx, city: string) => `Hello ${city}!`);
const helloCities = orchestrator("helloCities", function* (ctx, cities: string[]) {
  const greetings: string[] = [];
  for (const city of cities) greetings.push(yield* ctx.callActivity(sayHello, city));
  return greetings;
});

/** Opens a hub's backend on a handle that the test keeps. */
async function openOn(database: SqliteDatabase): Promise<Stage> {
  const clock = new ManualClock();
  const backend = sqlite(file, { database })({ clock });
  await backend.open();
  return new Stage({
    backend,
    connect: () => Promise.reject(new Error("the handle serves one hub")),
    advance: async (durationMs) => {
      clock.advance(durationMs);
    },
    close: () => backend.close(),
  });
}

/** Opens a file as a hub and closes it. */
async function open(options: SqliteOptions = {}, path = file): Promise<void> {
  const backend = sqlite(path, options)({ clock: new ManualClock() });
  await backend.open();
  await backend.close();
}

/** Changes the file behind a hub's back. */
async function tamper(sql: string): Promise<void> {
  const database = await openDatabase(file);
  database.exec(sql);
  database.close();
}

describe("a hub in a SQLite file", () => {
  it("goes on where the process before it stopped", async () => {
    const first = await TaskHub.open({ backend: sqlite(file), register: [helloCities, sayHello] });
    const id = await first.client.scheduleNewOrchestration(helloCities, ["Tokyo", "London"]);
    await first.processNext();
    await first.stop();
    const second = await TaskHub.open({ backend: sqlite(file), register: [helloCities, sayHello] });
    await second.runUntilIdle();
    const state = await second.client.getOrchestrationState(id);
    expect(state?.runtimeStatus).toBe("Completed");
    await second.stop();
  });

  it("runs on a handle as strict as one of better-sqlite3, and closes it", async () => {
    const database = strictDatabase(await openDatabase(file));
    const hub = await TaskHub.open({ backend: sqlite(file, { database }), register: [helloCities, sayHello] });
    const id = await hub.client.scheduleNewOrchestration(helloCities, ["Tokyo"], "greeting");
    await hub.runUntilIdle();
    expect((await hub.client.getOrchestrationState(id))?.runtimeStatus).toBe("Completed");
    expect((await hub.client.getOrchestrationHistory(id)).length).toBeGreaterThan(4);
    expect(await hub.client.purgeOrchestration(id)).toMatchObject({ deletedInstanceCount: 1 });
    await hub.stop();
    expect(() => database.exec("SELECT 1")).toThrow();
  });

  it("lists ids with any characters in the order of their UTF-16 code units", async () => {
    const ids = [
      "a",
      "Z",
      "ß",
      "\uE000",
      "\uFFFD",
      "\uFFFF",
      "\u{10000}",
      "\u{1F3BC}",
      "\u{10FFFF}",
      "'; --",
      "%_",
      "\uD7FF",
    ];
    const stage = await openOn(await openDatabase(file));
    for (const id of ids) await stage.create(id);
    const listed: string[] = [];
    for (let token: string | undefined, isMore = true; isMore; isMore = token !== undefined) {
      const from = token === undefined ? {} : { continuationToken: token };
      const page = await stage.backend.listInstances({ pageSize: 3, ...from });
      listed.push(...page.instances.map(({ instanceId }) => instanceId));
      token = page.continuationToken;
    }
    expect(listed).toEqual([...ids].sort());
    for (const id of ids) expect((await stage.backend.getInstance(id))?.instanceId).toBe(id);
    await stage.backend.close();
  });

  it("answers the SQL of its documentation", async () => {
    const hub = await TaskHub.open({ backend: sqlite(file), register: [helloCities, sayHello] });
    await hub.client.scheduleNewOrchestration(helloCities, ["Tokyo"], "order-1");
    await hub.runUntilIdle();
    const [, block = ""] = /```sql\n([\s\S]*?)```/.exec(textOf("docs/reference/sqlite.md")) ?? [];
    const [instances = "", history = ""] = block.split(";\n");
    const database = await openDatabase(file);
    expect(
      database
        .prepare(instances)
        .all()
        .map((row) => ({ ...(row as object) })),
    ).toEqual([{ instance_id: "order-1", runtime_status: "Completed", output: '["Hello Tokyo!"]' }]);
    const events = database.prepare(history).all() as { event_id: number; type: string; event: string }[];
    expect(events.map(({ event }) => JSON.parse(event) as unknown)).toEqual(
      await hub.client.getOrchestrationHistory("order-1"),
    );
    expect(events.map(({ event_id }) => event_id)).toEqual(events.map((_, i) => i + 1));
    database.close();
    await hub.stop();
  });

  it("has its tables, and no others, in its documentation", async () => {
    await open();
    const database = await openDatabase(file);
    const tables = database.prepare("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')").all();
    const documented = textOf("docs/reference/sqlite.md").matchAll(/^\| `(\w+)` +\| (?:an?|the|which|what|one)/gm);
    expect([...documented].map(([, name]) => name).sort()).toEqual(
      tables.map((row) => (row as { name: string }).name).sort(),
    );
    database.close();
  });
});

describe("a SQLite file that cannot be written", () => {
  it("gives StorageErrors while it is read-only, keeps what it had, and goes on when it can be", async () => {
    const database = await openDatabase(file);
    const stage = await openOn(database);
    await stage.createRunning("a");
    await stage.send("a");
    const item = await stage.take("a");
    const commit = stage.commit(item, { runtimeStatus: "Completed" });
    const request = stage.creation("b");
    database.exec("PRAGMA query_only = ON");
    const before = dumpOf(database);
    await expect(stage.backend.completeOrchestration(commit)).rejects.toBeInstanceOf(StorageError);
    await expect(stage.backend.createInstance(request)).rejects.toThrow(/SQLite gave up: .*readonly/);
    expect(await stage.status("a")).toBe("Running");
    expect(dumpOf(database)).toBe(before);
    database.exec("PRAGMA query_only = OFF");
    await stage.backend.completeOrchestration(commit);
    await stage.backend.createInstance(request);
    expect([await stage.status("a"), await stage.status("b")]).toEqual(["Completed", "Pending"]);
    await stage.backend.close();
  });

  it("gives StorageErrors while the disk is full, has nothing half-written, and goes on when there is room", async () => {
    const database = await openDatabase(file);
    const stage = await openOn(database);
    const { backend } = stage;
    await stage.create("before");
    const pages = Object.values(database.prepare("PRAGMA page_count").get() as object)[0] as number;
    database.exec(`PRAGMA max_page_count = ${pages + 4}`);
    const before = dumpOf(database);
    const requests = ["a", "b", "c", "d"].map((id) => {
      const request = stage.creation(id);
      const event = { ...request.start.event, input: JSON.stringify("x".repeat(40_000)) };
      return { ...request, start: { ...request.start, event } };
    });
    const results = await Promise.allSettled(requests.map((request) => backend.createInstance(request)));
    for (const result of results) expect(result).toMatchObject({ reason: expect.any(StorageError) as unknown });
    expect(dumpOf(database)).toBe(before);
    expect(database.prepare("PRAGMA integrity_check").all()).toMatchObject([{ integrity_check: "ok" }]);
    database.exec("PRAGMA max_page_count = 1000000");
    await Promise.all(requests.map((request) => backend.createInstance(request)));
    expect((await backend.listInstances({ pageSize: 10 })).instances).toHaveLength(5);
    await backend.close();
  });

  it("is refused when it is no database, or its folder is not there", async () => {
    writeFileSync(file, "This is a letter, and a long one, that nobody should ever write over. ".repeat(20));
    await expect(open()).rejects.toBeInstanceOf(StorageError);
    await expect(open({}, join(folder, "none", "hub.db"))).rejects.toBeInstanceOf(StorageError);
  });
});

describe("the tables of a SQLite file", () => {
  it("are refused where a newer version has changed them", async () => {
    await open();
    await tamper("INSERT INTO migrations VALUES (999, 'from the future', 'x', 0)");
    await expect(open()).rejects.toBeInstanceOf(SchemaError);
    await expect(open()).rejects.toThrow('migration 999 ("from the future")');
  });

  it("are refused where a migration was another one", async () => {
    await open();
    await tamper("UPDATE migrations SET checksum = 'another' WHERE version = 1");
    await expect(open()).rejects.toBeInstanceOf(SchemaError);
    await expect(open()).rejects.toThrow("is another one than Dacapo's");
  });

  it("are refused, and left alone, where something else made them", async () => {
    await tamper("CREATE TABLE instances (name TEXT); INSERT INTO instances VALUES ('theirs')");
    await expect(open()).rejects.toBeInstanceOf(SchemaError);
    const database = await openDatabase(file);
    const tables = database.prepare("SELECT name FROM sqlite_master").all();
    expect(tables).toMatchObject([{ name: "instances" }]);
    expect(database.prepare("SELECT * FROM instances").all()).toMatchObject([{ name: "theirs" }]);
    database.close();
  });

  it("go through each migration once", async () => {
    await open();
    await open();
    const database = await openDatabase(file);
    const applied = database.prepare("SELECT version, name FROM migrations ORDER BY version").all();
    expect(applied).toMatchObject(MIGRATIONS.map(({ version, name }) => ({ version, name })));
    database.close();
  });
});

describe("the SQLite driver", () => {
  it("is missed in a sentence that says what to do", async () => {
    const opening = openDatabase(file, ["node:no-sqlite", "@photostructure/no-sqlite"]);
    await expect(opening).rejects.toBeInstanceOf(SqliteDriverError);
    await expect(opening).rejects.toThrow("neither node:no-sqlite nor @photostructure/no-sqlite");
    await expect(opening).rejects.toThrow("better-sqlite3");
  });

  it("is the first that can be loaded", async () => {
    const database = await openDatabase(file, ["node:no-sqlite", "@photostructure/sqlite"]);
    expect(database.prepare("SELECT 1 AS it").get()).toMatchObject({ it: 1 });
    database.close();
  });
});

describe("the options of sqlite()", () => {
  it.each([
    ["no file", () => sqlite(""), "was given no file"],
    ["a file that is none", () => sqlite(5 as never), "was given no file"],
    ["another mode of synchronous", () => sqlite("x.db", { synchronous: "off" as never }), 'synchronous: "off"'],
    ["a negative busyTimeoutMs", () => sqlite("x.db", { busyTimeoutMs: -1 }), "busyTimeoutMs: -1"],
    ["a broken pollIntervalMs", () => sqlite("x.db", { pollIntervalMs: 0.5 }), "pollIntervalMs: 0.5"],
    ["a keepHistory that is none", () => sqlite("x.db", { keepHistory: "yes" as never }), 'keepHistory: "yes"'],
    ["a database that is none", () => sqlite("x.db", { database: {} as never }), "database"],
    ["an option that there is not", () => sqlite("x.db", { sync: "full" } as never), '"sync"'],
    ["options that are none", () => sqlite("x.db", 5 as never), "options"],
  ])("refuse %s", (_what, call, sentence) => {
    expect(call).toThrow(InvalidArgumentError);
    expect(call).toThrow(sentence);
  });

  it("may be undefined, which is the same as not given", () => {
    const options = { synchronous: undefined, busyTimeoutMs: undefined, database: undefined } as never;
    expect(() => sqlite("x.db", options)).not.toThrow();
  });
});
