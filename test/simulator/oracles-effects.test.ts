/**
 * O2 on ledgers that were tampered with: results that nobody gave, keys that two calls share, runs that nobody asked
 * for.
 */
import type { EventBody } from "dacapo/backend";
import { describe, expect, it } from "vitest";
import { effectsOracle } from "../../simulator/src/oracles/effects.ts";
import { StoreScript } from "./store-script.ts";

const RETURNED = { kind: "returned", result: "2" } as const;
const THREW = { kind: "threw", errorType: "Error", errorMessage: "no" } as const;
const NOBODY = new Set<string>();

/** What the oracle says of all that went through the ports so far. */
function say(script: StoreScript): string {
  return (effectsOracle().observe?.(script, NOBODY) ?? []).map(({ oracle, message }) => `${oracle} ${message}`).join();
}

function asked(): StoreScript {
  const script = new StoreScript();
  script.start();
  script.schedule();
  return script;
}

/** The activity is fetched, runs like this, and this is reported. */
function report(end: Parameters<StoreScript["run"]>[1], body: EventBody, details = {}): string {
  const script = asked();
  const item = script.fetchActivity();
  script.run(item.work, end);
  script.complete(item, body as never, details);
  return say(script);
}

describe("O2, a recorded result is one that a run of that very activity gave", () => {
  it("is silent on a result, a failure, a second run after a lost lease, and the engine's own failures", () => {
    expect(report(RETURNED, { type: "TaskCompleted", taskId: 1, result: "2" } as EventBody)).toBe("");
    const failure = { errorType: "Error", errorMessage: "no" };
    expect(report(THREW, { type: "TaskFailed", taskId: 1, failure } as EventBody)).toBe("");
    const unnamed = { kind: "threw" } as const;
    expect(report(unnamed, { type: "TaskFailed", taskId: 1, failure } as EventBody)).toBe("");
    const poison = { errorType: "PoisonMessageError", errorMessage: "x", code: "POISON_MESSAGE" };
    expect(report(undefined, { type: "TaskFailed", taskId: 1, failure: poison } as EventBody)).toBe("");
    const script = asked();
    script.run(script.fetchActivity("w").work, undefined);
    script.now += 2_000;
    const item = script.fetchActivity("v");
    script.run(item.work, RETURNED, { worker: "v" });
    script.complete(item, { type: "TaskCompleted", taskId: 1, result: "2" });
    script.nextTurn([{ type: "TaskCompleted", taskId: 1, result: "2", messageId: "i-1:1" }]);
    expect(say(script)).toBe("");
  });

  it("reports a result and a failure that no run gave", () => {
    expect(report(RETURNED, { type: "TaskCompleted", taskId: 1, result: "3" } as EventBody)).toBe(
      'O2 a worker reports 3 as the result of activity "work" of "i" (task 1), but it returned 2 on w',
    );
    expect(report(undefined, { type: "TaskCompleted", taskId: 1, result: "3" } as EventBody)).toContain(
      "but it has not ended on w",
    );
    const failure = { errorType: "Error", errorMessage: "yes" };
    expect(report(THREW, { type: "TaskFailed", taskId: 1, failure } as EventBody)).toContain(
      'that activity "work" of "i" (task 1) failed with Error: yes, but it threw Error: no on w',
    );
  });

  it("reports a result of an activity that never ran, and one that answers another call", () => {
    const script = asked();
    script.complete(script.fetchActivity(), { type: "TaskCompleted", taskId: 1, result: "2" });
    expect(say(script)).toContain("but it never ran");
    expect(report(RETURNED, { type: "TaskCompleted", taskId: 2, result: "2" } as EventBody)).toContain(
      'the result of activity "work" of "i" (task 1) was sent as the answer to another call (task 2)',
    );
    const other = { executionId: "i-0" };
    expect(report(RETURNED, { type: "TaskCompleted", taskId: 1, result: "2" } as EventBody, other)).toContain(
      "as the answer to another call",
    );
  });

  it("reports a history that records another result than the worker gave", () => {
    const script = asked();
    script.answer("2");
    script.nextTurn([{ type: "TaskCompleted", taskId: 1, result: "9", messageId: "i-1:1" }]);
    expect(say(script)).toContain('the history records 9 as the result of activity "work" of "i" (task 1)');
  });

  it("reports a run that no committed turn asked for", () => {
    const script = new StoreScript();
    const work = { instanceId: "i", executionId: "i-1", taskId: 1, name: "work", attempt: 1, idempotencyKey: "k" };
    script.run(work, undefined);
    expect(say(script)).toBe('O2 activity "work" of "i" (task 1) runs on w, but no committed turn asked for it');
  });

  it("reports a run that was not handed out, and an activity handed out after its result was recorded", () => {
    const script = asked();
    const { work } = script.fetchActivity("w");
    script.run(work, RETURNED, { worker: "v" });
    expect(say(script)).toContain("began on v more often than it was handed to that worker");
    const again = asked();
    const item = again.fetchActivity();
    again.run(item.work, RETURNED);
    again.complete(item, { type: "TaskCompleted", taskId: 1, result: "2" });
    const options = { workerId: "v", maxItems: 1, leaseMs: 1 };
    again.committed.calls.push({ type: "fetch", kind: "activity", now: again.now, options, item });
    expect(say(again)).toContain("was handed to v after its result had been recorded");
  });

  it.each([
    ["name", { name: "other" }, 'but the workflow asked for activity "work"'],
    ["input", { input: "7" }, "with the input 7, but the workflow gave it 1"],
    ["key", { idempotencyKey: "k" }, "under the idempotency key k, but it is attempt 1 of the call i-1:1"],
    ["attempt", { attempt: 2 }, "as attempt 2"],
  ])("reports a run with another %s than the workflow asked for", (_what, details, said) => {
    const script = asked();
    script.run(script.fetchActivity().work, RETURNED, details);
    expect(say(script)).toContain(said);
  });
});

