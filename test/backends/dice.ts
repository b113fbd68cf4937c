/**
 * Small numbers out of a list that a property test made: when the list is at its end, all are 0, so that what they decide
 * shrinks to the boring choice.
 */
export class Dice {
  readonly #rolls: readonly number[];
  #at = 0;

  constructor(rolls: readonly number[]) {
    this.#rolls = rolls;
  }

  /** A whole number from 0 up to, but not including, `sides`. */
  roll(sides: number): number {
    return (this.#rolls[this.#at++] ?? 0) % sides;
  }
}
