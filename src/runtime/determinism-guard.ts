/**
 * The determinism guard: replaces the functions that read clocks, draw random numbers, set timers and so on with
 * ones that refuse to be called by orchestrator code, and by whatever else is watched.
 *
 * Invariant: the first attachment patches, the last detachment puts back exactly what was there; in between, a call
 * from code that is not watched does what it always did. With `system.ts` the one file that touches ambient globals.
 * Used by task hubs, replay and, through `dacapo/backend`, by the simulator.
 */
import nodeCrypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import nodeTimers from "node:timers";
import nodeTimersPromises from "node:timers/promises";
import type { GuardedCall, Invocation } from "./guarded-calls.ts";
import { GUARDED_FUNCTIONS } from "./guarded-calls.ts";
import { executionRegion } from "./guarded-execution.ts";
import type { GuardedRegion } from "./guarded-region.ts";
import { regionOr } from "./guarded-region.ts";
import { traceCaller } from "./user-location.ts";

/** Tells whether the code that runs now belongs to a region, and to which. Asked only when a guarded call happens. */
export type Probe = () => GuardedRegion | undefined;

/** A property that was replaced. */
interface Patch {
  readonly owner: object;
  readonly key: string;
  readonly before: PropertyDescriptor;
  readonly after: PropertyDescriptor;
}

type AnyFunction = (...args: never[]) => unknown;

let attachments = 0;
let patches: readonly Patch[] = [];
/** How many attachments brought each probe. */
const probes = new Map<Probe, number>();

/**
 * Watches guarded calls until the returned function is called: those of orchestrators whose hub asks for it, and
 * those of the regions that `probe` and `guarded()` name. The process's globals are replaced by the first of all
 * attachments and put back by the last.
 *
 * @example
 * const detach = attachDeterminismGuard(() => regions.getStore());
 * try {
 *   await work();
 * } finally {
 *   detach();
 * }
 */
export function attachDeterminismGuard(probe?: Probe): () => void {
  if (probe !== undefined) probes.set(probe, (probes.get(probe) ?? 0) + 1);
  attachments += 1;
  if (attachments === 1) patches = patchAll();
  let isAttached = true;
  return () => {
    if (!isAttached) return;
    isAttached = false;
    attachments -= 1;
    if (attachments === 0) restoreAll();
    if (probe === undefined) return;
    const left = (probes.get(probe) ?? 1) - 1;
    if (left === 0) probes.delete(probe);
    else probes.set(probe, left);
  };
}

/** The region that the code that runs now belongs to. */
function currentRegion(): GuardedRegion | undefined {
  return attachments === 0 ? undefined : regionOr(asynchronousRegion);
}

function asynchronousRegion(): GuardedRegion | undefined {
  const region = executionRegion();
  if (region !== undefined) return region;
  for (const probe of probes.keys()) {
    const probed = probe();
    if (probed !== undefined) return probed;
  }
  return undefined;
}

// ——— patching ———

const MODULES: Readonly<Record<string, object>> = {
  globalThis,
  "node:crypto": nodeCrypto,
  "node:timers": nodeTimers,
  "node:timers/promises": nodeTimersPromises,
};

function patchAll(): readonly Patch[] {
  const made: Patch[] = [];
  // One function may be found in several places, as `setTimeout` is; it stays one.
  const replacements = new Map<unknown, AnyFunction>();
  for (const { owner, key, calls } of GUARDED_FUNCTIONS) {
    const holder = holderOf(resolve(owner, made), key);
    const before = holder === undefined ? undefined : Object.getOwnPropertyDescriptor(holder, key);
    if (holder === undefined || before === undefined) continue;
    const original: unknown = before.value;
    if (typeof original !== "function" || before.configurable !== true) continue;
    const replacement = replacements.get(original) ?? replace(original as AnyFunction, calls);
    replacements.set(original, replacement);
    made.push(define(holder, key, before, { ...before, value: replacement }));
    const prototype: unknown = original.prototype;
    const constructor = isObject(prototype) ? Object.getOwnPropertyDescriptor(prototype, "constructor") : undefined;
    if (!isObject(prototype) || constructor?.value !== original) continue;
    made.push(define(prototype, "constructor", constructor, { ...constructor, value: replacement }));
  }
  // So that named imports of a module see what its exports became.
  syncBuiltinESMExports();
  return made;
}

function restoreAll(): void {
  for (const { owner, key, before, after } of patches.toReversed()) {
    const current = Object.getOwnPropertyDescriptor(owner, key);
    // Whoever replaced it meanwhile goes on; below, the guard's function only passes calls through.
    if (current !== undefined && isSame(current, after)) Object.defineProperty(owner, key, before);
  }
  patches = [];
  syncBuiltinESMExports();
}

function define(owner: object, key: string, before: PropertyDescriptor, after: PropertyDescriptor): Patch {
  Object.defineProperty(owner, key, after);
  return { owner, key, before, after };
}

/** The object at a path; what reading it did to a lazy global is put back by the last detachment as well. */
function resolve(path: string, made: Patch[]): object | undefined {
  const [root = "", ...rest] = path.split(".");
  const module = MODULES[root];
  let object: unknown = module ?? globalThis;
  for (const key of module === undefined ? [root, ...rest] : rest) {
    if (!isObject(object)) return undefined;
    const before = Object.getOwnPropertyDescriptor(object, key);
    const value: unknown = Reflect.get(object, key);
    const after = Object.getOwnPropertyDescriptor(object, key);
    if (before !== undefined && after !== undefined && !isSame(before, after)) {
      made.push({ owner: object, key, before, after });
    }
    object = value;
  }
  return isObject(object) ? object : undefined;
}

/** The object itself, or the one that it inherits the property from. */
function holderOf(object: object | undefined, key: string): object | undefined {
  let holder: object | null = object ?? null;
  while (holder !== null && !Object.hasOwn(holder, key)) holder = Object.getPrototypeOf(holder) as object | null;
  return holder ?? undefined;
}

function isSame(a: PropertyDescriptor, b: PropertyDescriptor): boolean {
  return a.value === b.value && a.get === b.get && a.set === b.set;
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

// ——— what the replaced functions do ———

/** A proxy, so that name, length, statics, `instanceof` and subclassing stay the function's own. */
function replace(original: AnyFunction, calls: readonly GuardedCall[]): AnyFunction {
  const handler: Required<Pick<ProxyHandler<AnyFunction>, "apply" | "construct">> = {
    apply: (target, self: unknown, args: unknown[]) => {
      const region = currentRegion();
      if (region !== undefined) refuse(region, calls, { self, args, isNew: false }, handler.apply);
      return Reflect.apply(target, self, args as never[]) as unknown;
    },
    construct: (target, args: unknown[], newTarget) => {
      const region = currentRegion();
      if (region !== undefined) refuse(region, calls, { self: undefined, args, isNew: true }, handler.construct);
      return Reflect.construct(target, args, newTarget === replacement ? target : newTarget) as object;
    },
  };
  const replacement = new Proxy(original, handler);
  return replacement;
}

/** Throws when the call is a leak and the region says so. */
function refuse(
  region: GuardedRegion,
  calls: readonly GuardedCall[],
  invocation: Invocation,
  called: (...args: never[]) => unknown,
): void {
  const leak = calls.find(({ isLeak }) => isLeak === undefined || isLeak(invocation));
  if (leak === undefined) return;
  const { call, hazard, replacement } = leak;
  const { location, isPrinting } = traceCaller(called);
  // What a console does to print is no part of the code that prints.
  if (isPrinting) return;
  const error = region.report({ call, hazard, location, replacement });
  if (error !== undefined) throw error;
}
