/**
 * O1, the second interpreter of the programming model: for each part of the model a history that it allows, and what is
 * said of that history once something in it is otherwise.
 */
import type { CallHttpOptions, Orchestration, OrchestrationContext } from "dacapo";
import { EntityInstanceId, orchestrator, whenAll, whenAny } from "dacapo";
import type { EventBody } from "dacapo/backend";
import { describe, expect, it } from "vitest";
import { problemWithExecution } from "../../simulator/src/oracles/reference/orchestration-run.ts";
import { Stage } from "../runtime/stage.ts";
import type { Law, Turns } from "./refinement-laws.ts";
import { changed, historyOf, holds, swapped, without } from "./refinement-laws.ts";

const STARTED = { type: "ExecutionStarted", name: "o", instanceId: "i", executionId: "x" } as const;
const NO = { errorType: "Error", errorMessage: "no" } as const;
const position = { stream: "x", number: 1, sentAt: 0 } as const;
const ended = (output: string): EventBody => ({ type: "ExecutionCompleted", runtimeStatus: "Completed", output });
const timer = (taskId: number, fireAt: number): EventBody => ({ type: "TimerCreated", taskId, fireAt });
const fired = (taskId: number): EventBody => ({ type: "TimerFired", taskId, fireAt: 0, messageId: `m${taskId}` });
const asked = (taskId: number, input: string, attempt = 1): EventBody => {
  return { type: "TaskScheduled", name: "a", taskId, input, attempt, idempotencyKey: `x:${taskId}` };
};
const done = (taskId: number, result: string): EventBody => {
  return { type: "TaskCompleted", taskId, result, messageId: `m${taskId}` };
};
const failed = (taskId: number): EventBody => ({ type: "TaskFailed", taskId, failure: NO, messageId: `m${taskId}` });

const child = (taskId: number, instanceId: string, input: string, attempt = 1): EventBody => {
  return { type: "SubOrchestrationInstanceCreated", taskId, name: "child", instanceId, input, attempt };
};
const CHILDREN: Turns = [
  [STARTED, child(1, "x:1", '"first"')],
  [
    { type: "SubOrchestrationInstanceCompleted", taskId: 1, result: "7", messageId: "m1" },
    { ...child(2, "kid", "7"), tags: { a: "b" }, version: "2" } as EventBody,
  ],
  [{ type: "SubOrchestrationInstanceFailed", taskId: 2, failure: NO, messageId: "m2" }, timer(3, 2_000 + 5_000)],
  [fired(3), { ...child(4, "kid", "7", 2), tags: { a: "b" }, version: "2", replaces: "r" } as EventBody],
  [
    { type: "SubOrchestrationInstanceFailed", taskId: 4, failure: NO, messageId: "m4" },
    ended('"SubOrchestrationFailedError of kid: no"'),
  ],
];

holds("O1, sub-orchestrations", {
  handler: function* (ctx): Orchestration<unknown> {
    const given = yield* ctx.callSubOrchestrator<number>("child", "first");
    const retry = { maxNumberOfAttempts: 2, firstRetryInterval: { seconds: 5 } };
    const options = { instanceId: "kid", retry, tags: { a: "b" }, version: "2" };
    try {
      return yield* ctx.callSubOrchestrator("child", given, options);
    } catch (error) {
      const { name, instanceId, cause } = error as Error & { readonly instanceId: string };
      return `${name} of ${instanceId}: ${(cause as Error).message}`;
    }
  },
  turns: CHILDREN,
  wrong: {
    "a child has another input": [
      changed(CHILDREN, "SubOrchestrationInstanceCreated", { input: '"last"' }),
      'must decide sub-orchestration 1 "child" as "x:1" with "first"',
    ],
    "a child has another id": [
      changed(CHILDREN, "SubOrchestrationInstanceCreated", { instanceId: "x:7" }),
      'must decide sub-orchestration 1 "child" as "x:1"',
    ],
    "a child has other tags": [
      changed(CHILDREN, "SubOrchestrationInstanceCreated", { tags: { a: "c" } }, 2),
      'must decide sub-orchestration 2 "child" in version 2 tagged a=b as "kid"',
    ],
    "a child is not begun": [without(CHILDREN, "SubOrchestrationInstanceCreated"), "records nothing more"],
    "a policy waits for another time": [
      changed(CHILDREN, "TimerCreated", { fireAt: 1 }),
      "must decide timer 3 for 7000",
    ],
    "the parent comes to something else": [
      changed(CHILDREN, "ExecutionCompleted", { output: "1" }),
      'must decide an end with "SubOrchestrationFailedError of kid: no"',
    ],
    "the parent is told of a child that it has not": [
      changed(CHILDREN, "SubOrchestrationInstanceCompleted", { taskId: 3 }),
      "was fed a result of task 3, which was not asked for",
    ],
  },
});

