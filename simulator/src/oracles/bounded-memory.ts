/**
 * What instances keep of their streams is bounded: by what they were handed, and by how long a message may be late. Part
 * of O14.
 *
 * Invariant: an entity keeps no more messages and streams than it kept before and got or sent in this turn; it holds no
 * message whose turn has come, unless its turn ended before, and another is sure to follow; nothing is remembered for longer than a message of it could still come; and no event is put
 * back that was put back before. So nothing grows, and nothing is kept, without something that comes from outside.
 */
import type { EntityData, ReceivedStream, TurnCommit } from "dacapo/backend";
import type { InstanceBefore } from "../world/port-calls.ts";

/** How late a message may come again, in milliseconds (contract G10). */
const HORIZON_MS = 30 * 60 * 1000;

/** Of many streams, some may be kept for a while longer than needed, so that they are not gone through each time. */
const SLACK_MS = HORIZON_MS / 4;

/** An entity's turn runs so many operations, and half of that with each delivery of the same that came to nothing. */
const OPERATIONS_MAX = 1000;

/** So many deliveries that came to nothing are one that runs a single operation, unless the hub says otherwise. */
const DELIVERIES_MAX_DEFAULT = 10;

interface Sizes {
  readonly incarnation: string;
  readonly kept: number;
  readonly received: number;
  readonly sent: number;
}

export class BoundedMemory {
  /** By entity id. */
  readonly #sizes = new Map<string, Sizes>();
  readonly #deliveriesMax: number;

  /** @param deliveriesMax so often is the same handed out until it is set aside. */
  constructor(deliveriesMax = DELIVERIES_MAX_DEFAULT) {
    this.#deliveriesMax = deliveriesMax;
  }

  /** A turn was committed. Says what is kept without end, as the end of a sentence about the instance. */
  take(commit: TurnCommit, before: InstanceBefore | undefined): string | undefined {
    const { entity, events, next } = commit;
    if (before === undefined) return undefined;
    if (entity !== undefined) return this.#problemWithEntity(commit, entity, before);
    const isContinued = events.at(-2)?.type === "ContinueAsNew" || events.at(-1)?.type === "ContinueAsNew";
    const carried = isContinued && next !== undefined ? problemWithCarried(next.event, commit) : undefined;
    return carried ?? problemWithPutBack(commit, before);
  }

  #problemWithEntity(commit: TurnCommit, entity: EntityData, before: InstanceBefore): string | undefined {
    const { lock, consumed, messages, status } = commit;
    const { incarnation } = before;
    const known = this.#sizes.get(lock.key);
    const was = known?.incarnation === incarnation ? known : { kept: 0, received: 0, sent: 0 };
    const { held, received, sent } = entity;
    const is: Sizes = {
      ...{ incarnation, kept: held.length + entity.waiting.length },
      ...{ received: received.length, sent: sent.length },
    };
    this.#sizes.set(lock.key, is);
    const got = consumed.length;
    if (is.kept > was.kept + got) return `keeps ${is.kept - was.kept} messages more, and was handed ${got}`;
    // What was held may be taken now, without what it waited for.
    if (is.received > was.received + was.kept + got)
      return `remembers ${is.received - was.received} senders more, and was handed ${got} messages`;
    if (is.sent > was.sent + messages.length)
      return `remembers ${is.sent - was.sent} receivers more, and sent ${messages.length} messages`;
    const time = status.lastUpdatedAt;
    return (
      (this.#goesOn(commit, before) ? undefined : problemWithHeld(entity)) ??
      problemWithOld("senders", received, time - 2 * HORIZON_MS - SLACK_MS) ??
      problemWithOld("receivers", sent, time - HORIZON_MS)
    );
  }

  /**
   * True when the turn ran all the operations that it may after so many deliveries, and left a message in the queue,
   * which brings the turn that goes on.
   */
  #goesOn({ applied = [], consumed }: TurnCommit, { batch, deliveryCount }: InstanceBefore): boolean {
    const operations = applied.filter(({ operation }) => operation !== undefined).length;
    const isLast = deliveryCount > 1 && deliveryCount >= this.#deliveriesMax;
    const operationsMax = isLast ? 1 : Math.max(1, OPERATIONS_MAX >> (deliveryCount - 1));
    return operations === operationsMax && batch.some(({ messageId }) => !consumed.includes(messageId));
  }
}

/** A message that nothing has to wait for any more would be held for ever. */
function problemWithHeld({ held, received }: EntityData): string | undefined {
  if (held.length === 0) return undefined;
  const next = new Map(received.map((stream: ReceivedStream) => [stream.stream, stream.next]));
  const due = held.find(({ position }) => position.number <= (next.get(position.stream) ?? 1));
  return due === undefined ? undefined : `holds a message (${due.body.type}) whose turn has come`;
}

/** What continue-as-new carries on, which would else grow with every execution. */
function problemWithCarried(
  { received = [], sent = [], seenMessages = [] }: NonNullable<TurnCommit["next"]>["event"],
  { status: { lastUpdatedAt: time } }: TurnCommit,
): string | undefined {
  const seen = seenMessages.map(({ seenAt }) => ({ sentAt: seenAt }));
  return (
    problemWithOld("senders", received, time - 2 * HORIZON_MS - SLACK_MS) ??
    problemWithOld("receivers", sent, time - HORIZON_MS) ??
    problemWithOld("messages", seen, time - HORIZON_MS)
  );
}

function problemWithOld(
  what: string,
  kept: readonly { readonly sentAt: number }[],
  oldest: number,
): string | undefined {
  const count = kept.filter(({ sentAt }) => sentAt < oldest).length;
  return count === 0 ? undefined : `still remembers ${count} ${what} of which nothing can come any more`;
}

/** An event that comes again waits for none, so there is no reason to put it back once more. */
function problemWithPutBack({ timers, consumed }: TurnCommit, { batch }: InstanceBefore): string | undefined {
  for (const { body, position } of timers) {
    if (body.type !== "EventRaised" || position === undefined) continue;
    const before = batch.find(
      (one) => one.position?.stream === position.stream && one.position.number === position.number,
    );
    if (before?.position?.isFree === true && consumed.includes(before.messageId))
      return "put back an event that it had put back before";
  }
  return undefined;
}
