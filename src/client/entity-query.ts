/**
 * Listing entities: a filter, and pages that are read as they are needed.
 */
import type { EntityInstanceId } from "../core/entity-instance-id.ts";
import type { EntityReference } from "../core/entity-reference.ts";
import { entityIdOf } from "../core/entity-reference.ts";
import { dueTimeMs } from "../core/duration.ts";
import { InvalidArgumentError } from "../core/errors.ts";
import type { Backend, InstanceQuery, InstanceRecord } from "../ports/backend.ts";
import { EntityMetadata, isTransient } from "./entity-metadata.ts";
import type { AsyncPageable } from "./page.ts";
import { Page, pageable } from "./page.ts";

export interface EntityQuery {
  /**
   * Only entities whose id begins with this: `counter` for names that begin so, `counter@` for one name, `counter@user-`
   * for one name and keys that begin so. The name's case, and a first `@`, do not matter.
   */
  readonly instanceIdStartsWith?: string;
  /** Only entities whose last operation ran at this time or later; at this time or earlier. */
  readonly lastModifiedFrom?: Date;
  readonly lastModifiedTo?: Date;
  /** Whether the states are read. True unless given. */
  readonly includeState?: boolean;
  /**
   * Whether entities are listed that have no state, no lock and nothing that waits: deleted ones, for example, of which
   * the engine still remembers what it has received. False unless given.
   */
  readonly includeTransient?: boolean;
  /** Entities read at a time: 100 unless given. */
  readonly pageSize?: number;
}

/** @throws InvalidArgumentError when the page size or a date makes no sense. */
export function queryEntities(backend: Backend, query: EntityQuery): AsyncPageable<EntityMetadata> {
  const { pageSize = 100, includeState = true } = query;
  if (!Number.isInteger(pageSize) || pageSize < 1) {
    throw new InvalidArgumentError(`The page size is ${String(pageSize)}.`, { hint: "It is a whole number from 1." });
  }
  const filter: InstanceQuery = { kind: "entity", pageSize, instanceIdPrefix: prefixOf(query.instanceIdStartsWith) };
  const matches = matcherOf(query);
  return pageable(() => pages(backend, filter, matches, includeState));
}

/** Ids begin with `@`, and their names are in lower case. */
function prefixOf(prefix: unknown = ""): string {
  if (typeof prefix !== "string") {
    throw new InvalidArgumentError(`The option instanceIdStartsWith is of type ${typeof prefix}.`, {
      hint: 'It is the beginning of an id, such as "counter@".',
    });
  }
  const id = prefix.startsWith("@") ? prefix : `@${prefix}`;
  const separator = id.indexOf("@", 1);
  return separator === -1 ? id.toLowerCase() : id.slice(0, separator).toLowerCase() + id.slice(separator);
}

type Matcher = (record: InstanceRecord) => boolean;

function matcherOf({ lastModifiedFrom, lastModifiedTo, includeTransient = false }: EntityQuery): Matcher {
  const from = lastModifiedFrom === undefined ? -Infinity : dueTimeMs(lastModifiedFrom, 0, "option lastModifiedFrom");
  const to = lastModifiedTo === undefined ? Infinity : dueTimeMs(lastModifiedTo, 0, "option lastModifiedTo");
  return ({ entity }) => {
    // One that has not had its first turn is no entity yet.
    if (entity === undefined || (!includeTransient && isTransient(entity))) return false;
    return entity.lastOperationAt >= from && entity.lastOperationAt <= to;
  };
}

/** Pages are full, except the last: what does not match is read over. */
async function* pages(
  backend: Backend,
  filter: InstanceQuery,
  matches: Matcher,
  includeState: boolean,
): AsyncGenerator<Page<EntityMetadata>, void, undefined> {
  let query = filter;
  let page: EntityMetadata[] = [];
  for (;;) {
    const { instances, continuationToken } = await backend.listInstances(query);
    for (const record of instances) {
      if (record.entity === undefined || !matches(record)) continue;
      page.push(new EntityMetadata(record, record.entity, includeState));
      if (page.length < filter.pageSize) continue;
      yield new Page(page);
      page = [];
    }
    if (continuationToken === undefined) break;
    query = { ...filter, continuationToken };
  }
  if (page.length > 0) yield new Page(page);
}

/**
 * One entity: (definition, key, includeState) or (id, includeState).
 * @returns `undefined` when there is none, or none that anybody need know of.
 */
export async function readEntity(
  backend: Backend,
  entity: EntityReference | EntityInstanceId,
  rest: readonly unknown[],
): Promise<EntityMetadata | undefined> {
  const id = entityIdOf(entity, rest[0], "getEntity");
  const isIncluded = typeof rest[0] === "boolean" ? rest[0] : rest[1] !== false;
  const record = await backend.getInstance(id.toString());
  if (record?.entity === undefined || isTransient(record.entity)) return undefined;
  return new EntityMetadata(record, record.entity, isIncluded);
}
