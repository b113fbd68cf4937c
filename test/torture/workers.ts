/**
 * The processes of a run: workers, which are killed and started again, the client and the ledger.
 *
 * Invariant: as long as faults are made, a worker that ended by SIGKILL is started again; one that ended in any other way
 * is a finding. What a process prints goes to a file of its own.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { openSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { nextKillPoint } from "./faults.ts";
import { Random } from "./random.ts";
import type { DiskState } from "./target.ts";
import type { WorkerTask } from "./worker-process.ts";

const HOOKS = pathToFileURL(resolve(import.meta.dirname, "../runtime/typescript-hooks.mjs")).href;

/** Starts a module of this folder as a process. */
export function startProcess(folder: string, name: string, module: string, argument: string): ChildProcess {
  const log = openSync(join(folder, `${name}.log`), "a");
  const args = ["--no-warnings", "--import", HOOKS, resolve(import.meta.dirname, module), argument];
  return spawn(process.execPath, args, { stdio: ["ignore", log, log, "ipc"] });
}

export interface WorkersOptions {
  readonly folder: string;
  readonly seed: string;
  readonly count: number;
  readonly task: Omit<WorkerTask, "name" | "clockOffsetMs" | "killPoint">;
  /** Every worker kills itself there, in place of where the seed says. */
  readonly killPoint?: string;
  /** Told of what is not as it has to be. */
  readonly finding: (text: string) => void;
}

/** One of the workers' clocks is set back by this. */
const CLOCK_OFFSET_MS = -7_000;

/** A worker that takes longer to stop than this does not stop. */
const STOPS_WITHIN_MS = 30_000;

export class Workers {
  readonly #options: WorkersOptions;
  readonly #processes: ChildProcess[] = [];
  /** Those that got a SIGKILL, and did not send it to themselves. */
  readonly #killed = new WeakSet<ChildProcess>();
  /** How many processes ended by each kill point, and how many were started. */
  readonly killPoints = new Map<string, number>();
  started = 0;
  #isMakingFaults = true;
  #isStopping = false;

  constructor(options: WorkersOptions) {
    this.#options = options;
    for (let i = 0; i < options.count; i++) this.#start(i);
  }

  signal(worker: number, name: "SIGKILL" | "SIGSTOP" | "SIGCONT"): void {
    const child = this.#processes[worker];
    if (child === undefined) return;
    if (name === "SIGKILL") this.#killed.add(child);
    child.kill(name);
  }

  setDisk(state: DiskState): void {
    for (const worker of this.#processes) if (worker.connected) worker.send(state, () => undefined);
  }

  /** From now on workers live. */
  endFaults(): void {
    this.#isMakingFaults = false;
    for (const worker of this.#processes) worker.kill("SIGCONT");
  }

  /** Asks the workers to end, and waits for it. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(
      this.#processes.map((worker, index) =>
        ended(worker, () => {
          this.#options.finding(`worker-${index} did not stop within ${STOPS_WITHIN_MS} ms of being asked to`);
        }),
      ),
    );
  }

  #start(index: number): void {
    const { folder, seed, task, finding } = this.#options;
    const name = `worker-${index}`;
    const chosen = nextKillPoint(new Random(seed, `worker ${index} life ${++this.started}`));
    const killPoint = this.#isMakingFaults ? (this.#options.killPoint ?? chosen) : undefined;
    const whole: WorkerTask = {
      ...task,
      name,
      clockOffsetMs: index === 1 ? CLOCK_OFFSET_MS : 0,
      ...(killPoint === undefined ? undefined : { killPoint }),
    };
    const child = startProcess(folder, name, "worker-process.ts", JSON.stringify(whole));
    this.#processes[index] = child;
    child.on("exit", (code, signal) => {
      if (signal === "SIGKILL" && !this.#killed.has(child) && killPoint !== undefined) {
        this.killPoints.set(killPoint, (this.killPoints.get(killPoint) ?? 0) + 1);
      } else if (this.#isStopping ? code !== 0 && code !== null : signal !== "SIGKILL") {
        // While it stops, a signal is one that it was sent: it had not begun yet, or the last fault killed it.
        finding(`${name} ended by itself, with ${String(code ?? signal)}: see ${join(folder, `${name}.log`)}`);
      }
      if (!this.#isStopping) this.#start(index);
    });
  }
}

/** Asks a process to end; resolves when it has. One that does not is killed, and told of. */
async function ended(worker: ChildProcess, tooLate: () => void): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return;
  const end = new Promise((done) => worker.once("exit", done));
  worker.kill("SIGTERM");
  const impatience = setTimeout(() => {
    tooLate();
    worker.kill("SIGKILL");
  }, STOPS_WITHIN_MS);
  await end;
  clearTimeout(impatience);
}
