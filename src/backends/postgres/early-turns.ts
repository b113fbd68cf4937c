/**
 * Turns that run before the answers which wake them are durable, so that an answer and the turn that consumes it are one
 * transaction.
 *
 * Invariant: such a turn is durable with its answer, or neither is. When their transaction fails, the lock is void: whatever
 * still comes under it is refused here, and this handle never gives its number to a lock on that instance again. Nobody else
 * could come under it, since it was handed out by this handle alone. Used by the backend and its transactions.
 */
import { LeaseLostError } from "../../core/errors.ts";
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
  readonly arrived: EarlyTurn[];
}

/** So often the worker is given time for its turns before the transaction goes on without them. */
const PATIENCE = 3;

export class EarlyTurns {
  readonly #turn: () => Promise<void>;
  /** The greatest void token of an instance. */
  readonly #void = new Map<string, number>();
  /** The transactions that are open for turns. */
  readonly #windows = new Set<Window>();

  /** @param turn resolves when others have had the chance to do something */
  constructor(turn: () => Promise<void>) {
    this.#turn = turn;
  }

  /** Waits for the turns of items that have just been handed out. */
  async gather(locks: readonly Lock[]): Promise<readonly EarlyTurn[]> {
    const window: Window = { outstanding: new Set(locks.map(nameOf)), arrived: [] };
    this.#windows.add(window);
    for (let i = 0; i < PATIENCE && window.outstanding.size > 0; i++) await this.#turn();
    this.#windows.delete(window);
    return window.arrived;
  }

  /** Takes a turn into the open transaction, if it belongs there and needs nothing that has not been asked for. */
  accept(commit: TurnCommit): Promise<void> | undefined {
    const name = nameOf(commit.lock);
    const window = [...this.#windows].find(({ outstanding }) => outstanding.delete(name));
    if (window === undefined) return undefined;
    const { starts, messages, rewinds = [] } = commit;
    if (starts.length + messages.length + rewinds.length > 0) return undefined;
    return new Promise((resolve, reject) => {
      window.arrived.push({ commit, resolve, reject });
    });
  }

  /** The transaction of these locks has failed, or nobody knows. */
  spoil(locks: readonly Lock[], turns: readonly EarlyTurn[]): void {
    for (const { key, token } of locks) this.#void.set(key, Math.max(token, this.lastVoid(key)));
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
