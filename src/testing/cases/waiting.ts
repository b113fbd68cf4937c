/**
 * G9, for those who wait: a call that waits ends when what it waits for comes, and no wake-up is lost.
 *
 * A wait may also end for no reason, so no case can claim that one lasts; a wake-up that is lost shows as a case
 * that never ends, which the runner's timeout reports.
 */
import assert from "node:assert/strict";
import { hasReached } from "../../core/status.ts";
import type { Milestone } from "../../core/status.ts";
import type { WorkKind } from "../../ports/backend.ts";
import type { BackendCase } from "../backend-case.ts";
import { lawOf } from "../law.ts";
import type { Stage } from "../stage.ts";
import { LEASE_MS, activityOf, startOf, timerOf } from "../stage.ts";

const law = lawOf("G9");

/** Waits for work as a worker does: until a fetch would find some, however often the wait ends for no reason. */
async function waitUntilReady(stage: Stage, kind: WorkKind): Promise<void> {
  const { signal } = new AbortController();
  while (!(await stage.backend.backlog()).ready) await stage.backend.waitForWork(kind, signal);
}

/** Waits as a client does: until the instance has reached the milestone, however often the wait ends before. */
async function waitUntil(stage: Stage, instanceId: string, milestone: Milestone): Promise<void> {
  for (;;) {
    const status = await stage.status(instanceId);
    if (status === undefined || hasReached(status, milestone)) return;
    await stage.backend.waitForInstance(instanceId, milestone);
  }
}

const forWork: readonly BackendCase[] = [
  law("ends a wait for orchestrations at once when one is ready", async (stage) => {
    await stage.create("a");
    await stage.backend.waitForWork("orchestration", new AbortController().signal);
    await stage.take("a");
  }),

  law("ends a wait for activities at once when one is ready", async (stage) => {
    await stage.create("a");
    const item = await stage.take("a");
    await stage.complete(item, { activities: [activityOf(item)] });
    await stage.backend.waitForWork("activity", new AbortController().signal);
    await stage.takeActivity();
  }),

  law("wakes a worker by a new instance", async (stage) => {
    const woken = waitUntilReady(stage, "orchestration");
    await stage.create("a");
    await woken;
    await stage.take("a");
  }),

  law("wakes a worker by a message", async (stage) => {
    await stage.createRunning("a");
    const woken = waitUntilReady(stage, "orchestration");
    await stage.send("a");
    await woken;
    await stage.take("a");
  }),

  law("wakes a worker by another process's message", async (stage) => {
    await stage.createRunning("a");
    const woken = waitUntilReady(stage, "orchestration");
    await stage.elsewhere((other) => other.send("a"));
    await woken;
    await stage.take("a");
  }),

  law("wakes a worker by an activity that a turn schedules", async (stage) => {
    await stage.create("a");
    const item = await stage.take("a");
    const woken = waitUntilReady(stage, "activity");
    await stage.complete(item, { activities: [activityOf(item)] });
    await woken;
    await stage.takeActivity();
  }),

  law("wakes a worker by an activity's answer", async (stage) => {
    await stage.create("a");
    const item = await stage.take("a");
    await stage.complete(item, { activities: [activityOf(item)] });
    const activity = await stage.takeActivity();
    const woken = waitUntilReady(stage, "orchestration");
    await stage.answer(activity);
    await woken;
    await stage.take("a");
  }),

  law("wakes a worker when a timer comes due", async (stage) => {
    await stage.create("a");
    const item = await stage.take("a");
    await stage.complete(item, { timers: [timerOf(item, item.now + 1_000)] });
    const woken = waitUntilReady(stage, "orchestration");
    await stage.advance(1_000);
    await woken;
    await stage.take("a");
  }),

  law("wakes a worker by a timer that is due sooner than what it was waiting for", async (stage) => {
    await stage.create("a");
    const first = await stage.take("a");
    await stage.complete(first, { timers: [timerOf(first, first.now + 60_000, 1)] });
    const woken = waitUntilReady(stage, "orchestration");
    await stage.create("b");
    await woken;
    const second = await stage.take("b");
    const again = waitUntilReady(stage, "orchestration");
    await stage.complete(second, { timers: [timerOf(second, second.now + 1_000, 1)] });
    await stage.advance(1_000);
    await again;
    await stage.take("b");
  }),

  law("wakes a worker when a start comes due", async (stage) => {
    await stage.createEnded("clock");
    const startAt = ((await stage.backend.getInstance("clock"))?.createdAt ?? 0) + 1_000;
    await stage.create("a", { start: startOf("a", "first", { startAt }) });
    const woken = waitUntilReady(stage, "orchestration");
    await stage.advance(1_000);
    await woken;
    await stage.take("a");
  }),

  law("wakes a worker when another's lock expires", async (stage) => {
    await stage.create("a");
    await stage.take("a");
    const woken = waitUntilReady(stage, "orchestration");
    await stage.advance(LEASE_MS);
    await woken;
    await stage.take("a");
  }),

  law("wakes a worker when an abandon's delay is over", async (stage) => {
    await stage.create("a");
    const { lock } = await stage.take("a");
    const woken = waitUntilReady(stage, "orchestration");
    await stage.backend.abandonOrchestration({ lock, delayMs: 1_000 });
    await stage.advance(1_000);
    await woken;
    await stage.take("a");
  }),

  law("wakes a worker although another that waited has gone away", async (stage) => {
    const leaving = new AbortController();
    const gone = stage.backend.waitForWork("orchestration", leaving.signal);
    const woken = waitUntilReady(stage, "orchestration");
    leaving.abort();
    await gone;
    await stage.create("a");
    await woken;
    await stage.take("a");
  }),

  law("wakes as many workers as there is work", async (stage) => {
    const found: string[] = [];
    const worker = async (): Promise<void> => {
      const { signal } = new AbortController();
      for (;;) {
        const [item] = await stage.fetch(1);
        if (item !== undefined) {
          found.push(item.instance.instanceId);
          return;
        }
        await stage.backend.waitForWork("orchestration", signal);
      }
    };
    const workers = [worker(), worker(), worker()];
    for (const id of ["a", "b", "c"]) await stage.create(id);
    await Promise.all(workers);
    assert.deepEqual(found.sort(), ["a", "b", "c"]);
  }),

  law("ends a wait for work when its signal is aborted, before or after it began", async (stage) => {
    await stage.backend.waitForWork("activity", AbortSignal.abort());
    const controller = new AbortController();
    const waits = (["orchestration", "activity"] as const).map((kind) =>
      stage.backend.waitForWork(kind, controller.signal),
    );
    controller.abort();
    await Promise.all(waits);
  }),

  law("ends all waits when it is closed", async (stage) => {
    await stage.create("a");
    const { signal } = new AbortController();
    await stage.take("a");
    const waits = await stage.elsewhere(async ({ backend }) => [
      backend.waitForWork("orchestration", signal),
      backend.waitForWork("activity", signal),
      backend.waitForInstance("a", "ended", signal),
    ]);
    await Promise.all(waits);
    assert.equal(await stage.status("a"), "Pending");
  }),
];

