/**
 * Choices that were made before: strictly, to reproduce a run, or leniently, to try a variation of it.
 *
 * Invariant: a strict replay either makes exactly the recorded run or throws `StaleTokenError` at the first
 * decision that does not fit. A lenient replay always gives a legal run.
 */
import type { Choice, ChoicePoint, ChoiceProvider } from "./choices.ts";
import { choiceSite } from "./choices.ts";
import { StaleTokenError } from "../errors.ts";
import { fingerprint } from "./fingerprint.ts";

/** A recorded decision as a token keeps it. */
export interface RecordedChoice {
  readonly value: number;
  readonly n: number;
  /** The fingerprint of what it was about, from 0 to 255. */
  readonly site: number;
}

/**
 * The fingerprint of what a decision is about. One byte keeps tokens short; a run that goes another way meets so
 * many decisions that one of the next few tells.
 */
export function siteOf(point: ChoicePoint | Choice): number {
  const hash = fingerprint(choiceSite(point));
  return (hash ^ (hash >>> 8) ^ (hash >>> 16) ^ (hash >>> 24)) & 0xff;
}

/** Repeats a run exactly. Past the end of the record every decision is 0: trailing zeros are not kept. */
export function strictReplay(recorded: readonly RecordedChoice[]): ChoiceProvider {
  return {
    pick(point: ChoicePoint, index: number): number {
      const choice = recorded[index];
      if (choice === undefined) return 0;
      if (choice.n !== point.n || choice.site !== siteOf(point)) {
        const expected = `a choice between ${choice.n} (#${choice.site.toString(16)})`;
        throw new StaleTokenError(index, expected, `"${choiceSite(point)}" between ${point.n}`);
      }
      return choice.value;
    },
  };
}

/**
 * Repeats a run as far as it fits: each decision takes the next recorded value of its label. Past the end it
 * is 0; a value out of range is clamped.
 */
export function lenientReplay(recorded: readonly Choice[]): ChoiceProvider {
  const byLabel = new Map<string, { readonly values: number[]; used: number }>();
  for (const { label, value } of recorded) {
    const queue = byLabel.get(label);
    if (queue === undefined) byLabel.set(label, { values: [value], used: 0 });
    else queue.values.push(value);
  }
  return {
    pick({ label, n }: ChoicePoint): number {
      const queue = byLabel.get(label);
      if (queue === undefined) return 0;
      return Math.min(queue.values[queue.used++] ?? 0, n - 1);
    },
  };
}
