/**
 * G1: when a mutating call has resolved, its effect is there for every process. Shown through a second handle.
 */
import assert from "node:assert/strict";
import type { BackendCase } from "../backend-case.ts";
import { lawOf } from "../law.ts";
import { activityOf, idsOf, timerOf } from "../stage.ts";

const law = lawOf("G1");

export const durabilityCases: readonly BackendCase[] = [
  law("shows an instance to every process once it is created", async (stage) => {
    const { incarnation } = await stage.elsewhere((other) => other.create("a"));
    assert.equal((await stage.backend.getInstance("a"))?.incarnation, incarnation);
  }),

  law("keeps a message whose sender has gone", async (stage) => {
    await stage.createRunning("a");
    const sent = await stage.elsewhere((other) => other.send("a"));
    assert.deepEqual(idsOf((await stage.take("a")).messages), [sent.messageId]);
  }),

  law("keeps a committed turn when the worker that ran it has gone", async (stage) => {
    await stage.create("a");
    const commit = await stage.elsewhere(async (other) => {
      const item = await other.take("a");
      return other.complete(item, { activities: [activityOf(item)], customStatus: '"first bar"' });
    });
    assert.deepEqual(await stage.backend.getHistory("a"), commit.events);
    assert.equal((await stage.backend.getInstance("a"))?.customStatus, '"first bar"');
    assert.deepEqual((await stage.takeActivity()).work, commit.activities[0]);
  }),

  law("keeps a timer when the worker that set it has gone", async (stage) => {
    await stage.create("a");
    const timer = await stage.elsewhere(async (other) => {
      const item = await other.take("a");
      const set = timerOf(item, item.now + 1_000);
      await other.complete(item, { timers: [set] });
      return set;
    });
    await stage.advance(1_000);
    assert.deepEqual((await stage.take("a")).messages, [timer]);
  }),

  law("keeps an activity's answer when the worker that gave it has gone", async (stage) => {
    const item = await stage.create("a").then(() => stage.take("a"));
    await stage.complete(item, { activities: [activityOf(item)] });
    const answer = await stage.elsewhere(async (other) => other.answer(await other.takeActivity()));
    assert.deepEqual((await stage.take("a")).messages, [answer]);
  }),

  law("keeps the lock of a worker that has gone until it expires", async (stage) => {
    await stage.create("a");
    await stage.elsewhere((other) => other.take("a", 10_000));
    await stage.assertIdle("a", "the lock is still valid");
    await stage.advance(10_000);
    await stage.take("a");
  }),

  law("forgets a purged instance for every process", async (stage) => {
    await stage.createEnded("a");
    assert.equal(await stage.elsewhere((other) => other.purge("a")), true);
    assert.equal(await stage.backend.getInstance("a"), undefined);
  }),
];
