/**
 * The laws of `dacapo doctor` on PostgreSQL, and of what the commands say of a server that they cannot reach.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { postgres } from "../../src/backends/postgres/index.ts";
import { sqlite } from "../../src/backends/sqlite/index.ts";
import { run } from "../../src/cli/run.ts";
import type { BackendFactory } from "../../src/ports/backend-factory.ts";
import { systemClock } from "../../src/runtime/system.ts";
import { ManualClock } from "../../src/testing/index.ts";
import { activityOf, Stage } from "../../src/testing/stage.ts";
import { startPostgres, type PostgresServer } from "../backends/postgres-server.ts";
import { FakeTerminal } from "./fake-terminal.ts";

const HOUR_MS = 3_600_000;
const TABLES = ["hub", "instances", "work", "commits", "messages", "activities", "requests", "migrations"];

let server: PostgresServer;
let pool: pg.Pool;
const folder = mkdtempSync(join(tmpdir(), "dacapo-doctor-"));

beforeAll(async () => {
  server = await startPostgres();
  pool = new pg.Pool({ connectionString: server.url, max: 2 });
  pool.on("error", () => undefined);
}, 120_000);

afterEach(async () => {
  await pool.query("DROP SCHEMA IF EXISTS ward CASCADE");
});

afterAll(async () => {
  await pool.end();
  await server.stop();
  rmSync(folder, { recursive: true });
});

async function dacapo(...argv: readonly string[]) {
  const terminal = new FakeTerminal();
  const code = await run(argv, terminal);
  return { code, output: terminal.output, errors: terminal.errors };
}

const doctor = (...more: readonly string[]) => dacapo("doctor", server.url, "--schema", "ward", ...more);

async function onStage(factory: BackendFactory, clock: ManualClock, act: (stage: Stage) => Promise<unknown>) {
  const backend = factory({ clock });
  await backend.open();
  const advance = async (): Promise<void> => undefined;
  const connect = () => Promise.reject(new Error("one handle is enough"));
  await act(new Stage({ backend, connect, advance, close: () => backend.close() }));
  await backend.close();
}

/** Makes a hub in the schema by the acts of a test, at a time that lies so far back. */
async function hubOf(act: (stage: Stage) => Promise<unknown>, age = 0): Promise<void> {
  const clock = new ManualClock(systemClock.now() - age);
  const factory = postgres(server.url, { schema: "ward" });
  await onStage(factory, clock, () => pool.query("UPDATE ward.hub SET time_stands_at = $1", [clock.now()]));
  await onStage(factory, clock, act);
  await pool.query("UPDATE ward.hub SET time_stands_at = NULL");
}

/** One of everything that a report has words for. */
async function sickWard(stage: Stage): Promise<void> {
  await stage.createEnded("ended");
  await stage.create("abandoned");
  await stage.take("abandoned");
  await stage.create("poisoned");
  for (let i = 0; i < 3; i++) {
    const { lock } = await stage.take("poisoned");
    await stage.backend.abandonOrchestration({ lock, delayMs: i === 2 ? 2 * HOUR_MS : 0 });
  }
  await stage.create("resting");
  const item = await stage.take("resting");
  await stage.complete(item, { activities: [activityOf(item)] });
  await stage.send("resting", "Later", { dueTime: item.now + 3 * HOUR_MS });
  await stage.create("waiting");
}

