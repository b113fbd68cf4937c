/**
 * O9 on hubs in which something got lost on the way, or came from nowhere.
 */
import { orchestrator } from "dacapo";
import type { EventBody, InstanceMessage, TurnCommit } from "dacapo/backend";
import { MemoryStore } from "dacapo/memory";
import { replayHistory } from "dacapo/replay";
import { describe, expect, it } from "vitest";
import { conservationOracle } from "../../simulator/src/oracles/conservation.ts";
import type { FinalEvidence } from "../../simulator/src/oracles/oracle.ts";
import { CLOSED, OPENED, StoreScript } from "./store-script.ts";

const I = new Set(["i"]);

/** What the oracle says of all that happened so far. */
function say(script: StoreScript): string {
  return (conservationOracle().observe?.(script, I) ?? []).map(({ message }) => message).join();
}

function finally_(script: StoreScript, replays: FinalEvidence["replays"] = []): string {
  const { store, committed, now } = script;
  const evidence = {
    ...{ store, committed, now, isAtRest: true, stepsWithoutProgress: 0 },
    ...{ busyFunctions: [], runningActivities: [], replays },
  };
  return (conservationOracle().atEnd?.(evidence) ?? []).map(({ message }) => message).join();
}

function running(): StoreScript {
  const script = new StoreScript();
  script.start();
  script.firstTurn([]);
  return script;
}

const GO: EventBody = { type: "EventRaised", name: "Go", messageId: "e" };
const ENDED: EventBody = { type: "ExecutionCompleted", runtimeStatus: "Completed" };
const TIMER: EventBody = { type: "TimerCreated", taskId: 1, fireAt: 5_000 };
const FIRED: EventBody = { type: "TimerFired", taskId: 1, fireAt: 5_000, messageId: "i-1:1" };
const timer: InstanceMessage = {
  ...{ messageId: "i-1:1", instanceId: "i", executionId: "i-1", dueTime: 5_000 },
  body: { type: "TimerFired", taskId: 1, fireAt: 5_000 },
};

describe("O9, what was sent waits, is recorded, or was discarded for a good reason", () => {
  it("is silent on a message that waits, is handed out, comes twice, and is recorded once", () => {
    const script = running();
    const event = script.event("e");
    script.send(event);
    expect(say(script)).toBe("");
    script.store.redeliver("i", event);
    script.commit(script.fetch(), [OPENED, GO, CLOSED], { consumed: ["e"] });
    expect(say(script)).toBe("");
    script.commit(script.fetch(), [], { consumed: ["e"] });
    script.store.redeliver("i", event);
    script.commit(script.fetch(), [], { consumed: ["e"] });
    expect(say(script) + finally_(script)).toBe("");
  });

  it("wants an event recorded that comes in the turn in which the engine ends the instance, unless it was before", () => {
    const failure = { errorType: "VersionMismatchError", errorMessage: "no", code: "VERSION_MISMATCH" };
    const end: EventBody = { type: "ExecutionCompleted", runtimeStatus: "Failed", failure, isByEngine: true };
    const afterEnd = (fed: readonly EventBody[], isByEngine: boolean): string => {
      const script = running();
      script.send(script.event("e"));
      const { isByEngine: _, ...own } = end;
      script.commit(script.fetch(), [OPENED, ...fed, isByEngine ? end : own, CLOSED], { consumed: ["e"] });
      return say(script);
    };
    expect(afterEnd([GO], true)).toBe("");
    expect(afterEnd([], false)).toBe("");
    expect(afterEnd([], true)).toContain('the event "Go" was taken from its queue, but no history records it');
    const again = running();
    again.send(again.event("e"));
    again.commit(again.fetch(), [OPENED, GO, CLOSED], { consumed: ["e"] });
    again.store.redeliver("i", again.event("e"));
    again.commit(again.fetch(), [OPENED, end, CLOSED], { consumed: ["e"] });
    expect(say(again)).toBe("");
  });

  it("lets no instance begin before its time, unless it ends there", () => {
    const begun = (bodies: readonly EventBody[]): string => {
      const script = new StoreScript();
      const event = { type: "ExecutionStarted", name: "o", instanceId: "i", executionId: "i-1" } as const;
      const request = { requestId: "r", instanceId: "i", incarnation: "i-1", replaceStatuses: [] };
      script.store.createInstance(
        { ...request, start: { event, carriedEvents: [], startAt: script.now + 5 } },
        script.now,
      );
      script.send(script.event("e"));
      script.commit(script.fetch(), [OPENED, event, ...bodies, CLOSED], { consumed: ["e"] });
      return say(script);
    };
    expect(begun([GO])).toContain("it began 5 ms before its time");
    const terminated: EventBody = { type: "ExecutionTerminated", messageId: "e" };
    expect(begun([terminated, { type: "ExecutionCompleted", runtimeStatus: "Terminated" }])).not.toContain("its time");
  });

  it("is silent on an instance that ends, is purged and begins again while messages are on their way", () => {
    const script = running();
    for (const id of ["e", "f", "g"]) script.send(script.event(id));
    script.commit(script.fetch(), [OPENED, GO, ENDED, CLOSED], { consumed: ["e", "f"], runtimeStatus: "Completed" });
    script.store.redeliver("i", script.event("f"));
    script.commit(script.fetch(), [], { consumed: ["f"], runtimeStatus: "Completed" });
    script.purge("i");
    script.start("i", "i-2");
    expect(say(script) + finally_(script)).toBe("");
  });

  it("reports a message that was taken from the queue and recorded nowhere", () => {
    const script = running();
    script.send(script.event("e"));
    script.commit(script.fetch(), [OPENED, CLOSED], { consumed: ["e"] });
    expect(say(script)).toBe('instance "i": the event "Go" was taken from its queue, but no history records it');
  });

  it("reports one that was passed over, even in the turn that ends the instance", () => {
    const script = running();
    for (const id of ["d", "e"]) script.send(script.event(id));
    const details = { consumed: ["d", "e"], runtimeStatus: "Completed" } as const;
    script.commit(script.fetch(), [OPENED, GO, ENDED, CLOSED], details);
    expect(say(script)).toContain('the event "Go" was taken from its queue, but no history records it');
  });

  it("reports a message that vanished from the queue, and one that nobody sent", () => {
    const script = running();
    script.send(script.event("e"));
    const { lock } = script.fetch();
    const { now } = script;
    const commit: TurnCommit = {
      ...{ requestId: "r", lock, consumed: ["e"], events: [], activities: [], timers: [], messages: [], starts: [] },
      ...{ cancelledTimers: [], status: { runtimeStatus: "Running", lastUpdatedAt: now } },
    };
    MemoryStore.prototype.completeOrchestration.call(plain(script), commit, now);
    expect(say(script)).toBe('instance "i": the event "Go" is lost: no turn handled it, and it waits no more');
    const other = running();
    MemoryStore.prototype.sendMessage.call(other.store, other.event("e"), other.now);
    expect(say(other)).toBe('instance "i": the event "Go" waits in its queue, but nobody sent it');
  });

  it("reports a history that records what nobody sent, what was sent otherwise, or what stays in the queue", () => {
    const record = (event: EventBody, consumed: readonly string[]): string => {
      const script = running();
      script.send(script.event("e"));
      script.commit(script.fetch(), [OPENED, event, CLOSED], { consumed });
      return say(script);
    };
    expect(record({ ...GO, messageId: "x" }, ["e"])).toContain('records the event "Go", which nobody sent');
    expect(record({ ...GO, input: "1" }, ["e"])).toContain(
      'records the event "Go" with 1, but sent was the event "Go" with nothing',
    );
    expect(record(GO, [])).toContain('records the event "Go", and yet it stays in the queue');
  });

  it("reports an instance that began with something else than it was started with", () => {
    const script = new StoreScript();
    script.start();
    script.commit(script.fetch(), [OPENED, { ...script.started("i"), input: "7" } as EventBody, CLOSED]);
    expect(say(script)).toContain("it began with something else than it was started with");
  });
});

