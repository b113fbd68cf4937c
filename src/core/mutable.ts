/**
 * For building data property by property: what is handed out afterwards is read-only again.
 */

/** `T` while it is being built. */
export type Mutable<T> = { -readonly [K in keyof T]: T[K] };
