/**
 * Before each build: removes what was built, unless it is what the last build made of the sources that are there now.
 *
 * The compiler then makes only what has changed since (`*.tsbuildinfo`). By itself it would keep what it made of a source
 * that is gone, and not see that somebody changed or removed what it made.
 */
import { readdirSync, rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");

/** The files below a folder, as paths from there; none where there is no such folder. */
function filesIn(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** Says whether `dist` holds what the compiler makes of `src` and nothing else, all of it as the compiler left it. */
function isAsBuilt(sources, built, record) {
  const [from, to] = [filesIn(sources), filesIn(built)];
  const made = from
    .filter((path) => path.endsWith(".ts"))
    .map((path) => join(built, path.slice(sources.length, -".ts".length)))
    .flatMap((path) => [".js", ".js.map", ".d.ts", ".d.ts.map"].map((ending) => path + ending));
  // The compiler writes its record last.
  const { mtimeMs } = statSync(record);
  return made.sort().join("\n") === to.sort().join("\n") && to.every((path) => statSync(path).mtimeMs <= mtimeMs);
}

for (const name of [".", "simulator", "eslint-plugin"]) {
  const [sources, built, record] = ["src", "dist", "tsconfig.build.tsbuildinfo"].map((path) => join(root, name, path));
  try {
    if (isAsBuilt(sources, built, record)) continue;
  } catch {
    // Nothing is built yet, or only a part.
  }
  rmSync(built, { recursive: true, force: true });
  rmSync(record, { force: true });
}
