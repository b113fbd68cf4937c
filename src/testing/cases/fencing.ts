/**
 * G2: at most one unexpired token per instance or activity, a later one is greater, and a call under any other is
 * refused without a trace.
 */
import assert from "node:assert/strict";
import type { OrchestrationWorkItem } from "../../ports/backend.ts";
import type { BackendCase } from "../backend-case.ts";
import { assertRefused, lawOf } from "../law.ts";
import type { Stage } from "../stage.ts";
import { LEASE_MS, activityOf, answerTo, idsOf, startOf, timerOf } from "../stage.ts";

const law = lawOf("G2");

/** An instance whose first holder's lock expired, and which a second holder has locked since. */
async function usurp(stage: Stage, instanceId = "a"): Promise<Record<"zombie" | "owner", OrchestrationWorkItem>> {
  const zombie = await stage.take(instanceId);
  await stage.advance(LEASE_MS);
  return { zombie, owner: await stage.take(instanceId) };
}

const locking: readonly BackendCase[] = [
  law("hands out an instance to one worker at a time", async (stage) => {
    await stage.create("a");
    await stage.take("a");
    await stage.assertIdle("a", "it is locked");
  }),

  law("hands out an instance to one of two workers that ask at once", async (stage) => {
    await stage.create("a");
    await stage.elsewhere(async (other) => {
      const [mine, theirs] = await Promise.all([stage.fetch(), other.fetch()]);
      assert.equal(mine.length + theirs.length, 1);
    });
  }),

  law("hands out an activity to one of two workers that ask at once", async (stage) => {
    await stage.create("a");
    const item = await stage.take("a");
    await stage.complete(item, { activities: [activityOf(item)] });
    await stage.elsewhere(async (other) => {
      const [mine, theirs] = await Promise.all([stage.fetchActivities(), other.fetchActivities()]);
      assert.equal(mine.length + theirs.length, 1);
    });
    await stage.assertNoActivity("it is locked");
  }),

  law("gives an instance's later lock a greater token", async (stage) => {
    await stage.create("a");
    const tokens: number[] = [];
    for (let i = 0; i < 3; i++) {
      const item = await stage.take("a");
      tokens.push(item.lock.token);
      await stage.backend.abandonOrchestration({ lock: item.lock, delayMs: 0 });
    }
    assert.deepEqual(
      tokens,
      [...new Set(tokens)].sort((a, b) => a - b),
    );
  }),

  law("gives a greater token also after a commit, an expiry and a new incarnation", async (stage) => {
    await stage.create("a");
    const first = await stage.take("a");
    await stage.complete(first);
    await stage.send("a");
    const { zombie, owner } = await usurp(stage);
    await stage.complete(owner, { runtimeStatus: "Completed" });
    await stage.create("a", { replaceStatuses: ["Completed"] });
    const last = await stage.take("a");
    assert.ok(first.lock.token < zombie.lock.token);
    assert.ok(zombie.lock.token < owner.lock.token);
    assert.ok(owner.lock.token < last.lock.token);
  }),

  law("gives an activity's later lock a greater token", async (stage) => {
    await stage.create("a");
    const item = await stage.take("a");
    await stage.complete(item, { activities: [activityOf(item)] });
    const first = await stage.takeActivity();
    await stage.advance(LEASE_MS);
    assert.ok((await stage.takeActivity()).lock.token > first.lock.token);
  }),

  law("hands out the history as of the lock, whatever is sent meanwhile", async (stage) => {
    await stage.create("a");
    const { events } = await stage.turn("a").then(async (commit) => {
      await stage.send("a");
      return commit;
    });
    const item = await stage.take("a");
    await stage.send("a");
    assert.equal(item.lastEventId, events.length);
    assert.deepEqual(await stage.backend.readHistory(item.lock), events);
  }),
];

