/**
 * Turns that run before the answers which wake them are durable, so that an answer and the turn that consumes it are one
 * transaction.
 *
 * Invariant: such a turn is durable with its answer, or neither is. When their transaction fails, the lock is void: whatever
 * still comes under it is refused here, and this handle never gives its number to a lock on that instance again. Nobody else
 * could come under it, since it was handed out by this handle alone. Used by the SQL backends and their transactions.
 */
import { LeaseLostError } from "../../core/errors.ts";
import type { HistoryEvent } from "../../core/history.ts";
import type { Lock, TurnCommit } from "../../ports/backend.ts";

/** A turn that came while the transaction was open. */
export interface EarlyTurn {
  readonly commit: TurnCommit;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** A transaction that is open for turns: by the names of their locks, those that may come, and those that came. */
interface Window {
  readonly outstanding: Set<string>;
  readonly historyOf: HistoryOf;
  readonly arrived: EarlyTurn[];
}

/** A turn that needs nothing but the processor comes within so many microtasks. */
const MICROTASKS = 50;

/** For others, the transaction waits for so many rounds of the event loop, where it can. */
const ROUNDS = 3;

/** The history of an instance that was handed out early, where the transaction knows it. */
type HistoryOf = (lock: Lock) => readonly HistoryEvent[] | undefined;

export interface EarlyTurnsOptions {
  /**
   * Resolves after a round of the event loop. Absent where a transaction must not let go of the process: who waits for the
   * database without letting go of it would wait in vain.
   */
  readonly round?: (() => Promise<void>) | undefined;
  /** Says whether a turn can be carried out in a transaction that has not asked for what it sends and starts. */
  readonly takes: (commit: TurnCommit) => boolean;
}

export class EarlyTurns {
  readonly #options: EarlyTurnsOptions;
  /** The greatest void token of an instance. */
  readonly #void = new Map<string, number>();
  #greatestVoid = 0;
  /** The transactions that are open for turns. */
  readonly #windows = new Set<Window>();

  constructor(options: EarlyTurnsOptions) {
    this.#options = options;
  }

  /** The greatest number of a void lock, whatever it is on; 0 for none. */
  get greatestVoid(): number {
    return this.#greatestVoid;
  }

  /**
   * Waits for the turns of items that have just been handed out.
   *
   * @param historyOf answers workers that need a history for one of them meanwhile
   */
  async gather(locks: readonly Lock[], historyOf: HistoryOf = () => undefined): Promise<readonly EarlyTurn[]> {
    const window: Window = { outstanding: new Set(locks.map(nameOf)), historyOf, arrived: [] };
    this.#windows.add(window);
    for (let i = 0; i < MICROTASKS && window.outstanding.size > 0; i++) await Promise.resolve();
    const { round } = this.#options;
    if (round !== undefined) for (let i = 0; i < ROUNDS && window.outstanding.size > 0; i++) await round();
    this.#windows.delete(window);
    return window.arrived;
  }

  /** The history of an instance whose turn a transaction waits for, if it knows it. */
  historyOf(lock: Lock): readonly HistoryEvent[] | undefined {
    const window = [...this.#windows].find(({ outstanding }) => outstanding.has(nameOf(lock)));
    return window?.historyOf(lock);
  }

  /** Takes a turn into the open transaction, if it belongs there and needs nothing that has not been asked for. */
  accept(commit: TurnCommit): Promise<void> | undefined {
    const name = nameOf(commit.lock);
    const window = [...this.#windows].find(({ outstanding }) => outstanding.delete(name));
    if (window === undefined) return undefined;
    if (!this.#options.takes(commit)) return undefined;
    return new Promise((resolve, reject) => {
      window.arrived.push({ commit, resolve, reject });
    });
  }

  /** The transaction of these locks has failed, or nobody knows. */
  spoil(locks: readonly Lock[], turns: readonly EarlyTurn[]): void {
    for (const { key, token } of locks) {
      this.#void.set(key, Math.max(token, this.lastVoid(key)));
      this.#greatestVoid = Math.max(token, this.#greatestVoid);
    }
    for (const { commit, reject } of turns) reject(lost(commit.lock));
  }

  /** The greatest number that no lock on the instance may have any more; 0 for none. */
  lastVoid(instanceId: string): number {
    return this.#void.get(instanceId) ?? 0;
  }

  /** @throws LeaseLostError when the lock is void. */
  check(lock: Lock): void {
    if (this.isVoid(lock)) throw lost(lock);
  }

  isVoid({ key, token }: Lock): boolean {
    return token <= this.lastVoid(key);
  }
}

function nameOf({ key, token }: Lock): string {
  return `${token} ${key}`;
}

function lost({ key, token }: Lock): LeaseLostError {
  return new LeaseLostError(
    `The lock ${token} on the instance "${key}" is void: what it was given for may not be durable.`,
    {
      hint: "The transaction that gave it failed. What it was about is done again, under another lock.",
    },
  );
}
