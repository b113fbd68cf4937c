/**
 * Looks at the hub in a store, if there is one, and changes nothing. Called by the commands that need a hub to be there.
 */
import { stat } from "node:fs/promises";
import { diagnose as diagnosePostgres } from "../backends/postgres/diagnosis.ts";
import type { Diagnosis } from "../backends/sql/diagnosis.ts";
import { diagnose as diagnoseSqlite } from "../backends/sqlite/diagnosis.ts";
import { InvalidArgumentError } from "../core/errors.ts";
import { systemClock } from "../runtime/system.ts";
import { checkSchema, SCHEMA_DEFAULT, type Store } from "./hub-arguments.ts";

/**
 * Reads how the hub stands.
 * @param schema of a PostgreSQL database; its default unless given
 * @throws InvalidArgumentError when there is no hub, or a schema was given for a file; SchemaError when its tables are of a
 * newer version, StorageError when the store cannot be read.
 */
export async function diagnosisOf(store: Store, schema: string | undefined): Promise<Diagnosis> {
  checkSchema(store, schema);
  return store.kind === "sqlite" ? ofFile(store.location) : diagnosePostgres(store.location, schema ?? SCHEMA_DEFAULT);
}

/** SQLite would make a file where there is none. */
async function ofFile(file: string): Promise<Diagnosis> {
  const isFile = await stat(file).then(
    (found) => found.isFile(),
    () => false,
  );
  if (isFile) return diagnoseSqlite(file, systemClock);
  throw new InvalidArgumentError(`There is no file ${file}.`, { hint: "Give the path of a hub's SQLite file." });
}
