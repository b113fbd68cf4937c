/**
 * G3 and G7: a failed instance is reopened as a whole, and goes on with the history that a turn has rewritten.
 */
import assert from "node:assert/strict";
import type { ChildRewind } from "../../core/messages.ts";
import type { InstanceRecord, OrchestrationWorkItem, RewindInstanceRequest } from "../../ports/backend.ts";
import type { BackendCase } from "../backend-case.ts";
import { assertRefused, lawOf } from "../law.ts";
import type { Stage } from "../stage.ts";
import { activityOf, startOf, timerOf } from "../stage.ts";

const law = lawOf("G3");
const request = lawOf("G7");
const progress = lawOf("G9");

const FAILURE = { errorType: "Error", errorMessage: "out of tune" };

async function createFailed(stage: Stage, instanceId: string): Promise<InstanceRecord> {
  await stage.createRunning(instanceId, { runtimeStatus: "Failed", failure: FAILURE, customStatus: '"bar 16"' });
  return recordOf(stage, instanceId);
}

async function recordOf(stage: Stage, instanceId: string): Promise<InstanceRecord> {
  const record = await stage.backend.getInstance(instanceId);
  assert.ok(record !== undefined);
  return record;
}

function rewinding(stage: Stage, instanceId: string): RewindInstanceRequest {
  return { requestId: stage.newId("rewind"), instanceId, reason: "tuned" };
}

async function rewind(stage: Stage, instanceId: string): Promise<RewindInstanceRequest> {
  const order = rewinding(stage, instanceId);
  await stage.backend.rewindInstance(order);
  return order;
}

/** What the turn of a reopened instance changes: its first turn stands, under a new execution id. */
function goingOn(item: OrchestrationWorkItem, executionId: string) {
  const bodies = ["OrchestratorStarted", "OrchestratorCompleted"] as const;
  const all = [...bodies, ...bodies].map((type, i) => ({ eventId: i + 1, timestamp: item.now, type }));
  const { name, input } = item.instance;
  const event = { ...startOf(item.lock.key, executionId).event, name, ...(input === undefined ? {} : { input }) };
  return { rewritten: { start: { event, carriedEvents: [] }, history: all.slice(0, 2) }, events: all.slice(2) };
}

