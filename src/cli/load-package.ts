/**
 * Finds and loads a package of Dacapo's that a command needs and the engine does not depend on.
 *
 * Invariant: the package that is loaded is the one that the user's own file would import, wherever that file is
 * installed; only when it can see none, the one beside the command line is taken.
 */
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { InvalidArgumentError } from "../core/errors.ts";

/** What is looked for, by whom. */
export interface WantedPackage<T> {
  /** The command, as the user types it. */
  readonly command: string;
  /** The name of the package. */
  readonly name: string;
  /** What to import of it: its name, or that of an entry point. */
  readonly entry: string;
  readonly fits: (module: unknown) => module is T;
}

/** Imports a module by its name or address. */
export type ImportModule = (specifier: string) => Promise<unknown>;

/**
 * Loads the package as the file, given by its absolute path, would.
 * @throws InvalidArgumentError when it is not installed, or does not fit; it says how to install it.
 */
export async function loadPackage<T>(
  wanted: WantedPackage<T>,
  file: string,
  importModule: ImportModule = (specifier) => import(specifier),
): Promise<T> {
  const { name, entry, fits } = wanted;
  const module = await importModule(locate(entry, file) ?? entry).catch((error: unknown) =>
    explainMissing(error, wanted),
  );
  if (fits(module)) return module;
  throw new InvalidArgumentError(`The installed ${name} does not fit this version of dacapo.`, {
    hint: `Install both in the same version: npm install --save-dev dacapo ${name}`,
  });
}

/** The address of what the file would import, or undefined when it can see none. */
function locate(entry: string, file: string): string | undefined {
  try {
    return pathToFileURL(createRequire(file).resolve(entry)).href;
  } catch {
    return undefined;
  }
}

function explainMissing(error: unknown, { command, name }: WantedPackage<unknown>): never {
  // A package that the wanted one itself misses is another matter.
  const isMissing =
    error instanceof Error &&
    "code" in error &&
    error.code === "ERR_MODULE_NOT_FOUND" &&
    error.message.includes(`'${name}'`);
  if (!isMissing) throw error;
  throw new InvalidArgumentError(`The command "${command}" needs the package ${name}, which is not installed.`, {
    hint: `Install it with: npm install --save-dev ${name}`,
    cause: error,
  });
}
