/**
 * The SQLite backend obeys the contract.
 */
import { describe, it } from "vitest";
import { backendSuite } from "../../src/testing/index.ts";
import { createSqliteHub } from "./sqlite-hub.ts";

backendSuite({ name: "sqlite", create: () => createSqliteHub(), runner: { describe, it } });
