/**
 * The choices of one run as a value of fast-check's: how they are made, and what a run made of them.
 *
 * Invariant: once a run has failed with it, the value knows exactly what that run chose: the token that it prints
 * reproduces it, and what it shrinks to is tried by the same passes as everywhere else.
 */
import { toStringMethod } from "fast-check";
import { InvalidArgumentError } from "dacapo";
import type { Choice } from "../choices/choices.ts";
import type { Candidates } from "../explore/shrink.ts";
import { ShrinkPasses } from "../explore/shrink.ts";

/** How a value's run makes its choices. */
export type Origin =
  | { readonly kind: "seed"; readonly seed: number }
  | { readonly kind: "token"; readonly token: string }
  /** Made simpler from a run that failed. */
  | { readonly kind: "simpler"; readonly choices: readonly Choice[]; readonly than: readonly Choice[] }
  /** The `nth` candidate of a value whose run is not known yet: fast-check walks a `path` without running anything. */
  | { readonly kind: "later"; readonly parent: SimulationChoices; readonly nth: number; readonly restarts: boolean };

/** What a run with a value came to. */
export interface Recording {
  readonly choices: readonly Choice[];
  readonly failed: boolean;
  readonly token: string;
}

/** A way through the passes of the shrinker, which goes on where a value was found by it. */
interface Search {
  readonly passes: ShrinkPasses;
  readonly candidates: Candidates;
}

/** All choices of one run: its schedule, its faults and the data of its clients. Made by `simulationChoices()`. */
export class SimulationChoices {
  #origin: Origin;
  #recording: Recording | undefined;
  #search: Search | undefined;
  /** Runs of it were begun; one that could not be made leaves no recording. */
  wasRun = false;
  /** How many values it was made of by shrinking. */
  readonly depth: number;

  /** @internal */
  constructor(origin: Origin, search?: Search, depth = 0) {
    this.#origin = origin;
    this.#search = search;
    this.depth = depth;
  }

  get origin(): Origin {
    return this.#origin;
  }

  get recording(): Recording | undefined {
    return this.#recording;
  }

  /** Notes what a run chose. One that passed never replaces one that failed: fast-check went back to that one. */
  record(recording: Recording): void {
    if (recording.failed || this.#recording?.failed !== true) this.#recording = recording;
  }

  /** Simpler values, the boldest first. `restarts` begins the passes anew instead of going on with them. */
  *simpler(restarts: boolean): Generator<SimulationChoices, void> {
    if (this.#recording === undefined) return;
    const { search, first } = this.#goOn(this.#recording.choices, restarts);
    for (let next = first; next.done !== true; next = search.candidates.next(undefined)) {
      const origin: Origin = { kind: "simpler", choices: next.value, than: search.passes.current };
      yield new SimulationChoices(origin, search, this.depth + 1);
    }
  }

  /** A value of `later` becomes the candidate that it stands for, now that its parent was run. */
  settle(): void {
    const { origin } = this;
    if (origin.kind !== "later") return;
    let nth = 0;
    for (const candidate of origin.parent.simpler(origin.restarts)) {
      if (nth++ < origin.nth) continue;
      this.#origin = candidate.#origin;
      this.#search = candidate.#search;
      return;
    }
    throw strayPath();
  }

  toString(): string {
    if (this.#recording !== undefined) return `[token ${JSON.stringify(this.#recording.token)}]`;
    switch (this.#origin.kind) {
      case "seed":
        return `[choices of seed ${this.#origin.seed}, not run]`;
      case "token":
        return `[token ${JSON.stringify(this.#origin.token)}]`;
      default:
        return "[choices, not run]";
    }
  }

  [toStringMethod](): string {
    return this.toString();
  }

  #goOn(
    choices: readonly Choice[],
    restarts: boolean,
  ): { readonly search: Search; readonly first: IteratorResult<readonly Choice[], void> } {
    const known = restarts ? undefined : this.#search;
    if (known !== undefined) return { search: known, first: known.candidates.next(choices) };
    const passes = new ShrinkPasses(choices);
    const search = { passes, candidates: passes.candidates() };
    return { search, first: search.candidates.next() };
  }
}

/** A path of fast-check's that leads nowhere: what came before the choices made another scenario, or the code changed. */
export function strayPath(): InvalidArgumentError {
  return new InvalidArgumentError("fast-check's path leads to no failure of this scenario.", {
    hint:
      "It fits only as long as the code, and the values beside the choices, stay as they were at each step. Leave path " +
      "out and keep the seed, or give the token of the counterexample to choicesFromToken().",
  });
}
