/**
 * Ids and random numbers that replay gives again: computed from the instance, the execution and a counter.
 *
 * Sources: UUID version 5 is RFC 9562 section 5.5; the namespace is the one Durable Functions uses for
 * `newGuid`; the generator is mulberry32 (Tommy Ettinger, 2017), ample for draws in business code and not for
 * cryptography.
 */
import { sha1 } from "./sha1.ts";

/** Durable Functions' namespace for orchestrator GUIDs: 9e952958-5e33-4daf-827f-2fa12937b875. */
const NAMESPACE = [0x9e, 0x95, 0x29, 0x58, 0x5e, 0x33, 0x4d, 0xaf, 0x82, 0x7f, 0x2f, 0xa1, 0x29, 0x37, 0xb8, 0x75];

/** A UUID version 5 of `name`, in lower case. The same name gives the same id, on every machine. */
export function uuidV5(name: string): string {
  const [w0, w1, w2, w3] = sha1(name, NAMESPACE);
  const hex = [w0, (w1 & 0xffff0fff) | 0x5000, (w2 & 0x3fffffff) | 0x80000000, w3]
    .map((value) => (value >>> 0).toString(16).padStart(8, "0"))
    .join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** A stream of numbers in [0, 1) that is a function of `seed`. */
export function seededRandom(seed: string): () => number {
  let state = sha1(seed)[0] | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x100000000;
  };
}
