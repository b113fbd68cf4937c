/**
 * Which way of searching each run of a search goes: no single one finds everything.
 *
 * Invariant: a function of scenario, seed, run and the lengths of the runs before. The first run is the boring one, so
 * that what fails without any fault is found at once and by itself.
 */
import { pctChoices } from "../choices/pct-choices.ts";
import { BORING_CHOICES, randomChoices } from "../choices/random-choices.ts";
import { NO_RATES } from "../faults/faults.ts";
import { drawFaultRates } from "../faults/swarm.ts";
import type { Scenario } from "../scenario/scenario.ts";
import type { RunOptions } from "./run.ts";
import { faultSteps } from "./run.ts";

/** How steps are scheduled, in turn: at random, or by priorities with so many change points and one. */
const STRATEGIES = ["random", 2, "random", 3] as const;

/** The choices and fault rates of one run. `steps` is how many steps a run has had so far, on average. */
export function strategyOf(scenario: Scenario, seed: string, run: number, steps: number): RunOptions {
  if (run === 0) return { provider: BORING_CHOICES, rates: NO_RATES };
  const rates = drawFaultRates(seed, run, scenario.faults, faultSteps(scenario));
  const strategy = STRATEGIES[(run - 1) % STRATEGIES.length] ?? "random";
  const provider = strategy === "random" ? randomChoices(seed, run) : pctChoices(seed, run, strategy, steps);
  return { provider, rates };
}
