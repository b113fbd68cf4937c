/**
 * A fetch of work, with what may happen to messages and leases on the way: which instance comes first, and a
 * message that is held back, doubled, overtaken or seen again.
 *
 * Invariant: everything in here is what the backend contract permits (G2, G4, G10): no message is lost, none comes
 * before its due time, and none comes again after the redelivery horizon.
 */
import type { ActivityWorkItem, FetchOptions, InstanceMessage, OrchestrationWorkItem, WorkKind } from "dacapo/backend";
import { StorageError } from "dacapo/backend";
import type { FetchPolicy, QueueEntry } from "dacapo/memory";
import type { Actor } from "../world/actor.ts";
import type { ConsumedMessage } from "../world/committed-record.ts";
import type { FaultClass } from "./faults.ts";
import type { Subject } from "../report/notes.ts";
import { messageSubject } from "../report/port-notes.ts";
import type { World } from "../world/world.ts";

/** A held-back message comes this much later, in milliseconds: soon, after a lease, long after. */
const MESSAGE_DELAYS_MS = [2_000, 45_000, 600_000] as const;

/**
 * A consumed message comes again within this long, in milliseconds. Far less than the default horizon, because
 * crashes may hold it up on its way.
 */
const REDELIVERY_WITHIN_MS = 10 * 60 * 1000;

type Select = NonNullable<FetchPolicy["select"]>;

/** What a fault did to the messages of a fetch. */
interface Tampering {
  /** What it hit, for the story. */
  readonly on: Subject;
  readonly delayMs?: number;
  readonly select?: Select;
}

/** Hands out instances to run. `evictCache` makes the worker forget what it keeps in memory. */
export function fetchOrchestrations(
  world: World,
  actor: Actor,
  options: FetchOptions,
  evictCache: () => void,
): readonly OrchestrationWorkItem[] {
  const order = readyInChosenOrder(world, "orchestration", options);
  const first = order[0];
  if (first === undefined) return [];
  const messages = new MessageFaults(world, first);
  const name = "fetchOrchestrations";
  const fault = world.drawFault(name, ["cache-evicted", "lease-expired", "ambiguous-commit", ...messages.possible]);
  const tampering = fault === undefined ? undefined : messages.tamper(fault);
  if (fault !== undefined && tampering !== undefined) {
    const { on, delayMs } = tampering;
    const details = delayMs === undefined ? {} : { delayMs };
    world.note(() => ({ type: "fault", fault, actor: actor.name, at: name, on, ...details }));
  }
  if (fault === "cache-evicted") {
    world.note(() => ({ type: "fault", fault, actor: actor.name, at: name, on: { instanceId: first } }));
    evictCache();
  }
  const items = world.store.fetchOrchestrations(options, world.now, {
    // A tampered message may have been the only thing that made an instance ready.
    pick: (ready) => order.filter((key) => ready.includes(key)),
    ...(tampering?.select === undefined ? {} : { select: tampering.select }),
  });
  return handOut(world, actor, name, fault, items);
}

/** Hands out activities to run. */
export function fetchActivities(world: World, actor: Actor, options: FetchOptions): readonly ActivityWorkItem[] {
  const order = readyInChosenOrder(world, "activity", options);
  if (order.length === 0) return [];
  const name = "fetchActivities";
  const fault = world.drawFault(name, ["lease-expired", "ambiguous-commit"]);
  return handOut(world, actor, name, fault, world.store.fetchActivities(options, world.now, { pick: () => order }));
}

/** The keys of what can be handed out, oldest first, except that any one of them may come first. */
function readyInChosenOrder(world: World, kind: WorkKind, options: FetchOptions): readonly string[] {
  if (!world.store.hasWork(kind, world.now)) return [];
  let ready: readonly string[] = [];
  // A fetch that picks nothing changes nothing, and tells what it could have picked.
  const look = {
    pick: (keys: readonly string[]): readonly string[] => {
      ready = keys;
      return [];
    },
  };
  if (kind === "orchestration") world.store.fetchOrchestrations(options, world.now, look);
  else world.store.fetchActivities(options, world.now, look);
  const chosen = world.choices.choose({ label: `first ${kind}`, n: Math.max(ready.length, 1) });
  return [...ready.slice(chosen, chosen + 1), ...ready.slice(0, chosen), ...ready.slice(chosen + 1)];
}

