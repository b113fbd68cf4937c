/**
 * O7 on stores that let the wrong worker through, send the right one away, or do a thing twice.
 */
import type { Lock } from "dacapo/backend";
import { describe, expect, it } from "vitest";
import { singleWriterOracle } from "../../simulator/src/oracles/single-writer.ts";
import type { CallOutcome } from "../../simulator/src/world/port-calls.ts";
import { CLOSED, OPENED, StoreScript } from "./store-script.ts";

const NOBODY = new Set<string>();

function say(script: StoreScript): string {
  return (singleWriterOracle().observe?.(script, NOBODY) ?? []).map(({ message }) => message).join();
}

/** Makes a call that the store may refuse. */
function tryTo(deed: () => unknown): void {
  try {
    deed();
  } catch {
    // The oracle tells whether it should have been.
  }
}

const OPTIONS = { workerId: "v", maxItems: 1, leaseMs: 1_000 };

/** An instance that was fetched by the worker w, whose lock is this. */
function fetched(): { readonly script: StoreScript; readonly lock: Lock } {
  const script = new StoreScript();
  script.start();
  return { script, lock: script.fetch().lock };
}

/** A failed instance to which a message is delivered once more. */
function failedWithMessage(): StoreScript {
  const script = new StoreScript();
  script.start();
  script.firstTurn([], { runtimeStatus: "Failed" });
  script.store.redeliver("i", script.event("late"));
  return script;
}

/** Pretends that a lock was renewed with this outcome. */
function renewed(script: StoreScript, lock: Lock, outcome: Partial<CallOutcome> = {}): void {
  const { now } = script;
  script.committed.calls.push({ type: "renew", kind: "orchestration", lock, until: now + 1_000, now, ...outcome });
}

