/**
 * G7: a caller that got no answer asks again with the same request id, and that is one effect.
 */
import assert from "node:assert/strict";
import { REDELIVERY_HORIZON_MS } from "../../core/limits.ts";
import type { BackendCase } from "../backend-case.ts";
import { assertRefused, lawOf } from "../law.ts";
import { activityOf, answerTo, idsOf, timerOf } from "../stage.ts";

const law = lawOf("G7");

/** For hubs whose time goes on by itself while a case runs. */
const MARGIN_MS = 60_000;

const whileItLives: readonly BackendCase[] = [
  law("creates one instance for two requests with one id", async (stage) => {
    const request = await stage.create("a");
    const before = await stage.backend.getInstance("a");
    await stage.backend.createInstance(request);
    assert.deepEqual(await stage.backend.getInstance("a"), before);
    await stage.turn("a");
    await stage.assertIdle("a", "it was started once");
  }),

  law("creates nothing anew for a repeated request when a worker ran the instance already", async (stage) => {
    const request = await stage.create("a", { replaceStatuses: ["Pending", "Running", "Completed"] });
    await stage.turn("a");
    await stage.backend.createInstance(request);
    assert.equal((await stage.backend.getHistory("a")).length, 2);
    await stage.assertIdle("a", "it was started once");
    await stage.send("a");
    await stage.turn("a", { runtimeStatus: "Completed" });
    await stage.backend.createInstance(request);
    assert.equal(await stage.status("a"), "Completed");
  }),

  law("replaces once for two requests with one id", async (stage) => {
    await stage.createEnded("a");
    const request = await stage.create("a", { replaceStatuses: ["Completed"] });
    const sent = await stage.send("a");
    await stage.backend.createInstance(request);
    assert.deepEqual((await stage.take("a")).messages, [sent]);
  }),

  law("refuses to create under a taken id for another request", async (stage) => {
    await stage.create("a");
    await assertRefused(stage.create("a"), "INSTANCE_ALREADY_EXISTS");
  }),

  law("creates one instance when two clients ask for one id at once", async (stage) => {
    await stage.elsewhere(async (other) => {
      const outcomes = await Promise.allSettled([stage.create("a"), other.create("a")]);
      assert.deepEqual(outcomes.map((outcome) => outcome.status).sort(), ["fulfilled", "rejected"]);
    });
    assert.equal((await stage.fetch()).length, 1);
  }),

  law("keeps one of two messages with one id", async (stage) => {
    await stage.createRunning("a");
    const message = await stage.send("a");
    await stage.backend.sendMessage(message);
    assert.deepEqual((await stage.take("a")).messages, [message]);
  }),

  law("keeps one of two messages with one id while the first is being worked on", async (stage) => {
    await stage.createRunning("a");
    const message = await stage.send("a");
    const item = await stage.take("a");
    await stage.backend.sendMessage(message);
    await stage.complete(item);
    await stage.assertIdle("a", "both were one message");
  }),

  law("keeps the messages of two instances apart, also where their ids are the same", async (stage) => {
    await stage.createRunning("a");
    await stage.createRunning("b");
    const toA = await stage.send("a", "Event", { messageId: "same" });
    const toB = await stage.send("b", "Event", { messageId: "same" });
    await stage.turn("a");
    assert.deepEqual((await stage.take("b")).messages, [toB], `${toA.messageId} was consumed by the other`);
  }),

  law("keeps one of two messages with one id that two turns send", async (stage) => {
    await stage.createRunning("c");
    const message = stage.event("c");
    await stage.createRunning("a", { messages: [message] });
    await stage.createRunning("b", { messages: [message] });
    assert.deepEqual((await stage.take("c")).messages, [message]);
  }),

  law("commits a turn once for two commits with one request id", async (stage) => {
    await stage.createRunning("b");
    await stage.create("a");
    const item = await stage.take("a");
    const message = stage.event("b");
    const commit = await stage.complete(item, {
      activities: [activityOf(item)],
      timers: [timerOf(item, item.now + 1_000, 2)],
      messages: [message],
    });
    await stage.backend.completeOrchestration(commit);
    assert.deepEqual(await stage.backend.getHistory("a"), commit.events);
    await stage.takeActivity();
    assert.deepEqual((await stage.take("b")).messages, [message]);
    await stage.advance(1_000);
    assert.deepEqual(idsOf((await stage.take("a")).messages), idsOf(commit.timers));
  }),

  law("delivers nothing anew for a repeated commit when its messages are consumed already", async (stage) => {
    await stage.createRunning("b");
    await stage.create("a");
    const commit = await stage.complete(await stage.take("a"), { messages: [stage.event("b")] });
    await stage.turn("b");
    await stage.backend.completeOrchestration(commit);
    await stage.assertIdle("b", "its message was consumed");
  }),

  law("takes a repeated commit as done while another worker holds the instance", async (stage) => {
    await stage.create("a");
    const commit = await stage.complete(await stage.take("a"));
    await stage.send("a");
    const owner = await stage.take("a");
    await stage.backend.completeOrchestration(commit);
    await stage.assertIdle("a", "its owner holds it");
    const next = await stage.complete(owner);
    assert.deepEqual(await stage.backend.getHistory("a"), [...commit.events, ...next.events]);
  }),

  law("takes a repeated commit as done that ended the instance", async (stage) => {
    await stage.create("a");
    const commit = await stage.complete(await stage.take("a"), { runtimeStatus: "Completed", output: "1" });
    const before = await stage.backend.getInstance("a");
    await stage.backend.completeOrchestration(commit);
    assert.deepEqual(await stage.backend.getInstance("a"), before);
  }),

  law("delivers one answer for two completions of an activity with one request id", async (stage) => {
    await stage.create("a");
    const item = await stage.take("a");
    await stage.complete(item, { activities: [activityOf(item)] });
    const { lock, work } = await stage.takeActivity();
    const commit = { requestId: "twice", lock, message: answerTo(work) };
    await stage.backend.completeActivity(commit);
    await stage.turn("a");
    // The repeated call may say that it is done, or that the activity is gone; it must not answer again.
    const [again] = await Promise.allSettled([stage.backend.completeActivity(commit)]);
    if (again.status === "rejected") assert.equal((again.reason as { code?: unknown }).code, "LEASE_LOST");
    await stage.assertIdle("a", "the answer was consumed");
  }),

  law("ignores it when a lock is given back twice", async (stage) => {
    await stage.create("a");
    const { lock } = await stage.take("a");
    await stage.backend.abandonOrchestration({ lock, delayMs: 0 });
    const owner = await stage.take("a");
    await stage.backend.abandonOrchestration({ lock, delayMs: 0 });
    await stage.assertIdle("a", "its owner holds it");
    await stage.complete(owner);
  }),
];

