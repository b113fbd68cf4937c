/**
 * The oracles, each on a store in which a promise was broken by hand, and each silent where none was.
 */
import { activity, orchestrator } from "dacapo";
import type { EventBody, FailureDetails, InstanceRecord } from "dacapo/backend";
import { replayHistory } from "dacapo/replay";
import { describe, expect, it } from "vitest";
import { acknowledgedOracle } from "../../simulator/src/oracles/acknowledged.ts";
import { historyOracle } from "../../simulator/src/oracles/history.ts";
import { explainRest, livenessOracle } from "../../simulator/src/oracles/liveness.ts";
import type { FinalEvidence, Oracle } from "../../simulator/src/oracles/oracle.ts";
import { replayOracle } from "../../simulator/src/oracles/replay.ts";
import { terminalOracle } from "../../simulator/src/oracles/terminal.ts";
import { newActor } from "../../simulator/src/world/actor.ts";
import { CLOSED, OPENED, StoreScript } from "./store-script.ts";

const I: ReadonlySet<string> = new Set(["i"]);

/** What an oracle says after each of these moves. */
function judge(oracle: Oracle, script: StoreScript, ...moves: readonly (() => void)[]): readonly string[] {
  return moves.flatMap((move) => {
    move();
    return (oracle.observe?.(script, I) ?? []).map(({ oracle: id, message }) => `${id} ${message}`);
  });
}

function finally_(script: StoreScript, details: Partial<FinalEvidence> = {}): FinalEvidence {
  const { store, committed, now } = script;
  return {
    ...{ store, committed, now, isAtRest: true, stepsWithoutProgress: 0 },
    ...{ busyFunctions: [], runningActivities: [], replays: [] },
    ...details,
  };
}

/** The evidence with each execution replayed by `definition`. */
async function replayed(script: StoreScript, definition: ReturnType<typeof orchestrator>): Promise<FinalEvidence> {
  const executions = script.committed.executions(script.store).filter(({ history }) => history.length > 0);
  const replays = executions.map(async (execution) => ({
    execution,
    replay: await replayHistory(definition, execution.history),
  }));
  return finally_(script, { replays: await Promise.all(replays) });
}

const scheduled: EventBody = { type: "TaskScheduled", taskId: 1, name: "work", attempt: 1, idempotencyKey: "k" };
const completed: EventBody = { type: "TaskCompleted", taskId: 1, messageId: "i-1:1" };
const ended: EventBody = { type: "ExecutionCompleted", runtimeStatus: "Completed", output: "1" };

