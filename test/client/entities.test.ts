/**
 * Laws of what clients may do with entities: signal, read, list and clean.
 */
import { describe, expect, it } from "vitest";
import type { EntityMetadata, EntityQuery } from "dacapo";
import {
  entity,
  EntityInstanceId,
  InvalidArgumentError,
  orchestrator,
  PayloadNotSerializableError,
  StorageError,
  TaskEntity,
} from "dacapo";
import { entityMessage } from "../../src/core/effects.ts";
import { memory, MemoryStore } from "dacapo/memory";
import { FaultyBackend, spoilFirst } from "../runtime/faulty-backend.ts";
import { Stage } from "../runtime/stage.ts";

class Counter extends TaskEntity<number> {
  protected override initializeState(): number {
    return 0;
  }

  add(n: number): void {
    this.state += n;
  }
}

const counter = entity("counter", Counter);
const other = entity("counterfeit", (ctx) => {
  ctx.setState(ctx.operationName);
});
const ends = orchestrator("ends", () => undefined);

const HOUR = 3_600_000;

async function open(...keys: readonly string[]): Promise<Stage> {
  const stage = await Stage.open([counter, other, ends]);
  for (const key of keys) await stage.client.signalEntity(counter, key, "add", 1);
  await stage.idle();
  return stage;
}

async function idsOf(stage: Stage, query?: EntityQuery): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { id } of stage.client.getEntities(query)) ids.push(id.toString());
  return ids;
}

function present(continuationToken: string | undefined): Pick<EntityQuery, "continuationToken"> {
  return continuationToken === undefined ? {} : { continuationToken };
}

/** Locks an entity for a section of an orchestration. */
async function lock(stage: Stage, key: string, instanceId: string, executionId = "gone"): Promise<void> {
  const id = `@counter@${key}`;
  const caller = { instanceId, executionId, taskId: 1 };
  const body = {
    type: "EntityLockRequested",
    criticalSectionId: `${key} of ${instanceId}`,
    lockSet: [id],
    caller,
  } as const;
  const position = { stream: `${instanceId}>${key}`, number: 1, sentAt: stage.clock.now() };
  stage.store.sendMessage(entityMessage(id, position, body), stage.clock.now());
  await stage.idle();
}

describe("signalEntity", () => {
  it("applies a signal once, however often the store does not answer", async () => {
    const faulty = new FaultyBackend();
    const stage = await Stage.open([counter], { backend: faulty.around(memory()) });
    for (const how of ["after", "before"] as const) {
      faulty.spoiler = spoilFirst("sendMessage", 3, how);
      await stage.whileTimePasses(stage.client.signalEntity(counter, "a", "add", 1));
    }
    await stage.idle();
    expect((await stage.client.getEntity(counter, "a"))?.state).toBe(2);
  });

  it("leaves no gap behind when it gives up", async () => {
    const faulty = new FaultyBackend();
    const store = new MemoryStore();
    const stage = await Stage.open([counter], { backend: faulty.around(memory({ store })) });
    await stage.client.signalEntity(counter, "a", "add", 1);
    faulty.spoiler = spoilFirst("sendMessage", 5, "before");
    await expect(stage.whileTimePasses(stage.client.signalEntity(counter, "a", "add", 1))).rejects.toThrow(
      StorageError,
    );
    for (let n = 0; n < 3; n++) await stage.client.signalEntity(counter, "a", "add", 1);
    await stage.idle();
    expect((await stage.client.getEntity(counter, "a"))?.state).toBe(4);
    const received = store.instance("@counter@a")?.entity?.received;
    expect(received?.map(({ next, ahead }) => ({ next, ahead }))).toEqual([
      { next: 2, ahead: undefined },
      { next: 4, ahead: undefined },
    ]);
  });

  it("refuses what names no entity, no operation, or cannot be stored", async () => {
    const { client } = await open();
    await expect(client.signalEntity(undefined as never, "a", "add")).rejects.toThrow("was given no entity");
    await expect(client.signalEntity(ends as never, "a")).rejects.toThrow(InvalidArgumentError);
    await expect(client.signalEntity(counter, 5 as never, "add", 1)).rejects.toThrow("String(key)");
    await expect(client.signalEntity(counter, "a", "" as "add", 1)).rejects.toThrow("name of the operation");
    await expect(client.signalEntity(counter, "a", "add", (() => 1) as never)).rejects.toThrow(
      PayloadNotSerializableError,
    );
    await expect(client.signalEntity(counter, "a", "add", 1, 5 as never)).rejects.toThrow(
      "The options of signalEntity() are a number.",
    );
  });
});

