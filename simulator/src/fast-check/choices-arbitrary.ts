/**
 * The arbitrary of choices: `simulationChoices()`, for `fc.asyncProperty`.
 *
 * Invariant: generating is a function of fast-check's random numbers alone; shrinking one of what the failing run chose.
 */
import { Arbitrary, type Random, Stream, Value } from "fast-check";
import { SimulationChoices } from "./simulation-choices.ts";

const SEED_MAX = 0xffff_ffff;

/** What a path may lead to, where nothing was run: so many times simpler, out of so many candidates. */
const DEPTH_MAX = 200;
const WIDTH_MAX = 10_000;

class ChoicesArbitrary extends Arbitrary<SimulationChoices> {
  /** How often each value was asked to shrink: again when something beside it was made smaller. */
  readonly #asked = new WeakMap<SimulationChoices, number>();

  generate(random: Random): Value<SimulationChoices> {
    return new Value(new SimulationChoices({ kind: "seed", seed: random.nextInt(0, SEED_MAX) }), undefined);
  }

  canShrinkWithoutContext(value: unknown): value is SimulationChoices {
    return value instanceof SimulationChoices;
  }

  shrink(value: SimulationChoices): Stream<Value<SimulationChoices>> {
    const asked = this.#asked.get(value) ?? 0;
    this.#asked.set(value, asked + 1);
    return new Stream(candidates(value, asked > 0));
  }
}

function* candidates(value: SimulationChoices, restarts: boolean): Generator<Value<SimulationChoices>, void> {
  if (value.recording !== undefined) {
    for (const simpler of value.simpler(restarts)) yield new Value(simpler, undefined);
    return;
  }
  // A run that could not be made says nothing about simpler ones; one that was never made is on a path of fast-check's.
  if (value.wasRun || value.depth >= DEPTH_MAX) return;
  for (let nth = 0; nth < WIDTH_MAX; nth++) {
    const origin = { kind: "later", parent: value, nth, restarts } as const;
    yield new Value(new SimulationChoices(origin, undefined, value.depth + 1), undefined);
  }
}

/**
 * The choices of a run: schedule, faults and the data that clients draw. They shrink together, and print as a token.
 *
 * Make it the last argument of the property: fast-check replays a `path` without running anything, and can count the
 * candidates of what comes before it, but not its own.
 *
 * @example
 * const property = fc.asyncProperty(simulationChoices(), (choices: SimulationChoices) => expectToPass(shop, choices));
 * await fc.assert(property);
 */
export function simulationChoices(): Arbitrary<SimulationChoices> {
  return new ChoicesArbitrary();
}

/**
 * The choices of a token that a failure printed, for `examples`: the property is then tried with them first.
 *
 * @example
 * await fc.assert(property, { examples: [[3, choicesFromToken("dacapo1:...")]] });
 */
export function choicesFromToken(token: string): SimulationChoices {
  return new SimulationChoices({ kind: "token", token });
}
