/**
 * The story: notes of a run in, sentences for people out.
 */
import { describe, expect, it } from "vitest";
import type { FaultClass } from "../../simulator/src/faults/faults.ts";
import { FAULT_NAMES } from "../../simulator/src/faults/faults.ts";
import type { Note, NoteBody } from "../../simulator/src/report/notes.ts";
import { tellStory } from "../../simulator/src/report/story.ts";
import { duration, list, payload } from "../../simulator/src/report/story-words.ts";

function notes(...bodies: (NoteBody & { readonly now?: number })[]): readonly Note[] {
  return bodies.map(({ now = 0, ...body }, step) => ({ step, now, ...body }));
}

const started = {
  type: "client-call",
  client: "client 1",
  call: "createInstance",
  instanceId: "order-17",
  name: "approve",
  payload: '{"id":17}',
  outcome: "done",
} as const;
const run = {
  type: "activity-started",
  worker: "worker A",
  name: "charge",
  instanceId: "order-17",
  taskId: 1,
} as const;
const effect = {
  type: "effect",
  actor: "worker A",
  by: { name: "charge", instanceId: "order-17", taskId: 1 },
  ledger: "charges",
  entry: '{"order":17}',
  size: 1,
} as const;
const on = { instanceId: "order-17", taskId: 1 } as const;
const crash = { type: "fault", fault: "crash-after-effect", actor: "worker A", at: "charges", on } as const;
const broken = {
  type: "failure",
  failure: { kind: "property", mode: "always", property: "once", message: '"once" does not hold' },
} as const;