describe("getEntity", () => {
  it("gives the state and what else is known, or undefined", async () => {
    const stage = await open("a");
    const id = new EntityInstanceId("Counter", "a");
    expect(await stage.client.getEntity(id)).toMatchObject({
      ...{ id, state: 1, serializedState: "1", includesState: true },
      ...{ backlogQueueSize: 0, lockedBy: undefined, lastModifiedTime: new Date(stage.clock.now()) },
    });
    expect(await stage.client.getEntity(counter, "b")).toBeUndefined();
  });

  it("leaves out the state where it is not wanted", async () => {
    const { client } = await open("a");
    for (const metadata of [
      await client.getEntity(counter, "a", false),
      await client.getEntity(new EntityInstanceId("counter", "a"), false),
    ]) {
      expect(metadata?.includesState).toBe(false);
      expect(() => metadata?.state).toThrow("was not asked for");
    }
  });

  it("shows who has locked it, and how much waits", async () => {
    const stage = await open("a");
    await lock(stage, "a", "holder");
    await stage.client.signalEntity(counter, "a", "add", 1);
    await stage.idle();
    expect(await stage.client.getEntity(counter, "a")).toMatchObject({ lockedBy: "holder", backlogQueueSize: 1 });
  });
});

describe("getEntities", () => {
  it("lists by the beginning of the id; a name's case does not matter, a key's does", async () => {
    const stage = await open("b", "A", "a1");
    await stage.client.signalEntity(other, "x", "set");
    await stage.start(ends);
    await stage.idle();
    const all = ["@counter@A", "@counter@a1", "@counter@b", "@counterfeit@x"];
    expect(await idsOf(stage)).toEqual(all);
    expect(await idsOf(stage, { instanceIdStartsWith: "COUNTER" })).toEqual(all);
    expect(await idsOf(stage, { instanceIdStartsWith: "@Counter@" })).toEqual(all.slice(0, 3));
    expect(await idsOf(stage, { instanceIdStartsWith: "counter@a" })).toEqual(["@counter@a1"]);
  });

  it("lists by when the last operation ran", async () => {
    const stage = await open("a");
    const first = new Date(stage.clock.now());
    stage.advance({ hours: 1 });
    await stage.client.signalEntity(counter, "b", "add", 1);
    await stage.idle();
    expect(await idsOf(stage, { lastModifiedTo: first })).toEqual(["@counter@a"]);
    expect(await idsOf(stage, { lastModifiedFrom: new Date(first.getTime() + 1) })).toEqual(["@counter@b"]);
  });

  it("gives full pages, whatever is left out between", async () => {
    const stage = await open("a", "b", "c", "d", "e");
    for (const key of ["a", "c"]) await stage.client.signalEntity(counter, key, "delete");
    await stage.idle();
    const pages: (readonly EntityMetadata[])[] = [];
    for await (const page of stage.client.getEntities({ pageSize: 2 }).asPages()) pages.push(page.values);
    expect(pages.map((page) => page.map(({ id }) => id.key))).toEqual([["b", "d"], ["e"]]);
    expect(await idsOf(stage, { includeTransient: true })).toHaveLength(5);
  });

  it.each([1, 2, 3])(
    "gives each page but the last a token, from which a list goes on, by pages of %i",
    async (size) => {
      const stage = await open("a", "b", "c", "d", "e", "f", "g", "h");
      for (const key of ["b", "d", "e", "h"]) await stage.client.signalEntity(counter, key, "delete");
      await stage.idle();
      const found: string[] = [];
      const tokens: (string | undefined)[] = [undefined];
      while (tokens.length === 1 || tokens.at(-1) !== undefined) {
        const query = { instanceIdStartsWith: "counter@", pageSize: size, ...present(tokens.at(-1)) };
        for await (const page of stage.client.getEntities(query).asPages()) {
          found.push(...page.map(({ id }) => id.key));
          tokens.push(page.continuationToken);
          break;
        }
      }
      expect(found).toEqual(["a", "c", "f", "g"]);
      expect(tokens).toHaveLength(1 + Math.ceil(4 / size));
      const query = { instanceIdStartsWith: "counter@", pageSize: 7, includeState: false };
      for (const [page, token] of tokens.entries()) {
        expect(await idsOf(stage, { ...query, ...present(token) })).toHaveLength(
          token === undefined ? 4 : 4 - page * size,
        );
      }
    },
  );

  it("goes on after a page whose last entity is gone, and sees what came after it", async () => {
    const stage = await open("a", "b", "c");
    let token = "";
    for await (const page of stage.client.getEntities({ pageSize: 2 }).asPages())
      token = page.continuationToken ?? token;
    await stage.client.signalEntity(counter, "b", "delete");
    await stage.client.signalEntity(counter, "bb", "add", 1);
    await stage.idle();
    stage.clock.advance(HOUR + 1);
    await stage.client.cleanEntityStorage();
    expect(await idsOf(stage, { continuationToken: token })).toEqual(["@counter@bb", "@counter@c"]);
  });

  it("refuses a token of another query, and what is none", async () => {
    const stage = await open("a", "b");
    let token = "";
    for await (const page of stage.client.getEntities({ pageSize: 1 }).asPages())
      token = page.continuationToken ?? token;
    for (const other of [
      { instanceIdStartsWith: "counter" },
      { includeTransient: true },
      { lastModifiedFrom: new Date(0) },
      { lastModifiedTo: new Date(stage.clock.now()) },
    ]) {
      expect(() => stage.client.getEntities({ ...other, continuationToken: token })).toThrow(
        /^The continuationToken is of another query: .*only pageSize and includeState may differ/,
      );
    }
    for (const strange of ["", "b", "[]", '["x"]', '{"after":"b"}', "[1,2]"]) {
      expect(() => stage.client.getEntities({ continuationToken: strange })).toThrow(InvalidArgumentError);
    }
  });

  it("refuses options that make no sense", async () => {
    const { client } = await open();
    for (const query of [
      5,
      { continuationToken: 5 },
      { pageSize: 0 },
      { instanceIdStartsWith: 5 },
      { lastModifiedFrom: new Date("x") },
    ]) {
      expect(() => client.getEntities(query as never)).toThrow(InvalidArgumentError);
    }
  });
});

