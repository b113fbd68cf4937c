/**
 * Laws of critical sections that an orchestration leaves behind: the turn that ends it gives back its locks, whatever
 * ends it; and replay repeats that.
 */
import { describe, expect, it } from "vitest";
import type { LockHandle, Orchestration, OrchestrationContext, OrchestratorDefinition } from "dacapo";
import { EntityInstanceId, orchestrator } from "dacapo";
import { failedTurn } from "../../src/core/turn.ts";
import { answered, granted, raised, refused, sentBy, terminated, Turns, unlock } from "./turns.ts";

const a = new EntityInstanceId("counter", "a");
const b = new EntityInstanceId("counter", "b");
const c = new EntityInstanceId("counter", "c");
const [A, B] = [a.toString(), b.toString()];

/** The order to unlock that follows the request. */
const chain = (number: number, lockSet = [A, B], section = "e:1") => [
  lockSet[0],
  number,
  { type: "EntityUnlockSent", criticalSectionId: section, lockSet },
];

/** Orchestrations that end with a section open, by where they stand: `asked` before the grant, `held` after it. */
function* section(ctx: OrchestrationContext): Orchestration<void> {
  yield* ctx.entities.lockEntities(a, b);
  yield* ctx.entities.callEntity(a, "get");
}

describe("the end of an orchestration gives back its locks in the same turn", () => {
  it.each([
    ["return", () => "done"],
    [
      "throw",
      () => {
        throw new Error("no");
      },
    ],
  ])("%s, while they are asked for: one order, which follows the request", async (_how, end) => {
    const turns = new Turns(
      orchestrator("play", (ctx) => {
        void ctx.entities.lockEntities(a, b);
        return end();
      }),
    );
    const result = await turns.run(0);
    expect(result.runtimeStatus).not.toBe("Running");
    expect(sentBy(result)).toMatchObject([[A, 1, { type: "EntityLockRequested" }], chain(2)]);
    expect(turns.history.at(-2)).toMatchObject({ type: "ExecutionCompleted" });
    await turns.replays();
  });

  it.each([
    ["return", () => "done"],
    [
      "throw",
      () => {
        throw new Error("no");
      },
    ],
  ])("%s, while they are held: an unlock to each", async (_how, end) => {
    const turns = new Turns(
      orchestrator("play", function* (ctx) {
        yield* section(ctx);
        return end();
      }),
    );
    await turns.run(0);
    await turns.run(0, granted(1));
    const result = await turns.run(0, answered(2, 0));
    expect(result.runtimeStatus).not.toBe("Running");
    expect(sentBy(result)).toEqual([unlock(A, 3), unlock(B, 1)]);
    await turns.replays();
  });

  it("a failed call inside", async () => {
    const turns = new Turns(orchestrator("play", section));
    await turns.run(0);
    await turns.run(0, granted(1));
    const result = await turns.run(0, refused(2, {}));
    expect(result).toMatchObject({ runtimeStatus: "Failed", failure: { code: "ENTITY_OPERATION_FAILED" } });
    expect(sentBy(result)).toEqual([unlock(A, 3), unlock(B, 1)]);
    await turns.replays();
  });

  it("terminate, while they are asked for", async () => {
    const turns = new Turns(orchestrator("play", section));
    await turns.run(0);
    expect(sentBy(await turns.run(0, terminated))).toEqual([chain(2)]);
    await turns.replays();
  });

  it("terminate, in the turn that asks for them", async () => {
    const turns = new Turns(
      orchestrator("play", function* (ctx) {
        yield* ctx.waitForExternalEvent("go");
        yield* section(ctx);
      }),
    );
    await turns.run(0);
    const result = await turns.run(0, raised("go"), terminated);
    expect(sentBy(result)).toMatchObject([[A, 1, { type: "EntityLockRequested" }], chain(2)]);
    await turns.replays();
  });

  it("terminate, in the turn that would have begun: nothing is asked for", async () => {
    const turns = new Turns(orchestrator("play", section));
    expect(await turns.run(0, terminated)).toMatchObject({ runtimeStatus: "Terminated", messages: [] });
    await turns.replays();
  });

  it("terminate, while they are held", async () => {
    const turns = new Turns(orchestrator("play", section));
    await turns.run(0);
    await turns.run(0, granted(1));
    expect(sentBy(await turns.run(0, terminated))).toEqual([unlock(A, 3), unlock(B, 1)]);
    await turns.replays();
  });

  it("terminate, in the turn of the grant: after it an unlock to each, before it the order that follows", async () => {
    const after = new Turns(orchestrator("play", section));
    await after.run(0);
    expect(sentBy(await after.run(0, granted(1), terminated))).toMatchObject([
      [A, 2, { type: "EntityOperationCalled" }],
      unlock(A, 3),
      unlock(B, 1),
    ]);
    await after.replays();
    const before = new Turns(orchestrator("play", section));
    await before.run(0);
    const result = await before.run(0, terminated, granted(1));
    expect(sentBy(result)).toEqual([chain(2)]);
    expect(result.dropped).toMatchObject([{ type: "EntityLockGranted", reason: "instance-terminal" }]);
    await before.replays();
  });

  it("continue-as-new that was asked for before the section", async () => {
    const turns = new Turns(
      orchestrator("play", function* (ctx) {
        ctx.continueAsNew();
        yield* ctx.entities.lockEntities(a, b);
      }),
    );
    await turns.run(0);
    const result = await turns.run(0, granted(1));
    expect(sentBy(result)).toEqual([unlock(A, 2), unlock(B, 1)]);
    expect(result.next?.event.sent).toMatchObject([
      { receiver: A, last: 2 },
      { receiver: B, last: 1 },
    ]);
    await turns.replays();
  });

  it("and a release of what has ended does nothing", async () => {
    let lock: LockHandle | undefined;
    const turns = new Turns(
      orchestrator("play", function* (ctx) {
        lock = yield* ctx.entities.lockEntities(a);
      }),
    );
    await turns.run(0);
    await turns.run(0, granted(1));
    expect(lock?.isReleased).toBe(true);
    lock?.release();
  });
});

