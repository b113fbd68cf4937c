/**
 * Laws of an entity's turn: what it makes of messages, whatever order and number they come in.
 */
import { describe, expect, it } from "vitest";
import type { EntityData } from "../../src/core/entity-data.ts";
import { entityMessage } from "../../src/core/effects.ts";
import type { EntityTurnInput, EntityTurnResult, OperationCall, OperationOutcome } from "../../src/core/entity-turn.ts";
import { runEntityTurn } from "../../src/core/entity-turn.ts";
import type { Caller, EntityMessageBody, InstanceMessage } from "../../src/core/messages.ts";

const HOUR = 3_600_000;
const HORIZON = HOUR / 2;
const ME = "@list@a";

/** An entity whose state is the list of operations that ran; `fail` fails, `later` is asynchronous. */
function run({ operation, state }: OperationCall): OperationOutcome | Promise<OperationOutcome> {
  if (operation === "fail") return { kind: "failed", failure: { errorType: "Error", errorMessage: "no" } };
  const ran = [...(JSON.parse(state ?? "[]") as string[]), operation];
  const outcome = { kind: "completed", state: JSON.stringify(ran), result: String(ran.length), ...NOTHING } as const;
  return operation === "later" ? Promise.resolve(outcome) : outcome;
}

const NOTHING = { signals: [], starts: [] } as const;

/** An entity over several turns. */
class Life {
  data: EntityData | undefined = undefined;
  now = 1000 * HOUR;
  lastTurnAt = 0;
  /** Messages that were left in the queue. */
  left: readonly InstanceMessage[] = [];

  turn(messages: readonly InstanceMessage[], options: Partial<EntityTurnInput> = {}): EntityTurnResult {
    const input: EntityTurnInput = {
      entityId: ME,
      incarnation: "life",
      data: this.data,
      messages,
      now: this.now,
      lastTurnAt: this.lastTurnAt,
      redeliveryHorizonMs: HORIZON,
      operationsMax: 1000,
      ...options,
    };
    const result = runEntityTurn(input, run);
    if (result instanceof Promise) throw new Error("an operation was asynchronous");
    // What is durable is plain JSON.
    this.data = JSON.parse(JSON.stringify(result.data)) as EntityData;
    expect(this.data).toEqual(result.data);
    this.lastTurnAt = result.time;
    const consumed = new Set(result.consumed);
    this.left = messages.filter(({ messageId }) => !consumed.has(messageId));
    return result;
  }

  get ran(): readonly string[] {
    return JSON.parse(this.data?.state ?? "[]") as string[];
  }
}

function message(
  body: EntityMessageBody,
  number: number,
  { stream = "s", sentAt = 1000 * HOUR, isUnordered = false } = {},
): InstanceMessage {
  return entityMessage(ME, { stream, number, sentAt, ...(isUnordered ? { isUnordered } : {}) }, body);
}

function signal(operation: string, number: number, position = {}): InstanceMessage {
  return message({ type: "EntityOperationSignaled", operation }, number, position);
}

const caller: Caller = { instanceId: "caller", executionId: "run", taskId: 7 };

function call(operation: string, number: number, criticalSectionId?: string): InstanceMessage {
  const section = criticalSectionId === undefined ? {} : { criticalSectionId };
  return message({ type: "EntityOperationCalled", operation, caller, ...section }, number, { stream: "caller" });
}

function lockRequest(criticalSectionId: string, number: number, lockSet = [ME], stream = "locks"): InstanceMessage {
  return message({ type: "EntityLockRequested", criticalSectionId, lockSet, caller }, number, { stream });
}

function unlock(criticalSectionId: string, number: number, lockSet?: string[], stream = "locks"): InstanceMessage {
  const set = lockSet === undefined ? {} : { lockSet };
  return message({ type: "EntityUnlockSent", criticalSectionId, ...set }, number, { stream });
}