describe("O3, acknowledged operations are never lost", () => {
  it("is silent while an event waits, is recorded, or its instance has ended", () => {
    const script = new StoreScript();
    const moves = [
      () => script.start(),
      () => script.send(script.event("e")),
      () =>
        script.commit(
          script.fetch(),
          [OPENED, script.started("i"), { type: "EventRaised", name: "Go", messageId: "e" }, CLOSED],
          { consumed: ["e"] },
        ),
      () => script.send(script.event("f")),
      () => script.commit(script.fetch(), [OPENED, ended, CLOSED], { runtimeStatus: "Completed", consumed: [] }),
      () => script.purge("i"),
      () => script.committed.acknowledged.push({ kind: "purge", instanceId: "i", incarnation: "i-1" }),
    ];
    const oracle = acknowledgedOracle();
    const [purge, told] = moves.splice(5);
    expect(judge(oracle, script, ...moves)).toEqual([]);
    script.committed.retire(script.store, "i");
    expect(judge(oracle, script, purge ?? (() => undefined), told ?? (() => undefined))).toEqual([]);
    expect(oracle.atEnd?.(finally_(script))).toEqual([]);
  });

  it("reports an event that was consumed and recorded nowhere", () => {
    const script = new StoreScript();
    expect(
      judge(
        acknowledgedOracle(),
        script,
        () => script.start(),
        () => script.send(script.event("e")),
        () => script.commit(script.fetch(), [OPENED, script.started("i"), CLOSED], { consumed: ["e"] }),
      ),
    ).toEqual(['O3 the event "Go" for "i" was accepted, a client was told so, and now it is lost']);
  });

  it("accepts an event that continue-as-new carries over, and reports one that it drops", () => {
    const carried: EventBody = { type: "EventRaised", name: "Go", messageId: "e" };
    const start = { type: "ExecutionStarted", name: "o", instanceId: "i", executionId: "i-2" } as const;
    for (const isCarried of [true, false]) {
      const script = new StoreScript();
      script.start();
      script.send(script.event("e"));
      const said = judge(acknowledgedOracle(), script, () => {
        script.commit(
          script.fetch(),
          [OPENED, script.started("i"), { type: "ContinueAsNew", newExecutionId: "i-2" }, CLOSED],
          {
            consumed: ["e"],
            next: { event: start, carriedEvents: isCarried ? [carried] : [] },
          },
        );
      });
      expect(said).toHaveLength(isCarried ? 0 : 1);
    }
  });

  it("reports an instance that is gone, or replaced, although nobody asked for it", () => {
    const script = new StoreScript();
    script.committed.acknowledged.push({ kind: "start", instanceId: "i", incarnation: "i-1" });
    const cut = { isAtRest: false };
    expect(acknowledgedOracle().atEnd?.(finally_(script, cut))).toMatchObject([{ oracle: "O3", instanceId: "i" }]);
    script.start("i", "i-9");
    expect(acknowledgedOracle().atEnd?.(finally_(script, cut))).toMatchObject([{ oracle: "O3", instanceId: "i" }]);
  });

  it("reports a purged instance that is back", () => {
    const script = new StoreScript();
    script.start();
    script.committed.acknowledged.push({ kind: "purge", instanceId: "i", incarnation: "i-1" });
    expect(
      acknowledgedOracle()
        .atEnd?.(finally_(script, { isAtRest: false }))
        .map(({ message }) => message),
    ).toEqual(['instance "i" was purged, and now it is back']);
  });

  it("reports, at rest, a start after which nothing ran, and an order to terminate after which it goes on", () => {
    const script = new StoreScript();
    const atEnd = (isAtRest: boolean): readonly string[] | undefined =>
      acknowledgedOracle()
        .atEnd?.(finally_(script, { isAtRest }))
        .map(({ message }) => message);
    script.start();
    expect(atEnd(false)).toEqual([]);
    expect(atEnd(true)).toEqual(['the start of "i" was accepted, a client was told so, and it never ran']);
    script.firstTurn([]);
    expect(atEnd(true)).toEqual([]);
    script.send({ messageId: "t", instanceId: "i", body: { type: "ExecutionTerminated" } });
    const recorded: EventBody = { type: "ExecutionTerminated", messageId: "t" };
    script.commit(script.fetch(), [OPENED, recorded, CLOSED], { consumed: ["t"] });
    expect(atEnd(false)).toEqual([]);
    expect(atEnd(true)).toEqual(['the order to terminate "i" was accepted, and it is still Running']);
  });

  it("takes any end for what an order to terminate asked for, also where a rewind makes it go on later", () => {
    const script = new StoreScript();
    const oracle = acknowledgedOracle();
    const failed: EventBody = {
      type: "ExecutionCompleted",
      runtimeStatus: "Failed",
      failure: { errorType: "E", errorMessage: "no" },
    };
    const said = judge(
      oracle,
      script,
      () => script.start(),
      () => {
        script.firstTurn([]);
      },
      () => {
        script.send({ messageId: "t", instanceId: "i", body: { type: "ExecutionTerminated" } });
      },
      () => {
        script.commit(script.fetch(), [OPENED, failed, CLOSED], { runtimeStatus: "Failed", consumed: ["t"] });
      },
      () => {
        script.store.rewindInstance({ requestId: "r", instanceId: "i" }, script.now);
      },
    );
    expect(said).toEqual([]);
    expect(script.store.getInstance("i")?.runtimeStatus).toBe("Running");
    expect(oracle.atEnd?.(finally_(script))).toEqual([]);
  });
});

