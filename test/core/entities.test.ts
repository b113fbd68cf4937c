/**
 * Laws of entities as an orchestration sees them: calls, signals, what is sent and what comes back.
 */
import { describe, expect, it } from "vitest";
import type { OrchestrationContext, OrchestratorDefinition } from "dacapo";
import { EntityInstanceId, EntityOperationFailedError, orchestrator, whenAll } from "dacapo";
import { answered, counter, raised, refused, sentBy, Turns } from "./turns.ts";

const a = new EntityInstanceId("counter", "a");

/** What a piece of orchestrator code throws at once. */
async function thrownBy(code: (ctx: OrchestrationContext) => unknown): Promise<{ error: unknown; sent: unknown }> {
  let error: unknown;
  const turns = new Turns(
    orchestrator("play", function* (ctx) {
      try {
        code(ctx);
      } catch (caught) {
        error = caught;
      }
      yield* ctx.waitForExternalEvent("end");
    }),
  );
  const sent = sentBy(await turns.run(0));
  return { error, sent };
}

describe("a call of an entity", () => {
  it("is sent with its input and its caller, and gives the result", async () => {
    const turns = new Turns(
      orchestrator("play", function* (ctx) {
        return yield* ctx.entities.callEntity(counter, "A", "add", 5);
      }),
    );
    expect(await turns.run(7)).toMatchObject({
      messages: [
        {
          messageId: "e:1>@counter@A",
          instanceId: "@counter@A",
          position: { stream: "e", number: 1, sentAt: 7 },
          birth: { name: "counter" },
          body: {
            type: "EntityOperationCalled",
            operation: "add",
            input: "5",
            caller: { instanceId: "one", executionId: "e", taskId: 1 },
          },
        },
      ],
    });
    expect(await turns.run(8, answered(1, 6))).toMatchObject({ runtimeStatus: "Completed", output: "6" });
    await turns.replays();
  });

  it("by id means the same as by definition and key", async () => {
    const [byId, byDefinition] = [
      new Turns(orchestrator("play", (ctx) => ctx.entities.callEntity<number>(a, "add", 5))),
      new Turns(orchestrator("play", (ctx) => ctx.entities.callEntity(counter, "a", "add", 5))),
    ];
    expect(await byId.run(0)).toEqual(await byDefinition.run(0));
  });

  it("that fails throws what says which operation of which entity, and why", async () => {
    let error: unknown;
    const turns = new Turns(
      orchestrator("play", function* (ctx) {
        try {
          yield* ctx.entities.callEntity(counter, "a", "add", 5);
        } catch (caught) {
          error = caught;
        }
      }),
    );
    await turns.run(0);
    await turns.run(0, refused(1, { errorType: "RangeError", errorMessage: "too much", code: "TOO_MUCH" }));
    expect(error).toBeInstanceOf(EntityOperationFailedError);
    expect(error).toMatchObject({
      code: "ENTITY_OPERATION_FAILED",
      message: 'The operation "add" of entity @counter@a failed: RangeError: too much',
      entityId: a,
      operationName: "add",
      details: { errorType: "RangeError" },
      cause: { name: "RangeError", message: "too much", code: "TOO_MUCH" },
    });
    await turns.replays();
  });

  it("numbers what it sends to each entity, calls and signals in one row", async () => {
    const turns = new Turns(
      orchestrator("play", function* (ctx) {
        ctx.entities.signalEntity(counter, "a", "add", 1);
        ctx.entities.signalEntity(counter, "b", "add", 2);
        yield* whenAll([ctx.entities.callEntity(counter, "a", "get"), ctx.entities.callEntity(counter, "b", "get")]);
        ctx.entities.signalEntity(counter, "a", "note");
      }),
    );
    expect(sentBy(await turns.run(0))).toMatchObject([
      ["@counter@a", 1, { type: "EntityOperationSignaled", operation: "add", input: "1" }],
      ["@counter@b", 1, { type: "EntityOperationSignaled", operation: "add", input: "2" }],
      ["@counter@a", 2, { type: "EntityOperationCalled", operation: "get" }],
      ["@counter@b", 2, { type: "EntityOperationCalled", operation: "get" }],
    ]);
    await turns.run(0, answered(2, 0));
    expect(sentBy(await turns.run(0, answered(1, 0)))).toMatchObject([["@counter@a", 3, { operation: "note" }]]);
    await turns.replays();
  });

  it("goes on with the numbers of the execution before", async () => {
    const call = orchestrator("play", (ctx) => ctx.entities.callEntity(counter, "a", "get"));
    const turns = new Turns(call, [{ receiver: "@counter@a", stream: "d", last: 4, sentAt: 0 }]);
    const { messages } = await turns.run(0);
    expect(messages).toMatchObject([{ messageId: "d:5>@counter@a", position: { stream: "d", number: 5 } }]);
  });

  it("is answered once; a second answer, and one of another task, is dropped", async () => {
    const turns = new Turns(
      orchestrator("play", function* (ctx) {
        const first = yield* ctx.entities.callEntity(counter, "a", "get");
        yield* ctx.waitForExternalEvent("end");
        return first;
      }),
    );
    await turns.run(0);
    const { dropped } = await turns.run(0, answered(1, 1), answered(1, 2), answered(9, 3));
    expect(dropped.map(({ reason }) => reason)).toEqual(["unknown-task", "unknown-task"]);
    expect(await turns.run(0, raised("end"))).toMatchObject({ output: "1" });
  });

  it("is the same in async style", async () => {
    const styles: readonly OrchestratorDefinition[] = [
      orchestrator("play", function* (ctx) {
        const n = yield* ctx.entities.callEntity(counter, "a", "add", 1);
        ctx.entities.signalEntity(counter, "a", "add", n);
        return n;
      }),
      orchestrator("play", async (ctx) => {
        const n = await ctx.entities.callEntity(counter, "a", "add", 1);
        ctx.entities.signalEntity(counter, "a", "add", n);
        return n;
      }),
      orchestrator("play", async function* (ctx) {
        const n: unknown = yield ctx.entities.callEntity(counter, "a", "add", 1);
        ctx.entities.signalEntity(counter, "a", "add", n as number);
        return n;
      }),
    ];
    const histories: unknown[] = [];
    for (const style of styles) {
      const turns = new Turns(style);
      await turns.run(0);
      await turns.run(0, answered(1, 3));
      await turns.replays();
      histories.push(turns.history);
    }
    expect(histories[1]).toEqual(histories[0]);
    expect(histories[2]).toEqual(histories[0]);
  });
});

