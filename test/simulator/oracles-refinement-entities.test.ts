/**
 * O1: entities that do what their code says, one operation after the other, and entities that do not.
 */
import type { EntityContext } from "dacapo";
import { entity, orchestrator } from "dacapo";
import type { AppliedMessage, EntityData, InstanceMessage, TurnCommit } from "dacapo/backend";
import { describe, expect, it } from "vitest";
import { refinementOracle } from "../../simulator/src/oracles/refinement.ts";
import { StoreScript } from "./store-script.ts";

interface Deed {
  readonly operation: string;
  readonly input?: number;
  readonly outcome?: AppliedMessage["outcome"];
  /** Set where somebody waits for the answer. */
  readonly task?: number;
}

interface TurnEnd {
  readonly data?: Partial<EntityData>;
  readonly messages?: readonly InstanceMessage[];
  readonly starts?: TurnCommit["starts"];
}

const ID = "@counter@a";
const caller = (taskId: number): { instanceId: string; executionId: string; taskId: number } => {
  return { instanceId: "i", executionId: "x", taskId };
};

/** Anything but the same twice. */
let calls = 0;

const counterLog = entity("log", () => undefined);
const report = orchestrator("report", () => undefined);

const counter = entity("counter", (ctx: EntityContext): unknown => {
  const count = ctx.getState(0) + (ctx.hasInput ? ctx.getInput<number>() : 0);
  ctx.setState(count);
  if (ctx.operationName === "later") {
    ctx.signalEntity(counterLog, "all", "note", count, { signalTime: { seconds: 2 } });
    return Promise.resolve(count);
  }
  if (ctx.operationName === "start") ctx.scheduleNewOrchestration(report, count);
  if (ctx.operationName === "refuse") throw new Error("no");
  if (ctx.operationName === "toss") ctx.setState(calls++);
  if (ctx.operationName === "add") ctx.signalEntity(counterLog, "all", "note", count);
  return count;
});

/** What is said of a turn in which these operations were applied, and which came to this. */
async function say(deeds: readonly Deed[], { data = {}, messages = [], starts = [] }: TurnEnd = {}): Promise<string> {
  const script = new StoreScript();
  const applied = deeds.map(({ operation, input = 1, outcome = "completed", task }, i): AppliedMessage => {
    const type = task === undefined ? "EntityOperationSignaled" : "EntityOperationCalled";
    const asked = { operation, input: String(input) };
    const body = task === undefined ? { type, ...asked } : { type, ...asked, caller: caller(task) };
    const birth = { name: "counter", incarnation: "c" };
    script.store.sendMessage({ messageId: `m${i}`, instanceId: ID, birth, body } as InstanceMessage, script.now);
    return { messageId: `m${i}`, type, operation, outcome };
  });
  const empty = { waiting: [], held: [], received: [], sent: [], lastOperationAt: 1_000 };
  const consumed = applied.map(({ messageId }) => messageId);
  script.commit(script.fetch(), [], { entity: { ...empty, ...data }, applied, consumed, messages, starts });
  const { committed, now, store } = script;
  const oracle = refinementOracle({ register: [counter, counterLog, report] });
  const evidence = { store, committed, now, isAtRest: true, stepsWithoutProgress: 0 };
  const found = [
    ...(oracle.observe?.(script, new Set([ID])) ?? []),
    ...((await oracle.interpret?.({ ...evidence, busyFunctions: [], runningActivities: [], replays: [] })) ?? []),
  ];
  return found.map(({ message }) => message).join();
}

const noted = (n: number, dueTime?: number): InstanceMessage => ({
  ...{ messageId: `n${n}`, instanceId: "@log@all", birth: { name: "log", incarnation: "l" } },
  body: { type: "EntityOperationSignaled", operation: "note", input: String(n) },
  ...(dueTime === undefined ? {} : { dueTime }),
});

