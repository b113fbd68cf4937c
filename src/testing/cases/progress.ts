/**
 * G9 and G11: what can be worked on is handed out, a lock ends, and work items say how often and when.
 */
import assert from "node:assert/strict";
import type { BackendCase } from "../backend-case.ts";
import { lawOf } from "../law.ts";
import { LEASE_MS, activityOf, idsOf, startOf, timerOf } from "../stage.ts";

const law = lawOf("G9");
const items = lawOf("G11");

const readiness: readonly BackendCase[] = [
  law("makes an instance ready again by a message that arrives during a turn", async (stage) => {
    await stage.create("a");
    const item = await stage.take("a");
    const sent = await stage.send("a");
    await stage.assertIdle("a", "it is locked");
    await stage.complete(item);
    assert.deepEqual((await stage.take("a")).messages, [sent]);
  }),

  law("makes an instance ready again by an activity's answer during a turn", async (stage) => {
    await stage.create("a");
    const first = await stage.take("a");
    await stage.complete(first, { activities: [activityOf(first)] });
    await stage.send("a");
    const item = await stage.take("a");
    const answer = await stage.answer(await stage.takeActivity());
    await stage.complete(item);
    assert.deepEqual((await stage.take("a")).messages, [answer]);
  }),

  law("ends a lock when its time is over, not a millisecond before", async (stage) => {
    await stage.create("a");
    await stage.take("a");
    await stage.advance(LEASE_MS - 1);
    await stage.assertIdle("a", "it is locked for another millisecond");
    await stage.advance(1);
    await stage.take("a");
  }),

  law("hands out at most as many instances as were asked for, and the others next", async (stage) => {
    for (const id of ["a", "b", "c", "d", "e"]) await stage.create(id);
    const first = await stage.fetch(2);
    const second = await stage.fetch(10);
    assert.equal(first.length, 2);
    const found = [...first, ...second].map((item) => item.instance.instanceId);
    assert.deepEqual(found.sort(), ["a", "b", "c", "d", "e"]);
  }),

  law("hands out at most as many activities as were asked for, and the others next", async (stage) => {
    await stage.create("a");
    const item = await stage.take("a");
    await stage.complete(item, { activities: [1, 2, 3].map((taskId) => activityOf(item, taskId)) });
    const first = await stage.fetchActivities(2);
    const second = await stage.fetchActivities(10);
    assert.equal(first.length, 2);
    assert.deepEqual([...first, ...second].map((activity) => activity.work.taskId).sort(), [1, 2, 3]);
  }),

  law("starves no instance behind one that is always ready", async (stage) => {
    await stage.createRunning("busy");
    await stage.send("busy");
    await stage.create("patient");
    let turns = 0;
    for (; turns < 20; turns++) {
      const [item] = await stage.fetch(1);
      assert.ok(item !== undefined);
      if (item.instance.instanceId === "patient") break;
      await stage.complete(item, { messages: [stage.event("busy")] });
    }
    assert.ok(turns < 20, "the patient instance is handed out");
  }),

  law("holds an abandoned instance back for the delay, also when messages arrive", async (stage) => {
    await stage.createRunning("a");
    await stage.send("a");
    const { lock } = await stage.take("a");
    await stage.backend.abandonOrchestration({ lock, delayMs: 5_000 });
    await stage.send("a");
    await stage.advance(4_999);
    await stage.assertIdle("a", "it is held back");
    await stage.advance(1);
    assert.equal((await stage.take("a")).messages.length, 2);
  }),

  law("holds back nothing but what was abandoned", async (stage) => {
    await stage.create("a");
    await stage.create("b");
    const { lock } = await stage.take("a");
    await stage.backend.abandonOrchestration({ lock, delayMs: 5_000 });
    await stage.take("b");
  }),

  law("hands out an instance at once that was abandoned without a delay", async (stage) => {
    await stage.create("a");
    const { lock } = await stage.take("a");
    await stage.backend.abandonOrchestration({ lock, delayMs: 0 });
    await stage.take("a");
  }),

  law("forgets an abandon's delay once the instance has been committed", async (stage) => {
    await stage.create("a");
    const { lock } = await stage.take("a");
    await stage.backend.abandonOrchestration({ lock, delayMs: 5_000 });
    await stage.advance(5_000);
    await stage.turn("a");
    await stage.send("a");
    await stage.take("a");
  }),

  law("holds an abandoned activity back for the delay", async (stage) => {
    await stage.create("a");
    const item = await stage.take("a");
    await stage.complete(item, { activities: [activityOf(item, 1), activityOf(item, 2)] });
    const [first] = await stage.fetchActivities(1);
    assert.ok(first !== undefined);
    await stage.backend.abandonActivity({ lock: first.lock, delayMs: 5_000 });
    const other = await stage.takeActivity();
    assert.notEqual(other.work.taskId, first.work.taskId);
    await stage.answer(other);
    await stage.advance(5_000);
    assert.deepEqual((await stage.takeActivity()).work, first.work);
  }),

  law("hands out work to every process", async (stage) => {
    await stage.create("a");
    await stage.create("b");
    const mine = await stage.fetch(1);
    const theirs = await stage.elsewhere((other) => other.fetch(1));
    const found = [...mine, ...theirs].map((item) => item.instance.instanceId);
    assert.deepEqual(found.sort(), ["a", "b"]);
  }),
];

