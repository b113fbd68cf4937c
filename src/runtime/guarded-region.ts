/**
 * Regions of code that the determinism guard watches, and the one that runs synchronously right now.
 *
 * Invariant: `guarded` and `unguarded` nest, and each puts back what it found, also when the code throws. Of the
 * engine, whoever runs orchestrator code uses this; others do through `dacapo/backend`.
 */

/** Why a call is a leak: what its result, or its effect, depends on. */
export type Hazard = "clock" | "chance" | "timer" | "network" | "locale";

/** A call whose answer cannot be repeated, made by code that must be repeatable. */
export interface Leak {
  /** The call as one would write it, such as `Date.now()`. */
  readonly call: string;
  readonly hazard: Hazard;
  /** The user's line, as `file:line:column`: the first one that is neither a package's nor the engine's nor Node's. */
  readonly location: string;
  /** What an orchestrator uses instead, such as `ctx.currentUtcDateTime`. */
  readonly replacement: string;
}

/** Code that is watched. */
export interface GuardedRegion {
  /** Told of a leak. @returns what the call throws; `undefined` lets it through. */
  report(leak: Leak): Error | undefined;
}

const UNGUARDED = Symbol("unguarded");

let innermost: GuardedRegion | typeof UNGUARDED | undefined = undefined;

/**
 * Runs synchronous code as a part of `region`. What it leaves behind, such as a promise, does not belong to it.
 * @example
 * const holds = guarded({ report: ({ call, location }: Leak) => new Error(`${call} at ${location}`) }, () => isRight());
 */
export function guarded<T>(region: GuardedRegion, step: () => T): T {
  return within(region, step);
}

/** Runs synchronous code in which nothing is a leak, whoever called it. */
export function unguarded<T>(step: () => T): T {
  return within(UNGUARDED, step);
}

function within<T>(region: GuardedRegion | typeof UNGUARDED, step: () => T): T {
  const outer = innermost;
  innermost = region;
  try {
    return step();
  } finally {
    innermost = outer;
  }
}

/** The region whose synchronous code runs; where there is none, the one that `otherwise` knows of. */
export function regionOr(otherwise: () => GuardedRegion | undefined): GuardedRegion | undefined {
  if (innermost === undefined) return otherwise();
  return innermost === UNGUARDED ? undefined : innermost;
}
