/**
 * Turns that are run before the answer which wakes them is durable: they are durable with it, or void.
 */
import pg from "pg";
import { beforeAll, expect, it } from "vitest";
import { postgres } from "../../src/backends/postgres/index.ts";
import { LeaseLostError, StorageError } from "../../src/index.ts";
import type { ActivityWorkItem, Backend, OrchestrationWorkItem } from "../../src/ports/backend.ts";
import { ManualClock } from "../../src/testing/index.ts";
import { activityOf, Stage } from "../../src/testing/stage.ts";
import { answerEarly, ORDER } from "./answer-early.ts";
import { serverOfFile } from "./server-of-file.ts";
import { watchedPool } from "./watched-pool.ts";

const server = serverOfFile();
let pool: pg.Pool;

beforeAll(() => {
  pool = server.newPool(8);
});

/** A handle whose messages that commit fail while `isBroken` is set, before or after the server has them. */
async function open(
  schema: string,
  fault: { isBroken: boolean; isAnswerLost: boolean } = { isBroken: false, isAnswerLost: false },
  messages: string[] = [],
): Promise<Backend> {
  const isToFail = (text: string): boolean => fault.isBroken && /COMMIT$|^EXECUTE dacapo_step/.test(text);
  const before = (text: string): void => {
    messages.push(text);
    if (isToFail(text) && !fault.isAnswerLost) throw new Error("the network is down");
  };
  const answered = (text: string): void => {
    if (isToFail(text)) throw new Error("Connection terminated");
  };
  const backend = postgres({
    pool: watchedPool(pool, before, { answered }),
    schema,
  })({ clock: new ManualClock(), yield: () => new Promise((resolve) => setImmediate(resolve)) });
  await backend.open();
  return backend;
}

function stageOf(backend: Backend): Stage {
  return new Stage({
    backend,
    connect: () => Promise.reject(new Error("one handle")),
    advance: () => Promise.resolve(),
    close: () => Promise.resolve(),
  });
}

/** An instance that waits for an activity, which is locked. */
async function waiting(stage: Stage, id: string): Promise<ActivityWorkItem> {
  await stage.create(id);
  const item = await stage.take(id);
  const committed = stage.complete(item, { activities: [activityOf(item)] });
  // Locked with the turn that scheduled it, so that the handle knows the rows of both.
  const activity = await stage.takeActivity();
  await committed;
  return activity;
}

it("a turn that comes in time is durable with the answer that it consumes", async () => {
  const backend = await open("in_time");
  const stage = stageOf(backend);
  const { answered, item } = await answerEarly(backend, stage, await waiting(stage, "a"));
  await Promise.all([answered, stage.complete(item, { runtimeStatus: "Completed" })]);
  expect(await stage.status("a")).toBe("Completed");
  const { rows } = await pool.query("SELECT 1 FROM in_time.messages UNION ALL SELECT 1 FROM in_time.activities");
  expect(rows).toEqual([]);
  await backend.close();
});

it("a turn that comes late finds its lock and its message durable", async () => {
  const backend = await open("late");
  const stage = stageOf(backend);
  const { answered, item } = await answerEarly(backend, stage, await waiting(stage, "a"));
  await answered;
  expect((await pool.query("SELECT message_id FROM late.messages")).rows).toHaveLength(1);
  const other = await open("late");
  expect(await other.fetchOrchestrations(ORDER)).toEqual([]);
  await stage.complete(item, { runtimeStatus: "Completed" });
  expect((await pool.query("SELECT message_id FROM late.messages")).rows).toEqual([]);
  await other.close();
  await backend.close();
});

it("when the transaction fails, the lock is void, also where another process has been given its number since", async () => {
  const fault = { isBroken: false, isAnswerLost: false };
  const backend = await open("void", fault);
  const stage = stageOf(backend);
  const activity = await waiting(stage, "a");
  fault.isBroken = true;
  const { answered, item } = await answerEarly(backend, stage, activity);
  const early = stage.complete(item);
  await expect(answered).rejects.toThrow(StorageError);
  await expect(early).rejects.toThrow(LeaseLostError);
  fault.isBroken = false;

  // Nothing of it is there; the answer is given again, and wakes the instance for somebody else, under the same number.
  const other = stageOf(await open("void"));
  await stage.answer(activity);
  const theirs = await other.take("a");
  expect(theirs.lock.token).toBe(item.lock.token);
  await expect(backend.completeOrchestration(stage.commit(item))).rejects.toThrow(LeaseLostError);
  await expect(backend.renewOrchestration(item.lock, 1000)).rejects.toThrow(LeaseLostError);
  await expect(backend.readHistory(item.lock)).rejects.toThrow(LeaseLostError);
  await backend.abandonOrchestration({ lock: item.lock, delayMs: 0 });
  await other.complete(theirs, { runtimeStatus: "Completed" });
  expect(await stage.status("a")).toBe("Completed");
  await other.backend.close();
  await backend.close();
});

it("a number that was void is not given to a later lock of the same handle", async () => {
  const fault = { isBroken: false, isAnswerLost: false };
  const backend = await open("numbers", fault);
  const stage = stageOf(backend);
  const activity = await waiting(stage, "a");
  fault.isBroken = true;
  const { answered, item } = await answerEarly(backend, stage, activity);
  await expect(answered).rejects.toThrow(StorageError);
  fault.isBroken = false;
  await stage.answer(activity);
  let again = await backend.fetchOrchestrations(ORDER);
  if (again.length === 0) again = await backend.fetchOrchestrations(ORDER);
  expect(again.map(({ lock }) => lock.token > item.lock.token)).toEqual([true]);
  await stage.complete(again[0] as OrchestrationWorkItem, { runtimeStatus: "Completed" });
  expect(await stage.status("a")).toBe("Completed");
  await backend.close();
});

