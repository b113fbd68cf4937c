/**
 * Laws of critical sections as an orchestration sees them: what is asked for, what is given back, and what is refused
 * meanwhile.
 */
import { describe, expect, it } from "vitest";
import type { LockHandle, OrchestrationContext, OrchestratorDefinition } from "dacapo";
import { EntityInstanceId, LockingRulesViolationError, orchestrator } from "dacapo";
import { answered, counter, granted, raised, refused, sentBy, Turns, unlock } from "./turns.ts";

const a = new EntityInstanceId("counter", "a");
const b = new EntityInstanceId("counter", "b");
const c = new EntityInstanceId("counter", "c");
const [A, B] = [a.toString(), b.toString()];

describe("a request for locks", () => {
  it.each<[string, (ctx: OrchestrationContext) => unknown]>([
    ["ids", (ctx) => ctx.entities.lockEntities(b, a)],
    ["ids, some twice", (ctx) => ctx.entities.lockEntities(b, a, b, new EntityInstanceId("COUNTER", "a"))],
    ["a list", (ctx) => ctx.entities.lockEntities([b, a])],
    ["definitions and keys", (ctx) => ctx.entities.lockEntities([counter, "b"], [counter, "a"])],
    ["a list of all kinds", (ctx) => ctx.entities.lockEntities([[counter, "b"], a])],
  ])("of %s goes to the first entity of the sorted set, which has none twice", async (_what, lock) => {
    const turns = new Turns(
      orchestrator("play", function* (ctx) {
        lock(ctx);
        yield* ctx.waitForExternalEvent("end");
      }),
    );
    expect(sentBy(await turns.run(0))).toEqual([
      [
        A,
        1,
        {
          type: "EntityLockRequested",
          criticalSectionId: "e:1",
          lockSet: [A, B],
          caller: { instanceId: "one", executionId: "e", taskId: 1 },
        },
      ],
    ]);
    await turns.replays();
  });

  it("sorts by UTF-16 code units, not by words or code points", async () => {
    const keys = ["ä", "a", "B", "\u{1F600}", "\uFF5E", "10", "9"];
    const turns = new Turns(
      orchestrator("play", function* (ctx) {
        yield* ctx.entities.lockEntities(keys.map((key) => new EntityInstanceId("x", key)));
      }),
    );
    const [request] = (await turns.run(0)).messages;
    expect(request?.body).toMatchObject({
      lockSet: ["@x@10", "@x@9", "@x@B", "@x@a", "@x@ä", "@x@\u{1F600}", "@x@\uFF5E"],
    });
  });

  it("gives a handle once all locks are granted", async () => {
    let lock: LockHandle | undefined;
    const seen: unknown[] = [];
    const turns = new Turns(
      orchestrator("play", function* (ctx) {
        const task = ctx.entities.lockEntities(b, a);
        seen.push(ctx.entities.isInCriticalSection());
        lock = yield* task;
        seen.push(ctx.entities.isInCriticalSection());
        yield* ctx.waitForExternalEvent("end");
        lock.release();
        seen.push(ctx.entities.isInCriticalSection());
        yield* ctx.waitForExternalEvent("end");
      }),
    );
    await turns.run(0);
    expect(lock).toBeUndefined();
    await turns.run(0, granted(1));
    expect(lock?.ownedLocks.map(String)).toEqual([A, B]);
    expect(lock?.isReleased).toBe(false);
    expect(sentBy(await turns.run(0, raised("end")))).toEqual([unlock(A, 2), unlock(B, 1)]);
    expect(lock?.isReleased).toBe(true);
    expect(seen).toEqual([{ inSection: false }, { inSection: true, lockedEntities: [a, b] }, { inSection: false }]);
    await turns.replays();
  });

  it("is granted once", async () => {
    const turns = new Turns(
      orchestrator("play", function* (ctx) {
        (yield* ctx.entities.lockEntities(a)).release();
        yield* ctx.entities.lockEntities(b);
        return "both";
      }),
    );
    await turns.run(0);
    const { dropped } = await turns.run(0, granted(1), granted(1));
    expect(dropped).toMatchObject([{ type: "EntityLockGranted", reason: "unknown-task" }]);
    expect(await turns.run(0, granted(2))).toMatchObject({ output: '"both"' });
  });
});

