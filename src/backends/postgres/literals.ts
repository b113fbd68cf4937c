/**
 * Values as they stand in a statement's text.
 *
 * Invariant: whatever a value holds, its literal is one constant to PostgreSQL, however the server is set up. Used for what
 * several statements in one message need; everything else is sent as parameters.
 */

/** What a statement can be given. Lists and records come as JSON. */
export type Parameter = string | number | boolean | null;

/** With a dollar sign after it, it begins and ends a text that is taken as it is. */
const TAG = "$dacapo";

/** @throws Error when a text has a NUL, which PostgreSQL keeps nowhere, or a number is none. */
export function literalOf(value: Parameter): string {
  if (typeof value === "string") return textLiteral(value);
  if (typeof value === "number" && !Number.isFinite(value)) throw new Error(`${value} is no number of PostgreSQL's`);
  return value === null ? "NULL" : String(value);
}

function textLiteral(text: string): string {
  if (text.includes("\0")) throw new Error("invalid byte sequence: a text has a NUL");
  const isPlain = !text.includes("'") && !text.includes("\\");
  if (isPlain) return `'${text}'`;
  // What a backslash means between quotes is a setting of the server; between these it is one.
  if (!text.includes(TAG)) return `${TAG}$${text}${TAG}$`;
  return `E'${text.replaceAll("'", "''").replaceAll("\\", "\\\\")}'`;
}
