/**
 * Calls that share a transaction: whatever is asked for until the database has its turn is committed together.
 *
 * Invariant: calls take effect in the order in which they were made; each resolves only once its transaction is durable,
 * and a transaction that fails fails all of its calls with a `StorageError` (contract G7).
 */
import { DacapoError, StorageError } from "../../core/errors.ts";
import type { Call, SqliteStore } from "./sqlite-store.ts";
import type { Seen, SqliteTables } from "./sqlite-tables.ts";

interface Waiting {
  readonly call: Call<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** At most this many calls share a transaction, so that none waits long for the others. */
const CALLS_MAX = 256;

export interface GroupCommitOptions {
  readonly store: SqliteStore;
  readonly now: () => number;
  /** Resolves when others have had the chance to make their calls. */
  readonly turn: () => Promise<void>;
  /** Called after each transaction, with the instances that it looked at. */
  readonly committed: (seen: Iterable<Seen>) => void;
}

export class GroupCommit {
  readonly #options: GroupCommitOptions;
  #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  /** Makes a call in the next transaction. @throws StorageError, or what refuses the call. */
  make<T>(call: Call<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ call, resolve: resolve as (value: unknown) => void, reject });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when every call that was made has its answer. */
  async drain(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#options.turn();
      const group = this.#waiting.slice(0, CALLS_MAX);
      this.#waiting = this.#waiting.slice(CALLS_MAX);
      this.#commit(group);
    }
    this.#running = undefined;
  }

  #commit(group: readonly Waiting[]): void {
    const { store, now, committed } = this.#options;
    let used: SqliteTables | undefined;
    const calls = group.map(({ call }) => (tables: SqliteTables) => {
      used = tables;
      return call(tables);
    });
    try {
      const outcomes = store.transact(calls, now());
      for (const [i, outcome] of outcomes.entries()) {
        if (outcome.ok) group[i]?.resolve(outcome.value);
        else group[i]?.reject(outcome.error);
      }
    } catch (error) {
      const failure = storageError(error);
      for (const { reject } of group) reject(failure);
    }
    committed(used?.seen() ?? []);
  }
}

/** What a driver throws, in the contract's words. */
export function storageError(error: unknown): DacapoError {
  if (error instanceof DacapoError) return error;
  const { message } = error instanceof Error ? error : new Error(String(error));
  return new StorageError(`SQLite gave up: ${message}.`, {
    hint: "Look at the disk (full? read-only?) and at other programs that hold the file.",
    cause: error,
  });
}