describe("O2, a logical call has one key, one name, one input and one success", () => {
  const first: EventBody = {
    ...{ type: "TaskScheduled", taskId: 1, name: "work", input: "1", attempt: 1, idempotencyKey: "a" },
  };
  const failed = (isNonRetriable = false): EventBody => ({
    ...{ type: "TaskFailed", taskId: 1, messageId: "m" },
    failure: { errorType: "Error", errorMessage: "no", code: "POISON_MESSAGE", isNonRetriable },
  });
  const retry = (details: object = {}): EventBody => ({ ...first, taskId: 2, attempt: 2, ...details });

  const tell = (...turns: readonly (readonly EventBody[])[]): string => {
    const script = new StoreScript();
    script.start();
    script.firstTurn(turns[0] ?? []);
    for (const turn of turns.slice(1)) script.nextTurn(turn);
    return say(script);
  };

  it("is silent on a retry under the same key, and on calls with keys of their own", () => {
    expect(tell([first], [failed(), retry()])).toBe("");
    expect(tell([first, { ...first, taskId: 2, idempotencyKey: "b" }])).toBe("");
  });

  it.each<[string, string, readonly (readonly EventBody[])[]]>([
    [
      "two calls that share a key",
      'has the idempotency key of another call, of activity "work": a',
      [[first, { ...first, taskId: 2, name: "other" }]],
    ],
    [
      "a retry under a new key",
      "but its idempotency key is new: b",
      [[first], [failed(), retry({ idempotencyKey: "b" })]],
    ],
    ["a retry with another input", "but with input 5", [[first], [failed(), retry({ input: "5" })]]],
    ["a retry of what is not answered", "although its call is not answered yet", [[first], [retry()]]],
    ["a retry of what failed for good", "although its call failed for good", [[first], [failed(true), retry()]]],
    [
      "a count of attempts that jumps",
      "is attempt 3, and the one before was 1",
      [[first], [failed(), retry({ attempt: 3 })]],
    ],
  ])("reports %s", (_what, said, turns) => {
    expect(tell(...turns)).toContain(said);
  });

  it("reports a call that is answered after its success", () => {
    const script = asked();
    script.answer("2");
    const done: EventBody = { type: "TaskCompleted", taskId: 1, result: "2", messageId: "i-1:1" };
    script.nextTurn([done]);
    expect(say(script)).toBe("");
    script.nextTurn([{ ...done, messageId: "again" }]);
    expect(say(script)).toContain('the call of activity "work" by "i" was recorded as done, and is answered once more');
  });
});