const backlog: readonly BackendCase[] = [
  law("says that nothing is left of an empty hub", async (stage) => {
    assert.deepEqual(await stage.backend.backlog(), { pending: 0, ready: false });
  }),

  law("counts starts, messages and activities that wait or are being worked on", async (stage) => {
    await stage.create("a");
    assert.deepEqual(await stage.backend.backlog(), { pending: 1, ready: true });
    const item = await stage.take("a");
    assert.equal((await stage.backend.backlog()).pending, 1);
    const timer = timerOf(item, item.now + 60_000, 3);
    await stage.complete(item, { activities: [activityOf(item, 1), activityOf(item, 2)], timers: [timer] });
    assert.equal((await stage.backend.backlog()).pending, 3);
    const [activity] = await stage.fetchActivities(1);
    assert.ok(activity !== undefined);
    assert.equal((await stage.backend.backlog()).pending, 3);
    await stage.answer(activity);
    assert.equal((await stage.backend.backlog()).pending, 3, "an answer has taken its activity's place");
    await stage.turn("a", { runtimeStatus: "Completed" });
    assert.equal((await stage.backend.backlog()).pending, 1, "one activity is left");
  }),

  law("says when the next timer is due", async (stage) => {
    await stage.create("a");
    const item = await stage.take("a");
    const due = item.now + 60_000;
    await stage.complete(item, { timers: [timerOf(item, due + 1, 1), timerOf(item, due, 2)] });
    assert.deepEqual(await stage.backend.backlog(), { pending: 2, ready: false, nextDueTime: due });
    await stage.advance(60_000);
    assert.equal((await stage.backend.backlog()).ready, true);
  }),

  law("says when the next start is due", async (stage) => {
    await stage.createEnded("clock");
    const startAt = ((await stage.backend.getInstance("clock"))?.createdAt ?? 0) + 60_000;
    await stage.create("a", { start: startOf("a", "first", { startAt }) });
    assert.deepEqual(await stage.backend.backlog(), { pending: 1, ready: false, nextDueTime: startAt });
  }),

  law("says when the next lock ends", async (stage) => {
    await stage.create("a");
    const item = await stage.take("a");
    assert.equal((await stage.backend.backlog()).nextDueTime, item.now + LEASE_MS);
    await stage.complete(item, { activities: [activityOf(item)] });
    const activity = await stage.takeActivity(LEASE_MS / 2);
    assert.equal((await stage.backend.backlog()).nextDueTime, activity.now + LEASE_MS / 2);
    assert.equal((await stage.backend.backlog()).ready, false);
  }),

  law("says when an abandoned instance comes back", async (stage) => {
    await stage.create("a");
    const { lock, now } = await stage.take("a");
    await stage.backend.abandonOrchestration({ lock, delayMs: 5_000 });
    assert.deepEqual(await stage.backend.backlog(), { pending: 1, ready: false, nextDueTime: now + 5_000 });
  }),

  law("counts nothing of an instance that was purged", async (stage) => {
    await stage.create("a");
    const item = await stage.take("a");
    await stage.complete(item, { activities: [activityOf(item)], runtimeStatus: "Failed" });
    await stage.purge("a");
    assert.deepEqual(await stage.backend.backlog(), { pending: 0, ready: false });
  }),
];

