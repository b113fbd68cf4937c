/**
 * Laws of retry policies and handlers: how often, after which waits, under which ids, and when not at all.
 */
import { describe, expect, it } from "vitest";
import type { OrchestrationContext, OrchestratorDefinition, RetryContext, RetryHandler, RetryPolicy } from "dacapo";
import { activity, orchestrator } from "dacapo";
import { checkRetryPolicy, nextRetryDelayMs } from "../../src/core/retry.ts";
import { perform, Stage } from "../runtime/stage.ts";

interface Try {
  readonly seconds: number;
  readonly attempt: number;
  readonly taskId: number;
  readonly key: string;
}

/** Runs an activity that fails until its try number `succeedsAt`, under a policy or a handler. */
async function tries(
  retry: RetryPolicy | RetryHandler,
  succeedsAt = Infinity,
  thrown: () => unknown = () => new Error("no"),
) {
  const made: Try[] = [];
  const shaky = activity("shaky", (ctx) => {
    const seconds = (stage.clock.now() - Date.UTC(2026, 0, 1)) / 1000;
    made.push({ seconds, attempt: ctx.attempt, taskId: ctx.taskId, key: ctx.idempotencyKey });
    if (made.length < succeedsAt) throw thrown();
    return "at last";
  });
  const definition = orchestrator("retries", function* (ctx) {
    return yield* ctx.callActivity(shaky, undefined, { retry });
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

describe("a retry handler", () => {
  const failsTwice = (answer: (retry: RetryContext) => unknown) => tries(answer as RetryHandler, 3);

  it("tries again at once for true: in the same turn, without a timer", async () => {
    const { made, state, history } = await failsTwice(() => true);
    expect(made.map(({ seconds }) => seconds)).toEqual([0, 0, 0]);
    expect(made.map(({ taskId }) => taskId)).toEqual([1, 2, 3]);
    expect(made.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(new Set(made.map(({ key }) => key)).size).toBe(1);
    expect(history.some(({ type }) => type === "TimerCreated")).toBe(false);
    expect(state.output).toBe("at last");
  });

  it("tries again after a durable timer for a duration", async () => {
    const { made, history } = await failsTwice(({ lastAttemptNumber }) => ({ hours: lastAttemptNumber }));
    expect(made.map(({ seconds }) => seconds)).toEqual([0, 3600, 3 * 3600]);
    expect(history.filter(({ type }) => type === "TimerCreated")).toHaveLength(2);
  });

  it("gives up for false, and the last failure is thrown", async () => {
    const { made, state } = await tries(({ lastAttemptNumber }) => lastAttemptNumber < 2);
    expect(made).toHaveLength(2);
    expect(state.failureDetails?.errorMessage).toBe('The activity "shaky" (task 2) failed: Error: no');
  });

  it("is shown the attempt, the failure as recorded, the time since the first try, and the context", async () => {
    const seen: unknown[] = [];
    await failsTwice(({ context, lastAttemptNumber, lastFailure, totalRetryTime }) => {
      const { errorType, errorMessage } = lastFailure;
      seen.push([context.instanceId, lastAttemptNumber, errorType, errorMessage, totalRetryTime.milliseconds]);
      return { seconds: 40 };
    });
    expect(seen).toEqual([
      ["one", 1, "Error", "no", 0],
      ["one", 2, "Error", "no", 40_000],
    ]);
  });

  it("is not asked about an error that says that it is not worth it", async () => {
    const { made, state } = await tries(
      () => true,
      Infinity,
      () => Object.assign(new Error("never"), { isNonRetriable: true }),
    );
    expect(made).toHaveLength(1);
    expect(state.failureDetails?.errorType).toBe("TaskFailedError");
  });

  it("fails the call with what it throws", async () => {
    const { made, state } = await tries(() => {
      throw new SyntaxError("my own mistake");
    });
    expect(made).toHaveLength(1);
    expect(state.failureDetails).toMatchObject({ errorType: "SyntaxError", errorMessage: "my own mistake" });
  });

  it.each<[string, unknown, string]>([
    ["undefined", undefined, "gave a value of type undefined"],
    ["null", null, "gave null"],
    ["a number, which has no unit", 5000, "gave 5000"],
    ["NaN", NaN, "gave NaN"],
    ["a text", "yes", "gave a value of type string"],
    ["no unit", {}, "answer of the retry handler names no unit"],
    ["another unit", { fortnights: 1 }, 'unknown unit "fortnights"'],
    ["a duration that goes back", { seconds: -1 }, "has the number -1 seconds"],
    ["a duration past all dates", { weeks: 1e9 }, "longer than a date can reach"],
  ])("fails the call clearly when it answers %s", async (_what, answer, message) => {
    const { made, state } = await failsTwice(() => answer);
    expect(made).toHaveLength(1);
    expect(state.failureDetails?.errorType).toBe("InvalidArgumentError");
    expect(state.failureDetails?.errorMessage).toContain(message);
  });

  it("says what had failed when its answer cannot be understood", async () => {
    const { state } = await failsTwice(() => undefined);
    expect(state.failureDetails?.innerFailure).toMatchObject({ errorType: "Error", errorMessage: "no" });
  });

  it.each([
    ["resolves", async () => Promise.resolve(true)],
    ["rejects", async () => Promise.reject(new Error("nobody hears of this"))],
    ["gives a task", ({ context }: RetryContext) => context.createTimer({ seconds: 1 })],
  ])("is refused when it is async and %s, and disturbs nobody", async (_what, handler) => {
    const { made, state } = await failsTwice(handler);
    expect(made).toHaveLength(1);
    expect(state.failureDetails?.errorType).toBe("InvalidArgumentError");
    expect(state.failureDetails?.errorMessage).toContain("must not be async");
  });

  it("may use its context, and comes to the same on every replay", async () => {
    const waits: number[] = [];
    const jitter: RetryHandler = ({ context, lastAttemptNumber }) => {
      const milliseconds = Math.ceil(context.random() * 1000);
      if (!context.isReplaying) waits.push(milliseconds);
      return lastAttemptNumber < 4 && { milliseconds };
    };
    const shaky = activity("shaky", () => {
      throw new Error("no");
    });
    const definition: OrchestratorDefinition = orchestrator("cold", function* (ctx) {
      yield* ctx.callActivity(shaky, undefined, { retry: jitter });
    });
    const stage = await Stage.open([definition, shaky], { worker: { maxWarmOrchestrations: 0 } });
    await stage.start(definition);
    await stage.rest();
    const timers = (await stage.history()).filter((event) => event.type === "TimerCreated");
    expect(timers.map(({ fireAt, timestamp }) => fireAt - timestamp)).toEqual(waits.slice(0, 3));
    expect((await stage.state()).failureDetails?.errorType).toBe("TaskFailedError");
  });

  it("is caught when it decides something else on replay", async () => {
    let asked = 0;
    const moody: RetryHandler = () => (asked++ === 0 ? { seconds: 1 } : true);
    const shaky = activity("shaky", () => {
      throw new Error("no");
    });
    const definition: OrchestratorDefinition = orchestrator("moody", function* (ctx) {
      yield* ctx.callActivity(shaky, undefined, { retry: moody });
    });
    const stage = await Stage.open([definition, shaky], { worker: { maxWarmOrchestrations: 0 } });
    await stage.start(definition);
    await stage.rest();
    expect((await stage.state()).failureDetails?.errorType).toBe("NonDeterminismError");
  });

  it.each(["handler", "handleFailure"])("as %s, it is orchestrator code to the determinism guard", async (as) => {
    const leak = (): boolean => new Date().getTime() > 0;
    const retry = as === "handler" ? leak : { ...everySecond, handleFailure: leak };
    const shaky = activity("shaky", () => {
      throw new Error("no");
    });
    const definition: OrchestratorDefinition = orchestrator("leaky", function* (ctx: OrchestrationContext) {
      yield* ctx.callActivity(shaky, undefined, { retry });
    });
    const { failureDetails } = await perform(definition, { register: [shaky], determinismGuard: true });
    expect(failureDetails?.errorType).toBe("NonDeterministicCallError");
    expect(failureDetails?.errorMessage).toContain("new Date()");
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
