/**
 * Swarm testing: each random run gets its own mix of faults. A run with every fault at a low rate finds less
 * than runs that each have a few at a high rate, because faults hide one another.
 *
 * Source: Groce, Zhang, Eide, Chen, Regehr, "Swarm Testing", ISSTA 2012.
 *
 * Invariant: the mix is a function of seed and run. It advises random search only; replays know nothing of it.
 */
import type { FaultClass, FaultRates, FaultSettings } from "./faults.ts";
import { FAULT_NAMES, settingOf } from "./faults.ts";
import { randomStream } from "../choices/random-choices.ts";

/** The rates of drawn faults lie between these, evenly on a logarithmic scale. */
const RATE_MIN = 0.01;
const RATE_MAX = 0.3;
/** Faults go on for this many steps at least, and up to the limit, evenly on a logarithmic scale. */
const FAULT_STEPS_MIN = 20;
/** One run in so many has no faults at all: schedules alone find bugs too, and those failures are the simplest. */
const CALM_RUNS = 8;

/** Draws the mix of faults of one run. `faultSteps` is the longest that faults may go on, in steps. */
export function drawFaultRates(seed: string, run: number, settings: FaultSettings, faultSteps: number): FaultRates {
  const random = randomStream(seed, run, "swarm");
  const calm = random() * CALM_RUNS < 1;
  // How many of the classes take part is drawn first, so that runs with one and runs with all of them are equally likely.
  const share = random();
  const stepsMax = FAULT_STEPS_MIN * (Math.max(faultSteps, FAULT_STEPS_MIN) / FAULT_STEPS_MIN) ** random();
  const rates = new Map<FaultClass, number>();
  for (const fault of FAULT_NAMES) {
    const takesPart = random() < share;
    const rate = RATE_MIN * (RATE_MAX / RATE_MIN) ** random();
    const setting = settingOf(settings, fault);
    if (typeof setting === "number") rates.set(fault, setting);
    else if (setting && takesPart && !calm) rates.set(fault, rate);
  }
  // What the scenario fixed goes on for as long as faults may happen at all.
  const isOver = (fault: FaultClass, step: number): boolean => step > stepsMax && typeof settings[fault] !== "number";
  return { rateOf: (fault, step) => (isOver(fault, step) ? 0 : (rates.get(fault) ?? 0)) };
}
