/**
 * The one source of everything that is not determined: who runs next, which fault happens, what data a client
 * draws. A run is a function of its choices.
 *
 * Invariant: every decision of a run goes through `ChoiceSource.choose`, and `sequence` is the complete record
 * of the run. Choice 0 is always the boring one (first in first out, no fault, smallest value), so that smaller
 * sequences are simpler runs. Where the values come from is the provider's business alone.
 */
import { InvalidArgumentError } from "dacapo";

/** A decision to be made. */
export interface ChoicePoint {
  /** Names the kind of decision, such as `next`; random providers keep one stream per label. */
  readonly label: string;
  /** How many alternatives there are: at least 1. */
  readonly n: number;
  /** How likely each alternative should be, relative to the others. Advises random providers only. */
  readonly weights?: readonly number[];
  /** The alternatives' names, for checking a replay and for coverage. */
  readonly keys?: readonly string[];
}

/** A decision that was made. */
export interface Choice {
  readonly label: string;
  readonly n: number;
  readonly value: number;
  readonly keys?: readonly string[];
}

/** Decides. */
export interface ChoiceProvider {
  /** The chosen alternative, from 0 to `point.n - 1`. `index` counts the decisions of the run from 0. */
  pick(point: ChoicePoint, index: number): number;
}

/** Makes and records the decisions of one run. */
export class ChoiceSource {
  /** Hears of each decision as it is made. */
  onChoice: ((choice: Choice) => void) | undefined = undefined;
  readonly #provider: ChoiceProvider;
  readonly #sequence: Choice[] = [];

  constructor(provider: ChoiceProvider) {
    this.#provider = provider;
  }

  /** What was decided so far. */
  get sequence(): readonly Choice[] {
    return this.#sequence;
  }

  /**
   * Decides between the `n` alternatives of `point`. Where there is only one, nothing is recorded.
   * @throws InvalidArgumentError when `n` is not a whole number of at least 1.
   */
  choose(point: ChoicePoint): number {
    const { label, n, keys } = point;
    if (!Number.isSafeInteger(n) || n < 1) {
      throw new InvalidArgumentError(`The choice "${label}" is between ${String(n)} alternatives.`, {
        hint: "Let n be a whole number of at least 1.",
      });
    }
    if (n === 1) return 0;
    const value = this.#provider.pick(point, this.#sequence.length);
    if (!Number.isSafeInteger(value) || value < 0 || value >= n) {
      throw new InvalidArgumentError(`The choice "${label}" between ${n} was answered with ${String(value)}.`, {
        hint: "A provider answers with a whole number from 0 to n - 1.",
      });
    }
    const choice = keys === undefined ? { label, n, value } : { label, n, value, keys };
    this.#sequence.push(choice);
    this.onChoice?.(choice);
    return value;
  }
}

/** What a choice was about, as a text: its label and the names of its alternatives. */
export function choiceSite(point: ChoicePoint | Choice): string {
  return point.keys === undefined ? point.label : `${point.label}: ${point.keys.join(", ")}`;
}

/** The sequence without the zeros at its end: a replay fills them in again. */
export function withoutTrailingZeros(sequence: readonly Choice[]): readonly Choice[] {
  let length = sequence.length;
  while (length > 0 && sequence[length - 1]?.value === 0) length -= 1;
  return sequence.slice(0, length);
}
