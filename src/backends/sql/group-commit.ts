/**
 * Calls that share a transaction: whatever is asked for until the database has its turn is committed together.
 *
 * Invariant: calls take effect in the order in which they were made; each settles only once its transaction is durable or
 * has failed, and a transaction that fails fails all of its calls with a `StorageError` (contract G7).
 */
import { DacapoError, StorageError } from "../../core/errors.ts";

/** What came of a call. */
export type Outcome = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: unknown };

interface Waiting<Call> {
  readonly call: Call;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** At most this many calls share a transaction, so that none waits long for the others. */
const CALLS_MAX = 256;

export interface GroupCommitOptions<Call> {
  /** Makes all calls in one transaction; a call that is refused is refused alone. */
  readonly transact: (calls: readonly Call[]) => readonly Outcome[] | Promise<readonly Outcome[]>;
  /** Resolves when others have had the chance to make their calls. */
  readonly turn: () => Promise<void>;
  /** Says in the contract's words what the database threw. */
  readonly toError: (error: unknown) => DacapoError;
}

export class GroupCommit<Call> {
  readonly #options: GroupCommitOptions<Call>;
  #waiting: Waiting<Call>[] = [];
  #running: Promise<void> | undefined;

  constructor(options: GroupCommitOptions<Call>) {
    this.#options = options;
  }

  /** Makes a call in the next transaction. @throws StorageError, or what refuses the call. */
  make(call: Call): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ call, resolve, reject });
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
      await this.#commit(group);
    }
    this.#running = undefined;
  }

  async #commit(group: readonly Waiting<Call>[]): Promise<void> {
    const { transact, toError } = this.#options;
    try {
      const outcomes = await transact(group.map(({ call }) => call));
      for (const [i, outcome] of outcomes.entries()) {
        if (outcome.ok) group[i]?.resolve(outcome.value);
        else group[i]?.reject(toError(outcome.error));
      }
    } catch (error) {
      const failure = toError(error);
      for (const { reject } of group) reject(failure);
    }
  }
}

/** A failure of the database, in the contract's words; an error of our own is what it is. */
export function storageError(database: string, error: unknown, hint: string): DacapoError {
  if (error instanceof DacapoError) return error;
  return new StorageError(`${database} gave up: ${reasonOf(error)}.`, { hint, cause: error });
}

/** What an error says. One of many attempts to connect, none of which was answered, says nothing itself. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.message !== "") return error.message;
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.map(reasonOf).join("; ");
  return "code" in error ? String(error.code) : error.name;
}