const idOf = (key: string): EntityInstanceId => new EntityInstanceId("Stock", key);
const called = (taskId: number, key: string, input: string, criticalSectionId?: string): EventBody => ({
  ...{ type: "EntityOperationCalled", taskId, entityId: `@stock@${key}`, operation: "take", input, position },
  ...(criticalSectionId === undefined ? {} : { criticalSectionId }),
});
const answered = (taskId: number): EventBody => {
  return { type: "EntityOperationCompleted", taskId, result: "5", messageId: `m${taskId}` };
};
const unlocked = (key: string): EventBody => {
  return { type: "EntityUnlockSent", criticalSectionId: "s", entityId: `@stock@${key}`, position };
};
const signalled = (operation: string, scheduledTime?: number): EventBody => ({
  ...{ type: "EntityOperationSignaled", entityId: "@stock@c", operation, input: "5", position },
  ...(scheduledTime === undefined ? {} : { scheduledTime }),
});
const lockSet = ["@stock@a", "@stock@b"];
const SECTION: Turns = [
  [STARTED, called(1, "a", "1")],
  [
    answered(1),
    signalled("note", 61_000),
    { type: "EntityLockRequested", taskId: 2, criticalSectionId: "s", lockSet, position },
  ],
  [{ type: "EntityLockGranted", taskId: 2, criticalSectionId: "s", messageId: "m2" }, called(3, "b", "2", "s")],
  [
    { type: "EntityOperationFailed", taskId: 3, failure: NO, messageId: "m3" },
    ...[signalled("broken"), unlocked("a"), unlocked("b"), ended('[true,false,"EntityOperationFailedError"]')],
  ],
];

/** Calls `b` inside a section, and is refused the signal to it. */
function* buyer(ctx: OrchestrationContext): Orchestration<unknown> {
  const { entities } = ctx;
  const stock = yield* entities.callEntity(idOf("a"), "take", 1);
  entities.signalEntity(idOf("c"), "note", stock, { signalTime: { minutes: 1 } });
  const lock = yield* entities.lockEntities(idOf("b"), idOf("a"), idOf("b"));
  const { inSection } = entities.isInCriticalSection();
  let name = "";
  try {
    yield* entities.callEntity(idOf("b"), "take", 2);
  } catch (error) {
    name = (error as Error).name;
  }
  try {
    entities.signalEntity(idOf("b"), "note", stock);
  } catch {
    entities.signalEntity(idOf("c"), "broken", stock);
  }
  lock.release();
  return [inSection, entities.isInCriticalSection().inSection, name];
}

