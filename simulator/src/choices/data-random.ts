/**
 * fast-check's source of random numbers, made of choices: whatever an arbitrary draws is part of the one sequence, so
 * that its data shrinks and replays together with schedule and faults.
 *
 * Invariant: choice 0 is the simplest number of a range: the one nearest to zero. A run in which all choices are 0
 * still ends, also where an arbitrary refuses the simplest values (`filter`).
 */
import { InvalidArgumentError } from "dacapo";
import type { ChoiceSource } from "./choices.ts";
import { fingerprint } from "./fingerprint.ts";

/**
 * What a simulation needs of an arbitrary: fast-check's `Arbitrary`, of whatever version, fits. Spelt out, so that who
 * draws no such data needs no types of fast-check's.
 */
export interface DataArbitrary<T> {
  generate(random: DataRandomNumbers, biasFactor: undefined): { readonly value: T };
}

/** fast-check's `Random`, as far as arbitraries use it. */
export interface DataRandomNumbers {
  clone(): DataRandomNumbers;
  next(bits: number): number;
  nextBoolean(): boolean;
  nextInt(min?: number, max?: number): number;
  nextBigInt(min: bigint, max: bigint): bigint;
  nextDouble(): number;
  getState(): readonly number[] | undefined;
}

/** After so many zeros in a row, an arbitrary is taken to refuse the simplest values, and gets ever larger ones. */
const PATIENCE = 1_000;
const DRAWS_A_DOUBLING = 64;
/** An arbitrary that drew so many numbers and has no value yet never will. */
const DRAWS_MAX = 200_000;

/** The labels of choices that make up generated data end with this. */
export const DATA_LABEL_SUFFIX = ": data";

/** Draws a value of an arbitrary for the client called `owner`. */
export function drawData<T>(arbitrary: DataArbitrary<T>, owner: string, choices: ChoiceSource): T {
  if (typeof (arbitrary as Partial<typeof arbitrary> | undefined)?.generate !== "function") {
    throw new InvalidArgumentError("choose.arbitrary() was not given an arbitrary.", {
      hint: "Pass one of fast-check's, such as fc.record({ id: fc.string() }).",
    });
  }
  // Not biased: that would be one more choice a number. The choice itself asks for small and large numbers more often.
  return arbitrary.generate(new DataRandom(new Tape(owner + DATA_LABEL_SUFFIX, choices)), undefined).value;
}

/** What was drawn, in order. A copy of a generator draws the same again, as fast-check expects. */
class Tape {
  readonly #label: string;
  readonly #choices: ChoiceSource;
  readonly #drawn: number[] = [];
  #zeros = 0;

  constructor(label: string, choices: ChoiceSource) {
    this.#label = label;
    this.#choices = choices;
  }

  /** The number at `position`, from 0 to `n - 1`. */
  at(position: number, n: number, weights?: readonly number[]): number {
    return Math.min((this.#drawn[position] ??= this.#draw(position, n, weights)), n - 1);
  }

  #draw(position: number, n: number, weights: readonly number[] | undefined): number {
    if (position >= DRAWS_MAX) {
      throw new InvalidArgumentError(`choose.arbitrary() drew ${DRAWS_MAX} numbers and found no value.`, {
        hint: "Its filters refuse too much: build what they ask for with map() instead.",
      });
    }
    const advice = weights === undefined ? ({ favours: "ends" } as const) : { weights };
    const chosen = this.#choices.choose({ label: this.#label, n, ...advice });
    this.#zeros = chosen === 0 ? this.#zeros + 1 : 0;
    const beyond = this.#zeros - PATIENCE;
    if (beyond <= 0) return chosen;
    return fingerprint(String(position)) % Math.min(n, Math.ceil(2 ** (beyond / DRAWS_A_DOUBLING)) + 1);
  }
}

/** Ranges of more numbers than this are drawn in two parts: choices are made with 32 random bits. */
const CHOICE_MAX = 2 ** 32;

const BITS_DEFAULT = 32;

class DataRandom implements DataRandomNumbers {
  readonly #tape: Tape;
  #position: number;

  constructor(tape: Tape, position = 0) {
    this.#tape = tape;
    this.#position = position;
  }

  clone(): DataRandomNumbers {
    return new DataRandom(this.#tape, this.#position);
  }

  next(bits: number): number {
    return this.#below(2 ** bits);
  }

  nextBoolean(): boolean {
    return this.#below(2) === 1;
  }

  nextInt(min: number = -(2 ** (BITS_DEFAULT - 1)), max: number = 2 ** (BITS_DEFAULT - 1) - 1): number {
    // Beyond the safe integers, a number could not tell its neighbours apart.
    if (max - min >= Number.MAX_SAFE_INTEGER) return Number(this.nextBigInt(BigInt(min), BigInt(max)));
    if (min >= 0) return min + this.#below(max - min + 1);
    if (max <= 0) return max - this.#below(max - min + 1);
    return this.#isNegative(-min, max + 1) ? -1 - this.#below(-min) : this.#below(max + 1);
  }

  nextBigInt(min: bigint, max: bigint): bigint {
    if (min >= 0n) return min + this.#bigBelow(max - min + 1n);
    if (max <= 0n) return max - this.#bigBelow(max - min + 1n);
    const isNegative = this.#isNegative(Number(-min), Number(max + 1n));
    return isNegative ? -1n - this.#bigBelow(-min) : this.#bigBelow(max + 1n);
  }

  nextDouble(): number {
    return (this.#below(2 ** 26) * 2 ** 27 + this.#below(2 ** 27)) * 2 ** -53;
  }

  getState(): undefined {
    return undefined;
  }

  /** The sign is a choice of its own: then a smaller choice is a number nearer to zero, whatever its sign. */
  #isNegative(negatives: number, others: number): boolean {
    return this.#tape.at(this.#position++, 2, [others, negatives]) === 1;
  }

  #below(n: number): number {
    return n <= CHOICE_MAX ? this.#tape.at(this.#position++, n) : Number(this.#bigBelow(BigInt(n)));
  }

  /** In two parts of about the same size, the higher one first, so that each is nearly uniform. */
  #bigBelow(n: bigint): bigint {
    if (n <= BigInt(CHOICE_MAX)) return BigInt(this.#below(Number(n)));
    const bits = BigInt(Math.ceil((n - 1n).toString(2).length / 2));
    const high = this.#bigBelow(((n - 1n) >> bits) + 1n);
    const rest = n - (high << bits);
    const size = 1n << bits;
    return (high << bits) + this.#bigBelow(rest < size ? rest : size);
  }
}
