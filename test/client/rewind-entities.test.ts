/**
 * Laws of rewinding an orchestration that works with entities: each operation is applied once, what failed is asked for
 * again, and nobody goes on without the locks or the answers that the failed try had.
 */
import { describe, expect, it } from "vitest";
import type { OrchestrationContext } from "dacapo";
import { EntityInstanceId, entity, orchestrator, TaskEntity, whenAll } from "dacapo";
import { Stage } from "../runtime/stage.ts";
import { checkHistory, count, flaky, nextWorker } from "./rewinding.ts";

/** A list that refuses what it is told to refuse, as often as it is told. */
const refusals = new Map<string, number>();

class List extends TaskEntity<readonly string[]> {
  protected override initializeState(): readonly string[] {
    return [];
  }

  add(item: string): number {
    const left = refusals.get(item) ?? 0;
    refusals.set(item, left - 1);
    if (left > 0) throw new Error(`${item} is not wanted yet`);
    this.state = [...this.state, item];
    return this.state.length;
  }
}

const list = entity("list", List);
const a = new EntityInstanceId("list", "a");
const b = new EntityInstanceId("list", "b");

/** The code of an orchestration. */
type Body = (ctx: OrchestrationContext) => Generator<unknown, unknown>;

/** Runs an orchestration of this code until it has failed. */
async function failed(
  body: Body,
  more: { readonly refuse?: Readonly<Record<string, number>>; readonly step?: ReturnType<typeof flaky>["step"] } = {},
) {
  refusals.clear();
  for (const [item, times] of Object.entries(more.refuse ?? {})) refusals.set(item, times);
  const code = { body };
  const play = orchestrator("play", function* (ctx): Generator<unknown, unknown> {
    return yield* code.body(ctx);
  });
  const { step } = more.step === undefined ? flaky({ x: 1 }) : { step: more.step };
  const stage = await Stage.open([play, list, step]);
  await stage.start(play);
  await stage.rest();
  expect((await stage.state()).runtimeStatus).toBe("Failed");
  const rewind = async (): Promise<void> => {
    await stage.client.rewindInstance("one", "please");
    await stage.rest();
  };
  const items = async (id = a): Promise<unknown> => (await stage.client.getEntity(id))?.state ?? [];
  return { stage, play, rewind, items, mend: (mended: Body) => (code.body = mended) };
}

/** Another orchestration gets the locks of both, so nobody holds them. */
async function expectFree(stage: Stage): Promise<void> {
  const taker = orchestrator("taker", function* (ctx) {
    const lock = yield* ctx.entities.lockEntities(a, b);
    lock.release();
    return "free";
  });
  const other = await nextWorker(stage, [taker, list]);
  await other.start(taker, undefined, "taker");
  await other.rest();
  expect(await other.output("taker")).toBe("free");
}

describe("an orchestration that is rewound", () => {
  const { step } = flaky({});
  const call = (ctx: OrchestrationContext, item: string, id = a) => ctx.entities.callEntity(list, id.key, "add", item);

  it("sends the operations of entities again that failed, and only those", async () => {
    const { stage, play, rewind, items } = await failed(
      function* (ctx) {
        yield* call(ctx, "first");
        ctx.entities.signalEntity(list, "a", "add", "signalled");
        return yield* whenAll([call(ctx, "p"), call(ctx, "q"), call(ctx, "r", b), call(ctx, "s", b)]);
      },
      { refuse: { q: 1, r: 1 }, step },
    );
    expect(await items()).toEqual(["first", "signalled", "p"]);
    expect(await items(b)).toEqual(["s"]);
    await rewind();
    expect(await stage.output()).toEqual([3, 4, 2, 1]);
    expect(await items()).toEqual(["first", "signalled", "p", "q"]);
    expect(await items(b)).toEqual(["s", "r"]);
    const types = await checkHistory(stage, play);
    expect(count(types, "EntityOperationCalled")).toBe(5);
    expect(count(types, "EntityOperationFailed")).toBe(0);
  });

  it("sends an operation again as often as it fails and is rewound", async () => {
    const { stage, play, rewind, items } = await failed(
      function* (ctx) {
        return [yield* call(ctx, "p"), yield* call(ctx, "q")];
      },
      { refuse: { p: 2, q: 2 }, step },
    );
    for (let i = 0; i < 4; i++) await rewind();
    expect(await stage.output()).toEqual([1, 2]);
    expect(await items()).toEqual(["p", "q"]);
    await checkHistory(stage, play);
  });

  it("lets the failure of an operation stand that the code caught and acted upon", async () => {
    const { stage, rewind, items } = await failed(
      function* (ctx) {
        try {
          yield* call(ctx, "p");
        } catch {
          yield* call(ctx, "instead");
        }
        return yield* call(ctx, "q");
      },
      { refuse: { p: 1, q: 1 }, step },
    );
    await rewind();
    expect(await stage.output()).toBe(2);
    expect(await items()).toEqual(["instead", "q"]);
  });

  it("does not signal again what the turn that failed has signalled", async () => {
    let isMended = false;
    const { stage, rewind, items } = await failed(function* (ctx) {
      ctx.entities.signalEntity(list, "a", "add", "p");
      if (!isMended) throw new Error("a bug");
      ctx.entities.signalEntity(list, "a", "add", "q");
      return yield* call(ctx, "r");
    });
    isMended = true;
    await rewind();
    expect(await stage.output()).toBe(3);
    expect(await items()).toEqual(["p", "q", "r"]);
  });

  it.each([
    ["first", 0],
    ["second", 1],
  ])("sends what mended code sends in place of what its %s turn, which failed, has sent", async (_which, before) => {
    const { stage, play, rewind, items, mend } = await failed(function* (ctx) {
      for (let i = 0; i < before; i++) yield* call(ctx, "before");
      ctx.entities.signalEntity(list, "a", "add", "wrong");
      throw new Error("a bug");
    });
    mend(function* (ctx) {
      for (let i = 0; i < before; i++) yield* call(ctx, "before");
      yield* call(ctx, "right");
      ctx.entities.signalEntity(list, "b", "add", "too");
      return yield* call(ctx, "done");
    });
    await rewind();
    expect(await stage.output()).toBe(before + 3);
    expect(await items()).toEqual([...Array<string>(before).fill("before"), "wrong", "right", "done"]);
    expect(await items(b)).toEqual(["too"]);
    await checkHistory(stage, play);
  });

  it("gives back locks that it asked for after it went on, also where the engine ends it", async () => {
    const { stage, rewind } = await failed(
      function* (ctx) {
        yield* call(ctx, "p", b);
        yield* ctx.entities.lockEntities(a, b);
        yield* ctx.waitForExternalEvent("never");
      },
      { refuse: { p: 1 }, step },
    );
    await rewind();
    expect((await stage.state()).runtimeStatus).toBe("Running");
    const without = await nextWorker(stage, [list]);
    await without.client.raiseOrchestrationEvent("one", "wake up");
    await without.rest();
    expect((await without.state()).failureDetails?.code).toBe("ORCHESTRATOR_NOT_REGISTERED");
    await expectFree(stage);
  });
});

