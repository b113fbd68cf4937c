/**
 * G8: a read sees what was written before it; lists are complete, in order, and page by page.
 */
import assert from "node:assert/strict";
import type { ExecutionStart } from "../../core/messages.ts";
import type { InstanceQuery, InstanceRecord } from "../../ports/backend.ts";
import type { BackendCase } from "../backend-case.ts";
import { assertRefused, lawOf } from "../law.ts";
import type { Stage } from "../stage.ts";
import { startOf } from "../stage.ts";

const law = lawOf("G8");

/** All pages of a query: the ids of each. */
async function pages(stage: Stage, query: InstanceQuery): Promise<readonly (readonly string[])[]> {
  const found: (readonly string[])[] = [];
  let continuationToken = query.continuationToken;
  do {
    const page = await stage.backend.listInstances(
      continuationToken === undefined ? query : { ...query, continuationToken },
    );
    found.push(page.instances.map((instance) => instance.instanceId));
    continuationToken = page.continuationToken;
    assert.ok(found.length <= 100, "a list ends");
  } while (continuationToken !== undefined);
  return found;
}

async function ids(stage: Stage, query: Partial<InstanceQuery> = {}): Promise<readonly string[]> {
  return (await pages(stage, { pageSize: 100, ...query })).flat();
}

async function recordOf(stage: Stage, instanceId: string): Promise<InstanceRecord> {
  const record = await stage.backend.getInstance(instanceId);
  assert.ok(record !== undefined);
  return record;
}

function childEvent(instanceId: string, parentId: string): ExecutionStart["event"] {
  const parent = { instanceId: parentId, executionId: `of ${parentId}`, name: "play", taskId: 1 };
  return { ...startOf(instanceId, `of ${instanceId}`).event, parent };
}

