/**
 * What the settings declare of APIs: that one is deterministic after all, or is not, or which hazard it is.
 *
 * Invariant: of several declarations that fit, the longest name wins; a value that means nothing declares nothing. Made
 * and asked by `api-table.ts`; the settings are read by the same list of values.
 */
import { HAZARDS, type Hazard } from "./apis.ts";
import { placesOf } from "./api-place.ts";
import type { Origin } from "./origin.ts";

/** What may be declared of an API. */
export type Declared = Hazard | "deterministic" | "nondeterministic";

/** What a value of the settings may say. */
export const DECLARABLE: ReadonlySet<string> = new Set([...HAZARDS, "deterministic", "nondeterministic"]);

function isDeclared(value: string): value is Declared {
  return DECLARABLE.has(value);
}

/** The settings' declarations, by name: "uuid:v4", "uuid.v4", "@scope/pkg:member", "Foo.bar" for a global. */
export class Declarations {
  private readonly byName = new Map<string, Declared>();

  constructor(declarations: Readonly<Record<string, string>>) {
    for (const [key, value] of Object.entries(declarations)) {
      if (isDeclared(value)) this.byName.set(spelled(key.replace(/[.:]\*$/u, "")), value);
    }
  }

  /** Returns what is declared of an origin, by its own name or by one that it is a member of. */
  find(origin: Origin): Declared | undefined {
    if (this.byName.size === 0) return undefined;
    const places = [origin, ...placesOf(origin)];
    const longest = Math.max(...places.map(({ path }) => path.length));
    for (let length = longest; length >= 0; length -= 1) {
      for (const { module, path } of places) {
        // The result of a call is a thing of its own.
        if (length > path.length || path.slice(length).includes("()")) continue;
        const found = this.named(module, spelled(path.slice(0, length).join(".")));
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }

  private named(module: string, name: string): Declared | undefined {
    if (module === "") return this.byName.get(name);
    if (name === "") return this.byName.get(module);
    return this.byName.get(`${module}:${name}`) ?? this.byName.get(`${module}.${name}`);
  }
}

/** One spelling for a name: an instance's members are written as its class's. */
function spelled(name: string): string {
  return name
    .replace(/\.\(\)/gu, "()")
    .replace(/[.#]*#[.#]*/gu, ".")
    .replace(/\.$/u, "");
}
