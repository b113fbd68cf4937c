/**
 * `dacapo worker`: runs the definitions of a file on a hub until it is told to stop.
 *
 * Invariant: it stops gracefully, whoever asks: what runs comes to an end or is given back, and what is durable stays.
 */
import type { Definition } from "../runtime/registry.ts";
import { TaskHub } from "../runtime/task-hub.ts";
import { EXIT_CODE } from "./exit-code.ts";
import type { ExitCode } from "./exit-code.ts";
import { backendOf, type Store } from "./hub-arguments.ts";
import { loadDefinitions, type LoadModule } from "./load-definitions.ts";
import { count } from "./quantity.ts";
import type { Terminal } from "./terminal.ts";

export interface WorkerOptions {
  /** The file that exports the definitions, as it was written. */
  readonly file: string;
  readonly store: Store;
  /** Turns, and activities, that run at the same time; the hub's own default unless given. */
  readonly concurrency: number | undefined;
  /** Above which length payloads are kept out of their rows; none unless given. */
  readonly threshold: number | undefined;
}

/**
 * Runs the command until Ctrl-C, or a signal to terminate.
 * @throws InvalidArgumentError when the file cannot be used, and whatever the hub throws when it cannot be opened.
 */
export async function work(options: WorkerOptions, terminal: Terminal, load?: LoadModule): Promise<ExitCode> {
  const { file, store, concurrency, threshold } = options;
  const definitions = await loadDefinitions(file, load);
  const limits =
    concurrency === undefined ? {} : { maxConcurrentOrchestrations: concurrency, maxConcurrentActivities: concurrency };
  let stopListening = (): void => undefined;
  const stopped = new Promise<void>((resolve) => {
    stopListening = terminal.onStop(resolve);
  });
  const backend = backendOf(store, { threshold });
  const hub = await TaskHub.open({ backend, register: definitions, worker: limits }).catch((error: unknown) => {
    stopListening();
    throw error;
  });
  await hub.start();
  terminal.stdout.write(`Working on ${store.name} with ${summary(definitions)}. Ctrl-C stops it.\n`);
  await stopped;
  stopListening();
  terminal.stdout.write("Stopping: what runs comes to its end.\n");
  await hub.stop();
  terminal.stdout.write("Stopped.\n");
  return EXIT_CODE.passed;
}

function summary(definitions: readonly Definition[]): string {
  const of = (kind: Definition["kind"]): number => definitions.filter((each) => each.kind === kind).length;
  const orchestrators = count(of("orchestrator"), "orchestrator");
  const activities = count(of("activity"), "activity", "activities");
  return `${orchestrators}, ${activities} and ${count(of("entity"), "entity", "entities")}`;
}
