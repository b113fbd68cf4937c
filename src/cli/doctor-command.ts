/**
 * `dacapo doctor`: says how the hub in a SQLite file or a PostgreSQL database stands. It changes nothing.
 *
 * Invariant: with `--json` the standard output holds one JSON object or, when the hub cannot be read, nothing.
 */
import { diagnosisObject, diagnosisReport } from "./doctor-report.ts";
import { EXIT_CODE } from "./exit-code.ts";
import type { ExitCode } from "./exit-code.ts";
import type { Store } from "./hub-arguments.ts";
import { diagnosisOf } from "./stored-hub.ts";
import { styleFor } from "./style.ts";
import type { Terminal } from "./terminal.ts";

export interface DoctorOptions {
  readonly store: Store;
  /** The schema of a PostgreSQL database. */
  readonly schema: string | undefined;
  readonly json: boolean;
}

/**
 * Runs the command: 0 where everything gets on, 1 where something does not.
 * @throws InvalidArgumentError when there is no hub, SchemaError when its tables are of a newer version, StorageError when the
 * store cannot be read.
 */
export async function examine({ store, schema, json }: DoctorOptions, terminal: Terminal): Promise<ExitCode> {
  const diagnosis = await diagnosisOf(store, schema);
  const style = styleFor(terminal.hasColours);
  terminal.stdout.write(
    json
      ? `${JSON.stringify(diagnosisObject(store.name, diagnosis), undefined, 2)}\n`
      : diagnosisReport(store.name, diagnosis, style),
  );
  return diagnosis.stuckCount === 0 ? EXIT_CODE.passed : EXIT_CODE.failed;
}
