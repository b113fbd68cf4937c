/**
 * O1: what the reference interpreter accepts, and histories that the programming model does not allow.
 */
import fc from "fast-check";
import type { OrchestratorHandler } from "dacapo";
import { activity, InvalidArgumentError, orchestrator, PayloadTooLargeError, whenAny } from "dacapo";
import type { EventBody } from "dacapo/backend";
import { scenario, simulate } from "@dacapo/simulator";
import { describe, expect, it } from "vitest";
import type { ReplayedExecution } from "../../simulator/src/oracles/oracle.ts";
import { problemWithExecution } from "../../simulator/src/oracles/reference/orchestration-run.ts";
import { refinementOracle } from "../../simulator/src/oracles/refinement.ts";
import { Stage } from "../runtime/stage.ts";
import { counter, performed, performedAsync, performedBranches, program, work } from "../replay/program.ts";
import { historyOf } from "./refinement-laws.ts";
import { StoreScript } from "./store-script.ts";

const order = orchestrator("order", function* (ctx, city: string) {
  const retry = { maxNumberOfAttempts: 2, firstRetryInterval: { seconds: 5 } };
  const called = ctx.callActivity("greet", city, { retry });
  const deadline = ctx.createTimer({ hours: 1 });
  const winner = yield* whenAny([called, deadline]);
  if (winner === deadline) return "late";
  const reply = yield* ctx.waitForExternalEvent<string>("Reply");
  return [called.result, reply];
});

const STARTED = {
  type: "ExecutionStarted",
  name: "order",
  instanceId: "i",
  executionId: "x",
  input: '"Rome"',
} as const;
const GREET = { type: "TaskScheduled", name: "greet", input: '"Rome"', idempotencyKey: "x:1" } as const;
const FAILED = {
  type: "TaskFailed",
  taskId: 1,
  failure: { errorType: "Error", errorMessage: "no" },
  messageId: "m",
} as const;
const REPLY = { type: "EventRaised", name: "REPLY", input: '"Hi"', messageId: "e" } as const;
const ENDED = { type: "ExecutionCompleted", runtimeStatus: "Completed" } as const;

const problem = (...turns: readonly (readonly EventBody[])[]): Promise<string | undefined> =>
  problemWithExecution(order.handler, historyOf(turns));

const FIRST: readonly EventBody[] = [
  STARTED,
  { ...GREET, taskId: 1, attempt: 1 },
  { type: "TimerCreated", taskId: 2, fireAt: 3_600_000 },
];
const GREETED: EventBody = { type: "TaskCompleted", taskId: 1, result: '"Hello"', messageId: "m" };
const OUTPUT = { ...ENDED, output: '["Hello","Hi"]' };