describe("cleanEntityStorage", () => {
  it("removes empty entities for good once nothing that was sent to them can come again", async () => {
    const stage = await open("a", "b");
    await stage.client.signalEntity(counter, "a", "delete");
    await stage.idle();
    expect(await stage.client.cleanEntityStorage()).toEqual({ emptyEntitiesRemoved: 1, orphanedLocksReleased: 0 });
    expect(await idsOf(stage, { includeTransient: true })).toEqual(["@counter@a", "@counter@b"]);
    stage.clock.advance(HOUR + 1);
    expect(await stage.client.cleanEntityStorage()).toMatchObject({ emptyEntitiesRemoved: 1 });
    expect(await idsOf(stage, { includeTransient: true })).toEqual(["@counter@b"]);
    expect(await stage.client.cleanEntityStorage()).toMatchObject({ emptyEntitiesRemoved: 0 });
    await stage.client.signalEntity(counter, "a", "add", 5);
    await stage.idle();
    expect((await stage.client.getEntity(counter, "a"))?.state).toBe(5);
  });

  it("leaves an entity for which a signal is scheduled", async () => {
    const stage = await open("a");
    await stage.client.signalEntity(counter, "a", "delete");
    await stage.idle();
    await stage.client.signalEntity(counter, "a", "add", 1, { signalTime: { hours: 5 } });
    stage.clock.advance(2 * HOUR);
    expect(await stage.client.cleanEntityStorage()).toMatchObject({ emptyEntitiesRemoved: 0 });
    stage.clock.advance(3 * HOUR);
    await stage.idle();
    expect((await stage.client.getEntity(counter, "a"))?.state).toBe(1);
  });

  it("releases locks whose orchestrations have ended, are gone, or are not what they were", async () => {
    const stage = await open("a", "b", "c", "d");
    const waits = await stage.client.scheduleNewOrchestration(ends, undefined, { startAt: { hours: 9 } });
    const running = stage.store.getInstance(waits)?.executionId;
    await stage.start(ends, undefined, "ended");
    await stage.idle();
    await lock(stage, "a", "ended", stage.store.getInstance("ended")?.executionId);
    await lock(stage, "b", "gone");
    await lock(stage, "c", waits, "another execution");
    await lock(stage, "d", waits, running);
    await stage.client.signalEntity(counter, "a", "add", 1);
    expect(await stage.client.cleanEntityStorage({ releaseOrphanedLocks: false })).toMatchObject({
      orphanedLocksReleased: 0,
    });
    expect(await stage.client.cleanEntityStorage()).toEqual({ emptyEntitiesRemoved: 0, orphanedLocksReleased: 3 });
    await stage.idle();
    expect(await stage.client.cleanEntityStorage()).toMatchObject({ orphanedLocksReleased: 0 });
    const held: string[] = [];
    for await (const { id, lockedBy } of stage.client.getEntities()) if (lockedBy !== undefined) held.push(id.key);
    expect(held).toEqual(["d"]);
    expect((await stage.client.getEntity(counter, "a"))?.state).toBe(2);
  });

  it("can go page by page", async () => {
    const stage = await open();
    for (let n = 0; n < 150; n++) await stage.client.signalEntity(counter, String(n), "delete");
    await stage.idle();
    const first = await stage.client.cleanEntityStorage({}, false);
    expect(first).toMatchObject({ emptyEntitiesRemoved: 100, continuationToken: expect.any(String) as string });
    const { continuationToken = "" } = first;
    expect(await stage.client.cleanEntityStorage({ continuationToken }, false)).toEqual({
      emptyEntitiesRemoved: 50,
      orphanedLocksReleased: 0,
    });
  });
});

describe("orchestrations and entities", () => {
  it("have different ids, and methods of the one refuse the other", async () => {
    const stage = await open("a");
    const { client } = stage;
    const id = "@counter@a";
    const calls = [
      () => client.scheduleNewOrchestration(ends, undefined, id),
      () => client.getOrchestrationState(id),
      () => client.getOrchestrationHistory(id),
      () => client.raiseOrchestrationEvent(id, "x"),
      () => client.terminateOrchestration(id),
      () => client.purgeOrchestration(id),
      () => client.waitForOrchestrationCompletion(id),
    ];
    for (const call of calls) await expect(call()).rejects.toThrow("is one of an entity");
    for await (const { instanceId } of client.getAllInstances()) expect(instanceId).not.toContain("@");
  });
});
