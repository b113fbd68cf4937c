/**
 * G4 and G5: what a turn sends becomes visible with the turn, and what is queued stays until it is consumed.
 */
import assert from "node:assert/strict";
import type { BackendCase } from "../backend-case.ts";
import { assertRefused, lawOf } from "../law.ts";
import { LEASE_MS, activityOf, idsOf } from "../stage.ts";

const outbox = lawOf("G4");
const inbox = lawOf("G5");

const outboxCases: readonly BackendCase[] = [
  outbox("hands out an activity whole, once its turn is committed", async (stage) => {
    await stage.create("a");
    const item = await stage.take("a");
    await stage.assertNoActivity("the turn is not committed");
    const work = activityOf(item);
    await stage.complete(item, { activities: [work] });
    const activity = await stage.takeActivity();
    assert.deepEqual(activity.work, work);
  }),

  outbox("hands out an activity without input as one without input", async (stage) => {
    await stage.create("a");
    const item = await stage.take("a");
    const { input: _, ...work } = activityOf(item);
    await stage.complete(item, { activities: [work] });
    assert.deepEqual((await stage.takeActivity()).work, work);
  }),

  outbox("hands out every one of a turn's activities once", async (stage) => {
    await stage.create("a");
    const item = await stage.take("a");
    const works = Array.from({ length: 50 }, (_, i) => activityOf(item, i + 1));
    await stage.complete(item, { activities: works });
    const taskIds: number[] = [];
    for (let batch = await stage.fetchActivities(); batch.length > 0; batch = await stage.fetchActivities()) {
      taskIds.push(...batch.map((activity) => activity.work.taskId));
      assert.ok(taskIds.length <= works.length, "every activity is handed out once");
    }
    assert.deepEqual(
      taskIds.sort((a, b) => a - b),
      works.map((work) => work.taskId),
    );
  }),

  outbox("delivers a turn's message to another instance, whole", async (stage) => {
    await stage.createRunning("b");
    const message = stage.event("b", "Cue", { body: { type: "EventRaised", name: "Cue", input: '{"bar":4}' } });
    await stage.createRunning("a", { messages: [message] });
    assert.deepEqual((await stage.take("b")).messages, [message]);
  }),

  outbox("delivers a turn's message to its own instance", async (stage) => {
    const message = stage.event("a");
    await stage.createRunning("a", { messages: [message] });
    assert.deepEqual((await stage.take("a")).messages, [message]);
  }),

  outbox("discards a turn's message to nobody, and takes the rest of the turn", async (stage) => {
    await stage.createRunning("b");
    const message = stage.event("b");
    await stage.createRunning("a", { messages: [stage.event("nobody"), message] });
    assert.deepEqual((await stage.take("b")).messages, [message]);
    assert.equal(await stage.backend.getInstance("nobody"), undefined);
  }),

  outbox("keeps a message to nobody from whoever takes that id later", async (stage) => {
    await stage.createRunning("a", { messages: [stage.event("nobody")] });
    assert.equal((await stage.backend.backlog()).pending, 0);
    await stage.create("nobody");
    assert.deepEqual((await stage.take("nobody")).messages, []);
  }),

  outbox("discards a turn's message to an instance that has ended", async (stage) => {
    await stage.createEnded("b");
    await stage.createRunning("a", { messages: [stage.event("b")] });
    await stage.assertIdle("b", "it has ended");
    assert.equal((await stage.backend.backlog()).pending, 0);
  }),

  outbox("delivers every one of many messages to one instance", async (stage) => {
    await stage.createRunning("a");
    const sent: string[] = [];
    for (let i = 0; i < 200; i++) sent.push((await stage.send("a")).messageId);
    const received: string[] = [];
    for (let item = await stage.tryTake("a"); item !== undefined; item = await stage.tryTake("a")) {
      assert.equal(new Set(idsOf(item.messages)).size, item.messages.length, "no id twice in one work item");
      received.push(...idsOf(item.messages));
      assert.ok(received.length <= sent.length, "every message is consumed once");
      await stage.complete(item);
    }
    assert.deepEqual(received.sort(), sent.sort());
  }),
];

