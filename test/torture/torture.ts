/**
 * One run: processes are started, faults are made for a time, everything is given the time to end, and the hub is judged.
 *
 * Invariant: after the faults the run waits for a condition, with a generous deadline; nothing is judged by how long it
 * took, except that what has not ended by the deadline is stuck.
 */
import type { ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { StorageError, TaskHub } from "../../src/index.ts";
import type { PostgresServer } from "../backends/postgres-server.ts";
import type { ClientTask } from "./client-process.ts";
import { nextFault, type Fault, type Setting } from "./faults.ts";
import { cutConnections } from "./cut-connections.ts";
import { Random } from "./random.ts";
import { connect, type Target } from "./target.ts";
import { judge, type Verdict } from "./verdict.ts";
import { startProcess, Workers } from "./workers.ts";

export interface TortureOptions {
  readonly setting: Setting;
  readonly seed: string;
  /** Faults are made for so long, in milliseconds, or until as many were made as said. */
  readonly faultsForMs: number;
  readonly faultsMax?: number;
  readonly workers?: number;
  readonly lanes?: number;
  /** So many workflows, also after the faults; as many as there is time for unless given. */
  readonly runs?: number;
  /** The server of the setting `postgres`. */
  readonly server?: PostgresServer;
  /** Every worker kills itself there, in place of where the seed says. */
  readonly killPoint?: string;
  /** Told how far it is. */
  readonly progress?: (text: string) => void;
}

export interface TortureReport extends Verdict {
  readonly setting: Setting;
  readonly seed: string;
  readonly seconds: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly killPoints: Readonly<Record<string, number>>;
  readonly workersStarted: number;
  /** Where the files of a run with findings are. */
  readonly folder?: string;
}

const LEASE_MS = 2_000;
/** Between two faults. */
const PAUSE_MS = [100, 700] as const;
/** After the faults, everything has this long to end. */
const DEADLINE_MS = 240_000;
const LOOK_EVERY_MS = 250;

export async function torture(options: TortureOptions): Promise<TortureReport> {
  const folder = mkdtempSync(join(tmpdir(), `dacapo-torture-${options.setting}-`));
  const run = new TortureRun(options, folder);
  try {
    const report = await run.report();
    if (report.findings.length > 0) return { ...report, folder };
    rmSync(folder, { recursive: true });
    return report;
  } finally {
    run.kill();
  }
}

class TortureRun {
  readonly #options: TortureOptions;
  readonly #folder: string;
  readonly #target: Target;
  readonly #findings: string[] = [];
  readonly #faults: Record<string, number> = {};
  readonly #begin = process.hrtime.bigint();
  #ledger: ChildProcess | undefined;
  #client: ChildProcess | undefined;
  #workers: Workers | undefined;
  #isOver = false;

  constructor(options: TortureOptions, folder: string) {
    this.#options = options;
    this.#folder = folder;
    mkdirSync(join(folder, "hub"));
    this.#target =
      options.server === undefined
        ? { kind: "sqlite", file: join(folder, "hub", "hub.db") }
        : { kind: "postgres", url: options.server.url, schema: `torture_${process.pid}_${++schemas}` };
  }

  async report(): Promise<TortureReport> {
    const { setting, seed } = this.#options;
    await this.#start();
    await this.#makeFaults();
    await this.#untilAllEnded();
    await this.#workers?.stop();
    const verdict = await this.#judged();
    return {
      ...verdict,
      setting,
      seed,
      seconds: Math.round(this.#elapsedMs() / 1_000),
      faults: this.#faults,
      killPoints: Object.fromEntries(this.#workers?.killPoints ?? []),
      workersStarted: this.#workers?.started ?? 0,
      findings: [...this.#findings, ...verdict.findings],
    };
  }

  /** Ends what still runs, whatever happened. */
  kill(): void {
    this.#isOver = true;
    this.#client?.kill("SIGKILL");
    this.#ledger?.kill("SIGKILL");
    void this.#workers?.stop();
  }

  async #start(): Promise<void> {
    const { seed, workers = 3, lanes = 64, runs = 1_000_000, killPoint } = this.#options;
    const folder = this.#folder;
    this.#ledger = startProcess(folder, "ledger", "ledger-process.ts", join(folder, "ledger.jsonl"));
    const { port } = (await message(this.#ledger)) as { port: number };
    this.#ledger.on("exit", (code, signal) => {
      if (!this.#isOver)
        this.#findings.push(`The ledger ended with ${String(code ?? signal)}: see ${folder}/ledger.log`);
    });
    const task: ClientTask = { target: this.#target, file: join(folder, "client.jsonl"), seed, lanes, runs };
    this.#client = startProcess(folder, "client", "client-process.ts", JSON.stringify(task));
    await message(this.#client);
    this.#client.on("exit", (code, signal) => {
      if (code !== 0) this.#findings.push(`The client ended with ${String(code ?? signal)}: see ${folder}/client.log`);
    });
    this.#workers = new Workers({
      folder,
      seed,
      count: workers,
      task: { target: this.#target, ledgerPort: port, leaseMs: LEASE_MS },
      finding: (text) => this.#findings.push(text),
      ...(killPoint === undefined ? undefined : { killPoint }),
    });
  }

  async #makeFaults(): Promise<void> {
    const { seed, setting, server, faultsForMs, faultsMax = Infinity, workers = 3, progress } = this.#options;
    const random = new Random(seed, "faults");
    const mayRestart = server?.restart !== undefined;
    const isOver = (): boolean => this.#elapsedMs() > faultsForMs || this.#client?.exitCode !== null;
    for (let made = 0; made < faultsMax && !isOver(); made++) {
      await sleep(random.integer(...PAUSE_MS));
      const fault = nextFault(random, { setting, workers, leaseMs: LEASE_MS, mayRestart });
      this.#faults[fault.kind] = (this.#faults[fault.kind] ?? 0) + 1;
      progress?.(`${setting}: fault ${made + 1}, ${JSON.stringify(fault)}`);
      await this.#make(fault, random);
    }
    this.#workers?.endFaults();
    if (this.#options.runs === undefined && this.#client?.connected === true) this.#client.send("stop");
  }

  async #make(fault: Fault, random: Random): Promise<void> {
    switch (fault.kind) {
      case "kill":
        this.#workers?.signal(fault.worker, "SIGKILL");
        return;
      case "suspend":
        this.#workers?.signal(fault.worker, "SIGSTOP");
        await sleep(fault.forMs);
        this.#workers?.signal(fault.worker, "SIGCONT");
        return;
      case "cut":
        if (this.#options.server !== undefined) await cutConnections(this.#options.server.url, fault.percent, random);
        return;
      case "restart":
        await this.#options.server?.restart?.(fault.how);
        return;
      case "disk":
        this.#setDisk(fault.state);
        await sleep(fault.forMs);
        this.#setDisk("good");
    }
  }

  #setDisk(state: "full" | "read-only" | "good"): void {
    this.#workers?.setDisk(state);
    if (this.#client?.connected === true) this.#client.send(state);
  }

  /** Waits until the client is done and nothing is left to do, or the deadline is over. */
  async #untilAllEnded(): Promise<void> {
    const { progress, setting } = this.#options;
    const deadline = this.#elapsedMs() + DEADLINE_MS;
    let left = "nobody knows what";
    while (this.#elapsedMs() < deadline && this.#ledger?.exitCode === null) {
      const found = await this.#reading(leftIn).catch((error: unknown) => {
        if (error instanceof StorageError) return `a store that says: ${error.message}`;
        throw error;
      });
      if (found === undefined && this.#client?.exitCode !== null) return;
      left = found ?? "the client";
      progress?.(`${setting}: waits for ${left}`);
      await sleep(LOOK_EVERY_MS);
    }
    this.#findings.push(`stuck: when the time was over there was left: ${left}`);
  }

  #judged(): Promise<Verdict> {
    const file = (name: string): string => join(this.#folder, name);
    return this.#reading((hub) => judge(hub, file("client.jsonl"), file("ledger.jsonl")));
  }

  /** Looks at the hub as any reader does. */
  async #reading<T>(read: (hub: TaskHub) => Promise<T>): Promise<T> {
    const { backend, end } = await connect(this.#target);
    try {
      const hub = await TaskHub.open({ backend });
      try {
        return await read(hub);
      } finally {
        await hub.stop();
      }
    } finally {
      await end();
    }
  }

  #elapsedMs(): number {
    return Number(process.hrtime.bigint() - this.#begin) / 1e6;
  }
}

let schemas = 0;

/** The first message of a process. */
function message(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.once("message", resolve);
    child.once("exit", (code, signal) => {
      reject(new Error(`A process ended before it began, with ${String(code ?? signal)}.`));
    });
  });
}

/** What has not ended, in words; undefined when everything has. */
async function leftIn(hub: TaskHub): Promise<string | undefined> {
  const open: string[] = [];
  for await (const { instanceId } of hub.client.getAllInstances({ statuses: ["Pending", "Running", "Suspended"] })) {
    open.push(instanceId);
  }
  const { pending } = await hub.runUntilIdle({ maxTurns: 0 });
  if (open.length === 0 && pending === 0) return undefined;
  return `${open.length} workflows (${open.slice(0, 5).join(", ")}), ${pending} messages and activities`;
}
