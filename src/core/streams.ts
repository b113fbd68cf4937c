/**
 * Streams: what one instance sends to another, in order and once, over queues that deliver late, twice and out of
 * order.
 *
 * Invariant: a sender numbers what it sends to each receiver 1, 2, 3, ...; the receiver takes a stream's messages
 * in that order, each once; of a stream without an order, each once as they come. Numbering continues across
 * continue-as-new. Nothing in here knows a clock: times come in as data, and only decide what may be forgotten. Used
 * by executions and entities for both ends.
 */

/** A message's place among those that its sender sent to the same receiver. */
export interface StreamPosition {
  /** Names the sender and its numbering. */
  readonly stream: string;
  /** 1, 2, 3, ... */
  readonly number: number;
  /** When it was sent: the sender's turn time, in milliseconds since the epoch. */
  readonly sentAt: number;
  /** True when the message waits for no other, such as a scheduled signal or one of a client. */
  readonly isUnordered?: true;
}

/** How far a sender came in one stream. */
export interface SentStream {
  /** The receiver's instance id. */
  readonly receiver: string;
  readonly stream: string;
  /** The number of the last message. */
  readonly last: number;
  /** When it was sent, in milliseconds since the epoch. */
  readonly sentAt: number;
  readonly isUnordered?: true;
}

/** How far a receiver came in one stream: everything below `next` was taken. */
export interface ReceivedStream {
  readonly stream: string;
  readonly next: number;
  /** Numbers above `next` that were taken already, ascending: only of streams without an order. */
  readonly ahead?: readonly number[];
  /** When the last message that was taken was sent, in milliseconds since the epoch. */
  readonly sentAt: number;
}

/** The id of a message: a function of its place, so that a repeated turn names it again. */
export function streamMessageId(receiver: string, { stream, number }: StreamPosition): string {
  return `${stream}:${number}>${receiver}`;
}

/** The sender's end of its streams. */
export class OutboundStreams {
  readonly #sent = new Map<string, SentStream>();
  readonly #name: string;

  /** @param name names streams that begin here; nobody else ever uses it. @param sent what was sent before. */
  constructor(name: string, sent: readonly SentStream[] = []) {
    this.#name = name;
    for (const stream of sent) this.#sent.set(keyOf(stream), stream);
  }

  /** The place of the next message to a receiver. `isUnordered` lets it overtake and be overtaken. */
  next(receiver: string, sentAt: number, isUnordered = false): StreamPosition {
    const mark = isUnordered ? ({ isUnordered: true } as const) : undefined;
    const known = this.#sent.get(keyOf({ receiver, ...mark }));
    const stream = known?.stream ?? `${this.#name}${isUnordered ? "~" : ""}`;
    const number = (known?.last ?? 0) + 1;
    this.#sent.set(keyOf({ receiver, ...mark }), { receiver, stream, last: number, sentAt, ...mark });
    return { stream, number, sentAt, ...mark };
  }

  /** What a later execution has to know: a stream whose last message was sent before `oldest` may begin anew. */
  since(oldest: number): readonly SentStream[] {
    return [...this.#sent.values()].filter(({ sentAt }) => sentAt >= oldest);
  }
}

function keyOf({ receiver, isUnordered }: { readonly receiver: string; readonly isUnordered?: true }): string {
  return isUnordered === true ? `~${receiver}` : receiver;
}

/** What becomes of a message at the receiver's end. */
export type StreamVerdict = "take" | "hold" | "duplicate";

/** The receiver's end of all streams that reach it. */
export class InboundStreams {
  readonly #received = new Map<string, ReceivedStream>();

  constructor(received: readonly ReceivedStream[] = []) {
    for (const stream of received) this.#received.set(stream.stream, stream);
  }

  /**
   * Judges a message; one to take counts as taken from then on. One to hold is to be judged again after each
   * message of its stream that was taken.
   */
  judge(position: StreamPosition): StreamVerdict {
    const { stream, number, isUnordered } = position;
    const known = this.#received.get(stream);
    const next = known?.next ?? 1;
    if (number < next || known?.ahead?.includes(number) === true) return "duplicate";
    if (number > next && isUnordered !== true) return "hold";
    this.#received.set(stream, taken(known, position));
    return "take";
  }

  /** What a later turn or execution has to know: what was last sent before `oldest` does not come again. */
  since(oldest: number): readonly ReceivedStream[] {
    return [...this.#received.values()].filter(({ sentAt }) => sentAt >= oldest);
  }
}

function taken(known: ReceivedStream | undefined, { stream, number, sentAt }: StreamPosition): ReceivedStream {
  const ahead = new Set(known?.ahead);
  ahead.add(number);
  let next = known?.next ?? 1;
  while (ahead.delete(next)) next += 1;
  const latest = Math.max(known?.sentAt ?? sentAt, sentAt);
  if (ahead.size === 0) return { stream, next, sentAt: latest };
  return { stream, next, ahead: [...ahead].sort((a, b) => a - b), sentAt: latest };
}
