/**
 * How the PostgreSQL backend talks to its server: in how few messages, over connections that others use too, and what becomes
 * of calls when the driver gives up in the middle.
 */
import { createServer, type Socket } from "node:net";
import pg from "pg";
import { beforeAll, expect, it } from "vitest";
import { postgres } from "../../src/backends/postgres/index.ts";
import { PLANNING } from "../../src/backends/postgres/connect.ts";
import { literalOf } from "../../src/backends/postgres/literals.ts";
import { statementsFor } from "../../src/backends/postgres/statements.ts";
import type { PostgresPool } from "../../src/backends/postgres/index.ts";
import { activity, orchestrator, StorageError, TaskHub } from "../../src/index.ts";
import type { Backend } from "../../src/ports/backend.ts";
import { ManualClock } from "../../src/testing/index.ts";
import { activityOf, Stage } from "../../src/testing/stage.ts";
import { serverOfFile } from "./server-of-file.ts";
import { watchedPool, type Before } from "./watched-pool.ts";

const server = serverOfFile();
let pool: pg.Pool;

beforeAll(() => {
  pool = server.newPool(6);
});

const echo = activity("echo", (_ctx, value: number) => value);
const chain = orchestrator("chain", function* (ctx, length: number) {
  for (let i = 0; i < length; i++) yield* ctx.callActivity(echo, i);
});

/** The pool, with something between the hub and each query of a connection. */
function through(before: Before): PostgresPool {
  return watchedPool(pool, before);
}

async function open(through: PostgresPool, schema: string): Promise<Backend> {
  const backend = postgres({ pool: through, schema })({ clock: new ManualClock() });
  await backend.open();
  return backend;
}

function stageOf(backend: Backend): Stage {
  return new Stage({
    backend,
    connect: () => Promise.reject(new Error("one handle")),
    advance: () => Promise.resolve(),
    close: () => Promise.resolve(),
  });
}

it("a step of a chain, an answer and the turn that consumes it, is as a rule one statement", async () => {
  const messages: string[] = [];
  const counted = through((text) => {
    messages.push(text);
  });
  const hub = await TaskHub.open({
    backend: postgres({ pool: counted, schema: "messages" }),
    register: [chain, echo],
  });
  await hub.start();
  const run = async (length: number): Promise<readonly string[]> => {
    messages.length = 0;
    const id = await hub.client.scheduleNewOrchestration(chain, length);
    await hub.client.waitForOrchestrationCompletion(id);
    return messages.filter((text) => text.includes("EXECUTE"));
  };
  await run(5);
  const short = await run(10);
  const long = await run(60);
  await hub.stop();
  expect((long.length - short.length) / 50).toBeLessThan(1.5);
  expect(long.filter((text) => /^EXECUTE dacapo_step_[^;]*$/.test(text)).length).toBeGreaterThan(40);
});

it("goes on where prepared statements are taken away between transactions, as some poolers do", async () => {
  const forgetful = through(async (text, client) => {
    if (/^(?:BEGIN|EXECUTE)/.test(text)) await client.query("DEALLOCATE ALL");
  });
  const backend = await open(forgetful, "forgetful");
  const stage = stageOf(backend);
  const id = 'it\'s \\ "quoted" $1 ;--';
  await backend.createInstance(stage.creation(id));
  await stage.turn(id);
  expect(await stage.status(id)).toBe("Running");
  await backend.close();
});

it("goes on where a function of the schema is not there, or is taken away", async () => {
  const pools = [1, 2].map(() => new pg.Pool({ connectionString: server.url, max: 3 }));
  const steps: string[] = [];
  const length = async (schema: string, own: pg.Pool, before: () => Promise<unknown>): Promise<number> => {
    steps.length = 0;
    const hub = await TaskHub.open({
      backend: postgres({
        pool: watchedPool(own, (text) => {
          if (text.includes("dacapo_step")) steps.push(text);
        }),
        schema,
      }),
      register: [chain, echo],
    });
    await hub.start();
    await before();
    const id = await hub.client.scheduleNewOrchestration(chain, 20);
    expect(await hub.client.waitForOrchestrationCompletion(id)).toMatchObject({ runtimeStatus: "Completed" });
    await hub.stop();
    return steps.filter((text) => text.startsWith("EXECUTE")).length;
  };
  const drop = (): Promise<unknown> => pool.query("DROP FUNCTION stepless.step");
  const [first, second] = pools as [pg.Pool, pg.Pool];
  // Each connection finds out once, in the middle of its work; later ones while they are prepared.
  expect(await length("stepless", first, drop)).toBeLessThan(4);
  expect(await length("stepless", second, () => Promise.resolve())).toBe(0);
  for (const one of pools) await one.end();
});

