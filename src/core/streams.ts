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
  /** When the one before it was sent; absent on the first, and where the same turn sent both. */
  readonly previousSentAt?: number;
  /** True when the message waits for no other, such as a scheduled signal or one of a client. */
  readonly isUnordered?: true;
  /** Set by the receiver: it does not wait for those before it, which met another life of the receiver's id or nobody. */
  readonly isFree?: true;
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
  /** When a message was last sent or taken, whichever is later, in milliseconds since the epoch. */
  readonly sentAt: number;
}

/** The id of a message: a function of its place, so that a repeated turn names it again. */
export function streamMessageId(receiver: string, { stream, number }: StreamPosition): string {
  return `${stream}:${number}>${receiver}`;
}

/** The sender's end of its streams. */
export class OutboundStreams {
  readonly #sent = new Map<string, SentStream>();
  /** The receivers that the current turn sent something to. */
  readonly #addressed = new Set<string>();
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
    const key = keyOf({ receiver, ...mark });
    this.#sent.set(key, { receiver, stream, last: number, sentAt, ...mark });
    const isSameTurn = this.#addressed.has(key);
    this.#addressed.add(key);
    if (known === undefined || number === 1 || isSameTurn) return { stream, number, sentAt, ...mark };
    return { stream, number, sentAt, previousSentAt: known.sentAt, ...mark };
  }

  /** Tells what one turn sends from what others do. */
  beginTurn(): void {
    this.#addressed.clear();
  }

  /** Begins a stream, unless it has begun, to a life that the sender started: its name tells that life that it gets all. */
  begin(receiver: string, incarnation: string, sentAt: number): void {
    if (this.#sent.get(receiver)?.stream === incarnation) return;
    this.#sent.set(receiver, { receiver, stream: incarnation, last: 0, sentAt });
  }

  /** Takes over the recorded place of a message that was sent before. */
  sentBefore(receiver: string, { stream, number, sentAt, isUnordered }: StreamPosition): void {
    const mark = isUnordered === true ? ({ isUnordered } as const) : undefined;
    this.#sent.set(keyOf({ receiver, ...mark }), { receiver, stream, last: number, sentAt, ...mark });
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

/** Of a stream with an order, no more numbers than this are kept above a gap; the gap then counts as taken. */
const AHEAD_MAX = 1000;

/** A stream that is being judged. */
class Progress {
  readonly stream: string;
  next: number;
  ahead: Set<number> | undefined;
  sentAt: number;

  constructor({ stream, next, ahead, sentAt }: ReceivedStream) {
    this.stream = stream;
    this.next = next;
    this.ahead = ahead === undefined ? undefined : new Set(ahead);
    this.sentAt = sentAt;
  }

  toPlain(): ReceivedStream {
    const { stream, next, ahead, sentAt } = this;
    if (ahead === undefined) return { stream, next, sentAt };
    return { stream, next, ahead: [...ahead].sort((a, b) => a - b), sentAt };
  }
}

/** Where each stream is in a list of them, and a time before which none of them was sent or taken last. */
interface StreamIndex {
  readonly places: Map<string, number>;
  floor: number;
}

/** Lists no longer than this are indexed anew each time, and hold nothing that may be forgotten. */
const SHORT_LIST = 64;

/**
 * The indexes of long lists that nobody has changed since: whoever receives from thousands of senders would else go
 * through them all for each message. Only a memory of what the list itself says, so it makes no difference but in time.
 */
const INDEXES = new WeakMap<readonly ReceivedStream[], StreamIndex>();

/** The receiver's end of all streams that reach it. */
export class InboundStreams {
  readonly #received: readonly ReceivedStream[];
  readonly #index: StreamIndex;
  readonly #touched = new Map<string, Progress>();

  constructor(received: readonly ReceivedStream[] = []) {
    this.#received = received;
    this.#index = takeIndex(received);
  }

  /**
   * Judges a message; one to take counts as taken from then on, at `takenAt`. One to hold is to be judged again after
   * each message of its stream that was taken. With `isLate` it waits for no other: those before it may still come,
   * and are taken then.
   */
  judge(position: StreamPosition, takenAt: number = position.sentAt, isLate = false): StreamVerdict {
    const { stream, number, sentAt } = position;
    const progress = this.#progressOf(stream);
    if (number < (progress?.next ?? 1) || progress?.ahead?.has(number) === true) return "duplicate";
    if (!isLate && !mayTake(progress, position)) return "hold";
    take(progress ?? this.#begin(stream), position, Math.max(sentAt, takenAt));
    return "take";
  }

  /** True when a message of the stream was taken that is not forgotten. */
  knows(stream: string): boolean {
    return this.#touched.has(stream) || this.#index.places.has(stream);
  }

  /** The number of the message that a stream waits for. */
  nextOf(stream: string): number {
    return this.#progressOf(stream)?.next ?? 1;
  }

  /** Takes a message, and passes by those before it for good. */
  skipTo({ stream, number, sentAt }: StreamPosition): void {
    const progress = this.#progressOf(stream) ?? this.#begin(stream);
    progress.next = Math.max(progress.next, number + 1);
    progress.sentAt = Math.max(progress.sentAt, sentAt);
  }

  /** True when messages were taken before one that precedes them. */
  hasGap(stream: string): boolean {
    return this.#progressOf(stream)?.ahead !== undefined;
  }

  /** True when a message that was not taken yet need wait for no other. */
  mayTake(position: StreamPosition): boolean {
    return mayTake(this.#progressOf(position.stream), position);
  }

  /**
   * What a later turn or execution has to know: what was last sent and taken before `oldest` does not come again.
   * Of many streams, some are kept for `slackMs` longer, so that they are not gone through each time. Called last.
   */
  since(oldest: number, slackMs = 0): readonly ReceivedStream[] {
    const index = this.#index;
    let kept = this.#received;
    if (this.#touched.size > 0) {
      const changed = kept.slice();
      for (const [stream, progress] of this.#touched) {
        const place = index.places.get(stream) ?? changed.length;
        index.places.set(stream, place);
        index.floor = Math.min(index.floor, progress.sentAt);
        changed[place] = progress.toPlain();
      }
      kept = changed;
    }
    if (index.floor < (kept.length > SHORT_LIST ? oldest - slackMs : oldest)) {
      kept = kept.filter(({ sentAt }) => sentAt >= oldest);
    } else if (kept.length > SHORT_LIST) INDEXES.set(kept, index);
    return kept;
  }

  #progressOf(stream: string): Progress | undefined {
    const touched = this.#touched.get(stream);
    if (touched !== undefined) return touched;
    const place = this.#index.places.get(stream);
    const known = place === undefined ? undefined : this.#received[place];
    if (known === undefined) return undefined;
    const progress = new Progress(known);
    this.#touched.set(stream, progress);
    return progress;
  }

  #begin(stream: string): Progress {
    const progress = new Progress({ stream, next: 1, sentAt: 0 });
    this.#touched.set(stream, progress);
    return progress;
  }
}

/** Taken, not shared: it will be that of the list that comes of this one. */
function takeIndex(received: readonly ReceivedStream[]): StreamIndex {
  const known = INDEXES.get(received);
  if (known !== undefined) {
    INDEXES.delete(received);
    return known;
  }
  const index = { places: new Map<string, number>(), floor: Infinity };
  for (const [place, { stream, sentAt }] of received.entries()) {
    index.places.set(stream, place);
    index.floor = Math.min(index.floor, sentAt);
  }
  return index;
}

function mayTake(progress: Progress | undefined, { number, isUnordered }: StreamPosition): boolean {
  return isUnordered === true || number === (progress?.next ?? 1) || progress?.ahead?.has(number - 1) === true;
}

function take(progress: Progress, { number, isUnordered }: StreamPosition, latest: number): void {
  if (latest > progress.sentAt) progress.sentAt = latest;
  if (number === progress.next) progress.next += 1;
  else (progress.ahead ??= new Set()).add(number);
  const { ahead } = progress;
  if (ahead === undefined) return;
  if (isUnordered !== true && ahead.size > AHEAD_MAX) progress.next = Math.min(...ahead);
  while (ahead.delete(progress.next)) progress.next += 1;
  if (ahead.size === 0) progress.ahead = undefined;
}
