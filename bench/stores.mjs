/**
 * Stores to measure on: each call of `open...` makes an empty one. `target` names it to other processes.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { postgres } from "dacapo/postgres";
import { sqlite } from "dacapo/sqlite";
import pg from "pg";

/** A file, with `synchronous=FULL`. */
export async function openSqlite() {
  const folder = mkdtempSync(join(tmpdir(), "dacapo-bench-"));
  const file = join(folder, "hub.db");
  return {
    target: { kind: "sqlite", file },
    backend: () => sqlite(file),
    close: async () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

let schemas = 0;

/** A schema of the server that `DACAPO_BENCH_POSTGRES_URL` names. */
export async function openPostgres() {
  const url = process.env["DACAPO_BENCH_POSTGRES_URL"];
  const schema = `bench_${process.pid}_${++schemas}`;
  return {
    target: { kind: "postgres", url, schema },
    backend: () => postgres(url, { schema }),
    close: async () => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await client.query(`DROP SCHEMA "${schema}" CASCADE`);
      await client.end();
    },
  };
}

/** A handle on a store that another process has opened. */
export function backendOf(target) {
  return target.kind === "sqlite" ? sqlite(target.file) : postgres(target.url, { schema: target.schema });
}
