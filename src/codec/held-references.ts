/**
 * Which payloads the work that this process holds refers to, so that a turn which passes one on refers to it once more
 * instead of putting it again.
 *
 * Invariant: a reference is given for the lock alone under which it was read. As long as that lock stands, the payload is in
 * use; and a commit under one that does not is refused.
 */
import type { Lock } from "../ports/backend.ts";
import type { Clock } from "../ports/clock.ts";

/** What is held for longer is forgotten, in milliseconds: a lock may be lost without a word. */
const HELD_MS = 5 * 60_000;

interface Held {
  readonly token: number;
  readonly since: number;
  /** References by the texts that they stand for. */
  readonly references: Map<string, string>;
}

export class HeldReferences {
  readonly #clock: Pick<Clock, "monotonic">;
  /** Oldest first. */
  readonly #held = new Map<string, Held>();

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  /** A text was read under this lock. */
  add({ key, token }: Lock, text: string, reference: string): void {
    let held = this.#held.get(key);
    if (held?.token !== token) {
      this.#dropOld();
      this.#held.delete(key);
      this.#held.set(key, (held = { token, since: this.#clock.monotonic(), references: new Map() }));
    }
    held.references.set(text, reference);
  }

  find({ key, token }: Lock, text: string): string | undefined {
    const held = this.#held.get(key);
    return held?.token === token ? held.references.get(text) : undefined;
  }

  /** The lock has ended. */
  forget({ key, token }: Lock): void {
    if (this.#held.get(key)?.token === token) this.#held.delete(key);
  }

  #dropOld(): void {
    const oldest = this.#clock.monotonic() - HELD_MS;
    for (const [key, { since }] of this.#held) {
      if (since >= oldest) return;
      this.#held.delete(key);
    }
  }
}