describe("a release", () => {
  const styles: readonly [string, OrchestratorDefinition][] = [
    [
      "using, in a generator",
      orchestrator("play", function* (ctx) {
        {
          using _lock = yield* ctx.entities.lockEntities(a, b);
          yield* ctx.entities.callEntity(a, "add", 1);
        }
        yield* ctx.entities.callEntity(c, "get");
      }),
    ],
    [
      "using, in an async function",
      orchestrator("play", async (ctx) => {
        {
          using _lock = await ctx.entities.lockEntities(a, b);
          await ctx.entities.callEntity(a, "add", 1);
        }
        await ctx.entities.callEntity(c, "get");
      }),
    ],
    [
      "try and finally, in a generator",
      orchestrator("play", function* (ctx) {
        const lock = yield* ctx.entities.lockEntities(a, b);
        try {
          yield* ctx.entities.callEntity(a, "add", 1);
        } finally {
          lock.release();
        }
        yield* ctx.entities.callEntity(c, "get");
      }),
    ],
    [
      "try and finally, in an async generator",
      orchestrator("play", async function* (ctx) {
        const lock = (yield ctx.entities.lockEntities(a, b)) as LockHandle;
        try {
          yield ctx.entities.callEntity(a, "add", 1);
        } finally {
          lock.release();
        }
        yield ctx.entities.callEntity(c, "get");
      }),
    ],
  ];

  it.each(styles)("by %s sends each entity its unlock, after the calls", async (_style, definition) => {
    const turns = new Turns(definition);
    await turns.run(0);
    expect(sentBy(await turns.run(0, granted(1)))).toMatchObject([[A, 2, { criticalSectionId: "e:1" }]]);
    expect(sentBy(await turns.run(0, answered(2, 1)))).toMatchObject([
      unlock(A, 3),
      unlock(B, 1),
      ["@counter@c", 1, { type: "EntityOperationCalled" }],
    ]);
    expect(await turns.run(0, answered(3, 1))).toMatchObject({ runtimeStatus: "Completed", messages: [] });
    await turns.replays();
  });

  it("has the same history in all styles", async () => {
    const histories: unknown[] = [];
    for (const [, definition] of styles) {
      const turns = new Turns(definition);
      for (const body of [undefined, granted(1), answered(2, 1), answered(3, 1)]) {
        await turns.run(0, ...(body === undefined ? [] : [body]));
      }
      histories.push(turns.history);
    }
    expect(new Set(histories.map((history) => JSON.stringify(history))).size).toBe(1);
  });

  it("twice is one, and after it everything is allowed again", async () => {
    const turns = new Turns(
      orchestrator("play", function* (ctx) {
        const lock = yield* ctx.entities.lockEntities(a);
        lock.release();
        lock.release();
        lock[Symbol.dispose]();
        ctx.entities.signalEntity(a, "add", 1);
        const again = yield* ctx.entities.lockEntities(a, b);
        lock.release();
        yield* ctx.entities.callEntity(b, "get");
        again.release();
        ctx.continueAsNew();
      }),
    );
    await turns.run(0);
    expect(sentBy(await turns.run(0, granted(1)))).toMatchObject([
      unlock(A, 2),
      [A, 3, { type: "EntityOperationSignaled" }],
      [A, 4, { type: "EntityLockRequested", criticalSectionId: "e:2" }],
    ]);
    expect(sentBy(await turns.run(0, granted(2)))).toMatchObject([[B, 1, { criticalSectionId: "e:2" }]]);
    const end = await turns.run(0, answered(3, 0));
    expect(sentBy(end)).toEqual([unlock(A, 5, "e:2"), unlock(B, 2, "e:2")]);
    expect(end.next).toBeDefined();
    await turns.replays();
  });

  it("with a call that is not answered yet comes after it, and the answer is still taken", async () => {
    const turns = new Turns(
      orchestrator("play", function* (ctx) {
        const lock = yield* ctx.entities.lockEntities(a);
        const call = ctx.entities.callEntity<number>(a, "add", 1);
        lock.release();
        const again = yield* ctx.entities.lockEntities(a);
        const second = ctx.entities.callEntity<number>(a, "add", 1);
        const sum = (yield* call) + (yield* second);
        again.release();
        return sum;
      }),
    );
    await turns.run(0);
    expect(sentBy(await turns.run(0, granted(1)))).toMatchObject([
      [A, 2, { type: "EntityOperationCalled" }],
      unlock(A, 3),
      [A, 4, { type: "EntityLockRequested" }],
    ]);
    await turns.run(0, granted(3), answered(2, 1));
    expect(await turns.run(0, answered(4, 2))).toMatchObject({ output: "3" });
    await turns.replays();
  });
});

/** Rules: what is tried, while the locks of a and b are asked for, and while they are held. */
const RULES: readonly [string, (ctx: OrchestrationContext) => unknown, "asked" | "held" | "both", RegExp][] = [
  ["a section in a section", (ctx) => ctx.entities.lockEntities(c), "both", /do not nest/],
  ["a call outside of the set", (ctx) => ctx.entities.callEntity(c, "get"), "both", /@counter@c was called/],
  ["a call before the grant", (ctx) => ctx.entities.callEntity(a, "get"), "asked", /still asked for/],
  [
    "a signal to a locked entity",
    (ctx) => {
      ctx.entities.signalEntity(b, "add", 1);
    },
    "both",
    /@counter@b was signalled/,
  ],
  [
    "continueAsNew",
    (ctx) => {
      ctx.continueAsNew();
    },
    "both",
    /continueAsNew\(\) was called/,
  ],
];