it("a commit whose answer is lost leaves what is durable to go on, and the lock void", async () => {
  const fault = { isBroken: false, isAnswerLost: true };
  const backend = await open("lost", fault);
  const stage = stageOf(backend);
  const activity = await waiting(stage, "a");
  fault.isBroken = true;
  const { answered, item } = await answerEarly(backend, stage, activity);
  const early = stage.complete(item, { runtimeStatus: "Completed" });
  await expect(answered).rejects.toThrow(StorageError);
  await expect(early).rejects.toThrow(LeaseLostError);
  fault.isBroken = false;
  expect(await stage.status("a")).toBe("Completed");
  await backend.close();
});

it("an answer of an activity that was handed out before is durable before its turn is run", async () => {
  const backend = await open("again");
  const stage = stageOf(backend);
  const first = await waiting(stage, "a");
  await backend.abandonActivity({ lock: first.lock, delayMs: 0 });
  const second = await stage.takeActivity();
  expect(second.deliveryCount).toBe(2);
  const fetched = backend.fetchOrchestrations(ORDER).then(async ([item]) => {
    expect(item).toBeDefined();
    const { rows } = await pool.query("SELECT message_id FROM again.messages");
    expect(rows).toHaveLength(1);
  });
  await Promise.all([stage.answer(second), fetched]);
  await backend.close();
});

/** Two handles, and an activity in the hands of the second of an instance that the first has worked on. */
async function handedOver(
  schema: string,
  before: (pool: pg.Pool) => Promise<void> = () => Promise.resolve(),
): Promise<{
  stages: readonly [Stage, Stage];
  activity: ActivityWorkItem;
  messages: string[];
}> {
  const messages: string[] = [];
  const stages = [stageOf(await open(schema)), stageOf(await open(schema, undefined, messages))] as const;
  const [first, second] = stages;
  await first.create("a");
  const item = await first.take("a");
  await first.complete(item, { activities: [activityOf(item, 1), activityOf(item, 2)] });
  await before(pool);
  const [activity] = await second.backend.fetchActivities(ORDER);
  messages.length = 0;
  return { stages, activity: activity as ActivityWorkItem, messages };
}

it("the history of an instance comes with its activity, so that the turn after it comes in time where it is not known", async () => {
  const { stages, activity, messages } = await handedOver("handed_over");
  const [first, second] = stages;
  const { answered, item } = await answerEarly(second.backend, second, activity);
  const history = await second.backend.readHistory(item.lock);
  await Promise.all([answered, second.complete(item, { runtimeStatus: "Completed" })]);
  expect(messages.filter((text) => /EXECUTE dacapo_(?:history|instances|begin)/.test(text))).toEqual([]);
  expect(history).toEqual((await first.backend.getHistory("a")).slice(0, 2));
  expect(await first.status("a")).toBe("Completed");
  for (const { backend } of stages) await backend.close();
});

it("what came with an activity is a guess: where the instance has changed since, its history is asked for", async () => {
  const { stages, activity } = await handedOver("handed_late");
  const [first, second] = stages;
  await first.send("a");
  await first.turn("a");
  const { answered, item } = await answerEarly(second.backend, second, activity);
  const early = expect(second.complete(item)).rejects.toThrow(LeaseLostError);
  await answered;
  await early;
  const again = (await second.tryTake("a")) ?? (await second.take("a"));
  expect(await second.backend.readHistory(again.lock)).toEqual(await first.backend.getHistory("a"));
  await second.complete(again, { runtimeStatus: "Completed" });
  expect(await first.backend.getHistory("a")).toHaveLength(6);
  for (const { backend } of stages) await backend.close();
});

it("an instance that somebody has locked is asked for: a renewal changes nothing that a guess could be compared by", async () => {
  const { stages, activity, messages } = await handedOver("handed_locked", async (pool) => {
    await pool.query(
      "UPDATE handed_locked.work SET lock_token = last_number, lock_worker = 'other', lock_until = 9e15, ready_at = 9e15",
    );
  });
  const [, second] = stages;
  await second.answer(activity);
  expect(messages.some((text) => text.includes("EXECUTE dacapo_instances"))).toBe(true);
  const { rows } = await pool.query("SELECT lock_worker FROM handed_locked.work");
  expect(rows).toEqual([{ lock_worker: "other" }]);
  for (const { backend } of stages) await backend.close();
});

it("a turn of a child whose parent was rewound is run with the parent that it has now, whoever knew the other one", async () => {
  const { stages, activity } = await handedOver("handed_rewound");
  const [first, second] = stages;
  const { incarnation = "" } = (await first.backend.getInstance("a")) ?? {};
  await first.create("parent");
  const parent = await first.take("parent");
  const now = { instanceId: "parent", executionId: "rewound", taskId: 7, name: "parent" };
  const order = { requestId: "rewind" };
  const lost = first.event("parent");
  await first.complete(parent, { rewinds: [{ instanceId: "a", incarnation, parent: now, order, lost }] });
  const { answered, item } = await answerEarly(second.backend, second, activity);
  const early = expect(second.complete(item)).rejects.toThrow(LeaseLostError);
  await answered;
  await early;
  const again = (await second.tryTake("a")) ?? (await second.take("a"));
  expect(again.start.event.parent).toMatchObject({ executionId: "rewound" });
  for (const { backend } of stages) await backend.close();
});
