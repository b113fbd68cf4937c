/**
 * PCT: a random order of priorities in place of random steps. Whoever has the highest priority goes on, until one of a
 * few change points, drawn in advance, puts it last. A bug that needs `depth` ordering constraints is found with a
 * probability of at least 1 / (n k^(depth - 1)) in each run, for n threads and k steps.
 *
 * Source: Burckhardt, Kothari, Musuvathi, Nagarakatte, "A Randomized Scheduler with Probabilistic Guarantees of Finding
 * Bugs", ASPLOS 2010.
 *
 * Invariant: it decides who runs next and nothing else; faults and data are drawn at random. A function of seed and run.
 */
import type { ChoicePoint, ChoiceProvider } from "./choices.ts";
import { randomChoices, randomStream } from "./random-choices.ts";

/** The label of the choice that schedules. */
export const NEXT = "next";

/**
 * A thread that has gone on so often is put last as well: one that takes work up and gives it back, because others are to
 * have it, would keep them from it for ever. Far more often than any thread does in most runs.
 */
const TURNS_MAX = 250;

/**
 * Schedules by priorities. A thread is what one key names: one kind of operation of one actor.
 *
 * @param depth how many ordering constraints a bug may need: 2 or more
 * @param steps how many steps a run has, about
 */
export function pctChoices(seed: string, run: number, depth: number, steps: number): ChoiceProvider {
  const random = randomStream(seed, run, "pct");
  const others = randomChoices(seed, run);
  const changeAt = new Set(Array.from({ length: depth - 1 }, () => Math.floor(random() * Math.max(steps, 1))));
  const priorities = new Map<string, number>();
  /** How often each thread has gone on since it was last put last. */
  const turns = new Map<string, number>();
  let scheduled = 0;
  let lowest = 0;
  const priorityOf = (key: string): number => {
    let priority = priorities.get(key);
    if (priority === undefined) priorities.set(key, (priority = random()));
    return priority;
  };
  const highest = (keys: readonly string[]): number => {
    let best = 0;
    for (let i = 1; i < keys.length; i++) if (priorityOf(keys[i] ?? "") > priorityOf(keys[best] ?? "")) best = i;
    return best;
  };
  const putLast = (key: string): void => {
    lowest -= 1;
    priorities.set(key, lowest);
    turns.set(key, 0);
  };
  return {
    pick(point: ChoicePoint, index: number): number {
      const { label, keys } = point;
      if (label !== NEXT || keys === undefined) return others.pick(point, index);
      if (changeAt.has(scheduled++)) putLast(keys[highest(keys)] ?? "");
      const chosen = highest(keys);
      const key = keys[chosen] ?? "";
      const count = (turns.get(key) ?? 0) + 1;
      turns.set(key, count);
      if (count === TURNS_MAX) putLast(key);
      return chosen;
    },
  };
}