/** The last leg: the items' locks are taken, and now one of them may end, or the answer may get lost. */
function handOut<T extends OrchestrationWorkItem | ActivityWorkItem>(
  world: World,
  actor: Actor,
  name: string,
  fault: FaultClass | undefined,
  items: readonly T[],
): readonly T[] {
  const item = items[fault === "lease-expired" ? world.choices.choose({ label: "lost lease", n: items.length }) : 0];
  if (item === undefined || (fault !== "lease-expired" && fault !== "ambiguous-commit")) return items;
  const on: Subject =
    "work" in item
      ? { instanceId: item.work.instanceId, taskId: item.work.taskId }
      : { instanceId: item.instance.instanceId };
  world.note(() => ({ type: "fault", fault, actor: actor.name, at: name, on, applied: true }));
  if (fault === "ambiguous-commit") throw new StorageError(`The store gave no answer to ${name} (simulated).`);
  world.store.expireLock(item.lock.key);
  return items;
}

/** What can happen to the messages of one instance as it is fetched. */
class MessageFaults {
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
    if (this.#visible.length > 0) possible.push("message-duplicated");
    if (this.#delayable.length > 0) possible.push("message-delayed");
    if (this.#visible.length > 1) possible.push("message-reordered");
    if (this.#consumed.length > 0) possible.push("message-redelivered");
    return possible;
  }

  tamper(fault: FaultClass): Tampering | undefined {
    switch (fault) {
      case "message-delayed":
        return this.#delayOne();
      case "message-duplicated":
        return this.#duplicateOne();
      case "message-redelivered":
        return this.#redeliverOne();
      case "message-reordered":
        return this.#reorder();
      default:
        return undefined;
    }
  }

  #delayOne(): Tampering {
    const { message } = this.#chosen("delayed message", this.#delayable);
    const delayMs = this.#chosen("message delay", MESSAGE_DELAYS_MS);
    this.#world.store.delay(this.#instanceId, message.messageId, this.#world.now + delayMs);
    return { on: messageSubject(message), delayMs };
  }

  #duplicateOne(): Tampering {
    const { message, incarnation } = this.#chosen("duplicated message", this.#visible);
    this.#copy(message, incarnation);
    return { on: messageSubject(message) };
  }

  #redeliverOne(): Tampering {
    const { message, incarnation } = this.#chosen("redelivered message", this.#consumed);
    this.#copy(message, incarnation);
    return { on: messageSubject(message) };
  }

  /** One message overtakes those before it, and may come in a batch of its own. */
  #reorder(): Tampering {
    const early = this.#chosen("early message", this.#visible.slice(1));
    const isAlone = this.#world.choices.choose({ label: "batch", n: 2 }) === 1;
    const select: Select = (instanceId, visible) => {
      const overtaker = visible.find(({ sequence }) => sequence === early.sequence);
      if (instanceId !== this.#instanceId || overtaker === undefined) return visible;
      return isAlone ? [overtaker] : [overtaker, ...visible.filter((entry) => entry !== overtaker)];
    };
    return { on: messageSubject(early.message), select };
  }

  #copy(message: InstanceMessage, incarnation: string): void {
    this.#world.committed.copied.add(message.messageId);
    this.#world.store.redeliver(message.instanceId, message, incarnation);
    this.#world.touch(message.instanceId);
  }

  #chosen<T>(label: string, from: readonly T[]): T {
    // Never empty: the faults are offered only when there is something to choose from.
    return from[this.#world.choices.choose({ label, n: from.length })] as T;
  }
}
