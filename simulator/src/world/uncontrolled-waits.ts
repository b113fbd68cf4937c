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

/**
 * Calls `then` once everything has gone on that can by itself, and each function of the user's waits on the simulation or has
 * ended. Called back and not awaited, since this is done at each step. `fail` is told of what `then` throws, and of a
 * function that still waits on something else after a little real time.
 */
export function whenControlled(world: World, then: () => void, fail: (error: unknown) => void): void {
  const onward = (): void => {
    try {
      then();
    } catch (error) {
      fail(error);
    }
  };
  whenDrained(world, () => {
    if (world.failure !== undefined || !hasUncontrolled(world)) onward();
    else untilControlled(world).then(onward, fail);
  });
}

/** Lets everything that can still go on by itself go on: all microtasks, and all hops of the engine's settler. */
export function drain(world: World): Promise<void> {
  return new Promise((resolve) => {
    whenDrained(world, resolve);
  });
}

function whenDrained(world: World, then: () => void): void {
  const look = (): void => {
    if (world.hopsStarted === world.hopsDrained) then();
    else whenQuiet(world, 0, then);
  };
  drains += 1;
  if (drains % TURN_EVERY > 0) afterMicrotasks(look);
  else
    setImmediate(() => {
      afterMicrotasks(look);
    });
}

/**
 * A tick runs when the microtasks are done, but beside other ticks, those of the settler, whose promises then still have to
 * be gone on with: so where there were any, nothing is over before a whole hop in which none was under way.
 */
function whenQuiet(world: World, quiet: number, then: () => void): void {
  if (quiet === 2) {
    world.hopsDrained = world.hopsStarted;
    then();
    return;
  }
  afterMicrotasks(() => {
    whenQuiet(world, world.hopsUnderWay > 0 ? 0 : quiet + 1, then);
  });
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

const SETTLED = Promise.resolve();

/** Calls back when the microtasks have run to their end: cheaper by far than a turn of the event loop. */
function afterMicrotasks(callback: () => void): void {
  // A tick that is asked for in a tick runs before the microtasks, one that is asked for in a microtask after all of them.
  void SETTLED.then(() => {
    nextTick(callback);
  });
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
