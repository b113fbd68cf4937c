/**
 * `@dacapo/simulator/fast-check`: schedule, faults and data as one value of a property of fast-check's.
 */
export { choicesFromToken, simulationChoices } from "./choices-arbitrary.ts";
export { expectToPass, simulateOnce, type SimulatedRun } from "./simulate-once.ts";
export type { SimulationChoices } from "./simulation-choices.ts";
