/**
 * In which file a scenario was made, so that a test can print the command that replays it.
 *
 * Invariant: it is kept beside the scenario and not in it: no run, token or fingerprint depends on a path.
 */
import { callerOf } from "../report/code-location.ts";

const files = new WeakMap<object, string>();

/** Remembers the file in which `made` was made by a call of `maker`. */
export function rememberFile(made: object, maker: (...args: never[]) => unknown): void {
  const file = callerOf(maker)?.file;
  if (file !== undefined) files.set(made, file);
}

/** The file, relative to the current directory when it lies below; undefined where it is not known. */
export function fileOf(made: object): string | undefined {
  return files.get(made);
}
