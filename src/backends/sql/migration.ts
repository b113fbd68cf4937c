/**
 * One step of a database's schema. A step that was released never changes: its checksum is kept where it was applied.
 */
import { SchemaError } from "../../core/errors.ts";
import { sha1 } from "../../core/sha1.ts";

export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

/** A step that a database has. */
export interface AppliedMigration {
  readonly version: number;
  readonly name: string;
  readonly checksum: string;
}

/**
 * Looks whether a database has these steps and no others.
 * @param where what the database is called in an error, after "the"
 * @param ofNewer what to do where a newer version of Dacapo has made steps
 * @throws SchemaError when it has a step that is not among these, or another one of that number
 */
export function checkApplied(
  applied: readonly AppliedMigration[],
  migrations: readonly Migration[],
  { where, ofNewer }: { readonly where: string; readonly ofNewer: string },
): void {
  for (const step of applied) {
    const { version, name } = step;
    const known = migrations.find((migration) => migration.version === version);
    if (known === undefined) {
      throw new SchemaError(`The ${where} has migration ${version} ("${name}"), which this version of Dacapo lacks.`, {
        hint: ofNewer,
      });
    }
    checkStep(step, known, where);
  }
}

/** @throws SchemaError when a step was another one than Dacapo's */
export function checkStep({ checksum }: AppliedMigration, known: Migration, where: string): void {
  if (checksumOf(known.sql) === checksum) return;
  throw new SchemaError(`Migration ${known.version} ("${known.name}") of the ${where} is another one than Dacapo's.`, {
    hint: "Something other than Dacapo has changed the tables, or a development version made them.",
  });
}

/** The checksum of a step: SHA-1 of its text, in hexadecimal digits. */
export function checksumOf(sql: string): string {
  return sha1(sql)
    .map((word) => (word >>> 0).toString(16).padStart(8, "0"))
    .join("");
}
