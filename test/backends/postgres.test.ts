/**
 * The PostgreSQL backend obeys the contract.
 */
import { afterAll, beforeAll, describe, it } from "vitest";
import { backendSuite } from "../../src/testing/index.ts";
import { createPostgresHub } from "./postgres-hub.ts";
import { startPostgres, type PostgresServer } from "./postgres-server.ts";

let server: PostgresServer | undefined;

beforeAll(async () => {
  server = await startPostgres();
}, 120_000);

afterAll(async () => {
  await server?.stop();
});

backendSuite({ name: "postgres", create: () => createPostgresHub(server?.url ?? ""), runner: { describe, it } });