const inboxCases: readonly BackendCase[] = [
  inbox("hands out a message again after its turn was given back", async (stage) => {
    await stage.createRunning("a");
    const sent = await stage.send("a");
    const item = await stage.take("a");
    await stage.backend.abandonOrchestration({ lock: item.lock, delayMs: 0 });
    assert.deepEqual((await stage.take("a")).messages, [sent]);
  }),

  inbox("hands out a message again after its worker's lock expired", async (stage) => {
    await stage.createRunning("a");
    const sent = await stage.send("a");
    await stage.take("a");
    await stage.advance(LEASE_MS);
    assert.deepEqual((await stage.take("a")).messages, [sent]);
  }),

  inbox("hands out an instance's start again after its worker's lock expired", async (stage) => {
    const { start } = await stage.create("a");
    await stage.take("a");
    await stage.advance(LEASE_MS);
    assert.deepEqual((await stage.take("a")).start, start);
  }),

  inbox("keeps a message that a turn did not consume, and hands it out again", async (stage) => {
    await stage.createRunning("a");
    const consumed = await stage.send("a");
    const kept = await stage.send("a");
    await stage.turn("a", { consumed: [consumed.messageId] });
    assert.deepEqual((await stage.take("a")).messages, [kept]);
  }),

  inbox("never hands out a consumed message again", async (stage) => {
    await stage.createRunning("a");
    await stage.send("a");
    await stage.turn("a");
    await stage.assertIdle("a", "its message was consumed");
    await stage.advance(LEASE_MS);
    await stage.assertIdle("a", "its message was consumed");
  }),

  inbox("keeps a message that arrives during a turn out of that turn's commit", async (stage) => {
    await stage.createRunning("a");
    await stage.send("a");
    const item = await stage.take("a");
    const late = await stage.send("a");
    assert.equal(item.messages.length, 1);
    await stage.complete(item);
    assert.deepEqual((await stage.take("a")).messages, [late]);
  }),

  inbox("hands out an activity again after it was given back", async (stage) => {
    await stage.create("a");
    const item = await stage.take("a");
    await stage.complete(item, { activities: [activityOf(item)] });
    const activity = await stage.takeActivity();
    await stage.backend.abandonActivity({ lock: activity.lock, delayMs: 0 });
    assert.deepEqual((await stage.takeActivity()).work, activity.work);
  }),

  inbox("hands out an activity again after its worker's lock expired", async (stage) => {
    await stage.create("a");
    const item = await stage.take("a");
    await stage.complete(item, { activities: [activityOf(item)] });
    const activity = await stage.takeActivity();
    await stage.advance(LEASE_MS);
    assert.deepEqual((await stage.takeActivity()).work, activity.work);
  }),

  inbox("delivers an activity's answer, and never hands out the activity again", async (stage) => {
    await stage.create("a");
    const item = await stage.take("a");
    await stage.complete(item, { activities: [activityOf(item)] });
    const answer = await stage.answer(await stage.takeActivity());
    assert.deepEqual((await stage.take("a")).messages, [answer]);
    await stage.advance(LEASE_MS);
    await stage.assertNoActivity("it was answered");
  }),

  inbox("delivers an activity's failure as it was given", async (stage) => {
    await stage.create("a");
    const item = await stage.take("a");
    await stage.complete(item, { activities: [activityOf(item)] });
    const { lock, work } = await stage.takeActivity();
    const failure = { errorType: "RangeError", errorMessage: "too high", stackTrace: "at soprano", code: "HIGH_C" };
    const { instanceId, executionId, taskId } = work;
    const message = {
      messageId: "failed",
      instanceId,
      executionId,
      body: { type: "TaskFailed", taskId, failure },
    } as const;
    await stage.backend.completeActivity({ requestId: "failed", lock, message });
    assert.deepEqual((await stage.take("a")).messages, [message]);
  }),

  inbox("refuses a message to an instance that does not exist", async (stage) => {
    await assertRefused(stage.send("nobody"), "INSTANCE_NOT_FOUND");
  }),

  inbox("refuses a message to an instance that has ended", async (stage) => {
    for (const runtimeStatus of ["Completed", "Failed", "Terminated"] as const) {
      await stage.createEnded(runtimeStatus, runtimeStatus);
      await assertRefused(stage.send(runtimeStatus), "INSTANCE_TERMINAL");
    }
  }),
];

export const queueCases: readonly BackendCase[] = [...outboxCases, ...inboxCases];
