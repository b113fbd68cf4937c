/**
 * Shrinking, on predicates instead of simulations.
 */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Choice } from "../../simulator/src/choices/choices.ts";
import { ChoiceSource } from "../../simulator/src/choices/choices.ts";
import { FAULT_LABEL_PREFIX } from "../../simulator/src/faults/faults.ts";
import { lenientReplay } from "../../simulator/src/choices/recorded-choices.ts";
import type { StillFails } from "../../simulator/src/explore/shrink.ts";
import { countNonZero, isFault, shrink } from "../../simulator/src/explore/shrink.ts";

const LABELS = ["next", "data", `${FAULT_LABEL_PREFIX}commit`];

/** A program that makes 40 choices, whatever they are. */
function play(candidate: readonly Choice[]): readonly Choice[] {
  const source = new ChoiceSource(lenientReplay(candidate));
  for (let i = 0; i < 40; i++) source.choose({ label: LABELS[i % LABELS.length] ?? "", n: 8 });
  return source.sequence;
}

const runs = fc
  .array(fc.integer({ min: 0, max: 7 }), { minLength: 40, maxLength: 40 })
  .map((values) => play(values.map((value, i) => ({ label: LABELS[i % LABELS.length] ?? "", n: 8, value }))));

/** A predicate that needs certain choices to be at least so large. */
const needs = fc.array(fc.tuple(fc.integer({ min: 0, max: 39 }), fc.integer({ min: 1, max: 7 })), { maxLength: 4 });

function failsWhen(predicate: (choices: readonly Choice[]) => boolean): StillFails {
  return (candidate) => {
    const made = play(candidate);
    return Promise.resolve(predicate(made) ? made : undefined);
  };
}

const BUDGET = 5_000;

describe("shrinking", () => {
  it("keeps the failure", async () => {
    await fc.assert(
      fc.asyncProperty(runs, needs, async (run, needed) => {
        const fails = (made: readonly Choice[]): boolean =>
          needed.every(([i, least]) => (made[i]?.value ?? 0) >= least);
        fc.pre(fails(run));
        const { choices } = await shrink(run, failsWhen(fails), BUDGET);
        expect(fails(play(choices))).toBe(true);
      }),
    );
  });

  it("leaves nothing but what the failure needs, at the smallest values", async () => {
    await fc.assert(
      fc.asyncProperty(runs, needs, async (run, needed) => {
        const least = new Map<number, number>();
        for (const [i, value] of needed) least.set(i, Math.max(least.get(i) ?? 0, value));
        const fails = (made: readonly Choice[]): boolean =>
          [...least].every(([i, value]) => (made[i]?.value ?? 0) >= value);
        fc.pre(fails(run));
        const { choices } = await shrink(run, failsWhen(fails), BUDGET);
        expect(countNonZero(choices)).toBe(least.size);
        for (const [i, value] of least) expect(choices[i]?.value).toBe(value);
      }),
    );
  });

  it("ends, and stays within its budget, whatever the predicate does", async () => {
    await fc.assert(
      fc.asyncProperty(
        runs,
        fc.infiniteStream(fc.boolean()),
        fc.integer({ min: 0, max: 60 }),
        async (run, coin, budget) => {
          const shrunk = await shrink(
            run,
            failsWhen(() => coin.next().value === true),
            budget,
          );
          expect(shrunk.runs).toBeLessThanOrEqual(budget);
          expect(countNonZero(shrunk.choices)).toBeLessThanOrEqual(countNonZero(run));
        },
      ),
    );
  });

  it("drops faults before anything else", async () => {
    const run = play(Array.from({ length: 40 }, (_, i) => ({ label: LABELS[i % 3] ?? "", n: 8, value: 5 })));
    // Either one fault or two pieces of data: fewer faults is simpler, although it takes a choice more.
    const fails = (made: readonly Choice[]): boolean =>
      made.some(isFault) || made.filter(({ label, value }) => label === "data" && value > 0).length >= 2;
    const { choices } = await shrink(run, failsWhen(fails), BUDGET);
    expect(choices.filter(isFault)).toEqual([]);
    expect(countNonZero(choices)).toBe(2);
  });

  it("does not run the same candidate twice", async () => {
    const seen = new Set<string>();
    const run = play(Array.from({ length: 40 }, (_, i) => ({ label: LABELS[i % 3] ?? "", n: 8, value: (i * 5) % 8 })));
    await shrink(
      run,
      (candidate) => {
        const made = play(candidate);
        const values = JSON.stringify(made.map(({ value }) => value));
        expect(seen.has(values)).toBe(false);
        seen.add(values);
        return Promise.resolve((made[4]?.value ?? 0) > 2 ? made : undefined);
      },
      BUDGET,
    );
    expect(seen.size).toBeGreaterThan(5);
  });
});
