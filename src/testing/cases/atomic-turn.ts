/**
 * G3: everything that one turn changes is there together, continue-as-new and the end of an instance included.
 */
import assert from "node:assert/strict";
import type { BackendCase } from "../backend-case.ts";
import { assertRefused, lawOf } from "../law.ts";
import { activityOf, eventsAfter, idsOf, startOf, timerOf } from "../stage.ts";

const law = lawOf("G3");

const turns: readonly BackendCase[] = [
  law("shows all parts of a turn once it is committed", async (stage) => {
    await stage.createRunning("b");
    await stage.createRunning("a");
    const sent = await stage.send("a");
    const item = await stage.take("a");
    const message = stage.event("b");
    const timer = timerOf(item, item.now + 1_000, 2);
    const { events } = await stage.complete(item, {
      activities: [activityOf(item)],
      timers: [timer],
      messages: [message],
      customStatus: '"second bar"',
      lastUpdatedAt: item.now + 7,
    });
    assert.deepEqual((await stage.backend.getHistory("a")).slice(item.lastEventId), events);
    const record = await stage.backend.getInstance("a");
    assert.equal(record?.customStatus, '"second bar"');
    assert.equal(record.lastUpdatedAt, item.now + 7);
    assert.deepEqual((await stage.takeActivity()).work, activityOf(item));
    assert.deepEqual((await stage.take("b")).messages, [message]);
    await stage.advance(1_000);
    assert.deepEqual((await stage.take("a")).messages, [timer], `${sent.messageId} was consumed`);
  }),

  law("appends the turns of an execution to one history, as they were written", async (stage) => {
    await stage.create("a");
    const first = await stage.take("a");
    const begun = await stage.complete(first, {
      events: eventsAfter(first, [
        { type: "OrchestratorStarted" },
        first.start.event,
        { type: "TimerCreated", taskId: 1, fireAt: first.now },
        { type: "OrchestratorCompleted" },
      ]),
    });
    await stage.send("a");
    const second = await stage.turn("a");
    assert.deepEqual(await stage.backend.getHistory("a"), [...begun.events, ...second.events]);
  }),

  law("hands out the last event's id with each work item", async (stage) => {
    await stage.create("a");
    const first = await stage.take("a");
    assert.equal(first.lastEventId, 0);
    const { events } = await stage.complete(first);
    await stage.send("a");
    assert.equal((await stage.take("a")).lastEventId, events.length);
  }),

  law("takes output, failure and custom status as the commit says, also where it says nothing", async (stage) => {
    await stage.createRunning("a", { customStatus: '"tuning"' });
    assert.equal((await stage.backend.getInstance("a"))?.customStatus, '"tuning"');
    await stage.send("a");
    const failure = {
      errorType: "TypeError",
      errorMessage: "no baton",
      innerFailure: { errorType: "Error", errorMessage: "lost" },
    };
    await stage.turn("a", { runtimeStatus: "Failed", failure });
    const record = await stage.backend.getInstance("a");
    assert.deepEqual(record?.failure, failure);
    assert.equal(record?.customStatus, undefined);
    assert.equal(record?.output, undefined);
    assert.equal(record?.runtimeStatus, "Failed");
  }),

  law("takes a turn that records nothing", async (stage) => {
    await stage.createRunning("a");
    await stage.send("a");
    const { events } = await stage.turn("a", { events: [], runtimeStatus: "Suspended" });
    assert.deepEqual(events, []);
    assert.equal((await stage.backend.getHistory("a")).length, 2);
    assert.equal(await stage.status("a"), "Suspended");
    await stage.assertIdle("a", "its message was consumed");
  }),

  law("leaves no part of a turn that was given back", async (stage) => {
    await stage.create("a");
    const item = await stage.take("a");
    const before = await stage.backend.getInstance("a");
    await stage.backend.abandonOrchestration({ lock: item.lock, delayMs: 0 });
    assert.deepEqual(await stage.backend.getInstance("a"), before);
    assert.deepEqual(await stage.backend.getHistory("a"), []);
    await stage.assertNoActivity("no turn was committed");
  }),
];

