/**
 * Laws of sub-orchestrations: a child begins once, with its parent's turn, and its end answers one task of its parent.
 */
import { describe, expect, it } from "vitest";
import type { Orchestration, OrchestrationContext, Task } from "dacapo";
import {
  activity,
  orchestrator,
  SubOrchestrationFailedError,
  TaskFailedError,
  whenAll,
  whenAny,
  type FailureDetails,
} from "dacapo";
import { echo, fail, Stage } from "../runtime/stage.ts";

const double = orchestrator("double", function* (ctx, n: number) {
  return 2 * ((yield* ctx.callActivity(echo, n)) as number);
});

const doomed = orchestrator("doomed", function* (ctx, message: string) {
  return yield* ctx.callActivity(fail, message);
});

/** Waits for ever. */
const sleeper = orchestrator("sleeper", function* (ctx) {
  return yield* ctx.waitForExternalEvent("Wake");
});

/** What a call throws. */
function* caught(call: Task): Orchestration<SubOrchestrationFailedError> {
  try {
    yield* call;
  } catch (error) {
    if (error instanceof SubOrchestrationFailedError) return error;
    throw error;
  }
  throw new Error("it does not fail");
}

/** Name and message of a failure and of all its causes. */
function chain(failure: FailureDetails | undefined): readonly string[] {
  return failure === undefined ? [] : [failure.errorType, ...chain(failure.innerFailure)];
}

describe("a sub-orchestration", () => {
  it("gives its output to its parent, in every style", async () => {
    const generator = orchestrator("generator", function* (ctx) {
      return yield* ctx.callSubOrchestrator(double, 21);
    });
    const native = orchestrator("native", async (ctx) => await ctx.callSubOrchestrator(double, 21));
    const ported = orchestrator("ported", async function* (ctx) {
      return (yield ctx.callSubOrchestrator("double", 21)) as number;
    });
    const returned = orchestrator("returned", (ctx) => ctx.callSubOrchestrator(double, 21));
    const stage = await Stage.open([double, echo, generator, native, ported, returned]);
    for (const definition of [generator, native, ported, returned]) {
      await stage.start(definition, undefined, definition.name);
      await stage.rest();
      expect(await stage.output(definition.name)).toBe(42);
    }
  });

  it("can be called by a function of its name", async () => {
    function* twice(ctx: OrchestrationContext, n: number): Orchestration<number> {
      yield* ctx.createTimer({ seconds: 1 });
      return 2 * n;
    }
    const parent = orchestrator("parent", function* (ctx) {
      return yield* ctx.callSubOrchestrator<number>(twice, 21);
    });
    const stage = await Stage.open([parent, orchestrator("twice", twice)]);
    await stage.start(parent);
    await stage.rest();
    expect(await stage.output()).toBe(42);
  });

  it("calls itself as deep as it likes", async () => {
    const factorial = orchestrator(
      "factorial",
      function* factorial(ctx: OrchestrationContext, n: number): Orchestration<number> {
        return n === 0 ? 1 : n * (yield* ctx.callSubOrchestrator<number>(factorial, n - 1));
      },
    );
    const stage = await Stage.open([factorial]);
    await stage.start(factorial, 12);
    await stage.rest();
    expect(await stage.output()).toBe(479_001_600);
  });

  it("knows its parent, and has the version and tags that it was given", async () => {
    const child = orchestrator("child", function* (ctx) {
      yield* ctx.createTimer({ seconds: 1 });
      return { parent: ctx.parent, version: ctx.version, id: ctx.instanceId };
    });
    const parent = orchestrator("parent", function* (ctx) {
      const options = { instanceId: "kid", version: "2.1", tags: { team: "red" } };
      return [ctx.parent ?? null, yield* ctx.callSubOrchestrator(child, undefined, options), ctx.executionId];
    });
    const stage = await Stage.open([parent, child]);
    await stage.start(parent);
    await stage.rest();
    const [none, seen, executionId] = (await stage.output()) as unknown[];
    expect(none).toBeNull();
    expect(seen).toEqual({
      parent: { name: "parent", instanceId: "one", executionId, taskId: 1 },
      version: "2.1",
      id: "kid",
    });
    expect((await stage.state("kid")).tags).toEqual({ team: "red" });
    expect(stage.store.getInstance("kid")?.parentInstanceId).toBe("one");
  });

  it("has an id that is a function of its parent's execution and the call, unless it is given one", async () => {
    const parent = orchestrator("parent", function* (ctx, n: number) {
      yield* whenAll([ctx.callSubOrchestrator(double, 1), ctx.callSubOrchestrator(double, 2)]);
      if (n > 1) ctx.continueAsNew(n - 1);
    });
    const stage = await Stage.open([parent, double, echo]);
    await stage.start(parent, 3);
    await stage.rest();
    const ids: string[] = [];
    for await (const { instanceId } of stage.client.getAllInstances()) if (instanceId !== "one") ids.push(instanceId);
    expect(ids).toHaveLength(6);
    const executionId = stage.store.getInstance("one")?.executionId;
    expect(ids).toContain(`${executionId}:1`);
  });

  it("answers the task that began it after it continued as new", async () => {
    const child = orchestrator("child", function* (ctx, n: number) {
      yield* ctx.createTimer({ hours: 1 });
      if (n > 0) ctx.continueAsNew(n - 1);
      return [n, ctx.parent?.instanceId];
    });
    const parent = orchestrator("parent", (ctx) => ctx.callSubOrchestrator(child, 3));
    const stage = await Stage.open([parent, child]);
    await stage.start(parent);
    await stage.rest();
    expect(await stage.output()).toEqual([0, "one"]);
  });

  it("begins with its parent's turn: it is there as soon as the turn is durable", async () => {
    const parent = orchestrator("parent", (ctx) => ctx.callSubOrchestrator(sleeper, undefined, { instanceId: "kid" }));
    const stage = await Stage.open([parent, sleeper]);
    await stage.start(parent);
    await stage.hub.runUntilIdle({ maxTurns: 1 });
    expect((await stage.state("kid")).runtimeStatus).toBe("Pending");
    await stage.idle();
    await stage.client.raiseOrchestrationEvent("kid", "Wake", "up");
    await stage.idle();
    expect(await stage.output()).toBe("up");
  });

  it("runs beside others, and each answer finds its task", async () => {
    const parent = orchestrator("parent", function* (ctx) {
      return yield* whenAll([1, 2, 3, 4].map((n) => ctx.callSubOrchestrator(double, n)));
    });
    const stage = await Stage.open([parent, double, echo]);
    await stage.start(parent);
    await stage.rest();
    expect(await stage.output()).toEqual([2, 4, 6, 8]);
  });
});

