/**
 * Reads all of a hub, as of one time: in one transaction that only reads, while others go on.
 *
 * Invariant: the connection is given back when the last part was read, or nobody wants the next one. Called by the backend.
 */
import type { HubPart } from "../../ports/hub-snapshot.ts";
import type { Row } from "../sql/columns.ts";
import { snapshotOf } from "../sql/snapshots.ts";
import { connect } from "./connect.ts";
import { rowsOf, type PostgresPool } from "./driver.ts";
import type { ReadName, Reads } from "./reads.ts";

/** So many instances are read at a time. */
const PAGE_SIZE = 100;

export async function* snapshot(pool: PostgresPool, reads: Reads): AsyncGenerator<HubPart, void, undefined> {
  const client = await connect(pool);
  const read = async (name: ReadName, ...values: unknown[]): Promise<readonly Row[]> =>
    rowsOf(await client.query(reads(name, ...values)));
  let isDone = false;
  try {
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    const [clock] = await read("now");
    yield { kind: "hub", now: Number(clock?.["now"]) };
    for (let last = 0; ;) {
      const page = await read("begun", last, PAGE_SIZE);
      const keys = page.map((row) => row["instance_key"]);
      const commits = byKey(await read("commits", keys));
      const messages = byKey(await read("messages", keys));
      const activities = byKey(await read("ownActivities", keys));
      for (const instance of page) {
        const key = keyOf(instance);
        last = key;
        const of = (rows: ReadonlyMap<number, readonly Row[]>): readonly Row[] => rows.get(key) ?? [];
        const own = { commits: of(commits), messages: of(messages), activities: of(activities) };
        yield { kind: "instance", instance: snapshotOf({ instance, ...own }) };
      }
      if (page.length < PAGE_SIZE) break;
    }
    for (const { key, answer } of await read("requests")) {
      yield { kind: "request", key: String(key), answer: (answer as unknown) === true };
    }
    await client.query("COMMIT");
    isDone = true;
  } finally {
    // A transaction that was not read to its end goes with its connection.
    client.release(!isDone);
  }
}

function keyOf(row: Row): number {
  return Number(row["instance_key"]);
}

function byKey(rows: readonly Row[]): ReadonlyMap<number, readonly Row[]> {
  const groups = new Map<number, Row[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group === undefined) groups.set(keyOf(row), [row]);
    else group.push(row);
  }
  return groups;
}
