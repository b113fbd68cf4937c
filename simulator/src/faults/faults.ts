/**
 * The faults that a simulation injects, all of them below the backend contract: an engine that keeps the
 * contract's promises survives every one of them.
 *
 * Invariant: faults that make work be handed out again stay fewer than the hub's poison limit, so that no work
 * is ever set aside because of the simulator; and all faults end, so that every run can come to rest.
 */
import type { ChoiceSource } from "../choices/choices.ts";

/** Every class of fault, with what it does. */
export const FAULT_CLASSES = {
  "crash-before-commit": "the worker dies before its commit reaches the store",
  "crash-within-commit": "the worker dies while its commit is in flight: all of it took effect, or nothing did",
  "crash-after-commit": "the worker dies after its commit took effect, before it hears so",
  "crash-before-effect": "the worker dies before an activity's effect reaches the outside world",
  "crash-after-effect": "the worker dies after an activity's effect reached the outside world",
  "ambiguous-commit": "a call to the store fails, and it may have taken effect or not",
  "message-duplicated": "a waiting message is delivered twice",
  "message-delayed": "a waiting message is held back",
  "message-reordered": "messages are delivered in another order, or not all in one batch",
  "message-redelivered": "a message that was consumed already comes again",
  "lease-expired": "a worker's lease ends while it is still working",
  "activity-throws": "an activity throws before it does anything",
  "activity-slow": "an activity takes longer than its lease",
  "activity-fails-after-effect": "an activity does its work and then throws",
  "cache-evicted": "a worker forgets the orchestrations that it keeps in memory",
} as const;

/** The name of a class of fault. */
export type FaultClass = keyof typeof FAULT_CLASSES;

/** The names of all classes of fault, in a fixed order. */
export const FAULT_NAMES = Object.keys(FAULT_CLASSES) as readonly FaultClass[];

/** A scenario's say: `false` leaves a class out, a number fixes its rate, `true` (the default) lets it vary. */
export type FaultSettings = Readonly<Partial<Record<FaultClass, boolean | number>>>;

/** How likely each class is at each point where it can happen, from 0 to 1. Advises random search only. */
export interface FaultRates {
  rateOf(fault: FaultClass, step: number): number;
}

/** No advice: for replays. */
export const NO_RATES: FaultRates = { rateOf: () => 0 };

/** These lead to the same work being handed out again, so they are bounded by the poison limit. */
const REDELIVERING: ReadonlySet<FaultClass> = new Set<FaultClass>([
  "crash-before-commit",
  "crash-within-commit",
  "crash-after-commit",
  "crash-before-effect",
  "crash-after-effect",
  "ambiguous-commit",
  "lease-expired",
]);

/** More faults than this in one run teach nothing that fewer do not: most bugs need three at most. */
const FAULTS_MAX_PER_RUN = 24;

export interface FaultLimits {
  /** No fault happens after this many steps. */
  readonly stepsMax: number;
  /** At most this many of the faults that make work be handed out again. */
  readonly redeliveriesMax: number;
}

/** Decides about the faults of one run, and counts them. */
export class FaultPlan {
  readonly #choices: ChoiceSource;
  readonly #settings: FaultSettings;
  readonly #rates: FaultRates;
  readonly #limits: FaultLimits;
  readonly #injected = new Map<FaultClass, number>();
  #total = 0;
  #redeliveries = 0;

  constructor(choices: ChoiceSource, settings: FaultSettings, rates: FaultRates, limits: FaultLimits) {
    this.#choices = choices;
    this.#settings = settings;
    this.#rates = rates;
    this.#limits = limits;
  }

  /** How often each class was injected. */
  get injected(): ReadonlyMap<FaultClass, number> {
    return this.#injected;
  }

  get total(): number {
    return this.#total;
  }

  /** Draws one fault, or none, of those that can happen at `point` in step `step`. */
  draw(point: string, possible: readonly FaultClass[], step: number): FaultClass | undefined {
    if (step > this.#limits.stepsMax || this.#total >= FAULTS_MAX_PER_RUN) return undefined;
    const classes = possible.filter((fault) => this.#allows(fault));
    if (classes.length === 0) return undefined;
    const rates = classes.map((fault) => this.#rates.rateOf(fault, step));
    const sum = rates.reduce((total, rate) => total + rate, 0);
    const index = this.#choices.choose({
      label: `${FAULT_LABEL_PREFIX}${point}`,
      n: classes.length + 1,
      weights: [Math.max(1 - sum, 0.1), ...rates],
      keys: ["none", ...classes],
    });
    const fault = classes[index - 1];
    if (fault === undefined) return undefined;
    this.#total += 1;
    if (REDELIVERING.has(fault)) this.#redeliveries += 1;
    this.#injected.set(fault, (this.#injected.get(fault) ?? 0) + 1);
    return fault;
  }

  #allows(fault: FaultClass): boolean {
    const setting = this.#settings[fault] ?? true;
    if (setting === false || setting === 0) return false;
    return !REDELIVERING.has(fault) || this.#redeliveries < this.#limits.redeliveriesMax;
  }
}

/** The labels of choices that inject faults begin with this. */
export const FAULT_LABEL_PREFIX = "fault in ";
