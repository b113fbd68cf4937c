/**
 * Instance ids in a form whose order by bytes is that of UTF-16 code units, in which pages of instances are listed.
 *
 * Invariant: one to one, and the start of an id becomes the start of its form. All but a few ids are their own form: UTF-8
 * sorts the characters from U+E000 to U+FFFF before those beyond, and UTF-16 after them, so those get a mark in front.
 */
import { InvalidArgumentError } from "../../core/errors.ts";

const LONE_SURROGATE = /\p{Surrogate}/u;
const MARK = "\u{10FFFF}";
const MARKED = /[\uE000-\uFFFF]|\u{10FFFF}/gu;
const MARKS = /\u{10FFFF}([\uE000-\uFFFF!])/gu;

/** @throws InvalidArgumentError when the id has half of a pair of surrogates, which no database keeps. */
export function storedId(id: string): string {
  if (!/[\uD800-\uFFFF]/.test(id)) return id;
  if (LONE_SURROGATE.test(id)) {
    throw new InvalidArgumentError(`The instance id ${JSON.stringify(id)} has half of a surrogate pair.`, {
      hint: "Cut texts between characters, not between UTF-16 code units.",
    });
  }
  return id.replace(MARKED, (found) => MARK + (found === MARK ? "!" : found));
}

export function originalId(stored: string): string {
  if (!stored.includes(MARK)) return stored;
  return stored.replace(MARKS, (_whole, found: string) => (found === "!" ? MARK : found));
}

/** The first form after those of all ids that begin with a prefix. */
export function endOfPrefix(prefix: string): string {
  return storedId(prefix) + MARK + MARK;
}
