/**
 * What to say where a database cannot be opened, or read as a whole: whoever asked for that does not try again by itself.
 */
import type { DacapoError } from "../../core/errors.ts";
import { storageError } from "../sql/group-commit.ts";

/** An error of our own is what it is. */
export function openingError(error: unknown): DacapoError {
  const hint = "Look at the address, at whether the server runs and at what the user may do there, then try again.";
  return storageError("PostgreSQL", error, hint);
}
