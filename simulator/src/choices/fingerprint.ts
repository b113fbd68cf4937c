/**
 * A short, stable fingerprint of a text: 32-bit FNV-1a over its UTF-16 code units.
 *
 * Invariant: the same text has the same fingerprint on every machine and Node version. It tells texts apart by
 * accident, not against malice. Used by the token (labels, configuration) and by the step log.
 */

const OFFSET_BASIS = 0x811c9dc5;
const PRIME = 0x01000193;
/** A code unit of one byte has a zero for its second, which multiplies by the prime once more. */
const PRIME_SQUARED = Math.imul(PRIME, PRIME);

/** The fingerprint of `text`, continuing from `seed`: an unsigned 32-bit integer. */
export function fingerprint(text: string, seed: number = OFFSET_BASIS): number {
  let hash = seed;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit <= 0xff) hash = Math.imul(hash ^ unit, PRIME_SQUARED);
    else hash = Math.imul(Math.imul(hash ^ (unit & 0xff), PRIME) ^ (unit >>> 8), PRIME);
  }
  return hash >>> 0;
}
