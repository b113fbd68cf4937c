/**
 * A mutating call to the store, with what can go wrong around it: the caller dies before, while or after it takes
 * effect, the answer is lost, or the caller's lease has just ended.
 *
 * Invariant: each call draws one fault at most; the store's own atomicity is never broken, so after any fault the
 * call took effect as a whole or not at all.
 */
import { DacapoError, LeaseLostError, StorageError } from "dacapo/backend";
import type { Actor } from "../world/actor.ts";
import type { FaultClass } from "./faults.ts";
import type { Subject } from "../report/notes.ts";
import { NEVER } from "../world/scheduler.ts";
import type { World } from "../world/world.ts";

/** A mutating call that is about to happen. */
export interface Mutation<T> {
  /** The port's method. */
  readonly name: string;
  readonly on: Subject;
  readonly faults: readonly FaultClass[];
  /** The key of the lock under which the caller acts. */
  readonly lockKey?: string;
  /** Does it. */
  apply(): T;
}

/** Carries out a mutation, with a fault or without. Called within an operation of `actor`. */
export function carryOutMutation<T>(world: World, actor: Actor, mutation: Mutation<T>): T | typeof NEVER {
  const { name, on } = mutation;
  const fault = world.drawFault(name, mutation.faults);
  const noteFault = (details: { readonly applied?: boolean } = {}): void => {
    if (fault !== undefined) world.note(() => ({ type: "fault", fault, actor: actor.name, at: name, on, ...details }));
  };
  switch (fault) {
    case "crash-before-commit":
      noteFault();
      return die(world, actor);
    case "crash-within-commit": {
      const applied = flip(world, "the commit in flight");
      noteFault({ applied });
      if (applied) applyUnheard(mutation);
      return die(world, actor);
    }
    case "crash-after-commit":
      noteFault();
      applyUnheard(mutation);
      return die(world, actor);
    case "ambiguous-commit": {
      const applied = flip(world, "the unanswered commit");
      noteFault({ applied });
      if (applied) applyUnheard(mutation);
      throw new StorageError(`The store gave no answer to ${name} (simulated).`);
    }
    case "lease-expired":
      noteFault();
      if (mutation.lockKey !== undefined) world.store.expireLock(mutation.lockKey);
      return applyAndNote(world, actor, mutation);
    default:
      return applyAndNote(world, actor, mutation);
  }
}

function applyAndNote<T>(world: World, actor: Actor, mutation: Mutation<T>): T {
  try {
    return mutation.apply();
  } catch (error) {
    if (error instanceof LeaseLostError) {
      world.note(() => ({ type: "refused", worker: actor.name, call: mutation.name, on: mutation.on }));
    }
    throw error;
  }
}

/** The caller never hears of a refusal, so it is none of its business; anything else is a bug and is. */
function applyUnheard(mutation: Mutation<unknown>): void {
  try {
    mutation.apply();
  } catch (error) {
    if (!(error instanceof DacapoError) || error.code === "INVARIANT") throw error;
  }
}

function die(world: World, actor: Actor): typeof NEVER {
  world.crash(actor);
  return NEVER;
}

function flip(world: World, label: string): boolean {
  return world.choices.choose({ label, n: 2 }) === 1;
}
