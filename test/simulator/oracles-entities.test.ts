/**
 * What the simulator makes of entities: O9's books of them, O3 and O11 on their messages, and the view that properties
 * have.
 */
import { entity, orchestrator, TaskEntity } from "dacapo";
import type { AppliedMessage, EntityData, InstanceMessage, TurnCommit } from "dacapo/backend";
import { MemoryStore } from "dacapo/memory";
import type { Scenario } from "@dacapo/simulator";
import { scenario, simulate } from "@dacapo/simulator";
import { describe, expect, it } from "vitest";
import { acknowledgedOracle } from "../../simulator/src/oracles/acknowledged.ts";
import { EntityBooks } from "../../simulator/src/oracles/entity-books.ts";
import { explainRest } from "../../simulator/src/oracles/liveness.ts";
import type { FinalEvidence } from "../../simulator/src/oracles/oracle.ts";
import { hubView } from "../../simulator/src/scenario/hub-view.ts";
import { CommittedRecord } from "../../simulator/src/world/committed-record.ts";

const ID = "@box@a";
const REST: EntityData = { waiting: [], held: [], received: [], sent: [], lastOperationAt: 0 };

const PUT = { type: "EntityOperationSignaled", operation: "put" } as const;

function signal(messageId: string): InstanceMessage {
  return { messageId, instanceId: ID, birth: { name: "box", incarnation: "life" }, body: PUT };
}

function commit(
  applied: readonly string[],
  consumed: readonly string[],
  kept: readonly string[] = [],
): TurnCommit & { readonly entity: EntityData } {
  return {
    ...{
      requestId: "r",
      lock: { key: ID, token: 1 },
      events: [],
      activities: [],
      timers: [],
      messages: [],
      starts: [],
    },
    ...{ cancelledTimers: [], status: { runtimeStatus: "Running", lastUpdatedAt: 1 }, consumed },
    applied: applied.map((messageId): AppliedMessage => ({
      messageId,
      type: "EntityOperationSignaled",
      operation: "put",
      outcome: "completed",
    })),
    entity: { ...REST, waiting: kept.map((messageId) => ({ messageId, body: PUT })) },
  };
}

/** What the books say of turns, one after the other: the last word. */
function say(...turns: readonly { readonly handed: readonly string[]; readonly commit: ReturnType<typeof commit> }[]) {
  const books = new EntityBooks();
  const known = new Set(turns.flatMap(({ handed }) => handed));
  return turns
    .map((turn) =>
      books.takeTurn(
        turn.commit,
        turn.handed.map(signal),
        ({ type }) => type,
        (id) => known.has(id),
      ),
    )
    .at(-1);
}

describe("O9, what an entity takes takes effect, is kept, or did so before", () => {
  it("is silent on messages that are applied, kept, applied later, and come again", () => {
    expect(
      say(
        { handed: ["1", "2"], commit: commit(["1"], ["1", "2"], ["2"]) },
        { handed: ["1", "3"], commit: commit(["2", "3"], ["1", "3"]) },
        { handed: ["2"], commit: commit([], ["2"]) },
      ),
    ).toBeUndefined();
  });

  it("names a message that is taken and neither applied nor kept", () => {
    expect(say({ handed: ["1"], commit: commit([], ["1"]) })).toContain("neither applied it nor keeps it");
  });

  it("names a message that was kept and is lost", () => {
    const first = { handed: ["1"], commit: commit([], ["1"], ["1"]) };
    expect(say(first, { handed: [], commit: commit([], []) })).toContain("which it kept, is lost");
  });

  it("names a message that is applied twice, or out of nowhere", () => {
    const first = { handed: ["1"], commit: commit(["1"], ["1"]) };
    expect(say(first, { handed: ["1"], commit: commit(["1"], ["1"]) })).toContain("applied twice");
    expect(say({ handed: [], commit: commit(["9"], []) })).toContain("neither been handed nor kept");
    expect(say({ handed: [], commit: commit([], ["9"]) })).toContain("had not been handed");
    expect(say({ handed: [], commit: commit([], [], ["9"]) })).toContain("which nobody sent");
  });
});

/** A store with an entity that was sent a signal, and has had a turn that left `data`. */
function storeWith(data: EntityData | undefined): MemoryStore {
  const store = new MemoryStore();
  store.sendMessage(signal("1"), 0);
  const [item] = store.fetchOrchestrations({ workerId: "w", maxItems: 1, leaseMs: 10 }, 0);
  if (data === undefined || item === undefined) return store;
  store.completeOrchestration({ ...commit([], ["1"]), lock: item.lock, entity: data }, 0);
  return store;
}

function evidenceOf(store: MemoryStore, committed = new CommittedRecord()): FinalEvidence {
  return {
    ...{ store, committed, now: 0, isAtRest: true, stepsWithoutProgress: 0 },
    ...{ busyFunctions: [], runningActivities: [], replays: [] },
  };
}

const acknowledged = { kind: "message", instanceId: ID, incarnation: "life", message: signal("1") } as const;

describe("O3, a signal that a client was told is there", () => {
  it.each([
    ["waits in the queue", undefined, ""],
    ["is kept", { ...REST, waiting: [{ messageId: "1", body: PUT }] }, ""],
    ["is gone", REST, 'the signal "put" for "@box@a" was accepted, a client was told so, and now it is lost'],
  ])("where it %s", (_where, data, expected) => {
    const committed = new CommittedRecord();
    committed.acknowledged.push(acknowledged);
    const violations = acknowledgedOracle().atEnd?.(evidenceOf(storeWith(data), committed)) ?? [];
    expect(violations.map(({ message }) => message).join()).toBe(expected);
  });

  it("where it was applied", () => {
    const committed = new CommittedRecord();
    committed.acknowledged.push(acknowledged);
    committed.calls.push({ type: "turn", now: 0, commit: commit(["1"], ["1"]), before: undefined });
    expect(acknowledgedOracle().atEnd?.(evidenceOf(storeWith(REST), committed))).toEqual([]);
  });
});

