/**
 * A queue whose items carry their own links, so that the first, and any other, is taken out in O(1).
 *
 * Invariant: an item is in one list at most. A `Set` would keep the same order, but a set of which the first is taken
 * again and again passes over everything that was taken before. Used by queues and caches whose
 * members come and go with every work item.
 */

/** What an item must carry: its neighbours, undefined at the ends and while it is in no list. */
export interface Linked<T> {
  previous: T | undefined;
  next: T | undefined;
}

export class LinkedList<T extends Linked<T>> {
  #first: T | undefined;
  #last: T | undefined;

  get first(): T | undefined {
    return this.#first;
  }

  /** All items, first to last. */
  *items(): Generator<T, void, undefined> {
    for (let item = this.#first; item !== undefined; item = item.next) yield item;
  }

  /** Adds an item, which must be in no list, at the end. */
  add(item: T): void {
    item.previous = this.#last;
    if (this.#last === undefined) this.#first = item;
    else this.#last.next = item;
    this.#last = item;
  }

  /** Takes an item out. It must be in this list. */
  remove(item: T): void {
    if (item.previous === undefined) this.#first = item.next;
    else item.previous.next = item.next;
    if (item.next === undefined) this.#last = item.previous;
    else item.next.previous = item.previous;
    item.previous = undefined;
    item.next = undefined;
  }
}
