/**
 * G3, G4, G7: the instances that a turn starts begin with the turn, once, where their ids are free; otherwise their
 * sender is told.
 */
import assert from "node:assert/strict";
import { answerMessageId } from "../../core/messages.ts";
import type { InstanceMessage, InstanceStart } from "../../core/messages.ts";
import type { OrchestrationWorkItem } from "../../ports/backend.ts";
import type { BackendCase } from "../backend-case.ts";
import { assertRefused, lawOf } from "../law.ts";
import type { Stage } from "../stage.ts";
import { idsOf, startOf } from "../stage.ts";

const atomic = lawOf("G3");
const outbox = lawOf("G4");
const ambiguous = lawOf("G7");

/** A child that a turn asks for, and what the parent is told where the id is taken. */
function childOf(
  stage: Stage,
  { instance }: OrchestrationWorkItem,
  instanceId: string,
  taskId = 1,
): InstanceStart & { readonly refusal: InstanceMessage } {
  const { instanceId: parentId, executionId, name } = instance;
  const incarnation = stage.newId("incarnation");
  const start = startOf(instanceId, incarnation);
  const parent = { instanceId: parentId, executionId, name, taskId };
  return {
    instanceId,
    incarnation,
    start: { ...start, event: { ...start.event, parent } },
    refusal: {
      messageId: answerMessageId(executionId, taskId),
      instanceId: parentId,
      executionId,
      body: {
        type: "SubOrchestrationInstanceFailed",
        taskId,
        failure: { errorType: "InstanceAlreadyExistsError", errorMessage: "taken" },
      },
    },
  };
}

/** A running parent that is handed out. */
async function takenParent(stage: Stage, instanceId = "parent"): Promise<OrchestrationWorkItem> {
  await stage.send(instanceId);
  return stage.take(instanceId);
}

const beginnings: readonly BackendCase[] = [
  atomic("begins an instance with the turn that starts it, for readers at once", async (stage) => {
    await stage.createRunning("parent");
    const item = await takenParent(stage);
    const child = childOf(stage, item, "child");
    assert.equal(await stage.backend.getInstance("child"), undefined);
    await stage.complete(item, { starts: [child] });
    const record = await stage.backend.getInstance("child");
    assert.equal(record?.incarnation, child.incarnation);
    assert.equal(record.runtimeStatus, "Pending");
    assert.equal(record.parentInstanceId, "parent");
    const begun = await stage.take("child");
    assert.deepEqual(begun.start.event, child.start.event);
    assert.deepEqual(begun.messages, []);
    await stage.complete(begun);
    await stage.assertIdle("parent", "nobody is refused where the id was free");
  }),

  atomic("begins nothing with a turn that was refused", async (stage) => {
    await stage.createRunning("parent");
    const item = await takenParent(stage);
    await stage.advance(60_000);
    await assertRefused(stage.complete(item, { starts: [childOf(stage, item, "child")] }), "LEASE_LOST");
    assert.equal(await stage.backend.getInstance("child"), undefined);
  }),

  outbox("begins an instance before it delivers the messages of the same turn", async (stage) => {
    await stage.createRunning("parent");
    const item = await takenParent(stage);
    const letters = [stage.event("child", "First"), stage.event("child", "Second")];
    await stage.complete(item, { starts: [childOf(stage, item, "child")], messages: letters });
    assert.deepEqual(idsOf((await stage.take("child")).messages), idsOf(letters));
  }),

  atomic("begins several instances with one turn", async (stage) => {
    await stage.createRunning("parent");
    const item = await takenParent(stage);
    await stage.complete(item, { starts: [1, 2, 3].map((n) => childOf(stage, item, `child ${n}`, n)) });
    for (const n of [1, 2, 3]) assert.equal(await stage.status(`child ${n}`), "Pending");
  }),
];

