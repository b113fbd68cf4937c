/**
 * Laws of failures: whatever is thrown, in an activity or in an orchestrator, is recorded and comes back as an error.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FailureDetails } from "dacapo";
import {
  activity,
  InvariantError,
  OrchestrationFailedError,
  orchestrator,
  PoisonMessageError,
  TaskFailedError,
} from "dacapo";
import { fromFailureDetails, toFailureDetails } from "../../src/core/failure.ts";
import { perform, Stage } from "../runtime/stage.ts";

/** Throws `make()` in an activity; gives what the orchestrator caught at its call. */
async function caughtAtTheCall(make: () => unknown): Promise<TaskFailedError> {
  let caught: unknown;
  const throws = activity("throws", () => {
    throw make();
  });
  const definition = orchestrator("catches", function* (ctx) {
    try {
      yield* ctx.callActivity(throws);
    } catch (error) {
      caught = error;
    }
  });
  await perform(definition, { register: [throws] });
  expect(caught).toBeInstanceOf(TaskFailedError);
  return caught as TaskFailedError;
}

describe("an error of an activity", () => {
  it("is thrown at the call, with its name, message, stack, code and causes", async () => {
    const error = await caughtAtTheCall(() =>
      Object.assign(new RangeError("outer", { cause: new TypeError("inner", { cause: "a text" }) }), {
        code: "ERANGE",
      }),
    );
    expect(error).toMatchObject({ name: "TaskFailedError", code: "TASK_FAILED", taskName: "throws", taskId: 1 });
    expect(error.message).toBe('The activity "throws" (task 1) failed: RangeError: outer');
    const cause = error.cause as Error & { code: string; cause: Error };
    expect([cause.name, cause.message, cause.code]).toEqual(["RangeError", "outer", "ERANGE"]);
    expect(cause.stack).toMatch(/^RangeError: outer\n {4}at .*failures\.test/);
    expect([cause.cause.name, cause.cause.message]).toEqual(["TypeError", "inner"]);
    expect((cause.cause.cause as Error).message).toBe("a text");
    expect(error.details).toMatchObject({
      errorType: "RangeError",
      errorMessage: "outer",
      code: "ERANGE",
      innerFailure: {
        errorType: "TypeError",
        errorMessage: "inner",
        innerFailure: { errorType: "string", errorMessage: "a text" },
      },
    });
  });

  it("that is an AggregateError comes back as one", async () => {
    const error = await caughtAtTheCall(() => new AggregateError([new Error("a"), 7], "both"));
    const cause = error.cause as AggregateError;
    expect(cause).toBeInstanceOf(AggregateError);
    expect([cause.message, cause.errors.map((inner) => (inner as Error).message)]).toEqual(["both", ["a", "7"]]);
  });

  it("of a class of one's own keeps the class's name", async () => {
    class PaymentDeclined extends Error {
      override readonly name = "PaymentDeclined";
    }
    expect((await caughtAtTheCall(() => new PaymentDeclined("no funds"))).details.errorType).toBe("PaymentDeclined");
  });
});

