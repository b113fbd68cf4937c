/**
 * The options of `dacapo worker`, `dacapo doctor`, `dacapo export` and `dacapo import`, from text to values.
 *
 * Invariant: every refusal is one sentence that says what is wrong and one that says what to do.
 */
import { postgres } from "../backends/postgres/postgres.ts";
import { sqlite } from "../backends/sqlite/sqlite.ts";
import { InvalidArgumentError } from "../core/errors.ts";
import type { BackendFactory } from "../ports/backend-factory.ts";

/** Where a hub is kept unless told otherwise, as in an app. */
export const STORE_DEFAULT = "dacapo.db";

/** Where a hub is kept. */
export interface Store {
  readonly backend: BackendFactory;
  /** As people may see it: without the password of an address. */
  readonly name: string;
}

/**
 * Reads the name of a store: a SQLite file, or the address of a PostgreSQL database.
 * @throws InvalidArgumentError when it is blank, or another address.
 */
export function parseStore(text: string): Store {
  if (!isPostgres(text)) return { backend: sqlite(parseSqliteFile(text)), name: text };
  if (!URL.canParse(text)) {
    throw new InvalidArgumentError("The address of the PostgreSQL database cannot be read.", {
      hint: "Write it as postgres://user:password@host:5432/database.",
    });
  }
  const address = new URL(text);
  address.password = "";
  return { backend: postgres(text), name: address.href };
}

/** True for the address of a PostgreSQL database. */
export function isPostgres(text: string): boolean {
  return /^postgres(?:ql)?:\/\//i.test(text);
}

/**
 * Reads the name of a SQLite file.
 * @throws InvalidArgumentError when it is blank, or an address.
 */
export function parseSqliteFile(text: string): string {
  if (text.trim() === "") {
    throw new InvalidArgumentError("The name of the SQLite file is empty.", { hint: "Name a file, such as app.db." });
  }
  if (!/^[a-z]+:\/\//i.test(text)) return text;
  const name = isPostgres(text) ? "The address of a PostgreSQL database" : `"${text}"`;
  throw new InvalidArgumentError(`${name} is no SQLite file.`, { hint: "Name a file, such as app.db." });
}

/**
 * Reads how much a worker does at a time.
 * @throws InvalidArgumentError unless it is a whole number from 1 on.
 */
export function parseConcurrency(text: string): number {
  const concurrency = Number(text);
  if (/^\d+$/.test(text) && concurrency >= 1 && Number.isSafeInteger(concurrency)) return concurrency;
  throw new InvalidArgumentError(`"${text}" is not a number of things to do at a time.`, {
    hint: "Give --concurrency a whole number from 1 on, such as --concurrency 16.",
  });
}
