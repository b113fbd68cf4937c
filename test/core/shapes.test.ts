/**
 * Laws of the four shapes of orchestrators: the same program, written in each, does the same and records the same.
 */
import { describe, expect, it } from "vitest";
import type { OrchestrationContext, OrchestratorDefinition, Task } from "dacapo";
import { activity, InvalidYieldError, orchestrator, TaskFailedError, whenAll, whenAny } from "dacapo";
import { echo, fail, perform, Stage } from "../runtime/stage.ts";

const add = activity("add", (_ctx, [a, b]: [number, number]) => a + b);

type Shapes = Readonly<Record<string, OrchestratorDefinition>>;

const sequence: Shapes = {
  "a generator with yield*": orchestrator("sequence", function* (ctx, n: number) {
    const two = yield* ctx.callActivity(add, [n, 1]);
    return yield* ctx.callActivity(add, [two, two]);
  }),
  "a generator with yield": orchestrator("sequence", function* (ctx: OrchestrationContext, n: number) {
    const two: number = yield ctx.callActivity(add, [n, 1]);
    const four: number = yield ctx.callActivity(add, [two, two]);
    return four;
  }),
  "an async function": orchestrator("sequence", async (ctx, n: number) => {
    const two = await ctx.callActivity(add, [n, 1]);
    return await ctx.callActivity(add, [two, two]);
  }),
  "an async generator": orchestrator("sequence", async function* (ctx: OrchestrationContext, n: number) {
    const two: number = yield ctx.callActivity(add, [n, 1]);
    const four: number = yield ctx.callActivity(add, [two, two]);
    return four;
  }),
  "an async generator with yield*": orchestrator("sequence", async function* (ctx: OrchestrationContext, n: number) {
    const two: number = yield* ctx.callActivity(add, [n, 1]);
    return yield* ctx.callActivity(add, [two, two]);
  }),
  "a function that chains": orchestrator("sequence", (ctx, n: number) =>
    ctx.callActivity(add, [n, 1]).then((two) => ctx.callActivity(add, [two, two])),
  ),
  "a function that returns a generator": orchestrator("sequence", (ctx, n: number) => twice(ctx, n)),
};

function* twice(ctx: OrchestrationContext, n: number): Generator<Task, number, number> {
  const two = yield* ctx.callActivity(add, [n, 1]);
  return yield* ctx.callActivity(add, [two, two]);
}

const parallel: Shapes = {
  "a generator": orchestrator("parallel", function* (ctx, inputs: number[]) {
    return yield* whenAll(inputs.map((n) => ctx.callActivity(add, [n, n])));
  }),
  "an async function": orchestrator("parallel", async (ctx, inputs: number[]) =>
    Promise.all(inputs.map((n) => ctx.callActivity(add, [n, n]))),
  ),
  "an async function with whenAll": orchestrator("parallel", async (ctx, inputs: number[]) =>
    whenAll(inputs.map((n) => ctx.callActivity(add, [n, n]))),
  ),
  "an async generator": orchestrator("parallel", async function* (ctx: OrchestrationContext, inputs: number[]) {
    const results: number[] = yield whenAll(inputs.map((n) => ctx.callActivity(add, [n, n])));
    return results;
  }),
  "a function that returns a task": orchestrator("parallel", (ctx, inputs: number[]) =>
    whenAll(inputs.map((n) => ctx.callActivity(add, [n, n]))),
  ),
};

const compensation: Shapes = {
  "a generator": orchestrator("compensation", function* (ctx) {
    const done: unknown[] = [];
    try {
      done.push(yield* ctx.callActivity(echo, "book"));
      yield* ctx.callActivity(fail, "no seats");
      done.push("never");
    } catch (error) {
      done.push((error as TaskFailedError).details.errorMessage, yield* ctx.callActivity(echo, "cancel"));
    } finally {
      done.push(yield* ctx.callActivity(echo, "tell"));
    }
    return done;
  }),
  "an async function": orchestrator("compensation", async (ctx) => {
    const done: unknown[] = [];
    try {
      done.push(await ctx.callActivity(echo, "book"));
      await ctx.callActivity(fail, "no seats");
      done.push("never");
    } catch (error) {
      done.push((error as TaskFailedError).details.errorMessage, await ctx.callActivity(echo, "cancel"));
    } finally {
      done.push(await ctx.callActivity(echo, "tell"));
    }
    return done;
  }),
  "an async generator": orchestrator("compensation", async function* (ctx: OrchestrationContext) {
    const done: unknown[] = [];
    try {
      done.push(yield ctx.callActivity(echo, "book"));
      yield ctx.callActivity(fail, "no seats");
      done.push("never");
    } catch (error) {
      done.push((error as TaskFailedError).details.errorMessage, yield ctx.callActivity(echo, "cancel"));
    } finally {
      done.push(yield ctx.callActivity(echo, "tell"));
    }
    return done;
  }),
};

