/**
 * Tells which modules a change of some files concerns: those files, and every module that imports one of them, directly or
 * through others.
 *
 * Invariant: modules are named by their paths from the root, built ones by those in `dist/`. What an import names is read off
 * the text, so that nothing has to be loaded; one too many only costs time. Used by the module hooks.
 */
import { readFileSync } from "node:fs";
import { join, posix } from "node:path";

const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*["']([^"']+)["']/g;

export class ImportGraph {
  readonly #root: string;
  /** The built files behind the names of our own packages. */
  readonly #entries: ReadonlyMap<string, string>;
  readonly #imports = new Map<string, readonly string[]>();
  readonly #reached = new Map<string, ReadonlySet<string>>();

  constructor(root: string) {
    this.#root = root;
    this.#entries = new Map([...entriesOf(root, "."), ...entriesOf(root, "simulator")]);
  }

  /** Says whether a module is one of the changed ones, or leads to one. */
  leadsTo(changed: readonly string[], path: string): boolean {
    const reached = this.#reachedFrom(path);
    return changed.some((each) => reached.has(each));
  }

  #reachedFrom(path: string): ReadonlySet<string> {
    const known = this.#reached.get(path);
    if (known !== undefined) return known;
    const reached = new Set([path]);
    // The set grows while it is read.
    for (const each of reached) for (const next of this.#importsOf(each)) reached.add(next);
    this.#reached.set(path, reached);
    return reached;
  }

  #importsOf(path: string): readonly string[] {
    const known = this.#imports.get(path);
    if (known !== undefined) return known;
    const text = readFileSync(join(this.#root, path), "utf8");
    const found = [...text.matchAll(IMPORT)].flatMap(([, name = ""]) => {
      if (name.startsWith(".")) return [posix.join(posix.dirname(path), name)];
      const entry = this.#entries.get(name);
      return entry === undefined ? [] : [entry];
    });
    this.#imports.set(path, found);
    return found;
  }
}

function entriesOf(root: string, folder: string): readonly (readonly [string, string])[] {
  interface Manifest {
    readonly name: string;
    readonly exports: Readonly<Record<string, { readonly default?: string } | string>>;
  }
  const { name, exports } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as Manifest;
  return Object.entries(exports).flatMap(([key, target]) =>
    typeof target === "string" || target.default === undefined
      ? []
      : [[posix.join(name, key), posix.join(folder, target.default)] as const],
  );
}