describe("O4, a terminal status is final", () => {
  const end =
    (script: StoreScript, output: string): (() => void) =>
    () =>
      script.firstTurn([{ ...ended, output }], { runtimeStatus: "Completed", output });

  it("is silent when an ended instance stays as it is, also when it is purged and made anew", () => {
    const script = new StoreScript();
    expect(
      judge(
        terminalOracle(),
        script,
        () => script.start(),
        end(script, "1"),
        () => undefined,
        () => script.purge("i"),
        () => script.start("i", "i-2"),
        end(script, "2"),
      ),
    ).toEqual([]);
  });

  it("reports an ended instance whose output, status or history changes", () => {
    const script = new StoreScript();
    const change =
      (details: object): (() => void) =>
      () => {
        // A message that the store was not asked about makes the ended instance ready again.
        script.store.redeliver("i", script.event("again"));
        script.commit(script.fetch(), [], { consumed: ["again"], runtimeStatus: "Completed", ...details });
      };
    const said = judge(terminalOracle(), script, () => script.start(), end(script, "1"), change({ output: "2" }));
    expect(said).toEqual([
      'O4 instance "i" had ended (Completed, output 1, after 4 events) and changed to Completed, output 2, after 4 events',
    ]);
    expect(judge(terminalOracle(), script, () => undefined, change({ runtimeStatus: "Running" }))).toHaveLength(1);
  });

  it("reports a client that is told less than before, and none that is told the same, more, or of another life", () => {
    const script = new StoreScript();
    const client = newActor("client", "client 1");
    const records: InstanceRecord[] = [];
    const note = (): void => {
      const record = script.store.getInstance("i");
      if (record !== undefined) records.push(record);
    };
    const tell = (index: number) => (): void => {
      script.committed.tell(client, records[index]);
    };
    script.start();
    note();
    script.firstTurn([]);
    note();
    script.nextTurn([{ ...ended }], { runtimeStatus: "Completed", output: "1" });
    note();
    script.purge("i");
    script.start("i", "i-2");
    note();
    const oracle = terminalOracle();
    expect(judge(oracle, script, tell(0), tell(1), tell(1), tell(2), tell(2), tell(3))).toEqual([]);
    expect(judge(terminalOracle(), script, tell(2), tell(1))).toContain(
      'O4 client 1 is told that instance "i" is Running, output none; told before was Completed, output 1',
    );
    expect(judge(terminalOracle(), script, () => undefined, tell(1), tell(0)).join()).toContain("is Pending");
  });
});

describe("O5, every history is well formed", () => {
  /** What the oracle says of a first turn of these events, and of a second one. */
  const say = (first: readonly EventBody[], second?: readonly EventBody[]): string => {
    const script = new StoreScript();
    const oracle = historyOracle();
    script.start();
    const said = judge(oracle, script, () => script.commit(script.fetch(), first));
    if (second === undefined) return said.join();
    return [...said, ...judge(oracle, script, () => script.nextTurn(second.slice(1, -1)))].join();
  };
  const first = [OPENED, new StoreScript().started("i"), scheduled, CLOSED];
  const timer: EventBody = { type: "TimerCreated", taskId: 1, fireAt: 99_999 };

  it("is silent on a good one", () => {
    expect(say(first, [OPENED, completed, ended, CLOSED])).toBe("");
  });

  it.each<[string, readonly EventBody[], readonly EventBody[] | undefined, string]>([
    [
      "a turn that is not closed",
      [OPENED, new StoreScript().started("i")],
      undefined,
      "its last turn has no OrchestratorCompleted",
    ],
    ["an event outside a turn", [...first, scheduled], undefined, "it is outside a turn"],
    ["a turn within a turn", [OPENED, OPENED], undefined, "the turn before it has no OrchestratorCompleted"],
    ["no start", [OPENED, scheduled, CLOSED], undefined, "the execution has not started"],
    ["a second start", first, [OPENED, new StoreScript().started("i"), CLOSED], "an execution starts once"],
    ["a task scheduled twice", first, [OPENED, scheduled, CLOSED], "task 1 was scheduled before"],
    ["an answer to nothing", first, [OPENED, { ...completed, taskId: 7 }, CLOSED], "no open activity 7"],
    [
      "two answers to one task",
      first,
      [OPENED, completed, { ...completed, messageId: "other" }, CLOSED],
      "no open activity 1",
    ],
    [
      "an activity's answer to a timer",
      [OPENED, new StoreScript().started("i"), timer, CLOSED],
      [OPENED, completed, CLOSED],
      "no open activity 1",
    ],
    [
      "a timer that fires early",
      [OPENED, new StoreScript().started("i"), timer, CLOSED],
      [OPENED, { type: "TimerFired", taskId: 1, fireAt: 99_999, messageId: "t" }, CLOSED],
      "98999 ms too early",
    ],
    ["something after the end", first, [OPENED, ended, scheduled, CLOSED], "it follows ExecutionCompleted"],
    ["two ends", first, [OPENED, ended, ended, CLOSED], "it follows ExecutionCompleted"],
    [
      "something fed after a decision",
      first,
      [OPENED, { ...scheduled, taskId: 2 }, completed, CLOSED],
      "fed after the turn's first decision",
    ],
    [
      "one message twice",
      first,
      [
        OPENED,
        { type: "EventRaised", name: "a", messageId: "m" },
        { type: "EventRaised", name: "a", messageId: "m" },
        CLOSED,
      ],
      "its message was recorded before",
    ],
  ])("reports %s", (_what, one, two, problem) => {
    expect(say(one, two)).toContain(problem);
  });

  it("reports time that goes back, and time that is ahead of the hub's", () => {
    const at = (timestamp: number): EventBody => ({ ...scheduled, timestamp }) as EventBody;
    expect(say([OPENED, new StoreScript().started("i"), at(500), CLOSED])).toContain("its time is before that");
    expect(say([OPENED, new StoreScript().started("i"), at(1_500), CLOSED])).toContain("its time is 500 ms ahead");
  });

  it("reports an answer that was meant for an earlier execution", () => {
    const script = new StoreScript();
    script.committed.addAnswer({
      messageId: "i-1:1",
      instanceId: "i",
      executionId: "i-0",
      body: { type: "TaskCompleted", taskId: 1 },
    });
    script.start();
    script.firstTurn([scheduled]);
    expect(judge(historyOracle(), script, () => script.nextTurn([completed])).join()).toContain(
      "a task of another execution",
    );
  });
});