const forInstances: readonly BackendCase[] = [
  law("ends a wait for an instance at once when it has reached the milestone", async (stage) => {
    await stage.createRunning("a");
    await stage.backend.waitForInstance("a", "started");
    await stage.send("a");
    await stage.turn("a", { runtimeStatus: "Failed" });
    await stage.backend.waitForInstance("a", "started");
    await stage.backend.waitForInstance("a", "ended");
  }),

  law("wakes who waits for an instance's start by its first turn", async (stage) => {
    await stage.create("a");
    const woken = waitUntil(stage, "a", "started");
    await stage.turn("a");
    await woken;
    assert.equal(await stage.status("a"), "Running");
  }),

  law("wakes who waits for an instance's start by a turn that ends it", async (stage) => {
    await stage.create("a");
    const woken = waitUntil(stage, "a", "started");
    await stage.turn("a", { events: [], runtimeStatus: "Terminated" });
    await woken;
    assert.equal(await stage.status("a"), "Terminated");
  }),

  law("wakes who waits for an instance's end, after as many turns as it takes", async (stage) => {
    await stage.create("a");
    const woken = waitUntil(stage, "a", "ended");
    await stage.turn("a");
    await stage.send("a");
    await stage.turn("a", { next: startOf("a", "second") });
    await stage.turn("a", { runtimeStatus: "Completed" });
    await woken;
    assert.equal(await stage.status("a"), "Completed");
  }),

  law("wakes who waits for an instance by another process's commit", async (stage) => {
    await stage.create("a");
    const woken = [waitUntil(stage, "a", "started"), waitUntil(stage, "a", "ended")];
    await stage.elsewhere((other) => other.turn("a", { runtimeStatus: "Completed" }));
    await Promise.all(woken);
  }),

  law("wakes everyone who waits for an instance", async (stage) => {
    await stage.create("a");
    const woken = [1, 2, 3].map(() => waitUntil(stage, "a", "ended"));
    await stage.turn("a", { runtimeStatus: "Completed" });
    await Promise.all(woken);
  }),

  law("wakes who waits for an instance although another that waited has gone away", async (stage) => {
    await stage.create("a");
    const leaving = new AbortController();
    const gone = stage.backend.waitForInstance("a", "ended", leaving.signal);
    const woken = waitUntil(stage, "a", "ended");
    leaving.abort();
    await gone;
    await stage.turn("a", { runtimeStatus: "Completed" });
    await woken;
  }),

  law("goes on waiting for an instance's end when it is replaced", async (stage) => {
    await stage.create("a");
    const woken = waitUntil(stage, "a", "ended");
    await stage.create("a", { replaceStatuses: ["Pending"] });
    await stage.turn("a", { runtimeStatus: "Completed" });
    await woken;
  }),

  law("ends a wait for an instance when its signal is aborted, before or after it began", async (stage) => {
    await stage.create("a");
    await stage.backend.waitForInstance("a", "ended", AbortSignal.abort());
    const controller = new AbortController();
    const wait = stage.backend.waitForInstance("a", "ended", controller.signal);
    controller.abort();
    await wait;
  }),

  law("ends a wait for an instance that does not exist, or was purged", async (stage) => {
    await stage.backend.waitForInstance("nobody", "started");
    await stage.createEnded("a");
    await stage.purge("a");
    await stage.backend.waitForInstance("a", "ended");
  }),
];

export const waitingCases: readonly BackendCase[] = [...forWork, ...forInstances];
