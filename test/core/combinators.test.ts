/**
 * Laws of `whenAll` and `whenAny`, in generator style and in async style.
 */
import { describe, expect, it } from "vitest";
import type { OrchestrationContext, Task } from "dacapo";
import { activity, InvalidArgumentError, orchestrator, whenAll, whenAny } from "dacapo";
import { echo, fail, perform, Stage } from "../runtime/stage.ts";

/** Runs a generator and an async program that should give the same output, and gives it. */
async function inBothStyles(
  generator: (ctx: OrchestrationContext) => Generator<unknown, unknown, never>,
  native: (ctx: OrchestrationContext) => Promise<unknown>,
): Promise<unknown> {
  const outputs: unknown[] = [];
  for (const definition of [orchestrator("both", generator), orchestrator("both", native)]) {
    outputs.push((await perform(definition, { register: [echo, fail] })).raiseIfFailed().output);
  }
  expect(outputs[1]).toEqual(outputs[0]);
  return outputs[0];
}

const messageOf = (error: unknown): string => (error as Error).message;

describe("whenAll", () => {
  it("gives the results in the order of its tasks", async () => {
    const tasks = (ctx: OrchestrationContext): Task[] => [
      ctx.createTimer({ hours: 2 }),
      ctx.callActivity(echo, "second"),
      ctx.createTimer({ hours: 1 }),
    ];
    const output = await inBothStyles(
      function* (ctx) {
        return yield* whenAll(tasks(ctx));
      },
      async (ctx) => whenAll(tasks(ctx)),
    );
    expect(output).toEqual([null, "second", null]);
  });

  it("of no tasks completes at once", async () => {
    const output = await inBothStyles(
      function* () {
        return yield* whenAll([]);
      },
      async () => await whenAll([]),
    );
    expect(output).toEqual([]);
  });

  it("waits for all before it throws the one error", async () => {
    const output = await inBothStyles(
      function* (ctx) {
        const slow = ctx.createTimer({ hours: 1 });
        try {
          yield* whenAll([ctx.callActivity(fail, "one"), slow]);
        } catch (error) {
          return [(error as Error).name, slow.isCompleted];
        }
        return "not thrown";
      },
      async (ctx) => {
        const slow = ctx.createTimer({ hours: 1 });
        try {
          await whenAll([ctx.callActivity(fail, "one"), slow]);
        } catch (error) {
          return [(error as Error).name, slow.isCompleted];
        }
        return "not thrown";
      },
    );
    expect(output).toEqual(["TaskFailedError", true]);
  });

  it("throws several errors as one AggregateError, in the order of the tasks", async () => {
    const describeAll = (error: unknown): unknown => [
      error instanceof AggregateError,
      (error as AggregateError).errors.map((inner) => ((inner as Error).cause as Error).message),
    ];
    const output = await inBothStyles(
      function* (ctx) {
        try {
          yield* whenAll([ctx.callActivity(fail, "a"), ctx.callActivity(echo, 1), ctx.callActivity(fail, "b")]);
        } catch (error) {
          return describeAll(error);
        }
        return "not thrown";
      },
      async (ctx) => {
        try {
          await whenAll([ctx.callActivity(fail, "a"), ctx.callActivity(echo, 1), ctx.callActivity(fail, "b")]);
        } catch (error) {
          return describeAll(error);
        }
        return "not thrown";
      },
    );
    expect(output).toEqual([true, ["a", "b"]]);
  });

  it("records every member of an AggregateError that nobody caught", async () => {
    const definition = orchestrator("many", function* (ctx) {
      yield* whenAll(Array.from({ length: 40 }, (_, i) => ctx.callActivity(fail, `no ${i}`)));
    });
    const { failureDetails } = await perform(definition, { register: [fail] });
    expect(failureDetails?.errorType).toBe("AggregateError");
    expect(failureDetails?.innerFailures).toHaveLength(40);
    expect(failureDetails?.innerFailures?.[39]?.innerFailure?.errorMessage).toBe("no 39");
  });

  it("of tasks that have completed already completes at once, and the same task may be in it twice", async () => {
    const output = await inBothStyles(
      function* (ctx) {
        const task = ctx.callActivity(echo, 3);
        yield* task;
        return yield* whenAll([task, task, whenAll([task])]);
      },
      async (ctx) => {
        const task = ctx.callActivity(echo, 3);
        await task;
        return await whenAll([task, task, whenAll([task])]);
      },
    );
    expect(output).toEqual([3, 3, [3]]);
  });
});

