/**
 * Tells in which way the code at a place waits: by `yield`, `yield*` or `await`, and for whose engine it is written.
 *
 * Invariant: the answer comes from the function around the place and from the orchestrator or the imports around that;
 * a function that cannot wait has no word. Used by the detectors of what is and is not waited for.
 */
import type TS from "typescript";

import { flavourOf, type Flavour } from "./packages.ts";
import type { Project } from "./project.ts";
import { enclosingFunction, isAsync, isFunction, isGenerator, type FunctionNode } from "./syntax.ts";
import { ts } from "./typescript.ts";

export type Style = "generator" | "async generator" | "async" | "plain";

/** Returns how a function can wait. */
function styleOf(node: FunctionNode): Style {
  if (isGenerator(node)) return isAsync(node) ? "async generator" : "generator";
  return isAsync(node) ? "async" : "plain";
}

/** Returns how the code at a place can wait; code outside of functions waits by `await`. */
export function styleAt(node: TS.Node): Style {
  const around = enclosingFunction(node);
  return around === undefined ? "async" : styleOf(around);
}

/** Returns whose package the code at a place is written for. */
export function flavourAt(node: TS.Node, project: Project): Flavour {
  for (let outer: TS.Node | undefined = node; outer !== undefined; outer = outer.parent) {
    const root = isFunction(outer) ? project.roots.get(outer) : undefined;
    if (root !== undefined) return root.flavour;
  }
  return flavourOfFile(node.getSourceFile());
}

const flavours = new WeakMap<TS.SourceFile, Flavour>();

/** A file is written for what it imports; a helper without imports tells by how it reaches its context. */
function flavourOfFile(file: TS.SourceFile): Flavour {
  const known = flavours.get(file);
  if (known !== undefined) return known;
  const flavour = findFlavour(file);
  flavours.set(file, flavour);
  return flavour;
}

function findFlavour(file: TS.SourceFile): Flavour {
  for (const statement of file.statements) {
    if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) continue;
    const flavour = flavourOf(statement.moduleSpecifier.text);
    if (flavour !== undefined) return flavour;
  }
  if (/["']durable-functions["']|\.df\b/u.test(file.text)) return "durable-functions";
  return /durabletask-js|@dapr\/dapr/u.test(file.text) ? "durabletask" : "dacapo";
}

/** Returns the word that waits for a task at a place; none in a function that cannot wait. */
export function waitingWord(node: TS.Node, project: Project): "yield" | "yield*" | "await" | undefined {
  const generator = flavourAt(node, project) === "dacapo" ? "yield*" : "yield";
  switch (styleAt(node)) {
    case "generator":
    case "async generator":
      return generator;
    case "async":
      return "await";
    case "plain":
      return undefined;
  }
}

/** Says whether the promises of the language carry the code at a place on: in async code that is not Durable Functions'. */
export function carriesPromises(node: TS.Node, project: Project): boolean {
  const flavour = flavourAt(node, project);
  const style = styleAt(node);
  if (flavour === "durable-functions" || style === "generator") return false;
  // durabletask-js runs a generator, and does not look at what is awaited in it.
  return style !== "async generator" || flavour === "dacapo";
}
