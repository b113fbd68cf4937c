/**
 * Laws of payloads: what JSON would lose is refused where it is handed over, limits are in bytes, nothing is half done.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { OrchestrationContext, Task } from "dacapo";
import { activity, orchestrator, PayloadNotSerializableError, PayloadTooLargeError } from "dacapo";
import { deserialize, serialize, utf8Length } from "../../src/core/payload.ts";
import { echo, perform, Stage } from "../runtime/stage.ts";

function family(): unknown {
  // Parents and children that know each other: a search without memory would take for ever.
  const parent: { children: unknown[] } = { children: [] };
  for (let i = 0; i < 8; i++) parent.children.push({ parent, siblings: parent.children });
  return parent;
}

const itself: unknown[] = [];
itself.push(itself);

const refused: readonly (readonly [string, unknown, string])[] = [
  ["a bigint", 7n, "a bigint"],
  ["a bigint inside", { a: [{ b: 7n }] }, "a bigint"],
  ["a boxed bigint", Object(7n), "BigInt"],
  ["a function", () => undefined, "a function"],
  ["a method", { run() {} }, "a function (run)"],
  ["a symbol", Symbol("s"), "a symbol"],
  ["a map", new Map([[1, 2]]), "a Map"],
  ["a set inside", [new Set()], "a Set"],
  ["a promise", Promise.resolve(1), "a promise or a task that was not awaited"],
  ["a cycle", itself, "holds itself"],
  ["a family", family(), "holds itself"],
  ["a generator", (function* () {})(), "a generator"],
  ["a toJSON that gives nothing", { toJSON: () => undefined }, "gives undefined"],
  [
    "a toJSON that throws",
    {
      toJSON: () => {
        throw new Error("my own");
      },
    },
    "my own",
  ],
  [
    "a getter that throws a text",
    {
      get a() {
        throw "my text" as unknown as Error;
      },
    },
    "my text",
  ],
];

describe("a value that JSON would lose", () => {
  it.each(refused)(
    "is refused as an activity's input, and the function may go on: %s",
    async (_what, value, reason) => {
      const definition = orchestrator("hands-over", function* (ctx) {
        try {
          yield* ctx.callActivity(echo, value);
        } catch (error) {
          return [error instanceof PayloadNotSerializableError, (error as Error).message];
        }
        return "not thrown";
      });
      const stage = await Stage.open([definition, echo]);
      await stage.start(definition);
      await stage.idle();
      const [isRefused, message] = (await stage.output()) as [boolean, string];
      expect(isRefused).toBe(true);
      expect(message).toMatch(/^The input of activity "echo" cannot be written as JSON: /);
      expect(message).toContain(reason);
      expect((await stage.history()).some(({ type }) => type === "TaskScheduled")).toBe(false);
    },
  );

  it.each(refused)("is refused as an activity's result, which fails: %s", async (_what, value, reason) => {
    // A promise that an activity returns is waited for, as everywhere.
    const gives = activity("gives", () => (value instanceof Promise ? [value] : value));
    const definition = orchestrator("takes", function* (ctx) {
      yield* ctx.callActivity(gives);
    });
    const { failureDetails } = await perform(definition, { register: [gives] });
    expect(failureDetails?.innerFailure).toMatchObject({ code: "PAYLOAD_NOT_SERIALIZABLE" });
    expect(failureDetails?.errorMessage).toContain(reason);
  });

  it.each(refused)("is refused by the client, and nothing is done: %s", async (_what, value) => {
    const definition = orchestrator("waits", function* (ctx) {
      yield* ctx.waitForExternalEvent("x");
    });
    const stage = await Stage.open([definition]);
    await expect(stage.start(definition, value, "new")).rejects.toThrow(PayloadNotSerializableError);
    expect(await stage.client.getOrchestrationState("new")).toBeUndefined();
    await stage.start(definition);
    await stage.idle();
    await expect(stage.client.raiseOrchestrationEvent("one", "x", value)).rejects.toThrow(PayloadNotSerializableError);
    await expect(stage.client.terminateOrchestration("one", value)).rejects.toThrow(PayloadNotSerializableError);
    expect(stage.store.queue("one")).toEqual([]);
  });

  it("is refused when it is a task that nobody waited for", async () => {
    const definition = orchestrator("forgets", function* (ctx) {
      const task: Task = ctx.callActivity(echo, 1);
      yield* ctx.callActivity(echo, { task });
    });
    const { failureDetails } = await perform(definition, { register: [echo] });
    expect(failureDetails?.errorMessage).toContain("a promise or a task that was not awaited");
  });
});

describe("undefined", () => {
  it("is the absence of a payload, all the way", async () => {
    const seen: unknown[] = [];
    const takes = activity("takes", (_ctx, input: unknown) => {
      seen.push(input);
    });
    const definition = orchestrator("undefined", function* (ctx: OrchestrationContext, input: unknown) {
      seen.push(input, yield* ctx.callActivity(takes, undefined), yield* ctx.waitForExternalEvent("x"));
    });
    const stage = await Stage.open([definition, takes]);
    await stage.start(definition);
    await stage.client.raiseOrchestrationEvent("one", "x");
    await stage.rest();
    const state = await stage.state();
    expect(seen).toEqual([undefined, undefined, undefined, undefined]);
    expect([state.input, state.output, state.serializedInput, state.serializedOutput]).toEqual(
      Array(4).fill(undefined),
    );
    expect(state.runtimeStatus).toBe("Completed");
  });

  it("inside a value follows JSON", async () => {
    const definition = orchestrator("inside", (_ctx: OrchestrationContext) => ({ a: undefined, b: [undefined, NaN] }));
    expect((await perform(definition)).output).toEqual({ b: [null, null] });
  });
});

describe("a limit", () => {
  const limit = { payloadBytesMax: 100 };
  const texts: readonly (readonly [string, string, string])[] = [
    ["one byte a character", "x".repeat(98), "x".repeat(99)],
    ["two bytes a character", "ä".repeat(49), "ä".repeat(49) + "x"],
    ["three bytes a character", "€".repeat(32) + "xx", "€".repeat(33)],
    ["four bytes a character", "😀".repeat(24) + "xx", "😀".repeat(24) + "xxx"],
  ];

  it.each(texts)("is in bytes of UTF-8, the quotes included: %s", (_what, fits, large) => {
    expect(serialize(fits, "text", 100)).toBe(JSON.stringify(fits));
    expect(() => serialize(large, "text", 100)).toThrow(PayloadTooLargeError);
  });

  it.each(texts)("holds for input, result, event and output: %s", async (_what, fits, large) => {
    const gives = activity("gives", (_ctx, isLarge: boolean) => (isLarge ? large : fits));
    const definition = orchestrator("limits", function* (ctx: OrchestrationContext, _input: string) {
      const caught: string[] = [];
      for (const attempt of [
        () => ctx.callActivity(echo, fits),
        () => ctx.callActivity(echo, large),
        () => ctx.callActivity(gives, false),
        () => ctx.callActivity(gives, true),
      ]) {
        try {
          yield* attempt();
          caught.push("fits");
        } catch (error) {
          caught.push((error as Error).name);
        }
      }
      ctx.setCustomStatus(caught);
      return large;
    });
    const stage = await Stage.open([definition, echo, gives], limit);
    await expect(stage.start(definition, large)).rejects.toThrow(PayloadTooLargeError);
    await stage.start(definition, fits);
    await expect(stage.client.raiseOrchestrationEvent("one", "x", large)).rejects.toThrow(PayloadTooLargeError);
    await stage.rest();
    const state = await stage.state();
    expect(state.customStatus).toEqual(["fits", "PayloadTooLargeError", "fits", "TaskFailedError"]);
    expect(state.failureDetails).toMatchObject({ code: "PAYLOAD_TOO_LARGE" });
  });
});

describe("serialisation", () => {
  it("gives back every JSON value", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = serialize(value, "value", Infinity);
        expect(deserialize(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it("counts bytes as an encoder does", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.array(fc.integer({ min: 0, max: 0xffff })), (text, units) => {
        const odd = text + String.fromCharCode(...units);
        expect(utf8Length(odd)).toBe(new TextEncoder().encode(odd).length);
      }),
    );
  });
});