describe("a story", () => {
  it("tells a double charge as people would", () => {
    expect(
      tellStory(
        notes(
          started,
          run,
          effect,
          crash,
          { type: "crash", worker: "worker A", restartDelayMs: 1000 },
          { ...run, worker: "worker B", now: 30_000 },
          { ...effect, actor: "worker B", size: 2, now: 30_000 },
          { ...broken, now: 30_000 },
        ),
      ),
    ).toEqual([
      'client 1 starts approve "order-17" with {"id":17}',
      'worker A runs charge for "order-17"; ledger "charges" gets {"order":17}; worker A crashes before the result is recorded',
      '30 seconds later, worker B runs charge again for "order-17"; ledger "charges" gets {"order":17} once more and now holds it 2 times',
      'This breaks "once"',
    ]);
  });

  it("gives an effect to the activity that made it when activities overlap on one worker", () => {
    const other = { ...run, name: "book", instanceId: "order-18" } as const;
    expect(
      tellStory(
        notes(
          run,
          other,
          effect,
          { ...other, type: "activity-threw", error: "Error: no" },
          { ...effect, by: { ...effect.by, instanceId: "order-18", name: "book" }, size: 2 },
          { ...crash, fault: "lease-stolen", at: "completeActivity" },
          { ...crash, fault: "crash-before-effect", on: { instanceId: "order-18", taskId: 1 } },
        ),
      ),
    ).toEqual([
      'worker A runs charge for "order-17"',
      'worker A runs book for "order-18"',
      'worker A, in charge for "order-17": ledger "charges" gets {"order":17}',
      'book for "order-18" throws Error: no; ledger "charges" gets {"order":17} once more and now holds it 2 times',
      'worker A loses its lease on charge for "order-17" while it is still at work',
      'in book for "order-18", worker A crashes before ledger "charges" is reached',
    ]);
  });

  it("says of a client's call that stays without an answer what it is for", () => {
    const lost = { type: "fault", fault: "ambiguous-commit", actor: "client 1", at: "createInstance" } as const;
    expect(tellStory(notes({ ...lost, on: { instanceId: "order-17" }, applied: true }))).toEqual([
      "the store gives client 1 no answer about this start; all of it was kept",
    ]);
  });

  it("leaves out what changes nothing", () => {
    expect(
      tellStory(
        notes(
          { type: "operation", key: "worker A: fetchActivities" },
          { type: "worker-started", worker: "worker A", incarnation: 1 },
          { type: "client-started", client: "client 1" },
          { type: "time", from: 0, to: 10 },
          { type: "turn", worker: "worker A", instanceId: "i", name: "o", fed: [], decided: [], status: "Running" },
          { type: "client-ended", client: "client 1" },
        ),
      ),
    ).toEqual([]);
  });

  it("tells turns by what came and what was decided", () => {
    const turn = { type: "turn", worker: "worker A", instanceId: "i", name: "o", status: "Running" } as const;
    expect(
      tellStory(
        notes(
          {
            ...turn,
            fed: [{ type: "ExecutionStarted" }],
            decided: [
              { type: "TaskScheduled", name: "charge", taskId: 1 },
              { type: "TimerCreated", taskId: 2, delayMs: 259_200_000 },
            ],
          },
          {
            ...turn,
            fed: [
              { type: "TaskFailed", taskId: 1 },
              { type: "EventRaised", name: "Go" },
            ],
            decided: [],
          },
          {
            ...turn,
            now: 259_200_000,
            fed: [{ type: "TimerFired", taskId: 2 }],
            decided: [{ type: "ExecutionCompleted" }],
            status: "Completed",
            output: '"late"',
          },
        ),
      ),
    ).toEqual([
      'o "i" starts on worker A; it calls charge and sets a timer of 3 days',
      '"i" gets the failure of charge and the event "Go" on worker A; it waits',
      '3 days later, "i" gets its timer on worker A; it ends with "late"',
    ]);
  });

  it("gives instances without a name of their own the orchestrator's, and a number", () => {
    const generated = "deadbeef-0000-4000-8000-000000000002";
    const other = "deadbeef-0000-4000-8000-000000000005";
    const event = {
      type: "client-call",
      client: "client 1",
      call: "sendMessage EventRaised",
      outcome: "refused",
    } as const;
    const told = tellStory(
      notes(
        { ...started, instanceId: generated },
        { ...started, instanceId: other },
        { ...event, instanceId: generated, name: "Go" },
      ),
    );
    expect(told).toEqual([
      'client 1 starts approve #1 with {"id":17}',
      'client 1 starts approve #2 with {"id":17}',
      'client 1 raises the event "Go" for approve #1, and is refused',
    ]);
  });

  it.each(FAULT_NAMES)("has words for %s", (fault: FaultClass) => {
    const [line] = tellStory(
      notes({
        type: "fault",
        fault,
        actor: "worker A",
        at: "completeActivity",
        on: { instanceId: "i", taskId: 1, message: { type: "TimerFired", taskId: 1 } },
      }),
    );
    expect(line).toMatch(/\w+ \w+ \w+/);
    expect(line).not.toMatch(/undefined|fetch(Orch|Act)/);
  });

  it("has words for every way to fail", () => {
    const last = (failure: Extract<NoteBody, { type: "failure" }>["failure"]): string | undefined =>
      tellStory(notes({ type: "failure", failure })).at(-1);
    expect(last({ kind: "oracle", oracle: "O4", message: "it changed" })).toBe(
      "This breaks a promise of the engine (O4): it changed",
    );
    expect(last({ kind: "engine", message: "no gap" })).toBe("The engine reports a bug of its own: no gap");
    expect(last({ ...broken.failure, error: "TypeError: x" })).toBe('This breaks "once": TypeError: x');
    expect(last({ ...broken.failure, mode: "eventually" })).toBe('Nothing more can happen, and "once" does not hold');
  });
});

describe("the words", () => {
  it.each([
    [0, "no time"],
    [1, "1 millisecond"],
    [1_000, "1 second"],
    [29_000, "29 seconds"],
    [4_800_000, "1 hour 20 minutes"],
    [259_200_000, "3 days"],
    [90_061_001, "1 day 1 hour"],
  ])("of %i milliseconds are %j", (ms, words) => {
    expect(duration(ms)).toBe(words);
  });

  it("join lists as people do", () => {
    expect([list([]), list(["a"]), list(["a", "b"]), list(["a", "b", "c"])]).toEqual([
      "",
      "a",
      "a and b",
      "a, b and c",
    ]);
  });

  it("cut long payloads", () => {
    expect(payload("short")).toBe("short");
    expect(payload("x".repeat(500))).toHaveLength(81);
  });
});
