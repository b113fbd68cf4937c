/**
 * O4 and O12 on retention, O14 and O1 on histories that get too long; and scenarios whose hubs have both.
 */
import type { Definition } from "dacapo";
import { activity, orchestrator } from "dacapo";
import type { FailureDetails, InstanceMessage, InstanceRecord } from "dacapo/backend";
import { replayHistory } from "dacapo/replay";
import { openSimulation, scenario, simulate } from "@dacapo/simulator";
import { describe, expect, it } from "vitest";
import { boundedWorkOracle } from "../../simulator/src/oracles/bounded-work.ts";
import { leaksOracle } from "../../simulator/src/oracles/leaks.ts";
import type { FinalEvidence } from "../../simulator/src/oracles/oracle.ts";
import { refinementOracle } from "../../simulator/src/oracles/refinement.ts";
import { terminalOracle } from "../../simulator/src/oracles/terminal.ts";
import { CLOSED, OPENED, StoreScript } from "./store-script.ts";

const MINUTE_MS = 60_000;
const retention = [
  { statuses: ["Completed" as const], after: { minutes: 5 } },
  { statuses: ["Failed" as const], after: { minutes: 1 }, name: "o" },
];

/** A hub with one orchestration that has ended so, and perhaps a child of it that has completed. */
function ended(runtimeStatus: "Completed" | "Failed" | "Running", child = false): StoreScript {
  const script = new StoreScript();
  script.start();
  script.firstTurn([], { runtimeStatus });
  if (!child) return script;
  const parent = { instanceId: "i", executionId: "i-1", name: "o", taskId: 1 };
  const event = { type: "ExecutionStarted", name: "o", instanceId: "c", executionId: "c-1", parent } as const;
  const start = { event, carriedEvents: [] };
  script.store.createInstance(
    { requestId: "c", instanceId: "c", incarnation: "c-1", start, replaceStatuses: [] },
    script.now,
  );
  script.commit(script.fetch(), [OPENED, event, CLOSED], { runtimeStatus: "Completed" });
  return script;
}

/** What O4 says when a worker removes an instance after so long. */
function removed(script: StoreScript, ageMs: number, instanceId = "i", before?: (script: StoreScript) => void): string {
  const oracle = terminalOracle({ retention });
  const all = new Set(["i", "c"]);
  oracle.observe?.(script, all);
  script.now += ageMs;
  before?.(script);
  oracle.observe?.(script, all);
  const record = script.store.getInstance(instanceId) as InstanceRecord;
  script.committed.calls.push({ type: "retention", now: script.now, record });
  script.purge(instanceId);
  return (oracle.observe?.(script, all) ?? []).map(({ message }) => message).join();
}

describe("O4, what a worker removes by retention", () => {
  it("is nothing of, when a rule says that it goes by now", () => {
    expect(removed(ended("Completed"), 5 * MINUTE_MS)).toBe("");
    expect(removed(ended("Failed"), MINUTE_MS)).toBe("");
  });

  it("is reported when it is too young, or no rule is for it", () => {
    expect(removed(ended("Completed"), 5 * MINUTE_MS - 1)).toBe(
      'instance "i" (Completed for 300 seconds) was removed by retention, and no rule says that it goes by now',
    );
    const other = (script: StoreScript): void => {
      const record = script.store.getInstance("i") as InstanceRecord;
      Object.assign(script.store.instance("i")?.record ?? {}, { ...record, name: "another" });
    };
    expect(removed(ended("Failed"), 3 * MINUTE_MS, "i", other)).toContain('"i" (Failed for 180 seconds) was removed');
  });

  it("goes by the orchestration above it, as long as that is there", () => {
    expect(removed(ended("Completed", true), 5 * MINUTE_MS, "c")).toBe("");
    expect(removed(ended("Running", true), 5 * MINUTE_MS, "c")).toBe(
      'instance "c" (Completed for 300 seconds), below "i" (Running), was removed by retention, and no rule says that it goes by now',
    );
    // A failed parent goes after a minute, and its child with it.
    expect(removed(ended("Failed", true), MINUTE_MS, "c")).toBe("");
  });

  it("may be on its way when the one above it, whose time had come, is rewound", () => {
    const rewind = (script: StoreScript): void => {
      script.store.rewindInstance({ instanceId: "i", requestId: "again" }, script.now);
    };
    expect(removed(ended("Failed", true), MINUTE_MS, "c", rewind)).toBe("");
    expect(removed(ended("Failed", true), MINUTE_MS - 1, "c", rewind)).toContain('below "i" (Running), was removed');
  });

  it("goes by its own age, once another has the id of the one above it", () => {
    const replace = (script: StoreScript): void => {
      script.purge("i");
      script.start("i", "i-2");
      script.now += 1;
    };
    const tooYoung = removed(ended("Completed", true), 4 * MINUTE_MS, "c", replace);
    expect(tooYoung).toContain('instance "c" (Completed for 240 seconds) was removed by retention');
    expect(removed(ended("Completed", true), 5 * MINUTE_MS, "c", replace)).toBe("");
  });
});

