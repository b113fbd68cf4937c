/**
 * What a search has reached: counts over all its runs.
 *
 * Invariant: every class of fault and every `sometimes` property is listed, also those at 0, so that what was never
 * reached can be seen.
 */
import type { FaultClass } from "./faults.ts";
import { FAULT_NAMES } from "./faults.ts";
import type { RunResult } from "./run.ts";
import type { Scenario } from "./scenario.ts";

/** Counts over all runs of a search. */
export interface Coverage {
  /** How often each class of fault was injected. */
  readonly faults: Readonly<Record<FaultClass, number>>;
  /** In how many runs each `sometimes` property held at some step. */
  readonly sometimes: Readonly<Record<string, number>>;
  /** How many operations were carried out. */
  readonly steps: number;
  /** How many runs came to rest; the others failed, or were cut at their step budget. */
  readonly runsAtRest: number;
}

export class CoverageCount {
  readonly #faults: Record<FaultClass, number>;
  readonly #sometimes: Record<string, number>;
  #steps = 0;
  #runsAtRest = 0;
  #virtualMs = 0;

  constructor(scenario: Scenario) {
    this.#faults = Object.fromEntries(FAULT_NAMES.map((name) => [name, 0])) as Record<FaultClass, number>;
    this.#sometimes = Object.fromEntries(Object.keys(scenario.sometimes).map((name) => [name, 0]));
  }

  add(run: RunResult): void {
    for (const [name, count] of run.faults) this.#faults[name] += count;
    for (const name of run.sometimes) this.#sometimes[name] = (this.#sometimes[name] ?? 0) + 1;
    this.#steps += run.steps;
    this.#virtualMs += run.virtualMs;
    if (run.cameToRest) this.#runsAtRest += 1;
  }

  /** How much time passed in all simulations, in milliseconds. */
  get virtualMs(): number {
    return this.#virtualMs;
  }

  read(): Coverage {
    return {
      faults: { ...this.#faults },
      sometimes: { ...this.#sometimes },
      steps: this.#steps,
      runsAtRest: this.#runsAtRest,
    };
  }
}
