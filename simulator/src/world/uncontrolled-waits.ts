/**
 * Watches that activities and clients wait for nothing but the simulation.
 *
 * Invariant: while a function of the user's waits on the real world, the simulation stands still, so that what it
 * does next does not depend on how long that took; one that waits too long ends the run.
 */
import { nextTick } from "node:process";
import { setImmediate, setTimeout } from "node:timers";
import type { RunningFunction } from "./actor.ts";
import { UncontrolledWaitError } from "../errors.ts";
import type { World } from "./world.ts";

/** How long a function may wait on the real world: so many turns of the event loop, then so many milliseconds. */
const PATIENCE_HOPS = 20;
const PATIENCE_MS = 50;

/** The process gets a turn of its event loop in one of so many drains: its signals and timers have to wait no longer. */
const TURN_EVERY = 32;
let drains = 0;

/** Where the settler hopped, so many hops of ours in a row have to pass without one of its. */
const QUIET_HOPS = 2;

/**
 * What is between two steps of a run: everything goes on that can by itself, until each function of the user's waits on the
 * simulation or has ended. An object that calls back, and no promise, since it is needed at each step.
 */
export class BetweenSteps {
  readonly #world: World;
  readonly #drain: Drain;
  readonly #then: () => void;
  readonly #fail: (error: unknown) => void;

  /** `fail` is told of what `then` throws, and of a function that still waits on something else after a little real time. */
  constructor(world: World, then: () => void, fail: (error: unknown) => void) {
    this.#world = world;
    this.#then = then;
    this.#fail = fail;
    this.#drain = new Drain(world, () => {
      this.#drained();
    });
  }

  /** Calls `then` when nothing goes on any more. */
  begin(): void {
    this.#drain.begin();
  }

  #drained(): void {
    const world = this.#world;
    if (world.failure !== undefined || !hasUncontrolled(world)) this.#goOn();
    else
      untilControlled(world).then(() => {
        this.#goOn();
      }, this.#fail);
  }

  #goOn(): void {
    try {
      this.#then();
    } catch (error) {
      this.#fail(error);
    }
  }
}

/** Lets everything that can still go on by itself go on: all microtasks, and all hops of the engine's settler. */
export function drain(world: World): Promise<void> {
  return new Promise((resolve) => {
    new Drain(world, resolve).begin();
  });
}

const SETTLED = Promise.resolve();

/** The same, calling back each time it is begun. */
class Drain {
  readonly #world: World;
  readonly #then: () => void;
  /** Through how many hops in a row none of the settler's was under way; below 0 before the first. */
  #quiet = -1;
  /** A tick that is asked for in a tick runs before the microtasks, one that is asked for in a microtask after all of them. */
  readonly #hop = (): void => {
    void SETTLED.then(this.#askForTick);
  };
  readonly #askForTick = (): void => {
    nextTick(this.#look);
  };

  constructor(world: World, then: () => void) {
    this.#world = world;
    this.#then = then;
  }

  begin(): void {
    this.#quiet = -1;
    drains += 1;
    if (drains % TURN_EVERY > 0) this.#hop();
    else setImmediate(this.#hop);
  }

  /**
   * The microtasks have run to their end, beside other ticks, those of the settler, whose promises then still have to be gone
   * on with: so where there were any, nothing is over before some whole hops in which none was under way.
   */
  readonly #look = (): void => {
    const world = this.#world;
    if (world.hopsStarted !== world.hopsDrained) {
      const isQuiet = this.#quiet >= 0 && world.hopsUnderWay === 0;
      this.#quiet = isQuiet ? this.#quiet + 1 : 0;
      if (this.#quiet < QUIET_HOPS) {
        this.#hop();
        return;
      }
      world.hopsDrained = world.hopsStarted;
    }
    this.#then();
  };
}

/**
 * Resolves once each function of the user's waits on the simulation, or has ended.
 * @throws UncontrolledWaitError when one still waits on something else after a little real time.
 */
export async function untilControlled(world: World): Promise<void> {
  if (!hasUncontrolled(world)) return;
  for (let i = 0; i < PATIENCE_HOPS; i++) {
    await turn();
    await drain(world);
    if (!hasUncontrolled(world)) return;
  }
  for (let i = 0; i < PATIENCE_MS; i++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    await turn();
    await drain(world);
    if (!hasUncontrolled(world)) return;
  }
  const waiting = [...world.functions].filter((running) => isUncontrolled(world, running));
  // One function may wait for another, in memory; as long as that one goes on, so does the run.
  for (const running of waiting) running.waitsInMemory = hasBusyPeer(world, running);
  const stuck = waiting.filter((running) => !running.waitsInMemory);
  if (stuck.length > 0) throw new UncontrolledWaitError(stuck.map(({ name }) => name));
}

/** A turn of the event loop. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function hasUncontrolled(world: World): boolean {
  for (const running of world.functions) if (isUncontrolled(world, running)) return true;
  return false;
}

function isUncontrolled(world: World, running: RunningFunction): boolean {
  if (running.pendingOperations > 0) return false;
  return !running.waitsInMemory || !hasBusyPeer(world, running);
}

/** True when another function that can share memory with this one waits on the simulation. */
function hasBusyPeer(world: World, running: RunningFunction): boolean {
  for (const peer of world.functions) {
    const shares = peer.actor === running.actor || (peer.actor.kind === "client" && running.actor.kind === "client");
    if (peer !== running && shares && peer.pendingOperations > 0) return true;
  }
  return false;
}
