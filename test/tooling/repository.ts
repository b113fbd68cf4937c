/**
 * The repository as data: its root and its files. The tests of the project's own rules read it through here.
 *
 * Invariant: only what belongs to the project is listed: nothing installed, built or generated.
 */
import { readFileSync, readdirSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";

/** The absolute path of the repository. */
export const root = resolve(import.meta.dirname, "../..");

/** What git ignores, by name, wherever it is. */
const ignored = new Set([".git", "node_modules", "dist", "coverage", ".dacapo", ".snippets"]);

function isIgnored(name: string): boolean {
  return ignored.has(name) || name.endsWith(".tsbuildinfo");
}

/** Names of the entries of the top level, without what git ignores. */
export function topLevel(): readonly string[] {
  return readdirSync(root).filter((name) => !isIgnored(name) && name !== ".DS_Store");
}

/** The project's files below `folder`, as paths from the root with forward slashes, in a fixed order. */
export function filesIn(folder = "."): readonly string[] {
  const found: string[] = [];
  const visit = (path: string): void => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (isIgnored(entry.name)) continue;
      const child = join(path, entry.name);
      if (entry.isDirectory()) visit(child);
      else found.push(relative(root, child).split(sep).join("/"));
    }
  };
  visit(join(root, folder));
  return found.sort();
}

/** The text of a file of the project; `path` is from the root. */
export function textOf(path: string): string {
  return readFileSync(join(root, path), "utf8");
}