describe("an orchestration that the engine fails gives back what its history says it holds", () => {
  const failure = { errorType: "PoisonMessageError", errorMessage: "again and again", code: "POISON_MESSAGE" };

  /** Fails the orchestration as the engine does, and holds the replay of its history to it. */
  async function fail(turns: Turns): Promise<readonly unknown[]> {
    const { history } = turns;
    const instance = { history: [...history], lastEventId: history.length, lastTurnTime: 0 };
    const result = failedTurn(instance, turns.input(9, []), failure);
    history.push(...result.events);
    await turns.replays();
    return sentBy(result);
  }

  const start = async (definition: OrchestratorDefinition): Promise<Turns> => {
    const turns = new Turns(definition, [{ receiver: B, stream: "d", last: 6, sentAt: 0 }]);
    await turns.run(0);
    return turns;
  };

  it("before the grant", async () => {
    expect(await fail(await start(orchestrator("play", section)))).toEqual([chain(2)]);
  });

  it("after it, numbered after all that was sent", async () => {
    const turns = await start(orchestrator("play", section));
    await turns.run(0, granted(1));
    expect(await fail(turns)).toEqual([unlock(A, 3), unlock(B, 7)]);
  });

  it("nothing after the release", async () => {
    const turns = await start(
      orchestrator("play", function* (ctx) {
        (yield* ctx.entities.lockEntities(a, b)).release();
        yield* ctx.waitForExternalEvent("end");
      }),
    );
    await turns.run(0, granted(1));
    expect(await fail(turns)).toEqual([]);
  });

  it("of the second section, not of the first", async () => {
    const turns = await start(
      orchestrator("play", function* (ctx) {
        (yield* ctx.entities.lockEntities(a, b)).release();
        ctx.entities.signalEntity(b, "add", 1, { signalTime: { seconds: 1 } });
        yield* ctx.entities.lockEntities(b);
      }),
    );
    await turns.run(0, granted(1));
    expect(await fail(turns)).toEqual([chain(9, [B], "e:2")]);
  });
});

describe("replay", () => {
  it.each<[string, (ctx: OrchestrationContext) => unknown, string]>([
    [
      "locks others",
      (ctx) => ctx.entities.lockEntities(a, c),
      'expected EntityLockRequested "@counter@a, @counter@b", but got EntityLockRequested "@counter@a, @counter@c"',
    ],
    ["calls instead", (ctx) => ctx.entities.callEntity(a, "get"), 'but got EntityOperationCalled "get of @counter@a"'],
    [
      "signals instead",
      (ctx) => {
        ctx.entities.signalEntity(a, "get");
      },
      'but got EntityOperationSignaled "get of @counter@a"',
    ],
  ])("names what the code asked for instead when it %s", async (_what, deed, message) => {
    const turns = new Turns(orchestrator("play", section));
    await turns.run(0);
    const changed = new Turns(
      orchestrator("play", function* (ctx) {
        deed(ctx);
        yield* ctx.waitForExternalEvent("end");
      }),
    );
    changed.history.push(...turns.history);
    await expect(changed.replays()).rejects.toThrow(message);
  });

  it("names a release that the code has lost", async () => {
    const turns = new Turns(
      orchestrator("play", function* (ctx) {
        (yield* ctx.entities.lockEntities(a)).release();
        yield* ctx.waitForExternalEvent("end");
      }),
    );
    await turns.run(0);
    await turns.run(0, granted(1));
    const changed = new Turns(
      orchestrator("play", function* (ctx) {
        yield* ctx.entities.lockEntities(a);
        yield* ctx.waitForExternalEvent("end");
      }),
    );
    changed.history.push(...turns.history);
    await expect(changed.replays()).rejects.toThrow(
      'expected EntityUnlockSent "@counter@a", but got the end of the turn',
    );
  });
});
