/**
 * Which way of searching each run of a search goes: no single one finds everything.
 *
 * Invariant: a function of scenario, seed and run. The first run is the boring one, so that what fails without any fault
 * is found at once and by itself.
 */
import { pctChoices } from "../choices/pct-choices.ts";
import { BORING_CHOICES, randomChoices, randomStream } from "../choices/random-choices.ts";
import { NO_RATES } from "../faults/faults.ts";
import { drawFaultRates } from "../faults/swarm.ts";
import type { Scenario } from "../scenario/scenario.ts";
import type { RunOptions } from "./run.ts";
import { faultSteps } from "./run.ts";

/** How steps are scheduled, in turn: at random, or by priorities with so many change points and one. */
const STRATEGIES = ["random", 2, "random", 3] as const;

/** How many steps a run may have: PCT spreads its change points over so many, drawn evenly on a logarithmic scale. */
const STEPS_MIN = 16;
const STEPS_MAX = 1_024;

/** The choices and fault rates of run `run`, counted from 0. */
export function strategyOf(scenario: Scenario, seed: string, run: number): RunOptions {
  if (run === 0) return { provider: BORING_CHOICES, rates: NO_RATES };
  const rates = drawFaultRates(seed, run, scenario.faults, faultSteps(scenario));
  const strategy = STRATEGIES[(run - 1) % STRATEGIES.length] ?? "random";
  if (strategy === "random") return { provider: randomChoices(seed, run), rates };
  // Drawn and not measured, so that any run of a search can be made by itself.
  const steps = Math.round(STEPS_MIN * (STEPS_MAX / STEPS_MIN) ** randomStream(seed, run, "steps")());
  return { provider: pctChoices(seed, run, strategy, steps), rates };
}
