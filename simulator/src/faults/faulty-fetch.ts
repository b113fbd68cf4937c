/**
 * A fetch of work, with what may happen on the way: which item comes first, what befalls messages and leases, a clock
 * that is set, a worker that stands still, a store that fails.
 *
 * Invariant: everything in here is what the backend contract permits (G2, G4, G9): what is not handed out now is handed
 * out later.
 */
import type { ActivityWorkItem, FetchOptions, OrchestrationWorkItem, WorkKind } from "dacapo/backend";
import { StorageError } from "dacapo/backend";
import type { Subject } from "../report/notes.ts";
import type { Actor } from "../world/actor.ts";
import { LATER } from "../world/scheduler.ts";
import type { World } from "../world/world.ts";
import type { FaultClass } from "./faults.ts";
import { HUB } from "./hazards.ts";
import type { Tampering } from "./message-faults.ts";
import { MessageFaults } from "./message-faults.ts";

/** What can happen to any fetch. */
const FETCH_FAULTS: readonly FaultClass[] = [
  ...(["lease-stolen", "ambiguous-commit", "store-error"] as const),
  ...(["worker-paused", "clock-jump", "work-poisoned"] as const),
];

/** Hands out instances to run. `evictCache` makes the worker forget what it keeps in memory. */
export function fetchOrchestrations(
  world: World,
  actor: Actor,
  options: FetchOptions,
  evictCache: () => void,
): readonly OrchestrationWorkItem[] | typeof LATER {
  const order = readyInChosenOrder(world, "orchestration", options);
  const first = order[0];
  if (first === undefined) return [];
  const messages = new MessageFaults(world, first);
  const fetch: Fetch = { name: "fetchOrchestrations", world, actor, keys: order.slice(0, options.maxItems) };
  const fault = drawFault(fetch, ["cache-evicted", ...FETCH_FAULTS, ...messages.possible]);
  const tampering = fault === undefined ? undefined : messages.tamper(fault);
  if (fault !== undefined && tampering !== undefined) {
    const { on, delayMs } = tampering;
    note(fetch, fault, on, delayMs === undefined ? {} : { delayMs });
  }
  if (fault === "cache-evicted") {
    note(fetch, fault, { instanceId: first });
    evictCache();
  }
  if (fault !== undefined && !befall(fetch, fault, { instanceId: first })) return LATER;
  const items = world.store.fetchOrchestrations(options, world.now, {
    // A tampered message may have been the only thing that made an instance ready.
    pick: (ready) => {
      const keys = new Set(ready);
      return order.filter((key) => keys.has(key));
    },
    ...(tampering?.select === undefined ? {} : { select: tampering.select }),
  });
  return handOut(fetch, fault, withoutLost(items, tampering));
}

/** Hands out activities to run. */
export function fetchActivities(
  world: World,
  actor: Actor,
  options: FetchOptions,
): readonly ActivityWorkItem[] | typeof LATER {
  const order = readyInChosenOrder(world, "activity", options);
  const first = order[0];
  if (first === undefined) return [];
  const fetch: Fetch = { name: "fetchActivities", world, actor, keys: order.slice(0, options.maxItems) };
  const fault = drawFault(fetch, FETCH_FAULTS);
  if (fault !== undefined && !befall(fetch, fault, world.activitySubject(first))) return LATER;
  // A clock that was set may have made others ready; they come with the next fetch.
  return handOut(fetch, fault, world.store.fetchActivities(options, world.now, { pick: () => order }));
}

/** A fetch that is under way. */
interface Fetch {
  readonly name: string;
  readonly world: World;
  readonly actor: Actor;
  /** The keys of what it would hand out. */
  readonly keys: readonly string[];
}

function drawFault({ world, actor, name, keys }: Fetch, possible: readonly FaultClass[]): FaultClass | undefined {
  return world.drawFault(name, possible, { actor, keys, isFetch: true });
}

function note(
  { world, actor, name }: Fetch,
  fault: FaultClass,
  on: Subject,
  details: { readonly delayMs?: number; readonly applied?: boolean } = {},
): void {
  world.note(() => ({ type: "fault", fault, actor: actor.name, at: name, on, ...details }));
}

/**
 * What happens before anything is handed out. False when the fetch has to wait.
 * @throws StorageError when the store fails.
 */
function befall(fetch: Fetch, fault: FaultClass, on: Subject): boolean {
  const { world, actor, name, keys } = fetch;
  switch (fault) {
    case "store-error":
      note(fetch, fault, on);
      throw new StorageError(`The store could not carry out ${name} (simulated).`);
    case "worker-paused":
      note(fetch, fault, on, { delayMs: world.hazards.pause(actor) });
      return false;
    case "clock-jump": {
      const { whose, jumpMs } = world.hazards.jumpClock(actor);
      if (whose === HUB) world.disturbAll();
      world.note(() => ({ type: "fault", fault, actor: whose, at: name, on: {}, delayMs: jumpMs }));
      return true;
    }
    case "work-poisoned":
      note(fetch, fault, on);
      world.hazards.poison(keys[0] ?? "");
      return true;
    default:
      return true;
  }
}

function withoutLost(
  items: readonly OrchestrationWorkItem[],
  tampering: Tampering | undefined,
): readonly OrchestrationWorkItem[] {
  const lost = tampering?.lost?.message;
  if (lost === undefined) return items;
  return items.map((item) => {
    if (item.instance.instanceId !== lost.instanceId) return item;
    return { ...item, messages: item.messages.filter(({ messageId }) => messageId !== lost.messageId) };
  });
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
  fetch: Fetch,
  fault: FaultClass | undefined,
  items: readonly T[],
): readonly T[] {
  const { world, name } = fetch;
  const item = items[fault === "lease-stolen" ? world.choices.choose({ label: "lost lease", n: items.length }) : 0];
  if (item === undefined || (fault !== "lease-stolen" && fault !== "ambiguous-commit")) return items;
  const on: Subject =
    "work" in item
      ? { instanceId: item.work.instanceId, taskId: item.work.taskId }
      : { instanceId: item.instance.instanceId };
  note(fetch, fault, on, { applied: true });
  if (fault === "ambiguous-commit") throw new StorageError(`The store gave no answer to ${name} (simulated).`);
  world.store.expireLock(item.lock.key);
  return items;
}
