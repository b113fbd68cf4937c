/**
 * O13 on status rows that say something else than what is durable.
 */
import type { EntityData, EventBody, InstanceRecord } from "dacapo/backend";
import { describe, expect, it } from "vitest";
import { statusOracle } from "../../simulator/src/oracles/status.ts";
import { CLOSED, OPENED, StoreScript } from "./store-script.ts";

/** What the oracle says after each of these moves. */
function judge(script: StoreScript, id: string, ...moves: readonly (() => void)[]): readonly string[] {
  const oracle = statusOracle();
  return moves.flatMap((move) => {
    move();
    return (oracle.observe?.(script, new Set([id])) ?? []).map(({ message }) => message);
  });
}

/** A store that shows another row of an instance. */
function misread(script: StoreScript, change: Partial<InstanceRecord>): void {
  const { store } = script;
  const read = store.instance.bind(store);
  store.instance = (id) => {
    const view = read(id);
    return view === undefined ? undefined : { ...view, record: { ...view.record, ...change } };
  };
}

const ended: EventBody = { type: "ExecutionCompleted", runtimeStatus: "Completed", output: "1" };
const suspended: EventBody = { type: "ExecutionSuspended", messageId: "s" };
const resumed: EventBody = { type: "ExecutionResumed", messageId: "r" };

describe("O13, the row of an orchestration", () => {
  it("is right from the start to the end, and after the next start of the id", () => {
    const script = new StoreScript();
    const said = judge(
      script,
      "i",
      () => script.start(),
      () => script.firstTurn([], { status: { runtimeStatus: "Running", lastUpdatedAt: 1_000, customStatus: "1" } }),
      () => script.nextTurn([suspended], { runtimeStatus: "Suspended" }),
      () => script.nextTurn([resumed]),
      () => script.nextTurn([ended], { runtimeStatus: "Completed", output: "1" }),
      () => script.purge("i"),
      () => script.start("i", "i-2"),
    );
    expect(said).toEqual([]);
  });

  it("is right across continue-as-new, where the custom status is carried on", () => {
    const start = { type: "ExecutionStarted", name: "o", instanceId: "i", executionId: "i-2" } as const;
    const next = { event: { ...start, customStatus: "1" }, carriedEvents: [] };
    const again = (customStatus: string): readonly string[] => {
      const script = new StoreScript();
      const status = { runtimeStatus: "Running", lastUpdatedAt: 1_000, customStatus } as const;
      return judge(
        script,
        "i",
        () => script.start(),
        () => script.firstTurn([{ type: "ContinueAsNew", newExecutionId: "i-2" }], { next, status }),
      );
    };
    expect(again("1")).toEqual([]);
    expect(again("2")).toEqual(['instance "i" shows the custom status 2, and its execution begins with 1']);
  });

  it("is reported when an execution begins without the version or the tags of the one before it", () => {
    const again = (change: object): readonly string[] => {
      const script = new StoreScript();
      const beginning = {
        type: "ExecutionStarted",
        name: "o",
        instanceId: "i",
        version: "2.0",
        tags: { a: "1" },
      } as const;
      const request = { requestId: "r", instanceId: "i", incarnation: "i-1", replaceStatuses: [] };
      const next = { event: { ...beginning, executionId: "i-2", ...change }, carriedEvents: [] };
      const event = { ...beginning, executionId: "i-1" };
      return judge(
        script,
        "i",
        () => script.store.createInstance({ ...request, start: { event, carriedEvents: [] } }, script.now),
        () => script.commit(script.fetch(), [OPENED, event, CLOSED], { next }),
      );
    };
    expect(again({})).toEqual([]);
    expect(again({ version: "1.0" })).toEqual(['instance "i" shows the version 1.0 after 2.0']);
    expect(again({ tags: {} })).toEqual(['instance "i" shows the tags {} after {"a":"1"}']);
  });

  it.each([
    ["another status", { runtimeStatus: "Terminated" }, "shows the status Terminated, and its history says Completed"],
    ["no output", { output: undefined }, "shows the output none, and its history says 1"],
    ["another execution", { executionId: "i-9" }, "shows the executionId i-9, and began with i-1"],
    ["another name", { name: "p" }, "shows the name p, and began with o"],
    ["a parent", { parentInstanceId: "p" }, "shows the parent p, and began with none"],
    ["another time", { lastUpdatedAt: 5 }, "was last changed at 5 by its row, and at 1000 by its history"],
  ] as const)("is reported when it shows %s", (_, change, problem) => {
    const script = new StoreScript();
    script.start();
    script.firstTurn([ended], { runtimeStatus: "Completed", output: "1" });
    misread(script, change as Partial<InstanceRecord>);
    expect(judge(script, "i", () => undefined)).toEqual([`instance "i" ${problem}`]);
  });

  it("is reported when it says Running before there is a history, or after it was suspended", () => {
    const script = new StoreScript();
    script.start();
    misread(script, { runtimeStatus: "Running" });
    expect(judge(script, "i", () => undefined)).toEqual([
      'instance "i" shows the status Running, and its history says Pending',
    ]);
    const held = new StoreScript();
    held.start();
    held.firstTurn([suspended]);
    expect(judge(held, "i", () => undefined)).toEqual([
      'instance "i" shows the status Running, and its history says Suspended',
    ]);
  });

  it("is reported when its custom status, birth or revision changes by itself", () => {
    const after = (change: Partial<InstanceRecord>): readonly string[] => {
      const script = new StoreScript();
      script.start();
      script.firstTurn([]);
      return judge(
        script,
        "i",
        () => undefined,
        () => misread(script, { revision: 99, ...change }),
      );
    };
    expect(after({})).toEqual([]);
    expect(after({ customStatus: "1" })).toEqual([
      'instance "i" shows the custom status 1 after none, and no turn was recorded',
    ]);
    expect(after({ createdAt: 5 })).toEqual(['instance "i" was created at 1000, and now its row says 5']);
    expect(after({ revision: 1 })).toEqual(['instance "i" changed, and its row\'s revision did not grow: it is 1']);
  });
});

