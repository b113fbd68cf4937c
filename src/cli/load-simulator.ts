/**
 * Finds and loads `@dacapo/simulator`.
 *
 * Invariant: the simulator that runs a scenario is the one that the scenario's own file imports.
 */
import { loadPackage } from "./load-package.ts";
import type { ImportModule, WantedPackage } from "./load-package.ts";
import { isSimulatorModule } from "./simulator-module.ts";
import type { SimulatorModule } from "./simulator-module.ts";

/** Loads the simulator for a scenario file, given by its absolute path. */
export type LoadSimulator = (scenarioFile: string) => Promise<SimulatorModule>;

const SIMULATOR: WantedPackage<SimulatorModule> = {
  command: "fuzz",
  name: "@dacapo/simulator",
  entry: "@dacapo/simulator",
  fits: isSimulatorModule,
};

/**
 * Loads the installed simulator.
 * @param importModule imports a module by its name or address.
 * @throws InvalidArgumentError when it is not installed, or does not fit; it says how to install it.
 */
export async function loadInstalledSimulator(
  scenarioFile: string,
  importModule?: ImportModule,
): Promise<SimulatorModule> {
  return loadPackage(SIMULATOR, scenarioFile, importModule);
}
