/**
 * The options of `dacapo worker` and `dacapo doctor`, from text to values.
 *
 * Invariant: every refusal is one sentence that says what is wrong and one that says what to do.
 */
import { InvalidArgumentError } from "../core/errors.ts";

/** Where a hub is kept unless told otherwise, as in an app. */
export const STORE_DEFAULT = "dacapo.db";

/**
 * Reads the name of a store.
 * @throws InvalidArgumentError when it is blank, or the address of a server.
 */
export function parseStore(text: string): string {
  if (text.trim() === "") {
    throw new InvalidArgumentError("The name of the SQLite file is empty.", { hint: "Name a file, such as app.db." });
  }
  if (!/^[a-z]+:\/\//i.test(text)) return text;
  throw new InvalidArgumentError(`"${text}" is no SQLite file.`, {
    hint: "This version of dacapo keeps hubs in SQLite files alone: name one, such as app.db.",
  });
}

/**
 * Reads how much a worker does at a time.
 * @throws InvalidArgumentError unless it is a whole number from 1 on.
 */
export function parseConcurrency(text: string): number {
  const concurrency = Number(text);
  if (/^\d+$/.test(text) && concurrency >= 1 && Number.isSafeInteger(concurrency)) return concurrency;
  throw new InvalidArgumentError(`"${text}" is not a number of things to do at a time.`, {
    hint: "Give --concurrency a whole number from 1 on, such as --concurrency 16.",
  });
}
