/**
 * The messages of one instance: those that can be delivered, in the order in which they became deliverable, and
 * those that are hidden until a due time.
 *
 * Invariant: an entry is either visible or hidden; an id sent twice while it waits is one entry. Only the
 * simulator's `redeliver` adds a second entry with the same id (a copy), and no batch holds both.
 */
import type { InstanceMessage } from "../../core/messages.ts";
import { DueHeap } from "./due-heap.ts";
import type { HeapItem } from "./due-heap.ts";

/** One message in a control queue. */
export interface QueueEntry {
  readonly message: InstanceMessage;
  /** Grows with every entry of the store. */
  readonly sequence: number;
  /** The life of the instance id that the message belongs to. */
  readonly incarnation: string;
  /** Not handed out before this time of the hub, in milliseconds since the epoch. */
  readonly visibleAt: number;
}

interface Entry extends QueueEntry, HeapItem {
  visibleAt: number;
  /** The message's id; a copy has its sequence number instead, which no id equals. */
  readonly key: string | number;
}

interface Hidden {
  readonly byKey: Map<string | number, Entry>;
  readonly heap: DueHeap<Entry>;
}

export class ControlQueue {
  // Made when first needed: ended instances hold no message, most others hide none and set no timer.
  #visible: Map<string | number, Entry> | undefined;
  #hidden: Hidden | undefined;
  #timers: Set<Entry> | undefined;
  #mayHoldCopies = false;

  get size(): number {
    return (this.#visible?.size ?? 0) + (this.#hidden?.byKey.size ?? 0);
  }

  /** When the next message can be handed out: `-Infinity` for at once, undefined for never. */
  get nextVisibleAt(): number | undefined {
    return (this.#visible?.size ?? 0) > 0 ? -Infinity : this.#hidden?.heap.first?.visibleAt;
  }

  /** True when a message with this id waits here. */
  has(messageId: string): boolean {
    return this.#find(messageId) !== undefined;
  }

  /** Adds a message. `isCopy` lets it stand beside one with the same id. */
  add(added: QueueEntry, now: number, isCopy = false): void {
    this.#surface(now);
    this.#mayHoldCopies ||= isCopy;
    const entry: Entry = {
      message: added.message,
      sequence: added.sequence,
      incarnation: added.incarnation,
      visibleAt: added.visibleAt,
      heapIndex: -1,
      key: isCopy ? added.sequence : added.message.messageId,
    };
    if (entry.message.body.type === "TimerFired") (this.#timers ??= new Set()).add(entry);
    if (entry.visibleAt <= now) this.#show(entry);
    else this.#hide(entry);
  }

  /** Hides the message with this id until `visibleAt`. Returns false when it is not here. */
  delay(messageId: string, visibleAt: number): boolean {
    const entry = this.#find(messageId);
    if (entry === undefined) return false;
    this.#takeOut(entry);
    entry.visibleAt = visibleAt;
    if (entry.message.body.type === "TimerFired") this.#timers?.add(entry);
    this.#hide(entry);
    return true;
  }

  /** The oldest visible entries, at most `max`, no id twice. */
  batch(max: number, now: number): readonly QueueEntry[] {
    this.#surface(now);
    const batch: Entry[] = [];
    const ids = this.#mayHoldCopies ? new Set<string>() : undefined;
    for (const entry of this.#visible?.values() ?? []) {
      if (batch.length === max) break;
      if (ids?.has(entry.message.messageId) === true) continue;
      ids?.add(entry.message.messageId);
      batch.push(entry);
    }
    return batch;
  }

  /** Removes an entry that `batch` gave out, if it is still here. */
  remove(entry: QueueEntry): void {
    const mine = entry as Entry;
    if (this.#visible?.get(mine.key) === mine || this.#hidden?.byKey.get(mine.key) === mine) this.#takeOut(mine);
  }

  /** Removes the message with this id, if it waits here. */
  cancel(messageId: string): void {
    const entry = this.#find(messageId);
    if (entry !== undefined) this.#takeOut(entry);
  }

  /** Removes the timers of one execution. */
  cancelTimersOf(executionId: string): void {
    for (const entry of this.#timers ?? []) {
      if (entry.message.executionId === executionId) this.#takeOut(entry);
    }
  }

  /** Removes everything; returns how many of the messages were no timers. */
  clear(): number {
    const lost = this.size - (this.#timers?.size ?? 0);
    this.#visible = undefined;
    this.#hidden = undefined;
    this.#timers = undefined;
    return lost;
  }

  /** Everything that waits here, in the order in which it was sent. */
  entries(): readonly QueueEntry[] {
    return [...(this.#visible?.values() ?? []), ...(this.#hidden?.byKey.values() ?? [])].sort(
      (a, b) => a.sequence - b.sequence,
    );
  }

  #find(messageId: string): Entry | undefined {
    return this.#visible?.get(messageId) ?? this.#hidden?.byKey.get(messageId);
  }

  #show(entry: Entry): void {
    (this.#visible ??= new Map()).set(entry.key, entry);
  }

  #hide(entry: Entry): void {
    this.#hidden ??= { byKey: new Map(), heap: new DueHeap(isDueBefore) };
    this.#hidden.byKey.set(entry.key, entry);
    this.#hidden.heap.add(entry);
  }

  #takeOut(entry: Entry): void {
    this.#timers?.delete(entry);
    if (entry.heapIndex === -1) {
      this.#visible?.delete(entry.key);
    } else {
      this.#hidden?.heap.remove(entry);
      this.#hidden?.byKey.delete(entry.key);
    }
  }

  /** Moves what is due by now to the visible messages, in the order of the due times. */
  #surface(now: number): void {
    if (this.#hidden === undefined) return;
    const { heap, byKey } = this.#hidden;
    for (let entry = heap.first; entry !== undefined && entry.visibleAt <= now; entry = heap.first) {
      heap.remove(entry);
      byKey.delete(entry.key);
      this.#show(entry);
    }
  }
}

function isDueBefore(a: Entry, b: Entry): boolean {
  return a.visibleAt === b.visibleAt ? a.sequence < b.sequence : a.visibleAt < b.visibleAt;
}
