/**
 * A worker process of `fixtures/sqlite-worker.ts`, driven by lines. Nothing here knows how long anything takes.
 */
import { spawn } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { root } from "../tooling/repository.ts";

const NODE = ["--conditions=@dacapo/source", "--import", "jiti/register", "test/backends/fixtures/sqlite-worker.ts"];

export class WorkerProcess {
  readonly #child: ChildProcessWithoutNullStreams;
  #output = "";
  #errors = "";
  #heard: () => void = () => undefined;

  constructor(file: string, ledger: string) {
    const { NODE_OPTIONS: _options, ...env } = process.env;
    this.#child = spawn(process.execPath, [...NODE, file, ledger], { cwd: root, env });
    this.#child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.#output += text;
      this.#heard();
    });
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => (this.#errors += text));
    this.#child.on("close", () => {
      this.#heard();
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Sends a line. */
  say(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }

  /** Resolves when the process has said a line. @throws Error when it ended before. */
  async hears(line: string): Promise<void> {
    while (!this.#output.split("\n").includes(line)) {
      if (this.#child.exitCode !== null) throw new Error(`the worker ended: ${this.#errors}`);
      await new Promise<void>((resolve) => (this.#heard = resolve));
    }
  }

  /** Opens the file and begins to work. */
  async start(): Promise<this> {
    this.say("open");
    await this.hears("open");
    this.say("start");
    return this;
  }

  async stop(): Promise<void> {
    this.say("stop");
    await this.hears("stopped");
  }

  /** Ends the process as a power cut does. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const closed = once(this.#child, "close");
    this.#child.kill("SIGKILL");
    await closed;
  }
}