describe("O12, what retention has to remove", () => {
  const left = (script: StoreScript, ageMs: number): readonly string[] => {
    script.now += ageMs;
    const evidence: FinalEvidence = {
      ...{ store: script.store, committed: script.committed, now: script.now, isAtRest: true, replays: [] },
      ...{ stepsWithoutProgress: 0, busyFunctions: [], runningActivities: [] },
    };
    return (leaksOracle({ retention }).atEnd?.(evidence) ?? []).map(({ message }) => message);
  };

  it("is reported when its time has come and it is still there", () => {
    expect(left(ended("Completed"), 5 * MINUTE_MS - 1)).toEqual([]);
    expect(left(ended("Completed"), 5 * MINUTE_MS)).toEqual([
      'nothing more can happen, and instance "i", which is Completed, stays although a rule of retention is for it',
    ]);
  });

  it("may stay as long as something of its family runs", () => {
    expect(left(ended("Running", true), 60 * MINUTE_MS)).toEqual([]);
    expect(left(ended("Completed", true), 60 * MINUTE_MS)).toHaveLength(1);
  });
});

describe("O14, a history", () => {
  const say = (script: StoreScript): string =>
    (boundedWorkOracle({ historyEventsMax: 6 }).observe?.(script, new Set()) ?? []).map((one) => one.message).join();

  it("may be as long as the limit while its execution goes on, and any length when it ends", () => {
    const script = new StoreScript();
    script.start();
    script.firstTurn([]);
    script.nextTurn([{ type: "EventRaised", name: "e", messageId: "m" }]);
    expect(say(script)).toBe("");
    script.nextTurn([{ type: "ExecutionCompleted", runtimeStatus: "Completed" }], { runtimeStatus: "Completed" });
    expect(say(script)).toBe("");
  });

  it("is reported beyond it", () => {
    const script = new StoreScript();
    script.start();
    script.firstTurn([]);
    script.nextTurn(["m", "n"].map((messageId) => ({ type: "EventRaised", name: "e", messageId })));
    expect(say(script)).toBe('instance "i" goes on with a history of 7 events, and the limit is 6');
  });
});

const echo = activity("echo", (_ctx, n: number) => n);
const failure: FailureDetails = {
  errorType: "HistoryTooLongError",
  errorMessage: "too long",
  code: "HISTORY_TOO_LONG",
};

