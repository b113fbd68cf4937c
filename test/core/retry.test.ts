/**
 * Laws of retry policies: how often, after which waits, under which ids, and when not at all.
 */
import { describe, expect, it } from "vitest";
import type { OrchestratorDefinition, RetryPolicy } from "dacapo";
import { activity, orchestrator } from "dacapo";
import { checkRetryPolicy, nextRetryDelayMs } from "../../src/core/retry.ts";
import { perform, Stage } from "../runtime/stage.ts";

interface Try {
  readonly seconds: number;
  readonly attempt: number;
  readonly taskId: number;
  readonly key: string;
}

/** Runs an activity that fails until its try number `succeedsAt`, under a policy. */
async function tries(policy: RetryPolicy, succeedsAt = Infinity, thrown: () => unknown = () => new Error("no")) {
  const made: Try[] = [];
  const shaky = activity("shaky", (ctx) => {
    const seconds = (stage.clock.now() - Date.UTC(2026, 0, 1)) / 1000;
    made.push({ seconds, attempt: ctx.attempt, taskId: ctx.taskId, key: ctx.idempotencyKey });
    if (made.length < succeedsAt) throw thrown();
    return "at last";
  });
  const definition = orchestrator("retries", function* (ctx) {
    return yield* ctx.callActivity(shaky, undefined, { retry: policy });
  });
  const stage = await Stage.open([definition, shaky]);
  await stage.start(definition);
  await stage.rest();
  return { made, state: await stage.state(), history: await stage.history() };
}

const everySecond: RetryPolicy = { maxNumberOfAttempts: 5, firstRetryInterval: { seconds: 1 } };