describe("O1, an execution", () => {
  it("is what the model allows: with an event after the answer, or before it", async () => {
    expect(await problem(FIRST, [GREETED], [REPLY, OUTPUT])).toBeUndefined();
    expect(await problem(FIRST, [REPLY, GREETED, OUTPUT])).toBeUndefined();
    const fired: EventBody = { type: "TimerFired", taskId: 2, fireAt: 3_600_000, messageId: "t" };
    expect(await problem(FIRST, [fired, { ...ENDED, output: '"late"' }])).toBeUndefined();
  });

  it("waits before it tries a failed activity again, for as long as the policy says", async () => {
    const waits: EventBody = { type: "TimerCreated", taskId: 3, fireAt: 1_000 + 5_000 };
    const fired: EventBody = { type: "TimerFired", taskId: 3, fireAt: 6_000, messageId: "t" };
    const again: EventBody = { ...GREET, taskId: 4, attempt: 2 };
    expect(await problem(FIRST, [FAILED, waits], [fired, again])).toBeUndefined();
    expect(await problem(FIRST, [FAILED, { ...GREET, taskId: 3, attempt: 2 }])).toBe(
      'turn 2 records activity 3 "greet" with "Rome", attempt 2, and by the programming model it must decide timer 3 for 6000',
    );
  });

  it.each([
    [
      "decides something else",
      [[STARTED, { ...GREET, name: "scold", taskId: 1, attempt: 1 }]],
      'records activity 1 "scold"',
    ],
    ["decides nothing more", [FIRST.slice(0, 2)], "must decide timer 2 for 3600000"],
    ["has another input", [[STARTED, { ...GREET, input: "1", taskId: 1, attempt: 1 }]], "with 1, attempt 1"],
    ["ends otherwise", [FIRST, [GREETED], [REPLY, { ...ENDED, output: "7" }]], "records an end with 7"],
    ["ends too early", [FIRST, [GREETED, OUTPUT]], "must decide nothing more"],
    ["goes on after its end", [FIRST, [GREETED], [REPLY]], 'must decide an end with ["Hello","Hi"]'],
    [
      "is fed what it did not ask for",
      [FIRST, [{ ...GREETED, taskId: 2 }]],
      "was fed a result of task 2, which was not",
    ],
    ["is answered twice", [FIRST, [GREETED, GREETED]], "was fed a result of task 1, which was not asked for"],
  ] as const)("is reported when it %s", async (_, turns, said) => {
    expect(await problem(...(turns as unknown as readonly (readonly EventBody[])[]))).toContain(said);
  });

  it("of whose means the reference knows nothing is passed over", async () => {
    const strange = orchestrator("order", function* (ctx) {
      yield* (ctx as unknown as { doMagic(): never[] }).doMagic();
    });
    expect(await problemWithExecution(strange.handler, historyOf([FIRST]))).toBeUndefined();
  });
});

describe("O1, code that catches what the engine refuses", () => {
  const greet = activity("greet", (_ctx, text: string) => text);
  const careful = orchestrator("careful", function* (ctx, city: string) {
    try {
      // More than the hub lets a payload take.
      return yield* ctx.callActivity(greet, city.repeat(50));
    } catch (error) {
      if (error instanceof PayloadTooLargeError) ctx.createTimer({ seconds: 1 }).cancel();
    }
    try {
      yield* ctx.createTimer({ seconds: -1 });
    } catch (error) {
      if (error instanceof InvalidArgumentError) return yield* ctx.callActivity(greet, city);
    }
    return "not refused";
  });

  it("is not accused", async () => {
    const refusals = scenario("refusals", {
      register: [careful, greet],
      hub: { payloadBytesMax: 200 },
      clients: async ({ client }) => {
        await client.scheduleNewOrchestration(careful, "Rome", "one");
      },
      always: {
        "what is refused is caught": ({ hub }) => hub.outputs().every((output) => output === "Rome"),
      },
    });
    const found = await simulate(refusals, { runs: 20, seed: "1" });
    expect(found.outcome === "failed" ? [found.message, found.story] : []).toEqual([]);
  });
});

describe("O1, random programs", () => {
  const steps = fc.array(fc.constantFrom("turn", "turn", "time", "a", "b", "hold", "go on"), { maxLength: 20 });

  /** Runs a program while the world does this and that; each execution must be what the reference comes to. */
  async function judge<I>(handler: OrchestratorHandler<I>, input: I, world: readonly string[]): Promise<void> {
    const performer = orchestrator("program", handler);
    const stage = await Stage.open([performer, work, counter], { keepHistory: true });
    await stage.start(performer, input);
    for (const deed of world) {
      if (deed === "turn") await stage.hub.processNext();
      else if (deed === "time") stage.advance({ hours: 1 });
      else if (deed === "hold") await stage.client.suspendOrchestration("one").catch(() => undefined);
      else if (deed === "go on") await stage.client.resumeOrchestration("one").catch(() => undefined);
      else await stage.client.raiseOrchestrationEvent("one", deed, deed).catch(() => undefined);
    }
    const before = stage.store.archivedHistories("one").map(({ events }) => events);
    for (const history of [...before, await stage.history()]) {
      expect(await problemWithExecution(performer.handler, history)).toBeUndefined();
    }
    await stage.close();
  }

  it("as generators, held and resumed, are what the reference comes to, too", async () => {
    await fc.assert(
      fc.asyncProperty(program, steps, (list, world) => judge(performed, { steps: list, generation: 1 }, world)),
      { numRuns: 100 },
    );
  });

  it("as async functions, held and resumed, are what it comes to, too", async () => {
    await fc.assert(
      fc.asyncProperty(program, steps, (list, world) => judge(performedAsync, { steps: list, generation: 1 }, world)),
      { numRuns: 100 },
    );
  });

  it("in branches side by side are what it comes to, too", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(program, { minLength: 2, maxLength: 3 }), steps, (list, world) =>
        judge(performedBranches, { branches: list }, world),
      ),
      { numRuns: 100 },
    );
  });
});

