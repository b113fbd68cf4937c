/**
 * The client's signals to entities: numbered for each receiver, so that one that is sent again because the store gave
 * no answer is applied once.
 *
 * Invariant: a number is never used for two signals. What an entity has to remember of a client is how far its numbers
 * came: they leave no gap that lasts, because numbering begins anew after a signal that may not have been sent, and
 * signals for a later time have streams of their own. Used by the client alone.
 */
import type { EntityInstanceId } from "../core/entity-instance-id.ts";
import type { EntityMessageBody, InstanceMessage } from "../core/messages.ts";
import type { Mutable } from "../core/mutable.ts";
import { streamMessageId } from "../core/streams.ts";
import type { StreamPosition } from "../core/streams.ts";
import type { Clock } from "../ports/clock.ts";
import type { Ids } from "../ports/ids.ts";

/** After this many receivers numbering begins anew, so that the client remembers no more. */
const RECEIVERS_MAX = 10_000;

export class EntitySignals {
  readonly #ids: Ids;
  readonly #clock: Clock;
  /** Names this numbering; made with the first signal. */
  #session: string | undefined = undefined;
  readonly #last = new Map<string, number>();

  constructor(setup: { readonly ids: Ids; readonly clock: Clock }) {
    this.#ids = setup.ids;
    this.#clock = setup.clock;
  }

  /** Makes a message; it is not sent yet. */
  message(id: EntityInstanceId, body: EntityMessageBody, dueTime?: number): InstanceMessage {
    const instanceId = id.toString();
    const position = dueTime === undefined ? this.#next(instanceId) : this.#alone();
    const message: Mutable<InstanceMessage> = {
      messageId: streamMessageId(instanceId, position),
      instanceId,
      position,
      birth: { name: id.name, incarnation: this.#ids.newId() },
      body,
    };
    if (dueTime !== undefined) message.dueTime = dueTime;
    return message;
  }

  /** To be called when a message may not have been sent. */
  failed(): void {
    this.#session = undefined;
    this.#last.clear();
  }

  #next(receiver: string): StreamPosition {
    if (this.#last.size >= RECEIVERS_MAX && !this.#last.has(receiver)) this.failed();
    this.#session ??= this.#ids.newId();
    const number = (this.#last.get(receiver) ?? 0) + 1;
    this.#last.set(receiver, number);
    return { stream: this.#session, number, sentAt: this.#clock.now(), isUnordered: true };
  }

  #alone(): StreamPosition {
    return { stream: this.#ids.newId(), number: 1, sentAt: this.#clock.now(), isUnordered: true };
  }
}
