/**
 * The SQLite backend, stopped at every statement that it makes: a call has happened or it has not, and made again it has
 * happened once.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openDatabase } from "../../src/backends/sqlite/load-driver.ts";
import { sqlite } from "../../src/backends/sqlite/index.ts";
import type { SqliteDatabase } from "../../src/backends/sqlite/index.ts";
import {
  InstanceAlreadyExistsError,
  InvalidArgumentError,
  LeaseLostError,
  StorageError,
} from "../../src/core/errors.ts";
import type { EntityData } from "../../src/core/entity-data.ts";
import type { InstanceStart } from "../../src/core/messages.ts";
import { ManualClock } from "../../src/testing/index.ts";
import { activityOf, answerTo, Stage, startOf, timerOf, turnEvents } from "../../src/testing/stage.ts";
import { dumpOf, FailingDatabase } from "./failing-database.ts";
import type { FailurePoint } from "./failing-database.ts";

/** A hub in memory whose database can fail. */
class Hub {
  readonly database: FailingDatabase;
  readonly stage: Stage;
  readonly #inner: SqliteDatabase;

  static async open(): Promise<Hub> {
    const inner = await openDatabase(":memory:");
    const hub = new Hub(inner);
    await hub.stage.backend.open();
    return hub;
  }

  private constructor(inner: SqliteDatabase) {
    const clock = new ManualClock();
    this.#inner = inner;
    this.database = new FailingDatabase(inner);
    const backend = sqlite(":memory:", { database: this.database, clock })({ clock });
    this.stage = new Stage({
      backend,
      connect: () => Promise.reject(new Error("a hub in memory has one handle")),
      advance: async (durationMs) => {
        clock.advance(durationMs);
      },
      close: () => backend.close(),
    });
  }