/** A history of what an execution decided and was told, in one turn. */
function executed(instanceId: string, executionId: string, ...events: readonly EventBody[]): ReplayedExecution {
  const start = { type: "ExecutionStarted", name: "o", instanceId, executionId } as const;
  const [first] = events;
  const turn = first?.type === "ExecutionStarted" ? events : [start, ...events];
  return {
    execution: { instanceId, incarnation: executionId, executionId, history: historyOf([turn]), record: undefined },
  };
}

describe("O1, what a parent is told of its child", () => {
  const parent = { instanceId: "i", executionId: "x", name: "order", taskId: 1 };
  const told = { taskId: 1, messageId: "x:1" };
  const failure = { errorType: "Error", errorMessage: "no" };
  const ORDERED = { errorType: "OrchestrationTerminatedError", errorMessage: "", code: "ORCHESTRATION_TERMINATED" };
  const childEnds = (end: object, ...before: readonly EventBody[]): ReplayedExecution =>
    executed("c", "y", { ...STARTED, instanceId: "c", executionId: "y", parent }, ...before, {
      type: "ExecutionCompleted",
      ...end,
    } as EventBody);
  const say = (child: ReplayedExecution, answer: EventBody): string => {
    const { committed, now, store } = new StoreScript();
    const evidence = { store, committed, now, isAtRest: true, stepsWithoutProgress: 0 };
    const replays = [child, executed("i", "x", answer)];
    const found = refinementOracle().atEnd?.({ ...evidence, busyFunctions: [], runningActivities: [], replays });
    return (found ?? []).map(({ message }) => message).join();
  };
  const COMPLETED: EventBody = { type: "SubOrchestrationInstanceCompleted", result: "1", ...told };
  const failedWith = (details: typeof failure): EventBody => {
    return { type: "SubOrchestrationInstanceFailed", failure: details, ...told };
  };

  it("is how the child ended", () => {
    expect(say(childEnds({ runtimeStatus: "Completed", output: "1" }), COMPLETED)).toBe("");
    expect(say(childEnds({ runtimeStatus: "Failed", failure }), failedWith(failure))).toBe("");
    expect(say(childEnds({ runtimeStatus: "Terminated" }), failedWith(ORDERED))).toBe("");
  });

  it("may be what it was before the child was rewound", () => {
    const rewound: EventBody = { type: "ExecutionRewound", previousExecutionId: "z", messageId: "r" };
    expect(say(childEnds({ runtimeStatus: "Completed", output: "1" }, rewound), failedWith(failure))).toBe("");
  });

  it.each([
    [{ runtimeStatus: "Completed", output: "2" }, COMPLETED, "completed with 1, and it completed with 2"],
    [
      { runtimeStatus: "Completed", output: "2" },
      failedWith(failure),
      "failed with Error: no, and it completed with 2",
    ],
    [{ runtimeStatus: "Failed", failure }, COMPLETED, "completed with 1, and it failed with Error: no"],
    [{ runtimeStatus: "Failed", failure }, failedWith(ORDERED), "was terminated, and it failed with Error: no"],
  ] as const)("is nothing else", (end, answer, said) => {
    expect(say(childEnds(end), answer)).toBe(`instance "i" was told that its child (task 1) ${said}`);
  });
});
