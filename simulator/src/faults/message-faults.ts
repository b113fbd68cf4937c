/**
 * What can happen to the messages of one instance as it is fetched: held back, lost on the way, doubled, overtaken,
 * split, gathered, or seen again.
 *
 * Invariant: everything in here is what the backend contract permits (G4, G5, G6, G10): no message is lost for good, none
 * comes before its due time, and none comes again after the redelivery horizon.
 */
import type { InstanceMessage } from "dacapo/backend";
import type { FetchPolicy, QueueEntry } from "dacapo/memory";
import type { Subject } from "../report/notes.ts";
import { messageSubject } from "../report/port-notes.ts";
import type { ConsumedMessage } from "../world/committed-record.ts";
import type { World } from "../world/world.ts";
import type { FaultClass } from "./faults.ts";

const MINUTE = 60_000;

/**
 * A held-back message comes this much later, in milliseconds: soon, after a lease, long after, and close to the default
 * horizon of thirty minutes, less what locks and crashes may add to it.
 */
const MESSAGE_DELAYS_MS = [2_000, 45_000, 10 * MINUTE, 20 * MINUTE] as const;

/** However often a message is held back: less than the default horizon, too. */
const HELD_BACK_MAX_MS = 25 * MINUTE;

/** An instance whose messages are gathered waits so long, in milliseconds. */
const GATHERING_MS = [1_000, 45_000, 2 * MINUTE] as const;

/**
 * A consumed message comes again within this long, in milliseconds. Far less than the default horizon, because
 * crashes may hold it up on its way.
 */
const REDELIVERY_WITHIN_MS = 10 * MINUTE;

type Select = NonNullable<FetchPolicy["select"]>;

/** What a fault did to the messages of a fetch. */
export interface Tampering {
  /** What it hit, for the story. */
  readonly on: Subject;
  readonly delayMs?: number;
  /** Which messages the store hands out, and in what order. */
  readonly select?: Select;
  /** The message that the store hands out and the worker never sees. */
  readonly lost?: QueueEntry;
}

/** The faults of messages that are possible for one instance, and what each does. */
export class MessageFaults {
  readonly #world: World;
  readonly #instanceId: string;
  readonly #visible: readonly QueueEntry[];
  readonly #delayable: readonly QueueEntry[];
  readonly #consumed: readonly ConsumedMessage[];

  constructor(world: World, instanceId: string) {
    this.#world = world;
    this.#instanceId = instanceId;
    this.#visible = world.store.queue(instanceId).filter((entry) => entry.visibleAt <= world.now);
    // A copy that is held back might come after the horizon, when nobody can tell any more that it is one.
    this.#delayable = this.#visible.filter(({ message }) => !world.committed.copied.has(message.messageId));
    const since = world.now - REDELIVERY_WITHIN_MS;
    this.#consumed = world.committed.consumed.filter(({ consumedAt }) => consumedAt >= since);
  }

  get possible(): readonly FaultClass[] {
    const possible: FaultClass[] = [];
    if (this.#visible.length > 0) possible.push("message-duplicated", "message-dropped");
    // Copies must not be held back, see above.
    if (this.#delayable.length > 0) possible.push("message-delayed");
    if (this.#delayable.length === this.#visible.length && this.#visible.length > 0) possible.push("batch-merged");
    if (this.#visible.length > 1) possible.push("message-reordered", "batch-split");
    if (this.#consumed.length > 0) possible.push("message-redelivered");
    return possible;
  }

  tamper(fault: FaultClass): Tampering | undefined {
    switch (fault) {
      case "message-delayed":
        return this.#delayOne();
      case "message-dropped":
        return this.#dropOne();
      case "message-duplicated":
        return this.#copyOne("duplicated message", this.#visible);
      case "message-redelivered":
        return this.#copyOne("redelivered message", this.#consumed);
      case "message-reordered":
        return this.#reorder();
      case "batch-split":
        return this.#split();
      case "batch-merged":
        return this.#gather();
      default:
        return undefined;
    }
  }

  #delayOne(): Tampering {
    const { message } = this.#chosen("delayed message", this.#delayable);
    const chosenMs = this.#chosen("message delay", MESSAGE_DELAYS_MS);
    const { now, committed, store } = this.#world;
    const since = committed.heldBackSince.get(message.messageId) ?? now;
    committed.heldBackSince.set(message.messageId, since);
    const delayMs = Math.max(Math.min(chosenMs, since + HELD_BACK_MAX_MS - now), 0);
    store.delay(this.#instanceId, message.messageId, now + delayMs);
    return { on: messageSubject(message), delayMs };
  }

  /** Handed out by the store, and lost between it and the worker. */
  #dropOne(): Tampering {
    const lost = this.#chosen("dropped message", this.#visible);
    return { on: messageSubject(lost.message), lost };
  }

  #copyOne(
    label: string,
    from: readonly { readonly message: InstanceMessage; readonly incarnation: string }[],
  ): Tampering {
    const { message, incarnation } = this.#chosen(label, from);
    this.#world.committed.copied.add(message.messageId);
    this.#world.store.redeliver(message.instanceId, message, incarnation);
    this.#world.touch(message.instanceId);
    return { on: messageSubject(message) };
  }

  /** One message overtakes those before it, and may come a whole turn earlier. */
  #reorder(): Tampering {
    const early = this.#chosen("early message", this.#visible.slice(1));
    const isAlone = this.#world.choices.choose({ label: "batch", n: 2 }) === 1;
    const select = this.#selecting((visible) => {
      const overtaker = visible.find(({ sequence }) => sequence === early.sequence);
      if (overtaker === undefined) return visible;
      return isAlone ? [overtaker] : [overtaker, ...visible.filter((entry) => entry !== overtaker)];
    });
    return { on: messageSubject(early.message), select };
  }

  /** Only the first few messages are delivered now. */
  #split(): Tampering {
    const left = 1 + this.#world.choices.choose({ label: "left for later", n: this.#visible.length - 1 });
    const firstLeft = this.#visible[this.#visible.length - left] ?? this.#chosen("split", this.#visible);
    const select = this.#selecting((visible) => visible.slice(0, Math.max(visible.length - left, 1)));
    return { on: messageSubject(firstLeft.message), select };
  }

  /** The whole instance waits, so that what comes meanwhile is delivered with what is there. */
  #gather(): Tampering {
    const delayMs = this.#chosen("gathering", GATHERING_MS);
    this.#world.store.holdBack(this.#instanceId, this.#world.now + delayMs);
    return { on: { instanceId: this.#instanceId }, delayMs };
  }

  #selecting(order: (visible: readonly QueueEntry[]) => readonly QueueEntry[]): Select {
    return (instanceId, visible) => (instanceId === this.#instanceId ? order(visible) : visible);
  }

  #chosen<T>(label: string, from: readonly T[]): T {
    // Never empty: the faults are offered only when there is something to choose from.
    return from[this.#world.choices.choose({ label, n: from.length })] as T;
  }
}
