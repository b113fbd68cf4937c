/**
 * Values as they stand in a statement's text.
 *
 * Invariant: whatever a value holds, its literal is one constant to PostgreSQL, however the server is set up. Used for what
 * several statements in one message need; everything else is sent as parameters.
 */

/** What a statement can be given. */
export type Parameter = string | number | boolean | null;

/** A row that it can be given, by the names of its columns. */
export type Values = Readonly<Record<string, Parameter>>;

/** With a dollar sign after it, it begins and ends a text that is taken as it is. */
const TAG = "$dacapo";

/** @throws Error when a text has a NUL, which PostgreSQL keeps nowhere, or a number is none. */
export function literalOf(value: Parameter): string {
  return typeof value === "string" ? textLiteral(value) : bareText(value);
}

/** An array of what each row has in a column. @throws Error as `literalOf` does, and when a row lacks the column. */
export function arrayLiteral(rows: readonly Values[], column: string): string {
  const elements = rows.map((row) => {
    const value = row[column];
    if (value === undefined) throw new Error(`a row has nothing for the column ${column}`);
    return typeof value === "string" ? elementText(value) : bareText(value);
  });
  return textLiteral(`{${elements.join(",")}}`);
}

function elementText(text: string): string {
  return `"${/["\\]/.test(text) ? text.replaceAll(/["\\]/g, "\\$&") : text}"`;
}

function bareText(value: number | boolean | null): string {
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