describe("an orchestration fails again when it is rewound, with what it had failed with as the cause, where", () => {
  const locked: Body = function* (ctx) {
    const lock = yield* ctx.entities.lockEntities(b, a);
    yield* ctx.entities.callEntity(list, "a", "add", "p");
    yield* ctx.callActivity("step", "x");
    lock.release();
  };

  it.each<[string, string, Body]>([
    ["it held locks", "it held the locks of @list@a, @list@b", locked],
    [
      "the turn in which it failed released the locks",
      "it held the locks of @list@a",
      function* (ctx) {
        const lock = yield* ctx.entities.lockEntities(a);
        try {
          yield* ctx.callActivity("step", "x");
        } finally {
          lock.release();
        }
      },
    ],
    [
      "it was given the locks in the turn in which it failed",
      "it held the locks of @list@a",
      function* (ctx) {
        yield* ctx.entities.lockEntities(a);
        throw new Error("x is not ready");
      },
    ],
    [
      "it waited for locks",
      "it had asked for the locks of @list@a, @list@b",
      function* (ctx) {
        const locks = ctx.entities.lockEntities(a, b);
        yield* ctx.callActivity("step", "x");
        yield* locks;
      },
    ],
    [
      "it asked for locks in the turn in which it failed",
      "it had asked for the locks of @list@b",
      function* (ctx) {
        try {
          yield* ctx.callActivity("step", "x");
        } catch (error) {
          ctx.entities.lockEntities(b);
          throw error;
        }
      },
    ],
    [
      "it asked for locks and threw",
      "it had asked for the locks of @list@b",
      function* (ctx) {
        ctx.entities.lockEntities(b);
        throw new Error("x is not ready");
      },
    ],
    [
      "it called an entity and threw",
      'it had not got the answer of @list@a to "add"',
      function* (ctx) {
        ctx.entities.callEntity(list, "a", "add", "p");
        throw new Error("x is not ready");
      },
    ],
  ])("%s", async (_when, why, body) => {
    const { stage, play, rewind, items } = await failed(body);
    const before = await items();
    // However often it is tried: the record of what is lost is kept.
    for (let i = 0; i < 3; i++) {
      await rewind();
      const { failureDetails } = await stage.state();
      expect(failureDetails).toMatchObject({ code: "REWIND_NOT_POSSIBLE", errorType: "RewindNotPossibleError" });
      expect(failureDetails?.errorMessage).toContain(`The instance "one" cannot go on from before its failure: ${why}`);
      expect(failureDetails?.innerFailure?.errorMessage).toContain("x is not ready");
      await checkHistory(stage, play);
    }
    expect(await items()).toEqual(before);
    await expectFree(stage);
  });

  it("it is a sub-orchestration: then its parent does, too", async () => {
    const { step } = flaky({ x: 1 });
    const child = orchestrator("child", function* (ctx): Generator<unknown, unknown> {
      return yield* locked(ctx);
    });
    const parent = orchestrator("parent", function* (ctx) {
      yield* ctx.callSubOrchestrator(child, undefined, { instanceId: "child" });
    });
    const stage = await Stage.open([parent, child, list, step]);
    await stage.start(parent);
    await stage.rest();
    await stage.client.rewindInstance("one");
    await stage.rest();
    expect((await stage.state("child")).failureDetails?.code).toBe("REWIND_NOT_POSSIBLE");
    expect((await stage.state()).failureDetails?.innerFailure?.code).toBe("REWIND_NOT_POSSIBLE");
    await checkHistory(stage, parent);
    await checkHistory(stage, child, "child");
  });
});