describe("O7, one worker at a time owns an instance", () => {
  it("is silent on owners one after the other, and on what the store refuses to the one who lost it", () => {
    const { script, lock } = fetched();
    script.store.renewOrchestration(lock, 5_000, script.now);
    script.now += 4_000;
    script.store.readHistory(lock, script.now);
    script.now += 2_000;
    const [taken] = script.store.fetchOrchestrations(OPTIONS, script.now);
    if (taken === undefined) throw new Error("the lease has not ended");
    tryTo(() => script.store.renewOrchestration(lock, 5_000, script.now));
    tryTo(() => script.store.readHistory(lock, script.now));
    tryTo(() => script.commit({ ...taken, lock }, [OPENED, script.started("i"), CLOSED]));
    script.store.abandonOrchestration({ lock, delayMs: 0 }, script.now);
    script.commit(taken, [OPENED, script.started("i"), CLOSED]);
    expect(say(script)).toBe("");
    expect(script.committed.calls.filter((call) => "refusedWith" in call)).toHaveLength(3);
  });

  it("is silent when a lock ends before its time, is given back, or goes with its instance", () => {
    const { script, lock } = fetched();
    script.store.expireLock("i");
    const again = script.fetch();
    script.store.abandonOrchestration({ lock: again.lock, delayMs: 0 }, script.now);
    tryTo(() => script.store.renewOrchestration(lock, 1_000, script.now));
    const last = script.fetch();
    script.commit(last, [OPENED, script.started("i"), CLOSED], { runtimeStatus: "Completed" });
    script.purge("i");
    script.start("i", "i-2");
    script.fetch();
    expect(say(script)).toBe("");
  });

  it("is silent when a failed instance that somebody holds for a late message is rewound, and goes on elsewhere", () => {
    const script = failedWithMessage();
    const held = script.fetch();
    script.store.rewindInstance({ requestId: "r", instanceId: "i" }, script.now);
    const taken = script.fetch();
    tryTo(() => script.commit(held, []));
    expect(taken.lock.token).toBeGreaterThan(held.lock.token);
    expect(say(script)).toBe("");
    renewed(script, held.lock);
    expect(say(script)).toContain("although it had lost it: it was handed to w later");
  });

  it("is silent on who holds a child that had ended well when its parent was rewound, and keeps it", () => {
    const script = new StoreScript();
    script.start();
    script.firstTurn([], { runtimeStatus: "Completed" });
    script.store.redeliver("i", script.event("late"));
    const held = script.fetch();
    script.start("p");
    const parent = { instanceId: "p", executionId: "p-2", taskId: 1, name: "o" };
    const rewind = {
      instanceId: "i",
      incarnation: "i-1",
      parent,
      order: { requestId: "r" },
      lost: script.event("lost"),
    };
    script.commit(script.fetch(), [OPENED, script.started("p"), CLOSED], { rewinds: [rewind] });
    script.commit(held, [], { runtimeStatus: "Completed", consumed: ["late"] });
    expect(say(script)).toBe("");
  });

  it("reports a second owner of a failed instance whose rewind was refused", () => {
    const script = failedWithMessage();
    const item = script.fetch();
    const { now } = script;
    const request = { requestId: "r", instanceId: "i" };
    script.committed.calls.push({
      type: "rewind",
      request,
      tookEffect: false,
      now,
      refusedWith: "INSTANCE_NOT_FAILED",
    });
    const again = { ...item, lock: { ...item.lock, token: item.lock.token + 1 } };
    script.committed.calls.push({ type: "fetch", kind: "orchestration", now, options: OPTIONS, item: again });
    expect(say(script)).toBe('instance "i" was handed to v while w still held it');
  });

  it("reports two owners at a time, and locks that do not count upwards", () => {
    const { script, lock } = fetched();
    const item = { ...script.fetchCopy(), lock: { ...lock, token: lock.token + 1 } };
    script.committed.calls.push({ type: "fetch", kind: "orchestration", now: script.now, options: OPTIONS, item });
    expect(say(script)).toBe('instance "i" was handed to v while w still held it');
    const later = fetched();
    const old = { ...later.script.fetchCopy(), lock: later.lock };
    const now = later.script.now + 5_000;
    later.script.committed.calls.push({ type: "fetch", kind: "orchestration", now, options: OPTIONS, item: old });
    expect(say(later.script)).toContain("which is not newer than lock");
  });

  it("reports what was allowed under a lock that was lost, and says how it was lost", () => {
    const expired = fetched();
    expired.script.now += 1_000;
    renewed(expired.script, expired.lock);
    expect(say(expired.script)).toBe(
      'a worker was allowed to go on holding instance "i", although it had lost it: its lease had ended',
    );
    const stolen = fetched();
    stolen.script.store.expireLock("i");
    stolen.script.store.fetchOrchestrations(OPTIONS, stolen.script.now);
    renewed(stolen.script, stolen.lock);
    expect(say(stolen.script)).toContain("it was handed to v later");
    const done = fetched();
    done.script.commit({ ...done.script.fetchCopy(), lock: done.lock }, [OPENED, done.script.started("i"), CLOSED]);
    renewed(done.script, done.lock);
    expect(say(done.script)).toContain("the turn was recorded");
    const nobody = fetched();
    renewed(nobody.script, { key: "x", token: 1 });
    expect(say(nobody.script)).toContain("nobody held it");
  });

  it("reports an owner who was sent away, and one who was sent away but changed something", () => {
    const { script, lock } = fetched();
    renewed(script, lock, { refusedWith: "LEASE_LOST" });
    expect(say(script)).toBe('w was refused to go on holding instance "i", although it held it');
    const other = fetched();
    other.script.store.expireLock("i");
    renewed(other.script, other.lock, { refusedWith: "LEASE_LOST", changedStore: true });
    expect(say(other.script)).toBe('a worker was refused to go on holding instance "i", and yet something was changed');
  });

  it("reports a lost lock that, given back, ends the next owner's", () => {
    const { script, lock } = fetched();
    const giveBack = (changedStore: boolean): void => {
      const { now } = script;
      script.committed.calls.push({ type: "abandon", kind: "orchestration", lock, now, changedStore });
    };
    script.store.expireLock("i");
    giveBack(false);
    expect(say(script)).toBe("");
    giveBack(true);
    expect(say(script)).toContain('a worker was allowed to give back instance "i", although it had lost it');
  });
});

