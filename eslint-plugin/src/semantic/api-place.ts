/**
 * Where the API table and the settings may speak of an origin: its package or its globals, and the name there.
 *
 * Invariant: places are listed from the most exact; a name has one spelling, its key. Used by `api-table.ts` and
 * `api-declarations.ts`.
 */
import type { Origin } from "./origin.ts";

/** A package or "" for the globals, and the way from there. */
export interface Place {
  readonly module: string;
  readonly path: readonly string[];
  /**
   * "names" when the way starts with a guess from a file's name (`uuid/v4`), which only an exact name may confirm;
   * "wildcards" when the way has lost its start, or the module is the whole scope of the package.
   */
  readonly fits: "all" | "names" | "wildcards";
}

/** Modules of Node whose members are globals as well, and the way to them. */
const GLOBALS_OF: ReadonlyMap<string, readonly string[]> = new Map([
  ["process", ["process"]],
  ["console", ["console"]],
  ["perf_hooks", []],
  ["timers", []],
  ["timers/promises", []],
  ["buffer", []],
]);

/** Writes the way to a name as the table does: `DateTime.now`, `Client#query`, `moment().format`. */
export function keyOf(path: readonly string[]): string {
  return path
    .join(".")
    .replace(/\.\(\)/gu, "()")
    .replace(/\.?#\.?/gu, "#");
}

/** Lists where an origin may be spoken of. */
export function placesOf(origin: Origin): readonly Place[] {
  const { module, path } = origin;
  const globals = GLOBALS_OF.get(module);
  if (globals !== undefined) return [{ module: "", path: [...globals, ...path], fits: "all" }];
  if (module === "") return [globalPlace(path)];
  const parts = module.split("/");
  const ownParts = module.startsWith("@") ? 2 : 1;
  const name = parts.slice(0, ownParts).join("/");
  const places: Place[] = [{ module, path, fits: "all" }];
  const inside = parts.slice(ownParts).map(memberOfFile);
  if (inside.length > 0) {
    places.push({ module: name, path: [...inside, ...path], fits: "names" });
    // What the file itself is cannot be told from its name; its exports are likely the package's.
    places.push({ module: name, path, fits: path.length === 0 ? "wildcards" : "all" });
  }
  if (ownParts === 2) places.push({ module: `${parts[0] ?? ""}/*`, path, fits: "wildcards" });
  return places;
}

/** The global `crypto` is the module of that name. */
function globalPlace(path: readonly string[]): Place {
  const [first, ...rest] = path;
  const isCrypto = first === "crypto" && rest.length > 0;
  return isCrypto ? { module: "crypto", path: rest, fits: "all" } : { module: "", path, fits: "all" };
}

/** `lodash/random.js` holds `random`, `date-fns/is_today` holds `isToday`. */
function memberOfFile(file: string): string {
  return file.replace(/\.[cm]?js$/u, "").replace(/_(\w)/gu, (_match, letter: string) => letter.toUpperCase());
}
