/**
 * Says why a simulation stands still, and what it waits for.
 *
 * Invariant: pure; written for whoever waits for something that does not come.
 */
import { SimulationStandstillError } from "../errors.ts";
import { list } from "../report/story-words.ts";
import type { World } from "../world/world.ts";
import { readState } from "./read-state.ts";

/** Of many instances that wait, this many are named. */
const NAMED = 5;

/** The error for a simulation that came to rest before what `waiting` names, such as `runUntil()`, was over. */
export function atRest(world: World, waiting: string, hint: string): SimulationStandstillError {
  return new SimulationStandstillError(
    `Nothing more can happen after step ${world.step}, and ${waiting}. ${standing(world)}`,
    { hint },
  );
}

/** The error for a simulation whose step budget is used up. */
export function outOfSteps(world: World): SimulationStandstillError {
  return new SimulationStandstillError(`The simulation has used up its ${world.step} steps. ${standing(world)}`, {
    hint: "Give it more with maxSteps, or look for work that never ends.",
  });
}

/** Who waits for what, in a sentence. */
function standing(world: World): string {
  const { instances, clients, time } = readState(world);
  const waiting = [
    ...instances
      .filter(({ waitsFor }) => waitsFor.length > 0)
      .map(({ name, instanceId, waitsFor }) => `${name} "${instanceId}" waits for ${list(waitsFor)}`),
    ...clients.filter(({ status }) => status === "running").map(({ name }) => `${name} has not ended`),
  ];
  const rest = waiting.length > NAMED ? ["more wait too"] : [];
  const what = waiting.length === 0 ? "all instances have ended" : list([...waiting.slice(0, NAMED), ...rest]);
  return `At ${time}, ${what}.`;
}