const work = activity("work", (_ctx, n: number) => n);
const once = orchestrator("o", function* (ctx) {
  return yield* ctx.callActivity(work, 1);
});

describe("O6, a cold replay decides what the history records", () => {
  const good = { ...scheduled, input: "1", idempotencyKey: "i-1:1" } as EventBody;
  const script = (decision: EventBody, status: object = {}): StoreScript => {
    const made = new StoreScript();
    made.start();
    made.firstTurn([decision], status);
    return made;
  };

  it("is silent on a history that the code repeats", async () => {
    const made = script(good);
    made.nextTurn([{ ...completed, result: "1" }, ended], { runtimeStatus: "Completed", output: "1" });
    expect(replayOracle().atEnd?.(await replayed(made, once))).toEqual([]);
  });

  it("reports another input, name or status", async () => {
    const messages = async (made: StoreScript): Promise<string> =>
      (replayOracle().atEnd?.(await replayed(made, once)) ?? []).map(({ message }) => message).join();
    expect(await messages(script({ ...good, input: "2" } as EventBody))).toContain(
      'the history of "i" does not replay',
    );
    expect(await messages(script({ ...good, name: "other" } as EventBody))).toContain("does not replay");
    expect(await messages(script(good, { runtimeStatus: "Suspended" }))).toContain('"status":"Suspended"');
    expect(await messages(script(good, { output: "7" }))).toContain('"output":"7"');
  });

  it("reports an instance that the engine failed as not deterministic", () => {
    const made = new StoreScript();
    const failure: FailureDetails = {
      errorType: "NonDeterminismError",
      errorMessage: "it differs",
      code: "NON_DETERMINISM",
    };
    made.start();
    made.firstTurn([{ type: "ExecutionCompleted", runtimeStatus: "Failed", failure }], { runtimeStatus: "Failed" });
    const [execution] = made.committed.executions(made.store);
    const replays = execution === undefined ? [] : [{ execution }];
    expect(replayOracle().atEnd?.(finally_(made, { replays }))).toMatchObject([
      { message: 'the history of "i" does not replay: it differs' },
    ]);
  });
});

