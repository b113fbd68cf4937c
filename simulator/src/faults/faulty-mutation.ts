/**
 * A mutating call to the store, with what can go wrong around it: the caller dies before it, between two of its steps or
 * after it, the store fails, the answer is lost, the caller's lease has just ended, or the caller stands still.
 *
 * Invariant: each call draws one fault at most; of each of the store's transactions, all lasts or nothing.
 */
import { DacapoError, LeaseLostError, StorageError } from "dacapo/backend";
import type { MicroStep, StepName } from "dacapo/memory";
import type { Subject } from "../report/notes.ts";
import type { Actor } from "../world/actor.ts";
import { LATER, NEVER } from "../world/scheduler.ts";
import type { World } from "../world/world.ts";
import { ClientDied } from "./client-died.ts";
import type { Plan } from "./commit-steps.ts";
import { lasting, queuesFirst } from "./commit-steps.ts";
import type { FaultClass } from "./faults.ts";

/** A mutating call that is about to happen. */
export interface Mutation<T> {
  /** The port's method. */
  readonly name: string;
  readonly on: Subject;
  readonly faults: readonly FaultClass[];
  /** The key of the lock under which the caller acts. */
  readonly lockKey?: string;
  /** The same for a call that is made again because nobody answered; of a renewal, the lock. */
  readonly requestId?: string;
  /** Checks the call and takes it apart; throws what the store refuses it with. */
  plan(): Plan<T>;
  /** Where a store writes in parts: checks once more that the caller owns the instance, before its history is written. */
  recheck?(): void;
  /** Where a store writes in parts: the steps of the whole call, before and after those of this part. */
  readonly whole?: { readonly before: readonly StepName[]; readonly after: number };
}

/** The label of the choice where a commit breaks off. */
export const BREAKS_OFF = "the commit breaks off before";

/** Carries out a mutation, with a fault or without. Called within an operation of `actor`. */
export function carryOutMutation<T>(
  world: World,
  actor: Actor,
  mutation: Mutation<T>,
): T | typeof NEVER | typeof LATER {
  if (world.hazards.isPoisoned(mutation.lockKey)) {
    noteFault(world, actor, mutation, "work-poisoned");
    world.crash(actor);
    return NEVER;
  }
  const fault = world.drawFault(mutation.name, mutation.faults, { actor, keys: keysOf(mutation) });
  switch (fault) {
    case undefined:
      return applyAndNote(world, actor, mutation);
    case "lease-stolen":
      noteFault(world, actor, mutation, fault);
      if (mutation.lockKey !== undefined) world.store.expireLock(mutation.lockKey);
      return applyAndNote(world, actor, mutation);
    case "renewal-failed":
      noteFault(world, actor, mutation, fault);
      throw world.hazards.failRenewals(mutation.requestId ?? "");
    case "worker-paused":
      noteFault(world, actor, mutation, fault, { delayMs: world.hazards.pause(actor) });
      return LATER;
    default:
      return breakOff(world, actor, mutation, fault);
  }
}

/** One step of a mutation by a store that has no transactions; LATER while steps are left. */
export function carryOutInParts<T>(world: World, actor: Actor, mutation: Mutation<T>): T | typeof NEVER | typeof LATER {
  const key = `${mutation.name} ${mutation.requestId ?? mutation.on.instanceId ?? ""} ${actor.incarnation}`;
  const { answer, steps, before } = (world.unfinished.get(key) as Parts<T> | undefined) ?? inParts(mutation.plan());
  const [step, ...rest] = steps;
  if (step === undefined) return answer;
  const planned: Mutation<T> = {
    ...mutation,
    whole: { before, after: rest.length },
    plan: () => {
      if (step.name === "history") mutation.recheck?.();
      return { answer, steps: [step] };
    },
  };
  const carriedOut = carryOutMutation(world, actor, planned);
  if (carriedOut === LATER || carriedOut === NEVER) return carriedOut;
  if (rest.length > 0) {
    world.unfinished.set(key, { answer, steps: rest, before: [...before, step.name] } satisfies Parts<T>);
    return LATER;
  }
  // The same request, such as a renewal, may be made again.
  world.unfinished.delete(key);
  return answer;
}

