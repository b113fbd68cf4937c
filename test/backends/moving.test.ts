/**
 * A hub can move: what was begun on one backend goes on, on any other, to the same end.
 */
import { afterEach, describe, expect, it } from "vitest";
import {
  EntityInstanceId,
  entity,
  HubNotEmptyError,
  TaskHub,
  activity,
  orchestrator,
  whenAll,
} from "../../src/index.ts";
import type { Definition } from "../../src/index.ts";
import type { Backend } from "../../src/ports/backend.ts";
import type { HubPart } from "../../src/ports/hub-snapshot.ts";
import type { BackendUnderTest } from "../../src/testing/index.ts";
import { createMemoryHub } from "./memory-hub.ts";
import { memory } from "../../src/backends/memory/index.ts";
import { createPostgresHub } from "./postgres-hub.ts";
import { serverOfFile } from "./server-of-file.ts";
import { createSqliteHub } from "./sqlite-hub.ts";

const server = serverOfFile();

const backends = {
  memory: () => createMemoryHub(memory({ keepHistory: true })),
  sqlite: () => createSqliteHub({ keepHistory: true }),
  postgres: () => createPostgresHub(server.url),
} as const;
const names = Object.keys(backends) as (keyof typeof backends)[];

const opened: BackendUnderTest[] = [];
async function open(name: keyof typeof backends): Promise<BackendUnderTest> {
  const hub = await backends[name]();
  opened.push(hub);
  return hub;
}
afterEach(async () => {
  for (const hub of opened.splice(0)) await hub.close();
});

const HOUR_MS = 3_600_000;
/** The manual clock of all hubs begins here. */
const BEGIN_MS = Date.UTC(2026, 0, 1);
const account = (key: string): EntityInstanceId => new EntityInstanceId("account", key);

/** `isMended` says whether what failed on the old hub works by now. */
function definitions(isMended: boolean): readonly Definition[] {
  return [
    activity("double", (_ctx, n: number) => n * 2),
    activity("mended", () => {
      if (!isMended) throw new Error("not yet");
      return "mended";
    }),
    entity("account", (ctx) => {
      if (ctx.operationName === "add") ctx.setState(ctx.getState(0) + (ctx.getInput<number>() ?? 0));
      return ctx.getState(0);
    }),
    orchestrator("steps", function* (ctx, n: number) {
      const first = yield* ctx.callActivity<number>("double", n);
      const more = yield* ctx.waitForExternalEvent<number>("More");
      ctx.setCustomStatus("more");
      return first + (yield* ctx.callActivity<number>("double", more));
    }),
    orchestrator("sleeper", function* (ctx) {
      yield* ctx.createTimer({ hours: 1 });
      return "slept";
    }),
    orchestrator("parent", function* (ctx) {
      return yield* whenAll([
        ctx.callSubOrchestrator<number>("steps", 5, { instanceId: "child" }),
        ctx.callSubOrchestrator<string>("sleeper"),
      ]);
    }),
    orchestrator("rounds", function* (ctx, round: number) {
      const n = yield* ctx.waitForExternalEvent<number>("Next");
      if (round < 3) ctx.continueAsNew(round + 1);
      return [round, n];
    }),
    orchestrator("section", function* (ctx) {
      const lock = yield* ctx.entities.lockEntities(account("ada"));
      yield* ctx.waitForExternalEvent("Go");
      const sum = yield* ctx.entities.callEntity<number>(account("ada"), "add", 1);
      lock.release();
      return sum;
    }),
    orchestrator("mending", function* (ctx) {
      return yield* ctx.callActivity<string>("mended");
    }),
  ];
}

/** A hub over a backend that stays open when the hub stops. */
async function hubOn(backend: Backend, isMended = false): Promise<TaskHub> {
  const lasting = new Proxy(backend, {
    get: (of, name) => {
      if (name === "open" || name === "close") return () => Promise.resolve();
      const value: unknown = Reflect.get(of, name);
      return typeof value === "function" ? (value.bind(of) as unknown) : value;
    },
  });
  return TaskHub.open({ backend: lasting, register: definitions(isMended) });
}

/** Begins instances of all kinds, and leaves them in the middle. */
async function begin({ backend }: BackendUnderTest): Promise<void> {
  const hub = await hubOn(backend);
  const { client } = hub;
  await client.scheduleNewOrchestration("steps", 1, { instanceId: "waits", tags: { of: "law" } });
  await client.scheduleNewOrchestration("steps", 2, "suspended");
  await client.scheduleNewOrchestration("sleeper", undefined, "sleeper");
  await client.scheduleNewOrchestration("parent", undefined, "parent");
  await client.scheduleNewOrchestration("rounds", 1, "rounds");
  await client.scheduleNewOrchestration("section", undefined, "section");
  await client.scheduleNewOrchestration("mending", undefined, "rewound");
  await client.scheduleNewOrchestration("mending", undefined, "failed");
  await client.scheduleNewOrchestration("sleeper", undefined, "terminated");
  await client.scheduleNewOrchestration("steps", 7, { instanceId: "later", startAt: new Date(BEGIN_MS + HOUR_MS) });
  await hub.runUntilIdle();
  await client.raiseOrchestrationEvent("rounds", "Next", 1);
  await client.suspendOrchestration("suspended");
  await client.terminateOrchestration("terminated", "enough");
  await hub.runUntilIdle();
  // From here on, everything waits: messages, an activity that somebody holds, an order to rewind, a start.
  await client.rewindInstance("rewound");
  await client.raiseOrchestrationEvent("waits", "More", 10);
  await client.raiseOrchestrationEvent("suspended", "More", 20);
  await client.signalEntity(account("ada"), "add", 5);
  await client.signalEntity(account("bob"), "add", 3, { signalTime: new Date(BEGIN_MS + HOUR_MS) });
  await client.scheduleNewOrchestration("mending", undefined, "new");
  await client.scheduleNewOrchestration("steps", 9, "held");
  const turn = (await backend.fetchOrchestrations({ workerId: "w", maxItems: 100, leaseMs: HOUR_MS })).length;
  expect(turn).toBeGreaterThan(3);
  await hub.stop();
}

