/**
 * What looks like chance to an orchestrator: ids and random numbers.
 *
 * Invariant: a function of the execution's name and of how often it was asked, so that replay repeats it. Held by the
 * execution, asked by its context.
 */
import { seededRandom, uuidV5 } from "./determinism.ts";

export class Chance {
  readonly #name: string;
  #guids = 0;
  #random: (() => number) | undefined = undefined;

  constructor(name: string) {
    this.#name = name;
  }

  newGuid(): string {
    return uuidV5(`${this.#name}:${this.#guids++}`);
  }

  random(): number {
    return (this.#random ??= seededRandom(this.#name))();
  }
}
