/**
 * A record of effects in the outside world, such as the charges that a payment provider has booked. It survives
 * every crash, and it is what properties look at.
 *
 * Invariant: entries are only ever added, each is a copy, and each operation of an activity or a client is a step
 * of the simulation, so that a crash can come before the effect and after it.
 */
import type { ActivityCall } from "./actor.ts";

/** The outside world's view of one kind of effect. */
export interface Ledger<T> {
  readonly name: string;
  /** Adds an entry. In an activity, a crash may come before or after it. */
  append(entry: T): Promise<void>;
  /**
   * Adds an entry unless one with this key was added before, as a service does that honours idempotency keys.
   * Resolves to false when it was.
   */
  appendOnce(idempotencyKey: string, entry: T): Promise<boolean>;
  /** All entries, oldest first. */
  entries(): readonly T[];
  /** How many entries there are of each key, in the order in which the keys were first seen. */
  countBy(key: (keyof T & string) | ((entry: T) => unknown)): readonly number[];
}

/** Who makes an effect: an actor, in the name of an activity's call where it is one. */
export interface Author {
  readonly actor: string;
  readonly by?: ActivityCall;
}

/** What a ledger needs of its simulation. */
export interface LedgerHost {
  /** Carries out `effect` as an operation of the function that runs, which it is told; at set-up, at once. */
  effect<T>(ledger: string, effect: (by: Author) => T): Promise<T>;
  /** Tells of an entry that was added, and how many there are now. */
  appended(by: Author, ledger: string, entry: unknown, size: number): void;
}

/** Makes the ledgers of one run. Called by the simulation's world alone. */
export function createLedger<T>(name: string, host: LedgerHost): Ledger<T> {
  const entries: T[] = [];
  const seenKeys = new Set<string>();
  const add = (by: Author, entry: T): void => {
    entries.push(entry);
    host.appended(by, name, entry, entries.length);
  };
  return {
    name,
    append: async (entry) => {
      const copy = structuredClone(entry);
      await host.effect(name, (by) => {
        add(by, copy);
      });
    },
    appendOnce: async (idempotencyKey, entry) => {
      const copy = structuredClone(entry);
      return host.effect(name, (by) => {
        if (seenKeys.has(idempotencyKey)) return false;
        seenKeys.add(idempotencyKey);
        add(by, copy);
        return true;
      });
    },
    entries: () => entries.slice(),
    countBy: (key) => countBy(entries, typeof key === "function" ? key : (entry) => entry[key]),
  };
}

function countBy<T>(entries: readonly T[], keyOf: (entry: T) => unknown): readonly number[] {
  const counts = new Map<unknown, number>();
  for (const entry of entries) {
    const key = keyOf(entry);
    // Keys that are objects count as equal when they say the same.
    const identity = typeof key === "object" && key !== null ? JSON.stringify(key) : key;
    counts.set(identity, (counts.get(identity) ?? 0) + 1);
  }
  return [...counts.values()];
}
