/**
 * Connections that stand still, or break. Found by the torture run: a worker that was suspended in the middle of a transaction
 * kept its rows from all others until it went on; and a server that died while a worker was opening the hub ended the worker's
 * process (seed long1).
 */
import pg from "pg";
import { expect, it } from "vitest";
import { postgres } from "../../src/backends/postgres/index.ts";
import type { PostgresClient } from "../../src/backends/postgres/index.ts";
import { StorageError } from "../../src/index.ts";
import { ManualClock } from "../../src/testing/index.ts";
import { Stage } from "../../src/testing/stage.ts";
import { serverOfFile } from "./server-of-file.ts";

const server = serverOfFile();

it("a transaction tells the server to end it when it stands still, and its calls get StorageError when the server did", async () => {
  const pool = new pg.Pool({ connectionString: server.url, max: 4 });
  pool.on("error", () => undefined);
  const told: unknown[] = [];
  let isWatching = false;
  /** Asks what the transaction told the server; the first time, the server then ends it, as it does in the end. */
  const watched = (client: pg.PoolClient): PostgresClient => {
    const query = async (text: pg.QueryConfig | string): Promise<pg.QueryResult> => {
      if (typeof text !== "string" || !text.endsWith("COMMIT") || !isWatching) return client.query(text);
      const { rows } = await client.query<{ told: string }>(
        "SELECT current_setting('idle_in_transaction_session_timeout') AS told",
      );
      told.push(rows[0]?.told);
      if (told.length === 1) {
        await client.query("SET LOCAL idle_in_transaction_session_timeout = 1");
        await new Promise((ended) => client.once("error", ended));
      }
      return client.query(text);
    };
    return new Proxy(client, {
      get: (of, name) => {
        if (name === "query") return query;
        const value: unknown = Reflect.get(of, name);
        return typeof value === "function" ? (value.bind(of) as unknown) : value;
      },
    });
  };
  const backend = postgres({
    pool: {
      connect: async () => watched(await pool.connect()),
      query: (text) => pool.query(text),
      end: () => pool.end(),
    },
    schema: "standstill",
  })({ clock: new ManualClock() });
  await backend.open();
  isWatching = true;
  const stage = new Stage({
    backend,
    connect: () => Promise.reject(new Error("one handle")),
    advance: () => Promise.resolve(),
    close: () => Promise.resolve(),
  });
  const request = stage.creation("a");
  await expect(backend.createInstance(request)).rejects.toThrow(StorageError);
  await backend.createInstance(request);
  expect(told).toEqual(["10s", "10s"]);
  expect(await backend.getInstance("a")).toMatchObject({ runtimeStatus: "Pending" });
  await backend.close();
  await pool.end();
});

it("a connection that breaks while a hub is opened is a StorageError, and not the end of the process", async () => {
  const pool = new pg.Pool({ connectionString: server.url, max: 4 });
  pool.on("error", () => undefined);
  const cut = async (client: pg.PoolClient): Promise<void> => {
    const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
    const ended = new Promise((resolve) => client.once("end", resolve));
    await pool.query("SELECT pg_terminate_backend($1)", [rows[0]?.pid]);
    await ended;
  };
  const backend = postgres({
    pool: {
      connect: async () => {
        const client = await pool.connect();
        return new Proxy(client, {
          get: (of, name) => {
            // The event comes once nobody's query is under way.
            if (name === "query") return (text: string) => cut(of).then(() => of.query(text));
            const value: unknown = Reflect.get(of, name);
            return typeof value === "function" ? (value.bind(of) as unknown) : value;
          },
        });
      },
      query: (text) => pool.query(text),
      end: () => pool.end(),
    },
    schema: "broken",
  })({ clock: new ManualClock() });
  await expect(backend.open()).rejects.toThrow(StorageError);
  await pool.end();
});
