/**
 * A call to the payload store, with what can go wrong around it: the worker dies before or after it, the store fails, the
 * answer gets lost, or the worker stands still.
 *
 * Invariant: a call draws one fault at most. It concerns whatever work its worker holds: that is what comes again when it
 * fails, and what is excused.
 */
import { StorageError } from "dacapo/backend";
import type { Actor } from "../world/actor.ts";
import { LATER, NEVER } from "../world/scheduler.ts";
import type { World } from "../world/world.ts";
import type { FaultClass } from "./faults.ts";

/** A call that is about to happen. */
export interface PayloadCall<T> {
  /** Such as `putPayload`. */
  readonly name: string;
  readonly changes: boolean;
  readonly apply: () => T;
}

const CHANGES_BY_WORKER: readonly FaultClass[] = [
  ...(["crash-before-commit", "crash-after-commit", "ambiguous-commit", "store-error", "worker-paused"] as const),
];
const READS_BY_WORKER: readonly FaultClass[] = ["store-error", "worker-paused"];
const CHANGES_BY_CLIENT: readonly FaultClass[] = ["ambiguous-commit", "store-error"];
/** A client reads once, and is told that it cannot: that would say nothing about the engine. */
const READS_BY_CLIENT: readonly FaultClass[] = [];

/** Carries out a call, with a fault or without. Called within an operation of `actor`. */
export function carryOutPayloadCall<T>(
  world: World,
  actor: Actor,
  { name, changes, apply }: PayloadCall<T>,
): T | typeof NEVER | typeof LATER {
  const fault = world.drawFault(name, possible(actor, changes), { actor, keys: keysHeldBy(world, actor) });
  const note = (details: { readonly applied?: boolean; readonly delayMs?: number } = {}): void => {
    if (fault !== undefined)
      world.note(() => ({ type: "fault", fault, actor: actor.name, at: name, on: {}, ...details }));
  };
  switch (fault) {
    case undefined:
      return apply();
    case "worker-paused":
      note({ delayMs: world.hazards.pause(actor) });
      return LATER;
    case "crash-before-commit":
      note({ applied: false });
      world.crash(actor);
      return NEVER;
    case "crash-after-commit":
      note({ applied: true });
      apply();
      world.crash(actor);
      return NEVER;
    default: {
      const isApplied =
        fault === "ambiguous-commit" && world.choices.choose({ label: "a payload call takes effect", n: 2 }) === 1;
      note(changes ? { applied: isApplied } : {});
      if (isApplied) apply();
      throw new StorageError(`The payload store gave no answer to ${name} (simulated).`);
    }
  }
}

function possible({ kind }: Actor, changes: boolean): readonly FaultClass[] {
  if (kind === "worker") return changes ? CHANGES_BY_WORKER : READS_BY_WORKER;
  return changes ? CHANGES_BY_CLIENT : READS_BY_CLIENT;
}

function keysHeldBy(world: World, { name }: Actor): readonly string[] {
  return world.store.locks().flatMap(({ workerId, key }) => (workerId === name ? [key] : []));
}
