/**
 * Listing entities: a filter, and pages that are read as they are needed.
 */
import type { EntityInstanceId } from "../core/entity-instance-id.ts";
import type { EntityReference } from "../core/entity-reference.ts";
import { entityIdOf } from "../core/entity-reference.ts";
import { InvalidArgumentError } from "../core/errors.ts";
import { present } from "../core/present.ts";
import { checkText } from "../core/options.ts";
import type { InstanceQuery, InstanceRecord } from "../ports/backend.ts";
import type { TaskHubClientSetup } from "./client-setup.ts";
import { checkDate, checkPageSize } from "./client-arguments.ts";
import { EntityMetadata, isTransient } from "./entity-metadata.ts";
import type { EntityPlace } from "./entity-token.ts";
import { entityPlace, entityToken } from "./entity-token.ts";
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
  /** Goes on after the page that had this token, of the same query. */
  readonly continuationToken?: string;
}

/** A query that was checked. */
interface EntityList {
  readonly filter: InstanceQuery;
  readonly matches: (record: InstanceRecord) => boolean;
  readonly includeState: boolean;
  /** Says what the list is of, in its tokens. */
  readonly text: string;
  /** Where it begins; absent for the beginning. */
  readonly place: EntityPlace | undefined;
}

/** @throws InvalidArgumentError when the page size, a date or the token makes no sense, or the token is of another query. */
export function queryEntities(setup: TaskHubClientSetup, query: EntityQuery): AsyncPageable<EntityMetadata> {
  const { includeState = true, includeTransient = false } = query;
  const pageSize = checkPageSize(query.pageSize ?? 100);
  const filter: InstanceQuery = { kind: "entity", pageSize, instanceIdPrefix: prefixOf(query.instanceIdStartsWith) };
  const from = checkDate(query.lastModifiedFrom, "lastModifiedFrom");
  const to = checkDate(query.lastModifiedTo, "lastModifiedTo");
  const text = JSON.stringify({ instanceIdStartsWith: filter.instanceIdPrefix, from, to, includeTransient });
  const token = checkText(query.continuationToken, "continuationToken");
  const place = token === undefined ? undefined : entityPlace(text, token);
  const matches = ({ entity }: InstanceRecord): boolean => {
    // One that has not had its first turn is no entity yet.
    if (entity === undefined || (!includeTransient && isTransient(entity))) return false;
    return entity.lastOperationAt >= (from ?? -Infinity) && entity.lastOperationAt <= (to ?? Infinity);
  };
  return pageable(() => pages(setup, { filter, matches, includeState, text, place }));
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

/** Pages are full, except the last, which has no token: what does not match is read over. */
async function* pages(
  { backend, payloads }: TaskHubClientSetup,
  { filter, matches, includeState, text, place }: EntityList,
): AsyncGenerator<Page<EntityMetadata>, void, undefined> {
  let storeToken = place?.storeToken;
  let page: EntityMetadata[] = [];
  let end: EntityPlace | undefined;
  for (;;) {
    const { instances, continuationToken } = await backend.listInstances({
      ...filter,
      ...(includeState ? {} : { withoutPayloads: true }),
      ...present("continuationToken", storeToken),
    });
    for (const record of instances) {
      const { instanceId, entity } = record;
      // Ids are ordered by UTF-16 code units, as texts are here.
      if (entity === undefined || !matches(record) || instanceId <= (place?.after ?? "")) continue;
      if (end !== undefined && page.length >= filter.pageSize) {
        yield new Page(page, entityToken(text, end));
        page = [];
      }
      page.push(new EntityMetadata(record, entity, payloads, includeState));
      end = { after: instanceId, ...present("storeToken", storeToken) };
    }
    if (continuationToken === undefined) break;
    storeToken = continuationToken;
  }
  if (page.length > 0) yield new Page(page);
}

/**
 * One entity: (definition, key, includeState) or (id, includeState).
 * @returns `undefined` when there is none, or none that anybody need know of.
 */
export async function readEntity(
  { backend, payloads }: TaskHubClientSetup,
  entity: EntityReference | EntityInstanceId,
  rest: readonly unknown[],
): Promise<EntityMetadata | undefined> {
  const id = entityIdOf(entity, rest[0], "getEntity");
  const isIncluded = typeof rest[0] === "boolean" ? rest[0] : rest[1] !== false;
  const record = await backend.getInstance(id.toString(), isIncluded ? {} : { withoutPayloads: true });
  if (record?.entity === undefined || isTransient(record.entity)) return undefined;
  return new EntityMetadata(record, record.entity, payloads, isIncluded);
}
