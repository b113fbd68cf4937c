/**
 * Listing orchestrations: a filter, and pages that are read as they are needed.
 */
import { dueTimeMs } from "../core/duration.ts";
import { InvalidArgumentError } from "../core/errors.ts";
import type { RuntimeStatus } from "../core/status.ts";
import type { Backend, InstanceQuery } from "../ports/backend.ts";
import { OrchestrationState } from "./orchestration-state.ts";

export interface OrchestrationQuery {
  /** Only instances in one of these statuses. */
  readonly statuses?: readonly RuntimeStatus[];
  readonly instanceIdPrefix?: string;
  /** Only instances created at this time or later; at this time or earlier. */
  readonly createdFrom?: Date;
  readonly createdTo?: Date;
  /** Instances read at a time: 100 unless given. */
  readonly pageSize?: number;
}

/** The instances that match, in the order of their ids: `for await (const state of pageable)`. */
export interface AsyncPageable<T> extends AsyncIterable<T> {
  /** The same, page by page. */
  asPages(): AsyncIterable<readonly T[]>;
}

/** @throws InvalidArgumentError when the page size or a date makes no sense. */
export function queryInstances(backend: Backend, query: OrchestrationQuery): AsyncPageable<OrchestrationState> {
  const { pageSize = 100, statuses, instanceIdPrefix, createdFrom, createdTo } = query;
  if (!Number.isInteger(pageSize) || pageSize < 1) {
    throw new InvalidArgumentError(`The page size is ${String(pageSize)}.`, { hint: "It is a whole number from 1." });
  }
  const filter: InstanceQuery = {
    kind: "orchestration",
    pageSize,
    ...(statuses === undefined ? {} : { runtimeStatus: statuses }),
    ...(instanceIdPrefix === undefined ? {} : { instanceIdPrefix }),
    ...(createdFrom === undefined ? {} : { createdFrom: dueTimeMs(createdFrom, 0, "option createdFrom") }),
    ...(createdTo === undefined ? {} : { createdTo: dueTimeMs(createdTo, 0, "option createdTo") }),
  };
  const asPages = (): AsyncIterable<readonly OrchestrationState[]> => pages(backend, filter);
  return {
    asPages,
    async *[Symbol.asyncIterator]() {
      for await (const page of asPages()) yield* page;
    },
  };
}

async function* pages(
  backend: Backend,
  filter: InstanceQuery,
): AsyncGenerator<readonly OrchestrationState[], void, undefined> {
  let query = filter;
  for (;;) {
    const { instances, continuationToken } = await backend.listInstances(query);
    if (instances.length > 0) yield instances.map((record) => new OrchestrationState(record));
    if (continuationToken === undefined) return;
    query = { ...filter, continuationToken };
  }
}
