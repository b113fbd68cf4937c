/**
 * The store of a hub that was opened without one: SQLite, in a file of the working directory.
 *
 * Invariant: nothing of it is loaded before such a hub is opened. The runtime knows no backend: it asks for this package's
 * own entry point by name, as an app does (docs/adr/0015). Called by the task hub alone.
 */
import { InvalidArgumentError } from "../core/errors.ts";
import type { BackendFactory } from "../ports/backend-factory.ts";

/** Where a hub is kept unless its app says otherwise, seen from the working directory. */
export const DEFAULT_FILE = "dacapo.db";

/** As far as it is called. */
interface SqliteEntryPoint {
  readonly sqlite: (file: string) => BackendFactory;
}

const ENTRY_POINT = "dacapo/sqlite";

/** @throws InvalidArgumentError when the entry point is not there, as in an app that was bundled. */
export async function defaultBackend(entryPoint = ENTRY_POINT): Promise<BackendFactory> {
  let loaded: SqliteEntryPoint & { readonly default?: SqliteEntryPoint };
  try {
    loaded = (await import(entryPoint)) as SqliteEntryPoint;
  } catch (error) {
    throw new InvalidArgumentError(
      `TaskHub.open() was given no backend, and cannot find ${entryPoint} to use SQLite.`,
      {
        hint: 'Pass { backend: sqlite("app.db") } with sqlite from "dacapo/sqlite": a bundler leaves out what nobody imports.',
        cause: error,
      },
    );
  }
  // Loaders that compile to CommonJS put what a module exports under `default`.
  const { sqlite } = loaded.default ?? loaded;
  return sqlite(DEFAULT_FILE);
}