const refusals: readonly BackendCase[] = [
  law("refuses a commit under a stale token", async (stage) => {
    await stage.create("a");
    const { zombie } = await usurp(stage);
    await assertRefused(stage.complete(zombie), "LEASE_LOST");
  }),

  law("lets the owner commit after it refused a zombie", async (stage) => {
    await stage.create("a");
    const { zombie, owner } = await usurp(stage);
    await assertRefused(stage.complete(zombie), "LEASE_LOST");
    const { events } = await stage.complete(owner);
    assert.deepEqual(await stage.backend.getHistory("a"), events);
  }),

  law("refuses a commit under an expired lock that nobody has taken over", async (stage) => {
    await stage.create("a");
    const item = await stage.take("a");
    await stage.advance(LEASE_MS);
    await assertRefused(stage.complete(item), "LEASE_LOST");
  }),

  law("refuses a commit under a lock that was given back", async (stage) => {
    await stage.create("a");
    const item = await stage.take("a");
    await stage.backend.abandonOrchestration({ lock: item.lock, delayMs: 0 });
    await assertRefused(stage.complete(item), "LEASE_LOST");
  }),

  law("refuses a second, different commit under one lock", async (stage) => {
    await stage.create("a");
    const item = await stage.take("a");
    await stage.complete(item);
    const again = { ...stage.commit(item), events: [] };
    await assertRefused(stage.backend.completeOrchestration(again), "LEASE_LOST");
  }),

  law("refuses a lock on another instance", async (stage) => {
    await stage.create("a");
    await stage.create("b");
    const item = await stage.take("a");
    await assertRefused(stage.complete({ ...item, lock: { ...item.lock, key: "b" } }), "LEASE_LOST");
    assert.deepEqual(await stage.backend.getHistory("b"), []);
  }),

  law("refuses a lock on an instance that does not exist", async (stage) => {
    await stage.create("a");
    const item = await stage.take("a");
    await assertRefused(stage.complete({ ...item, lock: { ...item.lock, key: "nobody" } }), "LEASE_LOST");
  }),

  law("refuses to read a history under a stale lock", async (stage) => {
    await stage.create("a");
    const { zombie, owner } = await usurp(stage);
    await assertRefused(stage.backend.readHistory(zombie.lock), "LEASE_LOST");
    assert.deepEqual(await stage.backend.readHistory(owner.lock), []);
  }),

  law("refuses to renew a stale lock, and does not prolong its successor", async (stage) => {
    await stage.create("a");
    const { zombie } = await usurp(stage);
    await assertRefused(stage.backend.renewOrchestration(zombie.lock, 10 * LEASE_MS), "LEASE_LOST");
    await stage.advance(LEASE_MS);
    await stage.take("a");
  }),

  law("refuses to renew an expired lock that nobody has taken over", async (stage) => {
    await stage.create("a");
    const item = await stage.take("a");
    await stage.advance(LEASE_MS);
    await assertRefused(stage.backend.renewOrchestration(item.lock, LEASE_MS), "LEASE_LOST");
  }),

  law("ignores it when a stale lock is given back", async (stage) => {
    await stage.create("a");
    const { zombie, owner } = await usurp(stage);
    await stage.backend.abandonOrchestration({ lock: zombie.lock, delayMs: 0 });
    await stage.assertIdle("a", "its owner holds it");
    await stage.complete(owner);
  }),

  law("refuses a turn of an incarnation that was replaced", async (stage) => {
    await stage.create("a");
    const zombie = await stage.take("a");
    await stage.create("a", { replaceStatuses: ["Pending"] });
    await assertRefused(stage.complete(zombie), "LEASE_LOST");
    assert.deepEqual(await stage.backend.getHistory("a"), []);
  }),

  law("refuses one commit of several that arrive together, and takes the others", async (stage) => {
    await stage.create("a");
    const { zombie, owner } = await usurp(stage);
    await stage.create("b");
    const other = await stage.take("b");
    const outcomes = await Promise.allSettled([stage.complete(owner), stage.complete(zombie), stage.complete(other)]);
    assert.deepEqual(
      outcomes.map((outcome) => outcome.status),
      ["fulfilled", "rejected", "fulfilled"],
    );
    assert.equal((await stage.backend.getHistory("a")).length, 2);
    assert.equal((await stage.backend.getHistory("b")).length, 2);
  }),
];

/** A refused commit leaves nothing: one law for each thing that it could have left. */
const traces: readonly BackendCase[] = [
  law("keeps a refused commit out of history and status", async (stage) => {
    await stage.create("a");
    const { zombie } = await usurp(stage);
    const before = await stage.backend.getInstance("a");
    const changes = { runtimeStatus: "Completed", output: '"encore"', customStatus: '"over"' } as const;
    await assertRefused(stage.complete(zombie, changes), "LEASE_LOST");
    assert.deepEqual(await stage.backend.getInstance("a"), before);
    assert.deepEqual(await stage.backend.getHistory("a"), []);
  }),

  law("schedules no activity of a refused commit", async (stage) => {
    await stage.create("a");
    const { zombie } = await usurp(stage);
    await assertRefused(stage.complete(zombie, { activities: [activityOf(zombie)] }), "LEASE_LOST");
    await stage.assertNoActivity("the commit was refused");
  }),

  law("sends no message of a refused commit", async (stage) => {
    await stage.createRunning("b");
    await stage.create("a");
    const { zombie } = await usurp(stage);
    await assertRefused(stage.complete(zombie, { messages: [stage.event("b")] }), "LEASE_LOST");
    await stage.assertIdle("b", "the commit was refused");
  }),

  law("sets no timer of a refused commit", async (stage) => {
    await stage.create("a");
    const { zombie, owner } = await usurp(stage);
    await assertRefused(stage.complete(zombie, { timers: [timerOf(zombie, zombie.now)] }), "LEASE_LOST");
    await stage.complete(owner);
    await stage.assertIdle("a", "the timer was never set");
  }),

  law("cancels no timer by a refused commit", async (stage) => {
    await stage.create("a");
    const first = await stage.take("a");
    const timer = timerOf(first, first.now + 10 * LEASE_MS);
    await stage.complete(first, { timers: [timer] });
    await stage.send("a");
    const { zombie, owner } = await usurp(stage);
    await assertRefused(stage.complete(zombie, { cancelledTimers: [timer.messageId] }), "LEASE_LOST");
    await stage.complete(owner);
    await stage.advance(10 * LEASE_MS);
    assert.deepEqual((await stage.take("a")).messages, [timer]);
  }),

  law("consumes no message by a refused commit", async (stage) => {
    await stage.createRunning("a");
    const sent = await stage.send("a");
    const zombie = await stage.take("a");
    await stage.advance(LEASE_MS);
    await assertRefused(stage.complete(zombie), "LEASE_LOST");
    assert.deepEqual((await stage.take("a")).messages, [sent]);
  }),

  law("starts no new execution by a refused commit", async (stage) => {
    const { start } = await stage.createRunning("a");
    await stage.send("a");
    const { zombie, owner } = await usurp(stage);
    await assertRefused(stage.complete(zombie, { next: startOf("a", "next") }), "LEASE_LOST");
    assert.equal((await stage.backend.getInstance("a"))?.executionId, start.event.executionId);
    assert.equal((await stage.backend.readHistory(owner.lock)).length, 2);
  }),
];

