/**
 * What reaches an entity in one turn, in the order in which it is to be dealt with: what waited for the lock, what was
 * held until its predecessors came, new messages.
 *
 * Invariant: of each stream, messages come out in its order and once. Everything that is consumed has come out, or
 * waits, is held, or is a duplicate; what is left in the queue comes again. Used by `entity-turn.ts` alone.
 */
import type { EntityData, HeldMessage, WaitingRequest } from "./entity-data.ts";
import type { DroppedMessage, DropReason, InstanceMessage } from "./messages.ts";
import { isForOrchestrations } from "./messages.ts";
import { InboundStreams } from "./streams.ts";
import type { ReceivedStream, StreamPosition } from "./streams.ts";

interface InboxInput {
  readonly data: EntityData | undefined;
  readonly messages: readonly InstanceMessage[];
  readonly redeliveryHorizonMs: number;
}

/** What came too early of one stream, by number. */
type HeldStream = Map<number, HeldMessage>;

export class EntityInbox {
  readonly consumed: string[] = [];
  readonly dropped: DroppedMessage[] = [];
  readonly #messages: readonly InstanceMessage[];
  readonly #time: number;
  /** A stream of which nothing was sent or taken since then is forgotten, and a message sent before waits for no other. */
  readonly #oldest: number;
  readonly #slackMs: number;
  readonly #streams: InboundStreams;
  readonly #waiting: WaitingRequest[];
  /** How many of those that waited have been taken out. */
  #resumed = 0;
  readonly #held = new Map<string, HeldStream>();
  #position = 0;
  /** Streams of which something that is held may be next by now. */
  readonly #toCheck: string[];

  constructor({ data, messages, redeliveryHorizonMs }: InboxInput, time: number) {
    this.#messages = messages;
    this.#time = time;
    this.#oldest = time - 2 * redeliveryHorizonMs;
    this.#slackMs = redeliveryHorizonMs / 4;
    this.#streams = new InboundStreams(data?.received);
    this.#waiting = [...(data?.waiting ?? [])];
    for (const message of data?.held ?? []) this.#hold(message);
    // A turn may have ended before it came to what it had let through.
    this.#toCheck = [...this.#held.keys()];
  }

  /** The next request to deal with. `isFree`: the entity is not locked, so that what waits may go on. */
  next(isFree: boolean): WaitingRequest | undefined {
    if (isFree && this.#resumed < this.#waiting.length) return this.#waiting[this.#resumed++];
    for (;;) {
      const held = this.#successor();
      if (held !== undefined) return held;
      const message = this.#messages[this.#position];
      if (message === undefined) return this.#late();
      this.#position += 1;
      this.consumed.push(message.messageId);
      const request = this.#judge(message);
      if (request !== undefined) return request;
    }
  }

  /** Puts a request behind all that wait for the lock. */
  wait(request: WaitingRequest): void {
    this.#waiting.push(request);
  }

  /** Forgets the request of a section that waits for the lock. @returns false when there is none. */
  forgetRequest(criticalSectionId: string): boolean {
    const index = this.#waiting.findIndex(
      ({ body }, at) =>
        at >= this.#resumed && body.type === "EntityLockRequested" && body.criticalSectionId === criticalSectionId,
    );
    if (index === -1) return false;
    this.#waiting.splice(index, 1);
    return true;
  }

