/**
 * Payloads that a hub in memory has put aside: a map, and a payload store over it.
 *
 * Invariant: the time is the caller's, as in the rest of the store. One for each `MemoryStore`; a simulator has one of its own.
 */
import type { PayloadStore, StoredPayload } from "../../ports/payload-store.ts";

export class MemoryPayloads {
  readonly #payloads = new Map<string, { readonly text: string; readonly putAt: number }>();

  /** All keys, in order. */
  keys(): readonly string[] {
    return [...this.#payloads.keys()].sort();
  }

  put(key: string, text: string, now: number): void {
    this.#payloads.set(key, { text, putAt: now });
  }

  get(key: string): string | undefined {
    return this.#payloads.get(key)?.text;
  }

  list({ after = "", limit }: { readonly after?: string; readonly limit: number }, now: number): StoredPayload[] {
    const keys = this.keys().filter((key) => key > after);
    return keys.slice(0, limit).map((key) => ({ key, ageMs: now - (this.#payloads.get(key)?.putAt ?? now) }));
  }

  delete(keys: readonly string[]): void {
    for (const key of keys) this.#payloads.delete(key);
  }

  /** As a payload store on a clock. */
  on(clock: { readonly now: () => number }): PayloadStore {
    return {
      put: async (key, text) => this.put(key, text, clock.now()),
      get: async (keys) =>
        new Map(
          keys.flatMap((key) => {
            const text = this.get(key);
            return text === undefined ? [] : [[key, text] as const];
          }),
        ),
      list: async (page) => this.list(page, clock.now()),
      delete: async (keys) => this.delete(keys),
    };
  }
}