const answer = (body: object): InstanceMessage => {
  return { messageId: "x:1", instanceId: "i", executionId: "x", body } as unknown as InstanceMessage;
};
const told = answer({ type: "EntityOperationCompleted", taskId: 1, result: "1" });
const refused = (errorMessage: string): InstanceMessage =>
  answer({ type: "EntityOperationFailed", taskId: 1, failure: { errorType: "Error", errorMessage } });

const begun = (instanceId: string, input: string): TurnCommit["starts"][number] => {
  const event = { type: "ExecutionStarted", name: "report", instanceId, executionId: instanceId, input } as const;
  return { instanceId, incarnation: instanceId, start: { event, carriedEvents: [] } };
};

describe("O1, an entity", () => {
  it.each([
    [
      "has the state and the signals that its code gives, one operation after the other",
      [{ operation: "add" }, { operation: "add", input: 2 }],
      { data: { state: "3" }, messages: [noted(1), noted(3)] },
    ],
    [
      "keeps nothing of an operation that failed",
      [{ operation: "add" }, { operation: "refuse", input: 2, outcome: "failed" }],
      { data: { state: "1" }, messages: [noted(1)] },
    ],
    ["gives the result", [{ operation: "get", task: 1 }], { data: { state: "1" }, messages: [told] }],
    ["gives the failure", [{ operation: "refuse", task: 1, outcome: "failed" }], { messages: [refused("no")] }],
    [
      "starts orchestrations, under ids that the engine draws",
      [{ operation: "start", outcome: "completed" }],
      { data: { state: "1" }, starts: [begun("drawn", "1")] },
    ],
    [
      "may wait for promises, and signals for a time",
      [{ operation: "get" }, { operation: "later", task: 1 }],
      { data: { state: "2" }, messages: [noted(2, 3_000), answer({ ...told.body, result: "2" })] },
    ],
    ["that does not do the same twice is passed over", [{ operation: "toss" }], { data: { state: "-1" } }],
  ] as const)("%s", async (_, deeds, end) => {
    expect(await say(deeds, end)).toBe("");
  });

  it.each([
    [
      "has another state",
      [{ operation: "add" }],
      { data: { state: "2" }, messages: [noted(1)] },
      "has another state than by its code: not 1",
    ],
    [
      "loses a signal",
      [{ operation: "add" }],
      { data: { state: "1" } },
      'by its code it makes the signal "note" with 1',
    ],
    [
      "sends what a failed operation sent",
      [{ operation: "refuse", outcome: "failed" }],
      { messages: [noted(1)] },
      'makes the signal "note" with 1',
    ],
    [
      "fails what went well",
      [{ operation: "add", outcome: "failed" }],
      {},
      'applied "add", which failed, and by its code it completed',
    ],
    [
      "gives another result",
      [{ operation: "get", task: 1, input: 2 }],
      { data: { state: "2" }, messages: [told] },
      'applied "get", and answered 1, and by its code it gives 2',
    ],
    [
      "gives another failure",
      [{ operation: "refuse", task: 1, outcome: "failed" }],
      { messages: [refused("yes")] },
      "and failed with Error: yes, and by its code with Error: no",
    ],
    [
      "starts with another input",
      [{ operation: "start" }],
      { data: { state: "1" }, starts: [begun("drawn", "2")] },
      'makes the start of report "drawn" with 2, and by its code it makes the start of report "drawn" with 1',
    ],
    [
      "signals for another time, after promises",
      [{ operation: "later" }],
      { data: { state: "1" }, messages: [noted(1, 1_000)] },
      "at 1000, and by its code it makes the signal",
    ],
    [
      "has another state, after promises",
      [{ operation: "get" }, { operation: "later" }],
      { data: { state: "1" }, messages: [noted(2, 3_000)] },
      "has another state than by its code: not 2",
    ],
  ] as const)("is reported when it %s", async (_, deeds, end, said) => {
    expect(await say(deeds, end)).toContain(said);
  });
});