describe("a sub-orchestration that fails", () => {
  it("throws at the call: which child, what happened, and its own error as the cause", async () => {
    const parent = orchestrator("parent", function* (ctx) {
      const error = yield* caught(ctx.callSubOrchestrator(doomed, "no luck", { instanceId: "kid" }));
      const { instanceId, taskName, taskId, details } = error;
      const cause = error.cause as Error;
      expect(error).toBeInstanceOf(TaskFailedError);
      expect(cause.name).toBe("TaskFailedError");
      expect((cause.cause as Error).name).toBe("TypeError");
      return { instanceId, taskName, taskId, type: details.errorType, message: error.message, code: error.code };
    });
    const stage = await Stage.open([parent, doomed, fail]);
    await stage.start(parent);
    await stage.rest();
    expect(await stage.output()).toEqual({
      instanceId: "kid",
      taskName: "doomed",
      taskId: 1,
      type: "TaskFailedError",
      code: "SUB_ORCHESTRATION_FAILED",
      message:
        'The sub-orchestration "kid" of orchestrator "doomed" (task 1) failed: TaskFailedError: ' +
        'The activity "fail" (task 1) failed: TypeError: no luck',
    });
  });

  it("leads through grandchildren to the first error", async () => {
    const middle = orchestrator("middle", (ctx) => ctx.callSubOrchestrator(doomed, "no luck"));
    const top = orchestrator("top", (ctx) => ctx.callSubOrchestrator(middle));
    const stage = await Stage.open([top, middle, doomed, fail]);
    await stage.start(top);
    await stage.rest();
    const { failureDetails } = await stage.state();
    expect(chain(failureDetails)).toEqual([
      "SubOrchestrationFailedError",
      "SubOrchestrationFailedError",
      "TaskFailedError",
      "TypeError",
    ]);
  });

  it("says so when its instance id is taken, running or ended, and is not tried again", async () => {
    const retry = { maxNumberOfAttempts: 5, firstRetryInterval: { seconds: 1 } };
    const parent = orchestrator("parent", function* (ctx) {
      const error = yield* caught(ctx.callSubOrchestrator(double, 1, { instanceId: "taken", retry }));
      return [error.instanceId, error.details.code, (error.cause as Error).name];
    });
    const stage = await Stage.open([parent, double, echo, sleeper]);
    await stage.start(sleeper, undefined, "taken");
    await stage.idle();
    await stage.start(parent, undefined, "while it runs");
    await stage.rest();
    await stage.client.terminateOrchestration("taken");
    await stage.idle();
    await stage.start(parent, undefined, "after its end");
    await stage.rest();
    const refused = ["taken", "INSTANCE_ALREADY_EXISTS", "InstanceAlreadyExistsError"];
    expect(await stage.output("while it runs")).toEqual(refused);
    expect(await stage.output("after its end")).toEqual(refused);
    expect((await stage.state("taken")).name).toBe("sleeper");
  });

  it("says so when it would have its parent's own id", async () => {
    const parent = orchestrator("parent", (ctx) => ctx.callSubOrchestrator(double, 1, { instanceId: ctx.instanceId }));
    const stage = await Stage.open([parent, double, echo]);
    await stage.start(parent);
    await stage.rest();
    expect(chain((await stage.state()).failureDetails)).toEqual([
      "SubOrchestrationFailedError",
      "InstanceAlreadyExistsError",
    ]);
  });

  it("says so when nobody knows its orchestrator", async () => {
    const parent = orchestrator("parent", (ctx) => ctx.callSubOrchestrator("nobody"));
    const stage = await Stage.open([parent]);
    await stage.start(parent);
    await stage.rest();
    expect((await stage.state()).failureDetails?.innerFailure?.code).toBe("ORCHESTRATOR_NOT_REGISTERED");
  });

  it("says so when it is not deterministic", async () => {
    let runs = 0;
    const child = orchestrator("child", function* (ctx) {
      runs += 1;
      yield* runs === 1 ? ctx.createTimer({ seconds: 1 }) : ctx.callActivity(echo);
    });
    const parent = orchestrator("parent", (ctx) => ctx.callSubOrchestrator(child));
    const stage = await Stage.open([parent, child, echo], { worker: { maxWarmOrchestrations: 0 } });
    await stage.start(parent);
    await stage.rest();
    expect((await stage.state()).failureDetails?.innerFailure?.code).toBe("NON_DETERMINISM");
  });

  it("says so when somebody terminates it, and is not tried again", async () => {
    const retry = { maxNumberOfAttempts: 5, firstRetryInterval: { seconds: 1 } };
    const parent = orchestrator("parent", (ctx) =>
      ctx.callSubOrchestrator(sleeper, undefined, { instanceId: "kid", retry }),
    );
    const stage = await Stage.open([parent, sleeper]);
    await stage.start(parent);
    await stage.idle();
    await stage.client.terminateOrchestration("kid");
    await stage.rest();
    expect((await stage.state()).failureDetails?.innerFailure?.code).toBe("ORCHESTRATION_TERMINATED");
  });

  it("cannot be called with a name, an input or an id that is none", async () => {
    const wrong: readonly ((ctx: OrchestrationContext) => unknown)[] = [
      (ctx) => ctx.callSubOrchestrator(""),
      (ctx) => ctx.callSubOrchestrator<unknown, string>(undefined as never),
      (ctx) => ctx.callSubOrchestrator<unknown, string>(echo as never),
      (ctx) => ctx.callSubOrchestrator("x", () => 1),
      (ctx) => ctx.callSubOrchestrator("x", 1, { instanceId: " " }),
      (ctx) => ctx.callSubOrchestrator("x", 1, { instanceId: "@counter@a" }),
      (ctx) => ctx.callSubOrchestrator("x", 1, { retry: 3 as never }),
    ];
    const codes: unknown[] = [];
    const parent = orchestrator("parent", (ctx) => {
      for (const call of wrong) {
        try {
          call(ctx);
        } catch (error) {
          codes.push((error as { code?: unknown }).code);
        }
      }
    });
    const stage = await Stage.open([parent]);
    await stage.start(parent);
    await stage.rest();
    expect(codes).toEqual([
      ...["INVALID_ARGUMENT", "INVALID_ARGUMENT", "INVALID_ARGUMENT", "PAYLOAD_NOT_SERIALIZABLE"],
      ...["INVALID_ARGUMENT", "INVALID_ARGUMENT", "INVALID_ARGUMENT"],
    ]);
  });
});

