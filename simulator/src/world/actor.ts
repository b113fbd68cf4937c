/**
 * Who acts in a simulation: one incarnation of a worker, or one client. Everything that reaches a port does so in
 * the name of an actor.
 *
 * Invariant: an actor that has crashed never acts again; a restarted worker is a new actor with the same name.
 */
import { AsyncLocalStorage } from "node:async_hooks";

// Not exported, so that the published types need none of Node's.
const current = new AsyncLocalStorage<RunningFunction>();

export interface Actor {
  readonly kind: "worker" | "client" | "world";
  /** Names the actor to people: `worker A`, `client 1`. */
  readonly name: string;
  /** 1 for the first life of a worker, 2 after its first restart. */
  readonly incarnation: number;
  isAlive: boolean;
  /** A paused worker does nothing before this time, in milliseconds since the epoch. */
  pausedUntil: number;
  /** How far the actor's own wall clock is ahead of the hub's, in milliseconds. */
  clockOffsetMs: number;
}

/** The call of an activity that a worker carries out. */
export interface ActivityCall {
  readonly name: string;
  readonly instanceId: string;
  readonly taskId: number;
}

/** A function of the user's that runs in a simulation: an activity or a client. */
export interface RunningFunction {
  readonly actor: Actor;
  /** Names the function to people: `activity "chargeCard" on worker A`. */
  readonly name: string;
  /** Which call it carries out, where it is an activity. */
  readonly activity?: ActivityCall;
  /** How many simulated operations it waits for right now. */
  pendingOperations: number;
  /** The step in which one of its operations was last carried out; 0 before the first. */
  lastStep: number;
  /** True while it is known to wait for another function of the same actor, in memory. */
  waitsInMemory: boolean;
}

/** The function on whose behalf the current code runs; undefined in the engine's own loops and at set-up. */
export function runningFunction(): RunningFunction | undefined {
  return current.getStore();
}

/** Runs `body`, and everything that it sets off, as a part of the function. */
export function runAs<T>(running: RunningFunction, body: () => T): T {
  return current.run(running, body);
}

export function newActor(kind: Actor["kind"], name: string, incarnation = 1): Actor {
  return { kind, name, incarnation, isAlive: true, pausedUntil: -Infinity, clockOffsetMs: 0 };
}