describe("whenAny", () => {
  it("of no tasks is refused where it is called", async () => {
    const output = await inBothStyles(
      function* () {
        try {
          whenAny([]);
        } catch (error) {
          return [error instanceof InvalidArgumentError, messageOf(error)];
        }
        return "not thrown";
      },
      async () => {
        try {
          await whenAny([]);
        } catch (error) {
          return [error instanceof InvalidArgumentError, messageOf(error)];
        }
        return "not thrown";
      },
    );
    expect(output).toEqual([true, "whenAny([]) would wait for ever. Give it at least one task."]);
  });

  it("gives a generator the winning task itself, and async code its index and the task", async () => {
    const output = await inBothStyles(
      function* (ctx) {
        const [slow, quick] = [ctx.createTimer({ hours: 2 }), ctx.createTimer({ hours: 1 })];
        const winner = yield* whenAny([slow, quick]);
        return [winner === quick, winner === slow];
      },
      async (ctx) => {
        const [slow, quick] = [ctx.createTimer({ hours: 2 }), ctx.createTimer({ hours: 1 })];
        const { index, task } = await whenAny([slow, quick]);
        return [index === 1 && task === quick, task === slow];
      },
    );
    expect(output).toEqual([true, false]);
  });

  it("of several that have settled gives the first in the list", async () => {
    const output = await inBothStyles(
      function* (ctx) {
        const tasks = [1, 2].map((n) => ctx.callActivity(echo, n));
        yield* whenAll(tasks);
        return (yield* whenAny([ctx.waitForExternalEvent("never"), tasks[1]!, tasks[0]!])) === tasks[1];
      },
      async (ctx) => {
        const tasks = [1, 2].map((n) => ctx.callActivity(echo, n));
        await whenAll(tasks);
        return (await whenAny([ctx.waitForExternalEvent("never"), tasks[1]!, tasks[0]!])).index === 1;
      },
    );
    expect(output).toBe(true);
  });

  it("does not throw when the winner failed: the winner's result does", async () => {
    const output = await inBothStyles(
      function* (ctx) {
        const winner = yield* whenAny([ctx.callActivity(fail, "no"), ctx.createTimer({ hours: 1 })]);
        return [winner.isFailed, winner.getException()?.name];
      },
      async (ctx) => {
        const { task } = await whenAny([ctx.callActivity(fail, "no"), ctx.createTimer({ hours: 1 })]);
        return [task.isFailed, task.getException()?.name];
      },
    );
    expect(output).toEqual([true, "TaskFailedError"]);
  });

  it("keeps the losers' results", async () => {
    const output = await inBothStyles(
      function* (ctx) {
        const slow = ctx.callActivity(echo, "slow");
        yield* whenAny([ctx.callActivity(echo, "quick"), slow]);
        yield* ctx.createTimer({ hours: 1 });
        return [slow.isCompleted, yield* slow];
      },
      async (ctx) => {
        const slow = ctx.callActivity(echo, "slow");
        await whenAny([ctx.callActivity(echo, "quick"), slow]);
        await ctx.createTimer({ hours: 1 });
        return [slow.isCompleted, await slow];
      },
    );
    expect(output).toEqual([true, "slow"]);
  });

  it("keeps the losers' results in history", async () => {
    const definition = orchestrator("race", function* (ctx) {
      yield* whenAny([ctx.callActivity(echo, "a"), ctx.callActivity(echo, "b")]);
      yield* ctx.waitForExternalEvent("end");
    });
    const stage = await Stage.open([definition, echo]);
    await stage.start(definition);
    await stage.idle();
    expect((await stage.history()).filter(({ type }) => type === "TaskCompleted")).toHaveLength(2);
  });

  it("works with tasks that are in another combination too", async () => {
    const output = await inBothStyles(
      function* (ctx) {
        const [a, b] = [ctx.callActivity(echo, "a"), ctx.createTimer({ hours: 1 })];
        const winner = yield* whenAny([whenAll([a, b]), whenAny([a, b]), b]);
        const results: unknown = yield* whenAll([a, b]);
        return [winner === a, winner.isCompleted, results];
      },
      async (ctx) => {
        const [a, b] = [ctx.callActivity(echo, "a"), ctx.createTimer({ hours: 1 })];
        const { index, task } = await whenAny([whenAll([a, b]), whenAny([a, b]), b]);
        return [index !== 1, task.isCompleted, await whenAll([a, b])];
      },
    );
    expect(output).toEqual([false, true, ["a", null]]);
  });
});

