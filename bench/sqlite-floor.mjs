/**
 * What SQLite itself allows: the rate of sequences as a share of the rate at which bare transactions do as many turns in as
 * many commits on the same disk.
 *
 * A bare turn is five statements (a row of a history, of a status and of a queue, an update and a deletion). An instance of
 * three activities has eight: its start, four turns and three answers.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TaskHub } from "dacapo";
import { sqlite } from "dacapo/sqlite";
import { definitions, rate, sequence } from "./durable-programs.mjs";

const TURNS_PER_INSTANCE = 8;

export async function shareOfFloor(instances) {
  const folder = mkdtempSync(join(tmpdir(), "dacapo-floor-"));
  try {
    const { commits, perSecond } = await measured(join(folder, "hub.db"), instances);
    const turns = instances * TURNS_PER_INSTANCE;
    const floorPerSecond = instances / ((await bareMs(join(folder, "bare.db"), turns, commits)) / 1000);
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

async function bareMs(file, turns, commits) {
  const database = await openDatabase(file);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000");
  database.exec(
    "CREATE TABLE history (id INTEGER PRIMARY KEY, events TEXT); CREATE TABLE queue (id INTEGER PRIMARY KEY, message TEXT);" +
      "CREATE TABLE status (id INTEGER PRIMARY KEY, status TEXT, revision INTEGER)",
  );
  const text = JSON.stringify({ type: "TaskCompleted", taskId: 1, result: "1", timestamp: 1_700_000_000_000 }).repeat(
    3,
  );
  const history = database.prepare("INSERT INTO history (events) VALUES (?)");
  const status = database.prepare("INSERT OR REPLACE INTO status VALUES (?, ?, ?)");
  const update = database.prepare("UPDATE status SET revision = revision + 1 WHERE id = ?");
  const enqueue = database.prepare("INSERT INTO queue VALUES (?, ?)");
  const dequeue = database.prepare("DELETE FROM queue WHERE id = ?");
  const startedAt = performance.now();
  for (let commit = 0, turn = 0; commit < commits; commit++) {
    database.exec("BEGIN IMMEDIATE");
    for (const end = Math.round(((commit + 1) * turns) / commits); turn < end; turn++) {
      history.run(text);
      status.run(turn >> 3, "Running", turn);
      update.run(turn >> 3);
      enqueue.run(turn, text);
      dequeue.run(turn - 1);
    }
    database.exec("COMMIT");
  }
  const ms = performance.now() - startedAt;
  database.close();
  return ms;
}

async function openDatabase(file) {
  const module = await import("node:sqlite").catch(() => import("@photostructure/sqlite"));
  return new module.DatabaseSync(file);
}
