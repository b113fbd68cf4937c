/**
 * The client: starts workflows, says words, signals counters, waits for ends, and writes down what it was answered.
 *
 * Invariant: a line says `acked`, `ended` or `signalled` only after the hub said so. Nobody kills it. It starts nothing new
 * once it is told to stop, sees through what it began, and exits with 0.
 */
import { openSync, writeSync } from "node:fs";
import { InstanceAlreadyExistsError, InstanceTerminalError, StorageError, TaskHub } from "../../src/index.ts";
import { systemClock } from "../../src/runtime/system.ts";
import { counter, WORKFLOWS, type Run } from "./program.ts";
import { Random } from "./random.ts";
import { connect, type DiskState, type Target } from "./target.ts";

export interface ClientTask {
  readonly target: Target;
  readonly file: string;
  readonly seed: string;
  /** So many workflows are under way at one time. */
  readonly lanes: number;
  /** Not more than this many workflows. */
  readonly runs: number;
}

/** What the client writes down. */
export type ClientLine =
  | { readonly type: "asked"; readonly workflow: string; readonly input: Run }
  | { readonly type: "acked"; readonly run: string }
  | { readonly type: "ended"; readonly run: string; readonly status: string; readonly output: unknown }
  | { readonly type: "signalled"; readonly key: string; readonly isAcked: boolean };

const RETRY_MS = 300;
const COUNTERS = ["a", "b", "c", "d"];
const ACCOUNTS = ["ada", "bob", "cyd", "dan", "eve", "fay"];

const task = JSON.parse(process.argv[2] ?? "") as ClientTask;
const file = openSync(task.file, "a");
const random = new Random(task.seed, "client");
const say = (line: ClientLine): void => {
  writeSync(file, `${JSON.stringify(line)}\n`);
};

const stopping = new AbortController();
let started = 0;

/** Makes a call again until the store answers. */
async function answered<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      await systemClock.sleep(RETRY_MS);
    }
  }
}

async function unless(refusal: abstract new (...args: never[]) => Error, call: () => Promise<unknown>): Promise<void> {
  await call().catch((error: unknown) => {
    if (!(error instanceof refusal)) throw error;
  });
}

function nextRun(workflow: string): Run {
  const run = `${workflow}-${++started}`;
  const keys = workflow === "transfer" ? ACCOUNTS : COUNTERS;
  const first = random.integer(0, keys.length - 1);
  const second = (first + random.integer(1, keys.length - 1)) % keys.length;
  return { run, size: random.integer(2, 4), keys: [keys[first] ?? "", keys[second] ?? ""] };
}

async function signal({ client }: TaskHub): Promise<void> {
  const key = random.from(COUNTERS);
  const isAcked = await client.signalEntity(counter, key, "add", 1).then(
    () => true,
    (error: unknown) => {
      if (!(error instanceof StorageError)) throw error;
      return false;
    },
  );
  say({ type: "signalled", key, isAcked });
}

async function runOne(hub: TaskHub): Promise<void> {
  const { client } = hub;
  const workflow = random.weighted(
    Object.fromEntries(Object.entries(WORKFLOWS).map(([name, { weight }]) => [name, weight])),
  );
  const input = nextRun(workflow);
  const { run, size } = input;
  say({ type: "asked", workflow, input });
  // Under one id: who asks again is told that it is there.
  await answered(() => unless(InstanceAlreadyExistsError, () => client.scheduleNewOrchestration(workflow, input, run)));
  say({ type: "acked", run });
  if (workflow === "approval") {
    for (let word = 0; word < size; word++) {
      await answered(() => unless(InstanceTerminalError, () => client.raiseOrchestrationEvent(run, "Word", word)));
    }
  }
  if (random.chance(0.3)) await signal(hub);
  if (random.chance(0.3)) return;
  const state = await answered(() => client.waitForOrchestrationCompletion(run));
  say({ type: "ended", run, status: state.runtimeStatus, output: state.output });
}

async function lane(hub: TaskHub): Promise<void> {
  while (!stopping.signal.aborted && started < task.runs) await runOne(hub);
}

const { backend, disk } = await connect(task.target);
const hub = await answered(() => TaskHub.open({ backend }));
process.on("message", (message: "stop" | DiskState) => {
  if (message === "stop") stopping.abort();
  else disk(message);
});
process.on("disconnect", () => process.exit(0));
process.send?.("ready");
await Promise.all(Array.from({ length: task.lanes }, () => lane(hub)));
// Whoever waits for the whole is told; the process itself stays until the driver is done with it.
process.send?.("done");
await hub.stop();
process.exit(0);
