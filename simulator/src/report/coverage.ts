/**
 * What a search has reached: counts over all its runs.
 *
 * Invariant: every class of fault and every `sometimes` property is listed, also those at 0, so that what was never
 * reached can be seen.
 */
import type { FaultClass } from "../faults/faults.ts";
import { FAULT_NAMES } from "../faults/faults.ts";
import type { RunResult } from "../explore/run.ts";
import type { Scenario } from "../scenario/scenario.ts";

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
  /** How many runs were cut at their step budget: what holds at rest (`eventually`) was not checked in them. */
  readonly runsCut: number;
  /** The step budget of a run: the scenario's `maxSteps`. */
  readonly maxSteps: number;
  /** How many instances stood how at the end of their run, by status, such as `Completed`. */
  readonly instances: Readonly<Record<string, number>>;
  /** How many of them failed, by the type of the innermost error. */
  readonly instanceErrors: Readonly<Record<string, number>>;
  /** How many clients ended early and quietly, by the code of the error. */
  readonly clientsStopped: Readonly<Record<string, number>>;
  /** In how many runs at least one client did. */
  readonly runsWithClientStopped: number;
}

export class CoverageCount {
  readonly #faults: Record<FaultClass, number>;
  readonly #sometimes: Record<string, number>;
  #steps = 0;
  #runsAtRest = 0;
  #runsCut = 0;
  #runsWithClientStopped = 0;
  #virtualMs = 0;
  readonly #maxSteps: number;
  readonly #instances = new Map<string, number>();
  readonly #instanceErrors = new Map<string, number>();
  readonly #clientsStopped = new Map<string, number>();

  constructor(scenario: Scenario) {
    this.#maxSteps = scenario.maxSteps;
    this.#faults = Object.fromEntries(FAULT_NAMES.map((name) => [name, 0])) as Record<FaultClass, number>;
    this.#sometimes = Object.fromEntries(Object.keys(scenario.sometimes).map((name) => [name, 0]));
  }

  add(run: RunResult): void {
    for (const [name, count] of run.faults) this.#faults[name] += count;
    for (const name of run.sometimes) this.#sometimes[name] = (this.#sometimes[name] ?? 0) + 1;
    this.#steps += run.steps;
    this.#virtualMs += run.virtualMs;
    if (run.cameToRest) this.#runsAtRest += 1;
    else if (run.failure === undefined) this.#runsCut += 1;
    for (const { status, errorType } of run.instances) {
      increment(this.#instances, status);
      if (errorType !== undefined) increment(this.#instanceErrors, errorType);
    }
    for (const code of run.clientsStopped) increment(this.#clientsStopped, code);
    if (run.clientsStopped.length > 0) this.#runsWithClientStopped += 1;
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
      runsCut: this.#runsCut,
      maxSteps: this.#maxSteps,
      instances: Object.fromEntries(this.#instances),
      instanceErrors: Object.fromEntries(this.#instanceErrors),
      clientsStopped: Object.fromEntries(this.#clientsStopped),
      runsWithClientStopped: this.#runsWithClientStopped,
    };
  }
}

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
