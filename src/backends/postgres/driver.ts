/**
 * What Dacapo asks of a PostgreSQL driver: the shape of `pg`'s `Pool` and its clients.
 */
import type { Row } from "../sql/columns.ts";

export interface PostgresResult {
  readonly rows: unknown[];
}

/** A statement; one with a name is prepared once a connection. */
export interface PostgresQuery {
  readonly text: string;
  readonly name?: string;
  readonly values?: unknown[];
}

export interface PostgresNotification {
  readonly channel: string;
  readonly payload?: string | undefined;
}

/** One connection. */
export interface PostgresClient {
  /** A text of several statements gives a list of results, as with `pg`. */
  query(query: PostgresQuery | string): Promise<PostgresResult>;
  /** Gives the connection back; with an error, it is closed. */
  release(error?: Error | boolean): void;
  on(event: "notification", listener: (notification: PostgresNotification) => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
}

/** Connections to one database. */
export interface PostgresPool {
  connect(): Promise<PostgresClient>;
  query(query: PostgresQuery | string): Promise<PostgresResult>;
  end(): Promise<void>;
}

/** The rows of a result. */
export function rowsOf({ rows }: PostgresResult): readonly Row[] {
  return rows as Row[];
}

/** The results of a text of several statements, or of one. */
export function resultsOf(answer: PostgresResult): readonly PostgresResult[] {
  const given: unknown = answer;
  return Array.isArray(given) ? (given as PostgresResult[]) : [answer];
}
