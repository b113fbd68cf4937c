/**
 * Purging: removes orchestrations that have ended, one, or all that match, with their sub-orchestrations if asked to.
 *
 * Invariant: sub-orchestrations go before the instance that started them, so that whatever breaks off a purge, a
 * repetition finds what is left by way of its parent; and none goes while one below it has not ended. What goes by its age
 * goes as it was when that was seen, or not at all. Called by the client and the task hub alone.
 */
import type { Duration } from "../core/duration.ts";
import { durationToMs } from "../core/duration.ts";
import { InstanceNotTerminalError } from "../core/errors.ts";
import { checkOrchestrationId } from "../core/names.ts";
import { present } from "../core/present.ts";
import type { RuntimeStatus } from "../core/status.ts";
import { isTerminal } from "../core/status.ts";
import { checkOptions } from "../core/options.ts";
import type { InstanceQuery, InstanceRecord, PurgeInstanceRequest } from "../ports/backend.ts";
import { checkDate, checkStatuses } from "./client-arguments.ts";
import { persistently } from "./persistently.ts";
import type { TaskHubClientSetup } from "./client-setup.ts";

/** Which instances to purge, with durabletask-js's names. Those that have not ended are never meant. */
export interface PurgeInstanceCriteria {
  /** Created at this time or later; at this time or earlier. */
  readonly createdTimeFrom?: Date;
  readonly createdTimeTo?: Date;
  /** Only instances in one of these statuses. */
  readonly runtimeStatusList?: readonly RuntimeStatus[];
  /** Ends the purge after this long, with what it has done by then. */
  readonly timeout?: Duration;
}

export interface PurgeOptions {
  /** Purges the sub-orchestrations as well, and theirs. False unless given. */
  readonly recursive?: boolean;
}

export interface PurgeResult {
  readonly deletedInstanceCount: number;
  /** Of a purge by criteria: false when some that match are left, for the time was over or a sub-orchestration runs. */
  readonly isComplete?: boolean;
}

/** Instances are looked up so many at a time. */
const BATCH = 100;

const ENDED: readonly RuntimeStatus[] = ["Completed", "Failed", "Terminated"];

/**
 * @throws InstanceNotTerminalError when the one instance named, or a sub-orchestration that is to go with it, has not
 * ended: nothing is purged.
 */
export async function purge(
  setup: TaskHubClientSetup,
  what: string | PurgeInstanceCriteria,
  options: PurgeOptions,
): Promise<PurgeResult> {
  checkOptions(options, "purgeOrchestration");
  const purger = new Purger(setup, { isRecursive: options.recursive ?? false, isByAge: false });
  return typeof what === "string" ? purger.one(what) : purger.all(what);
}

/** Orchestrations that ended long enough ago. */
export interface Expired {
  readonly statuses: readonly RuntimeStatus[];
  /** In milliseconds since the epoch. */
  readonly endedTo: number;
  readonly name: string | undefined;
  /** At most this many, with those below each. */
  readonly maxInstances: number;
}

/**
 * Purges what has expired, with the sub-orchestrations below it; one whose parent is still there goes with its parent.
 * `isComplete` is false when there may be more.
 */
export async function purgeExpired(
  setup: TaskHubClientSetup,
  expired: Expired,
  signal: AbortSignal,
): Promise<{ readonly deleted: number; readonly isComplete: boolean }> {
  return new Purger(setup, { isRecursive: true, isByAge: true }).expired(expired, signal);
}

class Purger {
  readonly #setup: TaskHubClientSetup;
  readonly #isRecursive: boolean;
  readonly #isByAge: boolean;
  #deleted = 0;

  constructor(setup: TaskHubClientSetup, how: { readonly isRecursive: boolean; readonly isByAge: boolean }) {
    this.#setup = setup;
    this.#isRecursive = how.isRecursive;
    this.#isByAge = how.isByAge;
  }

