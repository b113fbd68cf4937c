/**
 * `@dacapo/simulator`: crash a workflow in simulation, on the engine that runs it in production.
 */
export type { Coverage } from "./coverage.ts";
export { ScenarioLoadError, StaleTokenError, UncontrolledWaitError } from "./errors.ts";
export { FAULT_CLASSES, FAULT_NAMES, type FaultClass, type FaultSettings } from "./faults.ts";
export type { HubView, InstanceState } from "./hub-view.ts";
export type { Ledger } from "./ledger.ts";
export { loadScenario } from "./load.ts";
export {
  type ClientFunction,
  type ClientTools,
  isScenario,
  type Mocks,
  type Properties,
  type Property,
  type Scenario,
  scenario,
  type ScenarioOptions,
} from "./scenario.ts";
export { replayToken, type TokenReplay } from "./replay-token.ts";
export { type Progress, simulate, type SimulateOptions, type SimulationResult } from "./simulate.ts";
export type { Choose } from "./user-choices.ts";
export type { OutsideWorld } from "./world.ts";
