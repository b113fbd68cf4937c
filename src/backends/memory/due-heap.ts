/**
 * A binary heap whose items know their own place in it, so that any item can be taken out, not just the first.
 *
 * Invariant: no item comes before its parent, and `items[i].heapIndex === i`. An item is in one heap at most.
 * Every operation takes O(log n), `first` O(1). Used by the memory store's queues alone.
 */
import { assert } from "../../core/assert.ts";

/** What an item must carry: its place, -1 while it is in no heap. */
export interface HeapItem {
  heapIndex: number;
}

export class DueHeap<T extends HeapItem> {
  readonly #items: T[] = [];
  readonly #isBefore: (a: T, b: T) => boolean;

  /** `isBefore` must be a strict total order over the items, and must not change for an item inside. */
  constructor(isBefore: (a: T, b: T) => boolean) {
    this.#isBefore = isBefore;
  }

  get size(): number {
    return this.#items.length;
  }

  get first(): T | undefined {
    return this.#items[0];
  }

  /** All items, in no particular order. */
  items(): readonly T[] {
    return this.#items;
  }

  add(item: T): void {
    assert(item.heapIndex === -1, "an item is in one heap at most");
    item.heapIndex = this.#items.length;
    this.#items.push(item);
    this.#rise(item);
  }

  /** Takes an item out. It must be in this heap. */
  remove(item: T): void {
    assert(this.#items[item.heapIndex] === item, "an item that is removed from a heap is in it");
    const hole = item.heapIndex;
    const last = this.#items.pop() as T;
    item.heapIndex = -1;
    if (last === item) return;
    this.#put(last, hole);
    this.#rise(last);
    this.#sink(last);
  }

  #put(item: T, index: number): void {
    this.#items[index] = item;
    item.heapIndex = index;
  }

  #rise(item: T): void {
    while (item.heapIndex > 0) {
      const index = item.heapIndex;
      const parent = this.#items[(index - 1) >> 1] as T;
      if (!this.#isBefore(item, parent)) return;
      this.#put(item, parent.heapIndex);
      this.#put(parent, index);
    }
  }

  #sink(item: T): void {
    for (;;) {
      const index = item.heapIndex;
      const left = this.#items[2 * index + 1];
      const right = this.#items[2 * index + 2];
      if (left === undefined) return;
      const child = right !== undefined && this.#isBefore(right, left) ? right : left;
      if (!this.#isBefore(child, item)) return;
      this.#put(item, child.heapIndex);
      this.#put(child, index);
    }
  }
}
