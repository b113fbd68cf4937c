/**
 * The continuation tokens of lists of entities: where a page ended, and of which query.
 *
 * Invariant: a token fits the query that it came from, whatever the page size; with any other it is refused, and never
 * means something else. Made and read by `entity-query.ts` alone.
 */
import { InvalidArgumentError } from "../core/errors.ts";

/** Where a page ended. */
export interface EntityPlace {
  /** The store's token of the page that the last entity was on; absent for its first page. */
  readonly storeToken?: string;
  /** The id of the last entity. */
  readonly after: string;
}

/** @param query names what the list is of: the same text, the same list. */
export function entityToken(query: string, { after, storeToken }: EntityPlace): string {
  return JSON.stringify(storeToken === undefined ? [query, after] : [query, after, storeToken]);
}

/** @throws InvalidArgumentError when it is no token of a list of entities, or one of another query. */
export function entityPlace(query: string, token: string): EntityPlace {
  const [itsQuery, after, storeToken] = partsOf(token);
  if (itsQuery === undefined || after === undefined) {
    throw new InvalidArgumentError(`The option continuationToken is ${JSON.stringify(token)}.`, {
      hint: "It is what a page of getEntities() has as its continuationToken.",
    });
  }
  if (itsQuery !== query) {
    throw new InvalidArgumentError(`The continuationToken is of another query: ${itsQuery}, not ${query}.`, {
      hint: "Pass it on with the query that it came from; only pageSize and includeState may differ.",
    });
  }
  return storeToken === undefined ? { after } : { after, storeToken };
}

function partsOf(token: string): readonly string[] {
  try {
    const parts: unknown = JSON.parse(token);
    return Array.isArray(parts) && parts.every((part) => typeof part === "string") ? parts : [];
  } catch {
    return [];
  }
}