  dump(): string {
    return dumpOf(this.#inner);
  }
}

/** Brings a hub to where a call can be made, and gives the call. The same each time. */
type Preparation = (stage: Stage) => Promise<() => Promise<unknown>>;

const FETCH = { workerId: "w", maxItems: 10, leaseMs: 1_000 };
const ENTITY = "@counter@1";
const BIRTH = { name: "counter", incarnation: "first" };
const DATA: EntityData = { state: "1", waiting: [], held: [], received: [], sent: [], lastOperationAt: 1 };

function childOf(parent: string, executionId: string, child: string): InstanceStart {
  const start = startOf(child, `${child}-execution`);
  const event = { ...start.event, parent: { instanceId: parent, executionId, name: "play", taskId: 7 } };
  return { instanceId: child, incarnation: `${child}-life`, start: { ...start, event } };
}

/** Everything that a turn of an orchestration may do at once. */
const richTurn: Preparation = async (stage) => {
  await stage.create("other");
  await stage.createEnded("taken");
  await stage.createRunning("a");
  await stage.send("a");
  const item = await stage.take("a");
  const { executionId } = item.instance;
  const taken = childOf("a", executionId, "taken");
  const commit = stage.commit(item, {
    activities: [activityOf(item, 1), activityOf(item, 2)],
    timers: [timerOf(item, item.now + 10, 3), timerOf(item, item.now + 20, 4)],
    cancelledTimers: [`${executionId}:4`],
    messages: [stage.event("other"), stage.event("nobody"), stage.event(ENTITY, "add", { birth: BIRTH })],
    starts: [childOf("a", executionId, "child"), { ...taken, refusal: stage.event("a", "no") }],
    customStatus: '"half way"',
  });
  return () => stage.backend.completeOrchestration(commit);
};

const rewindingTurn: Preparation = async (stage) => {
  await stage.createRunning("a");
  await stage.send("a");
  const before = await stage.take("a");
  const child = childOf("a", before.instance.executionId, "child");
  await stage.complete(before, { starts: [child], runtimeStatus: "Failed" });
  await stage.turn("child", { runtimeStatus: "Failed" });
  await stage.backend.rewindInstance({ requestId: "again", instanceId: "a" });
  const item = await stage.take("a");
  const executionId = "rewound";
  const { parent } = child.start.event;
  const commit = stage.commit(item, {
    rewritten: { start: startOf("a", executionId), history: turnEvents({ ...item, lastEventId: 0 }) },
    events: turnEvents({ ...item, lastEventId: 2 }),
    rewinds: [
      {
        instanceId: "child",
        incarnation: child.incarnation,
        parent: { ...(parent ?? { instanceId: "a", name: "play", taskId: 7 }), executionId },
        order: { requestId: "again-child" },
        lost: stage.event("a", "lost"),
      },
    ],
  });
  return () => stage.backend.completeOrchestration(commit);
};

const CALLS: Readonly<Record<string, Preparation>> = {
  "a creation": async (stage) => {
    const request = stage.creation("a");
    return () => stage.backend.createInstance(request);
  },
  "a creation that replaces a child": async (stage) => {
    await stage.createRunning("a");
    await stage.send("a");
    const item = await stage.take("a");
    await stage.complete(item, { starts: [childOf("a", item.instance.executionId, "child")] });
    const request = stage.creation("child", { replaceStatuses: ["Pending"] });
    return () => stage.backend.createInstance(request);
  },
  "a message": async (stage) => {
    await stage.create("a");
    const message = stage.event("a");
    return () => stage.backend.sendMessage(message);
  },
  "the first message of an entity": async (stage) => {
    const message = stage.event(ENTITY, "add", { birth: BIRTH });
    return () => stage.backend.sendMessage(message);
  },
  "a purge": async (stage) => {
    await stage.createEnded("a");
    const request = stage.purging("a");
    return () => stage.backend.purgeInstance(request);
  },
  "a rewind": async (stage) => {
    await stage.createEnded("a", "Failed");
    return () => stage.backend.rewindInstance({ requestId: "again", instanceId: "a" });
  },
  "a fetch": async (stage) => {
    await stage.create("a");
    await stage.createRunning("b");
    await stage.send("b");
    return () => stage.backend.fetchOrchestrations(FETCH);
  },
  "a renewal": async (stage) => {
    await stage.create("a");
    const { lock } = await stage.take("a");
    return () => stage.backend.renewOrchestration(lock, 90_000);
  },
  "an abandoned turn": async (stage) => {
    await stage.create("a");
    const { lock } = await stage.take("a");
    return () => stage.backend.abandonOrchestration({ lock, delayMs: 5 });
  },
  "a turn that does everything": richTurn,
  "a turn that rewinds": rewindingTurn,
  "a turn that continues as new": async (stage) => {
    await stage.createRunning("a");
    await stage.send("a");
    const item = await stage.take("a");
    const commit = stage.commit(item, { next: startOf("a", "another") });
    return () => stage.backend.completeOrchestration(commit);
  },
  "a turn that ends": async (stage) => {
    await stage.create("a");
    await stage.send("a");
    const item = await stage.take("a");
    const commit = stage.commit(item, { runtimeStatus: "Completed", output: '"done"' });
    return () => stage.backend.completeOrchestration(commit);
  },
  "a turn of an entity": async (stage) => {
    await stage.backend.sendMessage(stage.event(ENTITY, "add", { birth: BIRTH }));
    const commit = stage.commit(await stage.take(ENTITY), { events: [], entity: DATA });
    return () => stage.backend.completeOrchestration(commit);
  },
  "a fetch of activities": async (stage) => {
    await stage.create("a");
    const item = await stage.take("a");
    await stage.complete(item, { activities: [activityOf(item, 1), activityOf(item, 2)] });
    return () => stage.backend.fetchActivities(FETCH);
  },
  "an activity's answer": async (stage) => {
    await stage.create("a");
    const item = await stage.take("a");
    await stage.complete(item, { activities: [activityOf(item)] });
    const { lock, work } = await stage.takeActivity();
    return () => stage.backend.completeActivity({ requestId: "answer", lock, message: answerTo(work) });
  },
  "an abandoned activity": async (stage) => {
    await stage.create("a");
    const item = await stage.take("a");
    await stage.complete(item, { activities: [activityOf(item)] });
    const { lock } = await stage.takeActivity();
    return () => stage.backend.abandonActivity({ lock, delayMs: 5 });
  },
};

const names = Object.keys(CALLS);

/** A hub where the call was made once, and nothing failed. */
async function madeOnce(prepare: Preparation): Promise<string> {
  const hub = await Hub.open();
  await (
    await prepare(hub.stage)
  )();
  return hub.dump();
}

/** Makes a call that fails at a point, and again. Returns false when the call was over before. */
async function failOnce(prepare: Preparation, point: FailurePoint, expected: string): Promise<boolean> {
  const hub = await Hub.open();
  const call = await prepare(hub.stage);
  const before = hub.dump();
  hub.database.failAt(point);
  const failure = await call().catch((error: unknown) => error);
  const hasFailed = !hub.database.isArmed;
  hub.database.disarm();
  if (hasFailed) {
    expect(failure).toBeInstanceOf(StorageError);
    expect((failure as StorageError).message).toContain("disk I/O error");
    expect(hub.dump()).toBe(point === "after COMMIT" ? expected : before);
    await call();
  }
  if (point !== "after COMMIT") expect(hub.dump()).toBe(expected);
  return hasFailed;
}

describe("a call of the SQLite backend", () => {
  it.each(names)("%s leaves nothing when any of its statements fails, and succeeds when made again", async (name) => {
    const prepare = CALLS[name]!;
    const expected = await madeOnce(prepare);
    let statements = 0;
    while (await failOnce(prepare, statements + 1, expected)) statements++;
    // BEGIN, the hub's row twice, COMMIT, and at least one for the call itself.
    expect(statements).toBeGreaterThanOrEqual(5);
  });

  it.each(names)("%s leaves nothing when COMMIT fails, whoever ends the transaction then", async (name) => {
    const prepare = CALLS[name]!;
    const expected = await madeOnce(prepare);
    expect(await failOnce(prepare, "before COMMIT", expected)).toBe(true);
    expect(await failOnce(prepare, "instead of COMMIT", expected)).toBe(true);
  });

  /** A fetch whose answer gets lost has locked what it found; made again, it finds nothing. */
  const answered = names.filter((name) => !name.startsWith("a fetch"));

  it.each(answered)("%s is there when only the answer of COMMIT gets lost", async (name) => {
    const prepare = CALLS[name]!;
    const lost = await Hub.open();
    const call = await prepare(lost.stage);
    lost.database.failAt("after COMMIT");
    await expect(call()).rejects.toBeInstanceOf(StorageError);
    expect(lost.dump()).toBe(await madeOnce(prepare));
  });
});

describe("calls that share a transaction", () => {
  it("are refused each alone, and the others take effect", async () => {
    const { stage, database } = await Hub.open();
    const { backend } = stage;
    await stage.create("taken");
    const stale = await stage.take("taken");
    await stage.advance(60_000);
    const fresh = await stage.take("taken");
    const begun = database.transactions;
    const results = await Promise.allSettled([
      backend.createInstance(stage.creation("a")),
      backend.completeOrchestration(stage.commit(stale, { messages: [stage.event("a")] })),
      backend.createInstance(stage.creation("taken")),
      backend.completeOrchestration(stage.commit(fresh, { runtimeStatus: "Completed", output: '"fresh"' })),
      backend.sendMessage(stage.event("a", "kept")),
    ]);
    expect(database.transactions).toBe(begun + 1);
    expect(results.map(({ status }) => status)).toEqual([
      "fulfilled",
      "rejected",
      "rejected",
      "fulfilled",
      "fulfilled",
    ]);
    expect(results[1]).toMatchObject({ reason: expect.any(LeaseLostError) as unknown });
    expect(results[2]).toMatchObject({ reason: expect.any(InstanceAlreadyExistsError) as unknown });
    expect(await backend.getInstance("taken")).toMatchObject({ runtimeStatus: "Completed", output: '"fresh"' });
    const { messages } = await stage.take("a");
    expect(messages.map(({ body }) => body)).toEqual([{ type: "EventRaised", name: "kept" }]);
  });

  it("are made one by one when one of them breaks off in the middle, which leaves nothing of it", async () => {
    const { stage } = await Hub.open();
    const { backend } = stage;
    await stage.create("a");
    await stage.create("b");
    const [first, second] = await stage.fetch();
    const impossible = stage.event("half \uD83D of a pair");
    const results = await Promise.allSettled([
      backend.createInstance(stage.creation("c")),
      backend.completeOrchestration(
        stage.commit(first!, { activities: [activityOf(first!)], messages: [impossible], runtimeStatus: "Completed" }),
      ),
      backend.completeOrchestration(stage.commit(second!, { runtimeStatus: "Completed" })),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(results[1]).toMatchObject({ reason: expect.any(InvalidArgumentError) as unknown });
    expect(await stage.status("a")).toBe("Pending");
    expect(await backend.getHistory("a")).toEqual([]);
    expect(await stage.status("b")).toBe("Completed");
    expect(await stage.status("c")).toBe("Pending");
    await stage.assertNoActivity("nothing of the turn that broke off is there");
    await stage.complete(first!, { runtimeStatus: "Completed" });
    expect(await stage.status("a")).toBe("Completed");
  });

  it("all get a StorageError when the transaction fails, and all succeed when made again", async () => {
    const hub = await Hub.open();
    const { backend } = hub.stage;
    const requests = ["a", "b", "c"].map((id) => hub.stage.creation(id));
    const create = () => Promise.allSettled(requests.map((request) => backend.createInstance(request)));
    const before = hub.dump();
    hub.database.failAt("before COMMIT");
    for (const result of await create()) expect(result).toMatchObject({ reason: expect.any(StorageError) as unknown });
    expect(hub.dump()).toBe(before);
    expect((await create()).map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "fulfilled"]);
    expect((await backend.listInstances({ pageSize: 10 })).instances.map(({ instanceId }) => instanceId)).toEqual([
      ...["a", "b", "c"],
    ]);
  });
});

describe("a database that fails while somebody waits", () => {
  it("fails the call alone, whichever statement it is: who waits is woken, and the next call succeeds", async () => {
    let failures = 0;
    for (let statement = 1; statement <= 30; statement++) {
      const { stage, database } = await Hub.open();
      const { backend } = stage;
      const abort = new AbortController();
      const woken = backend.waitForWork("orchestration", abort.signal);
      const ended = backend.waitForInstance("a", "ended", abort.signal);
      database.failAt(statement);
      const request = stage.creation("a");
      const failure = await backend.createInstance(request).catch((error: unknown) => error);
      if (!database.isArmed) failures++;
      database.disarm();
      if (failure !== undefined) expect(failure).toBeInstanceOf(StorageError);
      await backend.createInstance(request);
      await woken;
      await stage.turn("a", { runtimeStatus: "Completed" });
      await ended;
      abort.abort();
      await backend.close();
    }
    // Some of them come after COMMIT, when those who wait are told.
    expect(failures).toBeGreaterThan(10);
  });

  it("fails no process when it is looked at for the changes of others", async () => {
    const { stage, database } = await Hub.open();
    const { backend } = stage;
    const abort = new AbortController();
    const woken = backend.waitForWork("activity", abort.signal);
    for (let statement = 1; statement <= 4; statement++) {
      database.failAt(statement);
      for (let poll = 0; poll < 4; poll++) await stage.advance(20);
    }
    database.disarm();
    abort.abort();
    await woken;
    await backend.close();
  });
});

describe("a file whose opening fails", () => {
  const points: readonly FailurePoint[] = [
    ...Array.from({ length: 40 }, (_, i) => i + 1),
    "before COMMIT",
    "instead of COMMIT",
  ];

  it("says why, whichever statement it is, and can be opened the next time", async () => {
    const folder = mkdtempSync(join(tmpdir(), "dacapo-opening-"));
    const clock = new ManualClock();
    let failures = 0;
    for (const [i, point] of points.entries()) {
      const file = join(folder, `${i}.db`);
      const database = new FailingDatabase(await openDatabase(file));
      database.failAt(point);
      const failing = sqlite(file, { database })({ clock });
      const failure = await failing.open().catch((error: unknown) => error);
      if (failure === undefined) {
        await failing.close();
      } else {
        failures++;
        expect(failure).toBeInstanceOf(StorageError);
        expect((failure as StorageError).message).toContain("disk I/O error");
      }
      const backend = sqlite(file)({ clock });
      await backend.open();
      expect(await backend.backlog()).toEqual({ pending: 0, ready: false });
      await backend.close();
    }
    expect(failures).toBeGreaterThan(12);
    rmSync(folder, { recursive: true });
  });
});