describe("O11, why an entity rests", () => {
  const caller = { instanceId: "one", executionId: "e", taskId: 1 };

  it.each([
    ["nothing is left to do", REST, undefined],
    ["nobody takes its messages", undefined, "a message waits for it that no worker takes"],
    [
      "it is locked",
      { ...REST, lock: { criticalSectionId: "s", caller, lockSet: [ID] } },
      'it is locked by "one", which never lets go',
    ],
    [
      "it keeps what it could do",
      { ...REST, waiting: [{ messageId: "1", body: PUT }] },
      "a message waits in it that it does not go on with",
    ],
  ])("because %s", (_why, data, reason) => {
    const store = storeWith(data);
    const rest = explainRest(store.instance(ID)!, evidenceOf(store));
    expect(rest?.reason).toBe(reason);
    expect(rest?.isJustified ?? false).toBe(false);
  });

  it("names those who wait for one another", () => {
    const store = storeWith({ ...REST, lock: { criticalSectionId: "s", caller, lockSet: [ID] } });
    const rest = explainRest(store.instance(ID)!, evidenceOf(store), [ID, "one"]);
    expect(rest).toEqual({ isJustified: false, reason: `it waits for itself: ${ID} -> one -> ${ID}` });
  });
});

describe("O11, an entity that somebody locked who rests for a good reason", () => {
  const holder = orchestrator("holder", function* (ctx, waits: boolean) {
    using _lock = yield* ctx.entities.lockEntities([box, "a"], [box, "b"]);
    if (waits) yield* ctx.waitForExternalEvent("never");
    yield* ctx.entities.callEntity(box, "a", "put", 1);
    yield* ctx.createTimer({ days: 1 });
  });
  const second = orchestrator("second", function* (ctx) {
    using _lock = yield* ctx.entities.lockEntities([box, "c"], [box, "b"]);
    yield* ctx.entities.callEntity(box, "b", "put", 2);
  });
  const caller = orchestrator("caller", function* (ctx) {
    yield* ctx.entities.callEntity(box, "a", "put", 3);
    yield* ctx.callSubOrchestrator(second, undefined, { instanceId: "second" });
  });

  /** Somebody who holds the locks, and others who want them; what a run says that must end well. */
  const heldBy = (waits: boolean) =>
    scenario("held", {
      register: [holder, second, caller, box],
      clients: async ({ client, after }) => {
        await client.scheduleNewOrchestration(holder, waits, "holder");
        await after({ seconds: 30 });
        if (!waits) await client.suspendOrchestration("holder");
        await client.scheduleNewOrchestration(caller, undefined, "caller");
        await client.scheduleNewOrchestration(second, undefined, "second");
        await client.signalEntity(box, "a", "put", 4);
      },
      eventually: { "everybody comes to an end": ({ hub }) => hub.instances().every(({ isTerminal }) => isTerminal) },
    });

  it.each([
    ["waits for an event that nobody sent", true, 'it waits for the event "never", which nobody sent'],
    ["is suspended", false, "it is suspended"],
  ])("may be left so, and who waits for it, too: the owner %s", async (_why, waits, reason) => {
    const story = await storyOf(heldBy(waits));
    const told = story.filter((line) => line.includes("has not ended"));
    expect(told[0]).toBe(`"holder" has not ended: ${reason}`);
    expect(told.join("\n")).toContain(`"@box@a" has not ended: it is locked by "holder", of which is true: ${reason}`);
    const passed = await simulate({ ...heldBy(waits), eventually: {} }, { runs: 30, seed: "held" });
    expect(passed.outcome === "failed" ? passed.message : "passed").toBe("passed");
  });
});

/** What is told of the first run of a scenario, if it fails. */
async function storyOf(made: Scenario): Promise<readonly string[]> {
  const result = await simulate(made, { runs: 1 });
  return result.story ?? [];
}

class Box extends TaskEntity<number[]> {
  protected override initializeState(): number[] {
    return [];
  }

  put(n: number): void {
    this.state.push(n);
  }
}

const box = entity("box", Box);

describe("a scenario with entities", () => {
  it("shows their states to properties, apart from the orchestrations", () => {
    const view = hubView(storeWith({ ...REST, state: "[1]" }));
    const state = { id: ID, name: "box", key: "a", state: [1], lockedBy: undefined, backlog: 0 };
    expect([view.entities(), view.entity(ID), view.entity("@box@b")]).toEqual([[state], state, undefined]);
    expect([view.instances(), view.instance(ID)]).toEqual([[], undefined]);
  });

  it("tells what they get and do", async () => {
    const wrong = scenario("boxes", {
      register: [box],
      workers: 1,
      clients: async ({ client }) => {
        await client.signalEntity(box, "a", "put", 7);
      },
      always: {
        "a box never holds a 7": ({ hub }) =>
          hub.entities().every(({ state }) => (state as number[] | undefined)?.includes(7) !== true),
      },
    });
    const result = await simulate(wrong, { runs: 50, seed: "1" });
    if (result.outcome !== "failed") throw new Error("nothing failed");
    expect(result.story).toEqual([
      'client 1 signals put with 7 to "@box@a"',
      '"@box@a" gets the signal "put" on worker A',
      'This breaks "a box never holds a 7"',
    ]);
  });
});
