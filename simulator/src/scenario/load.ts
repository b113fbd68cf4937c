/**
 * Loads a scenario file, TypeScript or JavaScript, as it is: no build step.
 *
 * Invariant: packages that the file imports are loaded by Node itself, so that the file and the simulator share one
 * copy of `dacapo`; whatever is wrong with the file is said in a sentence that tells what to do.
 */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { createJiti } from "jiti";
import { ScenarioLoadError } from "../errors.ts";
import type { Scenario } from "./scenario.ts";
import { isScenario } from "./scenario.ts";

/**
 * Loads the scenario that a file exports by default.
 * @throws ScenarioLoadError when the file is missing, cannot be run, or exports no scenario by default.
 */
export async function loadScenario(path: string): Promise<Scenario> {
  const file = resolve(path);
  await checkFile(path, file);
  const { default: exported } = await importFile(path, file);
  if (isScenario(exported)) return exported;
  throw new ScenarioLoadError(
    exported === undefined
      ? `The file ${path} has no default export.`
      : `The default export of ${path} is no scenario but ${describe(exported)}.`,
    { hint: 'Write export default scenario("name", { ... }), with scenario from "@dacapo/simulator".' },
  );
}

/**
 * Loads a file, TypeScript or JavaScript, and gives what it exports. For the command line.
 * @throws ScenarioLoadError when the file is missing or cannot be run.
 */
export async function loadModule(path: string): Promise<Readonly<Record<string, unknown>>> {
  const file = resolve(path);
  await checkFile(path, file);
  return importFile(path, file);
}

async function checkFile(path: string, file: string): Promise<void> {
  let isFile: boolean;
  try {
    isFile = (await stat(file)).isFile();
  } catch (error) {
    throw new ScenarioLoadError(`There is no file ${path}.`, {
      hint: "Give the path of a scenario file, seen from the current directory.",
      cause: error,
    });
  }
  if (!isFile) throw new ScenarioLoadError(`${path} is no file.`, { hint: "Give the path of a scenario file." });
}

async function importFile(path: string, file: string): Promise<Readonly<Record<string, unknown>>> {
  // The caches would be written to disk; a file is loaded once and compiles in milliseconds.
  const jiti = createJiti(import.meta.url, { fsCache: false, moduleCache: true, interopDefault: false });
  let module: unknown;
  try {
    module = await jiti.import(pathToFileURL(file).href);
  } catch (error) {
    throw new ScenarioLoadError(`The file ${path} cannot be run: ${reasonOf(error, path, file)}`, {
      hint: isNotFound(error)
        ? "Correct the import; a package needs `npm install`."
        : "Correct the file, or what it imports.",
      cause: error,
    });
  }
  return module as Readonly<Record<string, unknown>>;
}

/** What went wrong and in which line, in one sentence on one line. */
function reasonOf(error: unknown, path: string, file: string): string {
  if (!(error instanceof Error)) return `it throws ${String(error)}.`;
  // The compiler says where in its message, after a name of its own; the rest is told by the stack.
  const message = error.message
    .replace(/^ParseError: /, "")
    .replaceAll(/\s+/g, " ")
    .trim();
  const name = message === error.message && error.name !== "Error" ? `${error.name}: ` : "";
  const told = message
    .replaceAll(file, path)
    .replace(/\.$/, "")
    .replace(/ (\S+:\d+:\d+)$/, " ($1)");
  const line = error.stack?.slice(error.stack.indexOf("\n    at ")).match(frameIn(file))?.[1];
  return `${name}${told}${line === undefined || told.includes(`${path}:`) ? "" : ` (${path}:${line})`}.`;
}

/** Finds the first frame of a stack that is in the file. */
function frameIn(file: string): RegExp {
  return new RegExp(`${file.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}:(\\d+)`);
}

function isNotFound(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown };
  return code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND";
}

function describe(value: unknown): string {
  if (value === null) return "null";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
