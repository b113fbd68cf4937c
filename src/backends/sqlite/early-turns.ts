/**
 * Turns that run before the answers which wake them are durable, so that an answer and the turn that consumes it are one
 * transaction.
 *
 * Invariant: such a turn is durable with its answer, or neither is. When their transaction fails, the lock is void: whatever
 * still comes under it is refused, and this handle never gives its number away again. Nobody else could come under it,
 * since this handle alone has seen it. Used by the backend and its transactions.
 */
import { LeaseLostError } from "../../core/errors.ts";
import type { Lock, TurnCommit } from "../../ports/backend.ts";

/** A turn that came while the transaction was open. */
export interface EarlyTurn {
  readonly commit: TurnCommit;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * So many microtasks the worker is given for its turns before the transaction goes on without them. Nothing else of the process
 * runs meanwhile: whoever else writes to the file, over a connection of its own, waits for the lock without letting go of the
 * process, and would wait in vain.
 */
const PATIENCE = 50;

export class EarlyTurns {
  /** The numbers of locks whose turns may come into the open transaction; numbers are given once in a hub. */
  readonly #awaited = new Set<number>();
  #arrived: EarlyTurn[] = [];
  readonly #void = new Set<number>();
  #lastVoid = 0;

  /** Waits for the turns of items that have just been handed out. */
  async gather(locks: readonly Lock[]): Promise<readonly EarlyTurn[]> {
    for (const { token } of locks) this.#awaited.add(token);
    for (let i = 0; i < PATIENCE && this.#awaited.size > 0; i++) await Promise.resolve();
    this.#awaited.clear();
    const arrived = this.#arrived;
    this.#arrived = [];
    return arrived;
  }

  /** Takes a turn into the open transaction, if it belongs there. */
  accept(commit: TurnCommit): Promise<void> | undefined {
    if (!this.#awaited.delete(commit.lock.token)) return undefined;
    return new Promise((resolve, reject) => {
      this.#arrived.push({ commit, resolve, reject });
    });
  }

  /** The transaction of these locks has failed, or nobody knows. */
  spoil(locks: readonly Lock[], turns: readonly EarlyTurn[]): void {
    for (const { token } of locks) {
      this.#void.add(token);
      this.#lastVoid = Math.max(this.#lastVoid, token);
    }
    for (const { commit, reject } of turns) reject(lost(commit.lock));
  }

  /** The greatest number that no lock may have any more; 0 for none. */
  get lastVoid(): number {
    return this.#lastVoid;
  }

  /** @throws LeaseLostError when the lock is void. */
  check(lock: Lock): void {
    if (this.isVoid(lock)) throw lost(lock);
  }

  isVoid({ token }: Lock): boolean {
    return this.#void.has(token);
  }
}

function lost({ key, token }: Lock): LeaseLostError {
  return new LeaseLostError(
    `The lock ${token} on the instance "${key}" is void: what it was given for is not durable.`,
    {
      hint: "The transaction that gave it failed. What it was about is done again, under another lock.",
    },
  );
}
