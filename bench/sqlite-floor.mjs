/**
 * What SQLite itself allows: the rate of sequences as a share of the rate at which bare transactions do as many turns in as
 * many commits, in the tables of a hub, on the same disk.
 *
 * A bare turn is five statements: a row of a history, a row of a queue and the removal of another one, and two updates, of the
 * instance and of its work; the first one makes the rows of both. An instance of three activities needs five: its start, its
 * first turn, and three times an answer with the turn that it wakes. As many instances are in flight as in the sequence.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TaskHub } from "dacapo";
import { sqlite } from "dacapo/sqlite";
import { definitions, IN_FLIGHT, rate, sequence } from "./durable-programs.mjs";

const TURNS_PER_INSTANCE = 5;

export async function shareOfFloor(instances) {
  const folder = mkdtempSync(join(tmpdir(), "dacapo-floor-"));
  try {
    const { commits, perSecond } = await measured(join(folder, "hub.db"), instances);
    const floorPerSecond = instances / ((await bareMs(join(folder, "bare.db"), instances, commits)) / 1000);
    return perSecond / floorPerSecond;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The rate of real instances, and how many commits they took. */
async function measured(file, instances) {
  let commits = 0;
  const database = await openDatabase(file);
  const counting = {
    prepare: (sql) => database.prepare(sql),
    exec: (sql) => {
      if (sql === "COMMIT") commits++;
      return database.exec(sql);
    },
    close: () => database.close(),
  };
  const hub = await TaskHub.open({ backend: sqlite(file, { database: counting }), register: definitions });
  await hub.start();
  try {
    await rate(hub.client, sequence, 3, 100);
    commits = 0;
    return { perSecond: await rate(hub.client, sequence, 3, instances), commits };
  } finally {
    await hub.stop();
  }
}

async function bareMs(file, instances, commits) {
  await (await TaskHub.open({ backend: sqlite(file), register: definitions })).stop();
  const database = await openDatabase(file);
  database.exec("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000; PRAGMA foreign_keys = ON");
  const turns = bareTurns(database, instances);
  const startedAt = performance.now();
  for (let commit = 0, done = 0; commit < commits; commit++) {
    database.exec("BEGIN IMMEDIATE");
    for (const end = Math.round(((commit + 1) * turns.length) / commits); done < end; done++) turns[done]();
    database.exec("COMMIT");
  }
  const ms = performance.now() - startedAt;
  database.close();
  return ms;
}

/** The turns of all instances, those that are in flight at a time by turns. */
function bareTurns(database, instances) {
  const [first, next] = preparedTurns(database);
  const turns = [];
  for (let begin = 0; begin < instances; begin += IN_FLIGHT) {
    const ids = Array.from({ length: Math.min(IN_FLIGHT, instances - begin) }, () => crypto.randomUUID());
    for (let n = 0; n < TURNS_PER_INSTANCE; n++) {
      for (const [i, id] of ids.entries()) {
        const key = begin + i + 1;
        turns.push(n === 0 ? () => first(key, id) : () => next(key, id, n));
      }
    }
  }
  return turns;
}

/** The five statements of an instance's first turn, and of one of the others. */
function preparedTurns(database) {
  const now = 1_700_000_000_000;
  const event = { type: "TaskCompleted", taskId: 1, result: "1", timestamp: now };
  const text = JSON.stringify([event, event, event]);
  const insert = (table, columns) => {
    const names = columns.split(" ");
    return database.prepare(`INSERT INTO ${table} (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`);
  };
  const instance = insert(
    "instances",
    "instance_key instance_id kind name incarnation execution_id runtime_status created_at last_updated_at input start revision",
  );
  const work = insert(
    "work",
    "instance_key ready_at kind incarnation execution_id generation runtime_status revision last_event_id start_at " +
      "create_request_id not_before delivery_count served",
  );
  const history = insert("commits", "instance_key generation execution_id first_event_id events");
  const enqueue = insert(
    "activities",
    "activity_id instance_key instance_id execution_id task_id name input attempt idempotency_key since ready_at " +
      "not_before delivery_count lock_token lock_worker lock_until",
  );
  const dequeue = database.prepare("DELETE FROM activities WHERE activity_id = ?");
  const setStatus = database.prepare(
    "UPDATE instances SET runtime_status = ?, last_updated_at = ?, output = ?, revision = ? WHERE instance_key = ?",
  );
  const setWork = database.prepare(
    "UPDATE work SET ready_at = NULL, revision = ?, last_event_id = ?, last_commit_request_id = ?, served = ? " +
      "WHERE instance_key = ?",
  );
  // By `get`, as the hub does: `run` makes an object that says what was done.
  const schedule = (key, id, n) =>
    enqueue.get(`${id}:${n}`, key, id, id, n, "echo", "1", 1, `${id}:${n}`, now, now, 0, 1, n, "worker", now);
  const first = (key, id) => {
    instance.get(key, id, "orchestration", "sequence", id, id, "Pending", now, now, "3", text, 0);
    work.get(key, now, "orchestration", id, id, 1, "Pending", 0, 0, now, id, 0, 0, now);
    history.get(key, 1, id, 1, text);
    schedule(key, id, 0);
    setWork.get(1, 3, id, now, key);
  };
  const next = (key, id, n) => {
    history.get(key, 1, id, 1 + 3 * n, text);
    setStatus.get("Running", now, null, n, key);
    schedule(key, id, n);
    dequeue.get(`${id}:${n - 1}`);
    setWork.get(n, 3 * n, id, now, key);
  };
  return [first, next];
}

async function openDatabase(file) {
  const module = await import("node:sqlite").catch(() => import("@photostructure/sqlite"));
  return new module.DatabaseSync(file);
}
