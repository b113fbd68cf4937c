/**
 * Knows which modules the files of a program may get values from: what they import, and the packages behind that.
 *
 * Invariant: it may name a module that nothing is taken from, and leaves none out. Read from texts and paths, without
 * types. Used by `project.ts`.
 */
import type TS from "typescript";

import { packageOf } from "./type-names.ts";

const IMPORTED = /(?:\bfrom|\brequire\s*\(|\bimport\s*\(?)\s*["'`]([^"'`\n]+)["'`]/gu;

/** Returns the names of the modules, without `node:`; of a package that some other one brings, the package's. */
export function usedModules(own: readonly TS.SourceFile[], all: readonly TS.SourceFile[]): ReadonlySet<string> {
  const modules = new Set<string>();
  for (const { text } of own) {
    for (const match of text.matchAll(IMPORTED)) {
      const specifier = (match[1] ?? "").replace(/^node:/u, "");
      modules.add(specifier);
      modules.add(
        specifier
          .split("/")
          .slice(0, specifier.startsWith("@") ? 2 : 1)
          .join("/"),
      );
    }
  }
  for (const file of all) {
    const name = packageOf(file);
    // Node's own types are always there; which of its modules are used, the imports say.
    if (name !== undefined && name !== "node") modules.add(name);
  }
  return modules;
}
