/**
 * Transactions of many calls on SQLite, with the turns that come of what they hand out, and with what waiting workers have
 * ordered.
 *
 * Invariant: a transaction takes effect whole or not at all; within one, each call is refused alone or done whole. While one
 * is open, nobody reads over its connection. Used by the backend, one transaction at a time.
 */
import type { ActivityWorkItem, Lock, OrchestrationWorkItem } from "../../ports/backend.ts";
import type { Outcome } from "../sql/group-commit.ts";
import { completeTurn } from "../sql/turns.ts";
import type { Seen } from "../waiting/neighbours.ts";
import type { EarlyTurn, EarlyTurns } from "../sql/early-turns.ts";
import { HalfDoneError, type Call, type SqliteStore } from "./sqlite-store.ts";
import type { SqliteTables } from "./sqlite-tables.ts";

export type Items = readonly (OrchestrationWorkItem | ActivityWorkItem)[];

/** One call, and its place among others. */
export interface PlacedCall {
  readonly run: Call<unknown>;
  /** Set on what looks for work: it comes when all others have made some. */
  readonly isLast?: boolean;
  /** Hands out instances whose turns may come while the transaction is open. */
  readonly handOut?: (tables: SqliteTables) => readonly Lock[];
}

/** What a waiting worker has ordered; it comes last of all. */
export interface OrderedCall extends PlacedCall {
  readonly run: Call<Items>;
  /** Called with what was found, once that is durable. */
  readonly done: (items: Items) => void;
}

export interface TransactionsOptions {
  readonly store: SqliteStore;
  readonly early: EarlyTurns;
  readonly now: () => number;
  readonly orders: () => readonly OrderedCall[];
  /** Called after each commit, and when what was read of an open transaction has not become true. */
  readonly changed: (seen: Iterable<Seen>) => void;
}

export class Transactions {
  readonly #options: TransactionsOptions;
  #open: Promise<void> | undefined;

  constructor(options: TransactionsOptions) {
    this.#options = options;
  }

  /** Resolves when the transaction that waits for turns has ended; undefined while none does. */
  get open(): Promise<void> | undefined {
    return this.#open;
  }

  /** Makes all calls in one transaction. @throws what the database throws. */
  async transact(calls: readonly PlacedCall[]): Promise<readonly Outcome[]> {
    const { store, now, changed } = this.#options;
    try {
      return await this.#attempt(calls);
    } catch (error) {
      if (!(error instanceof HalfDoneError)) throw error;
      return calls.flatMap(({ run }) => store.transact([run], now(), changed));
    }
  }

  async #attempt(calls: readonly PlacedCall[]): Promise<readonly Outcome[]> {
    const { store, early, now, changed } = this.#options;
    const tables = store.begin(now(), early.greatestVoid);
    let locks: readonly Lock[] = [];
    let turns: readonly EarlyTurn[] = [];
    let close = (): void => undefined;
    try {
      const outcomes = calls.map(({ run, isLast }) => (isLast === true ? undefined : store.attempt(run, tables)));
      const orders = this.#options.orders();
      locks = [...calls, ...orders].flatMap(({ handOut }) => handOut?.(tables) ?? []);
      if (locks.length > 0) {
        this.#open = new Promise((resolve) => (close = resolve));
        turns = await early.gather(locks);
      }
      const ends = turns.map(({ commit }) => store.attempt((it) => it.run(completeTurn(it, commit)), tables));
      const made = calls.map(({ run }, i) => outcomes[i] ?? store.attempt(run, tables));
      const found = orders.map(({ run }) => run(tables));
      store.commit(tables);
      for (const [i, { done }] of orders.entries()) done(found[i] ?? []);
      changed(tables.seen());
      for (const [i, turn] of turns.entries()) tell(turn, ends[i]);
      return made;
    } catch (error) {
      store.rollBack();
      early.spoil(locks, turns);
      if (locks.length > 0) changed([]);
      throw error;
    } finally {
      this.#open = undefined;
      close();
    }
  }
}

function tell({ resolve, reject }: EarlyTurn, outcome: Outcome | undefined): void {
  if (outcome?.ok === false) reject(outcome.error);
  else resolve();
}