holds("O1, entities and critical sections", {
  handler: buyer,
  turns: SECTION,
  wrong: {
    "a call has another input": [
      changed(SECTION, "EntityOperationCalled", { input: "2" }),
      'must decide call 1 of "take" of "@stock@a" with 1',
    ],
    "a call of a section goes beside it": [
      changed(SECTION, "EntityOperationCalled", { criticalSectionId: undefined }, 2),
      'must decide call 3 of "take" of "@stock@b" with 2 inside section 2',
    ],
    "a signal is due at another time": [changed(SECTION, "EntityOperationSignaled", { scheduledTime: 1 }), "at 61000"],
    "a signal comes after the request for locks": [swapped(SECTION, 1), 'must decide signal of "note"'],
    "locks are taken in another order": [
      changed(SECTION, "EntityLockRequested", { lockSet: [...lockSet].reverse() }),
      "must decide lock 2 of @stock@a, @stock@b",
    ],
    "another section is entered": [
      changed(SECTION, "EntityLockGranted", { criticalSectionId: "t" }),
      "was fed the locks of task 2 for another critical section",
    ],
    "a rule was broken and nobody minded": [
      changed(SECTION, "EntityOperationSignaled", { entityId: "@stock@b", operation: "note" }, 2),
      'must decide signal of "broken"',
    ],
    "a lock is kept": [without(SECTION, "EntityUnlockSent"), "must decide unlock of @stock@a of section 2"],
    "an unlock follows the request": [
      changed(SECTION, "EntityUnlockSent", { lockSet }),
      "records unlock of @stock@a of section 2, on through @stock@a, @stock@b",
    ],
    "the answer is another": [changed(SECTION, "EntityOperationCompleted", { result: "6" }), 'of "@stock@c" with 6'],
  },
});

const UNGRANTED: Turns = [
  [STARTED, { type: "EntityLockRequested", taskId: 1, criticalSectionId: "s", lockSet, position }],
  [
    { type: "ExecutionTerminated", output: "1", messageId: "t" },
    { type: "EntityUnlockSent", criticalSectionId: "s", entityId: "@stock@a", lockSet, position },
    { type: "ExecutionCompleted", runtimeStatus: "Terminated", output: "1" },
  ],
];

holds("O1, an end while locks are asked for", {
  handler: (ctx) => ctx.entities.lockEntities([idOf("a"), idOf("b")]),
  turns: UNGRANTED,
  wrong: {
    "nobody is told": [
      without(UNGRANTED, "EntityUnlockSent"),
      "must decide unlock of @stock@a of section 1, on through",
    ],
    "the order stops at the first entity": [
      changed(UNGRANTED, "EntityUnlockSent", { lockSet: undefined }),
      "must decide unlock of @stock@a of section 1, on through @stock@a, @stock@b",
    ],
    "it ends with something else": [
      changed(UNGRANTED, "ExecutionCompleted", { output: "2" }),
      "must decide a termination with 1",
    ],
    "it completes": [changed(UNGRANTED, "ExecutionCompleted", { runtimeStatus: "Completed" }), "records an end with 1"],
  },
});

const sent = (name: string, input: string): EventBody => {
  return { type: "EventSent", instanceId: "box", name, input, position };
};
const raised = (input: string, number: number, isFree?: true): EventBody => ({
  ...{ type: "EventRaised", name: "WORD", input, messageId: `e${number}` },
  position: { stream: "s", number, sentAt: 0, ...(isFree === undefined ? {} : { isFree }) },
});
const SUSPENDED = { type: "ExecutionSuspended", messageId: "s" } as const;
const RESUMED = { type: "ExecutionResumed", messageId: "r" } as const;
const HELD: Turns = [
  [STARTED, SUSPENDED],
  [RESUMED, sent("hello", "1"), sent("there", "2"), timer(1, 61_000)],
  [{ ...SUSPENDED, messageId: "s2" }],
  [raised('"second"', 2), fired(1)],
  [{ ...RESUMED, messageId: "r2" }, asked(2, '"awake"')],
  [raised('"third"', 3), raised('"first"', 1), done(2, "0"), ended('["first","second","third"]')],
];

