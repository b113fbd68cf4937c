/**
 * G6: what has a due time is not handed out before it by the hub's clock.
 */
import assert from "node:assert/strict";
import type { BackendCase } from "../backend-case.ts";
import { lawOf } from "../law.ts";
import { startOf, timerOf } from "../stage.ts";

const law = lawOf("G6");

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

export const dueTimeCases: readonly BackendCase[] = [
  law("fires a timer at its due time and not a millisecond before", async (stage) => {
    await stage.create("a");
    const item = await stage.take("a");
    const timer = timerOf(item, item.now + MINUTE_MS);
    await stage.complete(item, { timers: [timer] });
    await stage.assertIdle("a", "its timer is not due");
    await stage.advance(MINUTE_MS - 1);
    await stage.assertIdle("a", "its timer is due in a millisecond");
    await stage.advance(1);
    assert.deepEqual((await stage.take("a")).messages, [timer]);
  }),

  timerOfLength(30 * DAY_MS, "30 days"),
  timerOfLength(3 * 365 * DAY_MS, "3 years"),

  law("fires a timer at once that is due when it is set", async (stage) => {
    await stage.create("a");
    const item = await stage.take("a");
    const timer = timerOf(item, item.now - 1);
    await stage.complete(item, { timers: [timer] });
    assert.deepEqual((await stage.take("a")).messages, [timer]);
  }),

  law("fires each of several timers at its own time", async (stage) => {
    await stage.create("a");
    const item = await stage.take("a");
    const timers = [3, 1, 2].map((minutes) => timerOf(item, item.now + minutes * MINUTE_MS, minutes));
    await stage.complete(item, { timers });
    for (const minutes of [1, 2, 3]) {
      await stage.advance(MINUTE_MS);
      const next = await stage.take("a");
      assert.deepEqual(next.messages, [timerOf(item, item.now + minutes * MINUTE_MS, minutes)]);
      await stage.complete(next);
    }
  }),

  law("hides a timer from a turn that another message caused", async (stage) => {
    await stage.create("a");
    const item = await stage.take("a");
    await stage.complete(item, { timers: [timerOf(item, item.now + MINUTE_MS)] });
    const sent = await stage.send("a");
    assert.deepEqual((await stage.take("a")).messages, [sent]);
  }),

  law("fires a timer that comes due during a turn after that turn", async (stage) => {
    await stage.create("a");
    const item = await stage.take("a");
    const timer = timerOf(item, item.now + 1_000);
    await stage.complete(item, { timers: [timer] });
    await stage.send("a");
    const during = await stage.take("a");
    await stage.advance(1_000);
    await stage.complete(during);
    assert.deepEqual((await stage.take("a")).messages, [timer]);
  }),

  law("never fires a timer that a later turn cancelled", async (stage) => {
    await stage.create("a");
    const item = await stage.take("a");
    const timer = timerOf(item, item.now + MINUTE_MS, 1);
    const other = timerOf(item, item.now + MINUTE_MS, 2);
    await stage.complete(item, { timers: [timer, other] });
    await stage.send("a");
    await stage.turn("a", { cancelledTimers: [timer.messageId] });
    await stage.advance(MINUTE_MS);
    assert.deepEqual((await stage.take("a")).messages, [other]);
  }),

  law("never fires a timer that the turn cancelled which set it", async (stage) => {
    await stage.create("a");
    const item = await stage.take("a");
    const timer = timerOf(item, item.now + MINUTE_MS);
    await stage.complete(item, { timers: [timer], cancelledTimers: [timer.messageId] });
    await stage.advance(MINUTE_MS);
    await stage.assertIdle("a", "its timer was cancelled");
    assert.equal((await stage.backend.backlog()).pending, 0);
  }),

  law("takes a turn that cancels a timer which fired in the same turn, or never was", async (stage) => {
    await stage.create("a");
    const item = await stage.take("a");
    const timer = timerOf(item, item.now + 1_000);
    await stage.complete(item, { timers: [timer] });
    await stage.advance(1_000);
    await stage.turn("a", { cancelledTimers: [timer.messageId, "never-was"] });
    await stage.assertIdle("a", "its timer was consumed");
  }),

  law("hides a message that a client sends ahead of its due time", async (stage) => {
    await stage.createRunning("a");
    const now = (await stage.backend.getInstance("a"))?.createdAt ?? 0;
    const sent = await stage.send("a", "Later", { dueTime: now + MINUTE_MS });
    await stage.advance(MINUTE_MS - 1);
    await stage.assertIdle("a", "its message is not due");
    await stage.advance(1);
    assert.deepEqual((await stage.take("a")).messages, [sent]);
  }),

  law("hands out a start at its time and not before", async (stage) => {
    await stage.createEnded("clock");
    const now = (await stage.backend.getInstance("clock"))?.createdAt ?? 0;
    await stage.create("a", { start: startOf("a", "first", { startAt: now + MINUTE_MS }) });
    await stage.advance(MINUTE_MS - 1);
    await stage.assertIdle("a", "its start is not due");
    assert.equal(await stage.status("a"), "Pending");
    await stage.advance(1);
    assert.equal((await stage.take("a")).start.startAt, now + MINUTE_MS);
  }),

  law("hands out a message to an instance whose start is not due", async (stage) => {
    await stage.createEnded("clock");
    const now = (await stage.backend.getInstance("clock"))?.createdAt ?? 0;
    const start = startOf("a", "first", { startAt: now + MINUTE_MS });
    await stage.create("a", { start });
    const sent = await stage.send("a");
    const item = await stage.take("a");
    assert.deepEqual(item.messages, [sent]);
    await stage.complete(item, { events: [], next: start, runtimeStatus: "Pending" });
    await stage.assertIdle("a", "its start is not due");
    await stage.advance(MINUTE_MS);
    assert.equal((await stage.take("a")).lastEventId, 0);
  }),
];

function timerOfLength(durationMs: number, duration: string): BackendCase {
  return law(`fires a timer of ${duration} in time`, async (stage) => {
    await stage.create("a");
    const item = await stage.take("a");
    const timer = timerOf(item, item.now + durationMs);
    await stage.complete(item, { timers: [timer] });
    await stage.advance(durationMs - 1);
    await stage.assertIdle("a", "its timer is due in a millisecond");
    await stage.advance(1);
    assert.deepEqual((await stage.take("a")).messages, [timer]);
  });
}