describe("a retry policy", () => {
  it.each<[string, RetryPolicy, number[]]>([
    ["even waits", everySecond, [0, 1, 2, 3, 4]],
    ["back-off", { ...everySecond, backoffCoefficient: 2 }, [0, 1, 3, 7, 15]],
    ["a longest wait", { ...everySecond, backoffCoefficient: 3, maxRetryInterval: { seconds: 4 } }, [0, 1, 4, 8, 12]],
    ["an overall timeout, inclusive", { ...everySecond, retryTimeout: { seconds: 2 } }, [0, 1, 2]],
    ["a timeout before the first retry", { ...everySecond, retryTimeout: { milliseconds: 999 } }, [0]],
    ["one try", { ...everySecond, maxNumberOfAttempts: 1 }, [0]],
    ["no wait", { maxNumberOfAttempts: 3, firstRetryInterval: { seconds: 0 } }, [0, 0, 0]],
  ])("tries with %s", async (_what, policy, seconds) => {
    const { made, state } = await tries(policy);
    expect(made.map((one) => one.seconds)).toEqual(seconds);
    expect(state.runtimeStatus).toBe("Failed");
  });

  it("waits an hour at most unless it says otherwise", async () => {
    const { made } = await tries({ maxNumberOfAttempts: 3, firstRetryInterval: { hours: 2 } });
    expect(made.map((one) => one.seconds)).toEqual([0, 3600, 7200]);
  });

  it("stops at the first success", async () => {
    const { made, state } = await tries(everySecond, 3);
    expect([made.length, state.output]).toEqual([3, "at last"]);
  });

  it("numbers the attempts, gives each a task of its own, and all of them one idempotency key", async () => {
    const { made, history } = await tries({ ...everySecond, maxNumberOfAttempts: 3 });
    expect(made.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(made.map(({ taskId }) => taskId)).toEqual([1, 3, 5]);
    expect(new Set(made.map(({ key }) => key)).size).toBe(1);
    expect(history.filter(({ type }) => type === "TimerCreated")).toHaveLength(2);
  });

  it("throws the last failure, with its task", async () => {
    let count = 0;
    const { state } = await tries(
      { ...everySecond, maxNumberOfAttempts: 2 },
      Infinity,
      () => new Error(`no ${++count}`),
    );
    expect(state.failureDetails?.errorMessage).toBe('The activity "shaky" (task 3) failed: Error: no 2');
  });

  it("gives up on an error that says that it is not worth it", async () => {
    const { made, state } = await tries(everySecond, Infinity, () =>
      Object.assign(new Error("never"), { isNonRetriable: true }),
    );
    expect(made).toHaveLength(1);
    expect(state.failureDetails?.innerFailure?.isNonRetriable).toBe(true);
  });

  it("asks handleFailure, which is shown the failure as recorded", async () => {
    const seen: unknown[] = [];
    const { made } = await tries(
      {
        ...everySecond,
        handleFailure: (failure) => {
          seen.push([failure.errorType, failure.errorMessage, failure.code]);
          return seen.length < 2;
        },
      },
      Infinity,
      () => Object.assign(new RangeError("no"), { code: "EAGAIN" }),
    );
    expect(made).toHaveLength(2);
    expect(seen).toEqual([
      ["RangeError", "no", "EAGAIN"],
      ["RangeError", "no", "EAGAIN"],
    ]);
  });

  it("throws at the call what handleFailure throws", async () => {
    const { made, state } = await tries({
      ...everySecond,
      handleFailure: () => {
        throw new SyntaxError("my own mistake");
      },
    });
    expect(made).toHaveLength(1);
    expect(state.failureDetails).toMatchObject({ errorType: "SyntaxError", errorMessage: "my own mistake" });
  });

  it("refuses a handleFailure that is async, which would always say yes", async () => {
    const handleFailure = (async () => Promise.resolve(false)) as unknown as () => boolean;
    const { made, state } = await tries({ ...everySecond, handleFailure });
    expect(made).toHaveLength(1);
    expect(state.failureDetails).toMatchObject({ errorType: "InvalidArgumentError" });
    expect(state.failureDetails?.errorMessage).toContain("must not be async");
  });

  it("runs each call of its own by its own count and key", async () => {
    const keys: string[] = [];
    const shaky = activity("shaky", (ctx, name: string) => {
      keys.push(`${name} ${ctx.attempt} ${ctx.idempotencyKey}`);
      if (ctx.attempt === 1) throw new Error("once");
      return name;
    });
    const definition = orchestrator("two", async (ctx) =>
      Promise.all(["a", "b"].map((name) => ctx.callActivity(shaky, name, { retry: everySecond }))),
    );
    expect((await perform(definition, { register: [shaky] })).output).toEqual(["a", "b"]);
    expect(new Set(keys.map((key) => key.split(" ")[2])).size).toBe(2);
    expect(keys.map((key) => key.slice(0, 3))).toEqual(["a 1", "b 1", "a 2", "b 2"]);
  });

  it("goes on after a crash of the worker, by the same waits", async () => {
    const made: number[] = [];
    const shaky = activity("shaky", (ctx) => {
      made.push(ctx.attempt);
      throw new Error("no");
    });
    const definition: OrchestratorDefinition = orchestrator("cold", function* (ctx) {
      yield* ctx.callActivity(shaky, undefined, { retry: everySecond });
    });
    const stage = await Stage.open([definition, shaky], { worker: { maxWarmOrchestrations: 0 } });
    await stage.start(definition);
    await stage.rest();
    expect(made).toEqual([1, 2, 3, 4, 5]);
    expect(stage.clock.now() - Date.UTC(2026, 0, 1)).toBe(4000);
  });
});

describe("a policy that makes no sense is refused at the call", () => {
  const refused: readonly (readonly [unknown, string])[] = [
    [null, "is not a retry policy"],
    [3, "is not a retry policy"],
    [{ firstRetryInterval: { seconds: 1 } }, "maxNumberOfAttempts is undefined"],
    [{ ...everySecond, maxNumberOfAttempts: 0 }, "maxNumberOfAttempts is 0"],
    [{ ...everySecond, maxNumberOfAttempts: 1.5 }, "maxNumberOfAttempts is 1.5"],
    [{ maxNumberOfAttempts: 2 }, "firstRetryInterval is not a duration"],
    [{ ...everySecond, firstRetryInterval: 5000 }, "firstRetryInterval is not a duration but the number 5000"],
    [{ ...everySecond, firstRetryInterval: { seconds: -1 } }, "firstRetryInterval has the number -1 seconds"],
    [{ ...everySecond, backoffCoefficient: 0.5 }, "backoffCoefficient is 0.5"],
    [{ ...everySecond, backoffCoefficient: NaN }, "backoffCoefficient is NaN"],
    [{ ...everySecond, maxRetryInterval: 1 }, "maxRetryInterval is not a duration"],
    [{ ...everySecond, retryTimeout: {} }, "retryTimeout names no unit"],
  ];
  it.each(refused)("%j", async (policy, message) => {
    const { made, state, history } = await tries(policy as RetryPolicy);
    expect(state.failureDetails?.errorType).toBe("InvalidArgumentError");
    expect(state.failureDetails?.errorMessage).toContain(message);
    expect(made).toEqual([]);
    expect(history.some(({ type }) => type === "TaskScheduled")).toBe(false);
  });
});

describe("the wait before a retry", () => {
  const failure = { errorType: "Error", errorMessage: "no" };
  const delay = (policy: RetryPolicy, attempts: number): number | undefined =>
    nextRetryDelayMs(checkRetryPolicy(policy), { attempts, firstAttemptAt: 0, now: 0, failure });

  it("is a number, however often was tried", () => {
    const forever = { ...everySecond, maxNumberOfAttempts: 1e9, backoffCoefficient: 10 };
    expect(delay(forever, 1000)).toBe(3_600_000);
    expect(delay({ ...forever, firstRetryInterval: { seconds: 0 } }, 1000)).toBe(0);
  });

  it("is whole milliseconds, rounded up", () => {
    expect(delay({ ...everySecond, firstRetryInterval: { milliseconds: 1 }, backoffCoefficient: 1.5 }, 2)).toBe(2);
  });
});
