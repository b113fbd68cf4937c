/**
 * Payloads that were put aside, as rows of a table of their own.
 *
 * Invariant: what is put or deleted shares transactions with the hub's other calls. Made by the backend.
 */
import type { PayloadStore } from "../../ports/payload-store.ts";
import type { Call, SqliteStore } from "./sqlite-store.ts";

export interface PayloadSetup {
  /** Makes a call in a transaction that is durable when it resolves. */
  readonly make: <T>(call: (store: SqliteStore) => Call<T>) => Promise<T>;
  readonly read: <T>(read: (store: SqliteStore) => T) => Promise<T>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export function sqlitePayloads({ make, read, now }: PayloadSetup): PayloadStore {
  return {
    put: (key, text) => make((store) => (tables) => store.putPayload(tables, key, text)),
    get: async (keys) =>
      read(
        (store) =>
          new Map(
            keys.flatMap((key) => {
              const text = store.payload(key);
              return text === undefined ? [] : [[key, text] as const];
            }),
          ),
      ),
    list: async ({ after = "", limit }) => read((store) => store.listPayloads(after, limit, now())),
    delete: (keys) =>
      make((store) => (tables) => {
        for (const key of keys) store.deletePayload(tables, key);
      }),
  };
}