const reopening: readonly BackendCase[] = [
  law("reopens a failed instance: it runs, without output and failure, and all else is as it was", async (stage) => {
    const before = await createFailed(stage, "a");
    const history = await stage.backend.getHistory("a");
    await rewind(stage, "a");
    const { failure, revision, lastUpdatedAt, ...rest } = before;
    const { revision: after, lastUpdatedAt: updatedAt, ...reopened } = await recordOf(stage, "a");
    assert.deepEqual(reopened, { ...rest, runtimeStatus: "Running" });
    assert.ok(failure !== undefined && after > revision && updatedAt >= lastUpdatedAt);
    assert.deepEqual(await stage.backend.getHistory("a"), history);
  }),

  law("refuses to reopen what has not failed, and what is not there", async (stage) => {
    await stage.create("Pending");
    await stage.createRunning("Running");
    await stage.createEnded("Completed");
    await stage.createEnded("Terminated", "Terminated");
    for (const status of ["Pending", "Running", "Completed", "Terminated"]) {
      const before = await recordOf(stage, status);
      await assertRefused(rewind(stage, status), "INSTANCE_NOT_FAILED");
      assert.deepEqual(await recordOf(stage, status), before);
    }
    await assertRefused(rewind(stage, "nobody"), "INSTANCE_NOT_FOUND");
  }),

  progress("hands out a reopened instance at once, with the order on it", async (stage) => {
    await createFailed(stage, "a");
    const { requestId, reason = "" } = await rewind(stage, "a");
    const item = await stage.take("a");
    assert.deepEqual(item.rewind, { requestId, reason });
    assert.deepEqual([item.messages, item.lastEventId, item.deliveryCount], [[], 2, 1]);
    await stage.backend.abandonOrchestration({ lock: item.lock, delayMs: 0 });
    assert.deepEqual((await stage.take("a")).rewind, item.rewind, "it stays until a turn is committed");
  }),

  progress("counts a reopened instance among what is left to do, until it has gone on", async (stage) => {
    await createFailed(stage, "a");
    await rewind(stage, "a");
    assert.deepEqual(await stage.backend.backlog(), { pending: 1, ready: true });
    const item = await stage.take("a");
    await stage.complete(item, goingOn(item, "again"));
    assert.equal((await stage.backend.backlog()).pending, 0);
    await stage.assertIdle("a", "it waits");
  }),

  progress("takes messages for a reopened instance, and hands them out with it", async (stage) => {
    await createFailed(stage, "a");
    await rewind(stage, "a");
    const sent = await stage.send("a");
    const item = await stage.take("a");
    assert.deepEqual(item.messages, [sent]);
    assert.ok(item.rewind !== undefined);
  }),

  request("reopens once for two requests with one id, also when it has failed again", async (stage) => {
    await createFailed(stage, "a");
    const order = await rewind(stage, "a");
    await stage.backend.rewindInstance(order);
    const item = await stage.take("a");
    await stage.complete(item, { ...goingOn(item, "again"), runtimeStatus: "Failed", failure: FAILURE });
    await stage.backend.rewindInstance(order);
    assert.equal(await stage.status("a"), "Failed");
    await rewind(stage, "a");
    assert.equal(await stage.status("a"), "Running");
  }),

  request("reopens by a repeated request that was refused before", async (stage) => {
    await stage.createRunning("a");
    const order = rewinding(stage, "a");
    await assertRefused(stage.backend.rewindInstance(order), "INSTANCE_NOT_FAILED");
    await stage.send("a");
    await stage.turn("a", { runtimeStatus: "Failed", failure: FAILURE });
    await stage.backend.rewindInstance(order);
    assert.equal(await stage.status("a"), "Running");
  }),
];

const rewriting: readonly BackendCase[] = [
  law("puts what stands of a history in the place of the whole, and adds the turn to it", async (stage) => {
    await createFailed(stage, "a");
    await rewind(stage, "a");
    const item = await stage.take("a");
    const { rewritten, events } = goingOn(item, "again");
    await stage.complete(item, { rewritten, events });
    assert.deepEqual(await stage.backend.getHistory("a"), [...rewritten.history, ...events]);
    assert.equal((await recordOf(stage, "a")).executionId, "again");
    await stage.send("a");
    const next = await stage.take("a");
    assert.deepEqual([next.start, next.lastEventId, next.rewind], [rewritten.start, 4, undefined]);
  }),

  law("asks for the work of a rewritten history anew", async (stage) => {
    await stage.create("a");
    const first = await stage.take("a");
    await stage.complete(first, { activities: [activityOf(first)], runtimeStatus: "Failed", failure: FAILURE });
    const former = await stage.takeActivity();
    await rewind(stage, "a");
    const item = await stage.take("a");
    const work = { ...activityOf(item), executionId: "again" };
    const timer = { ...timerOf(item, item.now + 1_000, 2), messageId: "again:2", executionId: "again" };
    await stage.complete(item, { ...goingOn(item, "again"), activities: [work], timers: [timer] });
    assert.deepEqual((await stage.takeActivity()).work, work);
    const late = await stage.answer(former);
    assert.deepEqual((await stage.take("a")).messages, [late], "whose answer it is, the engine judges");
  }),

  law("may end what was rewritten in the same turn, and continue it as new", async (stage) => {
    for (const [id, runtimeStatus] of [
      ["a", "Completed"],
      ["b", "Failed"],
    ] as const) {
      await createFailed(stage, id);
      await rewind(stage, id);
      const item = await stage.take(id);
      await stage.complete(item, { ...goingOn(item, `${id} again`), runtimeStatus });
      assert.equal(await stage.status(id), runtimeStatus);
      await stage.assertIdle(id, "it has ended");
    }
    await createFailed(stage, "c");
    await rewind(stage, "c");
    const item = await stage.take("c");
    await stage.complete(item, { ...goingOn(item, "c again"), next: startOf("c", "c next") });
    assert.deepEqual(await stage.backend.getHistory("c"), []);
    const next = await stage.take("c");
    assert.deepEqual([next.instance.executionId, next.lastEventId], ["c next", 0]);
  }),
];

