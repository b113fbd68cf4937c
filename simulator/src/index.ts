/**
 * `@dacapo/simulator`: crash a workflow in simulation, on the engine that runs it in production.
 */
export type { Coverage } from "./report/coverage.ts";
export {
  ScenarioLoadError,
  SimulationFailedError,
  SimulationStandstillError,
  SimulationUseError,
  StaleTokenError,
  UncontrolledCallError,
  UncontrolledWaitError,
} from "./errors.ts";
export type { BlameReason, FailureLocation } from "./report/blame.ts";
export { FAULT_CLASSES, FAULT_NAMES, type FaultClass, type FaultSettings } from "./faults/faults.ts";
export { crashEverywhere, type CrashEverywhereOptions, type CrashSweep } from "./explore/crash-everywhere.ts";
export type { EntityState, HubView, InstanceState } from "./scenario/hub-view.ts";
export type { Ledger } from "./world/ledger.ts";
export { ORACLE_IDS, type OracleId, type OracleSettings } from "./oracles/oracle.ts";
export { loadModule, loadScenario } from "./scenario/load.ts";
export {
  type ClientFunction,
  type ClientTools,
  type EntityModel,
  type EntityModels,
  isScenario,
  type Mocks,
  type Properties,
  type Property,
  type Scenario,
  scenario,
  type ScenarioOptions,
} from "./scenario/scenario.ts";
export { replayToken, type TokenReplay } from "./explore/replay-token.ts";
export { type Progress, simulate, type SimulateOptions, type SimulationResult } from "./explore/simulate.ts";
export type { DataArbitrary, DataRandomNumbers } from "./choices/data-random.ts";
export type { Choose } from "./choices/user-choices.ts";
export type { OutsideWorld } from "./world/world.ts";
export { openSimulation, type SimulationOptions, type SimulationSetup } from "./time-travel/open-simulation.ts";
export type { Simulation, SimulationView } from "./time-travel/simulation.ts";
export type * from "./time-travel/simulation-state.ts";
export { stateAtStep, type StepReport } from "./time-travel/state-at-step.ts";