it("goes on where the user may not call the function", async () => {
  const schema = "unprivileged";
  const own = await open(
    through(() => undefined),
    schema,
  );
  await own.close();
  await pool.query(
    `CREATE ROLE limited; GRANT USAGE ON SCHEMA ${schema} TO limited; GRANT ALL ON ALL TABLES IN SCHEMA ${schema} TO limited; ` +
      `GRANT ALL ON ALL SEQUENCES IN SCHEMA ${schema} TO limited; GRANT CREATE ON DATABASE postgres TO limited; ` +
      `GRANT CREATE ON SCHEMA ${schema} TO limited; REVOKE EXECUTE ON FUNCTION ${schema}.step FROM PUBLIC`,
  );
  const limited = new pg.Pool({ connectionString: server.url, max: 3, options: "-c role=limited" });
  const steps: string[] = [];
  const watched = watchedPool(limited, (text) => {
    if (text.startsWith("EXECUTE dacapo_step")) steps.push(text);
  });
  const hub = await TaskHub.open({ backend: postgres({ pool: watched, schema }), register: [chain, echo] });
  await hub.start();
  const id = await hub.client.scheduleNewOrchestration(chain, 10);
  expect(await hub.client.waitForOrchestrationCompletion(id)).toMatchObject({ runtimeStatus: "Completed" });
  await hub.stop();
  await limited.end();
  expect(steps).toEqual([]);
});

it("the function plans its statements as transactions do, wherever it is called", async () => {
  const backend = await open(
    through(() => undefined),
    "settled",
  );
  const { rows } = await pool.query(
    "SELECT proconfig FROM pg_proc WHERE pronamespace = 'settled'::regnamespace AND proname = 'step'",
  );
  const [{ proconfig }] = rows as [{ proconfig: readonly string[] }];
  expect([...proconfig].sort()).toEqual([...PLANNING].map(([name, value]) => `${name}=${value}`).sort());
  await backend.close();
});

it("goes on after a newer version has added a column to each table", async () => {
  const backend = await open(
    through(() => undefined),
    "newer",
  );
  const stage = stageOf(backend);
  await backend.createInstance(stage.creation("before"));
  await stage.turn("before");
  for (const table of ["instances", "work", "messages", "activities", "commits", "requests"]) {
    await pool.query(`ALTER TABLE newer.${table} ADD COLUMN extra int NOT NULL DEFAULT 1`);
  }
  await backend.createInstance(stage.creation("after"));
  await stage.turn("after");
  expect(await stage.status("after")).toBe("Running");
  await backend.close();
});

it("what is an instance's own goes with its row, whoever removes it", async () => {
  const backend = await open(
    through(() => undefined),
    "removed",
  );
  const stage = stageOf(backend);
  for (const id of ["stays", "goes"]) {
    await backend.createInstance(stage.creation(id));
    const item = await stage.take(id);
    await stage.complete(item, { activities: [activityOf(item)] });
    await backend.sendMessage(stage.event(id, "Event"));
  }
  const counts = async (): Promise<readonly number[]> => {
    const tables = ["instances", "work", "commits", "messages", "activities"];
    const found = tables.map((table) => pool.query(`SELECT count(*)::int AS rows FROM removed.${table}`));
    return (await Promise.all(found)).map(({ rows: [row] }) => (row as { rows: number }).rows);
  };
  expect(await counts()).toEqual([2, 2, 2, 2, 2]);
  await pool.query("DELETE FROM removed.instances WHERE instance_id = 'goes'");
  expect(await counts()).toEqual([1, 1, 1, 1, 1]);
  expect(await stage.status("stays")).toBe("Running");
  await backend.close();
});

it("leaves no setting behind on a connection of the app's pool", async () => {
  const used = new Set<pg.PoolClient>();
  const watched = through((_text, client) => {
    used.add(client);
  });
  const backend = await open(watched, "settings");
  await backend.createInstance(stageOf(backend).creation("a"));
  for (const client of used) {
    const { rows } = await client.query(
      "SELECT name FROM pg_settings WHERE source = 'session' AND name NOT IN ('client_encoding', 'application_name')",
    );
    expect(rows).toEqual([]);
  }
  expect(used.size).toBeGreaterThan(0);
  await backend.close();
});

