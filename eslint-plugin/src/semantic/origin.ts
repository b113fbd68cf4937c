/**
 * What an expression denotes outside the program: a global, or an export of a package.
 *
 * Invariant: an origin is a name only; it holds no nodes. Made by `names.ts`, read by the API table and the detectors.
 */

/** A global (`module` is "") or an export of a package, and the way from there to the value. */
export interface Origin {
  /** The package's name as imported, without `node:`; "" for a global. */
  readonly module: string;
  /** The members that lead to the value. "()" is the result of a call, "#" an instance made by `new` or of a type. */
  readonly path: readonly string[];
  /** True when the whole name is written where it is used, so that the expression can be replaced as it stands. */
  readonly spelledOut: boolean;
}

/** Names for the global object itself: a member of it is a global. */
const GLOBAL_OBJECTS: ReadonlySet<string> = new Set(["globalThis", "global", "window", "self"]);

/** Makes the origin of a global by its name. */
export function globalOrigin(name: string): Origin {
  return { module: "", path: GLOBAL_OBJECTS.has(name) ? [] : [name], spelledOut: true };
}

/** Makes the origin of a package as a whole. */
export function moduleOrigin(specifier: string): Origin {
  return { module: specifier.replace(/^node:/u, ""), path: [], spelledOut: false };
}

/** Returns the origin one step further. The default export of a package, and of CommonJS, is the package itself. */
export function step(origin: Origin, name: string, spelledOut: boolean): Origin {
  const here = origin.spelledOut && spelledOut;
  if (origin.path.length === 0) {
    if (origin.module !== "" && name === "default") return { ...origin, spelledOut: here };
    if (origin.module === "" && GLOBAL_OBJECTS.has(name)) return { ...origin, spelledOut: here };
  }
  return { module: origin.module, path: [...origin.path, name], spelledOut: here };
}

/** Returns `origin` followed by `path`. */
export function steps(origin: Origin, path: readonly string[]): Origin {
  return path.reduce((whole, name) => step(whole, name, false), origin);
}

/** Writes an origin as messages do: `Date.now`, `uuid.v4`, `moment`. */
export function describeOrigin(origin: Origin): string {
  const module = origin.module.replace(/^(?:@[^/]+\/)?/u, "");
  return [module, ...origin.path]
    .filter((part) => part !== "")
    .join(".")
    .replace(/\.\(\)/gu, "()")
    .replace(/\.?#/gu, "");
}
