/**
 * Exporting histories: JSON Lines, one execution a line, for archives and for replay against tomorrow's code.
 *
 * Invariant: one page of instances and one history are in memory at a time; lines come in the order of instance ids.
 */
import { ExecutionNotFoundError, InstanceNotFoundError } from "../core/errors.ts";
import type { HistoryEvent } from "../core/history.ts";
import type { RuntimeStatus } from "../core/status.ts";
import type { InstanceQuery, InstanceRecord } from "../ports/backend.ts";
import { checkPageSize } from "./client-arguments.ts";
import type { OrchestrationFilter } from "./orchestration-query.ts";
import { toInstanceQuery } from "./orchestration-query.ts";
import { persistently } from "./persistently.ts";
import type { TaskHubClientSetup } from "./client-setup.ts";

export interface ExportOptions extends OrchestrationFilter {
  /** Also exports the executions before the current one, where the store keeps their histories. False unless given. */
  readonly earlierExecutions?: boolean;
  /** Instances read at a time: 100 unless given. */
  readonly pageSize?: number;
}

/** What a line of an export says. Times are milliseconds since the epoch; payloads are texts of the data converter. */
export interface ExportedHistory {
  readonly instanceId: string;
  readonly executionId: string;
  /** False of an execution that continue-as-new, or a rewind, replaced. */
  readonly isCurrent: boolean;
  /** The orchestrator's registered name. */
  readonly name: string;
  readonly version?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly parentInstanceId?: string;
  /** Of the instance, when it was exported. */
  readonly runtimeStatus: RuntimeStatus;
  readonly createdAt: number;
  readonly lastUpdatedAt: number;
  /** What `replayHistory` takes. */
  readonly history: readonly HistoryEvent[];
}

/**
 * The lines, each with its line break, read as they are asked for.
 * @throws InvalidArgumentError when an option makes no sense.
 */
export function exportLines(setup: TaskHubClientSetup, options: ExportOptions): AsyncIterable<string> {
  const filter: InstanceQuery = { ...toInstanceQuery(options), pageSize: checkPageSize(options.pageSize ?? 100) };
  const withEarlier = options.earlierExecutions ?? false;
  return { [Symbol.asyncIterator]: () => lines(setup, filter, withEarlier) };
}

async function* lines(
  { backend, clock }: TaskHubClientSetup,
  filter: InstanceQuery,
  withEarlier: boolean,
): AsyncGenerator<string, void, undefined> {
  let query = filter;
  for (;;) {
    const current = query;
    const { instances, continuationToken } = await persistently(clock, () => backend.listInstances(current));
    for (const record of instances) yield* linesOf(record);
    if (continuationToken === undefined) return;
    query = { ...filter, continuationToken };
  }

  async function* linesOf(record: InstanceRecord): AsyncGenerator<string, void, undefined> {
    const { instanceId, executionId } = record;
    try {
      const all = withEarlier ? await persistently(clock, () => backend.listExecutions(instanceId)) : [executionId];
      for (const execution of all) {
        const history = await persistently(clock, () => backend.getHistory(instanceId, execution));
        yield `${JSON.stringify(exported(record, execution, history))}\n`;
      }
    } catch (error) {
      // Purged, replaced or continued as new since the page was read: what is gone is not exported.
      if (!(error instanceof InstanceNotFoundError || error instanceof ExecutionNotFoundError)) throw error;
    }
  }
}

function exported(record: InstanceRecord, executionId: string, history: readonly HistoryEvent[]): ExportedHistory {
  const { instanceId, name, version, tags, parentInstanceId, runtimeStatus, createdAt, lastUpdatedAt } = record;
  const optional = {
    ...(version === undefined ? {} : { version }),
    ...(tags === undefined ? {} : { tags }),
    ...(parentInstanceId === undefined ? {} : { parentInstanceId }),
  };
  const isCurrent = executionId === record.executionId;
  const what = { instanceId, executionId, isCurrent, name, ...optional };
  return { ...what, runtimeStatus, createdAt, lastUpdatedAt, history };
}
