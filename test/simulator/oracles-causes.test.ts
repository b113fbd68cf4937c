/**
 * O8 on hubs in which something is on its way although nobody durable has sent it.
 */
import type { EntityData, EventBody, InstanceMessage, InstanceStart, TurnCommit } from "dacapo/backend";
import { MemoryStore } from "dacapo/memory";
import { describe, expect, it } from "vitest";
import { causesOracle } from "../../simulator/src/oracles/causes.ts";
import { CLOSED, OPENED, StoreScript } from "./store-script.ts";

/** What a new oracle says of all that happened so far. */
function say(script: StoreScript, ...ids: readonly string[]): string {
  return (causesOracle().observe?.(script, new Set(ids)) ?? []).map(({ message }) => message).join();
}

const position = { stream: "i-1", number: 1, sentAt: 1_000 };
const sentEvent: EventBody = { type: "EventSent", instanceId: "j", name: "Go", position };
const toJ: InstanceMessage = {
  messageId: "i-1:1>j",
  instanceId: "j",
  position,
  body: { type: "EventRaised", name: "Go" },
};
const created: EventBody = {
  type: "SubOrchestrationInstanceCreated",
  taskId: 1,
  name: "o",
  instanceId: "j",
  attempt: 1,
};
const startOfJ: InstanceStart = {
  ...{ instanceId: "j", incarnation: "j-1" },
  start: { event: { type: "ExecutionStarted", name: "o", instanceId: "j", executionId: "j-1" }, carriedEvents: [] },
};
const timer: InstanceMessage = {
  ...{ messageId: "i-1:1", instanceId: "i", executionId: "i-1", dueTime: 5_000 },
  body: { type: "TimerFired", taskId: 1, fireAt: 5_000 },
};

function started(...ids: readonly string[]): StoreScript {
  const script = new StoreScript();
  for (const id of ids) script.start(id);
  return script;
}

/** A first turn of which only these steps reach the store, before its worker dies. */
function brokenOff(details: Partial<TurnCommit>, ...steps: readonly string[]): StoreScript {
  const script = started("i");
  const { lock } = script.fetch();
  const commit: TurnCommit = {
    ...{ requestId: "r", lock, consumed: [], events: [], activities: [], timers: [], messages: [], starts: [] },
    ...{ cancelledTimers: [], status: { runtimeStatus: "Running", lastUpdatedAt: script.now }, ...details },
  };
  const plan = MemoryStore.prototype.planCompleteOrchestration.call(script.store, commit, script.now);
  for (const step of plan) if (steps.includes(step.name)) step.apply();
  return script;
}

describe("O8, what is on its way", () => {
  it("was sent by a client, by a turn, or by an activity that was answered", () => {
    const script = started("i", "j");
    script.send(script.event("e"));
    const i = script.fetch();
    script.commit(i, [OPENED, script.started("i"), sentEvent, CLOSED], { messages: [toJ], timers: [timer] });
    expect(say(script, "i", "j")).toBe("");
    const worker = started("i");
    worker.schedule();
    expect(say(worker, "i")).toBe("");
    worker.answer();
    expect(say(worker, "i")).toBe("");
  });

  it("is an instance that a turn starts, and of which its history tells", () => {
    const script = started("i");
    script.firstTurn([created], { starts: [startOfJ] });
    expect(say(script, "i", "j")).toBe("");
  });

  it("may be delivered twice, and outlive its sender", () => {
    const script = started("i", "j");
    script.firstTurn([sentEvent, { type: "ExecutionCompleted", runtimeStatus: "Completed" }], {
      ...{ messages: [toJ], runtimeStatus: "Completed" },
    });
    script.purge("i");
    script.store.redeliver("j", toJ);
    expect(say(script, "i", "j")).toBe("");
  });

  it.each([
    ["timers", { timers: [timer] }, 'a message (TimerFired) for "i" is there'],
    ["starts", { starts: [startOfJ] }, 'o "j" is there'],
  ])("is reported when of a turn nothing but its %s lasts", (step, details, what) => {
    expect(say(brokenOff(details, step), "i", "j")).toBe(`${what}, and no call that took effect has sent it`);
  });

  it("is reported when of a turn nothing but an activity lasts", () => {
    const call = { taskId: 1, name: "work", attempt: 1, idempotencyKey: "k" };
    const script = brokenOff({ activities: [{ instanceId: "i", executionId: "i-1", ...call }] }, "activities");
    expect(say(script, "i")).toBe('activity "work" of "i" is there, and no call that took effect has sent it');
  });

  it("is reported when the turn that sent it is gone from the history", () => {
    const script = started("i", "j");
    script.firstTurn([sentEvent], { messages: [toJ] });
    const read = script.store.instance.bind(script.store);
    script.store.instance = (id) => {
      const view = read(id);
      return view === undefined || id !== "i" ? view : { ...view, history: [] };
    };
    expect(say(script, "j")).toBe(
      'a message (EventRaised) for "j" is there, and the turn of "i" that sent it is not in its history',
    );
  });
});

describe("O8, a turn", () => {
  it("is reported when it sends or starts something of which it keeps no record", () => {
    const silent = started("i", "j");
    silent.firstTurn([], { messages: [toJ] });
    expect(say(silent, "i")).toBe('"i" sends a message (EventRaised) to "j" of which it keeps no record: i-1:1>j');
    const other = started("i", "j");
    other.firstTurn([{ ...sentEvent, position: { ...position, number: 2 } }], { messages: [toJ] });
    expect(say(other, "i")).toContain("of which it keeps no record");
    const starts = started("i");
    starts.firstTurn([], { starts: [startOfJ] });
    expect(say(starts, "i")).toContain('"i" starts "j", of which its history says nothing');
  });

  it("answers a parent only when it ends", () => {
    const answer: InstanceMessage = {
      ...{ messageId: "p-1:1", instanceId: "p", executionId: "p-1" },
      body: { type: "SubOrchestrationInstanceCompleted", taskId: 1 },
    };
    const ends = started("i");
    ends.firstTurn([{ type: "ExecutionCompleted", runtimeStatus: "Completed" }], { messages: [answer] });
    expect(say(ends, "i")).toBe("");
    const early = started("i");
    early.firstTurn([], { messages: [answer] });
    expect(say(early, "i")).toContain(
      'sends a message (SubOrchestrationInstanceCompleted) to "p" in a turn that does not end it',
    );
  });

  it("of an entity remembers how far it came in what it sent", () => {
    const signalled = (sent: EntityData["sent"]): string => {
      const script = new StoreScript();
      const body = { type: "EntityOperationSignaled", operation: "add" } as const;
      script.send({ messageId: "m", instanceId: "@c@a", birth: { name: "c", incarnation: "c-1" }, body });
      const message = { messageId: "c-1:1>@c@b", instanceId: "@c@b", birth: { name: "c", incarnation: "c-2" }, body };
      const entity = { waiting: [], held: [], received: [], sent, lastOperationAt: 1_000 };
      const place = { stream: "c-1", number: 1, sentAt: 1_000 };
      script.commit(script.fetch(), [], { entity, consumed: ["m"], messages: [{ ...message, position: place }] });
      return say(script, "@c@a", "@c@b");
    };
    expect(signalled([{ receiver: "@c@b", stream: "c-1", last: 1, sentAt: 1_000 }])).toBe("");
    expect(signalled([])).toContain('sends a message (EntityOperationSignaled) to "@c@b" of which it keeps no record');
  });
});
