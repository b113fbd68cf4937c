/**
 * `dacapo/postgres`: the backend that keeps a hub in a PostgreSQL database.
 */
export { postgres } from "./postgres.ts";
export type { PostgresOptions } from "./postgres.ts";
export type { PostgresClient, PostgresNotification, PostgresPool, PostgresQuery, PostgresResult } from "./driver.ts";
