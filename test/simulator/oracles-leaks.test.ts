/**
 * O12 on hubs that came to rest with something left behind.
 */
import type { EventBody } from "dacapo/backend";
import { MemoryStore } from "dacapo/memory";
import { describe, expect, it } from "vitest";
import { leaksOracle } from "../../simulator/src/oracles/leaks.ts";
import type { FinalEvidence } from "../../simulator/src/oracles/oracle.ts";
import { CLOSED, OPENED, StoreScript } from "./store-script.ts";

function say(script: StoreScript, details: Partial<FinalEvidence> = {}): readonly string[] {
  const { store, committed, now } = script;
  const evidence: FinalEvidence = {
    ...{ store, committed, now, isAtRest: true, stepsWithoutProgress: 0 },
    ...{ busyFunctions: [], runningActivities: [], replays: [], ...details },
  };
  return (leaksOracle().atEnd?.(evidence) ?? []).map(({ message }) => message);
}

const ENDED: EventBody = { type: "ExecutionCompleted", runtimeStatus: "Completed" };

function over(): StoreScript {
  const script = new StoreScript();
  script.start();
  script.firstTurn([ENDED], { runtimeStatus: "Completed" });
  return script;
}

describe("O12, at rest nothing is left behind", () => {
  it("is silent on what has ended cleanly, on what waits for an instance that goes on, and before the rest", () => {
    expect(say(over())).toEqual([]);
    const script = new StoreScript();
    script.start();
    script.schedule();
    script.send(script.event("e"));
    expect(say(script)).toEqual([]);
    script.fetch();
    expect(say(script, { isAtRest: false })).toEqual([]);
    script.now += 5_000;
    expect(say(script)).toEqual([]);
  });

  it("reports a lock that is still held, and an activity that is still at work", () => {
    const script = new StoreScript();
    script.start();
    script.fetch();
    expect(say(script)).toContain('nothing more can happen, and w still holds instance "i"');
    expect(say(over(), { runningActivities: ['activity "work" on worker A'] })).toEqual([
      'nothing more can happen, and activity "work" on worker A is still at work, and nothing will ever wake it',
    ]);
  });

  it("reports an activity that waits for an instance that has ended, or is gone", () => {
    const script = new StoreScript();
    script.start();
    script.schedule();
    script.nextTurn([ENDED], { runtimeStatus: "Completed" });
    expect(say(script)[0]).toBe(
      'nothing more can happen, and activity "work" (task 1) of instance "i", which is Completed, still waits for a worker',
    );
  });

  it("reports a message that waits for an instance that has ended, and a timer of an execution that is over", () => {
    const script = over();
    script.store.redeliver("i", script.event("e"));
    expect(say(script)).toContain(
      'nothing more can happen, and a message still waits for instance "i", which is Completed',
    );
    const running = new StoreScript();
    running.start();
    running.firstTurn([]);
    const timer = { messageId: "t", instanceId: "i", executionId: "i-0", dueTime: 99_999 };
    running.store.sendMessage({ ...timer, body: { type: "TimerFired", taskId: 3, fireAt: 99_999 } }, running.now);
    expect(say(running)).toEqual([
      'nothing more can happen, and timer 3 still waits for instance "i", for an execution that is over',
    ]);
  });

  it("reports messages that are kept in mind longer than they can come again", () => {
    const tell = (ageMs: number): readonly string[] => {
      const script = new StoreScript();
      script.now = 10_000_000;
      script.start();
      const event = { type: "ExecutionStarted", name: "o", instanceId: "i", executionId: "i-2" } as const;
      const seenMessages = [{ messageId: "m", seenAt: script.now - ageMs }];
      const next = { event: { ...event, seenMessages }, carriedEvents: [] };
      script.firstTurn([{ type: "ContinueAsNew", newExecutionId: "i-2" }], { next });
      script.commit(script.fetch(), [OPENED, next.event, CLOSED]);
      return say(script);
    };
    expect(tell(30 * 60_000)).toEqual([]);
    expect(tell(31 * 60_000)).toEqual([
      'nothing more can happen, and instance "i" still keeps a message in mind, too old to come again',
    ]);
  });

  it("reports a hub that counts work as left to do when all instances have ended", () => {
    const script = over();
    const { store } = script;
    store.backlog = () => ({ ...MemoryStore.prototype.backlog.call(store, script.now), pending: 2 });
    expect(say(script)).toEqual([
      "nothing more can happen, and all instances have ended, and 2 things still count as to be done",
    ]);
  });
});
