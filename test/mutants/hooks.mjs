/**
 * Module hooks that plant bugs: a module that is imported as `...?mutant=A1` is loaded with the patches of A1, and
 * so is everything of this repository that it imports and that leads to a patched file. The rest is the clean engine's.
 *
 * Invariant: only modules with such a mark are touched; a process may hold the clean engine and any number of
 * patched ones beside it. What is not patched is the built package, as it is published.
 */
import { readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { ImportGraph } from "./import-graph.ts";
import { patched, transpiled } from "./patch.ts";

const MARK = /\?mutant=([\w-]+)$/;

let root = "";
/** The patches of each bug, by its id, and the modules that they change. */
let patchesOf = new Map();
let changedBy = new Map();
let graph;

/** Node calls this once, with what `register` was given. */
export function initialize(data) {
  root = data.root;
  patchesOf = new Map(data.mutants.map(({ id, patches }) => [id, patches]));
  changedBy = new Map(data.mutants.map(({ id, patches }) => [id, patches.map(({ file }) => builtPath(file))]));
  graph = new ImportGraph(root);
}

/** A marked module hands its mark on to those that it imports which lead to a change, too. */
export async function resolve(specifier, context, nextResolve) {
  const mark = MARK.exec(context.parentURL ?? "")?.[0];
  if (mark === undefined) return nextResolve(specifier, context);
  // Most imports are relative, and there are many; what they lead to is plain.
  if (specifier.startsWith(".")) {
    const url = new URL(specifier, context.parentURL).href;
    return { url: markedIfChanged(url, mark), format: "module", shortCircuit: true };
  }
  const resolved = await nextResolve(specifier, context);
  return isOurs(resolved.url) ? { ...resolved, url: markedIfChanged(resolved.url, mark) } : resolved;
}

function markedIfChanged(url, mark) {
  const changed = changedBy.get(MARK.exec(mark)[1]) ?? [];
  return graph.leadsTo(changed, pathOf(url)) ? url + mark : url;
}

/** The path of what the build makes of a source file. */
function builtPath(file) {
  return file.replace(/^((?:simulator\/)?)src\/(.+)\.ts$/, "$1dist/$2.js");
}

export async function load(url, context, nextLoad) {
  const id = MARK.exec(url)?.[1];
  if (id === undefined) return nextLoad(url, context);
  const path = pathOf(url.replace(MARK, ""));
  const isBuilt = path.endsWith(".js");
  const file = isBuilt ? path.replace(/^((?:simulator\/)?)dist\/(.+)\.js$/, "$1src/$2.ts") : path;
  const patches = (patchesOf.get(id) ?? []).filter((patch) => patch.file === file);
  const source =
    patches.length > 0
      ? transpiled(patched(file, await readFile(join(root, file), "utf8"), patches), { isBuilt })
      : await unchanged(path);
  return { format: "module", shortCircuit: true, source };
}

/** The source of each module that was loaded as it is, by its path: other bugs load it, too. */
const unchangedSources = new Map();

function unchanged(path) {
  let source = unchangedSources.get(path);
  if (source === undefined) {
    source = readFile(join(root, path), "utf8").then((text) =>
      path.endsWith(".js") ? text : transpiled(text, { isBuilt: false }),
    );
    unchangedSources.set(path, source);
  }
  return source;
}

function isOurs(url) {
  return url.startsWith("file:") && /^(dist|simulator\/dist|test\/mutants)\//.test(pathOf(url));
}

/** The path of a module's file from the root. */
function pathOf(url) {
  return relative(root, fileURLToPath(url)).split(sep).join("/");
}
