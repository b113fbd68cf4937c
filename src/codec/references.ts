/**
 * What stands in a row for a payload that is kept elsewhere.
 *
 * Invariant: a text of the user's is never taken for a reference: one that begins as a reference does, or as a text that was
 * marked for that reason, is marked. Pure.
 */
const REFERENCE = "dacapo-payload:";
const TEXT = "dacapo-text:";

/** The reference to the payload under a key. */
export function referenceTo(key: string): string {
  return REFERENCE + key;
}

/** The key that a stored text refers to; `undefined` for one that is a text itself. */
export function keyIn(stored: string): string | undefined {
  return stored.startsWith(REFERENCE) ? stored.slice(REFERENCE.length) : undefined;
}

/** What is stored for a text that stays in its row. */
export function inlined(text: string): string {
  return text.startsWith(REFERENCE) || text.startsWith(TEXT) ? TEXT + text : text;
}

/** The text that was stored so. */
export function fromInlined(stored: string): string {
  return stored.startsWith(TEXT) ? stored.slice(TEXT.length) : stored;
}
