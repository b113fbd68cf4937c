/**
 * Who acts in a simulation: one incarnation of a worker, or one client. Everything that reaches a port does so in
 * the name of an actor.
 *
 * Invariant: an actor that has crashed never acts again; a restarted worker is a new actor with the same name.
 */
import { AsyncLocalStorage } from "node:async_hooks";

export interface Actor {
  readonly kind: "worker" | "client" | "world";
  /** Names the actor to people: `worker A`, `client 1`. */
  readonly name: string;
  /** 1 for the first life of a worker, 2 after its first restart. */
  readonly incarnation: number;
  isAlive: boolean;
}

/** A function of the user's that runs in a simulation: an activity or a client. */
export interface RunningFunction {
  readonly actor: Actor;
  /** Names the function to people: `activity "chargeCard" on worker A`. */
  readonly name: string;
  /** How many simulated operations it waits for right now. */
  pendingOperations: number;
  /** The step in which one of its operations was last carried out; 0 before the first. */
  lastStep: number;
  /** True while it is known to wait for another function of the same actor, in memory. */
  waitsInMemory: boolean;
}

/** The function on whose behalf the current code runs; undefined in the engine's own loops and at set-up. */
export const runningFunction = new AsyncLocalStorage<RunningFunction>();

export function newActor(kind: Actor["kind"], name: string, incarnation = 1): Actor {
  return { kind, name, incarnation, isAlive: true };
}
