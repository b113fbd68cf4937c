/**
 * The PostgreSQL backend obeys the contract.
 */
import { describe, it } from "vitest";
import { backendSuite } from "../../src/testing/index.ts";
import { createPostgresHub } from "./postgres-hub.ts";
import { serverOfFile } from "./server-of-file.ts";

const server = serverOfFile();

backendSuite({ name: "postgres", create: () => createPostgresHub(server.url), runner: { describe, it } });