describe("combinations", () => {
  it("nest a thousand deep", async () => {
    const output = await inBothStyles(
      function* (ctx) {
        let task: Task = ctx.callActivity(echo, "deep");
        for (let i = 0; i < 1000; i++) task = i % 2 === 0 ? whenAll([task]) : whenAny([task]);
        yield* task;
        return "done";
      },
      async (ctx) => {
        let task: Task = ctx.callActivity(echo, "deep");
        for (let i = 0; i < 1000; i++) task = i % 2 === 0 ? whenAll([task]) : whenAny([task]);
        await task;
        return "done";
      },
    );
    expect(output).toBe("done");
  });

  it.each([
    ["a promise", Promise.resolve(1)],
    ["a number", 1],
    ["nothing", undefined],
  ])("refuse %s, and say where it was", async (_what, wrong) => {
    const definition = orchestrator("wrong", function* (ctx) {
      yield* whenAll([ctx.callActivity(echo, 1), wrong as unknown as Task]);
    });
    const { failureDetails } = await perform(definition, { register: [echo] });
    expect(failureDetails).toMatchObject({ errorType: "InvalidArgumentError" });
    expect(failureDetails?.errorMessage).toContain("whenAll was given something that is not a durable task at index 1");
  });

  it("refuse tasks that are not in an array", async () => {
    const definition = orchestrator("wrong", function* (ctx) {
      yield* whenAny(ctx.callActivity(echo, 1) as unknown as Task[]);
    });
    const { failureDetails } = await perform(definition, { register: [echo] });
    expect(failureDetails?.errorMessage).toContain("whenAny takes an array of tasks");
  });

  it("leave no trace in the history", async () => {
    const definition = orchestrator("traces", function* (ctx) {
      return yield* whenAll([whenAny([whenAll([ctx.callActivity(echo, 1)])])]);
    });
    const stage = await Stage.open([definition, echo]);
    await stage.start(definition);
    await stage.rest();
    const decided = (await stage.history()).filter(({ type }) => type === "TaskScheduled" || type === "TimerCreated");
    expect(decided).toHaveLength(1);
  });

  it("fan out over a thousand activities", async () => {
    const double = activity("double", (_ctx, n: number) => 2 * n);
    const definition = orchestrator("wide", function* (ctx) {
      const results = yield* whenAll(Array.from({ length: 1000 }, (_, n) => ctx.callActivity(double, n)));
      return results.reduce((sum, n) => sum + n, 0);
    });
    expect((await perform(definition, { register: [double] })).output).toBe(999_000);
  });
});

describe("a task", () => {
  it("says how it stands, and gives no result before it has one", async () => {
    const definition = orchestrator("states", function* (ctx) {
      const [good, bad] = [ctx.callActivity(echo, 1), ctx.callActivity(fail, "no")];
      const states = (): unknown[] => [good, bad].map((task) => [task.isCompleted, task.isComplete, task.isFaulted]);
      let early = "";
      try {
        good.getResult();
      } catch (error) {
        early = (error as Error).name;
      }
      const before = [...states(), good.result, early];
      yield* whenAny([whenAll([good, bad])]);
      let thrown = "";
      try {
        bad.getResult();
      } catch (error) {
        thrown = (error as Error).name;
      }
      return { before, after: states(), result: good.result, thrown };
    });
    expect((await perform(definition, { register: [echo, fail] })).output).toEqual({
      before: [[false, false, false], [false, false, false], null, "InvalidArgumentError"],
      after: [
        [true, true, false],
        [true, true, true],
      ],
      result: 1,
      thrown: "TaskFailedError",
    });
  });

  it("may be waited for again, whenever", async () => {
    const output = await inBothStyles(
      function* (ctx) {
        const task = ctx.callActivity(echo, "same");
        const values: unknown[] = [yield* task, yield* task];
        yield* ctx.createTimer({ seconds: 1 });
        return [...values, yield* task];
      },
      async (ctx) => {
        const task = ctx.callActivity(echo, "same");
        const values: unknown[] = await Promise.all([task, task]);
        await ctx.createTimer({ seconds: 1 });
        return [...values, await task];
      },
    );
    expect(output).toEqual(["same", "same", "same"]);
  });

  it("fails each time with the same error", async () => {
    const output = await inBothStyles(
      function* (ctx) {
        const task = ctx.callActivity(fail, "no");
        const errors: unknown[] = [];
        for (let i = 0; i < 2; i++) {
          try {
            yield* task;
          } catch (error) {
            errors.push(error);
          }
        }
        return errors.length === 2 && errors[0] === errors[1];
      },
      async (ctx) => {
        const task = ctx.callActivity(fail, "no");
        const errors = [
          await task.then(null, (error: unknown) => error),
          await task.then(null, (error: unknown) => error),
        ];
        return errors[0] instanceof Error && errors[0] === errors[1];
      },
    );
    expect(output).toBe(true);
  });
});
