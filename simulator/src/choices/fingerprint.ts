/**
 * A short, stable fingerprint of a text: 32-bit FNV-1a over its UTF-16 code units.
 *
 * Invariant: the same text has the same fingerprint on every machine and Node version. It tells texts apart by
 * accident, not against malice. Used by the token (labels, configuration) and by the step log.
 */

const OFFSET_BASIS = 0x811c9dc5;
const PRIME = 0x01000193;

/** The fingerprint of `text`, continuing from `seed`: an unsigned 32-bit integer. */
export function fingerprint(text: string, seed: number = OFFSET_BASIS): number {
  let hash = seed;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    hash = Math.imul(hash ^ (unit & 0xff), PRIME);
    hash = Math.imul(hash ^ (unit >>> 8), PRIME);
  }
  return hash >>> 0;
}