const reads: readonly BackendCase[] = [
  law("shows an instance at once, with all that it was created with", async (stage) => {
    const event = { ...startOf("a", "first").event, input: '{"bars":16}', version: "2.1", tags: { composer: "Clara" } };
    const { incarnation } = await stage.create("a", { start: startOf("a", "first", { event }) });
    const { createdAt, lastUpdatedAt, revision: _, ...record } = await recordOf(stage, "a");
    assert.deepEqual(record, {
      instanceId: "a",
      kind: "orchestration",
      name: "play",
      incarnation,
      executionId: "first",
      runtimeStatus: "Pending",
      input: '{"bars":16}',
      version: "2.1",
      tags: { composer: "Clara" },
    });
    assert.equal(lastUpdatedAt, createdAt);
    assert.deepEqual(await stage.backend.getHistory("a"), []);
    assert.deepEqual(await ids(stage), ["a"]);
  }),

  law("keeps what an instance was created with, turn after turn", async (stage) => {
    const event = { ...startOf("a", "first").event, input: '"x"', version: "1", tags: { k: "v" } };
    await stage.create("a", { start: startOf("a", "first", { event }) });
    const before = await recordOf(stage, "a");
    await stage.turn("a", { lastUpdatedAt: before.createdAt + 5 });
    const { revision, ...after } = await recordOf(stage, "a");
    const { revision: revisionBefore, ...rest } = before;
    assert.deepEqual(after, { ...rest, runtimeStatus: "Running", lastUpdatedAt: before.createdAt + 5 });
    assert.ok(revision > revisionBefore);
  }),

  law("shows no output, failure or custom status that was never set", async (stage) => {
    await stage.createRunning("a");
    const record = await recordOf(stage, "a");
    for (const absent of ["input", "output", "failure", "customStatus", "version", "tags"]) {
      assert.ok(!(absent in record), `${absent} is absent`);
    }
  }),

  law("hands out a message at once after it was sent", async (stage) => {
    await stage.createRunning("a");
    const sent = await stage.send("a");
    assert.deepEqual((await stage.take("a")).messages, [sent]);
  }),

  law("hands out a message that was sent before the first turn with it", async (stage) => {
    const { start } = await stage.create("a");
    const sent = await stage.send("a");
    const item = await stage.take("a");
    assert.deepEqual(item.start, start);
    assert.deepEqual(item.messages, [sent]);
  }),

  law("raises the revision with each change of an instance", async (stage) => {
    await stage.create("a");
    const revisions = [(await recordOf(stage, "a")).revision];
    await stage.turn("a");
    revisions.push((await recordOf(stage, "a")).revision);
    await stage.send("a");
    await stage.turn("a", { runtimeStatus: "Completed" });
    revisions.push((await recordOf(stage, "a")).revision);
    await stage.create("a", { replaceStatuses: ["Completed"] });
    revisions.push((await recordOf(stage, "a")).revision);
    assert.deepEqual(
      revisions,
      [...new Set(revisions)].sort((a, b) => a - b),
    );
  }),

  law("knows nothing of an id that was never created", async (stage) => {
    assert.equal(await stage.backend.getInstance("nobody"), undefined);
    await assertRefused(stage.backend.getHistory("nobody"), "INSTANCE_NOT_FOUND");
    assert.deepEqual(await stage.backend.listInstances({ pageSize: 10 }), { instances: [] });
  }),

  law("keeps a history that was read as it was when later turns add to it", async (stage) => {
    await stage.createRunning("a");
    const before = await stage.backend.getHistory("a");
    await stage.send("a");
    await stage.turn("a");
    assert.equal(before.length, 2);
    assert.equal((await stage.backend.getHistory("a")).length, 4);
  }),

  law("names the executions whose histories can be read: the current one's last", async (stage) => {
    const { start } = await stage.createRunning("a");
    const { executionId } = start.event;
    assert.deepEqual(await stage.backend.listExecutions("a"), [executionId]);
    assert.deepEqual(await stage.backend.getHistory("a", executionId), await stage.backend.getHistory("a"));
    await stage.send("a");
    await stage.turn("a", { next: startOf("a", "second") });
    const kept = await stage.backend.listExecutions("a");
    assert.equal(kept.at(-1), "second");
    assert.deepEqual(await stage.backend.getHistory("a", "second"), []);
    if (kept.includes(executionId)) assert.equal((await stage.backend.getHistory("a", executionId)).length, 4);
    else await assertRefused(stage.backend.getHistory("a", executionId), "EXECUTION_NOT_FOUND");
    await assertRefused(stage.backend.getHistory("a", "never"), "EXECUTION_NOT_FOUND");
    await assertRefused(stage.backend.getHistory("nobody", "never"), "INSTANCE_NOT_FOUND");
    await assertRefused(stage.backend.listExecutions("nobody"), "INSTANCE_NOT_FOUND");
  }),

  law("keeps the histories of all executions that have ended, or of none: an empty history is one", async (stage) => {
    const { start } = await stage.createRunning("a");
    const first = start.event.executionId;
    await stage.send("a");
    await stage.turn("a", { next: startOf("a", "second") });
    await stage.turn("a", { events: [], runtimeStatus: "Failed" });
    await stage.backend.rewindInstance({ instanceId: "a", requestId: "again" });
    await stage.turn("a", { events: [], rewritten: { start: startOf("a", "third"), history: [] } });
    const kept = await stage.backend.listExecutions("a");
    assert.deepEqual(kept, kept.length === 1 ? ["third"] : [first, "second", "third"]);
    for (const id of ["second", "third"]) {
      if (kept.includes(id)) assert.deepEqual(await stage.backend.getHistory("a", id), []);
      else await assertRefused(stage.backend.getHistory("a", id), "EXECUTION_NOT_FOUND");
    }
  }),

  law("tells ids apart that differ in case, blanks or accents alone", async (stage) => {
    const similar = ["a", "A", "a ", "á", "a\u0301", " a"];
    for (const id of similar) await stage.create(id);
    for (const id of similar) assert.equal((await recordOf(stage, id)).instanceId, id);
    assert.equal((await ids(stage)).length, similar.length);
  }),

  law("keeps any text as it is", async (stage) => {
    const text = JSON.stringify("quote ' \" ` \\ % _ ; -- \n \u0001 é 漢 😀 \u2028");
    const event = { ...startOf("a", "first").event, input: text };
    await stage.create("a", { start: startOf("a", "first", { event }) });
    await stage.turn("a", { output: text, customStatus: text, runtimeStatus: "Completed" });
    const record = await recordOf(stage, "a");
    assert.deepEqual([record.input, record.output, record.customStatus], [text, text, text]);
  }),
];

