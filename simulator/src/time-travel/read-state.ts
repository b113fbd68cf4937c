/**
 * Reads the state of a simulated world.
 *
 * Invariant: reading changes nothing, so a run goes the same way whether and whenever it is looked at. What it returns
 * is a copy.
 */
import type { EntityData } from "dacapo/backend";
import type { ActivityView, HeldLock, InstanceView } from "dacapo/memory";
import type { PayloadTexts } from "../scenario/payload-texts.ts";
import { JSON_TEXTS } from "../scenario/payload-texts.ts";
import type { World } from "../world/world.ts";
import { eventWords, messageWords, timeText } from "./event-words.ts";
import type {
  ActivitySnapshot,
  EntitySnapshot,
  InstanceSnapshot,
  LeaseSnapshot,
  SimulationState,
  WorkerSnapshot,
} from "./simulation-state.ts";
import { waitsOf } from "./waits.ts";

/** The state right now. */
export function readState(world: World): SimulationState {
  const { readable: store, now } = world;
  const activities = [...store.activities()].map((activity) => activitySnapshot(activity, now, world.texts));
  const operation = world.notes?.findLast((note) => note.type === "operation");
  return {
    step: world.step,
    time: timeText(now),
    ...(operation === undefined ? {} : { operation: operation.key }),
    instances: [...store.instances()].map((instance) => instanceSnapshot(world, instance, activities)),
    activities,
    leases: leasesOf(world),
    ledgers: Object.fromEntries([...world.ledgers].map(([name, ledger]) => [name, ledger.entries().map(plain)])),
    workers: workersOf(world),
    clients: [...world.clients].map(([name, standing]) => ({ name, ...standing })),
  };
}

function instanceSnapshot(
  { store, now, texts }: World,
  instance: InstanceView,
  activities: readonly ActivitySnapshot[],
): InstanceSnapshot {
  const { instanceId, name, executionId, runtimeStatus, createdAt } = instance.record;
  const { input, output, customStatus, failure } = instance.record;
  const queue = store.queue(instanceId);
  const own = activities.filter((activity) => activity.instanceId === instanceId);
  return {
    ...{ instanceId, name, executionId, status: runtimeStatus, createdAt: timeText(createdAt) },
    ...(input === undefined ? {} : { input: shown(input, texts) }),
    ...(output === undefined ? {} : { output: shown(output, texts) }),
    ...(customStatus === undefined ? {} : { customStatus: shown(customStatus, texts) }),
    ...(failure === undefined ? {} : { failure: withoutStacks(failure) }),
    ...(instance.entity === undefined ? {} : { entity: entitySnapshot(instance.entity, texts) }),
    deliveryCount: instance.deliveryCount,
    waitsFor: waitsOf(instance, queue, own, now),
    history: instance.history.map((event) => ({ ...withoutStacks(event), text: eventWords(event) })),
    queue: queue.map(({ message: { messageId, body }, visibleAt }) => ({
      ...{ messageId, type: body.type, text: messageWords(body) },
      ...{ visibleAt: timeText(visibleAt), isHidden: visibleAt > now },
    })),
  };
}

function entitySnapshot({ state, lock, waiting, held }: EntityData, texts: PayloadTexts): EntitySnapshot {
  return {
    ...(state === undefined ? {} : { state: shown(state, texts) }),
    ...(lock === undefined ? {} : { lockedBy: lock.caller.instanceId }),
    waiting: [...waiting, ...held].map(({ body }) => messageWords(body)),
  };
}

function activitySnapshot(
  { work, lock, deliveryCount }: ActivityView,
  now: number,
  texts: PayloadTexts,
): ActivitySnapshot {
  const { instanceId, taskId, name, input, attempt } = work;
  return {
    ...{ instanceId, taskId, name },
    ...(input === undefined ? {} : { input: shown(input, texts) }),
    ...{ attempt, deliveryCount },
    ...(isHeld(lock, now) ? { status: "running", worker: lock.workerId } : { status: "waiting" }),
  };
}

function leasesOf({ store, now }: World): readonly LeaseSnapshot[] {
  const units = [
    ...[...store.instances()].map(
      ({ record, lock }) => ({ kind: "orchestration", key: record.instanceId, lock }) as const,
    ),
    ...[...store.activities()].map(({ id, lock }) => ({ kind: "activity", key: id, lock }) as const),
  ];
  return units.flatMap(({ kind, key, lock }) => {
    if (!isHeld(lock, now)) return [];
    return [{ kind, key, worker: lock.workerId, token: lock.token, expiresAt: timeText(lock.expiresAt) }];
  });
}

/** Asked of the world's clock: the store's own is as old as the last call to it. */
function isHeld(lock: HeldLock | undefined, now: number): lock is HeldLock {
  return lock !== undefined && lock.expiresAt > now;
}

function workersOf({ workers, scheduler, now }: World): readonly WorkerSnapshot[] {
  const pending = [...scheduler.pending()];
  return [...workers.values()].map((actor) => {
    const { name, incarnation, isAlive } = actor;
    if (isAlive && actor.pausedUntil > now) {
      return { name, incarnation, status: "paused", pausedUntil: timeText(actor.pausedUntil) };
    }
    if (isAlive) {
      const isStarting = pending.some((operation) => operation.actor === actor && operation.name === "start");
      return { name, incarnation, status: isStarting ? "starting" : "running" };
    }
    const restart = pending.find(
      (operation) => operation.actor.kind === "world" && operation.name === `restart ${name}`,
    );
    const dueTime = restart?.wait?.dueTime();
    return {
      name,
      incarnation,
      status: "crashed",
      ...(dueTime === undefined ? {} : { restartsAt: timeText(dueTime) }),
    };
  });
}

/** A payload as plain data: its value in JSON, else its text, since a value of any other kind might not be plain. */
function shown(text: string, texts: PayloadTexts): unknown {
  return texts === JSON_TEXTS ? parsed(text) : text;
}

function parsed(json: string): unknown {
  return JSON.parse(json) as unknown;
}

/** What JSON makes of a ledger's entry, which may be anything that can be cloned: a `bigint` or a circle too. */
function plain(value: unknown): unknown {
  try {
    return value === undefined ? null : parsed(JSON.stringify(value));
  } catch {
    return String(value);
  }
}

/** Stacks name files of one machine, and differ with who called. */
function withoutStacks<T extends object>(value: T): T {
  const text = JSON.stringify(value, (key, part: unknown) => (key === "stackTrace" ? undefined : part));
  return parsed(text) as T;
}
