/**
 * Random search: every label has a stream of its own, named by seed, run and label.
 *
 * Invariant: the same seed and run give the same values on every machine, and a decision more or less under one
 * label does not move the values of another.
 */
import seedrandom from "seedrandom";
import type { ChoicePoint, ChoiceProvider } from "./choices.ts";

/** Uniform numbers from 0 (included) to 1 (excluded). */
export type RandomStream = () => number;

/** The stream of random numbers called `name` of run `run` under `seed`. */
export function randomStream(seed: string, run: number, name: string): RandomStream {
  const generator = seedrandom.alea(`${seed}/${run}/${name}`);
  // 32 bits are enough to choose between alternatives; 53 would take two draws each.
  return () => generator();
}

/** Draws each decision at random, following its weights where it has some. */
export function randomChoices(seed: string, run: number): ChoiceProvider {
  const streams = new Map<string, RandomStream>();
  return {
    pick({ label, n, weights, favours }: ChoicePoint): number {
      let stream = streams.get(label);
      if (stream === undefined) streams.set(label, (stream = randomStream(seed, run, label)));
      const drawn = stream();
      if (favours === "ends") return favouringEnds(drawn, n);
      return weights === undefined ? Math.floor(drawn * n) : weighted(drawn, n, weights);
    },
  };
}

/** Decides for the boring alternative each time: no fault, first in first out, the smallest data. */
export const BORING_CHOICES: ChoiceProvider = { pick: () => 0 };

/** So often one of the first alternatives, the more often the nearer to 0; and so often one of the last. */
const FIRST_SHARE = 1 / 4;
const LAST_SHARE = 1 / 16;

/** Most bugs in the handling of data show at its smallest and largest. */
function favouringEnds(drawn: number, n: number): number {
  const logarithmic = (fraction: number): number => Math.min(Math.floor(n ** fraction) - 1, n - 1);
  if (drawn < FIRST_SHARE) return logarithmic(drawn / FIRST_SHARE);
  if (drawn < FIRST_SHARE + LAST_SHARE) return n - 1 - logarithmic((drawn - FIRST_SHARE) / LAST_SHARE);
  return Math.floor(((drawn - FIRST_SHARE - LAST_SHARE) / (1 - FIRST_SHARE - LAST_SHARE)) * n);
}

/** The alternative at the fraction `drawn` of the summed weights. */
function weighted(drawn: number, n: number, weights: readonly number[]): number {
  let total = 0;
  for (let i = 0; i < n; i++) total += weights[i] ?? 0;
  let left = drawn * total;
  for (let i = 0; i < n; i++) {
    left -= weights[i] ?? 0;
    if (left < 0) return i;
  }
  return 0;
}
