/**
 * Lists that are read page by page, with durabletask-js's names.
 *
 * Invariant: a page never changes. Made by the client.
 */

/** One page of a list: go through it as it is, or through its `values`. */
export class Page<T> implements Iterable<T> {
  readonly values: readonly T[];
  /** Names the place after this page: pass it on to read from there. `undefined` with the last page. */
  readonly continuationToken: string | undefined;

  constructor(values: readonly T[], continuationToken?: string) {
    this.values = values;
    this.continuationToken = continuationToken;
  }

  get hasMoreResults(): boolean {
    return this.continuationToken !== undefined;
  }

  get length(): number {
    return this.values.length;
  }

  [Symbol.iterator](): Iterator<T> {
    return this.values[Symbol.iterator]();
  }

  map<U>(toAnother: (value: T, index: number) => U): U[] {
    return this.values.map((value, index) => toAnother(value, index));
  }
}

/** A list: `for await (const one of list)`, or page by page. Each reading begins anew. */
export interface AsyncPageable<T> extends AsyncIterable<T> {
  /** The same, page by page. */
  asPages(): AsyncIterable<Page<T>>;
}

/** A list of which `pages` reads the pages. */
export function pageable<T>(pages: () => AsyncIterable<Page<T>>): AsyncPageable<T> {
  return {
    asPages: pages,
    async *[Symbol.asyncIterator]() {
      for await (const page of pages()) yield* page;
    },
  };
}
