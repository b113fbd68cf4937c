/**
 * The messages of instances in one transaction.
 *
 * Invariant: of an instance that had no message waiting, all messages are known, and none of them is in the database before
 * the transaction ends: what is added and removed again is never written. Used by the tables alone.
 */
import type { InstanceRow } from "../sql/rows.ts";
import type { Values } from "./literals.ts";
import type { Writes } from "./writes.ts";

export class Queues {
  readonly #writes: Writes;
  readonly #known = new Map<InstanceRow, readonly Values[]>();
  /** The instances that messages are added to. */
  readonly #receivers = new Set<InstanceRow>();

  constructor(writes: Writes) {
    this.#writes = writes;
  }

  /** Notes that an instance has no message waiting. */
  isEmpty(row: InstanceRow): void {
    this.#known.set(row, []);
  }

  /** All messages of an instance; undefined where they are not known. */
  of(row: InstanceRow): readonly Values[] | undefined {
    return this.#known.get(row);
  }

  add(row: InstanceRow, message: Values): void {
    this.#writes.add("addMessages", message);
    this.#receivers.add(row);
    const queue = this.#known.get(row);
    if (queue?.every(({ message_id }) => message_id !== message["message_id"]) === true) {
      this.#known.set(row, [...queue, message]);
    }
  }

  /** Takes messages away as far as they are known. @returns whether all were */
  remove(row: InstanceRow, fits: (message: Values) => boolean): boolean {
    const queue = this.#known.get(row);
    if (queue !== undefined) {
      this.#known.set(
        row,
        queue.filter((message) => !fits(message)),
      );
    }
    if (this.#receivers.has(row)) {
      this.#writes.drop("addMessages", (message) => message["instance_key"] === row.key && fits(message));
    }
    return queue !== undefined;
  }

  /** When the next message can be delivered; undefined where not all are known. */
  nextAt(row: InstanceRow): number | undefined {
    return this.#known.get(row)?.reduce((next, { visible_at }) => Math.min(next, Number(visible_at)), Infinity);
  }

  /** The instance is removed. */
  forget(row: InstanceRow): void {
    this.#known.delete(row);
    this.#receivers.delete(row);
  }

  /** Everything is in the database now. */
  clear(): void {
    this.#known.clear();
    this.#receivers.clear();
  }
}