holds("O1, events between orchestrations, and suspension", {
  handler: function* (ctx): Orchestration<unknown> {
    ctx.sendEvent("box", "hello", 1);
    ctx.sendEvent("box", "there", 2);
    const words = [1, 2, 3].map(() => ctx.waitForExternalEvent<string>("Word"));
    yield* ctx.createTimer({ minutes: 1 });
    yield* ctx.callActivity("a", "awake");
    return yield* whenAll(words);
  },
  turns: HELD,
  wrong: {
    "it begins while it is held": [
      [[STARTED, SUSPENDED, sent("hello", "1")]],
      'records event "hello" with 1 to "box", and by the programming model it must decide nothing more',
    ],
    "it goes on while it is held": [
      [...HELD.slice(0, 3), [fired(1), asked(2, '"awake"')]],
      'records activity 2 "a" with "awake", attempt 1, and by the programming model it must decide nothing more',
    ],
    "it does not go on when it may": [without(HELD, "TaskScheduled"), "must decide activity 2"],
    "events are sent in another order": [
      [HELD[0] ?? [], [RESUMED, sent("there", "2"), sent("hello", "1"), timer(1, 61_000)]],
      'must decide event "hello" with 1',
    ],
    "an event goes to somebody else": [changed(HELD, "EventSent", { instanceId: "fox" }), 'to "box"'],
    "a sender's events are seen as they come": [
      changed(HELD, "ExecutionCompleted", { output: '["second","third","first"]' }),
      'must decide an end with ["first","second","third"]',
    ],
    "an answer comes twice while it is held": [
      [...HELD.slice(0, 4), [fired(1)]],
      "was fed the firing of timer 1, which was not asked for",
    ],
  },
});

holds("O1, an event that waits for none", {
  handler: (ctx) => whenAll([ctx.waitForExternalEvent("Word"), ctx.waitForExternalEvent("Word")]),
  turns: [[STARTED], [raised('"early"', 3)], [raised('"free"', 5, true), ended('["free","early"]')]],
  wrong: {
    "it waits all the same": [
      [[STARTED], [raised('"early"', 3)], [raised('"free"', 5, true)]],
      'must decide an end with ["free","early"]',
    ],
  },
});

const BRANCHES: Turns = [
  [STARTED, asked(1, '"one"'), asked(2, '"two"')],
  [done(2, "20"), asked(3, "20")],
  [failed(1), asked(4, '"instead"')],
  [done(4, "4"), done(3, "3"), ended("[4,3]")],
];
const ASYNC_WRONG: Law["wrong"] = {
  "branches go on in another order": [
    [BRANCHES[0] ?? [], [done(1, "10"), done(2, "20"), asked(3, "20"), asked(4, "10")]],
    'must decide activity 3 "a" with 10',
  ],
  "a branch does not go on": [without(BRANCHES, "TaskCompleted"), "must decide nothing more"],
  "it ends otherwise": [changed(BRANCHES, "ExecutionCompleted", { output: "[3,4]" }), "must decide an end with [4,3]"],
  "it ends too early": [
    [...BRANCHES.slice(0, 2), [failed(1), ended("1")]],
    'must decide activity 4 "a" with "instead"',
  ],
};

/** Two branches, one of which has something else done where the first thing fails. */
async function branches(ctx: OrchestrationContext): Promise<unknown> {
  const branch = async (name: string): Promise<unknown> => {
    let given: unknown = "instead";
    try {
      given = await ctx.callActivity("a", name);
    } catch {
      await Promise.resolve();
    }
    return ctx.callActivity("a", given);
  };
  return Promise.all([branch("one"), branch("two")]);
}

holds("O1, an async function", { handler: branches, turns: BRANCHES, wrong: ASYNC_WRONG });

holds("O1, an async generator", {
  handler: async function* (ctx): AsyncGenerator<unknown, unknown, unknown> {
    const first = (yield ctx.callActivity("a", "one")) as number;
    const tasks = [ctx.callActivity("a", first), ctx.createTimer({ hours: 1 })];
    const winner = yield whenAny(tasks);
    return tasks.indexOf(winner as never);
  },
  turns: [
    [STARTED, asked(1, '"one"')],
    [done(1, "1"), asked(2, "1"), timer(3, 3_601_000)],
    [fired(3), ended("1")],
  ],
  wrong: {
    "it is given something else": [
      [
        [STARTED, asked(1, '"one"')],
        [done(1, "2"), asked(2, "1")],
      ],
      'must decide activity 2 "a" with 2',
    ],
  },
});

