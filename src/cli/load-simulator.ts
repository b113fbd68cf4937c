/**
 * Finds and loads `@dacapo/simulator`.
 *
 * Invariant: the simulator that runs a scenario is the one that the scenario's own file imports, wherever that
 * file is installed; only when it can see none, the one beside the command line is taken.
 */
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { InvalidArgumentError } from "../core/errors.ts";
import { isSimulatorModule } from "./simulator-module.ts";
import type { SimulatorModule } from "./simulator-module.ts";

/** Loads the simulator for a scenario file, given by its absolute path. */
export type LoadSimulator = (scenarioFile: string) => Promise<SimulatorModule>;

/** Not a literal in `import()`: the compiler would look the package up, which is built after this one. */
const SIMULATOR: string = "@dacapo/simulator";

/**
 * Loads the installed simulator.
 * @param importModule imports a module by its name or address.
 * @throws InvalidArgumentError when it is not installed, or does not fit; it says how to install it.
 */
export async function loadInstalledSimulator(
  scenarioFile: string,
  importModule = (specifier: string): Promise<unknown> => import(specifier),
): Promise<SimulatorModule> {
  const module = await importModule(locate(scenarioFile) ?? SIMULATOR).catch(explainMissing);
  if (isSimulatorModule(module)) return module;
  throw new InvalidArgumentError(`The installed ${SIMULATOR} does not fit this version of dacapo.`, {
    hint: `Install both in the same version: npm install --save-dev dacapo ${SIMULATOR}`,
  });
}

/** The address of the simulator that the file would import, or undefined when it can see none. */
function locate(scenarioFile: string): string | undefined {
  try {
    return pathToFileURL(createRequire(scenarioFile).resolve(SIMULATOR)).href;
  } catch {
    return undefined;
  }
}

function explainMissing(error: Error): never {
  // A package that the simulator itself misses is another matter.
  const isMissing =
    "code" in error && error.code === "ERR_MODULE_NOT_FOUND" && error.message.includes(`'${SIMULATOR}'`);
  if (!isMissing) throw error;
  throw new InvalidArgumentError(`The command "fuzz" needs the package ${SIMULATOR}, which is not installed.`, {
    hint: `Install it with: npm install --save-dev ${SIMULATOR}`,
    cause: error,
  });
}
