/**
 * Turns that are run before the answer which wakes them is durable: they are durable with it, or void.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { sqlite, type SqliteDatabase } from "../../src/backends/sqlite/index.ts";
import { openDatabase } from "../../src/backends/sqlite/load-driver.ts";
import { LeaseLostError, StorageError } from "../../src/index.ts";
import type { ActivityWorkItem, Backend, OrchestrationWorkItem } from "../../src/ports/backend.ts";
import { ManualClock } from "../../src/testing/index.ts";
import { Stage } from "../../src/testing/stage.ts";
import { answerEarly, ORDER } from "./answer-early.ts";
import { FailingDatabase } from "./failing-database.ts";

let folder: string;
let handles: Backend[];
let database: FailingDatabase;
let backend: Backend;
let stage: Stage;
/** Looks at the file from outside. */
let outside: SqliteDatabase;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "dacapo-early-"));
  handles = [];
  database = new FailingDatabase(await openDatabase(join(folder, "hub.db")));
  backend = await open(database);
  stage = stageOf(backend);
  outside = await openDatabase(join(folder, "hub.db"));
});

afterEach(async () => {
  for (const handle of handles) await handle.close();
  outside.close();
  rmSync(folder, { recursive: true });
});

async function open(of: SqliteDatabase): Promise<Backend> {
  const file = join(folder, "hub.db");
  const ports = { clock: new ManualClock(), yield: () => new Promise<void>((resolve) => setImmediate(resolve)) };
  const handle = sqlite(file, { database: of, synchronous: "normal" })(ports);
  await handle.open();
  handles.push(handle);
  return handle;
}

const openOther = async (): Promise<Backend> => open(await openDatabase(join(folder, "hub.db")));

function stageOf(of: Backend): Stage {
  return new Stage({
    backend: of,
    connect: () => Promise.reject(new Error("one handle")),
    advance: () => Promise.resolve(),
    close: () => Promise.resolve(),
  });
}

const messages = (): readonly unknown[] => outside.prepare("SELECT message_id FROM messages").all();

/** An instance that waits for an activity, which is locked. */
async function waiting(id: string): Promise<ActivityWorkItem> {
  await stage.create(id);
  const item = await stage.take(id);
  const { executionId } = item.instance;
  const step = { taskId: 1, name: "step", attempt: 1, idempotencyKey: `${id}:1` };
  await stage.complete(item, { activities: [{ instanceId: id, executionId, ...step }] });
  return stage.takeActivity();
}

it("a turn that comes in time is durable with the answer that it consumes", async () => {
  const activity = await waiting("a");
  const { transactions } = database;
  const { answered, item } = await answerEarly(backend, stage, activity);
  await Promise.all([answered, stage.complete(item, { runtimeStatus: "Completed" })]);
  expect(database.transactions).toBe(transactions + 1);
  expect(await stage.status("a")).toBe("Completed");
  expect([...messages(), ...outside.prepare("SELECT 1 FROM activities").all()]).toEqual([]);
});

it("a worker that waits is woken for it", async () => {
  const activity = await waiting("a");
  const { transactions } = database;
  const woken = backend.waitForWork("orchestration", new AbortController().signal, ORDER);
  const answered = stage.answer(activity);
  await woken;
  const [item] = await backend.fetchOrchestrations(ORDER);
  await Promise.all([answered, stage.complete(item as OrchestrationWorkItem, { runtimeStatus: "Completed" })]);
  expect(database.transactions).toBe(transactions + 1);
  expect(await stage.status("a")).toBe("Completed");
});

it("what the turn sends and starts is durable with it", async () => {
  await stage.createRunning("b");
  const activity = await waiting("a");
  const { answered, item } = await answerEarly(backend, stage, activity);
  const sent = stage.event("b", "Event");
  await Promise.all([answered, stage.complete(item, { messages: [sent], runtimeStatus: "Completed" })]);
  expect(messages()).toMatchObject([{ message_id: sent.messageId }]);
});

it("a turn that comes late finds its lock and its message durable", async () => {
  const { answered, item } = await answerEarly(backend, stage, await waiting("a"));
  await answered;
  expect(messages()).toHaveLength(1);
  const other = await openOther();
  expect(await other.fetchOrchestrations(ORDER)).toEqual([]);
  await stage.complete(item, { runtimeStatus: "Completed" });
  expect(messages()).toEqual([]);
});