describe("streams", () => {
  it("are taken in order, whatever order they come in, over turns and within one", () => {
    const life = new Life();
    life.turn([signal("c", 3), signal("b", 2)]);
    expect(life.ran).toEqual([]);
    expect(life.data?.held).toHaveLength(2);
    life.turn([signal("e", 5), signal("a", 1), signal("d", 4)]);
    expect(life.ran).toEqual(["a", "b", "c", "d", "e"]);
    expect(life.data?.held).toEqual([]);
  });

  it("are taken once, also what is held", () => {
    const life = new Life();
    const first = life.turn([signal("b", 2), { ...signal("b", 2), messageId: "copy" }]);
    expect(first.dropped).toEqual([{ messageId: "copy", type: "EntityOperationSignaled", reason: "duplicate" }]);
    life.turn([signal("a", 1), signal("a", 1)]);
    life.turn([signal("b", 2), signal("a", 1)]);
    expect(life.ran).toEqual(["a", "b"]);
  });

  it("without an order are taken as they come, once", () => {
    const life = new Life();
    const unordered = (operation: string, number: number): InstanceMessage =>
      signal(operation, number, { isUnordered: true });
    life.turn([unordered("c", 3), unordered("a", 1), unordered("c", 3)]);
    life.turn([unordered("a", 1), unordered("b", 2), unordered("c", 3)]);
    expect(life.ran).toEqual(["c", "a", "b"]);
    expect(life.data?.received).toEqual([{ stream: "s", next: 4, sentAt: life.now }]);
  });

  it("do not wait for each other", () => {
    const life = new Life();
    life.turn([signal("held", 2, { stream: "x" }), signal("a", 1, { stream: "y" })]);
    expect(life.ran).toEqual(["a"]);
  });

  it("are forgotten two horizons after the last message, and not before", () => {
    const life = new Life();
    life.turn([signal("a", 1)]);
    life.now += HOUR;
    life.turn([signal("a", 1), signal("x", 1, { stream: "t" })]);
    expect(life.ran).toEqual(["a", "x"]);
    life.now += 1;
    life.turn([]);
    expect(life.data?.received.map(({ stream }) => stream)).toEqual(["t"]);
  });

  it("are remembered from when a message was taken: one that waited long is applied once", () => {
    const life = new Life();
    life.now += 5 * HOUR;
    life.turn([signal("a", 1)]);
    life.turn([signal("a", 1)]);
    expect(life.ran).toEqual(["a"]);
  });

  it("that are not known are taken in order, without what may be forgotten, once they are old", () => {
    const life = new Life();
    life.turn([signal("g", 7)]);
    expect(life.ran).toEqual([]);
    life.now += 2 * HOUR;
    life.turn([signal("f", 6)]);
    expect(life.ran).toEqual(["f", "g"]);
    // What follows waits for nobody; what precedes is not lost, and comes once.
    life.turn([signal("h", 8, { sentAt: life.now }), signal("c", 3)]);
    life.turn([signal("c", 3), signal("f", 6)]);
    expect(life.ran.filter((operation) => operation !== "c")).toEqual(["f", "g", "h"]);
    life.turn([signal("a", 1), signal("b", 2), signal("d", 4), signal("e", 5)]);
    expect([...life.ran].sort()).toEqual(["a", "b", "c", "d", "e", "f", "g", "h"]);
    expect(life.data?.received).toEqual([{ stream: "s", next: 9, sentAt: life.now }]);
  });

  it("count what an entity does not understand", () => {
    const life = new Life();
    const strange = { ...signal("a", 1), body: { type: "EventRaised", name: "x" } } as const;
    const { dropped } = life.turn([signal("b", 2), strange]);
    expect(dropped).toMatchObject([{ type: "EventRaised", reason: "not-understood" }]);
    expect(life.ran).toEqual(["b"]);
  });
});

describe("calls", () => {
  it("are answered with the result, or the failure", () => {
    const { messages } = new Life().turn([call("a", 1), call("fail", 2)]);
    const answer = { messageId: "run:7", instanceId: "caller", executionId: "run" };
    const failure = { errorType: "Error", errorMessage: "no" };
    expect(messages).toEqual([
      { ...answer, body: { type: "EntityOperationCompleted", taskId: 7, result: "1" } },
      { ...answer, body: { type: "EntityOperationFailed", taskId: 7, failure } },
    ]);
  });

  it("may be asynchronous; the next one waits", async () => {
    const input = {
      ...{ entityId: ME, incarnation: "life", data: undefined, now: 1, lastTurnAt: 5, redeliveryHorizonMs: 1 },
      ...{ messages: [signal("later", 1), signal("b", 2)], operationsMax: 1000 },
    };
    const { data, time, applied } = await runEntityTurn(input, run);
    expect(data.state).toBe('["later","b"]');
    expect(time).toBe(5);
    expect(applied.map(({ operation, outcome }) => `${operation ?? ""} ${outcome}`)).toEqual([
      "later completed",
      "b completed",
    ]);
  });
});