const programs: readonly (readonly [string, Shapes, unknown, unknown])[] = [
  ["a sequence", sequence, 1, 4],
  ["a fan-out", parallel, [1, 2, 3], [2, 4, 6]],
  ["a compensation", compensation, undefined, ["book", "no seats", "cancel", "tell"]],
];

describe.each(programs)("%s", (_program, shapes, input, output) => {
  it.each(Object.keys(shapes))("comes to its result as %s", async (shape) => {
    const state = await perform(shapes[shape]!, { input, register: [add, echo, fail] });
    expect(state.raiseIfFailed().output).toEqual(output);
  });

  it("decides the same in every shape", async () => {
    const decisions: unknown[] = [];
    for (const definition of Object.values(shapes)) {
      const stage = await Stage.open([definition, add, echo, fail]);
      await stage.start(definition, input);
      await stage.rest();
      const history = await stage.history();
      decisions.push(history.map(({ type, ...event }) => ("taskId" in event ? `${type} ${event.taskId}` : type)));
      await stage.close();
    }
    expect(new Set(decisions.map((list) => JSON.stringify(list))).size).toBe(1);
  });
});

describe("durabletask-js's own style", () => {
  // As its samples write it: async generators, a function as the activity's name, `whenAny` compared by identity.
  const hello = (_context: unknown, name: string): string => `Hello ${name}!`;
  const greet = activity("hello", hello);
  const sample = async function* (ctx: OrchestrationContext): AsyncGenerator<unknown, unknown, never> {
    const cities: string[] = [];
    cities.push(yield ctx.callActivity(hello, "Tokyo"));
    const approval = ctx.waitForExternalEvent("approval");
    const timeout = ctx.createTimer({ days: 1 });
    const winner: unknown = yield whenAny([approval, timeout]);
    if (winner === approval) return [...cities, approval.getResult()];
    return [...cities, "nobody came"];
  };

  it("runs unchanged when the event comes first", async () => {
    const definition = orchestrator("sample", sample);
    const stage = await Stage.open([definition, greet]);
    await stage.start(definition);
    await stage.idle();
    await stage.client.raiseOrchestrationEvent("one", "Approval", "yes");
    await stage.rest();
    expect(await stage.output()).toEqual(["Hello Tokyo!", "yes"]);
  });

  it("runs unchanged when the timer comes first", async () => {
    const state = await perform(orchestrator("sample", sample), { register: [greet] });
    expect(state.output).toEqual(["Hello Tokyo!", "nobody came"]);
  });
});

describe("an orchestrator that does not wait", () => {
  const endings: readonly (readonly [string, OrchestratorDefinition, unknown])[] = [
    ["a plain function", orchestrator("at-once", (_ctx, n: number) => n + 1), 2],
    ["an async function", orchestrator("at-once", async (_ctx, n: number) => Promise.resolve(n + 1)), 2],
    ["an empty function", orchestrator("at-once", () => undefined), undefined],
  ];
  it.each(endings)("completes in its first turn as %s", async (_shape, definition, output) => {
    const stage = await Stage.open([definition]);
    await stage.start(definition, 1);
    await stage.idle();
    expect(await stage.output()).toBe(output);
    expect((await stage.history()).map(({ type }) => type)).toEqual([
      "OrchestratorStarted",
      "ExecutionStarted",
      "ExecutionCompleted",
      "OrchestratorCompleted",
    ]);
  });

  it.each([
    [
      "a generator",
      orchestrator("throws", function* () {
        throw new RangeError("no");
      }),
    ],
    ["an async function", orchestrator("throws", async () => Promise.reject(new RangeError("no")))],
    [
      "an async generator",
      orchestrator("throws", async function* () {
        throw new RangeError("no");
      }),
    ],
    [
      "a plain function",
      orchestrator("throws", () => {
        throw new RangeError("no");
      }),
    ],
  ])("fails in its first turn as %s that throws", async (_shape, definition) => {
    const state = await perform(definition);
    expect(state.runtimeStatus).toBe("Failed");
    expect(state.failureDetails).toMatchObject({ errorType: "RangeError", errorMessage: "no" });
    expect(() => state.raiseIfFailed()).toThrow("no");
  });
});

