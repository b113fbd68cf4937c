/**
 * Messages that a transaction has sent and not written yet, for instances that no other message waits for.
 *
 * Invariant: an instance that has a queue here has no message in the database, so that what waits for it is known without
 * looking there. Used by the tables.
 */
import type { InstanceMessage } from "../../core/messages.ts";
import type { InstanceRow } from "../sql/rows.ts";

export interface QueuedMessage {
  readonly message: InstanceMessage;
  readonly visibleAt: number;
}

/** By message id, in the order in which they were sent. */
type Queue = Map<string, QueuedMessage>;

export class MessageQueues {
  readonly #queues = new Map<InstanceRow, Queue>();

  /** Takes a message, unless one with its id is here. Says whether it belongs here. */
  add(row: InstanceRow, message: InstanceMessage, visibleAt: number): boolean {
    let queue = this.#queues.get(row);
    if (queue === undefined) {
      if (row.messagesAt !== Infinity) return false;
      queue = new Map();
      this.#queues.set(row, queue);
    }
    if (!queue.has(message.messageId)) queue.set(message.messageId, { message, visibleAt });
    return true;
  }

  /** True when all that waits for an instance is here. */
  has(row: InstanceRow): boolean {
    return this.#queues.has(row);
  }

  /** How many messages of an instance are here. */
  size(row: InstanceRow): number {
    return this.#queues.get(row)?.size ?? 0;
  }

  remove(row: InstanceRow, messageId: string): void {
    this.#queues.get(row)?.delete(messageId);
  }

  removeTimers(row: InstanceRow, executionId: string): void {
    const queue = this.#queues.get(row);
    for (const { message } of queue?.values() ?? []) {
      if (message.executionId === executionId && message.body.type === "TimerFired") queue?.delete(message.messageId);
    }
  }

  removeAll(row: InstanceRow): void {
    this.#queues.get(row)?.clear();
  }

  /** The instance goes, or the database has what is here. */
  forget(row: InstanceRow): void {
    this.#queues.delete(row);
  }

  /** The first messages that can be delivered. */
  visible(row: InstanceRow, now: number, limit: number): readonly InstanceMessage[] {
    const due = [...(this.#queues.get(row)?.values() ?? [])].filter(({ visibleAt }) => visibleAt <= now);
    due.sort((a, b) => a.visibleAt - b.visibleAt);
    return due.slice(0, limit).map(({ message }) => message);
  }

  /** When the next message can be delivered; `Infinity` when none waits. */
  nextAt(row: InstanceRow): number {
    let next = Infinity;
    for (const { visibleAt } of this.#queues.get(row)?.values() ?? []) next = Math.min(next, visibleAt);
    return next;
  }

  /** Hands over everything, to be written. */
  *take(): Generator<readonly [InstanceRow, QueuedMessage], void, undefined> {
    for (const [row, queue] of this.#queues) for (const queued of queue.values()) yield [row, queued];
    this.#queues.clear();
  }
}
