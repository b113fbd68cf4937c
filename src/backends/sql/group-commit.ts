/**
 * Calls that share a transaction: whatever is asked for until the database has its turn is committed together.
 *
 * Invariant: calls that share a place take effect in the order in which they were made; each settles only once its transaction is
 * durable or has failed, and a transaction that fails fails all of its calls with a `StorageError` (contract G7).
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

/** So many calls have to wait before a second transaction is made beside the first: fewer are better off in the next one. */
const CALLS_BESIDE = 24;

export interface GroupCommitOptions<Call> {
  /** Makes all calls in one transaction; a call that is refused is refused alone. */
  readonly transact: (calls: readonly Call[]) => readonly Outcome[] | Promise<readonly Outcome[]>;
  /** Resolves when others have had the chance to make their calls. @param waiting tells how many have */
  readonly turn: (waiting: () => number) => Promise<void>;
  /** Says in the contract's words what the database threw. */
  readonly toError: (error: unknown) => DacapoError;
  /**
   * Where two transactions can be under way at a time: names what a call is about. None of a call's places is in two transactions at
   * a time, so that they do not wait for each other. Without it, there is one at a time.
   */
  readonly placesOf?: (call: Call) => readonly string[];
}

export class GroupCommit<Call> {
  readonly #options: GroupCommitOptions<Call>;
  readonly #runs = new Set<Promise<void>>();
  /** How many transactions are under way, or about to be. */
  #running = 0;
  #waiting: Waiting<Call>[] = [];
  /** The places of calls that are under way. */
  readonly #inUse = new Set<string>();
  /** True when those who wait have to wait until a transaction ends. */
  #isBlocked = false;

  constructor(options: GroupCommitOptions<Call>) {
    this.#options = options;
  }

  /** Makes a call in the next transaction. @throws StorageError, or what refuses the call. */
  make(call: Call): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ call, resolve, reject });
      if (this.#running === 0 || this.#isForTwo()) this.#start();
    });
  }

  /** Resolves when every call that was made has its answer. */
  async drain(): Promise<void> {
    while (this.#runs.size > 0) await Promise.all(this.#runs);
  }

  #isForTwo(): boolean {
    if (this.#options.placesOf === undefined || this.#isBlocked) return false;
    return this.#running === 1 && this.#waiting.length >= CALLS_BESIDE;
  }

  #start(): void {
    this.#running++;
    const run = this.#run().finally(() => this.#runs.delete(run));
    this.#runs.add(run);
  }

  async #run(): Promise<void> {
    for (let isWanted = true; isWanted; isWanted = this.#waiting.length > 0) {
      await this.#options.turn(() => this.#waiting.length);
      const group = this.#take();
      // Those who are left have to wait for the other transaction, which then takes them along.
      this.#isBlocked = group.length === 0;
      if (this.#isBlocked) break;
      const places = new Set(group.flatMap(({ call }) => this.#placesOf(call)));
      for (const place of places) this.#inUse.add(place);
      await this.#commit(group);
      for (const place of places) this.#inUse.delete(place);
      this.#isBlocked = false;
    }
    // In the same breath as the last look at who waits, so that nobody is left behind.
    this.#running--;
  }

  #placesOf(call: Call): readonly string[] {
    return this.#options.placesOf?.(call) ?? [];
  }

  /** The calls of the next transaction. */
  #take(): readonly Waiting<Call>[] {
    if (this.#inUse.size === 0) {
      const group = this.#waiting.slice(0, CALLS_MAX);
      this.#waiting = this.#waiting.slice(CALLS_MAX);
      return group;
    }
    const blocked = new Set(this.#inUse);
    const group: Waiting<Call>[] = [];
    const left: Waiting<Call>[] = [];
    for (const waiting of this.#waiting) {
      const places = this.#placesOf(waiting.call);
      if (group.length < CALLS_MAX && !places.some((place) => blocked.has(place))) {
        group.push(waiting);
        continue;
      }
      left.push(waiting);
      // Who comes later about the same does not overtake.
      for (const place of places) blocked.add(place);
    }
    this.#waiting = left;
    return group;
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
