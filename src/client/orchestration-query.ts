/**
 * Listing orchestrations: a filter, and pages that are read as they are needed. Entities are no orchestrations, and
 * are never on these lists.
 */
import { present } from "../core/present.ts";
import type { RuntimeStatus } from "../core/status.ts";
import { checkTags, checkText } from "../core/options.ts";
import type { Backend, InstanceQuery } from "../ports/backend.ts";
import type { TaskHubClientSetup } from "./client-setup.ts";
import { checkDate, checkPageSize, checkStatuses } from "./client-arguments.ts";
import { OrchestrationState } from "./orchestration-state.ts";
import type { AsyncPageable } from "./page.ts";
import { Page, pageable } from "./page.ts";

/** Which orchestrations are meant: those that fit all that is given. */
export interface OrchestrationFilter {
  /** Only instances in one of these statuses. */
  readonly statuses?: readonly RuntimeStatus[];
  readonly instanceIdPrefix?: string;
  /** Only instances of the orchestrator with this name. */
  readonly name?: string;
  /** Only instances that have all of these tags; others that they have do not matter. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Only the sub-orchestrations of this instance. */
  readonly parentInstanceId?: string;
  /** Only instances created at this time or later; at this time or earlier. */
  readonly createdFrom?: Date;
  readonly createdTo?: Date;
  /** Only instances that have ended, at this time or later; at this time or earlier. */
  readonly completedFrom?: Date;
  readonly completedTo?: Date;
}

export interface OrchestrationQuery extends OrchestrationFilter {
  /** Whether states come with input, output and custom status. True unless given. */
  readonly fetchInputsAndOutputs?: boolean;
  /** Instances read at a time: 100 unless given. */
  readonly pageSize?: number;
  /** Goes on after the page that had this token. */
  readonly continuationToken?: string;
}

/** What `listInstanceIds` takes, with durabletask-js's names. */
export interface InstanceIdQuery {
  readonly runtimeStatus?: readonly RuntimeStatus[];
  readonly completedTimeFrom?: Date;
  readonly completedTimeTo?: Date;
  /** At most so many ids: 100 unless given. */
  readonly pageSize?: number;
  /** Goes on after the page that had this as its `continuationToken`. */
  readonly lastInstanceKey?: string;
}

/** @throws InvalidArgumentError when the page size, a date or another part of the query makes no sense. */
export function queryInstances(
  setup: TaskHubClientSetup,
  query: OrchestrationQuery,
): AsyncPageable<OrchestrationState> {
  const filter: InstanceQuery = {
    ...toInstanceQuery(query),
    pageSize: checkPageSize(query.pageSize ?? 100),
    ...present("continuationToken", checkText(query.continuationToken, "continuationToken")),
  };
  const withPayloads = query.fetchInputsAndOutputs ?? true;
  return pageable(() => statePages(setup, filter, withPayloads));
}

/** @throws InvalidArgumentError when a date, a status or another part of the filter makes no sense. */
export function toInstanceQuery(filter: OrchestrationFilter): Omit<InstanceQuery, "pageSize"> {
  const { statuses, tags } = filter;
  return {
    kind: "orchestration",
    ...(statuses === undefined ? {} : { runtimeStatus: checkStatuses(statuses, "statuses") }),
    ...(tags === undefined ? {} : { tags: checkTags(tags, "tags") }),
    ...present("instanceIdPrefix", checkText(filter.instanceIdPrefix, "instanceIdPrefix")),
    ...present("name", checkText(filter.name, "name")),
    ...present("parentInstanceId", checkText(filter.parentInstanceId, "parentInstanceId")),
    ...present("createdFrom", checkDate(filter.createdFrom, "createdFrom")),
    ...present("createdTo", checkDate(filter.createdTo, "createdTo")),
    ...present("endedFrom", checkDate(filter.completedFrom, "completedFrom")),
    ...present("endedTo", checkDate(filter.completedTo, "completedTo")),
  };
}

/** One page of ids. @throws InvalidArgumentError when a part of the query makes no sense. */
export async function instanceIds(backend: Backend, query: InstanceIdQuery): Promise<Page<string>> {
  const { runtimeStatus } = query;
  const page = await backend.listInstances({
    kind: "orchestration",
    withoutPayloads: true,
    pageSize: checkPageSize(query.pageSize ?? 100),
    ...(runtimeStatus === undefined ? {} : { runtimeStatus: checkStatuses(runtimeStatus, "runtimeStatus") }),
    ...present("endedFrom", checkDate(query.completedTimeFrom, "completedTimeFrom")),
    ...present("endedTo", checkDate(query.completedTimeTo, "completedTimeTo")),
    ...present("continuationToken", checkText(query.lastInstanceKey, "lastInstanceKey")),
  });
  const ids = page.instances.map(({ instanceId }) => instanceId);
  return new Page(ids, page.continuationToken);
}

async function* statePages(
  { backend, payloads }: TaskHubClientSetup,
  filter: InstanceQuery,
  withPayloads: boolean,
): AsyncGenerator<Page<OrchestrationState>, void, undefined> {
  const all: InstanceQuery = withPayloads ? filter : { ...filter, withoutPayloads: true };
  let query = all;
  for (;;) {
    const { instances, continuationToken } = await backend.listInstances(query);
    const states = instances.map((record) => new OrchestrationState(record, payloads, withPayloads));
    if (states.length > 0) yield new Page(states, continuationToken);
    if (continuationToken === undefined) return;
    query = { ...all, continuationToken };
  }
}
