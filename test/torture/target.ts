/**
 * The hub that is tortured, as data that a process can be told, and the way to it.
 */
import pg from "pg";
import { postgres } from "../../src/backends/postgres/index.ts";
import { openDatabase } from "../../src/backends/sqlite/load-driver.ts";
import { sqlite } from "../../src/backends/sqlite/index.ts";
import type { SqliteDatabase } from "../../src/backends/sqlite/index.ts";
import type { BackendFactory } from "../../src/ports/backend-factory.ts";
import type { KillPoints } from "./kill-points.ts";

export type Target =
  | { readonly kind: "sqlite"; readonly file: string }
  | { readonly kind: "postgres"; readonly url: string; readonly schema: string };

/** A way to the hub, and what goes with it. */
export interface Connection {
  readonly backend: BackendFactory;
  /** Makes the disk bad, or good again, for this process. Of SQLite alone. */
  readonly disk: (state: DiskState) => void;
  readonly end: () => Promise<void>;
}

export type DiskState = "full" | "read-only" | "good";

/** SQLite's own limit. */
const PAGES_MAX = 4_294_967_294;

/** Shorter than a fault, so that processes meet a file that is locked. */
const BUSY_TIMEOUT_MS = 1_000;

/** Connects to the hub. Histories are kept, to be compared with the ledger. */
export async function connect(target: Target, kills?: KillPoints): Promise<Connection> {
  if (target.kind === "postgres") {
    const pool = new pg.Pool({ connectionString: target.url, max: 4 });
    pool.on("error", () => undefined);
    const backend = postgres({
      pool: kills?.pool(pool) ?? pool,
      schema: target.schema,
      keepHistory: true,
      pollIntervalMs: 250,
    });
    return { backend, disk: () => undefined, end: () => pool.end() };
  }
  const database = await openDatabase(target.file);
  const backend = sqlite(target.file, {
    database: kills?.database(database) ?? database,
    keepHistory: true,
    busyTimeoutMs: BUSY_TIMEOUT_MS,
  });
  return {
    backend,
    disk: (state) => {
      setDisk(database, state);
    },
    end: async () => undefined,
  };
}

function setDisk(database: SqliteDatabase, state: DiskState): void {
  database.exec(`PRAGMA query_only = ${state === "read-only" ? "ON" : "OFF"}`);
  // A limit below what is there is taken for what is there.
  database.prepare(`PRAGMA max_page_count = ${state === "full" ? 1 : PAGES_MAX}`).get();
}
