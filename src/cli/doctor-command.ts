/**
 * `dacapo doctor`: says how the hub in a SQLite file stands. It changes nothing.
 *
 * Invariant: with `--json` the standard output holds one JSON object or, when the file cannot be read, nothing.
 */
import { stat } from "node:fs/promises";
import { diagnose } from "../backends/sqlite/diagnosis.ts";
import type { SqliteDatabase } from "../backends/sqlite/driver.ts";
import { storageError } from "../backends/sql/group-commit.ts";
import { openDatabase } from "../backends/sqlite/load-driver.ts";
import { appliedTo, checkMigrations } from "../backends/sqlite/migrate.ts";
import { MIGRATIONS } from "../backends/sqlite/schema.ts";
import { InvalidArgumentError } from "../core/errors.ts";
import { diagnosisObject, diagnosisReport, type Examined } from "./doctor-report.ts";
import { EXIT_CODE } from "./exit-code.ts";
import type { ExitCode } from "./exit-code.ts";
import { styleFor } from "./style.ts";
import type { Terminal } from "./terminal.ts";

export interface DoctorOptions {
  /** The SQLite file, as it was written. */
  readonly file: string;
  readonly json: boolean;
}

/**
 * Runs the command: 0 where everything gets on, 1 where something does not.
 * @throws InvalidArgumentError when there is no hub in the file, SchemaError when it is one of another version.
 */
export async function examine({ file, json }: DoctorOptions, terminal: Terminal): Promise<ExitCode> {
  const isFile = await stat(file).then(
    (found) => found.isFile(),
    () => false,
  );
  if (!isFile) {
    throw new InvalidArgumentError(`There is no file ${file}.`, { hint: "Give the path of a hub's SQLite file." });
  }
  const examined = await read(file);
  const style = styleFor(terminal.hasColours);
  terminal.stdout.write(
    json ? `${JSON.stringify(diagnosisObject(examined), undefined, 2)}\n` : diagnosisReport(examined, style),
  );
  return examined.diagnosis.stuckCount === 0 ? EXIT_CODE.passed : EXIT_CODE.failed;
}

async function read(file: string): Promise<Examined> {
  let database: SqliteDatabase | undefined;
  try {
    database = await openDatabase(file);
    database.exec("PRAGMA query_only = ON");
    database.exec("PRAGMA busy_timeout = 5000");
    const applied = appliedTo(database);
    if (applied.length === 0) {
      throw new InvalidArgumentError(`The file ${file} holds no hub.`, {
        hint: "Give the path of a SQLite file that a task hub was opened on.",
      });
    }
    checkMigrations(database, MIGRATIONS);
    // All that is read is of one moment.
    database.exec("BEGIN");
    return { file, schemaVersion: applied.at(-1)?.version ?? 0, diagnosis: diagnose(database, Date.now()) };
  } catch (error) {
    throw storageError("SQLite", error, "Look at the path, and whether the file can be read.");
  } finally {
    database?.close();
  }
}