/** Requests that are repeated once the instance that the first one concerned has ended, is gone, or was made anew. */
const afterIt: readonly BackendCase[] = [
  law("creates nothing for a repeated request when its instance was purged", async (stage) => {
    const request = await stage.createEnded("a");
    await stage.purge("a");
    await stage.backend.createInstance(request);
    assert.equal(await stage.backend.getInstance("a"), undefined);
    await stage.assertIdle("a", "it has had its life");
  }),

  law("creates nothing for a repeated request when its instance was replaced", async (stage) => {
    const request = await stage.create("a", { replaceStatuses: ["Pending", "Completed"] });
    await stage.turn("a", { runtimeStatus: "Completed" });
    const { incarnation } = await stage.create("a", { replaceStatuses: ["Completed"] });
    await stage.backend.createInstance(request);
    assert.equal((await stage.backend.getInstance("a"))?.incarnation, incarnation);
  }),

  law("creates for a repeated request that was refused before", async (stage) => {
    await stage.createEnded("a");
    const request = stage.creation("a");
    await assertRefused(stage.backend.createInstance(request), "INSTANCE_ALREADY_EXISTS");
    await stage.purge("a");
    await stage.backend.createInstance(request);
    assert.equal(await stage.status("a"), "Pending");
  }),

  law("delivers nothing anew for a message that was consumed and is sent again", async (stage) => {
    await stage.createRunning("a");
    const message = await stage.send("a");
    await stage.turn("a");
    await stage.backend.sendMessage(message);
    await stage.assertIdle("a", "it was consumed");
  }),

  law("takes a repeated message as sent when its instance has ended", async (stage) => {
    await stage.createRunning("a");
    const message = await stage.send("a");
    await stage.turn("a", { runtimeStatus: "Completed" });
    await stage.backend.sendMessage(message);
    await stage.assertIdle("a", "it has ended");
  }),

  law("takes a repeated message as sent when its instance is gone, and gives it to no later one", async (stage) => {
    await stage.createRunning("a");
    const message = await stage.send("a");
    await stage.turn("a", { runtimeStatus: "Completed" });
    await stage.purge("a");
    await stage.backend.sendMessage(message);
    await stage.createRunning("a");
    await stage.backend.sendMessage(message);
    await stage.assertIdle("a", "the message was for the life before");
  }),

  law("refuses a message as often as it is sent, until it can be delivered", async (stage) => {
    const message = stage.event("a");
    await assertRefused(stage.backend.sendMessage(message), "INSTANCE_NOT_FOUND");
    await assertRefused(stage.backend.sendMessage(message), "INSTANCE_NOT_FOUND");
    await stage.createEnded("a");
    await assertRefused(stage.backend.sendMessage(message), "INSTANCE_TERMINAL");
    await assertRefused(stage.backend.sendMessage(message), "INSTANCE_TERMINAL");
    await stage.purge("a");
    await stage.createRunning("a");
    await stage.backend.sendMessage(message);
    assert.deepEqual((await stage.take("a")).messages, [message]);
  }),

  law("purges once for two requests with one id, and gives both the same answer", async (stage) => {
    await stage.createEnded("a");
    const request = stage.purging("a");
    assert.equal(await stage.backend.purgeInstance(request), true);
    assert.equal(await stage.backend.purgeInstance(request), true);
    assert.equal(await stage.purge("a"), false, "another request finds nothing");
  }),

  law("spares what took the id over when a purge is repeated", async (stage) => {
    for (const runtimeStatus of ["Running", "Completed"] as const) {
      await stage.createEnded(runtimeStatus);
      const request = stage.purging(runtimeStatus);
      await stage.backend.purgeInstance(request);
      const { incarnation } = await stage.createRunning(runtimeStatus, { runtimeStatus });
      assert.equal(await stage.backend.purgeInstance(request), true);
      assert.equal((await stage.backend.getInstance(runtimeStatus))?.incarnation, incarnation);
    }
  }),

  law("purges nothing by a repeated request that found nothing", async (stage) => {
    const request = stage.purging("a");
    assert.equal(await stage.backend.purgeInstance(request), false);
    await stage.createEnded("a");
    assert.equal(await stage.backend.purgeInstance(request), false);
    assert.equal(await stage.status("a"), "Completed");
  }),

  law("purges by a repeated request that was refused before", async (stage) => {
    await stage.createRunning("a");
    const request = stage.purging("a");
    await assertRefused(stage.backend.purgeInstance(request), "INSTANCE_NOT_TERMINAL");
    await stage.send("a");
    await stage.turn("a", { runtimeStatus: "Completed" });
    assert.equal(await stage.backend.purgeInstance(request), true);
    assert.equal(await stage.backend.getInstance("a"), undefined);
  }),

  law("knows a repeated request in every process, and through the whole redelivery horizon", async (stage) => {
    const creation = await stage.createRunning("a");
    const message = await stage.send("a");
    await stage.turn("a", { runtimeStatus: "Completed" });
    const purge = stage.purging("a");
    await stage.backend.purgeInstance(purge);
    await stage.advance(REDELIVERY_HORIZON_MS - MARGIN_MS);
    await stage.elsewhere(async ({ backend }) => {
      await backend.createInstance(creation);
      assert.equal(await backend.getInstance("a"), undefined);
      await stage.createEnded("a");
      await backend.sendMessage(message);
      assert.equal(await backend.purgeInstance(purge), true);
    });
    assert.equal(await stage.status("a"), "Completed");
  }),
];

export const ambiguityCases: readonly BackendCase[] = [...whileItLives, ...afterIt];