describe("inside a critical section", () => {
  const cases = RULES.flatMap(([what, deed, when, message]) =>
    (when === "both" ? (["asked", "held"] as const) : [when]).map((time) => [what, time, deed, message] as const),
  );

  it.each(cases)(
    "%s is refused while the locks are %s, and leaves nothing behind",
    async (_what, time, deed, message) => {
      const errors: unknown[] = [];
      const attempt = (ctx: OrchestrationContext): void => {
        try {
          deed(ctx);
        } catch (error) {
          errors.push(error);
        }
      };
      const turns = new Turns(
        orchestrator("play", function* (ctx) {
          const task = ctx.entities.lockEntities(a, b);
          if (time === "asked") attempt(ctx);
          const lock = yield* task;
          if (time === "held") attempt(ctx);
          lock.release();
          yield* ctx.entities.callEntity(c, "get");
          return "through";
        }),
      );
      expect(sentBy(await turns.run(0))).toHaveLength(1);
      expect(sentBy(await turns.run(0, granted(1)))).toMatchObject([
        unlock(A, 2),
        unlock(B, 1),
        ["@counter@c", 1, { caller: { taskId: 2 } }],
      ]);
      expect(await turns.run(0, answered(2, 0))).toMatchObject({ output: '"through"' });
      expect(errors).toMatchObject([{ code: "LOCKING_RULES_VIOLATION" }]);
      expect(errors[0]).toBeInstanceOf(LockingRulesViolationError);
      expect((errors[0] as Error).message).toMatch(message);
      await turns.replays();
    },
  );

  it("a second call of an entity is refused until the first is answered", async () => {
    const turns = new Turns(
      orchestrator("play", function* (ctx) {
        using _lock = yield* ctx.entities.lockEntities(a, b);
        const [first, other] = [ctx.entities.callEntity(a, "get"), ctx.entities.callEntity(b, "get")];
        expect(() => ctx.entities.callEntity(a, "get")).toThrow(/not answered yet/);
        yield* first;
        const second = ctx.entities.callEntity(a, "get");
        expect(() => ctx.entities.callEntity(b, "get")).toThrow(LockingRulesViolationError);
        try {
          yield* other;
        } catch {
          // A failed call is an answered one.
          yield* ctx.entities.callEntity(b, "get");
        }
        yield* second;
      }),
    );
    await turns.run(0);
    expect((await turns.run(0, granted(1))).messages).toHaveLength(2);
    expect((await turns.run(0, answered(2, 1))).messages).toHaveLength(1);
    expect((await turns.run(0, refused(3, {}))).messages).toHaveLength(1);
    expect(await turns.run(0, answered(5, 1), answered(4, 1))).toMatchObject({ runtimeStatus: "Completed" });
    await turns.replays();
  });

  it("activities, timers, events, and signals to other entities are allowed", async () => {
    const turns = new Turns(
      orchestrator("play", function* (ctx) {
        using _lock = yield* ctx.entities.lockEntities(a);
        ctx.entities.signalEntity(b, "add", 1);
        yield* ctx.callActivity("work");
        yield* ctx.createTimer({ milliseconds: 5 });
        yield* ctx.waitForExternalEvent("x");
        yield* ctx.entities.callEntity(a, "get");
      }),
    );
    await turns.run(0);
    expect((await turns.run(0, granted(1))).activities).toHaveLength(1);
    expect((await turns.run(0, { type: "TaskCompleted", taskId: 2 })).timers).toHaveLength(1);
    await turns.run(5, { type: "TimerFired", taskId: 3, fireAt: 5 });
    expect((await turns.run(5, raised("x"))).messages).toHaveLength(1);
    await turns.replays();
  });
});

describe("a section is not begun while a call is not answered", () => {
  it("because waiting for the answer inside could take for ever", async () => {
    const turns = new Turns(
      orchestrator("play", function* (ctx) {
        const call = ctx.entities.callEntity(c, "get");
        expect(() => ctx.entities.lockEntities(a)).toThrow(/a call of @counter@c is not answered yet/);
        yield* call;
        yield* ctx.entities.lockEntities(a);
      }),
    );
    await turns.run(0);
    expect(sentBy(await turns.run(0, answered(1, 0)))).toMatchObject([[A, 1, { type: "EntityLockRequested" }]]);
    await turns.replays();
  });
});
