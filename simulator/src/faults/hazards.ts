/**
 * What faults leave behind in a run: locks that cannot be renewed, work that kills whoever takes it up, clocks that were
 * set, activities that were made to fail; and how much of that is still bearable.
 *
 * Invariant: no fault brings work to the hub's poison limit unless the scenario asks for it, and clocks are never set so
 * far that a message could come after the redelivery horizon.
 */
import { StorageError } from "dacapo/backend";
import type { MemoryStore } from "dacapo/memory";
import type { ChoiceSource } from "../choices/choices.ts";
import type { Actor } from "../world/actor.ts";
import type { VirtualClock } from "../world/virtual-clock.ts";
import type { FaultClass } from "./faults.ts";

/** Who would suffer from a fault: an actor, and the keys of the work that it acts on. */
export interface FaultTarget {
  readonly actor: Actor;
  readonly keys: readonly string[];
  /** True when the keys are about to be handed out, which will count as one more delivery. */
  readonly isFetch?: boolean;
}

/** A paused worker stands still for this long: longer than a lease, much longer. In milliseconds. */
const PAUSES_MS = [45_000, 300_000] as const;

/** How far a clock is set, in milliseconds: the hub's, and a worker's own. */
const HUB_JUMPS_MS = [40_000, 240_000] as const;
const WORKER_JUMPS_MS = [3_600_000, -3_600_000] as const;

/** The hub's clock jumps no further once it has jumped this far in a run, in milliseconds. */
const HUB_JUMPS_MAX_MS = 240_000;

/** Faults stay this far below the poison limit: the delivery that is under way, and the one that succeeds. */
const DELIVERIES_SPARED = 2;

/** These lead to the same work being handed out again. */
const REDELIVERING: ReadonlySet<FaultClass> = new Set<FaultClass>([
  ...(["crash-before-commit", "crash-within-commit", "crash-after-commit", "fleet-crash"] as const),
  ...(["crash-before-effect", "crash-after-effect", "activity-hangs", "worker-paused", "clock-jump"] as const),
  ...(["lease-stolen", "renewal-failed", "ambiguous-commit", "store-error"] as const),
]);

/** In this share of the runs an activity may be made to fail for good. */
const EXHAUSTING_SHARE = 1 / 3;

export interface HazardSetup {
  readonly choices: ChoiceSource;
  readonly clock: VirtualClock;
  readonly store: MemoryStore;
  /** The hub's poison limit. */
  readonly maxDeliveryCount: number;
}

export class Hazards {
  readonly #setup: HazardSetup;
  readonly #poisoned = new Set<string>();
  readonly #unrenewable = new Set<string>();
  /** How often each logical activity call was made to fail, by its idempotency key. */
  readonly #failures = new Map<string, number>();
  #mayExhaustRetries: boolean | undefined;
  #hubJumpedMs = 0;

  constructor(setup: HazardSetup) {
    this.#setup = setup;
  }

  /** False when the fault could bring some work to the poison limit. */
  isBearable(fault: FaultClass, target: FaultTarget): boolean {
    const more = target.isFetch === true ? 1 : 0;
    return REDELIVERING.has(fault)
      ? target.keys.every((key) => this.#mayComeAgain(key, more)) && this.#isBearableForOthers(fault, target)
      : true;
  }

  /** What the fault does to work beyond that which it hits. */
  #isBearableForOthers(fault: FaultClass, { actor }: FaultTarget): boolean {
    const { store } = this.#setup;
    switch (fault) {
      case "crash-before-commit":
      case "crash-within-commit":
      case "crash-after-commit":
      case "crash-before-effect":
      case "crash-after-effect":
      case "activity-hangs":
      case "worker-paused":
        return store.locks().every((lock) => lock.workerId !== actor.name || this.#mayComeAgain(lock.key));
      case "fleet-crash":
        return store.locks().every((lock) => this.#mayComeAgain(lock.key));
      case "clock-jump":
        return this.#hubJumpedMs < HUB_JUMPS_MAX_MS && store.locks().every((lock) => this.#mayComeAgain(lock.key));
      default:
        return true;
    }
  }

  /** Lets a worker stand still. Returns for how long, in milliseconds. */
  pause(actor: Actor): number {
    const { choices, clock } = this.#setup;
    const pauseMs = PAUSES_MS[choices.choose({ label: "pause", n: PAUSES_MS.length })] ?? 0;
    actor.pausedUntil = clock.now + pauseMs;
    return pauseMs;
  }

  /** Sets a clock: the hub's, or the actor's own. Returns whose, and how far. */
  jumpClock(actor: Actor): { readonly whose: string; readonly jumpMs: number } {
    const { choices, clock } = this.#setup;
    const jumps = [...HUB_JUMPS_MS, ...WORKER_JUMPS_MS];
    const chosen = choices.choose({ label: "clock", n: jumps.length });
    const jumpMs = jumps[chosen] ?? 0;
    if (chosen >= HUB_JUMPS_MS.length) {
      actor.clockOffsetMs += jumpMs;
      return { whose: actor.name, jumpMs };
    }
    this.#hubJumpedMs += jumpMs;
    clock.advanceTo(clock.now + jumpMs);
    return { whose: HUB, jumpMs };
  }

  /** From now on whoever takes up this work dies, until it is beyond the poison limit. */
  poison(key: string): void {
    this.#poisoned.add(key);
  }

  isPoisoned(key: string | undefined): boolean {
    if (key === undefined || !this.#poisoned.has(key)) return false;
    if (this.#deliveriesOf(key) <= this.#setup.maxDeliveryCount) return true;
    this.#poisoned.delete(key);
    return false;
  }

  /** From now on this lock, and no later one, cannot be renewed. Returns the error that its holder gets. */
  failRenewals(lock: string): StorageError {
    this.#unrenewable.add(lock);
    return new StorageError("The store could not renew the lease (simulated).");
  }

  isUnrenewable(lock: string): boolean {
    return this.#unrenewable.has(lock);
  }

  /** How often this logical activity call was made to fail. */
  failuresOf(idempotencyKey: string): number {
    return this.#failures.get(idempotencyKey) ?? 0;
  }

  addFailure(idempotencyKey: string): void {
    this.#failures.set(idempotencyKey, this.failuresOf(idempotencyKey) + 1);
  }

  /**
   * Whether activities may be made to fail until no attempt is left. Most runs go on after bad luck and get further;
   * some look at what a workflow does when an activity fails for good. Asked, and decided, only where it matters.
   */
  get mayExhaustRetries(): boolean {
    const { choices } = this.#setup;
    this.#mayExhaustRetries ??=
      choices.choose({ label: "failures for good", n: 2, weights: [1 - EXHAUSTING_SHARE, EXHAUSTING_SHARE] }) === 1;
    return this.#mayExhaustRetries;
  }

  /** `more` counts a delivery that is about to happen. */
  #mayComeAgain(key: string, more = 0): boolean {
    return this.#deliveriesOf(key) + more <= this.#setup.maxDeliveryCount - DELIVERIES_SPARED;
  }

  #deliveriesOf(key: string): number {
    const { store } = this.#setup;
    return store.instance(key)?.deliveryCount ?? store.activity(key)?.deliveryCount ?? 0;
  }
}

/** Whose clock it is when it is nobody's own. */
export const HUB = "the hub";