/** What O1 says when the engine ends this at its second turn, in which the echo is answered, for the length of its history. */
async function cutOff(definition: Definition, historyEventsMax: number): Promise<string> {
  if (definition.kind !== "orchestrator") throw new Error("only orchestrators have histories");
  const script = new StoreScript();
  script.start();
  const task = { taskId: 1, name: "echo", input: "1", attempt: 1, idempotencyKey: "i-1:1" };
  script.firstTurn([{ type: "TaskScheduled", ...task }]);
  const answer: InstanceMessage = {
    ...{ messageId: "a", instanceId: "i", executionId: "i-1" },
    body: { type: "TaskCompleted", taskId: 1, result: "1" },
  };
  script.send(answer);
  const end = { type: "ExecutionCompleted", runtimeStatus: "Failed", failure, isByEngine: true } as const;
  script.commit(script.fetch(), [OPENED, end, CLOSED], {
    consumed: ["a"],
    status: { runtimeStatus: "Failed", lastUpdatedAt: script.now, failure },
  });
  const oracle = refinementOracle({ register: [definition], historyEventsMax });
  oracle.observe?.(script, new Set());
  const [execution] = script.committed.executions(script.store);
  if (execution === undefined) throw new Error("it is there");
  const replay = await replayHistory(definition, execution.history);
  const replays = [{ execution, replay }];
  const evidence = { store: script.store, committed: script.committed, replays } as unknown as FinalEvidence;
  return ((await oracle.interpret?.(evidence)) ?? []).map(({ message }) => message).join();
}

describe("O1, an execution that the engine ended for the length of its history", () => {
  const goesOn = orchestrator("o", function* (ctx) {
    for (;;) yield* ctx.callActivity(echo, 1);
  });
  const endsThen = orchestrator("o", function* (ctx) {
    yield* ctx.callActivity(echo, 1);
    return 1;
  });
  const beginsAnew = orchestrator("o", function* (ctx) {
    yield* ctx.callActivity(echo, 1);
    ctx.continueAsNew(undefined);
  });

  it("is right when it would have gone on with more events than it may", async () => {
    expect(await cutOff(goesOn, 7)).toBe("");
  });

  it("is reported when the turn would have been within the limit", async () => {
    expect(await cutOff(goesOn, 8)).toBe(
      'instance "i": turn 2 was ended by the engine because its history would become too long, and it has 8 events then, of 8',
    );
  });

  it.each([endsThen, beginsAnew])("is reported when the code ends it in that turn", async (definition) => {
    expect(await cutOff(definition, 7)).toContain("by the programming model it ends in this turn by itself");
  });
});

describe("a scenario with retention and a limit of histories", () => {
  const chain = orchestrator("chain", function* (ctx, steps: number) {
    for (let i = 0; i < steps; i++) yield* ctx.callActivity(echo, i);
    return steps;
  });
  const small = scenario("small", {
    register: [chain, echo],
    hub: {
      history: { maxEvents: 12 },
      retention: [
        { statuses: ["Completed"], after: { days: 30 } },
        { statuses: ["Failed"], after: { hours: 1 } },
      ],
    },
    clients: async ({ client }) => {
      await client.scheduleNewOrchestration(chain, 2, "short");
      await client.scheduleNewOrchestration(chain, 9, "long");
    },
    faults: { "activity-throws": false, "activity-fails-after-effect": false },
    always: { "who is short does not fail": ({ hub }) => hub.instance("short")?.runtimeStatus !== "Failed" },
    eventually: { "nothing is left": ({ hub }) => hub.instances().length === 0 },
    sometimes: { "who is long fails": ({ hub }) => hub.instance("long")?.runtimeStatus === "Failed" },
  });

  it("comes to rest with everything removed, whatever goes wrong", async () => {
    const result = await simulate(small, { runs: 60, seed: 5 });
    expect(result.message).toBeUndefined();
    expect(result).toMatchObject({ outcome: "passed" });
  });

  it("can be steered: instances go when it is time", async () => {
    await using simulation = await openSimulation(small);
    await simulation.runUntil(({ hub }) => hub.instance("long")?.runtimeStatus === "Failed");
    expect(simulation.state().instances.map(({ instanceId }) => instanceId)).toEqual(["short", "long"]);
    await simulation.advance({ hours: 1 });
    expect(simulation.state().instances.map(({ instanceId }) => instanceId)).toEqual(["short"]);
    await simulation.advance({ days: 30 });
    expect(simulation.state().instances).toEqual([]);
  });
});