const lists: readonly BackendCase[] = [
  law("lists instances in the order of their ids by UTF-16 code units", async (stage) => {
    const unordered = ["b", "a", "B", "a-1", "a10", "a2", "é", "😀", "\uff5e", "_", "%"];
    for (const id of unordered) await stage.create(id);
    assert.deepEqual(await ids(stage), [...unordered].sort());
  }),

  law("lists every instance once, page by page", async (stage) => {
    for (let i = 0; i < 7; i++) await stage.create(`i${i}`);
    assert.deepEqual(await pages(stage, { pageSize: 3 }), [["i0", "i1", "i2"], ["i3", "i4", "i5"], ["i6"]]);
  }),

  law("gives no token with the last page, also when it is full", async (stage) => {
    for (const id of ["a", "b"]) await stage.create(id);
    assert.deepEqual(await pages(stage, { pageSize: 2 }), [["a", "b"]]);
  }),

  law("goes on with a list after what it listed, whatever comes and goes meanwhile", async (stage) => {
    for (const id of ["b", "c", "d"]) await stage.createEnded(id);
    const first = await stage.backend.listInstances({ pageSize: 2 });
    assert.ok(first.continuationToken !== undefined);
    await stage.create("a");
    await stage.create("e");
    await stage.purge("c");
    assert.deepEqual(await ids(stage, { continuationToken: first.continuationToken }), ["d", "e"]);
  }),

  law("lists by status", async (stage) => {
    await stage.create("pending");
    await stage.createRunning("running");
    await stage.createEnded("failed", "Failed");
    await stage.createEnded("completed");
    assert.deepEqual(await ids(stage, { runtimeStatus: ["Running"] }), ["running"]);
    assert.deepEqual(await ids(stage, { runtimeStatus: ["Failed", "Completed"] }), ["completed", "failed"]);
    assert.deepEqual(await ids(stage, { runtimeStatus: ["Terminated"] }), []);
  }),

  law("lists by the beginning of the id, character by character", async (stage) => {
    for (const id of ["order-1", "order-2", "Order-3", "orders", "a%b", "a%c", "axb", "a_b"]) await stage.create(id);
    assert.deepEqual(await ids(stage, { instanceIdPrefix: "order-" }), ["order-1", "order-2"]);
    assert.deepEqual(await ids(stage, { instanceIdPrefix: "a%" }), ["a%b", "a%c"]);
    assert.deepEqual(await ids(stage, { instanceIdPrefix: "a_" }), ["a_b"]);
    assert.deepEqual(await ids(stage, { instanceIdPrefix: "order-1x" }), []);
  }),

  law("lists by the time of creation, both ends included", async (stage) => {
    const created: number[] = [];
    for (const id of ["a", "b", "c"]) {
      await stage.create(id);
      created.push((await recordOf(stage, id)).createdAt);
      await stage.advance(1_000);
    }
    const [first = 0, second = 0, third = 0] = created;
    assert.deepEqual(await ids(stage, { createdFrom: second }), ["b", "c"]);
    assert.deepEqual(await ids(stage, { createdTo: second }), ["a", "b"]);
    assert.deepEqual(await ids(stage, { createdFrom: first + 1, createdTo: third - 1 }), ["b"]);
  }),

  law("lists by the time of the end, both ends included, and leaves out what has not ended", async (stage) => {
    await stage.createRunning("running");
    const ended: number[] = [];
    for (const [id, status] of [
      ["a", "Completed"],
      ["b", "Failed"],
      ["c", "Terminated"],
    ] as const) {
      await stage.createEnded(id, status);
      ended.push((await recordOf(stage, id)).lastUpdatedAt);
      await stage.advance(1_000);
    }
    const [first = 0, second = 0, third = 0] = ended;
    assert.deepEqual(await ids(stage, { endedFrom: first }), ["a", "b", "c"]);
    assert.deepEqual(await ids(stage, { endedFrom: second }), ["b", "c"]);
    assert.deepEqual(await ids(stage, { endedTo: second }), ["a", "b"]);
    assert.deepEqual(await ids(stage, { endedFrom: first + 1, endedTo: third - 1 }), ["b"]);
    assert.deepEqual(await ids(stage, { endedTo: first - 1 }), []);
  }),

  law("lists by the name of the orchestrator, exactly", async (stage) => {
    for (const name of ["play", "Play", "playback", "pl%"]) {
      const event = { ...startOf(name, `of ${name}`).event, name };
      await stage.create(name, { start: startOf(name, `of ${name}`, { event }) });
    }
    assert.deepEqual(await ids(stage, { name: "play" }), ["play"]);
    assert.deepEqual(await ids(stage, { name: "pl%" }), ["pl%"]);
    assert.deepEqual(await ids(stage, { name: "nobody" }), []);
  }),

  law("lists by tags: all that are asked for, whatever others there are", async (stage) => {
    const tagged = {
      none: undefined,
      solo: { key: "c" },
      duo: { key: "c", tempo: "slow" },
      other: { key: "C", tempo: "slow" },
      inherited: { toString: "x" },
    };
    for (const [id, tags] of Object.entries(tagged)) {
      const event = { ...startOf(id, `of ${id}`).event, ...(tags === undefined ? {} : { tags }) };
      await stage.create(id, { start: startOf(id, `of ${id}`, { event }) });
    }
    assert.deepEqual(await ids(stage, { tags: { key: "c" } }), ["duo", "solo"]);
    assert.deepEqual(await ids(stage, { tags: { key: "c", tempo: "slow" } }), ["duo"]);
    assert.deepEqual(await ids(stage, { tags: { toString: "x" } }), ["inherited"]);
    assert.deepEqual(await ids(stage, { tags: { tempo: "fast" } }), []);
    assert.equal((await ids(stage, { tags: {} })).length, 5);
  }),

  law("lists the sub-orchestrations of an instance, and no others", async (stage) => {
    for (const [id, parent] of [
      ["a", "root"],
      ["b", "root"],
      ["c", "rooted"],
      ["d", "a"],
    ] as const) {
      await stage.create(id, { start: startOf(id, `of ${id}`, { event: childEvent(id, parent) }) });
    }
    await stage.create("root");
    assert.deepEqual(await ids(stage, { parentInstanceId: "root" }), ["a", "b"]);
    assert.deepEqual(await ids(stage, { parentInstanceId: "a" }), ["d"]);
    assert.deepEqual(await ids(stage, { parentInstanceId: "d" }), []);
    assert.equal((await recordOf(stage, "a")).parentInstanceId, "root");
  }),

  law("lists by all of a query's parts together", async (stage) => {
    for (const id of ["x1", "x2", "y1"]) {
      const event = { ...childEvent(id, "root"), tags: { n: id.slice(1) } };
      await stage.create(id, { start: startOf(id, `of ${id}`, { event }) });
    }
    await stage.turn("x1");
    const query = { parentInstanceId: "root", instanceIdPrefix: "x", name: "play", tags: { n: "1" } };
    assert.deepEqual(await ids(stage, query), ["x1"]);
    assert.deepEqual(await ids(stage, { ...query, runtimeStatus: ["Pending"] }), []);
  }),

  law("fills the pages of a filtered list", async (stage) => {
    for (let i = 0; i < 10; i++) {
      if (i % 2 === 0) await stage.create(`i${i}`);
      else await stage.createEnded(`i${i}`);
    }
    const query = { runtimeStatus: ["Completed"], instanceIdPrefix: "i", pageSize: 2 } as const;
    assert.deepEqual(await pages(stage, query), [["i1", "i3"], ["i5", "i7"], ["i9"]]);
  }),
];

export const readingCases: readonly BackendCase[] = [...reads, ...lists];
