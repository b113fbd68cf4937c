/**
 * Which units of work (instances, or activities) can be handed out, and when the others can.
 *
 * Invariant: a unit is in at most one place: among the ready, oldest first, or in the heap of those that are due
 * later. A unit with nothing to do is in neither. Work in progress goes before new work, so that what was begun
 * gets done and little is held at a time; but new work gets its share, so none waits for ever. Used by the memory
 * store alone.
 */
import { DueHeap } from "./due-heap.ts";
import type { HeapItem } from "./due-heap.ts";
import { LinkedList } from "../../core/linked-list.ts";
import type { Linked } from "../../core/linked-list.ts";

/** The part of a unit that its work queue keeps. */
export interface WorkUnit<T> extends HeapItem, Linked<T> {
  /** When it becomes ready; meaningful while it is in a heap. */
  readyAt: number;
  /** Its turn among those that are ready, or due at the same time. */
  order: number;
  place: "none" | "begun" | "new" | "due";
}

/** While both wait, one of this many taken units is new work. */
const NEW_WORK_SHARE = 8;

export class WorkQueue<T extends WorkUnit<T>> {
  readonly #begun = new LinkedList<T>();
  readonly #new = new LinkedList<T>();
  readonly #due = new DueHeap<T>((a, b) => (a.readyAt === b.readyAt ? a.order < b.order : a.readyAt < b.readyAt));
  readonly #isNew: (unit: T) => boolean;
  #order = 0;
  #taken = 0;

  /** `isNew` tells work that nobody has begun from work in progress. */
  constructor(isNew: (unit: T) => boolean) {
    this.#isNew = isNew;
  }

  /** Says when a unit is ready; undefined means never. A unit that was ready and still is keeps its turn. */
  schedule(unit: T, readyAt: number | undefined, now: number): void {
    this.#surface(now);
    const isReady = readyAt !== undefined && readyAt <= now;
    if (isReady && (unit.place === "begun" || unit.place === "new")) return;
    if (unit.place === "due" && unit.readyAt === readyAt) return;
    this.#withdraw(unit);
    if (readyAt === undefined) return;
    unit.readyAt = readyAt;
    this.#enter(unit, isReady);
  }

  hasReady(now: number): boolean {
    this.#surface(now);
    return this.#begun.first !== undefined || this.#new.first !== undefined;
  }

  /** When the next unit that is not ready yet will be. */
  nextDueAt(now: number): number | undefined {
    this.#surface(now);
    return this.#due.first?.readyAt;
  }

  /** The units that are ready, oldest first. Costs a sort: for policies that choose among them. */
  readyUnits(now: number): readonly T[] {
    this.#surface(now);
    return [...this.#begun.items(), ...this.#new.items()].sort((a, b) => a.order - b.order);
  }

  /** Takes out the ready unit whose turn it is. The caller schedules it again. */
  takeNext(now: number): T | undefined {
    this.#surface(now);
    this.#taken += 1;
    const isTurnOfNew = this.#taken % NEW_WORK_SHARE === 0;
    const unit = isTurnOfNew ? (this.#new.first ?? this.#begun.first) : (this.#begun.first ?? this.#new.first);
    if (unit !== undefined) this.#withdraw(unit);
    return unit;
  }

  #surface(now: number): void {
    for (let unit = this.#due.first; unit !== undefined && unit.readyAt <= now; unit = this.#due.first) {
      this.#withdraw(unit);
      this.#enter(unit, true);
    }
  }

  #enter(unit: T, isReady: boolean): void {
    unit.order = ++this.#order;
    if (!isReady) {
      unit.place = "due";
      this.#due.add(unit);
    } else if (this.#isNew(unit)) {
      unit.place = "new";
      this.#new.add(unit);
    } else {
      unit.place = "begun";
      this.#begun.add(unit);
    }
  }

  #withdraw(unit: T): void {
    if (unit.place === "due") this.#due.remove(unit);
    else if (unit.place === "new") this.#new.remove(unit);
    else if (unit.place === "begun") this.#begun.remove(unit);
    unit.place = "none";
  }
}