const workItems: readonly BackendCase[] = [
  items("tells the time that its work items carry, where it has a clock of its own", async (stage) => {
    await stage.create("a");
    const { now } = await stage.take("a");
    const told = (await stage.backend.now?.()) ?? now;
    assert.equal(told, now);
  }),

  items("counts how often an instance was handed out since its last commit", async (stage) => {
    await stage.create("a");
    const first = await stage.take("a");
    await stage.backend.abandonOrchestration({ lock: first.lock, delayMs: 0 });
    const second = await stage.take("a");
    await stage.advance(LEASE_MS);
    const third = await stage.take("a");
    assert.deepEqual([first.deliveryCount, second.deliveryCount, third.deliveryCount], [1, 2, 3]);
    await stage.complete(third);
    await stage.send("a");
    assert.equal((await stage.take("a")).deliveryCount, 1);
  }),

  items("counts how often an activity was handed out", async (stage) => {
    await stage.create("a");
    const item = await stage.take("a");
    await stage.complete(item, { activities: [activityOf(item)] });
    const first = await stage.takeActivity();
    await stage.backend.abandonActivity({ lock: first.lock, delayMs: 0 });
    const second = await stage.takeActivity();
    await stage.advance(LEASE_MS);
    const third = await stage.takeActivity();
    assert.deepEqual([first.deliveryCount, second.deliveryCount, third.deliveryCount], [1, 2, 3]);
  }),

  items("does not count a delivery that was given back as none", async (stage) => {
    await stage.create("a");
    const first = await stage.take("a");
    await stage.backend.abandonOrchestration({ lock: first.lock, delayMs: 0, isUncounted: true });
    const second = await stage.take("a");
    await stage.complete(second, { activities: [activityOf(second)] });
    assert.deepEqual([first.deliveryCount, second.deliveryCount], [1, 1]);
    const run = await stage.takeActivity();
    await stage.backend.abandonActivity({ lock: run.lock, delayMs: 0, isUncounted: true });
    assert.equal((await stage.takeActivity()).deliveryCount, 1);
  }),

  items("leaves a delivery that was given back as none alone for as long as was asked", async (stage) => {
    await stage.create("a");
    const { lock } = await stage.take("a");
    await stage.backend.abandonOrchestration({ lock, delayMs: 1_000, isUncounted: true });
    await stage.advance(999);
    await stage.assertIdle("a", "it is left alone for another millisecond");
    await stage.advance(1);
    await stage.take("a");
  }),

  items("counts a new incarnation's deliveries from one", async (stage) => {
    await stage.create("a");
    await stage.take("a");
    await stage.create("a", { replaceStatuses: ["Pending"] });
    assert.equal((await stage.take("a")).deliveryCount, 1);
  }),

  items("carry the hub's time", async (stage) => {
    await stage.create("a");
    const first = await stage.take("a");
    await stage.advance(5_000);
    await stage.backend.abandonOrchestration({ lock: first.lock, delayMs: 0 });
    const second = await stage.take("a");
    assert.ok(second.now >= first.now + 5_000);
    assert.ok(first.now >= first.instance.createdAt);
    await stage.complete(second, { activities: [activityOf(second)] });
    assert.ok((await stage.takeActivity()).now >= second.now);
  }),

  items("carry one time, whoever asks", async (stage) => {
    await stage.create("a");
    const { now } = await stage.take("a");
    await stage.create("b");
    await stage.advance(1_000);
    const later = await stage.elsewhere((other) => other.take("b"));
    assert.ok(later.now >= now + 1_000);
  }),

  items("hold no message id twice, whatever was sent twice", async (stage) => {
    await stage.createRunning("a");
    const messages = [await stage.send("a"), await stage.send("a")];
    for (const message of messages) await stage.backend.sendMessage(message);
    assert.deepEqual(idsOf((await stage.take("a")).messages), idsOf(messages));
  }),

  items("carry the record as of the lock", async (stage) => {
    await stage.createRunning("a", { customStatus: '"tutti"' });
    await stage.send("a");
    const { instance } = await stage.take("a");
    assert.deepEqual(instance, await stage.backend.getInstance("a"));
  }),
];

export const progressCases: readonly BackendCase[] = [...readiness, ...backlog, ...workItems];