describe("a retried sub-orchestration", () => {
  const retry = { maxNumberOfAttempts: 3, firstRetryInterval: { hours: 1 } };

  /** Fails until its try number `succeedsAt`. */
  function shaky(succeedsAt: number) {
    const seen: string[] = [];
    const child = orchestrator("shaky", (ctx) => {
      if (!ctx.isReplaying) seen.push(ctx.instanceId);
      if (seen.length < succeedsAt) throw new Error("no");
      return seen.length;
    });
    return { child, seen };
  }

  it("is an instance of its own each time, after the policy's waits", async () => {
    const { child, seen } = shaky(3);
    const parent = orchestrator("parent", (ctx) => ctx.callSubOrchestrator(child, undefined, { retry }));
    const stage = await Stage.open([parent, child]);
    const begin = stage.clock.now();
    await stage.start(parent);
    await stage.rest();
    expect(await stage.output()).toBe(3);
    expect(new Set(seen).size).toBe(3);
    expect(stage.clock.now() - begin).toBe(2 * 3_600_000);
    const created = (await stage.history()).filter(({ type }) => type === "SubOrchestrationInstanceCreated");
    expect(created.map((event) => "attempt" in event && event.attempt)).toEqual([1, 2, 3]);
  });

  it("takes the place of the try before where it was given an id", async () => {
    const { child, seen } = shaky(3);
    const parent = orchestrator("parent", (ctx) =>
      ctx.callSubOrchestrator(child, undefined, { retry, instanceId: "kid" }),
    );
    const stage = await Stage.open([parent, child]);
    await stage.start(parent);
    await stage.rest();
    expect(await stage.output()).toBe(3);
    expect(seen).toEqual(["kid", "kid", "kid"]);
  });

  it("does not take the place of anybody else who has its id by then", async () => {
    const { child } = shaky(9);
    const parent = orchestrator("parent", (ctx) =>
      ctx.callSubOrchestrator(child, undefined, { retry, instanceId: "kid" }),
    );
    const stage = await Stage.open([parent, child, double, echo]);
    await stage.start(parent);
    await stage.idle();
    await stage.client.purgeOrchestration("kid");
    await stage.start(double, 1, "kid");
    await stage.rest();
    expect((await stage.state()).failureDetails?.innerFailure?.code).toBe("INSTANCE_ALREADY_EXISTS");
    expect(await stage.output("kid")).toBe(2);
  });

  it("fails with the last try's error when none is left, and names the last child", async () => {
    const { child, seen } = shaky(9);
    const parent = orchestrator("parent", function* (ctx) {
      const error = yield* caught(ctx.callSubOrchestrator(child, undefined, { retry }));
      return [error.instanceId, error.taskId];
    });
    const stage = await Stage.open([parent, child]);
    await stage.start(parent);
    await stage.rest();
    expect(seen).toHaveLength(3);
    expect(await stage.output()).toEqual([seen[2], 5]);
  });

  it("is tried again at once where a handler says so", async () => {
    const { child, seen } = shaky(2);
    const parent = orchestrator("parent", (ctx) => ctx.callSubOrchestrator(child, undefined, { retry: () => true }));
    const stage = await Stage.open([parent, child]);
    await stage.start(parent);
    await stage.idle();
    expect(await stage.output()).toBe(2);
    expect(seen).toHaveLength(2);
  });
});