/** A parent that was rewound, its child, and what the parent's turn says of the child. */
async function rewoundParent(stage: Stage, childTurn?: Parameters<Stage["turn"]>[1], childId = "child") {
  await stage.createRunning("root");
  const { executionId } = await recordOf(stage, "root");
  const parent = { instanceId: "root", executionId, name: "play", taskId: 7 };
  const event = { ...startOf("child", "of child").event, parent };
  const { incarnation } = await stage.create("child", { start: startOf("child", "of child", { event }) });
  if (childTurn !== undefined) await stage.turn("child", childTurn);
  await stage.send("root");
  await stage.turn("root", { runtimeStatus: "Failed", failure: FAILURE });
  await rewind(stage, "root");
  const item = await stage.take("root");
  const body = { type: "SubOrchestrationInstanceFailed", taskId: 7, failure: FAILURE } as const;
  const rewound: ChildRewind = {
    instanceId: childId,
    incarnation,
    parent: { ...parent, executionId: "again" },
    order: { requestId: "again:7:rewind", reason: "tuned" },
    lost: { messageId: "again:7", instanceId: "root", executionId: "again", body },
  };
  const commit = (): Promise<unknown> => stage.complete(item, { ...goingOn(item, "again"), rewinds: [rewound] });
  return { commit, parent: rewound.parent };
}

async function answers(stage: Stage): Promise<readonly unknown[]> {
  const item = await stage.tryTake("root");
  return item?.messages.map(({ messageId, body }) => [messageId, body.type]) ?? [];
}

const children: readonly BackendCase[] = [
  law("reopens a failed child of an instance that goes on, which answers it under its new execution", async (stage) => {
    const { commit, parent } = await rewoundParent(stage, { runtimeStatus: "Failed", failure: FAILURE });
    await commit();
    assert.equal(await stage.status("child"), "Running");
    const item = await stage.take("child");
    assert.deepEqual(item.rewind, { requestId: "again:7:rewind", reason: "tuned" });
    assert.deepEqual(item.start.event.parent, parent);
    assert.deepEqual(await answers(stage), []);
  }),

  law("answers once more for a child that has ended otherwise", async (stage) => {
    const { commit } = await rewoundParent(stage, { runtimeStatus: "Completed", output: "42" });
    await commit();
    assert.deepEqual(await answers(stage), [["again:7", "SubOrchestrationInstanceCompleted"]]);
    assert.equal(await stage.status("child"), "Completed");
  }),

  law(
    "lets a child that goes on answer the new execution, and refuses a turn that does not know of it",
    async (stage) => {
      const { commit, parent } = await rewoundParent(stage, {});
      await stage.send("child");
      const stale = await stage.take("child");
      await commit();
      await assertRefused(stage.complete(stale), "LEASE_LOST");
      assert.deepEqual((await stage.take("child")).start.event.parent, parent);
    },
  ),

  law("says so where there is no such child", async (stage) => {
    const { commit } = await rewoundParent(stage, {}, "nobody");
    await commit();
    assert.deepEqual(await answers(stage), [["again:7", "SubOrchestrationInstanceFailed"]]);
  }),

  law("leaves alone what has the id of a child, and is none", async (stage) => {
    await createFailed(stage, "other");
    const { commit } = await rewoundParent(stage, {}, "other");
    await commit();
    assert.equal(await stage.status("other"), "Failed");
    assert.deepEqual(await answers(stage), [["again:7", "SubOrchestrationInstanceFailed"]]);
  }),
];

export const rewindingCases: readonly BackendCase[] = [...reopening, ...rewriting, ...children];