const continueAsNew: readonly BackendCase[] = [
  law("begins the next execution with an empty history when a turn continues as new", async (stage) => {
    const { incarnation } = await stage.createRunning("a");
    await stage.send("a");
    const event = { ...startOf("a", "second").event, input: '"da capo"' };
    const next = startOf("a", "second", {
      event,
      carriedEvents: [{ type: "EventRaised", name: "Applause", messageId: "applause" }],
    });
    await stage.turn("a", { next });
    assert.deepEqual(await stage.backend.getHistory("a"), []);
    const item = await stage.take("a");
    assert.deepEqual(item.start, next);
    assert.equal(item.lastEventId, 0);
    assert.deepEqual(item.messages, []);
    assert.equal(item.instance.executionId, "second");
    assert.equal(item.instance.input, '"da capo"');
    assert.equal(item.instance.incarnation, incarnation);
  }),

  law("makes an instance that continued as new ready at once", async (stage) => {
    await stage.createRunning("a");
    await stage.send("a");
    await stage.turn("a", { next: startOf("a", "second") });
    await stage.turn("a", { next: startOf("a", "third") });
    assert.equal((await stage.take("a")).instance.executionId, "third");
  }),

  law("fires no timer of an execution that continued as new", async (stage) => {
    await stage.create("a");
    const first = await stage.take("a");
    await stage.complete(first, { timers: [timerOf(first, first.now + 1_000)] });
    await stage.send("a");
    await stage.turn("a", { next: startOf("a", "second") });
    await stage.turn("a");
    await stage.advance(2_000);
    await stage.assertIdle("a", "its timer belonged to the execution before");
  }),

  law("keeps a message that was not consumed across continue-as-new", async (stage) => {
    await stage.createRunning("a");
    const consumed = await stage.send("a");
    const kept = await stage.send("a");
    await stage.turn("a", { consumed: [consumed.messageId], next: startOf("a", "second") });
    assert.deepEqual((await stage.take("a")).messages, [kept]);
  }),

  law("replaces how an execution will begin as long as it has not begun", async (stage) => {
    const { start } = await stage.create("a");
    const sent = await stage.send("a", "Early");
    const item = await stage.take("a");
    const carried = { type: "EventRaised", name: "Early", messageId: sent.messageId } as const;
    const next = { ...start, carriedEvents: [carried] };
    await stage.complete(item, { events: [], next, runtimeStatus: "Pending" });
    const again = await stage.take("a");
    assert.deepEqual(again.start, next);
    assert.deepEqual(again.messages, [], `${sent.messageId} was consumed`);
    assert.equal(again.lastEventId, 0);
    assert.equal(again.instance.runtimeStatus, "Pending");
  }),
];

const endings: readonly BackendCase[] = [
  law("never hands out an instance again that has ended", async (stage) => {
    await stage.createRunning("a");
    const consumed = await stage.send("a");
    await stage.send("a", "TooLate");
    await stage.turn("a", { consumed: [consumed.messageId], runtimeStatus: "Completed", output: "42" });
    await stage.assertIdle("a", "it has ended");
    assert.equal((await stage.backend.getInstance("a"))?.output, "42");
  }),

  law("never hands out an instance again that ended before it began", async (stage) => {
    await stage.create("a");
    await stage.turn("a", { events: [], runtimeStatus: "Terminated" });
    await stage.assertIdle("a", "it has ended");
    assert.equal(await stage.status("a"), "Terminated");
  }),

  law("fires no timer of an instance that has ended", async (stage) => {
    await stage.create("a");
    const item = await stage.take("a");
    await stage.complete(item, { timers: [timerOf(item, item.now + 1_000)], runtimeStatus: "Completed" });
    await stage.advance(2_000);
    await stage.assertIdle("a", "it has ended");
    assert.equal((await stage.backend.backlog()).pending, 0);
  }),

  law("keeps the history of an instance that has ended", async (stage) => {
    await stage.create("a");
    const { events } = await stage.turn("a", { runtimeStatus: "Completed" });
    assert.deepEqual(await stage.backend.getHistory("a"), events);
  }),

  law("lets the activities of an ended instance run, and discards their answers", async (stage) => {
    await stage.create("a");
    const item = await stage.take("a");
    await stage.complete(item, { activities: [activityOf(item)], runtimeStatus: "Completed" });
    await stage.answer(await stage.takeActivity());
    await stage.assertIdle("a", "it has ended");
    assert.equal((await stage.backend.backlog()).pending, 0);
  }),
];

