/**
 * What an execution has sent to others, as its history tells.
 *
 * Invariant: the streams come out as the execution has them in memory at the end of that history. Used where there is
 * no execution to ask: by the unlocks of one that cannot be run, and by rewinding.
 */
import type { EventBody, ExecutionRewound, HistoryEvent, SentPlace } from "./history.ts";
import type { SentStream } from "./streams.ts";
import { OutboundStreams } from "./streams.ts";

/** The places of all that is sent by these decisions, in order. */
export function placesOf(events: readonly EventBody[]): readonly SentPlace[] {
  return events.flatMap((event) => {
    const receiver = receiverOf(event);
    if (receiver === undefined || !("position" in event) || event.position === undefined) return [];
    return [{ receiver, position: event.position }];
  });
}

/** How far the execution came in what it sent to others. */
export function sentBy(history: readonly HistoryEvent[]): OutboundStreams {
  const started = history.find((event) => event.type === "ExecutionStarted");
  const sent = new OutboundStreams(started?.seed ?? started?.executionId ?? "", started?.sent);
  for (const event of history) {
    for (const { receiver, position } of placesOf([event])) sent.sentBefore(receiver, position);
    if (event.type === "ExecutionRewound") takePlaces(sent, event, event.timestamp);
  }
  return sent;
}

/** The streams once these places are taken, too. */
export function streamsAfter(
  sent: readonly SentStream[] | undefined,
  places: readonly SentPlace[],
): readonly SentStream[] {
  const streams = new OutboundStreams("", sent);
  for (const { receiver, position } of places) streams.sentBefore(receiver, position);
  return streams.since(0);
}

/** Takes the places that a rewind says are taken, and gives those of the operations that it asks for anew. */
export function takePlaces(
  streams: OutboundStreams,
  { sent = [], resent = [] }: Pick<ExecutionRewound, "sent" | "resent">,
  time: number,
): readonly (readonly [taskId: number, position: SentPlace["position"]])[] {
  for (const { receiver, position } of sent) streams.sentBefore(receiver, position);
  return resent.map(({ taskId, entityId }) => [taskId, streams.next(entityId, time)] as const);
}

function receiverOf(event: EventBody): string | undefined {
  switch (event.type) {
    case "EventSent":
      return event.instanceId;
    case "EntityOperationCalled":
    case "EntityOperationSignaled":
    case "EntityUnlockSent":
      return event.entityId;
    case "EntityLockRequested":
      return event.lockSet[0];
    default:
      return undefined;
  }
}