describe("a yield of something that is not a task", () => {
  const wrong: readonly (readonly [string, () => unknown, RegExp])[] = [
    ["a number", () => 7, /the number 7/],
    ["undefined", () => undefined, /undefined/],
    ["null", () => null, /null/],
    ["a promise", () => Promise.resolve(1), /a native promise/],
    ["a promise that fails", () => Promise.reject(new Error("lost")), /a native promise/],
    ["an array of tasks", () => [], /an array \(use whenAll or whenAny\)/],
    [
      "a generator without its star",
      () =>
        (function* () {
          yield 1;
        })(),
      /a generator.*yield\*/,
    ],
    ["an object", () => ({}), /a value of type object/],
  ];

  it.each(wrong)("is thrown at the yield: %s", async (_what, make, message) => {
    const definition = orchestrator("wrong", function* (ctx) {
      try {
        yield make();
      } catch (error) {
        // The function may go on: the error is its own to handle.
        return [error instanceof InvalidYieldError, (error as Error).message, yield* ctx.callActivity(echo, "on")];
      }
      return "not thrown";
    });
    const [isInvalidYield, text, next] = (await perform(definition, { register: [echo] })).output as unknown[];
    expect([isInvalidYield, next]).toEqual([true, "on"]);
    expect(text).toMatch(message);
  });

  it("fails the instance when nobody catches it", async () => {
    const state = await perform(
      orchestrator("wrong", function* () {
        yield 7;
      }),
    );
    expect(state.failureDetails).toMatchObject({ errorType: "InvalidYieldError", code: "INVALID_YIELD" });
  });

  it("refuses a generator helper that is returned instead of run", async () => {
    const helper = function* (ctx: OrchestrationContext) {
      yield* ctx.callActivity(echo, 1);
    };
    const state = await perform(
      orchestrator("wrong", function* (ctx) {
        return helper(ctx);
      }),
      { register: [echo] },
    );
    expect(state.failureDetails?.errorMessage).toMatch(/generator.*yield\*/);
  });
});

describe("a generator helper", () => {
  function* reserve(ctx: OrchestrationContext, what: string): Generator<Task, string, string> {
    try {
      return yield* ctx.callActivity<string>("echo", what);
    } finally {
      yield* ctx.callActivity(echo, "released");
    }
  }

  it("waits inside its caller with yield*, and its finally runs", async () => {
    const definition = orchestrator("caller", function* (ctx) {
      return [yield* reserve(ctx, "hall"), yield* reserve(ctx, "piano")];
    });
    const stage = await Stage.open([definition, echo]);
    await stage.start(definition);
    await stage.rest();
    expect(await stage.output()).toEqual(["hall", "piano"]);
    expect((await stage.history()).filter(({ type }) => type === "TaskScheduled")).toHaveLength(4);
  });
});

describe("waiting on what has completed already", () => {
  it.each([
    [
      "a generator",
      orchestrator("loop", function* (ctx, n: number) {
        let sum = 0;
        for (let i = 0; i < n; i++) sum += yield* ctx.waitForExternalEvent<number>("Count");
        return sum;
      }),
    ],
    [
      "an async function",
      orchestrator("loop", async (ctx, n: number) => {
        let sum = 0;
        for (let i = 0; i < n; i++) sum += await ctx.waitForExternalEvent<number>("Count");
        return sum;
      }),
    ],
    [
      "an async generator",
      orchestrator("loop", async function* (ctx: OrchestrationContext, n: number) {
        let sum = 0;
        for (let i = 0; i < n; i++) sum += (yield ctx.waitForExternalEvent<number>("Count")) as number;
        return sum;
      }),
    ],
  ])("consumes 10,000 buffered events in a loop as %s", async (_shape, definition) => {
    const count = 10_000;
    const stage = await Stage.open([definition]);
    await stage.client.scheduleNewOrchestration("loop", count, { instanceId: "one", startAt: { seconds: 1 } });
    for (let i = 0; i < count; i++) await stage.client.raiseOrchestrationEvent("one", "Count", 1);
    await stage.rest();
    expect(await stage.output()).toBe(count);
  });
});
