/**
 * A payload store, whoever wrote it, as off-loading knows it.
 *
 * Invariant: whatever it throws is a `StorageError`, after which a call may be tried again.
 */
import { DacapoError, StorageError } from "../core/errors.ts";
import type { PayloadStore } from "../ports/payload-store.ts";

export function checkedStore(store: PayloadStore): PayloadStore {
  return {
    put: (key, text) => answered("keep a payload", () => store.put(key, text)),
    get: (keys) => answered("read payloads", () => store.get(keys)),
    list: (page) => answered("list its payloads", () => store.list(page)),
    delete: (keys) => answered("delete payloads", () => store.delete(keys)),
  };
}

async function answered<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof DacapoError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new StorageError(`The payload store could not ${what}: ${message.replace(/\.$/u, "")}.`, {
      hint: "The hub itself is unchanged.",
      cause: error,
    });
  }
}
