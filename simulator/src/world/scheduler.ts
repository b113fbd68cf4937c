/**
 * The operations that actors wait for. Each call that an actor makes into a port becomes one; the simulation
 * carries them out one at a time, in an order that it chooses.
 *
 * Invariant: nothing that an actor asked for happens before its operation is carried out, and nothing that a
 * crashed actor asked for ever happens or answers.
 */
import type { Actor, RunningFunction } from "./actor.ts";
import { runningFunction } from "./actor.ts";

/** Returned by an operation whose caller is gone: its promise never settles. */
export const NEVER: unique symbol = Symbol("never");

/** Returned by an operation that is not done yet: it waits on, and is carried out once more later. */
export const LATER: unique symbol = Symbol("later");

/** When an operation can be carried out, where that is not at once. */
export interface Wait {
  isOver(): boolean;
  /** When, by the passing of time alone, it will be over; undefined when time does not help. */
  dueTime(): number | undefined;
  /** Aborting ends the wait at once, as if it were over. */
  readonly signal?: AbortSignal;
}

/** Something that an actor waits for. */
export interface Operation {
  readonly actor: Actor;
  /** What it is, such as `completeActivity`. */
  readonly name: string;
  /** Names the operation in choices: actor and name. */
  readonly key: string;
  readonly wait: Wait | undefined;
  /** The function of the user's that waits for it; undefined for the engine's own loops. */
  readonly onBehalfOf: RunningFunction | undefined;
  /** Does it and settles the caller's promise. */
  carryOut(): void;
}

export class Scheduler {
  readonly #clock: { readonly now: number };
  /** How many operations were carried out: the number of the step that is under way. */
  step = 0;
  /** In the order of arrival. */
  readonly #pending = new Set<Operation>();

  constructor(clock: { readonly now: number }) {
    this.#clock = clock;
  }

  /**
   * Asks for an operation in the name of `actor`. Resolves to what `run` returns, and rejects with what it throws,
   * once the simulation has carried it out.
   */
  perform<T>(actor: Actor, name: string, run: () => T | typeof NEVER | typeof LATER, wait?: Wait): Promise<T> {
    const onBehalfOf = runningFunction();
    return new Promise<T>((resolve, reject) => {
      if (!actor.isAlive) return;
      if (wait?.signal?.aborted === true) {
        resolve(undefined as T);
        return;
      }
      this.#pending.add(new PendingOperation(this, { actor, name, run, wait, onBehalfOf, resolve, reject }));
    });
  }

  /** Takes an operation out. Returns false when it was not asked for, or its actor has crashed since. */
  withdraw(operation: Operation): boolean {
    return this.#pending.delete(operation);
  }

  /** Puts an operation back that is not done yet, behind all others. */
  putBack(operation: Operation): void {
    this.#pending.add(operation);
  }

  /** The operations that can be carried out now, in the order of arrival. */
  runnable(): Operation[] {
    const { now } = this.#clock;
    const operations: Operation[] = [];
    for (const operation of this.#pending) {
      if (operation.actor.pausedUntil > now) continue;
      if (operation.wait === undefined || operation.wait.isOver()) operations.push(operation);
    }
    return operations;
  }

  /** All operations that are asked for and not carried out yet, in the order of arrival. */
  pending(): Iterable<Operation> {
    return this.#pending;
  }

  /** The earliest time at which time alone makes an operation runnable. */
  nextDueTime(): number | undefined {
    const { now } = this.#clock;
    let earliest: number | undefined;
    for (const { wait, actor } of this.#pending) {
      let dueTime = wait?.dueTime();
      if (actor.pausedUntil > now) {
        if (wait === undefined || wait.isOver()) dueTime = actor.pausedUntil;
        else if (dueTime !== undefined) dueTime = Math.max(dueTime, actor.pausedUntil);
      }
      if (dueTime !== undefined && (earliest === undefined || dueTime < earliest)) earliest = dueTime;
    }
    return earliest;
  }

  /** Forgets everything that a crashed actor waits for. */
  drop(actor: Actor): void {
    for (const operation of this.#pending) if (operation.actor === actor) this.#pending.delete(operation);
  }
}

/** What an operation is made of. */
interface Asked<T> extends Pick<Operation, "actor" | "name" | "wait" | "onBehalfOf"> {
  readonly run: () => T | typeof NEVER | typeof LATER;
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

/** A class, because every step of every simulation makes one. */
class PendingOperation<T> implements Operation {
  readonly actor: Actor;
  readonly name: string;
  readonly key: string;
  readonly wait: Wait | undefined;
  readonly onBehalfOf: RunningFunction | undefined;
  readonly #scheduler: Scheduler;
  readonly #asked: Asked<T>;
  readonly #onAbort: (() => void) | undefined;

  constructor(scheduler: Scheduler, asked: Asked<T>) {
    const { actor, name, wait, onBehalfOf } = asked;
    this.actor = actor;
    this.name = name;
    this.key = `${actor.name}: ${name}`;
    this.wait = wait;
    this.onBehalfOf = onBehalfOf;
    this.#scheduler = scheduler;
    this.#asked = asked;
    if (onBehalfOf !== undefined) {
      onBehalfOf.pendingOperations += 1;
      onBehalfOf.waitsInMemory = false;
    }
    const { signal } = wait ?? {};
    if (signal === undefined) return;
    this.#onAbort = () => {
      this.#cancel();
    };
    signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  carryOut(): void {
    const { run, resolve, reject } = this.#asked;
    this.#scheduler.withdraw(this);
    this.#scheduler.step += 1;
    let isOver = true;
    try {
      const value = run();
      if (value === LATER) {
        isOver = false;
        this.#scheduler.putBack(this);
      } else if (value !== NEVER) resolve(value);
    } catch (error) {
      reject(asError(error));
    } finally {
      if (isOver) this.#finish();
    }
  }

  #finish(): void {
    const { onBehalfOf } = this;
    if (onBehalfOf !== undefined) {
      onBehalfOf.pendingOperations -= 1;
      onBehalfOf.lastStep = this.#scheduler.step;
    }
    if (this.#onAbort !== undefined) this.wait?.signal?.removeEventListener("abort", this.#onAbort);
  }

  #cancel(): void {
    // An abort by a crashed actor finds its operation gone, and stays without an answer.
    if (!this.#scheduler.withdraw(this)) return;
    this.#finish();
    this.#asked.resolve(undefined as T);
  }
}

/** What a port throws is an error; what a scenario's own code throws may be anything. */
function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown });
}