/** What is left of a call, and what was written of it before. */
interface Parts<T> extends Plan<T> {
  readonly before: readonly StepName[];
}

function inParts<T>({ answer, steps }: Plan<T>): Parts<T> {
  return { answer, steps: queuesFirst(steps), before: [] };
}

function keysOf({ lockKey }: { readonly lockKey?: string }): readonly string[] {
  return lockKey === undefined ? [] : [lockKey];
}

type BreakingOff = Exclude<FaultClass, "lease-stolen" | "renewal-failed" | "worker-paused">;

/** The call gets so far and no further; then somebody dies, or nobody answers. */
function breakOff<T>(world: World, actor: Actor, mutation: Mutation<T>, fault: BreakingOff): typeof NEVER {
  const steps = stepsOf(mutation);
  const done = progress(world, fault, steps);
  const kept = lasting(steps, done);
  const { before = [], after = 0 } = mutation.whole ?? {};
  const written = [...before, ...kept.map(({ name }) => name)];
  const all = before.length + steps.length + after;
  const isPart = written.length > 0 && written.length < all;
  noteFault(world, actor, mutation, fault, {
    applied: all > 0 && written.length === all,
    ...(isPart ? { parts: written } : {}),
  });
  for (const step of kept) unlessRefused(() => step.apply());
  switch (fault) {
    case "ambiguous-commit":
    case "store-error":
      throw new StorageError(`The store gave no answer to ${mutation.name} (simulated).`);
    case "client-crash":
      throw new ClientDied();
    case "fleet-crash":
      world.crashFleet();
      return NEVER;
    default:
      world.crash(actor);
      return NEVER;
  }
}

/** After how many of its steps the call is broken off. */
function progress(world: World, fault: BreakingOff, steps: readonly MicroStep[]): number {
  const all = steps.length;
  switch (fault) {
    case "crash-after-commit":
      return all;
    case "crash-within-commit":
      return all < 2 ? 0 : 1 + choosePoint(world, steps.slice(1));
    case "ambiguous-commit":
    case "client-crash":
    case "fleet-crash":
      return all === 0 ? 0 : choosePoint(world, [...steps, undefined]);
    default:
      return 0;
  }
}

/** Chooses the step before which the call is broken off; `undefined` stands for its end. */
function choosePoint(world: World, steps: readonly (MicroStep | undefined)[]): number {
  return world.choices.choose({
    label: BREAKS_OFF,
    n: steps.length,
    keys: steps.map((step) => step?.name ?? "its answer"),
    // All of it and nothing of it are the outcomes that matter, however many steps lie between.
    weights: steps.map((step, i) => (step === undefined || i === 0 ? steps.length : 1)),
  });
}

/** The steps of a call whose caller will never hear of a refusal: then there are none. */
function stepsOf(mutation: Mutation<unknown>): readonly MicroStep[] {
  return unlessRefused(() => mutation.plan().steps) ?? [];
}

function applyAndNote<T>(world: World, actor: Actor, mutation: Mutation<T>): T {
  try {
    const { answer, steps } = mutation.plan();
    for (const step of steps) step.apply();
    return answer;
  } catch (error) {
    if (error instanceof LeaseLostError) {
      world.note(() => ({ type: "refused", worker: actor.name, call: mutation.name, on: mutation.on }));
    }
    throw error;
  }
}

/** A refusal that nobody hears of is nobody's business; anything else is a bug and is. */
function unlessRefused<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof DacapoError) || error.code === "INVARIANT") throw error;
    return undefined;
  }
}

function noteFault(
  world: World,
  actor: Actor,
  { name, on }: Mutation<unknown>,
  fault: FaultClass,
  details: { readonly applied?: boolean; readonly parts?: readonly string[]; readonly delayMs?: number } = {},
): void {
  world.note(() => ({ type: "fault", fault, actor: actor.name, at: name, on, ...details }));
}