const replacement: readonly BackendCase[] = [
  law("replaces an instance in a named status with a new incarnation", async (stage) => {
    await stage.createEnded("a");
    const { incarnation, start } = await stage.create("a", { replaceStatuses: ["Completed"] });
    const item = await stage.take("a");
    assert.equal(item.instance.incarnation, incarnation);
    assert.equal(item.instance.runtimeStatus, "Pending");
    assert.deepEqual(item.start, start);
    assert.equal(item.lastEventId, 0);
    assert.deepEqual(await stage.backend.getHistory("a"), []);
  }),

  law("leaves an instance as it is when its status is not named", async (stage) => {
    await stage.createRunning("a");
    const before = await stage.backend.getInstance("a");
    const call = stage.create("a", { replaceStatuses: ["Completed", "Failed", "Terminated"] });
    await assertRefused(call, "INSTANCE_ALREADY_EXISTS");
    assert.deepEqual(await stage.backend.getInstance("a"), before);
    assert.equal((await stage.backend.getHistory("a")).length, 2);
  }),

  law("gives a new incarnation no message of the one that it replaced", async (stage) => {
    await stage.createRunning("a");
    await stage.send("a");
    await stage.create("a", { replaceStatuses: ["Running"] });
    assert.deepEqual((await stage.take("a")).messages, []);
  }),

  law("gives a new incarnation no timer and no activity of the one that it replaced", async (stage) => {
    await stage.create("a");
    const item = await stage.take("a");
    await stage.complete(item, { activities: [activityOf(item)], timers: [timerOf(item, item.now + 1_000, 2)] });
    await stage.create("a", { replaceStatuses: ["Running"] });
    await stage.assertNoActivity("it belonged to the incarnation before");
    await stage.turn("a");
    await stage.advance(2_000);
    await stage.assertIdle("a", "its timer belonged to the incarnation before");
  }),

  law("tells the parent of an instance that is replaced before its end that it was terminated", async (stage) => {
    await stage.createRunning("root");
    const { executionId } = (await stage.backend.getInstance("root")) ?? { executionId: "" };
    const parent = { instanceId: "root", executionId, name: "play", taskId: 7 };
    const event = { ...startOf("a", "first").event, parent };
    await stage.create("a", { start: startOf("a", "first", { event }) });
    await stage.create("a", { replaceStatuses: ["Pending"] });
    const { messages } = await stage.take("root");
    assert.deepEqual(
      messages.map(({ messageId, body }) => ({ messageId, type: body.type })),
      [{ messageId: `${executionId}:7`, type: "SubOrchestrationInstanceFailed" }],
    );
  }),

  law("tells the parent of an instance nothing more when it is replaced after its end", async (stage) => {
    await stage.createRunning("root");
    const parent = { instanceId: "root", executionId: "of root", name: "play", taskId: 7 };
    const event = { ...startOf("a", "first").event, parent };
    await stage.create("a", { start: startOf("a", "first", { event }) });
    await stage.turn("a", { runtimeStatus: "Completed" });
    await stage.create("a", { replaceStatuses: ["Completed"] });
    await stage.assertIdle("root", "it was told when the sub-orchestration ended");
  }),

  law("never replaces an entity", async (stage) => {
    const birth = { name: "counter", incarnation: "entity" };
    const body = { type: "EntityOperationSignaled", operation: "add" } as const;
    await stage.send("@counter@a", "", { birth, body });
    const call = stage.create("@counter@a", { replaceStatuses: ["Running", "Pending", "Completed"] });
    await assertRefused(call, "INSTANCE_ALREADY_EXISTS");
    assert.equal((await stage.backend.getInstance("@counter@a"))?.kind, "entity");
  }),

  law("keeps what a replaced instance had sent to others", async (stage) => {
    await stage.createRunning("b");
    const message = stage.event("b");
    await stage.createRunning("a", { messages: [message] });
    await stage.create("a", { replaceStatuses: ["Running"] });
    assert.deepEqual((await stage.take("b")).messages, [message]);
  }),
];