describe("dacapo doctor on PostgreSQL", () => {
  it("says of a hub where all is well what there is, without the password, and exits with 0", async () => {
    await hubOf(async (stage) => {
      await stage.createEnded("a");
      await stage.create("b");
      await stage.create("c");
      await stage.take("c", HOUR_MS);
    });
    const { code, output, errors } = await doctor();
    expect({ code, errors }).toEqual({ code: 0, errors: "" });
    expect(output).toMatch(/^postgres:\/\/\w+@[^\n]*: tables of version \d+, which is this one's\n/);
    expect(output).toContain("Orchestrations: 2 Pending, 1 Completed\nEntities: none\nReady: 1 instance");
    expect(output).toMatch(/Leases: 1 held\n {2}worker (worker-\d+): 1 held\n {2}orchestration c: worker \1, until 2/);
    expect(output).toContain("Nothing is stuck.");
  });

  it("reports what it would of the same hub in a file, and exits with 1 for what is stuck", async () => {
    const file = join(folder, "ward.db");
    const clock = new ManualClock(systemClock.now() - HOUR_MS);
    await onStage(sqlite(file), clock, sickWard);
    await hubOf(sickWard, HOUR_MS);
    const [inFile, onServer] = [await dacapo("doctor", file), await doctor()];
    expect(onServer).toMatchObject({ code: 1, errors: "" });
    expect(onServer.output).toContain("Stuck: 4\n");
    expect(comparable(onServer.output)).toEqual(comparable(inFile.output));
    const [fileObject, serverObject] = [await dacapo("doctor", file, "--json"), await doctor("--json")];
    expect(keysOf(JSON.parse(serverObject.output))).toEqual(keysOf(JSON.parse(fileObject.output)));
    expect(JSON.parse(serverObject.output)).toMatchObject({
      leaseCount: 1,
      expiredCount: 1,
      queues: { activities: { ready: 1 }, scheduled: 1 },
      stuckCount: 4,
    });
  });

  it("changes nothing, and asks for no right to", async () => {
    await hubOf(sickWard, HOUR_MS);
    await pool.query(
      "DROP ROLE IF EXISTS visitor; CREATE ROLE visitor LOGIN PASSWORD 'secret'; GRANT USAGE ON SCHEMA ward TO visitor; " +
        "GRANT SELECT ON ALL TABLES IN SCHEMA ward TO visitor",
    );
    const before = await rowsOfAll();
    const visitor = new URL(server.url);
    visitor.username = "visitor";
    visitor.password = "secret";
    const { code, output, errors } = await dacapo("doctor", visitor.href, "--schema", "ward");
    expect({ code, errors }).toEqual({ code: 1, errors: "" });
    expect(output).toContain("postgres://visitor@");
    expect(await rowsOfAll()).toEqual(before);
    await pool.query("DROP OWNED BY visitor; DROP ROLE visitor");
  });

  it("exits with 2 for a database without a hub, and makes none there", async () => {
    const { code, output, errors } = await doctor();
    expect({ code, output }).toEqual({ code: 2, output: "" });
    expect(errors).toMatch(
      /^dacapo: The database holds no hub in the schema "ward". Name the database and the schema.*\n$/,
    );
    expect((await pool.query("SELECT 1 FROM pg_namespace WHERE nspname = 'ward'")).rows).toEqual([]);
  });

  it("exits with 2 for the tables of a newer version, or of somebody else", async () => {
    await hubOf(() => Promise.resolve());
    await pool.query("INSERT INTO ward.migrations (version, name, checksum) VALUES (999, 'from the future', 'x')");
    expect(await doctor()).toMatchObject({ code: 2, output: "", errors: expect.stringContaining("from the future") });
    await pool.query("DELETE FROM ward.migrations WHERE version = 999; UPDATE ward.migrations SET checksum = 'x'");
    expect(await doctor()).toMatchObject({
      code: 2,
      errors: expect.stringContaining(`of the schema "ward" is another one than Dacapo's`),
    });
  });
});

describe("a server that cannot be reached", () => {
  const nobody = "postgres://app:secret@127.0.0.1:1/none";
  it.each([
    ["doctor", nobody],
    ["doctor", "postgres://app:secret@localhost:1/none"],
    ["doctor", `${nobody}?password=secret`],
    ["export", nobody, join(folder, "hub.jsonl")],
    ["import", nobody, nobody],
    ["worker", nobody],
  ])("is said to be so, and the password is not: %s %s", async (...argv) => {
    const { code, output, errors } = await dacapo(...argv);
    expect({ code, output }).toEqual({ code: 2, output: "" });
    expect(errors).not.toContain("secret");
    expect(errors).not.toContain("tries again");
    expect(errors.trimEnd().split("\n")).toHaveLength(1);
    if (argv[0] === "doctor") expect(errors).toMatch(/PostgreSQL gave up: connect ECONNREFUSED/);
  });

  it("may be one that knows no such user", async () => {
    const address = new URL(server.url);
    address.username = "stranger";
    const { code, errors } = await dacapo("doctor", address.href);
    expect(code).toBe(2);
    expect(errors).toContain("Look at the address");
  });
});

/** A report without what differs from hub to hub: where it is, names of workers, times. */
function comparable(report: string): readonly string[] {
  return report
    .split("\n")
    .slice(1)
    .map((line) =>
      line.replace(/worker-\d+/g, "worker").replace(/\d{4}-[\d-]+T[\d:.]+Z|[\d.]+ (minutes|seconds)/g, "TIME"),
    );
}

function keysOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(keysOf);
  if (typeof value !== "object" || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, held]) => [key, keysOf(held)]));
}

/** Every row with the transaction that wrote it. */
async function rowsOfAll(): Promise<unknown> {
  const texts = TABLES.map(
    (table) => `SELECT '${table}' AS t, xmin::text, to_jsonb(r)::text AS r FROM ward.${table} r`,
  );
  return (await pool.query(`${texts.join(" UNION ALL ")} ORDER BY 1, 3`)).rows;
}
