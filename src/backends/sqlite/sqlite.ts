/**
 * What an app says about its SQLite file, and the factory that a task hub is opened with.
 *
 * Invariant: what cannot be used is refused before anything is opened.
 */
import { InvalidArgumentError } from "../../core/errors.ts";
import type { BackendFactory } from "../../ports/backend-factory.ts";
import type { Clock } from "../../ports/clock.ts";
import type { SqliteDatabase } from "./driver.ts";
import { openDatabase } from "./load-driver.ts";
import { SqliteBackend } from "./sqlite-backend.ts";

export interface SqliteOptions {
  /**
   * An open database to use in place of a driver of our choice, such as one of `better-sqlite3`. It serves one
   * hub, which closes it, and nobody else uses it.
   */
  readonly database?: SqliteDatabase;
  /**
   * `full` (the default): what was acknowledged survives a power cut. `normal`: it survives the end of the process, and a
   * power cut may undo the last moments, as if they had never been.
   */
  readonly synchronous?: "full" | "normal";
  /** How long a transaction waits for that of another process, in milliseconds. Default: 5,000. */
  readonly busyTimeoutMs?: number;
  /** Keep the histories of executions that continue-as-new ended. Default: false. */
  readonly keepHistory?: boolean;
  /** How often to look for changes by other processes while somebody waits, in milliseconds. Default: 20. */
  readonly pollIntervalMs?: number;
  /** The clock to go by, in place of the task hub's. */
  readonly clock?: Clock;
}

type Defaults = Required<Omit<SqliteOptions, "clock" | "database">>;

const DEFAULTS: Defaults = { synchronous: "full", busyTimeoutMs: 5_000, keepHistory: false, pollIntervalMs: 20 };

/**
 * Keeps a task hub in a SQLite file, which is made where there is none. Several processes may open one file.
 *
 * @param file a path, or ":memory:" for a hub that ends with its process
 * @throws InvalidArgumentError when an option cannot be used. Opening the hub may throw SqliteDriverError, SchemaError or
 * StorageError.
 *
 * @example
 * const hub = await TaskHub.open({ backend: sqlite("app.db"), register: [helloCities, sayHello] });
 */
export function sqlite(file: string, options: SqliteOptions = {}): BackendFactory {
  const given: unknown = file;
  if (typeof given !== "string" || given === "") {
    throw new InvalidArgumentError("sqlite() was given no file.", { hint: 'Pass a path: sqlite("app.db").' });
  }
  const { clock, database, ...settings } = checked(options);
  const hasOneConnection = file === ":memory:" || database !== undefined;
  return (ports) =>
    new SqliteBackend({
      ...settings,
      open: async () => database ?? (await openDatabase(file)),
      hasOneConnection,
      file: hasOneConnection ? `${file} ${String(++memories)}` : file,
      ports: clock === undefined ? ports : { ...ports, clock },
    });
}

/** Hubs in memory are apart, so each has a name of its own. */
let memories = 0;

type CheckedOptions = Defaults & Pick<SqliteOptions, "clock" | "database">;

const OPTIONS: readonly string[] = [...Object.keys(DEFAULTS), "clock", "database"];

/** The options with their defaults; one that is undefined was not given. @throws InvalidArgumentError */
function checked(options: unknown): CheckedOptions {
  if (typeof options !== "object" || options === null) {
    throw new InvalidArgumentError(`sqlite() was given options that are ${String(options)}.`, {
      hint: 'Pass an object: sqlite("app.db", { synchronous: "normal" }).',
    });
  }
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  for (const [name, value] of Object.entries({ ...DEFAULTS, ...given })) checkOption(name, value);
  return { ...DEFAULTS, ...given };
}

function checkOption(name: string, value: unknown): void {
  const refuse = (hint: string): never => {
    const shown = typeof value === "string" ? JSON.stringify(value) : String(value);
    throw new InvalidArgumentError(`sqlite() was given ${name}: ${shown}.`, { hint });
  };
  switch (name) {
    case "synchronous":
      if (value !== "full" && value !== "normal") refuse('It is "full" or "normal".');
      return;
    case "busyTimeoutMs":
    case "pollIntervalMs":
      if (typeof value !== "number" || value < 0 || !Number.isSafeInteger(value)) {
        refuse("It is a whole number of milliseconds.");
      }
      return;
    case "keepHistory":
      if (typeof value !== "boolean") refuse("It is true or false.");
      return;
    case "database":
      if (!isDatabase(value)) refuse("It is an open database with exec(), prepare() and close().");
      return;
    case "clock":
      return;
    default:
      throw new InvalidArgumentError(`sqlite() has no option "${name}".`, {
        hint: `Its options are ${OPTIONS.join(", ")}.`,
      });
  }
}

function isDatabase(value: unknown): value is SqliteDatabase {
  if (typeof value !== "object" || value === null) return false;
  const { exec, prepare, close } = value as Partial<Record<keyof SqliteDatabase, unknown>>;
  return typeof exec === "function" && typeof prepare === "function" && typeof close === "function";
}
