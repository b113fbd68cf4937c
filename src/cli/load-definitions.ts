/**
 * Loads the definitions that a worker runs from a file of the user's.
 *
 * Invariant: JavaScript is loaded by Node itself, and so is TypeScript where Node runs it; else the simulator's loader does, as
 * for scenarios. What is wrong with the file is said in a sentence that tells what to do.
 */
import { stat } from "node:fs/promises";
import { extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { DacapoError, InvalidArgumentError } from "../core/errors.ts";
import { isDefinition, type Definition } from "../runtime/registry.ts";
import { loadPackage, type WantedPackage } from "./load-package.ts";

type Module = Readonly<Record<string, unknown>>;

/** Loads a module from its path. */
export type LoadModule = (path: string) => Promise<Module>;

interface ModuleLoader {
  readonly loadModule: LoadModule;
}

const LOADER: WantedPackage<ModuleLoader> = {
  command: "worker",
  name: "@dacapo/simulator",
  entry: "@dacapo/simulator",
  fits: (module): module is ModuleLoader =>
    typeof (module as Partial<Record<keyof ModuleLoader, unknown>>).loadModule === "function",
};

/**
 * Loads what a file exports: definitions by name, or an array of them by default.
 * @throws InvalidArgumentError when the file is missing, cannot be run, or exports no definitions.
 */
export async function loadDefinitions(path: string, load: LoadModule = loadModule): Promise<readonly Definition[]> {
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  if (!isFile) {
    throw new InvalidArgumentError(`There is no file ${path}.`, {
      hint: "Give the path of a file that exports definitions, seen from the current directory.",
    });
  }
  const module = await load(path);
  const { default: list, ...named } = module;
  const definitions = [...(list === undefined ? [] : definitionsIn(list, path)), ...Object.values(named)];
  const found = new Set(definitions.filter(isDefinition));
  if (found.size > 0) return [...found];
  throw new InvalidArgumentError(`The file ${path} exports no definitions.`, {
    hint: "Export what orchestrator(), activity() and entity() return, by name or as export default [ ... ].",
  });
}

/** The default export: an array of definitions, or one. */
function definitionsIn(list: unknown, path: string): readonly unknown[] {
  const items: readonly unknown[] = Array.isArray(list) ? list : [list];
  const wrong = items.findIndex((item) => !isDefinition(item));
  if (wrong < 0) return items;
  const what = Array.isArray(list) ? `The entry ${wrong} of the default export` : "The default export";
  throw new InvalidArgumentError(`${what} of ${path} is no definition.`, {
    hint: "Write export default [ ... ] with what orchestrator(), activity() and entity() return.",
  });
}

async function loadModule(path: string): Promise<Module> {
  const file = resolve(path);
  const isTypeScript = /^\.[cm]?ts$/.test(extname(file));
  const runsTypeScript = "typescript" in process.features && process.features.typescript !== false;
  if (isTypeScript && !runsTypeScript) return (await loadPackage(LOADER, file)).loadModule(path);
  try {
    return (await import(pathToFileURL(file).href)) as Module;
  } catch (error) {
    if (error instanceof DacapoError) throw error;
    throw new InvalidArgumentError(`The file ${path} cannot be run: ${String(error)}.`, {
      hint: "Correct the file, or what it imports.",
      cause: error,
    });
  }
}
