/**
 * A terminal that remembers what was written to it, with a clock and a Ctrl-C that tests move by hand.
 */
import type { Terminal } from "../../src/cli/terminal.ts";

export class FakeTerminal implements Terminal {
  readonly isTTY: boolean;
  readonly hasColours: boolean;
  output = "";
  errors = "";
  nowMs = 0;
  width = 80;
  readonly stdout = { write: (text: string) => void (this.output += text) };
  readonly stderr = { write: (text: string) => void (this.errors += text) };
  readonly #interruptListeners = new Set<() => void>();

  constructor({ isTTY = false, hasColours = false } = {}) {
    this.isTTY = isTTY;
    this.hasColours = hasColours;
  }

  columns(): number {
    return this.width;
  }

  now(): number {
    return this.nowMs;
  }

  drawSeed(): number {
    return 4711;
  }

  onInterrupt(listener: () => void): () => void {
    this.#interruptListeners.add(listener);
    return () => this.#interruptListeners.delete(listener);
  }

  onStop(listener: () => void): () => void {
    return this.onInterrupt(listener);
  }

  /** How many wait for Ctrl-C. */
  get interruptListeners(): number {
    return this.#interruptListeners.size;
  }

  /** Presses Ctrl-C. */
  interrupt(): void {
    for (const listener of this.#interruptListeners) listener();
  }
}