describe("O11, everything comes to rest for a good reason", () => {
  const say = (evidence: FinalEvidence): string =>
    (livenessOracle({ poisons: false }).atEnd?.(evidence) ?? []).map(({ message }) => message).join();
  const waiting = orchestrator("o", function* (ctx) {
    yield* ctx.waitForExternalEvent("never");
  });

  it("accepts an instance that waits for an event, and one that has ended", async () => {
    const made = new StoreScript();
    made.start();
    made.firstTurn([]);
    expect(say(await replayed(made, waiting))).toBe("");
    made.nextTurn([ended], { runtimeStatus: "Completed" });
    expect(say(finally_(made))).toBe("");
  });

  it("reports an instance that never started", () => {
    const made = new StoreScript();
    made.start();
    expect(say(finally_(made))).toBe(
      'nothing more can happen, and instance "i" is still Pending: it never started to run',
    );
  });

  it("reports messages that nobody takes", () => {
    const made = new StoreScript();
    made.start();
    made.firstTurn([]);
    made.send(made.event("e"));
    expect(say(finally_(made))).toContain("a message waits for it that no worker takes");
    made.send(made.event("f"));
    expect(say(finally_(made))).toContain("2 messages wait for it that no worker takes");
  });

  it("reports an instance that waits for a result that never comes", async () => {
    const made = new StoreScript();
    made.start();
    made.firstTurn([{ ...scheduled, input: "1", idempotencyKey: "i-1:1" }]);
    expect(say(await replayed(made, once))).toContain(
      'it waits for the result of activity "work" (task 1), which will never come: no worker has it, and none will get it',
    );
  });

  it("says why the result does not come", async () => {
    const waits = new StoreScript();
    waits.start();
    waits.schedule();
    expect(say(await replayed(waits, once))).toContain("which will never come: no worker takes it");
    const lost = new StoreScript();
    lost.start();
    lost.schedule();
    lost.answer();
    const item = lost.fetch();
    lost.commit(item, [], { consumed: item.messages.map(({ messageId }) => messageId) });
    expect(say(await replayed(lost, once))).toContain("which will never come: a worker gave it, and it got lost");
    const timer = new StoreScript();
    timer.start();
    timer.firstTurn([{ type: "TimerCreated", taskId: 1, fireAt: 2_000 }]);
    const sleeper = orchestrator("o", function* (ctx) {
      yield* ctx.createTimer({ seconds: 1 });
    });
    expect(say(await replayed(timer, sleeper))).toContain("it waits for timer 1, which will never come: it is not set");
  });

  it("tells an instance that waits for an event from one that waits although the event is there", async () => {
    const made = new StoreScript();
    made.start();
    made.firstTurn([]);
    const evidence = await replayed(made, waiting);
    const instance = made.store.instance("i");
    if (instance === undefined) throw new Error("there is no instance");
    expect(explainRest(instance, evidence)).toEqual({
      isJustified: true,
      reason: 'it waits for the event "never", which nobody sent',
    });
    const [one] = evidence.replays;
    if (one?.replay?.ok !== true) throw new Error("it does not replay");
    const unprocessedEvents = [{ type: "EventRaised", name: "Never", messageId: "m" }] as const;
    const replays = [{ ...one, replay: { ...one.replay, unprocessedEvents } }];
    expect(say({ ...evidence, replays })).toContain(
      'it waits for the event "never", although its history has one that nothing took',
    );
  });

  it("reports what is given up as poison, unless the simulation poisons work itself", () => {
    const giveUp = (made: StoreScript): (() => void) => {
      const failure: FailureDetails = {
        errorType: "PoisonMessageError",
        errorMessage: "again",
        code: "POISON_MESSAGE",
      };
      const end: EventBody = { type: "ExecutionCompleted", runtimeStatus: "Failed", failure };
      return () =>
        made.commit(made.fetch(), [end], { status: { runtimeStatus: "Failed", lastUpdatedAt: made.now, failure } });
    };
    for (const poisons of [false, true]) {
      const made = new StoreScript();
      made.start();
      const seen = judge(livenessOracle({ poisons }), made, giveUp(made));
      expect(seen).toEqual(poisons ? [] : ['O11 instance "i" was given up as poison, and nothing is wrong with it']);
    }
  });

  it("reports spinning, but not a workflow that goes on, nor a client or an activity that acts", () => {
    const cut = { isAtRest: false, stepsWithoutProgress: 5_000 };
    const made = new StoreScript();
    expect(say(finally_(made, cut))).toContain("the last 5000 steps added nothing to any history");
    expect(say(finally_(made, { ...cut, stepsWithoutProgress: 50 }))).toBe("");
    expect(say(finally_(made, { ...cut, busyFunctions: ["client 1"] }))).toBe("");
  });
});
