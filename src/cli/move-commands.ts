/**
 * `dacapo export` and `dacapo import`: a hub moves to another backend by way of a file.
 *
 * Invariant: the file holds the payloads themselves, also those that are kept beside the hub. An export is refused where there
 * is no hub; an import begins only once the whole file was read and found right, and only on a hub that is empty.
 */
import type { Backend } from "../ports/backend.ts";
import { systemClock, systemIds } from "../runtime/system.ts";
import { EXIT_CODE, type ExitCode } from "./exit-code.ts";
import { checkHubFile, readHubFile, writeHubFile, type HubCounts } from "./hub-file.ts";
import { backendOf, type Store } from "./hub-arguments.ts";
import { diagnosisOf } from "./stored-hub.ts";
import type { Terminal } from "./terminal.ts";

export interface MoveOptions {
  readonly store: Store;
  readonly file: string;
  /** The schema of a PostgreSQL database. */
  readonly schema: string | undefined;
  /** Above which length payloads are kept out of the rows of the new hub; none unless given. */
  readonly threshold?: number | undefined;
}

export async function exportHub(options: MoveOptions, terminal: Terminal): Promise<ExitCode> {
  const { store, file, schema } = options;
  // Opened as a hub, a store without one would become one.
  await diagnosisOf(store, schema);
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
  const backend = backendOf(options.store, options)({ clock: systemClock, ids: systemIds });
  await backend.open();
  try {
    return await use(backend);
  } finally {
    await backend.close();
  }
}

function inWords({ instances, requests }: HubCounts): string {
  return `${instances} ${instances === 1 ? "instance" : "instances"} and ${requests} remembered ${requests === 1 ? "request" : "requests"}`;
}

async function* nothing(): AsyncGenerator<never, void, undefined> {}