it("the file is let go before anything else of the process runs, whether a turn has come or not", async () => {
  const { answered, item } = await answerEarly(backend, stage, await waiting("a"));
  await new Promise(setImmediate);
  // This connection waits for nobody.
  outside.exec("BEGIN IMMEDIATE");
  outside.exec("ROLLBACK");
  await answered;
  await stage.complete(item, { runtimeStatus: "Completed" });
});

it("nobody reads what is not durable yet, and may never be", async () => {
  const activity = await waiting("a");
  const created = stage.create("b");
  created.catch(() => undefined);
  const { answered } = await answerEarly(backend, stage, activity);
  database.failAt("before COMMIT");
  expect(await backend.getInstance("b")).toBeUndefined();
  await expect(created).rejects.toThrow(StorageError);
  await expect(answered).rejects.toThrow(StorageError);
});

it("when the transaction fails, the lock is void, also where another process has been given its number since", async () => {
  const activity = await waiting("a");
  const { answered, item } = await answerEarly(backend, stage, activity);
  database.failAt("before COMMIT");
  const early = stage.complete(item);
  early.catch(() => undefined);
  await expect(answered).rejects.toThrow(StorageError);
  await expect(early).rejects.toThrow(LeaseLostError);

  // Nothing of it is there; the answer is given again, and wakes the instance for somebody else, under the same number.
  const other = stageOf(await openOther());
  await other.answer(activity);
  const theirs = await other.take("a");
  expect(theirs.lock.token).toBe(item.lock.token);
  await expect(backend.completeOrchestration(stage.commit(item))).rejects.toThrow(LeaseLostError);
  await expect(backend.renewOrchestration(item.lock, 1000)).rejects.toThrow(LeaseLostError);
  await expect(backend.readHistory(item.lock)).rejects.toThrow(LeaseLostError);
  await backend.abandonOrchestration({ lock: item.lock, delayMs: 0 });
  await other.complete(theirs, { runtimeStatus: "Completed" });
  expect(await stage.status("a")).toBe("Completed");
});

it("a number that was void is not given to a later lock of the same handle", async () => {
  const activity = await waiting("a");
  const { answered, item } = await answerEarly(backend, stage, activity);
  database.failAt("before COMMIT");
  await expect(answered).rejects.toThrow(StorageError);
  await stage.answer(activity);
  const again = await stage.take("a");
  expect(again.lock.token).toBeGreaterThan(item.lock.token);
  await stage.complete(again, { runtimeStatus: "Completed" });
  expect(await stage.status("a")).toBe("Completed");
});

it("a commit whose answer is lost leaves what is durable to go on, and the lock void", async () => {
  const { answered, item } = await answerEarly(backend, stage, await waiting("a"));
  database.failAt("after COMMIT");
  const early = stage.complete(item, { runtimeStatus: "Completed" });
  early.catch(() => undefined);
  await expect(answered).rejects.toThrow(StorageError);
  await expect(early).rejects.toThrow(LeaseLostError);
  expect(await stage.status("a")).toBe("Completed");
});

it("an answer of an activity that was handed out before is durable before its turn is run", async () => {
  const first = await waiting("a");
  await backend.abandonActivity({ lock: first.lock, delayMs: 0 });
  const second = await stage.takeActivity();
  expect(second.deliveryCount).toBe(2);
  const fetched = backend.fetchOrchestrations(ORDER).then((items) => {
    expect(items).toHaveLength(1);
    expect(messages()).toHaveLength(1);
  });
  await Promise.all([stage.answer(second), fetched]);
});

it("what has waited for longer is found, however many answers there are", async () => {
  const activities: ActivityWorkItem[] = [];
  for (let i = 0; i < 9; i++) activities.push(await waiting(`new-${i}`));
  await stage.create("old");
  const found: string[] = [];
  for (const activity of activities) {
    const fetched = backend.fetchOrchestrations({ ...ORDER, maxItems: 1 });
    await stage.answer(activity);
    for (const { instance } of await fetched) found.push(instance.instanceId);
  }
  expect(found).toEqual([...Array.from({ length: 8 }, (_, i) => `new-${i}`), "old"]);
});