describe("a signal", () => {
  it.each([
    ["a duration", { seconds: 5 }],
    ["a date", new Date(5100)],
  ])("with %s as its signalTime comes due then, and keeps no order", async (_what, signalTime) => {
    const turns = new Turns(
      orchestrator("play", (ctx) => {
        ctx.entities.signalEntity(counter, "a", "add", 1, { signalTime });
        ctx.entities.signalEntity(a, "note", undefined, {});
      }),
    );
    expect((await turns.run(100)).messages).toMatchObject([
      { dueTime: 5100, position: { stream: "e~", number: 1, isUnordered: true } },
      { position: { stream: "e", number: 1 }, body: { operation: "note" } },
    ]);
    await turns.replays();
  });
});

describe("a request that makes no sense", () => {
  it.each<[string, (ctx: OrchestrationContext) => unknown, string]>([
    ["no entity", (ctx) => ctx.entities.callEntity(undefined as never, "get"), "callEntity() was given no entity"],
    ["no key", (ctx) => ctx.entities.callEntity(counter, undefined as never, "get"), "The key of the entity"],
    ["no operation", (ctx) => ctx.entities.callEntity(a, ""), "The name of the operation"],
    ["no operation", (ctx) => ctx.entities.signalEntity(a, undefined as never), "The name of the operation"],
    [
      "a number as time",
      (ctx) => ctx.entities.signalEntity(a, "add", 1, { signalTime: 5 as never }),
      "The option signalTime is not a duration",
    ],
    [
      "options that are none",
      (ctx) => ctx.entities.signalEntity(a, "add", 1, 5 as never),
      "The options of signalEntity()",
    ],
    [
      "an input that is no data",
      (ctx) => ctx.entities.callEntity(a, "add", () => 1),
      'The input of "add" of entity @counter@a',
    ],
    ["nothing to lock", (ctx) => ctx.entities.lockEntities(), "lockEntities() was given no entity"],
    ["an empty list to lock", (ctx) => ctx.entities.lockEntities([]), "lockEntities() was given no entity"],
    [
      "no entity to lock",
      (ctx) => ctx.entities.lockEntities(a, undefined as never),
      "lockEntities() was given no entity",
    ],
    [
      "no definition to lock",
      (ctx) => ctx.entities.lockEntities([undefined as never, "a"]),
      "lockEntities() was given no entity",
    ],
  ])("(%s) is refused, and leaves nothing behind", async (_what, code, message) => {
    const { error, sent } = await thrownBy((ctx) => {
      code(ctx);
    });
    expect((error as Error | undefined)?.message).toContain(message);
    expect(sent).toEqual([]);
  });

  it("takes neither a task id nor a place in the stream", async () => {
    const { sent } = await thrownBy((ctx) => {
      expect(() => ctx.entities.callEntity(a, "add", () => 1)).toThrow();
      expect(() => ctx.entities.signalEntity(a, "add", () => 1)).toThrow();
      ctx.entities.callEntity(a, "get");
    });
    expect(sent).toMatchObject([["@counter@a", 1, { caller: { taskId: 1 } }]]);
  });
});