describe("locks", () => {
  it("are granted to one section after the other; what is no part of it waits, in order", () => {
    const life = new Life();
    const first = life.turn([lockRequest("A", 1), signal("x", 1), lockRequest("B", 1, [ME], "others"), signal("y", 2)]);
    expect(first.messages).toMatchObject([{ body: { type: "EntityLockGranted", criticalSectionId: "A" } }]);
    life.turn([call("inside", 1, "A"), call("stranger", 2)]);
    expect(life.ran).toEqual(["inside"]);
    expect(life.data?.waiting).toHaveLength(4);
    const released = life.turn([unlock("A", 2)]);
    expect(life.ran).toEqual(["inside", "x"]);
    expect(released.messages).toMatchObject([{ body: { type: "EntityLockGranted", criticalSectionId: "B" } }]);
    life.turn([unlock("B", 2, undefined, "others")]);
    expect(life.ran).toEqual(["inside", "x", "y", "stranger"]);
    expect(life.data).toMatchObject({ waiting: [], held: [] });
    expect(life.data?.lock).toBeUndefined();
  });

  it("are passed on to the next of the set, in one stream with their release", () => {
    const life = new Life();
    const set = [ME, "@list@b"];
    const { messages: asked } = life.turn([lockRequest("A", 1, set)]);
    expect(asked).toMatchObject([
      { instanceId: "@list@b", position: { number: 1 }, body: { type: "EntityLockRequested", lockSet: set } },
    ]);
    const { messages: told } = life.turn([unlock("A", 2, set)]);
    expect(told).toMatchObject([
      { instanceId: "@list@b", position: { number: 2 }, body: { type: "EntityUnlockSent", lockSet: set } },
    ]);
    expect(told[0]?.position?.stream).toBe(asked[0]?.position?.stream);
  });

  it("tell nobody of a release when they were all granted", () => {
    const life = new Life();
    life.turn([lockRequest("A", 1, [ME, "@list@b"])]);
    expect(life.turn([unlock("A", 2)]).messages).toEqual([]);
  });

  it("forget a request that waits, and stop there", () => {
    const life = new Life();
    const set = [ME, "@list@b"];
    life.turn([lockRequest("A", 1), lockRequest("B", 1, set, "others")]);
    const { messages, applied } = life.turn([unlock("B", 2, set, "others")]);
    expect(messages).toEqual([]);
    expect(applied).toMatchObject([{ outcome: "forgotten" }]);
    life.turn([unlock("A", 2)]);
    expect(life.data?.lock).toBeUndefined();
  });

  it("ignore the end of a section that they do not know", () => {
    const life = new Life();
    life.turn([lockRequest("A", 1)]);
    expect(life.turn([unlock("C", 1, undefined, "c")]).applied).toMatchObject([{ outcome: "ignored" }]);
    expect(life.data?.lock?.criticalSectionId).toBe("A");
  });
});

describe("a turn with a limit", () => {
  it("runs no more operations, and leaves the rest in the queue", () => {
    const life = new Life();
    life.turn([signal("a", 1), signal("b", 2), signal("c", 3)], { operationsMax: 2 });
    expect(life.ran).toEqual(["a", "b"]);
    life.turn(life.left, { operationsMax: 2 });
    expect(life.ran).toEqual(["a", "b", "c"]);
    expect(life.left).toEqual([]);
  });

  it("comes again for what waited and is free to go on", () => {
    const life = new Life();
    life.turn([lockRequest("A", 1), signal("a", 1), signal("b", 2), signal("c", 3)]);
    let queue: readonly InstanceMessage[] = [unlock("A", 2)];
    for (let turns = 0; turns < 4; turns++) {
      life.turn(queue, { operationsMax: 1 });
      queue = life.left;
    }
    expect(life.ran).toEqual(["a", "b", "c"]);
    expect(life.data?.waiting).toEqual([]);
    expect(queue).toEqual([]);
  });

  it("comes again for what was held and is free to go on, whatever else waits in the queue", () => {
    const life = new Life();
    life.turn([signal("b", 2), signal("c", 3)]);
    let queue: readonly InstanceMessage[] = [signal("a", 1), signal("other", 1, { stream: "t" })];
    for (let turns = 0; turns < 6 && queue.length > 0; turns++) {
      life.turn(queue, { operationsMax: 1 });
      queue = life.left;
    }
    expect(life.ran.filter((operation) => operation !== "other")).toEqual(["a", "b", "c"]);
    expect(life.ran).toContain("other");
    expect(queue).toEqual([]);
  });
});