describe("whatever is thrown", () => {
  const throwing = Object.defineProperty(new Error("hidden"), "message", {
    get: () => {
      throw new Error("no");
    },
  });
  const cyclic = new Error("cyclic");
  cyclic.cause = cyclic;
  const selfish = new AggregateError([], "selfish");
  selfish.errors.push(selfish, selfish, selfish, selfish);

  const values: readonly (readonly [string, unknown, Partial<FailureDetails>])[] = [
    ["a text", "no", { errorType: "string", errorMessage: "no" }],
    ["an empty text", "", { errorType: "string", errorMessage: "" }],
    ["undefined", undefined, { errorType: "undefined", errorMessage: "undefined" }],
    ["null", null, { errorType: "object", errorMessage: "null" }],
    ["a number", NaN, { errorType: "number", errorMessage: "NaN" }],
    ["a bigint", 7n, { errorType: "bigint", errorMessage: "7" }],
    ["a symbol", Symbol("s"), { errorType: "symbol", errorMessage: "Symbol(s)" }],
    ["an object", { reason: 1 }, { errorType: "object", errorMessage: '{"reason":1}' }],
    ["a frozen object", Object.freeze({ a: 1 }), { errorType: "object", errorMessage: '{"a":1}' }],
    ["a frozen error", Object.freeze(new Error("cold")), { errorType: "Error", errorMessage: "cold" }],
    ["an object without a prototype", Object.create(null), { errorType: "object", errorMessage: "{}" }],
    ["a function", (): number => 1, { errorType: "function" }],
    ["an error whose message throws", throwing, { errorMessage: "a value that cannot be read" }],
    ["an error that causes itself", cyclic, { errorType: "Error", errorMessage: "cyclic" }],
    ["an aggregate of itself", selfish, { errorType: "AggregateError", errorMessage: "selfish" }],
    ["an error whose name is no text", Object.assign(new Error("x"), { name: { odd: 1 } }), { errorMessage: "x" }],
    ["an error whose code is a number", Object.assign(new Error("x"), { code: 404 }), { errorMessage: "x" }],
    ["an error of another realm", { name: "TypeError", message: "far", stack: "s" }, { errorType: "TypeError" }],
  ];

  it.each(values)("by an activity is recorded: %s", async (_what, value, expected) => {
    expect((await caughtAtTheCall(() => value)).details).toMatchObject(expected);
  });

  it.each(values)("by an orchestrator fails the instance: %s", async (_what, value, expected) => {
    const generator = orchestrator("throws", function* () {
      throw value;
    });
    const native = orchestrator("throws", async () => Promise.reject(value as Error));
    for (const definition of [generator, native]) {
      const state = await perform(definition);
      expect(state.runtimeStatus).toBe("Failed");
      expect(state.failureDetails).toMatchObject(expected);
    }
  });

  it("is described in bounds, as JSON, and comes back as an error", () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withNullPrototype: true, withTypedArray: true }), (value) => {
        const details = toFailureDetails(value);
        expect(JSON.parse(JSON.stringify(details))).toEqual(details);
        expect(fromFailureDetails(details)).toBeInstanceOf(Error);
      }),
    );
    expect(JSON.stringify(toFailureDetails(selfish)).length).toBeLessThan(1_000_000);
    expect(JSON.stringify(toFailureDetails(cyclic)).length).toBeLessThan(100_000);
  });

  it("is described even when it cannot be touched", () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(toFailureDetails(proxy)).toEqual({ errorType: "object", errorMessage: "a value that cannot be read" });
  });

  it("comes back, and goes again, as it was", () => {
    const once = toFailureDetails(new AggregateError([new TypeError("a")], "b", { cause: new RangeError("c") }));
    expect(toFailureDetails(fromFailureDetails(once))).toEqual(once);
  });
});

describe("an orchestration that fails", () => {
  it("says so to its client, with the chain of causes", async () => {
    const declined = activity("declined", () => {
      throw new RangeError("no funds");
    });
    const definition = orchestrator("pay", function* (ctx) {
      yield* ctx.callActivity(declined);
    });
    const state = await perform(definition, { register: [declined] });
    expect([state.runtimeStatus, state.output]).toEqual(["Failed", undefined]);
    expect(state.failureDetails).toMatchObject({
      errorType: "TaskFailedError",
      innerFailure: { errorType: "RangeError" },
    });
    let thrown: unknown;
    try {
      state.raiseIfFailed();
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(OrchestrationFailedError);
    const failed = thrown as OrchestrationFailedError;
    expect([failed.instanceId, failed.code]).toEqual(["one", "ORCHESTRATION_FAILED"]);
    expect(((failed.cause as Error).cause as Error).message).toBe("no funds");
  });

  it("whose output cannot be written says so", async () => {
    const state = await perform(orchestrator("bad", () => new Map()));
    expect(state.failureDetails).toMatchObject({ code: "PAYLOAD_NOT_SERIALIZABLE" });
    expect(state.failureDetails?.errorMessage).toContain('output of orchestrator "bad"');
  });

  it("calls an activity that nobody registered, and is told at the call, without retries", async () => {
    const definition = orchestrator("calls", function* (ctx) {
      try {
        const retry = { maxNumberOfAttempts: 5, firstRetryInterval: { seconds: 1 } };
        yield* ctx.callActivity("nobody", 1, { retry });
      } catch (error) {
        return (error as TaskFailedError).details;
      }
      return undefined;
    });
    const stage = await Stage.open([definition]);
    await stage.start(definition);
    await stage.idle();
    expect(await stage.output()).toMatchObject({
      errorType: "ActivityNotRegisteredError",
      code: "ACTIVITY_NOT_REGISTERED",
      isNonRetriable: true,
    });
  });
});

describe("an error of Dacapo", () => {
  it("has a code, a hint in its message, and says where it is explained", () => {
    const error = new PoisonMessageError("It is poison.", { hint: "Do not drink." });
    expect(error).toMatchObject({
      name: "PoisonMessageError",
      message: "It is poison. Do not drink.",
      hint: "Do not drink.",
      helpUrl: "docs/errors.md#poison_message",
      retryable: false,
    });
    expect(new InvariantError("x is one").message).toContain("bug in Dacapo");
  });
});
