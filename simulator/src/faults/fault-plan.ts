/**
 * Decides about the faults of one run, and counts them.
 *
 * Invariant: faults that make work be handed out again never bring an item to the hub's poison limit, so that no work
 * is ever set aside because of the simulator (unless the scenario asks for that); and all faults end, so that every
 * run can come to rest.
 */
import type { ChoiceSource } from "../choices/choices.ts";
import type { FaultClass, FaultRates, FaultSettings } from "./faults.ts";
import { FAULT_LABEL_PREFIX, settingOf } from "./faults.ts";

/** More faults than this in one run teach nothing that fewer do not: most bugs need three at most. */
const FAULTS_MAX_PER_RUN = 24;

export interface FaultLimits {
  /** No fault happens after this many steps. */
  readonly stepsMax: number;
  /** At most this many faults in a run; {@link FAULTS_MAX_PER_RUN} unless given. */
  readonly faultsMax?: number;
}

/** Says whether the work that a fault would hit may still be handed out once more. Asked only once it was drawn. */
export type MayHappen = (fault: FaultClass) => boolean;

const NONE = "none";

/** However high the rates, no fault is drawn with at least this weight. */
const NO_FAULT_WEIGHT_MIN = 0.1;

type Keys = readonly (FaultClass | typeof NONE)[];

export class FaultPlan {
  readonly #choices: ChoiceSource;
  readonly #settings: FaultSettings;
  readonly #rates: FaultRates;
  readonly #limits: Required<FaultLimits>;
  readonly #injected = new Map<FaultClass, number>();
  readonly #keys = new WeakMap<readonly FaultClass[], Keys>();
  #total = 0;

  constructor(choices: ChoiceSource, settings: FaultSettings, rates: FaultRates, limits: FaultLimits) {
    this.#choices = choices;
    this.#settings = settings;
    this.#rates = rates;
    this.#limits = { faultsMax: FAULTS_MAX_PER_RUN, ...limits };
  }

  /** How often each class was injected. */
  get injected(): ReadonlyMap<FaultClass, number> {
    return this.#injected;
  }

  get total(): number {
    return this.#total;
  }

  /** Draws one fault, or none, of those that can happen at `point` in step `step`. */
  draw(
    point: string,
    possible: readonly FaultClass[],
    step: number,
    mayHappen: MayHappen = () => true,
  ): FaultClass | undefined {
    if (step > this.#limits.stepsMax || this.#total >= this.#limits.faultsMax) return undefined;
    const keys = this.#keysOf(possible);
    if (keys.length === 1) return undefined;
    const weights = [0];
    let sum = 0;
    for (const fault of keys) {
      if (fault === NONE) continue;
      const rate = this.#rates.rateOf(fault, step);
      weights.push(rate);
      sum += rate;
    }
    weights[0] = Math.max(1 - sum, NO_FAULT_WEIGHT_MIN);
    const index = this.#choices.choose({ label: FAULT_LABEL_PREFIX + point, n: keys.length, weights, keys });
    const fault = keys[index] ?? NONE;
    if (fault === NONE || !mayHappen(fault)) return undefined;
    this.#total += 1;
    this.#injected.set(fault, (this.#injected.get(fault) ?? 0) + 1);
    return fault;
  }

  /** No fault, and those of the possible ones that are not switched off. Most points pass the same list each time. */
  #keysOf(possible: readonly FaultClass[]): Keys {
    let keys = this.#keys.get(possible);
    if (keys === undefined) {
      const isOn = (fault: FaultClass): boolean => {
        const setting = settingOf(this.#settings, fault);
        return setting !== false && setting !== 0;
      };
      this.#keys.set(possible, (keys = [NONE, ...possible.filter(isOn)]));
    }
    return keys;
  }
}