describe("a parent that ends first", () => {
  it("leaves its child to itself; the answer is dropped", async () => {
    const parent = orchestrator("parent", function* (ctx) {
      const child = ctx.callSubOrchestrator(sleeper, undefined, { instanceId: "kid" });
      yield* whenAny([child, ctx.createTimer({ seconds: 1 })]);
      return "gone";
    });
    const stage = await Stage.open([parent, sleeper]);
    await stage.start(parent);
    await stage.rest();
    expect(await stage.output()).toBe("gone");
    await stage.client.raiseOrchestrationEvent("kid", "Wake", "up");
    await stage.rest();
    expect(await stage.output("kid")).toBe("up");
    expect(stage.store.discarded.get("instance-terminal")).toBe(1);
  });

  it("continues as new: the answer to the old execution is dropped as stale", async () => {
    const parent = orchestrator("parent", function* (ctx, n: number) {
      if (n === 0) {
        ctx.callSubOrchestrator(sleeper, undefined, { instanceId: "kid" });
        ctx.continueAsNew(1);
        return;
      }
      yield* ctx.waitForExternalEvent("End");
    });
    const stage = await Stage.open([parent, sleeper]);
    await stage.start(parent, 0);
    await stage.idle();
    await stage.client.raiseOrchestrationEvent("kid", "Wake");
    await stage.rest();
    expect(stage.dropped("stale-execution")).toBe(1);
    expect((await stage.state()).runtimeStatus).toBe("Running");
  });
});

describe("sub-orchestrations and replay", () => {
  it("are the same to a parent that is replayed from nothing at every turn", async () => {
    const seen: string[] = [];
    const log = activity("log", (_ctx, line: string) => void seen.push(line));
    const parent = orchestrator("parent", function* (ctx) {
      const results: unknown[] = [];
      for (const n of [1, 2, 3]) results.push(yield* ctx.callSubOrchestrator(double, n));
      yield* ctx.callActivity(log, JSON.stringify(results));
      return results;
    });
    const stage = await Stage.open([parent, double, echo, log], { worker: { maxWarmOrchestrations: 0 } });
    await stage.start(parent);
    await stage.rest();
    expect(await stage.output()).toEqual([2, 4, 6]);
    expect(seen).toEqual(["[2,4,6]"]);
  });
});
