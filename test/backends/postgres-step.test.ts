/**
 * A turn with the answer that woke it is one statement on PostgreSQL (`step.ts`), which does what several would have done, and
 * does nothing where a row is not as the handle knows it.
 */
import { describe, expect, it } from "vitest";
import { DacapoError } from "../../src/index.ts";
import type { OrchestrationWorkItem } from "../../src/ports/backend.ts";
import { activityOf } from "../../src/testing/stage.ts";
import { answerEarly } from "./answer-early.ts";
import { OneHandle } from "./one-handle.ts";
import { serverOfFile } from "./server-of-file.ts";

const server = serverOfFile();

const opened = (): Promise<OneHandle> => OneHandle.open(server.url);

/** What a call came to: undefined, or the code of what refused it. */
function codeOf(call: Promise<unknown>): Promise<string | undefined> {
  return call.then(
    () => undefined,
    (error: unknown) => (error instanceof DacapoError ? error.code : String(error)),
  );
}

/** What the answer of an activity and the turn that it wakes come to, when rows were changed that the handle knows. */
async function afterChange(change: string): Promise<{
  readonly hub: OneHandle;
  readonly item: OrchestrationWorkItem;
  readonly answer: string | undefined;
  readonly turn: string | undefined;
}> {
  const hub = await opened();
  const activity = await hub.waiting();
  hub.steps.length = 0;
  await hub.sql(change);
  const { answered, item } = await answerEarly(hub.backend, hub.stage, activity);
  const [answer, turn] = await Promise.all([codeOf(answered), codeOf(hub.stage.complete(item))]);
  return { hub, item, answer, turn };
}

const TABLES = {
  instances: "instance_id",
  work: "execution_id",
  commits: "first_event_id",
  messages: "message_id",
  activities: "activity_id",
};

