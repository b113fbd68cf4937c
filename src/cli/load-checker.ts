/**
 * Finds and loads the checker of `@dacapo/eslint-plugin`.
 *
 * Invariant: the rules that check a program are those of the plugin that the program's folder has installed.
 */
import { isCheckerModule } from "./checker-module.ts";
import type { CheckerModule } from "./checker-module.ts";
import { loadPackage } from "./load-package.ts";
import type { ImportModule, WantedPackage } from "./load-package.ts";

/** Loads the checker for a tsconfig, given by its absolute path. */
export type LoadChecker = (project: string) => Promise<CheckerModule>;

const CHECKER: WantedPackage<CheckerModule> = {
  command: "check",
  name: "@dacapo/eslint-plugin",
  entry: "@dacapo/eslint-plugin/check",
  fits: isCheckerModule,
};

/**
 * Loads the installed checker.
 * @param importModule imports a module by its name or address.
 * @throws InvalidArgumentError when it is not installed, or does not fit; it says how to install it.
 */
export async function loadInstalledChecker(project: string, importModule?: ImportModule): Promise<CheckerModule> {
  return loadPackage(CHECKER, project, importModule);
}