describe("O7, the owner of an activity", () => {
  it("is one as well: its late result is refused, and no harm is done", () => {
    const script = new StoreScript();
    script.start();
    script.schedule();
    const late = script.fetchActivity("w");
    script.now += 2_000;
    const item = script.fetchActivity("v");
    tryTo(() => script.complete(late, { type: "TaskCompleted", taskId: 1 }));
    tryTo(() => script.store.renewActivity(late.lock, 1_000, script.now));
    script.complete(item, { type: "TaskCompleted", taskId: 1 });
    tryTo(() => script.complete(item, { type: "TaskCompleted", taskId: 1 }));
    expect(say(script)).toBe("");
    const { now, committed } = script;
    const message = { messageId: "i-1:1", instanceId: "i", body: { type: "TaskCompleted", taskId: 1 } } as const;
    const commit = { requestId: "other", lock: late.lock, message };
    committed.calls.push({ type: "answer", commit, work: item.work, now });
    expect(say(script)).toContain(
      'a worker was allowed to record a result of activity "work" of "i" (task 1), although it had lost it: it was handed to v',
    );
  });
});

describe("O7, the same request twice is one effect and one answer", () => {
  it("is silent when a repeat changes nothing and gets the same answer", () => {
    const script = new StoreScript();
    script.start();
    const item = script.fetch();
    const events = [OPENED, script.started("i"), CLOSED];
    script.commit(item, events, { requestId: "turn" });
    script.commit(item, events, { requestId: "turn" });
    const event = script.event("e");
    script.store.sendMessage(event, script.now);
    script.store.sendMessage(event, script.now);
    script.nextTurn([{ type: "ExecutionCompleted", runtimeStatus: "Completed" }], { runtimeStatus: "Completed" });
    script.store.sendMessage(event, script.now);
    const purge = { requestId: "p", instanceId: "i" };
    expect([1, 2].map(() => script.store.purgeInstance(purge, script.now))).toEqual([true, true]);
    expect(say(script)).toBe("");
  });

  it("reports a repeat that is refused, takes effect again, or is answered differently, unless it comes too late", () => {
    const tell = (outcome: Partial<CallOutcome>, answer = true): string => {
      const { script } = fetched();
      const request = { requestId: "p", instanceId: "i" };
      const { now, committed } = script;
      committed.calls.push({ type: "purge", request, answer: true, removed: "i-1", now });
      committed.calls.push({ type: "purge", request, answer, removed: undefined, now, firstDoneAt: now, ...outcome });
      return say(script);
    };
    expect(tell({})).toBe("");
    expect(tell({ refusedWith: "INSTANCE_NOT_TERMINAL" })).toBe(
      'a request to purge "i" was done; made again, it was refused (INSTANCE_NOT_TERMINAL)',
    );
    expect(tell({ changedStore: true })).toContain("made again, it took effect a second time");
    expect(tell({}, false)).toContain("made again, it was answered that nothing was removed");
    expect(tell({ refusedWith: "INSTANCE_NOT_TERMINAL", now: 1_000 + 31 * 60_000 })).toBe("");
    const { script, lock } = fetched();
    renewed(script, lock, { firstDoneAt: 1_000, changedStore: true });
    expect(say(script)).toContain("was done once, and took effect a second time");
  });

  it("reports a purge that is answered that it is done, and removed nothing", () => {
    const { script } = fetched();
    const request = { requestId: "p", instanceId: "i" };
    const { now, committed } = script;
    committed.calls.push({ type: "purge", request, answer: false, removed: undefined, now });
    expect(say(script)).toBe("");
    committed.calls.push({
      type: "purge",
      request: { ...request, requestId: "q" },
      answer: true,
      removed: undefined,
      now,
    });
    expect(say(script)).toBe('a request to purge "i" was answered that it is done, and removed nothing');
  });
});