describe("a turn with the answer that woke it", () => {
  it("leaves the rows that several statements would have left", async () => {
    const hubs = [await opened(), await opened()];
    await hubs[1]?.sql("DROP FUNCTION step");
    const dumps: unknown[] = [];
    for (const hub of hubs) {
      const { stage } = hub;
      let activity = await hub.waiting();
      activity = await hub.step(activity, 2);
      activity = await hub.step(activity, 3, { customStatus: '"it\'s \\\\ half done"' });
      const rows = async (): Promise<readonly unknown[]> =>
        Promise.all(Object.entries(TABLES).map(([table, key]) => hub.sql(`SELECT * FROM ${table} ORDER BY ${key}`)));
      dumps.push(await rows());
      // One that no worker takes with it, and is taken later.
      const woken = await answerEarly(hub.backend, stage, activity);
      await Promise.all([woken.answered, stage.complete(woken.item, { activities: [activityOf(woken.item, 4)] })]);
      activity = await stage.takeActivity();
      const before = await rows();
      const { answered, item } = await answerEarly(hub.backend, stage, activity);
      await Promise.all([answered, stage.complete(item, { runtimeStatus: "Completed", output: '"done"' })]);
      dumps.push(before, await rows());
      const failing = await hub.schedule((await stage.create("b"), await stage.take("b")), 1);
      const last = await answerEarly(hub.backend, stage, failing);
      const failure = { errorType: "Error", errorMessage: "no" };
      await Promise.all([last.answered, stage.complete(last.item, { runtimeStatus: "Failed", failure })]);
      dumps.push(await rows());
    }
    const half = dumps.length / 2;
    expect(dumps.slice(0, half)).toEqual(dumps.slice(half));
    expect(hubs.map(({ steps }) => steps)).toEqual([[true, true, true, true, true, true, true], []]);
    for (const hub of hubs) await hub.close();
  });

  it.each([
    ["had another lock or turn since", "UPDATE work SET last_number = last_number + 1"],
    [
      "is locked by somebody",
      "UPDATE work SET lock_token = last_number, lock_worker = 'other', lock_until = 9e15, ready_at = 9e15",
    ],
    [
      "has a message waiting",
      "INSERT INTO messages (partition, instance_key, message_id, type, visible_at, message) SELECT partition, instance_key, " +
        `'m', 'EventRaised', 0, '{"messageId":"m","instanceId":"a","body":{"type":"EventRaised","name":"E"}}' FROM work; ` +
        "UPDATE work SET messages_at = 0, ready_at = 0, ready_served = served",
    ],
  ])("is refused, and made again with asking, where the instance %s", async (_what, change) => {
    const { hub, answer, turn } = await afterChange(change);
    expect(answer).toBeUndefined();
    expect(turn).toBe("LEASE_LOST");
    expect(hub.steps).toEqual([false]);
    expect(await hub.sql("SELECT message_id FROM messages WHERE type = 'TaskCompleted'")).toHaveLength(1);
    expect(await hub.sql("SELECT 1 FROM commits")).toHaveLength(1);
    await hub.close();
  });

  it.each([
    ["is somebody else's", "UPDATE activities SET lock_token = lock_token + 1, lock_worker = 'other'"],
    ["is not locked any more", "UPDATE activities SET lock_until = 0"],
    ["is gone", "DELETE FROM activities"],
  ])("is refused where the activity %s, and so is the answer", async (_what, change) => {
    const { hub, answer, turn } = await afterChange(change);
    expect([answer, turn]).toEqual(["LEASE_LOST", "LEASE_LOST"]);
    expect(hub.steps).toEqual([false]);
    expect(await hub.sql("SELECT 1 FROM commits")).toHaveLength(1);
    await hub.close();
  });

  it.each([
    ["is over", "UPDATE work SET lock_until = 0"],
    ["is somebody else's", "UPDATE work SET lock_token = lock_token + 1"],
  ])("is refused where the lock of a turn without an answer %s", async (_what, change) => {
    const hub = await opened();
    await hub.stage.create("a");
    const item = await hub.stage.take("a");
    await hub.sql(change);
    expect(await codeOf(hub.stage.complete(item))).toBe("LEASE_LOST");
    expect(hub.steps).toEqual([false]);
    expect(await hub.sql("SELECT 1 FROM commits")).toEqual([]);
    await hub.close();
  });

  it("is refused where the handle thinks that it is earlier than a second ago, and dated by the server", async () => {
    const { hub, item, answer, turn } = await afterChange("UPDATE hub SET time_stands_at = time_stands_at + 1001");
    expect([answer, turn]).toEqual([undefined, "LEASE_LOST"]);
    expect(hub.steps).toEqual([false]);
    // The number of the void lock is passed over.
    const again = (await hub.stage.tryTake("a")) ?? (await hub.stage.take("a"));
    expect(again.now).toBe(item.now + 1001);
    await hub.close();
  });

  it("does not wait for what is not ready: an instance whose turn is done is ready for nothing", async () => {
    const hub = await opened();
    await hub.stage.create("a");
    await hub.stage.complete(await hub.stage.take("a"));
    expect(hub.steps).toEqual([true]);
    expect(await hub.sql("SELECT ready_at, ready_served, lock_token FROM work")).toEqual([
      { ready_at: null, ready_served: null, lock_token: null },
    ]);
    await hub.close();
  });

  it("waits for who has the row, and is refused by what that leaves", async () => {
    const hub = await opened();
    const activity = await hub.waiting();
    hub.steps.length = 0;
    const other = await hub.pool.connect();
    await other.query(`BEGIN; UPDATE ${hub.schema}.work SET last_number = last_number + 1`);
    const { answered, item } = await answerEarly(hub.backend, hub.stage, activity);
    const turned = codeOf(hub.stage.complete(item));
    const waits = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'EXECUTE dacapo_step%'";
    while ((await hub.sql(waits)).length === 0) await new Promise((resolve) => setImmediate(resolve));
    await other.query("COMMIT");
    other.release();
    expect([await codeOf(answered), await turned]).toEqual([undefined, "LEASE_LOST"]);
    expect(hub.steps).toEqual([false]);
    await hub.close();
  });
});