const HANDLED: Turns = [
  [STARTED, asked(1, "1")],
  [failed(1), asked(2, "1", 2)],
  [failed(2), timer(3, 2_000 + 30_000)],
  [fired(3), asked(4, "1", 3)],
  [failed(4), ended('"TaskFailedError"')],
];

holds("O1, a retry handler", {
  handler: function* (ctx): Orchestration<unknown> {
    try {
      return yield* ctx.callActivity("a", 1, {
        retry: ({ lastAttemptNumber, totalRetryTime: { milliseconds }, context, lastFailure }) => {
          if (context.instanceId !== "i" || lastFailure.errorMessage !== "no") throw new Error("told something else");
          if (lastAttemptNumber === 1) return milliseconds === 1_000;
          return milliseconds === 2_000 ? { seconds: 30 } : false;
        },
      });
    } catch (error) {
      return (error as Error).name;
    }
  },
  turns: HANDLED,
  wrong: {
    "it waits where the handler does not": [
      [...HANDLED.slice(0, 1), [failed(1), timer(2, 1)]],
      "must decide activity 2",
    ],
    "it does not wait where the handler does": [
      [...HANDLED.slice(0, 2), [failed(2), asked(3, "1", 3)]],
      "must decide timer 3 for 32000",
    ],
    "it tries again what the handler gave up": [
      [...HANDLED.slice(0, 4), [failed(4), asked(5, "1", 4)]],
      'must decide an end with "TaskFailedError"',
    ],
    "a failure that is final is tried again": [
      changed(HANDLED, "TaskFailed", { failure: { ...NO, isNonRetriable: true } }),
      'must decide an end with "TaskFailedError"',
    ],
  },
});

const requested = (taskId: number, request: object, attempt = 1): EventBody => {
  return { ...asked(taskId, JSON.stringify(request), attempt), name: "dacapo.http" } as EventBody;
};
const replied = (taskId: number, statusCode: number, headers: object, content = ""): EventBody =>
  done(taskId, JSON.stringify({ statusCode, headers, content }));
const JOB: CallHttpOptions = {
  ...{ method: "post", url: "https://example.org/jobs", body: { n: 1 }, tokenSource: "me", timeout: { seconds: 9 } },
  headers: { Cookie: "c", Accept: "text/plain" },
  retry: { maxNumberOfAttempts: 2, firstRetryInterval: { seconds: 1 } },
};
const cookie = "c";
const accept = "text/plain";
const POSTED = {
  ...{ method: "POST", url: "https://example.org/jobs" },
  headers: { cookie, accept, "content-type": "application/json" },
  ...{ body: '{"n":1}', timeoutMs: 9_000, tokenSource: "me" },
};
const here = { method: "GET", url: "https://example.org/jobs/7", headers: { cookie, accept }, timeoutMs: 9_000 };
const POLLED: Turns = [
  [STARTED, requested(1, POSTED)],
  [failed(1), timer(2, 2_000)],
  [fired(2), requested(3, POSTED, 2)],
  [replied(3, 202, { Location: "/jobs/7", "Retry-After": "10" }), timer(4, 13_000)],
  [fired(4), requested(5, { ...here, tokenSource: "me" })],
  [replied(5, 202, { Location: "https://other.example/7" }), timer(6, 35_000)],
  [fired(6), requested(7, { ...here, url: "https://other.example/7", headers: { accept } })],
  [replied(7, 200, { Server: "s" }, "fine"), ended('{"statusCode":200,"headers":{"server":"s"},"content":"fine"}')],
];

