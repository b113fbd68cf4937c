/**
 * Opens a simulation that somebody steers: of a scenario, or of workflows alone, with a test as their client.
 *
 * Invariant: what is wrong with the options is said before anything runs.
 */
import type { Definition } from "dacapo";
import { InvalidArgumentError } from "dacapo";
import { BORING_CHOICES } from "../choices/random-choices.ts";
import { strictReplay } from "../choices/recorded-choices.ts";
import { strategyOf } from "../explore/portfolio.ts";
import type { RunOptions } from "../explore/run.ts";
import { readToken } from "../explore/token-run.ts";
import type { FaultSettings } from "../faults/faults.ts";
import { FAULT_NAMES, NO_RATES } from "../faults/faults.ts";
import type { Scenario, ScenarioOptions } from "../scenario/scenario.ts";
import { isScenario, scenario } from "../scenario/scenario.ts";
import { Simulation } from "./simulation.ts";
import { Timeline } from "./timeline.ts";

/** Which run it is. Without any of these nothing goes wrong, and everything happens in the order in which it came. */
export interface SimulationOptions {
  /** The run of this token, strictly; after its end, the simplest choices. */
  readonly token?: string;
  /** A run of the search with this seed. */
  readonly seed?: string | number;
  /** Which of them, as `fuzz` counts: 1, the first, has no faults. 2 unless given. */
  readonly run?: number;
}

/** What a test simulates: a scenario's options, of which it may leave out the clients, being the client itself. */
export type SimulationSetup<Definitions extends readonly Definition[], Outside extends object> = Omit<
  ScenarioOptions<Definitions, Outside>,
  "clients" | "faults"
> &
  Partial<Pick<ScenarioOptions<Definitions, Outside>, "clients">> & {
    /** The classes of fault that may happen, or their rates: none unless named. They happen only under a `seed`. */
    readonly faults?: FaultSettings;
  };

/** Searches make their first run without faults; to ask for a seed is to ask for a run that has some. */
const RUN_DEFAULT = 2;

/**
 * Opens a simulation and stands before its first step.
 *
 * @throws InvalidArgumentError when an option cannot be used, or the text is no token.
 * @throws StaleTokenError when the token was made for another scenario.
 * @example
 * const simulation = await openSimulation({ register: [approvePurchase, chargeCard, escalate] });
 * const id = await simulation.client.scheduleNewOrchestration(approvePurchase, order);
 * await simulation.advance({ days: 3 });
 */
export async function openSimulation(scenario: Scenario, options?: SimulationOptions): Promise<Simulation>;
export async function openSimulation<const Definitions extends readonly Definition[], Outside extends object = object>(
  setup: SimulationSetup<Definitions, Outside>,
  options?: SimulationOptions,
): Promise<Simulation<Outside>>;
export async function openSimulation(
  given: Scenario | SimulationSetup<readonly Definition[], object>,
  options: SimulationOptions = {},
): Promise<Simulation> {
  const simulated = isScenario(given) ? given : asScenario(given);
  return new Simulation(simulated, await Timeline.begin(simulated, choicesOf(simulated, options)));
}

/** Names the scenario that a test's set-up makes, in messages and tokens. */
const NAME = "simulation";

function asScenario(setup: SimulationSetup<readonly Definition[], object>): Scenario {
  if (typeof setup !== "object" || (setup as unknown) === null) {
    throw new InvalidArgumentError("openSimulation() was given nothing to simulate.", {
      hint: "Pass a scenario, or { register: [...] } with what orchestrator() and activity() returned.",
    });
  }
  const off = Object.fromEntries(FAULT_NAMES.map((name) => [name, false]));
  const { clients, faults: named = {}, ...rest } = setup;
  // What is no object at all is refused where the other options are checked.
  const faults = typeof named === "object" ? { ...off, ...named } : named;
  if (clients !== undefined) return scenario(NAME, { ...rest, faults, clients });
  // A scenario has clients; here it is the test that acts.
  return { ...scenario(NAME, { ...rest, faults, clients: () => undefined }), clients: {} };
}

const OPTION_NAMES: readonly string[] = ["token", "seed", "run"] satisfies readonly (keyof SimulationOptions)[];

/** The same choices each time. */
function choicesOf(simulated: Scenario, options: SimulationOptions): () => RunOptions {
  const unknown = Object.keys(options).find((name) => !OPTION_NAMES.includes(name));
  if (unknown !== undefined) {
    throw new InvalidArgumentError(`openSimulation() was given an unknown option "${unknown}".`, {
      hint: `After what is simulated come, in an object of their own, ${OPTION_NAMES.join(", ")}.`,
    });
  }
  const { token, seed, run } = options;
  if (token !== undefined) {
    if (seed !== undefined || run !== undefined) {
      throw new InvalidArgumentError("A simulation was given a token, and a seed or a run.", {
        hint: "A token names one run; leave the others out.",
      });
    }
    const { choices } = readToken(simulated, token);
    return () => ({ provider: strictReplay(choices), rates: NO_RATES });
  }
  if (seed === undefined) {
    if (run === undefined) return () => ({ provider: BORING_CHOICES, rates: NO_RATES });
    throw new InvalidArgumentError("A simulation was given a run and no seed.", {
      hint: "Write { seed: 42, run: 17 }, as the search says them.",
    });
  }
  return searchRun(simulated, String(seed), run ?? RUN_DEFAULT);
}

/** Run `number` of the search with this seed. */
function searchRun(simulated: Scenario, seed: string, number: number): () => RunOptions {
  if (!Number.isSafeInteger(number) || number < 1) {
    throw new InvalidArgumentError(`The option run is ${String(number)}.`, { hint: "Runs are counted from 1." });
  }
  // The search counts from 0, and people from 1.
  return () => strategyOf(simulated, seed, number - 1);
}