describe("O9, timers", () => {
  const set = (details: Partial<TurnCommit> = {}): StoreScript => {
    const script = new StoreScript();
    script.start();
    script.firstTurn([TIMER], { timers: [timer], ...details });
    return script;
  };

  it("are set as they were asked for, and fire, or are cancelled", () => {
    expect(say(set())).toBe("");
    expect(say(set({ timers: [], cancelledTimers: ["i-1:1"] }))).toBe("");
    const fires = set();
    fires.now = 6_000;
    fires.commit(fires.fetch(), [OPENED, FIRED, CLOSED], { consumed: ["i-1:1"] });
    fires.store.redeliver("i", timer);
    fires.commit(fires.fetch(), [], { consumed: ["i-1:1"] });
    expect(say(fires)).toBe("");
    const late = set();
    late.now = 6_000;
    const item = late.fetch();
    late.commit(item, [], { cancelledTimers: ["i-1:1"], consumed: ["i-1:1"] });
    expect(say(late)).toBe("");
  });

  it("are reported when they are not set, set otherwise, set unasked, or taken from the queue for nothing", () => {
    expect(say(set({ timers: [] }))).toContain("it asked for a timer (task 1), which was never set");
    expect(say(set({ timers: [{ ...timer, dueTime: 4_000 }] }))).toContain("was set to another time");
    const unasked = new StoreScript();
    unasked.start();
    unasked.firstTurn([], { timers: [timer] });
    expect(say(unasked)).toContain("a timer was set for it that it did not ask for");
    const dropped = set();
    dropped.now = 6_000;
    dropped.commit(dropped.fetch(), [OPENED, CLOSED], { consumed: ["i-1:1"] });
    expect(say(dropped)).toContain("timer 1 was taken from its queue, but no history records it");
  });

  it("are not what is cancelled when an event is taken back", () => {
    const script = running();
    script.send(script.event("e"));
    script.commit(script.fetch(), [OPENED, CLOSED], { cancelledTimers: ["e"] });
    expect(say(script)).toContain('the event "Go" was taken back as if it were a timer');
  });
});

