/**
 * Cleaning up after entities: those that are empty, and locks whose orchestrations are gone.
 *
 * Invariant: an entity is removed for good only when nothing that was sent to it can come again (two redelivery
 * horizons after its last turn), and only if nothing reaches it meanwhile; until then it is empty, and no query shows
 * it. A lock is released by a message like any other, so nothing races. Used by the client alone.
 */
import { EntityInstanceId } from "../core/entity-instance-id.ts";
import type { EntityMessageBody } from "../core/messages.ts";
import { isTerminal } from "../core/status.ts";
import type { Backend, InstancePage, InstanceQuery, InstanceRecord } from "../ports/backend.ts";
import { isTransient } from "./entity-metadata.ts";

export interface CleanEntityStorageRequest {
  /** Whether empty entities are removed: no state, no lock, nothing that waits. True unless given. */
  readonly removeEmptyEntities?: boolean;
  /** Whether locks are released whose orchestrations have ended or are gone. True unless given. */
  readonly releaseOrphanedLocks?: boolean;
  /** Where an earlier cleaning left off. */
  readonly continuationToken?: string;
}

export interface CleanEntityStorageResult {
  /** Where to go on; absent when the cleaning is complete. */
  readonly continuationToken?: string;
  /**
   * How many empty entities there were. An entity that had a message within the last hour (two redelivery horizons) is
   * hidden, and its bookkeeping goes with a later cleaning, which counts it again.
   */
  readonly emptyEntitiesRemoved: number;
  readonly orphanedLocksReleased: number;
}

/** What cleaning needs of the client. */
export interface CleaningMeans {
  readonly backend: Backend;
  /** By the client's clock, in milliseconds since the epoch: what had its last turn before is removed for good. */
  readonly oldest: number;
  readonly newId: () => string;
  /** Makes a call until the store answers. */
  readonly persistently: <T>(call: () => Promise<T>) => Promise<T>;
  readonly send: (id: EntityInstanceId, body: EntityMessageBody) => Promise<void>;
}

const PAGE_SIZE = 100;

export async function cleanEntityStorage(
  means: CleaningMeans,
  request: CleanEntityStorageRequest,
  continueUntilComplete: boolean,
): Promise<CleanEntityStorageResult> {
  const { removeEmptyEntities = true, releaseOrphanedLocks = true } = request;
  let { continuationToken } = request;
  let emptyEntitiesRemoved = 0;
  let orphanedLocksReleased = 0;
  for (;;) {
    const page = await readPage(means, continuationToken);
    for (const record of page.instances) {
      if (removeEmptyEntities && (await remove(means, record))) emptyEntitiesRemoved += 1;
      if (releaseOrphanedLocks && (await release(means, record))) orphanedLocksReleased += 1;
    }
    continuationToken = page.continuationToken;
    if (continuationToken === undefined) return { emptyEntitiesRemoved, orphanedLocksReleased };
    if (!continueUntilComplete) return { emptyEntitiesRemoved, orphanedLocksReleased, continuationToken };
  }
}

function readPage({ backend, persistently }: CleaningMeans, continuationToken?: string): Promise<InstancePage> {
  const query: InstanceQuery = { kind: "entity", pageSize: PAGE_SIZE, withoutPayloads: true };
  return persistently(() =>
    backend.listInstances(continuationToken === undefined ? query : { ...query, continuationToken }),
  );
}

async function remove(means: CleaningMeans, record: InstanceRecord): Promise<boolean> {
  // Without a row it has yet to have its first turn: something is on its way to it.
  if (record.entity === undefined || !isTransient(record.entity)) return false;
  if (record.lastUpdatedAt >= means.oldest) return true;
  const request = { requestId: means.newId(), instanceId: record.instanceId, ifRevision: record.revision };
  return means.persistently(() => means.backend.purgeInstance(request));
}

async function release(means: CleaningMeans, { instanceId, entity }: InstanceRecord): Promise<boolean> {
  const { lockedBy, lockedByExecutionId, criticalSectionId } = entity ?? {};
  if (lockedBy === undefined || criticalSectionId === undefined) return false;
  const holder = await means.persistently(() => means.backend.getInstance(lockedBy, { withoutPayloads: true }));
  // An execution that ended gave back its locks as it did; only one that nobody ran to its end did not.
  if (holder?.executionId === lockedByExecutionId && !isTerminal(holder?.runtimeStatus ?? "Completed")) return false;
  await means.send(EntityInstanceId.fromString(instanceId), { type: "EntityUnlockSent", criticalSectionId });
  return true;
}