  async one(instanceId: string): Promise<PurgeResult> {
    checkOrchestrationId(instanceId);
    const root = this.#isRecursive ? await this.#read(instanceId) : undefined;
    const running = root === undefined ? undefined : await this.#runningBelow(root, new Set());
    if (running !== undefined) throw new InstanceNotTerminalError(running.instanceId, running.runtimeStatus);
    if (root === undefined) await this.#remove({ instanceId });
    else await this.#removeTree(root, new Set());
    return { deletedInstanceCount: this.#deleted };
  }

  async all(criteria: PurgeInstanceCriteria): Promise<PurgeResult> {
    checkOptions(criteria, "purgeOrchestration");
    const { runtimeStatusList, timeout } = criteria;
    const wanted = runtimeStatusList === undefined ? ENDED : checkStatuses(runtimeStatusList, "runtimeStatusList");
    const filter = {
      runtimeStatus: ENDED.filter((status) => wanted.includes(status)),
      ...present("createdFrom", checkDate(criteria.createdTimeFrom, "createdTimeFrom")),
      ...present("createdTo", checkDate(criteria.createdTimeTo, "createdTimeTo")),
    };
    const { clock } = this.#setup;
    const deadline = timeout === undefined ? Infinity : clock.now() + durationToMs(timeout, "option timeout");
    let isComplete = true;
    for await (const record of this.#list(filter)) {
      if (clock.now() >= deadline) return { deletedInstanceCount: this.#deleted, isComplete: false };
      const isHeldUp = this.#isRecursive && (await this.#runningBelow(record, new Set())) !== undefined;
      if (isHeldUp) isComplete = false;
      else await this.#removeTree(record, new Set());
    }
    return { deletedInstanceCount: this.#deleted, isComplete };
  }

  async expired({ statuses, endedTo, name, maxInstances }: Expired, signal: AbortSignal) {
    const parents = new Map<string, InstanceRecord | undefined>();
    const hasParent = async (child: InstanceRecord): Promise<boolean> => {
      const { parentInstanceId: id } = child;
      if (id === undefined) return false;
      if (!parents.has(id)) parents.set(id, await this.#read(id));
      const parent = parents.get(id);
      return parent !== undefined && isOlder(parent, child);
    };
    let left = maxInstances;
    for await (const record of this.#list({ runtimeStatus: statuses, endedTo, ...present("name", name) })) {
      if (left === 0 || signal.aborted) return { deleted: this.#deleted, isComplete: false };
      if ((await hasParent(record)) || (await this.#runningBelow(record, new Set())) !== undefined) continue;
      await this.#removeTree(record, new Set());
      left -= 1;
    }
    return { deleted: this.#deleted, isComplete: true };
  }

  /** An instance of the tree that has not ended; `undefined` when all have. `seen` guards against a circle of ids. */
  async #runningBelow(record: InstanceRecord, seen: Set<string>): Promise<InstanceRecord | undefined> {
    if (!isTerminal(record.runtimeStatus)) return record;
    seen.add(record.instanceId);
    for await (const child of this.#childrenOf(record)) {
      const running = seen.has(child.instanceId) ? undefined : await this.#runningBelow(child, seen);
      if (running !== undefined) return running;
    }
    return undefined;
  }

  async #removeTree(record: InstanceRecord, seen: Set<string>): Promise<void> {
    const { instanceId, incarnation, revision } = record;
    seen.add(instanceId);
    const children: InstanceRecord[] = [];
    if (this.#isRecursive) for await (const child of this.#childrenOf(record)) children.push(child);
    // Were the id in use again, they could be children of that life.
    if (this.#isByAge && children.length > 0 && !(await this.#isAsSeen(record))) return;
    for (const child of children) if (!seen.has(child.instanceId)) await this.#removeTree(child, seen);
    try {
      await this.#remove({
        instanceId,
        ifIncarnation: incarnation,
        ...(this.#isByAge ? { ifRevision: revision } : {}),
      });
    } catch (error) {
      // It was rewound since it was looked at: it is in use again.
      if (!(error instanceof InstanceNotTerminalError)) throw error;
    }
  }

  /** Of a purge by age, not those of an earlier life of the id: they have an age of their own. */
  async *#childrenOf(record: InstanceRecord): AsyncGenerator<InstanceRecord, void, undefined> {
    for await (const child of this.#list({ parentInstanceId: record.instanceId })) {
      if (!this.#isByAge || isOlder(record, child)) yield child;
    }
  }

  async #isAsSeen({ instanceId, incarnation, revision }: InstanceRecord): Promise<boolean> {
    const record = await this.#read(instanceId);
    return record?.incarnation === incarnation && record.revision === revision;
  }

  async #remove(what: Omit<PurgeInstanceRequest, "requestId">): Promise<void> {
    const { backend, clock, ids } = this.#setup;
    const request = { requestId: ids.newId(), ...what };
    if (await persistently(clock, () => backend.purgeInstance(request))) this.#deleted += 1;
  }

  async #read(instanceId: string): Promise<InstanceRecord | undefined> {
    const { backend, clock } = this.#setup;
    const record = await persistently(clock, () => backend.getInstance(instanceId, { withoutPayloads: true }));
    return record?.kind === "orchestration" ? record : undefined;
  }

  /** Orchestrations that match, a page at a time: what is removed meanwhile does not matter to the pages after. */
  async *#list(filter: Partial<InstanceQuery>): AsyncGenerator<InstanceRecord, void, undefined> {
    const { backend, clock } = this.#setup;
    let query: InstanceQuery = { ...filter, kind: "orchestration", pageSize: BATCH, withoutPayloads: true };
    for (;;) {
      const current = query;
      const { instances, continuationToken } = await persistently(clock, () => backend.listInstances(current));
      yield* instances;
      if (continuationToken === undefined) return;
      query = { ...query, continuationToken };
    }
  }
}

/** False for another life of a parent's id, which began after the child. */
function isOlder(parent: InstanceRecord, child: InstanceRecord): boolean {
  return parent.createdAt <= child.createdAt;
}
