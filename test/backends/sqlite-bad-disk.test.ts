/**
 * A disk that is full, read-only or cannot be read. Found by `npm run torture -- --backend sqlite --seed one`: a full disk
 * met in the middle of a call came out as the driver's own error, which nobody tries again.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SqliteDatabase } from "../../src/backends/sqlite/index.ts";
import { sqlite } from "../../src/backends/sqlite/index.ts";
import { openDatabase } from "../../src/backends/sqlite/load-driver.ts";
import { StorageError } from "../../src/index.ts";
import type { InstanceMessage } from "../../src/core/messages.ts";
import type { Backend } from "../../src/ports/backend.ts";
import { ManualClock } from "../../src/testing/index.ts";
import { Stage } from "../../src/testing/stage.ts";

let folder: string;
let database: SqliteDatabase;
/** What the database is asked while this is set, it does not know. */
let unreadable: RegExp | undefined;
let clock: ManualClock;
let backend: Backend;
let stage: Stage;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "dacapo-disk-"));
  database = await openDatabase(join(folder, "hub.db"));
  unreadable = undefined;
  clock = new ManualClock();
  backend = sqlite("hub.db", { database: failing(database), synchronous: "normal" })({ clock });
  await backend.open();
  stage = new Stage({
    backend,
    connect: () => Promise.reject(new Error("one handle")),
    advance: async (ms) => clock.advance(ms),
    close: async () => undefined,
  });
});

afterEach(async () => {
  await backend.close();
  rmSync(folder, { recursive: true });
});

/** The database, whose statements throw while they are `unreadable`. */
function failing(of: SqliteDatabase): SqliteDatabase {
  return {
    exec: (sql) => of.exec(sql),
    prepare: (sql) => {
      const statement = of.prepare(sql);
      const check = (): void => {
        if (unreadable?.test(sql) === true) throw new Error("disk I/O error");
      };
      return {
        run: (...values) => (check(), statement.run(...values)),
        get: (...values) => (check(), statement.get(...values)),
        all: (...values) => (check(), statement.all(...values)),
      };
    },
    close: () => of.close(),
  };
}

const fill = (): unknown => database.prepare("PRAGMA max_page_count = 1").get();
const clear = (): unknown => database.prepare("PRAGMA max_page_count = 1000000").get();
const LARGE = JSON.stringify("x".repeat(100_000));

describe("a disk that is full", () => {
  it("refuses every call with StorageError, and leaves nothing of them", async () => {
    await stage.createRunning("a");
    const large = (): InstanceMessage =>
      stage.event("a", "E", { body: { type: "EventRaised", name: "E", input: LARGE } });
    fill();
    for (const outcome of await Promise.allSettled([backend.sendMessage(large()), backend.sendMessage(large())])) {
      expect(outcome).toMatchObject({ status: "rejected", reason: { name: "StorageError" } });
    }
    clear();
    await stage.assertIdle("a", "no message is there");
  });

  it("takes nothing of a turn that does not fit, and all of it once there is room", async () => {
    await stage.create("a");
    const commit = stage.commit(await stage.take("a"), { runtimeStatus: "Completed", output: LARGE });
    fill();
    await expect(backend.completeOrchestration(commit)).rejects.toThrow(StorageError);
    expect(await backend.getInstance("a")).toMatchObject({ runtimeStatus: "Pending" });
    expect(await backend.getHistory("a")).toEqual([]);
    clear();
    await backend.completeOrchestration(commit);
    expect(await backend.getInstance("a")).toMatchObject({ runtimeStatus: "Completed", output: LARGE });
  });
});

describe("a file that cannot be read", () => {
  it("is a StorageError, also where nothing was written yet", async () => {
    await stage.createRunning("a");
    unreadable = /FROM requests/;
    await expect(stage.send("a")).rejects.toThrow(StorageError);
  });

  it("ends no process that waits: whoever waits for work is woken, and is told when it fetches", async () => {
    const waiting = backend.waitForWork("orchestration", new AbortController().signal);
    unreadable = /data_version|WHERE ready_at/;
    clock.advance(1_000);
    await expect(stage.create("a")).rejects.toThrow(StorageError);
    unreadable = /WHERE ready_at/;
    await stage.create("a");
    await waiting;
    await expect(stage.fetch()).rejects.toThrow(StorageError);
  });
});
