/**
 * The machine: its clocks, its randomness, its event loop, its network, its console.
 *
 * Invariant: the one file of the runtime that asks `Date`, timers, `crypto`, `fetch` and `process` for something; everything
 * else asks a port. That is what lets the simulator run the same engine on a clock and a schedule of its own. None of
 * it is ever a leak of the code that set it off (see `determinism-guard.ts`).
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { randomUUID } from "node:crypto";
import type { Clock } from "../ports/clock.ts";
import type { Ids } from "../ports/ids.ts";
import type { LogFields, Logger } from "../ports/logger.ts";
import type { HttpFetch } from "../ports/http.ts";
import type { Settler } from "../ports/settler.ts";
import { unguarded } from "./guarded-region.ts";

/** `setTimeout` fires at once when it is asked for more than this (24.8 days). */
const TIMEOUT_MS_MAX = 2 ** 31 - 1;

const wallTime = (): number => Date.now();
const steadyTime = (): number => performance.now();

/** The machine's clocks. */
export const systemClock: Clock = {
  now: () => unguarded(wallTime),
  monotonic: () => unguarded(steadyTime),
  sleep: (durationMs, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) {
        resolve();
        return;
      }
      const startedAt = systemClock.monotonic();
      let timer: NodeJS.Timeout;
      const finish = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", finish);
        resolve();
      };
      const wait = (): void => {
        const leftMs = durationMs - (systemClock.monotonic() - startedAt);
        // Rounded up: a timer may fire a fraction of a millisecond early, and then waits again.
        const delayMs = Math.min(Math.ceil(leftMs), TIMEOUT_MS_MAX);
        if (leftMs > 0) timer = unguarded(() => setTimeout(wait, delayMs));
        else finish();
      };
      signal?.addEventListener("abort", finish, { once: true });
      wait();
    }),
};

/** Random UUIDs. */
export const systemIds: Ids = { newId: () => unguarded(() => randomUUID()) };

const owners = new AsyncLocalStorage<object>();
let attachments = 0;

/** The object in whose name `systemSettler.run` runs the current code, or ran what it goes on from. */
export function currentOwner(): object | undefined {
  return owners.getStore();
}

/** Drains by Node's own queues; attributes rejections by `AsyncLocalStorage`. */
export const systemSettler: Settler = {
  // Node runs a tick that a microtask queued once the microtask queue is empty, and before timers and immediates.
  settle: () =>
    new Promise((resolve) => {
      queueMicrotask(() => {
        process.nextTick(resolve);
      });
    }),
  yield: () => new Promise((resolve) => unguarded(() => setImmediate(resolve))),
  run: (owner, step) => owners.run(owner, step),
  attach: () => {
    attachments += 1;
    if (attachments === 1) process.emit = emitUnlessOwned as typeof process.emit;
    let isAttached = true;
    return () => {
      if (!isAttached) return;
      isAttached = false;
      attachments -= 1;
      if (attachments === 0 && process.emit === emitUnlessOwned) process.emit = emit as typeof process.emit;
    };
  },
};

/** Rejections that were kept from the process; that they are handled later is kept from it too. */
const kept = new WeakSet<object>();

// Bound nowhere: it is called with the process as `this`, as Node does.
const emit: unknown = Reflect.get(process, "emit");

/**
 * Keeps an orchestrator's own rejections from all listeners and from Node's default; a listener could keep them
 * from neither. Every other event goes the way it went before.
 */
function emitUnlessOwned(this: NodeJS.Process, event: string | symbol, ...args: unknown[]): boolean {
  if (event === "unhandledRejection" && owners.getStore() !== undefined) {
    kept.add(args[1] as object);
    return true;
  }
  if (event === "rejectionHandled" && kept.has(args[0] as object)) return true;
  return Reflect.apply(emit as typeof process.emit, this, [event, ...args]) as boolean;
}

/** Ends the process, unless the app catches uncaught exceptions: for errors that must not be swallowed. */
export function throwLater(error: unknown): void {
  unguarded(() =>
    setImmediate(() => {
      throw error;
    }),
  );
}

/** The network, over HTTP. */
export const systemFetch: HttpFetch = (url, init) => unguarded(() => fetch(url, init));

/** Warnings and errors to the console, as one line of JSON each. */
export const systemLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: (fields, message) => {
    console.warn(line("warn", fields, message));
  },
  error: (fields, message) => {
    console.error(line("error", fields, message));
  },
};

function line(level: string, fields: LogFields, message: string): string {
  const time = new Date(systemClock.now()).toISOString();
  return JSON.stringify({ level, time, message, ...fields }, (_key, value: unknown) =>
    value instanceof Error ? { name: value.name, message: value.message, stack: value.stack } : value,
  );
}
