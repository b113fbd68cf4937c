/**
 * What came in a turn that the engine ends. The code never sees it, and the history records it all the same, so that a rewind
 * feeds it to the code: events, and orders to suspend and to resume.
 *
 * Invariant: in the order in which the code would have been fed it, each once. What answers a task is not kept: a rewind asks
 * for it again. Used by the turn alone.
 */
import { firstSuspension, idsOf, toEvent } from "./inbox.ts";
import type { EventBody, HistoryEvent, IncomingEvent } from "./history.ts";
import type { InstanceMessage } from "./messages.ts";
import { isForOrchestrations } from "./messages.ts";
import type { TurnInput } from "./turn.ts";

/** @param instance `history` is that of the execution before the turn */
export function unseenEvents(
  { history, lastEventId }: { readonly history: readonly HistoryEvent[]; readonly lastEventId: number },
  input: TurnInput,
): readonly EventBody<IncomingEvent>[] {
  const { start, rewound } = input;
  if (rewound !== undefined) return without(history, input, [rewound.event, ...rewound.refed], input.messages);
  if (lastEventId > 0) return without(history, input, [], input.messages);
  if (start.suspended !== undefined) {
    return without(history, input, [start.suspended, ...start.carriedEvents], input.messages);
  }
  const suspension = firstSuspension(input);
  const held = suspension === undefined ? [] : kept(suspension);
  return without(history, input, [...held, ...start.carriedEvents], input.messages);
}

/** The events that are there already, and those of the messages that are none of them. */
function without(
  history: readonly HistoryEvent[],
  { start }: TurnInput,
  events: readonly EventBody<IncomingEvent>[],
  messages: readonly InstanceMessage[],
): readonly EventBody<IncomingEvent>[] {
  const seen = new Set(start.event.seenMessages?.map(({ messageId }) => messageId));
  for (const event of [...history, ...events]) if ("messageId" in event) seen.add(event.messageId);
  const fresh = messages.flatMap((message) => {
    const ids = idsOf(message);
    if (ids.some((id) => seen.has(id))) return [];
    for (const id of ids) seen.add(id);
    return kept(message);
  });
  return [...events, ...fresh];
}

function kept({ body, messageId, position }: InstanceMessage): readonly EventBody<IncomingEvent>[] {
  if (!isForOrchestrations(body)) return [];
  switch (body.type) {
    case "EventRaised":
    case "ExecutionSuspended":
    case "ExecutionResumed":
      return [toEvent(body, messageId, position)];
    default:
      return [];
  }
}