/** Sees everything through. */
async function finish(hub: BackendUnderTest): Promise<Readonly<Record<string, unknown>>> {
  const tasks = await hubOn(hub.backend, true);
  const { client } = tasks;
  await tasks.runUntilIdle();
  await client.resumeOrchestration("suspended");
  for (const id of ["later", "held", "child"]) await client.raiseOrchestrationEvent(id, "More", 1);
  for (const n of [2, 3]) await client.raiseOrchestrationEvent("rounds", "Next", n);
  await client.raiseOrchestrationEvent("section", "Go");
  await tasks.runUntilIdle();
  await hub.advance(2 * HOUR_MS);
  await tasks.runUntilIdle();
  const ends: Record<string, unknown> = {};
  for await (const state of client.getAllInstances()) {
    const { name, runtimeStatus, serializedOutput, serializedCustomStatus, tags, failureDetails } = state;
    const known = /^[a-z]+$/.test(state.instanceId) ? state.instanceId : `a child of ${String(state.parentInstanceId)}`;
    ends[known] = [name, runtimeStatus, serializedOutput, serializedCustomStatus, tags, failureDetails?.errorMessage];
  }
  for await (const { id, state, lockedBy } of client.getEntities()) ends[String(id)] = [state, lockedBy];
  ends["executions of rounds"] = (await client.listExecutionIds("rounds")).length;
  ends["left"] = (await tasks.runUntilIdle()).pending;
  await tasks.stop();
  return ends;
}

/** What a file makes of it. */
async function* moved(parts: AsyncIterable<HubPart>): AsyncGenerator<HubPart, void, undefined> {
  const lines: string[] = [];
  for await (const part of parts) lines.push(JSON.stringify(part));
  for (const line of lines) yield JSON.parse(line) as HubPart;
}

describe.each(names)("a hub on %s", (from) => {
  it.each(names)("goes on to the same ends on %s", async (to) => {
    const stayed = await open("memory");
    await begin(stayed);
    // What a worker of the old hub holds is not held on the new one; there it would end with the lease.
    await stayed.advance(HOUR_MS);
    const expected = await finish(stayed);

    const old = await open(from);
    const young = await open(to);
    await begin(old);
    await young.backend.restore?.(moved(old.backend.snapshot!()));
    const ends = await finish(young);
    expect({ ...ends, "executions of rounds": 0 }).toEqual({ ...expected, "executions of rounds": 0 });
    expect(ends).toMatchObject({ left: 0, "@account@ada": [6, undefined] });
    expect(ends["waits"]).toEqual(["steps", "Completed", "22", '"more"', { of: "law" }, undefined]);
  });

  it("keeps the histories of earlier executions, the records, and the answers to requests made before", async () => {
    const old = await open("memory");
    const young = await open(from);
    await begin(old);
    const request = { requestId: "r", instanceId: "gone", incarnation: "i", replaceStatuses: [] };
    const event = { type: "ExecutionStarted", name: "steps", instanceId: "gone", executionId: "e" } as const;
    const creation = { ...request, start: { event, carriedEvents: [] } };
    await old.backend.createInstance(creation);
    await old.backend.sendMessage({ messageId: "m", instanceId: "waits", body: { type: "EventRaised", name: "x" } });
    await young.backend.restore?.(moved(old.backend.snapshot!()));

    expect(await young.backend.listExecutions("rounds")).toEqual(await old.backend.listExecutions("rounds"));
    for (const id of await old.backend.listExecutions("rounds")) {
      expect(await young.backend.getHistory("rounds", id)).toEqual(await old.backend.getHistory("rounds", id));
    }
    const { instances } = await old.backend.listInstances({ pageSize: 100 });
    expect((await young.backend.listInstances({ pageSize: 100 })).instances).toEqual(
      instances.map((record) => ({ ...record, revision: expect.any(Number) })),
    );
    const { pending } = await old.backend.backlog();
    expect((await young.backend.backlog()).pending).toBe(pending);
    await young.backend.createInstance(creation);
    await young.backend.sendMessage({ messageId: "m", instanceId: "waits", body: { type: "EventRaised", name: "x" } });
    expect((await young.backend.backlog()).pending).toBe(pending);
  });

  it("is not restored into one that has an instance", async () => {
    const taken = await open(from);
    await begin(taken);
    const before = await taken.backend.backlog();
    await expect(taken.backend.restore?.(moved(taken.backend.snapshot!()))).rejects.toThrow(HubNotEmptyError);
    expect(await taken.backend.backlog()).toEqual(before);
  });
});
