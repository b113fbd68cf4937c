/**
 * Chance that a seed decides: the same seed and name give the same choices.
 */
import seedrandom from "seedrandom";

export class Random {
  readonly #next: () => number;

  constructor(seed: string, name: string) {
    const generator = seedrandom.alea(`${seed}/${name}`);
    this.#next = () => generator.quick();
  }

  chance(probability: number): boolean {
    return this.#next() < probability;
  }

  /** A whole number, both ends included. */
  integer(from: number, to: number): number {
    return from + Math.floor(this.#next() * (to - from + 1));
  }

  from<T>(values: readonly T[]): T {
    const value = values[this.integer(0, values.length - 1)];
    if (value === undefined) throw new Error("There is nothing to choose from.");
    return value;
  }

  /** One of the names, each as often as its weight says. */
  weighted(weights: Readonly<Record<string, number>>): string {
    const entries = Object.entries(weights);
    let left = this.#next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [name, weight] of entries) {
      left -= weight;
      if (left < 0) return name;
    }
    return entries.at(-1)?.[0] ?? "";
  }
}
