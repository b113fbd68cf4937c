/**
 * Where payloads are kept that are too large for their rows: a table beside the hub's, a bucket, a folder.
 *
 * What off-loading relies on: when a call resolves, its effect survives any crash (G1); a text that was put is read by
 * everybody from then on (G8), until it is deleted. A call that fails may have been done or not. Nobody writes a key that
 * another has written, so a store need not order writes of one key. No transaction spans this store and the hub's.
 */
export interface PayloadStore {
  /** Keeps a text under a key of at most 60 letters, digits and hyphens. What was there under this key is replaced. */
  put(key: string, text: string): Promise<void>;
  /** The texts under these keys, read together. A key that the store does not have is left out. */
  get(keys: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /**
   * The first keys, at most `limit`, of those that follow `after`, in an order of the store's own that does not change. An
   * empty page is the end. What is put or deleted meanwhile may be in it or not.
   */
  list(page: { readonly after?: string; readonly limit: number }): Promise<readonly StoredPayload[]>;
  /** Removes what is under these keys. One that is not there is no error. */
  delete(keys: readonly string[]): Promise<void>;
}

/** A key that is in use. */
export interface StoredPayload {
  readonly key: string;
  /** How long ago its text was put, by the clock of the store, in milliseconds. */
  readonly ageMs: number;
}