const refusals: readonly BackendCase[] = [
  ...(["Running", "Completed", "Failed", "Terminated"] as const).map((status) =>
    outbox(
      `refuses a start where the id is taken by an instance that is ${status}, and tells the sender`,
      async (stage) => {
        await stage.createRunning("parent");
        const taken = await stage.createRunning("child", { runtimeStatus: status });
        const item = await takenParent(stage);
        const child = childOf(stage, item, "child");
        await stage.complete(item, { starts: [child] });
        assert.equal((await stage.backend.getInstance("child"))?.incarnation, taken.incarnation);
        assert.equal(await stage.status("child"), status);
        assert.deepEqual((await stage.take("parent")).messages, [child.refusal]);
      },
    ),
  ),

  outbox("refuses a start under the sender's own id", async (stage) => {
    await stage.createRunning("parent");
    const item = await takenParent(stage);
    const child = childOf(stage, item, "parent");
    await stage.complete(item, { starts: [child] });
    assert.deepEqual((await stage.take("parent")).messages, [child.refusal]);
  }),

  outbox("refuses the second of two starts of a turn under one id", async (stage) => {
    await stage.createRunning("parent");
    const item = await takenParent(stage);
    const [first, second] = [childOf(stage, item, "child", 1), childOf(stage, item, "child", 2)];
    await stage.complete(item, { starts: [first, second] });
    assert.equal((await stage.backend.getInstance("child"))?.incarnation, first.incarnation);
    assert.deepEqual((await stage.take("parent")).messages, [second.refusal]);
  }),

  outbox("tells nobody where a refused start says nothing of it", async (stage) => {
    await stage.createRunning("parent");
    await stage.createRunning("child");
    const item = await takenParent(stage);
    const { refusal, ...silent } = childOf(stage, item, "child");
    await stage.complete(item, { starts: [silent] });
    await stage.assertIdle("parent", `${refusal.messageId} was not asked for`);
  }),
];

const replacements: readonly BackendCase[] = [
  atomic("lets an ended life give way to the start that replaces it, with its history and messages", async (stage) => {
    await stage.createRunning("parent");
    const old = await stage.createEnded("child", "Failed");
    const item = await takenParent(stage);
    const child = { ...childOf(stage, item, "child", 2), replaces: old.incarnation };
    await stage.complete(item, { starts: [child] });
    assert.equal((await stage.backend.getInstance("child"))?.incarnation, child.incarnation);
    assert.deepEqual(await stage.backend.getHistory("child"), []);
    await stage.assertIdle("parent", "nobody is refused");
  }),

  outbox("does not let a life give way that has not ended", async (stage) => {
    await stage.createRunning("parent");
    const old = await stage.createRunning("child");
    const item = await takenParent(stage);
    const child = { ...childOf(stage, item, "child", 2), replaces: old.incarnation };
    await stage.complete(item, { starts: [child] });
    assert.equal((await stage.backend.getInstance("child"))?.incarnation, old.incarnation);
    assert.deepEqual((await stage.take("parent")).messages, [child.refusal]);
  }),

  outbox("does not let another life give way than the one that the start replaces", async (stage) => {
    await stage.createRunning("parent");
    const other = await stage.createEnded("child");
    const item = await takenParent(stage);
    const child = { ...childOf(stage, item, "child", 2), replaces: "a life before that" };
    await stage.complete(item, { starts: [child] });
    assert.equal((await stage.backend.getInstance("child"))?.incarnation, other.incarnation);
    assert.deepEqual((await stage.take("parent")).messages, [child.refusal]);
  }),
];

const repetitions: readonly BackendCase[] = [
  ambiguous("starts nothing twice where a commit is repeated, nor refuses it then", async (stage) => {
    await stage.createRunning("parent");
    const item = await takenParent(stage);
    const commit = stage.commit(item, { starts: [childOf(stage, item, "child")] });
    await stage.backend.completeOrchestration(commit);
    await stage.turn("child");
    await stage.backend.completeOrchestration(commit);
    assert.equal(await stage.status("child"), "Running");
    await stage.assertIdle("child", "it has begun");
    await stage.assertIdle("parent", "its start was not refused");
  }),

  ambiguous("makes no start again whose instance has ended or is gone", async (stage) => {
    await stage.createRunning("parent");
    const item = await takenParent(stage);
    const child = childOf(stage, item, "child");
    await stage.complete(item, { starts: [child] });
    await stage.turn("child", { runtimeStatus: "Completed" });
    // The same start in another turn: a worker that was slow, and ran the turn that came to it.
    await stage.complete(await takenParent(stage), { starts: [child] });
    assert.equal(await stage.status("child"), "Completed");
    await stage.purge("child");
    await stage.complete(await takenParent(stage), { starts: [child] });
    assert.equal(await stage.status("child"), undefined);
    await stage.assertIdle("parent", "a start that was made is not refused");
  }),
];

export const startCases: readonly BackendCase[] = [...beginnings, ...refusals, ...replacements, ...repetitions];
