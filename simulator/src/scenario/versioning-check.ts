/**
 * Checks a scenario's option `versioning`, and gives each worker its own.
 *
 * Invariant: what is wrong is said before anything runs; whatever comes out is what a task hub takes.
 */
import type { InvalidArgumentError, VersioningOptions } from "dacapo";

type Say = (problem: string, hint: string) => InvalidArgumentError;

const HINT =
  'Write versioning: { version: "2.0", matchStrategy: "currentOrOlder" }, or an array with one for each worker.';

const KNOWN: Readonly<Record<string, readonly string[] | undefined>> = {
  version: undefined,
  defaultVersion: undefined,
  matchStrategy: ["none", "strict", "currentOrOlder"],
  failureStrategy: ["reject", "fail"],
};

/**
 * The versioning of worker A, worker B, ...; an empty list where none was given.
 * @param inHub what the option `hub.worker.versioning` says.
 * @throws what `say` makes of the first problem.
 */
export function checkVersioning(
  given: unknown,
  { inHub, workers }: { readonly inHub: unknown; readonly workers: number },
  say: Say,
): readonly VersioningOptions[] {
  if (given !== undefined && inHub !== undefined) {
    throw say("has versioning, and hub.worker.versioning as well", "Leave one of the two out.");
  }
  const value = given === undefined ? inHub : given;
  if (value === undefined) return [];
  const list: readonly unknown[] = Array.isArray(value) ? value : Array.from({ length: workers }, () => value);
  if (list.length !== workers) {
    throw say(`has versioning of ${list.length} workers, and there are ${workers}`, HINT);
  }
  return list.map((one, i) => checkOne(one, Array.isArray(value) ? `versioning[${i}]` : "versioning", say));
}

function checkOne(value: unknown, name: string, say: Say): VersioningOptions {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw say(`has ${name}: ${JSON.stringify(value) ?? typeof value}`, HINT);
  }
  for (const [option, setting] of Object.entries(value)) {
    if (!Object.hasOwn(KNOWN, option)) {
      throw say(`has an unknown option "${name}.${option}"`, `It takes ${Object.keys(KNOWN).join(", ")}.`);
    }
    const words = KNOWN[option];
    const fits = typeof setting === "string" && (words?.includes(setting) ?? true);
    if (fits || setting === undefined) continue;
    const hint = words === undefined ? 'It is a text, such as "2.0".' : `It is one of ${words.join(", ")}.`;
    throw say(`has ${name}.${option}: ${JSON.stringify(setting) ?? typeof setting}`, hint);
  }
  return value;
}
