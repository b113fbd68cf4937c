/**
 * Finds the settings of a check: in a file that is named, else under "dacapo" in the nearest package.json that has it.
 *
 * Invariant: settings that are wrong stop the check, since they would change what it finds. Used by `check.ts`.
 */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

import { readSettings, type Settings } from "../semantic/settings.ts";
import { CheckError } from "./check-error.ts";

/** The settings, and the folder that their globs are relative to. */
export interface FoundSettings {
  readonly settings: Settings;
  readonly directory: string;
}

const HINT = "The README of @dacapo/eslint-plugin says what there is.";

function readJson(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, "utf8").replace(/^\uFEFF/u, "");
  } catch {
    throw new CheckError(`${file} cannot be read.`, "Name a JSON file that holds the settings.");
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CheckError(`${file} is not JSON: ${error instanceof Error ? error.message : String(error)}.`, HINT);
  }
}

/** Checks a value that is to be settings; `of` says where it comes from. */
export function settingsFrom(value: unknown, of: string): Settings {
  const { settings, complaints } = readSettings(value);
  const [first] = complaints;
  if (first !== undefined) throw new CheckError(`${of}: ${first}`, HINT);
  return settings;
}

function fromPackages(start: string): FoundSettings | undefined {
  for (let folder = path.resolve(start); ; folder = path.dirname(folder)) {
    const manifest = path.join(folder, "package.json");
    if (existsSync(manifest)) {
      const content = readJson(manifest);
      if (typeof content === "object" && content !== null && "dacapo" in content) {
        return { settings: settingsFrom(content.dacapo, manifest), directory: folder };
      }
    }
    if (path.dirname(folder) === folder) return undefined;
  }
}

/** Returns the settings for a project in `folder`; `file` is the one that was named. */
export function findSettings(folder: string, file: string | undefined): FoundSettings {
  if (file !== undefined)
    return { settings: settingsFrom(readJson(file), file), directory: path.dirname(path.resolve(file)) };
  return fromPackages(folder) ?? { settings: settingsFrom(undefined, folder), directory: path.resolve(folder) };
}
