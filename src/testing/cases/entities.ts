/**
 * Laws of entities, across the guarantees: they begin with a message, their data is as atomic as a history, and they
 * go only when nobody is looking.
 */
import assert from "node:assert/strict";
import type { EntityData } from "../../core/entity-data.ts";
import type { InstanceMessage } from "../../core/messages.ts";
import type { OrchestrationWorkItem, TurnCommit } from "../../ports/backend.ts";
import type { BackendCase } from "../backend-case.ts";
import { assertRefused, lawOf } from "../law.ts";
import type { Stage } from "../stage.ts";
import { LEASE_MS, idsOf } from "../stage.ts";

const fencing = lawOf("G2");
const atomic = lawOf("G3");
const outbox = lawOf("G4");
const ambiguity = lawOf("G7");
const reading = lawOf("G8");
const progress = lawOf("G9");

const ID = "@counter@a";

function signalOf(stage: Stage, entityId = ID): InstanceMessage {
  return {
    messageId: stage.newId("signal"),
    instanceId: entityId,
    position: { stream: "client", number: 1, sentAt: 1, isUnordered: true },
    birth: { name: "counter", incarnation: stage.newId("life") },
    body: { type: "EntityOperationSignaled", operation: "add", input: "1" },
  };
}

async function signal(stage: Stage, entityId = ID): Promise<InstanceMessage> {
  const message = signalOf(stage, entityId);
  await stage.backend.sendMessage(message);
  return message;
}

const caller = { instanceId: "caller", executionId: "run", taskId: 3 };

/** Something of everything. */
const DATA: EntityData = {
  state: '{"n":1}',
  lock: { criticalSectionId: "section", caller, lockSet: [ID, "@counter@b"] },
  waiting: [{ messageId: "w", body: { type: "EntityOperationCalled", operation: "get", caller } }],
  held: [
    {
      messageId: "h",
      position: { stream: "s", number: 5, sentAt: 7 },
      body: { type: "EntityLockRequested", criticalSectionId: "other", lockSet: [ID], caller },
    },
    {
      messageId: "h2",
      position: { stream: "s", number: 6, sentAt: 7 },
      body: { type: "EntityUnlockSent", criticalSectionId: "other", lockSet: [ID] },
    },
  ],
  received: [{ stream: "s", next: 4, ahead: [7, 9], sentAt: 6 }],
  sent: [{ receiver: "@counter@b", stream: "mine", last: 2, sentAt: 5, isUnordered: true }],
  lastOperationAt: 12,
};

const EMPTY: EntityData = { waiting: [], held: [], received: [], sent: [], lastOperationAt: 12 };

/** Commits a turn of an entity, which records no history. */
function complete(stage: Stage, item: OrchestrationWorkItem, entity: EntityData = EMPTY): Promise<TurnCommit> {
  return stage.complete(item, { events: [], entity });
}

const births: readonly BackendCase[] = [
  reading("makes an entity with the first message to it", async (stage) => {
    const message = await signal(stage);
    const record = await stage.backend.getInstance(ID);
    assert.equal(record?.kind, "entity");
    assert.equal(record.name, "counter");
    assert.equal(record.incarnation, message.birth?.incarnation);
    assert.equal(record.runtimeStatus, "Running");
    assert.equal(record.entity, undefined);
    const item = await stage.take(ID);
    assert.deepEqual(item.messages, [message]);
    assert.equal(item.lastEventId, 0);
    assert.equal(item.entity, undefined);
  }),

  atomic("makes an entity once, whichever message comes first", async (stage) => {
    const [first, second] = [signalOf(stage), signalOf(stage)];
    await stage.elsewhere((other) =>
      Promise.all([stage.backend.sendMessage(first), other.backend.sendMessage(second)]),
    );
    const item = await stage.take(ID);
    assert.deepEqual(idsOf(item.messages), idsOf([first, second]));
    const lives = [first.birth?.incarnation, second.birth?.incarnation];
    assert.ok(lives.includes(item.instance.incarnation), "the life is that of one of the messages");
    await complete(stage, item);
    await signal(stage);
    assert.equal((await stage.backend.getInstance(ID))?.incarnation, item.instance.incarnation);
  }),

  outbox("makes an entity with a turn's message to it", async (stage) => {
    const message = signalOf(stage);
    await stage.create("a");
    const item = await stage.take("a");
    assert.equal(await stage.backend.getInstance(ID), undefined, "the turn is not committed");
    await stage.complete(item, { messages: [message] });
    assert.deepEqual((await stage.take(ID)).messages, [message]);
  }),

  fencing("makes no entity with a turn under a stale lock", async (stage) => {
    await stage.create("a");
    const item = await stage.take("a", LEASE_MS);
    await stage.advance(LEASE_MS);
    const commit = stage.commit(item, { messages: [signalOf(stage)] });
    await assertRefused(stage.backend.completeOrchestration(commit), "LEASE_LOST");
    assert.equal(await stage.backend.getInstance(ID), undefined);
  }),

  ambiguity("makes no entity again for a message that was sent before", async (stage) => {
    const message = await signal(stage);
    await complete(stage, await stage.take(ID));
    assert.equal(await purgeAt(stage, await revision(stage)), true);
    await stage.backend.sendMessage(message);
    assert.equal(await stage.backend.getInstance(ID), undefined);
  }),
];

