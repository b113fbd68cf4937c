/**
 * The options of `dacapo worker`, `dacapo doctor`, `dacapo export` and `dacapo import`, from text to values.
 *
 * Invariant: every refusal is one sentence that says what is wrong and one that says what to do.
 */
import { postgres } from "../backends/postgres/postgres.ts";
import { sqlite } from "../backends/sqlite/sqlite.ts";
import { withOffloading } from "../codec/with-offloading.ts";
import { InvalidArgumentError } from "../core/errors.ts";
import type { BackendFactory } from "../ports/backend-factory.ts";

/** Where a hub is kept unless told otherwise, as in an app. */
export const STORE_DEFAULT = "dacapo.db";

/** The schema that holds a hub in PostgreSQL unless told otherwise, as in an app. */
export const SCHEMA_DEFAULT = "dacapo";

/** Where a hub is kept. */
export interface Store {
  readonly kind: "sqlite" | "postgres";
  /** The file, or the address with its password: shown to nobody. */
  readonly location: string;
  /** As people may see it: without the password of an address. */
  readonly name: string;
}

/**
 * Reads the name of a store: a SQLite file, or the address of a PostgreSQL database.
 * @throws InvalidArgumentError when it is blank, or another address.
 */
export function parseStore(text: string): Store {
  if (!/^postgres(?:ql)?:\/\//i.test(text)) return { kind: "sqlite", location: parseSqliteFile(text), name: text };
  if (!URL.canParse(text)) {
    throw new InvalidArgumentError("The address of the PostgreSQL database cannot be read.", {
      hint: "Write it as postgres://user:password@host:5432/database.",
    });
  }
  const address = new URL(text);
  address.password = "";
  address.searchParams.delete("password");
  return { kind: "postgres", location: text, name: address.href };
}

export interface BackendOptions {
  /** Of a PostgreSQL database; its default unless given. */
  readonly schema?: string | undefined;
  /** Above which length payloads are kept out of their rows. */
  readonly threshold?: number | undefined;
}

/**
 * The backend that keeps the hub. It reads payloads that were put aside in any case: without a threshold no more are put there,
 * and what nothing refers to is left to whoever puts them there.
 * @throws InvalidArgumentError when a schema was given for a file, or cannot be one.
 */
export function backendOf(store: Store, { schema, threshold }: BackendOptions = {}): BackendFactory {
  return withOffloading(
    plainBackendOf(store, schema),
    threshold === undefined ? { threshold: Infinity, sweepEvery: false } : { threshold },
  );
}

function plainBackendOf(store: Store, schema: string | undefined): BackendFactory {
  checkSchema(store, schema);
  if (store.kind === "sqlite") return sqlite(store.location);
  return postgres(store.location, schema === undefined ? {} : { schema });
}

/** @throws InvalidArgumentError when a schema was given for a file. */
export function checkSchema({ kind, name }: Store, schema: string | undefined): void {
  if (kind === "postgres" || schema === undefined) return;
  throw new InvalidArgumentError(`--schema was given, and ${name} is a SQLite file.`, {
    hint: "Schemas are for PostgreSQL: leave it out.",
  });
}

function parseSqliteFile(text: string): string {
  if (text.trim() === "") {
    throw new InvalidArgumentError("The name of the SQLite file is empty.", { hint: "Name a file, such as app.db." });
  }
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text)?.[0];
  if (scheme === undefined) return text;
  // The rest may have a password in it.
  throw new InvalidArgumentError(`An address that begins with "${scheme}" is neither a SQLite file nor PostgreSQL.`, {
    hint: "Name a file, such as app.db, or postgres://user:password@host:5432/database.",
  });
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

/**
 * Reads above which length payloads are kept out of their rows.
 * @throws InvalidArgumentError unless it is a whole number.
 */
export function parseThreshold(text: string): number {
  const threshold = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(threshold)) return threshold;
  throw new InvalidArgumentError(`"${text}" is not a length of payloads.`, {
    hint: "Give --offload-above a whole number of characters, such as --offload-above 65536.",
  });
}
