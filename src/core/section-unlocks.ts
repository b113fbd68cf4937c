/**
 * The unlocks that end a critical section, from an execution's memory or from its history.
 *
 * Invariant: both give the same, so that the end of an execution that cannot be run releases what one that runs would.
 * Used by the entity calls and the turn.
 */
import type { EntityUnlockSent, EventBody, HistoryEvent } from "./history.ts";
import { sentBy } from "./sent-places.ts";
import type { StreamPosition } from "./streams.ts";

interface OpenSection {
  readonly id: string;
  readonly lockSet: readonly string[];
  readonly isGranted: boolean;
}

/**
 * What unlocks a section. Where its locks were not all granted, one order goes to the first entity and follows the
 * request from entity to entity: one that was sent to each of them could arrive before the request does.
 */
export function unlocksOf(
  { id: criticalSectionId, lockSet, isGranted }: OpenSection,
  next: (receiver: string) => StreamPosition,
): readonly EventBody<EntityUnlockSent>[] {
  const type = "EntityUnlockSent";
  if (isGranted) {
    return lockSet.map((entityId) => ({ type, criticalSectionId, entityId, position: next(entityId) }));
  }
  return lockSet
    .slice(0, 1)
    .map((entityId) => ({ type, criticalSectionId, entityId, lockSet, position: next(entityId) }));
}

/** What unlocks the sections that are open at the end of a history. */
export function unlocksAfter(history: readonly HistoryEvent[], time: number): readonly EventBody<EntityUnlockSent>[] {
  const sections = openSections(history);
  if (sections.length === 0) return [];
  const sent = sentBy(history);
  return sections.flatMap((section) => unlocksOf(section, (receiver) => sent.next(receiver, time)));
}

function openSections(history: readonly HistoryEvent[]): readonly OpenSection[] {
  const open = new Map<string, OpenSection>();
  for (const event of history) {
    if (event.type === "EntityLockRequested") {
      const { criticalSectionId: id, lockSet } = event;
      open.set(id, { id, lockSet, isGranted: false });
    } else if (event.type === "EntityLockGranted") {
      const asked = open.get(event.criticalSectionId);
      if (asked !== undefined) open.set(asked.id, { ...asked, isGranted: true });
    } else if (event.type === "EntityUnlockSent") open.delete(event.criticalSectionId);
  }
  return [...open.values()];
}