const turns: readonly BackendCase[] = [
  atomic("keeps an entity's data as its turn gave it", async (stage) => {
    await signal(stage);
    await complete(stage, await stage.take(ID), DATA);
    assert.deepEqual((await stage.backend.getInstance(ID))?.entity, {
      state: '{"n":1}',
      lockedBy: "caller",
      lockedByExecutionId: "run",
      criticalSectionId: "section",
      backlog: 3,
      lastOperationAt: 12,
    });
    await signal(stage);
    assert.deepEqual((await stage.take(ID)).entity, DATA);
  }),

  atomic("replaces an entity's data whole", async (stage) => {
    await signal(stage);
    await complete(stage, await stage.take(ID), DATA);
    await signal(stage);
    await complete(stage, await stage.take(ID), EMPTY);
    assert.deepEqual((await stage.backend.getInstance(ID))?.entity, { backlog: 0, lastOperationAt: 12 });
    await signal(stage);
    assert.deepEqual((await stage.take(ID)).entity, EMPTY);
  }),

  fencing("keeps nothing of an entity's turn under a stale lock", async (stage) => {
    await signal(stage);
    const item = await stage.take(ID, LEASE_MS);
    await stage.advance(LEASE_MS);
    const commit = stage.commit(item, { events: [], entity: DATA });
    await assertRefused(stage.backend.completeOrchestration(commit), "LEASE_LOST");
    const again = await stage.take(ID);
    assert.equal(again.entity, undefined);
    assert.deepEqual(again.messages, item.messages);
  }),

  ambiguity("takes an entity's turn with the same request id once", async (stage) => {
    await signal(stage);
    const commit = await complete(stage, await stage.take(ID), DATA);
    const before = await stage.backend.getInstance(ID);
    await stage.backend.completeOrchestration(commit);
    assert.deepEqual(await stage.backend.getInstance(ID), before);
  }),

  progress("hands out an entity for its messages alone", async (stage) => {
    await signal(stage);
    const item = await stage.take(ID);
    const later = await signal(stage);
    await complete(stage, item);
    const next = await stage.take(ID);
    assert.deepEqual(next.messages, [later]);
    await complete(stage, next);
    await stage.assertIdle(ID, "an entity without messages has nothing to do");
    await stage.advance(LEASE_MS);
    await stage.assertIdle(ID, "an entity without messages has nothing to do");
  }),
];

async function revision(stage: Stage): Promise<number> {
  return (await stage.backend.getInstance(ID))?.revision ?? -1;
}

function purgeAt(stage: Stage, ifRevision: number): Promise<boolean> {
  return stage.backend.purgeInstance({ ...stage.purging(ID), ifRevision });
}

const purges: readonly BackendCase[] = [
  atomic("purges an entity that is as it was seen, and idle", async (stage) => {
    await signal(stage);
    await complete(stage, await stage.take(ID));
    assert.equal(await purgeAt(stage, await revision(stage)), true);
    assert.equal(await stage.backend.getInstance(ID), undefined);
    await signal(stage);
    assert.equal((await stage.take(ID)).entity, undefined, "a new life begins with nothing");
  }),

  atomic("leaves an entity that has changed since it was seen", async (stage) => {
    await signal(stage);
    await complete(stage, await stage.take(ID));
    const seen = await revision(stage);
    await signal(stage);
    await complete(stage, await stage.take(ID));
    assert.equal(await purgeAt(stage, seen), false);
    assert.ok((await stage.backend.getInstance(ID)) !== undefined);
  }),

  atomic("leaves an entity for which a message waits, or that is being worked on", async (stage) => {
    await signal(stage);
    assert.equal(await purgeAt(stage, await revision(stage)), false, "a message waits");
    await stage.take(ID);
    assert.equal(await purgeAt(stage, await revision(stage)), false, "it is being worked on");
    await complete(stage, await retake(stage));
    assert.equal(await purgeAt(stage, await revision(stage)), true);
  }),

  atomic("does not purge an entity without a revision", async (stage) => {
    await signal(stage);
    await complete(stage, await stage.take(ID));
    await assertRefused(stage.backend.purgeInstance(stage.purging(ID)), "INSTANCE_NOT_TERMINAL");
  }),
];

async function retake(stage: Stage): Promise<OrchestrationWorkItem> {
  await stage.advance(LEASE_MS);
  return stage.take(ID);
}

const lists: readonly BackendCase[] = [
  reading("lists entities and orchestrations apart, and together", async (stage) => {
    await stage.create("a");
    await signal(stage, "@counter@b");
    await signal(stage);
    const idsOfKind = async (kind: object): Promise<readonly string[]> =>
      (await stage.backend.listInstances({ ...kind, pageSize: 10 })).instances.map(({ instanceId }) => instanceId);
    assert.deepEqual(await idsOfKind({ kind: "entity" }), [ID, "@counter@b"]);
    assert.deepEqual(await idsOfKind({ kind: "orchestration" }), ["a"]);
    assert.deepEqual(await idsOfKind({}), [ID, "@counter@b", "a"]);
  }),
];

export const entityCases: readonly BackendCase[] = [...births, ...turns, ...purges, ...lists];
