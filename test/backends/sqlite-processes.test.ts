/**
 * One SQLite file and several processes: both work, each instance completes once, and what was acknowledged survives those
 * that are killed.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TaskHub } from "../../src/index.ts";
import { sqlite } from "../../src/backends/sqlite/index.ts";
import { appliedTo } from "../../src/backends/sqlite/migrate.ts";
import { MIGRATIONS } from "../../src/backends/sqlite/schema.ts";
import { openDatabase } from "../../src/backends/sqlite/load-driver.ts";
import { WorkerProcess } from "./worker-process.ts";

let folder: string;
let workers: WorkerProcess[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "dacapo-processes-"));
  workers = [];
});

afterEach(async () => {
  for (const worker of workers) await worker.kill();
  rmSync(folder, { recursive: true });
});

const fileOf = (): string => join(folder, "hub.db");

function spawnWorker(): WorkerProcess {
  const worker = new WorkerProcess(fileOf(), join(folder, "ledger"));
  workers.push(worker);
  return worker;
}

/** A hub that only starts and watches. */
const openClient = (): Promise<TaskHub> => TaskHub.open({ backend: sqlite(fileOf(), { synchronous: "normal" }) });

/** The lines of the ledger that begin with a name. */
function entries(name: string): readonly { readonly key: string; readonly pid: number }[] {
  const ledger = join(folder, "ledger");
  const lines = existsSync(ledger) ? readFileSync(ledger, "utf8").split("\n") : [];
  return lines
    .map((line) => line.split(" "))
    .filter(([first]) => first === name)
    .map(([, key = "", pid]) => ({ key, pid: Number(pid) }));
}

/** Resolves when a condition of the world outside holds. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await delay(10);
}

const DEADLINE_MS = 240_000;

describe("processes on one SQLite file", () => {
  it(
    "share the work of one hub, each instance completes once, and each effect happens once",
    async () => {
      const hub = await openClient();
      const both = await Promise.all([spawnWorker().start(), spawnWorker().start()]);
      const meetings = [1, 2].map(() => hub.client.scheduleNewOrchestration("meeting"));
      const ids = await Promise.all(
        Array.from({ length: 40 }, (_, i) => hub.client.scheduleNewOrchestration("three", undefined, `three-${i}`)),
      );
      for (const id of [...(await Promise.all(meetings)), ...ids]) {
        const state = await hub.client.waitForOrchestrationCompletion(id, { timeout: { minutes: 3 } });
        expect(state?.runtimeStatus).toBe("Completed");
      }
      for (const id of ids) expect((await hub.client.getOrchestrationState(id))?.output).toBe(3);
      expect(new Set(entries("meet").map(({ pid }) => pid))).toEqual(new Set(both.map(({ pid }) => pid)));
      const keys = entries("step").map(({ key }) => key);
      expect(keys).toHaveLength(120);
      expect(new Set(keys).size).toBe(120);
      for (const worker of both) await worker.stop();
      await hub.stop();
    },
    DEADLINE_MS,
  );

  it(
    "lose nothing that was acknowledged when one is killed in the middle",
    async () => {
      const hub = await openClient();
      const victim = await spawnWorker().start();
      const ids = await Promise.all(
        Array.from({ length: 8 }, (_, i) => hub.client.scheduleNewOrchestration("hanging", victim.pid, `hanging-${i}`)),
      );
      await until(() => entries("hang").length > 0);
      await victim.kill();
      const database = await openDatabase(fileOf());
      expect(database.prepare("PRAGMA integrity_check").all()).toMatchObject([{ integrity_check: "ok" }]);
      database.close();
      const before = new Map<string, number>();
      for (const id of ids) before.set(id, (await hub.client.getOrchestrationHistory(id)).length);
      const survivor = await spawnWorker().start();
      for (const id of ids) {
        const state = await hub.client.waitForOrchestrationCompletion(id, { timeout: { minutes: 3 } });
        expect(state?.runtimeStatus).toBe("Completed");
        const history = await hub.client.getOrchestrationHistory(id);
        expect(history.length).toBeGreaterThan(before.get(id) ?? 0);
        expect(history.filter(({ type }) => type === "TaskCompleted")).toHaveLength(2);
      }
      await survivor.stop();
      await hub.stop();
    },
    DEADLINE_MS,
  );

  it(
    "that open a new file at the same time bring it to this version's tables once",
    async () => {
      const crowd = [1, 2, 3].map(() => spawnWorker());
      for (const worker of crowd) worker.say("open");
      await Promise.all(crowd.map((worker) => worker.hears("open")));
      const database = await openDatabase(fileOf());
      expect(appliedTo(database).map(({ version }) => version)).toEqual(MIGRATIONS.map(({ version }) => version));
      database.close();
    },
    DEADLINE_MS,
  );
});
