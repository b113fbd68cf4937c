/**
 * Runs with fewer faults than the scenario allows: some classes alone, or so many crashes at most.
 *
 * Invariant: a fault is kept out by choosing none where it was offered, so a token of such a run fits the scenario as
 * it is.
 */
import type { ChoicePoint, ChoiceProvider } from "../choices/choices.ts";
import type { FaultClass, FaultRates } from "../faults/faults.ts";
import { FAULT_LABEL_PREFIX, FAULT_NAMES } from "../faults/faults.ts";
import type { RunOptions } from "./run.ts";

/** The classes of fault in which a worker dies. */
export const CRASHES: readonly FaultClass[] = FAULT_NAMES.filter((name) => isCrash(name));

function isCrash(fault: string): boolean {
  return fault.startsWith("crash-") || fault === "fleet-crash";
}

export interface FaultAllowance {
  /** The classes that may happen. */
  readonly faults: readonly FaultClass[];
  /** At most this many crashes in a run. */
  readonly crashesMax: number;
}

/** Makes runs in which no other faults happen. */
export function allowOnly({ faults, crashesMax }: FaultAllowance): (run: RunOptions) => RunOptions {
  const allowed: ReadonlySet<string> = new Set(faults);
  return (run) => ({
    ...run,
    provider: withholding(run.provider, allowed, crashesMax),
    rates: ratesOf(run.rates, allowed),
  });
}

function ratesOf(rates: FaultRates, allowed: ReadonlySet<string>): FaultRates {
  return { rateOf: (fault, step) => (allowed.has(fault) ? rates.rateOf(fault, step) : 0) };
}

/** Rates are advice; this holds whatever the provider does with them. */
function withholding(provider: ChoiceProvider, allowed: ReadonlySet<string>, crashesMax: number): ChoiceProvider {
  let crashes = 0;
  return {
    pick(point: ChoicePoint, index: number): number {
      const picked = provider.pick(point, index);
      if (picked === 0 || !point.label.startsWith(FAULT_LABEL_PREFIX)) return picked;
      const fault = point.keys?.[picked] ?? "";
      if (!allowed.has(fault)) return 0;
      if (!isCrash(fault)) return picked;
      if (crashes >= crashesMax) return 0;
      crashes += 1;
      return picked;
    },
  };
}
