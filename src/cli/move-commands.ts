/**
 * `dacapo export` and `dacapo import`: a hub moves to another backend by way of a file.
 *
 * Invariant: an export changes nothing; an import begins only once the whole file was read and found right, and only on a hub
 * that is empty.
 */
import { existsSync } from "node:fs";
import { postgres } from "../backends/postgres/postgres.ts";
import { InvalidArgumentError } from "../core/errors.ts";
import type { BackendFactory } from "../ports/backend-factory.ts";
import type { Backend } from "../ports/backend.ts";
import { systemClock } from "../runtime/system.ts";
import { EXIT_CODE, type ExitCode } from "./exit-code.ts";
import { checkHubFile, readHubFile, writeHubFile, type HubCounts } from "./hub-file.ts";
import { isPostgres, parseStore } from "./hub-arguments.ts";
import type { Terminal } from "./terminal.ts";

export interface MoveOptions {
  /** A SQLite file, or the URL of a PostgreSQL database. */
  readonly backend: string;
  readonly file: string;
  /** The schema of a PostgreSQL database. */
  readonly schema: string | undefined;
}

export async function exportHub(options: MoveOptions, terminal: Terminal): Promise<ExitCode> {
  const { backend: name, file } = options;
  if (!isPostgres(name) && !existsSync(name)) {
    throw new InvalidArgumentError(`There is no hub in ${name}: no such file.`, {
      hint: "Name a SQLite file, or the URL of a database: postgres://user:password@host:5432/database.",
    });
  }
  const counts = await withHub(options, (backend) => writeHubFile(file, backend.snapshot?.() ?? nothing()));
  terminal.stdout.write(
    `${file} holds ${inWords(counts)}. What still works on the old hub should stop before the import.\n`,
  );
  return EXIT_CODE.passed;
}

export async function importHub(options: MoveOptions, terminal: Terminal): Promise<ExitCode> {
  const counts = await checkHubFile(options.file);
  await withHub(options, async (backend) => backend.restore?.(readHubFile(options.file)));
  terminal.stdout.write(`The hub has ${inWords(counts)}, and goes on as soon as a worker is started.\n`);
  return EXIT_CODE.passed;
}

async function withHub<T>(options: MoveOptions, use: (backend: Backend) => Promise<T>): Promise<T> {
  const backend = factoryOf(options)({ clock: systemClock });
  await backend.open();
  try {
    return await use(backend);
  } finally {
    await backend.close();
  }
}

function factoryOf({ backend, schema }: MoveOptions): BackendFactory {
  const store = parseStore(backend);
  if (schema === undefined) return store.backend;
  if (isPostgres(backend)) return postgres(backend, { schema });
  throw new InvalidArgumentError(`--schema was given, and ${backend} is a SQLite file.`, {
    hint: "Schemas are for PostgreSQL: leave it out.",
  });
}

function inWords({ instances, requests }: HubCounts): string {
  return `${instances} ${instances === 1 ? "instance" : "instances"} and ${requests} remembered ${requests === 1 ? "request" : "requests"}`;
}

async function* nothing(): AsyncGenerator<never, void, undefined> {}