const renewal: readonly BackendCase[] = [
  law("keeps a renewed lock past its first end", async (stage) => {
    await stage.create("a");
    const item = await stage.take("a");
    await stage.advance(LEASE_MS - 1);
    await stage.backend.renewOrchestration(item.lock, LEASE_MS);
    await stage.advance(LEASE_MS - 1);
    await stage.assertIdle("a", "its lock was renewed");
    await stage.complete(item);
  }),

  law("counts a renewed lock's time from the renewal", async (stage) => {
    await stage.create("a");
    const item = await stage.take("a");
    await stage.backend.renewOrchestration(item.lock, 1_000);
    await stage.advance(1_000);
    await stage.take("a");
  }),

  law("keeps a renewed activity lock past its first end", async (stage) => {
    await stage.create("a");
    const item = await stage.take("a");
    await stage.complete(item, { activities: [activityOf(item)] });
    const activity = await stage.takeActivity();
    await stage.advance(LEASE_MS - 1);
    await stage.backend.renewActivity(activity.lock, LEASE_MS);
    await stage.advance(LEASE_MS - 1);
    await stage.assertNoActivity("its lock was renewed");
    await stage.answer(activity);
  }),
];

/** An activity whose first holder's lock expired. */
async function scheduleOne(stage: Stage): Promise<void> {
  await stage.create("a");
  const item = await stage.take("a");
  await stage.complete(item, { activities: [activityOf(item)] });
}

const activities: readonly BackendCase[] = [
  law("refuses an activity's answer under a stale token, and delivers none", async (stage) => {
    await scheduleOne(stage);
    const zombie = await stage.takeActivity();
    await stage.advance(LEASE_MS);
    const owner = await stage.takeActivity();
    await assertRefused(stage.answer(zombie, "stale"), "LEASE_LOST");
    await stage.assertIdle("a", "no answer was given");
    const answer = await stage.answer(owner);
    assert.deepEqual((await stage.take("a")).messages, [answer]);
  }),

  law("refuses an activity's answer under an expired lock that nobody has taken over", async (stage) => {
    await scheduleOne(stage);
    const zombie = await stage.takeActivity();
    await stage.advance(LEASE_MS);
    await assertRefused(stage.answer(zombie), "LEASE_LOST");
    await stage.takeActivity();
  }),

  law("refuses to renew an activity's stale lock", async (stage) => {
    await scheduleOne(stage);
    const zombie = await stage.takeActivity();
    await stage.advance(LEASE_MS);
    await stage.takeActivity();
    await assertRefused(stage.backend.renewActivity(zombie.lock, LEASE_MS), "LEASE_LOST");
  }),

  law("ignores it when an activity's stale lock is given back", async (stage) => {
    await scheduleOne(stage);
    const zombie = await stage.takeActivity();
    await stage.advance(LEASE_MS);
    const owner = await stage.takeActivity();
    await stage.backend.abandonActivity({ lock: zombie.lock, delayMs: 0 });
    await stage.assertNoActivity("its owner holds it");
    await stage.answer(owner);
  }),

  law("refuses another answer to an activity that was answered", async (stage) => {
    await scheduleOne(stage);
    const activity = await stage.takeActivity();
    const first = await stage.answer(activity, "first");
    const second = { ...answerTo(activity.work, "second"), messageId: "another" };
    const call = stage.backend.completeActivity({ requestId: "another", lock: activity.lock, message: second });
    await assertRefused(call, "LEASE_LOST");
    assert.deepEqual(idsOf((await stage.take("a")).messages), [first.messageId]);
  }),

  law("refuses to renew the lock of an activity that was answered", async (stage) => {
    await scheduleOne(stage);
    const activity = await stage.takeActivity();
    await stage.answer(activity);
    await assertRefused(stage.backend.renewActivity(activity.lock, LEASE_MS), "LEASE_LOST");
  }),
];

export const fencingCases: readonly BackendCase[] = [...locking, ...refusals, ...traces, ...renewal, ...activities];