describe("O9, activities", () => {
  it("wait until they are answered, and the answer waits until it is recorded", () => {
    const script = new StoreScript();
    script.start();
    script.schedule();
    expect(say(script)).toBe("");
    script.answer("2");
    expect(say(script)).toBe("");
    const done: EventBody = { type: "TaskCompleted", taskId: 1, result: "2", messageId: "i-1:1" };
    script.commit(script.fetch(), [OPENED, done, CLOSED], { consumed: ["i-1:1"] });
    expect(say(script) + finally_(script)).toBe("");
  });

  it("are reported when they are not queued, queued unasked, or gone without an answer", () => {
    const forgotten = new StoreScript();
    forgotten.start();
    forgotten.firstTurn([{ type: "TaskScheduled", taskId: 1, name: "work", attempt: 1, idempotencyKey: "k" }]);
    expect(say(forgotten)).toBe('instance "i": it asked for activity "work" (task 1), which was never queued');
    const extra = new StoreScript();
    extra.start();
    const call = { taskId: 4, name: "more", attempt: 1, idempotencyKey: "k" };
    extra.firstTurn([], { activities: [{ instanceId: "i", executionId: "i-1", ...call }] });
    expect(say(extra)).toContain('activity "more" (task 4) was queued, which it did not ask for');
    const vanished = new StoreScript();
    vanished.start();
    vanished.schedule();
    vanished.store.activity = () => undefined;
    expect(say(vanished)).toContain('its activity "work" (task 1) is lost: it waits no more, and has no result');
  });

  it("are reported when their answer is taken from the queue and not recorded, unless it comes too late", () => {
    const script = new StoreScript();
    script.start();
    script.schedule();
    script.answer("2");
    script.commit(script.fetch(), [OPENED, CLOSED], { consumed: ["i-1:1"] });
    expect(say(script)).toContain("the result of task 1 was taken from its queue, but no history records it");
    const late = new StoreScript();
    late.start();
    late.schedule();
    const event = { type: "ExecutionStarted", name: "o", instanceId: "i", executionId: "i-2" } as const;
    late.nextTurn([{ type: "ContinueAsNew", newExecutionId: "i-2" }], { next: { event, carriedEvents: [] } });
    late.commit(late.fetch(), [OPENED, event, CLOSED]);
    late.answer("2");
    late.commit(late.fetch(), [], { consumed: ["i-1:1"] });
    expect(say(late)).not.toContain("the result of task 1");
  });
});

describe("O9, continue-as-new", () => {
  const start = { type: "ExecutionStarted", name: "o", instanceId: "i", executionId: "i-2" } as const;
  const again = (preserveUnprocessedEvents: boolean) =>
    orchestrator("o", function* (ctx) {
      yield* ctx.waitForExternalEvent("Next");
      ctx.continueAsNew(undefined, { preserveUnprocessedEvents });
    });

  /** An execution that was sent Go and Next, and continues as new with these events. */
  const continued = (carriedEvents: readonly EventBody[]): StoreScript => {
    const script = running();
    script.send(script.event("e"));
    script.send(script.event("n", "Next"));
    const fed: readonly EventBody[] = [GO, { type: "EventRaised", name: "Next", messageId: "n" }];
    const end: EventBody = { type: "ContinueAsNew", newExecutionId: "i-2" };
    const next = { event: start, carriedEvents } as TurnCommit["next"] & object;
    script.commit(script.fetch(), [OPENED, ...fed, end, CLOSED], { consumed: ["e", "n"], next });
    return script;
  };
  const atEnd = async (script: StoreScript, isPreserving: boolean): Promise<string> => {
    const [execution] = script.committed.executions(script.store);
    if (execution === undefined) throw new Error("there is no execution");
    const replay = await replayHistory(again(isPreserving), execution.history);
    return finally_(script, [{ execution, replay }]);
  };

  it("passes on what the code had not taken, or nothing where the code says so", async () => {
    expect(await atEnd(continued([GO]), true)).toBe("");
    expect(await atEnd(continued([]), false)).toBe("");
    expect(say(continued([GO]))).toBe("");
  });

  it("is reported when it loses an event, or keeps one that the code did not want", async () => {
    expect(await atEnd(continued([]), true)).toContain(
      'its code left the event "Go" for the next execution, which got no event',
    );
    expect(await atEnd(continued([GO]), false)).toContain("and wanted none kept, which got the event");
  });

  it("is reported when it carries what nobody sent, or the next execution does not get it", () => {
    expect(say(continued([{ ...GO, messageId: "x" }]))).toContain("is carried over");
    expect(say(continued([{ ...GO, input: "1" }]))).toContain("with another content than it was sent with");
    const script = continued([GO]);
    script.commit(script.fetch(), [OPENED, start, CLOSED]);
    expect(say(script)).toContain('the event "Go" was to be carried over to its next execution, which did not get it');
  });
});

/** The script's store as one whose calls nobody watches: what a store with a bug does to itself. */
function plain({ store }: StoreScript): MemoryStore {
  store.planCompleteOrchestration = (commit, now) =>
    MemoryStore.prototype.planCompleteOrchestration.call(store, commit, now);
  return store;
}