  /**
   * The turn ends before everything was dealt with. Where something could go on without any new message, the last
   * message stays in the queue, as a duplicate that brings the next turn about.
   */
  leaveTheRest(isFree: boolean): void {
    const isReady = (isFree && this.#resumed < this.#waiting.length) || this.#findSuccessor() !== undefined;
    if (isReady && this.#position === this.#messages.length) this.consumed.pop();
  }

  get waiting(): readonly WaitingRequest[] {
    return this.#resumed === 0 ? this.#waiting : this.#waiting.slice(this.#resumed);
  }

  get held(): readonly HeldMessage[] {
    return this.#held.size === 0 ? [] : [...this.#held.values()].flatMap((stream) => [...stream.values()]);
  }

  get received(): readonly ReceivedStream[] {
    return this.#streams.since(this.#oldest, this.#slackMs);
  }

  #judge({ messageId, body, position = byItself(messageId, this.#time) }: InstanceMessage): WaitingRequest | undefined {
    // What an entity does not understand has its place in its stream all the same, and is waited for by what follows.
    const isStrange = isForOrchestrations(body);
    const verdict = this.#streams.judge(position, this.#time, isStrange || this.#isForgotten(position));
    if (verdict === "take" && this.#held.size > 0) this.#toCheck.push(position.stream);
    if (isStrange) this.#drop(messageId, body.type, "not-understood");
    else if (verdict === "take") return { messageId, body };
    else if (verdict === "duplicate" || !this.#hold({ messageId, body, position })) {
      this.#drop(messageId, body.type, "duplicate");
    }
    return undefined;
  }

  /** True when what precedes the message was sent so long ago that the stream may have been forgotten since. */
  #isForgotten({ stream, previousSentAt }: StreamPosition): boolean {
    return previousSentAt !== undefined && previousSentAt < this.#oldest && !this.#streams.knows(stream);
  }

  /** What was held until something came that has been taken by now. */
  #successor(): WaitingRequest | undefined {
    const found = this.#findSuccessor();
    return found === undefined ? undefined : this.#release(found, false);
  }

  #findSuccessor(): HeldMessage | undefined {
    for (let stream = this.#toCheck.at(-1); stream !== undefined; stream = this.#toCheck.at(-1)) {
      const held = this.#held.get(stream);
      const found = held?.get(this.#streams.nextOf(stream)) ?? this.#afterGap(held);
      if (found !== undefined) return found;
      this.#toCheck.pop();
    }
    return undefined;
  }

  #afterGap(held: HeldStream | undefined): HeldMessage | undefined {
    if (held === undefined) return undefined;
    const [first] = held.values();
    if (first === undefined || !this.#streams.hasGap(first.position.stream)) return undefined;
    return [...held.values()].find(({ position }) => this.#streams.mayTake(position));
  }

  /**
   * A message of a stream that is not known (any more), held so long that what precedes it may have been taken and
   * forgotten.
   */
  #late(): WaitingRequest | undefined {
    if (this.#held.size === 0) return undefined;
    let first: HeldMessage | undefined;
    for (const [stream, messages] of this.#held) {
      if (this.#streams.knows(stream)) continue;
      for (const message of messages.values()) {
        if (message.position.sentAt >= this.#oldest) continue;
        if (first === undefined || message.position.number < first.position.number) first = message;
      }
    }
    return first === undefined ? undefined : this.#release(first, true);
  }

  #release({ messageId, body, position }: HeldMessage, isLate: boolean): WaitingRequest {
    const held = this.#held.get(position.stream);
    held?.delete(position.number);
    if (held?.size === 0) this.#held.delete(position.stream);
    this.#streams.judge(position, this.#time, isLate);
    if (isLate) this.#toCheck.push(position.stream);
    return { messageId, body };
  }

  /** @returns false when the message is held already. */
  #hold(message: HeldMessage): boolean {
    const { stream, number } = message.position;
    const held = this.#held.get(stream) ?? new Map<number, HeldMessage>();
    this.#held.set(stream, held);
    if (held.has(number)) return false;
    held.set(number, message);
    return true;
  }

  #drop(messageId: string, type: DroppedMessage["type"], reason: DropReason): void {
    this.dropped.push({ messageId, type, reason });
  }
}

/** The place of a message that has none: known by its id alone. */
function byItself(messageId: string, sentAt: number): StreamPosition {
  return { stream: messageId, number: 1, sentAt, isUnordered: true };
}
