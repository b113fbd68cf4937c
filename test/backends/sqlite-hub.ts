/**
 * A hub in a SQLite file of its own, on a manual clock, for the backend suite.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sqlite } from "../../src/backends/sqlite/index.ts";
import type { SqliteOptions } from "../../src/backends/sqlite/index.ts";
import { systemIds } from "../../src/runtime/system.ts";
import { ManualClock } from "../../src/testing/index.ts";
import type { BackendUnderTest } from "../../src/testing/index.ts";
import type { Backend } from "../../src/ports/backend.ts";

export interface SqliteHub extends BackendUnderTest {
  readonly file: string;
  readonly clock: ManualClock;
}

export async function createSqliteHub(options: SqliteOptions = {}): Promise<SqliteHub> {
  const folder = mkdtempSync(join(tmpdir(), "dacapo-sqlite-"));
  const file = join(folder, "hub.db");
  const clock = new ManualClock();
  const connect = async (): Promise<Backend> => {
    const backend = sqlite(file, { synchronous: "normal", ...options })({ clock, ids: systemIds });
    await backend.open();
    return backend;
  };
  const backend = await connect();
  return {
    backend,
    file,
    clock,
    connect,
    advance: async (durationMs) => {
      clock.advance(durationMs);
    },
    close: async () => {
      await backend.close();
      rmSync(folder, { recursive: true });
    },
  };
}
