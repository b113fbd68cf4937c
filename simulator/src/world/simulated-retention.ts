/**
 * The retention of a simulated worker: it looks for what has expired, as a hub that is not started does, whenever something
 * could have.
 *
 * Invariant: when to look follows from when instances began and ended, and from how long they are kept, not from whether
 * the engine would then remove something. After the last look nothing brings another, so that a run comes to rest.
 */
import type { RetentionRule } from "dacapo";
import { StorageError } from "dacapo";
import { durationToMs, isTerminal } from "dacapo/backend";
import type { Scenario } from "../scenario/scenario.ts";
import type { Actor } from "./actor.ts";
import { openHub, payloadOptions } from "./simulated-hub.ts";
import { clockOf } from "./virtual-clock.ts";
import type { World } from "./world.ts";

/** After a look that failed comes another, as after the interval of a hub that is started. */
const AGAIN_AFTER_MS = 60_000;

/** Looks again and again, as long as the actor lives. */
export async function keepRetention(
  world: World,
  actor: Actor,
  scenario: Scenario,
  retention: readonly RetentionRule[],
): Promise<void> {
  // Beside the worker's hub, which would look once a minute for ever, and never let the run come to rest.
  const hub = await openHub(world, actor, { ...payloadOptions(scenario), retention, role: "retention" });
  const looks = new Looks(world, retention);
  for (;;) {
    await world.scheduler.perform(actor, "look for what has expired", () => looks.begin(), {
      isOver: () => looks.isDue(),
      dueTime: () => looks.next(),
    });
    try {
      await hub.applyRetention();
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      await clockOf(actor, world.clock, world.scheduler).sleep(AGAIN_AFTER_MS);
      looks.forget();
    }
  }
}

/** When a worker looks: once an instance has been there, or has been over, for as long as one of the rules keeps it. */
class Looks {
  readonly #world: World;
  readonly #agesMs: readonly number[];
  /** What was looked at. What is removed may have held up something else, so each removal is a reason to look again. */
  #seen = new Set<string>();

  constructor(world: World, retention: readonly RetentionRule[]) {
    this.#world = world;
    this.#agesMs = retention.map(({ after }) => durationToMs(after, "option hub.retention"));
  }

  begin(): void {
    for (const [name, time] of this.#occasions()) if (time <= this.#world.now) this.#seen.add(name);
  }

  forget(): void {
    this.#seen.clear();
  }

  isDue(): boolean {
    for (const [name, time] of this.#occasions()) if (time <= this.#world.now && !this.#seen.has(name)) return true;
    return false;
  }

  /** The next time at which it is due by the passing of time alone. */
  next(): number | undefined {
    let next: number | undefined;
    for (const [, time] of this.#occasions()) if (time > this.#world.now && time < (next ?? Infinity)) next = time;
    return next;
  }

  *#occasions(): Generator<readonly [name: string, time: number]> {
    const { store, committed } = this.#world;
    const { removals } = committed;
    for (const { record, lock } of store.instances()) {
      if (record.kind !== "orchestration") continue;
      const { incarnation, createdAt, lastUpdatedAt, runtimeStatus } = record;
      const times = isTerminal(runtimeStatus) ? [createdAt, lastUpdatedAt] : [createdAt];
      // What still waits for an instance that has ended may hold it up, for a moment.
      const isBusy = isTerminal(runtimeStatus) && (lock !== undefined || store.queue(record.instanceId).length > 0);
      for (const from of times)
        for (const ageMs of this.#agesMs) yield [`${incarnation} ${from} ${ageMs} ${removals} ${isBusy}`, from + ageMs];
    }
  }
}