describe("O13, the row of an entity", () => {
  const id = "@counter@a";
  const caller = { instanceId: "i", executionId: "i-1", taskId: 1 };
  const data: EntityData = {
    ...{ state: "1", waiting: [], held: [], received: [], sent: [], lastOperationAt: 1_000 },
    lock: { criticalSectionId: "s", caller, lockSet: [id] },
  };

  /** An entity that has had a turn. */
  const touched = (): StoreScript => {
    const script = new StoreScript();
    script.send({
      ...{ messageId: "m", instanceId: id, birth: { name: "counter", incarnation: "c-1" } },
      body: { type: "EntityOperationSignaled", operation: "add" },
    });
    script.commit(script.fetch(), [], { entity: data, consumed: ["m"] });
    return script;
  };

  it("agrees with its data", () => {
    expect(judge(touched(), id, () => undefined)).toEqual([]);
  });

  it.each([
    [{ state: "2" }, "shows the state 2, and its data says 1"],
    [{ lockedBy: "j" }, "shows the lockedBy j, and its data says i"],
    [{ backlog: 3 }, "shows the backlog 3, and its data says 0"],
    [{ lastOperationAt: 7 }, "shows the lastOperationAt 7, and its data says 1000"],
  ])("is reported when it shows %j", (change, problem) => {
    const script = touched();
    const lock = { lockedBy: "i", lockedByExecutionId: "i-1", criticalSectionId: "s" };
    const row = { state: "1", ...lock, backlog: 0, lastOperationAt: 1_000, ...change };
    misread(script, { entity: row });
    expect(judge(script, id, () => undefined)).toEqual([`entity "${id}" ${problem}`]);
  });

  it("is reported when it shows an end, which entities do not have", () => {
    const script = touched();
    misread(script, { runtimeStatus: "Completed" });
    expect(judge(script, id, () => undefined)).toEqual([
      `entity "${id}" shows the status Completed, and an entity is always Running`,
    ]);
  });
});