const purges: readonly BackendCase[] = [
  law("purges an ended instance with its history, and its id is free", async (stage) => {
    await stage.createEnded("a");
    assert.equal(await stage.purge("a"), true);
    assert.equal(await stage.backend.getInstance("a"), undefined);
    await assertRefused(stage.backend.getHistory("a"), "INSTANCE_NOT_FOUND");
    await stage.create("a");
    assert.equal((await stage.take("a")).lastEventId, 0);
  }),

  law("refuses to purge an instance that has not ended, and leaves it as it is", async (stage) => {
    for (const runtimeStatus of ["Running", "Suspended"] as const) {
      await stage.createRunning(runtimeStatus, { runtimeStatus });
      await assertRefused(stage.purge(runtimeStatus), "INSTANCE_NOT_TERMINAL");
      assert.equal((await stage.backend.getHistory(runtimeStatus)).length, 2);
    }
    await stage.create("Pending");
    await assertRefused(stage.purge("Pending"), "INSTANCE_NOT_TERMINAL");
    await stage.take("Pending");
  }),

  law("says so when there is nothing to purge", async (stage) => {
    assert.equal(await stage.purge("nobody"), false);
  }),

  law("purges a named life of an id only, and says so when another has it", async (stage) => {
    const { incarnation: first } = await stage.createEnded("a");
    const { incarnation: second } = await stage.create("a", { replaceStatuses: ["Completed"] });
    assert.equal(await stage.backend.purgeInstance({ ...stage.purging("a"), ifIncarnation: first }), false);
    const early = { ...stage.purging("a"), ifIncarnation: second };
    await assertRefused(stage.backend.purgeInstance(early), "INSTANCE_NOT_TERMINAL");
    await stage.turn("a", { runtimeStatus: "Failed" });
    assert.equal(await stage.backend.purgeInstance({ ...stage.purging("a"), ifIncarnation: second }), true);
    assert.equal(await stage.backend.getInstance("a"), undefined);
  }),

  law("purges what has ended only as it was seen, where a revision is named", async (stage) => {
    const { incarnation } = await stage.createEnded("a");
    const seen = await stage.backend.getInstance("a");
    assert.ok(seen !== undefined);
    const purge = (ifRevision: number): Promise<boolean> =>
      stage.backend.purgeInstance({ ...stage.purging("a"), ifIncarnation: incarnation, ifRevision });
    assert.equal(await purge(seen.revision - 1), false);
    assert.equal((await stage.backend.getInstance("a"))?.runtimeStatus, "Completed");
    assert.equal(await purge(seen.revision), true);
    assert.equal(await stage.backend.getInstance("a"), undefined);
  }),

  law("purges the activities of an instance, also one that is being run", async (stage) => {
    await stage.create("a");
    const item = await stage.take("a");
    await stage.complete(item, { activities: [activityOf(item, 1), activityOf(item, 2)], runtimeStatus: "Completed" });
    const [running] = await stage.fetchActivities(1);
    assert.ok(running !== undefined);
    await stage.purge("a");
    await stage.assertNoActivity("they went with their instance");
    await assertRefused(stage.answer(running), "LEASE_LOST");
    await assertRefused(stage.backend.renewActivity(running.lock, 1_000), "LEASE_LOST");
    await stage.backend.abandonActivity({ lock: running.lock, delayMs: 0 });
    assert.equal((await stage.backend.backlog()).pending, 0);
  }),

  law("keeps a purged instance's activity from answering the next incarnation", async (stage) => {
    await stage.create("a");
    const item = await stage.take("a");
    await stage.complete(item, { activities: [activityOf(item)], runtimeStatus: "Completed" });
    const running = await stage.takeActivity();
    await stage.purge("a");
    await stage.createRunning("a");
    await assertRefused(stage.answer(running), "LEASE_LOST");
    await stage.assertIdle("a", "it was sent nothing");
  }),

  law("keeps what a purged instance had sent to others", async (stage) => {
    await stage.createRunning("b");
    const message = stage.event("b");
    await stage.createRunning("a", { messages: [message], runtimeStatus: "Completed" });
    await stage.purge("a");
    assert.deepEqual((await stage.take("b")).messages, [message]);
  }),

  law("leaves other instances alone when it purges one, also those whose ids begin with its id", async (stage) => {
    await stage.create("a1");
    const item = await stage.take("a1");
    const timer = timerOf(item, item.now + 1_000, 2);
    await stage.complete(item, { activities: [activityOf(item)], timers: [timer] });
    const sent = await stage.send("a1");
    await stage.createEnded("a");
    await stage.purge("a");
    await stage.advance(1_000);
    assert.deepEqual(idsOf((await stage.take("a1")).messages), [sent.messageId, timer.messageId].sort());
    assert.deepEqual((await stage.takeActivity()).work, activityOf(item));
    assert.equal((await stage.backend.getHistory("a1")).length, 2);
  }),
];

export const atomicTurnCases: readonly BackendCase[] = [
  ...turns,
  ...continueAsNew,
  ...endings,
  ...replacement,
  ...purges,
];