it("every statement finds its rows by an index, whatever the tables hold", async () => {
  const backend = await open(
    through(() => undefined),
    "planned",
  );
  const client = await pool.connect();
  const sample: Readonly<Record<string, string>> = { json: "'[]'", text: "'a'" };
  await client.query(["BEGIN", ...[...PLANNING].map(([name, value]) => `SET LOCAL ${name} = ${value}`)].join(";"));
  const { preparations } = statementsFor('"planned"');
  for (const [name, text] of preparations) {
    const types = /^PREPARE \w+\(([^)]*)\) AS/.exec(text)?.[1]?.split(", ") ?? [];
    const values = types.map((type) => (type.endsWith("[]") ? "'{}'" : (sample[type] ?? "1"))).join(", ");
    await client.query(text.replace(name, `${name}_explained`));
    const { rows } = await client.query(`EXPLAIN EXECUTE ${name}_explained${values === "" ? "" : `(${values})`}`);
    const plan = rows.map((row) => String(Object.values(row as object)[0])).join("\n");
    expect(plan, text).not.toMatch(/Seq Scan on (?!pg_)|Hash Join|Merge Join|JIT:/);
  }
  await client.query("ROLLBACK");
  await client.query("DEALLOCATE ALL");
  client.release(true);
  await backend.close();
});

it("a driver that gives up without a code in the middle of a call fails every call of the transaction", async () => {
  let isBroken = false;
  const released: unknown[] = [];
  const breaking = through((text) => {
    if (isBroken && text.includes("anymessage")) throw new Error("the driver is out of order");
  });
  const backend = await open(
    {
      ...breaking,
      connect: async () => {
        const client = await breaking.connect();
        return new Proxy(client, {
          get: (of, name) => {
            if (name !== "release") return Reflect.get(of, name) as unknown;
            return (error?: Error) => {
              released.push(error);
              of.release(error);
            };
          },
        });
      },
    },
    "broken",
  );
  const stage = stageOf(backend);
  const request = stage.creation("a");
  await backend.createInstance(request);
  const { revision } = (await backend.getInstance("a")) ?? { revision: 0 };
  isBroken = true;
  const purge = { requestId: "purge", instanceId: "a", ifRevision: revision };
  const outcomes = await Promise.allSettled([
    backend.purgeInstance(purge),
    backend.createInstance(stage.creation("b")),
  ]);
  for (const outcome of outcomes) {
    expect(outcome).toMatchObject({ status: "rejected", reason: expect.any(StorageError) as unknown });
  }
  expect(released.at(-1)).toBeInstanceOf(Error);
  isBroken = false;
  expect(await backend.getInstance("b")).toBeUndefined();
  await backend.close();
});

it("a text is one constant, whatever a backslash means to the server", async () => {
  const client = await pool.connect();
  const tags = ["$$\\", "$dacapo\\", "'$dacapo$", "\\$dacapo", "\\$", "'$dacapo$'; --$dacapo", "$dacapo$'"];
  const texts = [
    ...tags,
    "",
    "'",
    "''",
    "\\",
    "\\'",
    "a\\\\'b",
    "E'x'",
    "$$",
    "--",
    "\n\t",
    "ä\u{1F600}",
    '{"a":"\\""}',
  ];
  for (const setting of ["on", "off"]) {
    await client.query(`SET standard_conforming_strings = ${setting}`);
    for (const text of texts) {
      const { rows } = await client.query(`SELECT ${literalOf(text)} AS it`);
      expect(rows).toEqual([{ it: text }]);
    }
  }
  await client.query("RESET standard_conforming_strings");
  client.release();
  expect(() => literalOf("a\0b")).toThrow("NUL");
  expect(() => literalOf(Infinity)).toThrow("number");
});

it("a server that cannot be reached at first is a StorageError that says why, and the hub can be opened later", async () => {
  const sockets: Socket[] = [];
  const silent = createServer((socket) => sockets.push(socket));
  const port = await new Promise<number>((resolve) => {
    silent.listen(0, "127.0.0.1", () => {
      const address = silent.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
  const never = postgres(`postgres://a:b@127.0.0.1:${port}/c`, { connectTimeoutMs: 50 })({ clock: new ManualClock() });
  await expect(never.open()).rejects.toThrow(/PostgreSQL gave up: .*timeout/);
  for (const socket of sockets) socket.destroy();
  await new Promise((closed) => silent.close(closed));
  await expect(never.open()).rejects.toThrow(/ECONNREFUSED/);

  let isUp = false;
  const later = postgres({
    pool: {
      connect: () => (isUp ? pool.connect() : Promise.reject(new Error("connect ECONNREFUSED"))),
      query: (query) => pool.query(query),
      end: () => pool.end(),
    },
    schema: "later",
  })({ clock: new ManualClock() });
  await expect(later.open()).rejects.toThrow(StorageError);
  isUp = true;
  await later.open();
  await later.createInstance(stageOf(later).creation("a"));
  expect(await later.getInstance("a")).toBeDefined();
  await later.close();
});