holds("O1, durable HTTP", {
  handler: (ctx) => ctx.callHttp(JOB),
  turns: POLLED,
  wrong: {
    "credentials go to another origin": [
      changed(POLLED, "TaskScheduled", { input: JSON.stringify({ ...here, url: "https://other.example/7" }) }, 4),
      '"headers":{"accept":"text/plain"}',
    ],
    "it asks again too early": [changed(POLLED, "TimerCreated", { fireAt: 4_000 }, 2), "must decide timer 4 for 13000"],
    "it asks at another place": [
      changed(POLLED, "TaskScheduled", { input: JSON.stringify({ ...here, url: "https://example.org/7" }) }, 3),
      "https://example.org/jobs/7",
    ],
    "it does not ask again": [
      [...POLLED.slice(0, 3), [replied(3, 202, { location: "/x" }), ended("1")]],
      "must decide timer",
    ],
    "the answer is another": [changed(POLLED, "ExecutionCompleted", { output: "1" }), '"content":"fine"'],
  },
});

describe("O1, what the reference does not know", () => {
  it("is passed over, however the code takes the refusal", async () => {
    const handler = function* (ctx: OrchestrationContext): Orchestration<unknown> {
      try {
        (ctx as unknown as { doMagic(): void }).doMagic();
      } catch {
        return yield* ctx.callActivity("a");
      }
      return undefined;
    };
    expect(await problemWithExecution(handler, historyOf([[STARTED, ended("1")]]))).toBeUndefined();
  });

  const refused: Readonly<Record<string, (ctx: OrchestrationContext) => unknown>> = {
    "a name": (ctx) => ctx.callActivity(" "),
    "half of a character": (ctx) => ctx.waitForExternalEvent("\ud800"),
    "no definition": (ctx) => ctx.callActivity(undefined as unknown as string),
    "a bare number of seconds": (ctx) => ctx.createTimer(5 as never),
    "a time that never comes": (ctx) => ctx.createTimer({ hours: -1 }),
    "an unknown unit": (ctx) => ctx.createTimer({ fortnights: 1 } as never),
    "an invalid date": (ctx) => ctx.createTimer(new Date(Number.NaN)),
    "a policy of no try": (ctx) =>
      ctx.callActivity("a", 1, { retry: { maxNumberOfAttempts: 0, firstRetryInterval: { seconds: 1 } } }),
    "the id of an entity": (ctx) => ctx.sendEvent("@stock@a", "Go"),
    "an id with a line break": (ctx) => ctx.callSubOrchestrator("child", 1, { instanceId: "a\nb" }),
    "a function as a payload": (ctx) => ctx.callActivity("a", { of: () => 1 }),
    "a map as a payload": (ctx) => ctx.sendEvent("other", "Go", new Map()),
    "a bigint for an entity": (ctx) => ctx.entities.callEntity(idOf("a"), "take", 1n),
    "too large a payload": (ctx) => ctx.callActivity("a", "x".repeat(5_000_000)),
    "too large a status": (ctx) => {
      ctx.setCustomStatus("x".repeat(17_000));
    },
    "what is no address": (ctx) => ctx.callHttp({ method: "GET", url: "somewhere" }),
  };

  it.each(Object.entries(refused))("is what the engine refuses, and the code may catch: %s", async (_what, act) => {
    const handler = function* (ctx: OrchestrationContext): Orchestration<string> {
      try {
        act(ctx);
      } catch (error) {
        return (error as Error).name;
      }
      return "not refused";
    };
    const stage = await Stage.open([orchestrator("o", handler)]);
    await stage.start({ name: "o" });
    await stage.idle();
    const history = await stage.history();
    expect((await stage.state()).output).not.toBe("not refused");
    await stage.close();
    expect(await problemWithExecution(handler, history)).toBeUndefined();
  });

  it("is an end in which the code had no part", async () => {
    const failure = { ...NO, code: "POISON_MESSAGE" };
    const end: EventBody = { type: "ExecutionCompleted", runtimeStatus: "Failed", failure };
    expect(await problemWithExecution(branches, historyOf([[STARTED, end]]))).toBeUndefined();
  });
});
