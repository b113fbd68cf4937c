/**
 * Detects orchestrators of Durable Functions that are not generator functions, which is all that its runtime drives.
 *
 * Invariant: a plain function is reported only when it asks for durable work itself; one that returns another's
 * generator, or that needs no durable work, runs as it is.
 */
import type TS from "typescript";

import { durableCallOf } from "../semantic/durable.ts";
import type { Detector } from "../semantic/effects.ts";
import type { Names } from "../semantic/names.ts";
import { descendants, isAsync, isFunction, isGenerator, type FunctionNode } from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";

/** Says whether the function itself, not one inside it, makes a task. */
function makesTasks(node: FunctionNode, names: Names): boolean {
  if (node.body === undefined) return false;
  for (const inner of descendants(node.body, (each) => !isFunction(each))) {
    if (durableCallOf(inner, names)?.kind === "task") return true;
  }
  return false;
}

/** The word of the function that makes it what it is: its `async`, else its name, else what it begins with. */
function headOf(node: FunctionNode): TS.Node {
  const modifiers = ts.canHaveModifiers(node) ? ts.getModifiers(node) : undefined;
  const word = modifiers?.find(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword);
  return word ?? node.name ?? node.getFirstToken() ?? node;
}

/** Detects functions of the wrong shape. */
export const orchestratorShapes: Detector = {
  kinds: ["Unit"],
  visit(unit, view) {
    if (!isFunction(unit)) return;
    const root = view.code.project.roots.get(unit);
    if (root?.flavour !== "durable-functions" || (isGenerator(unit) && !isAsync(unit))) return;
    const registered = root.by === "registration";
    // A function that takes a context and returns a task is a helper, unless it is registered.
    const wrong = isAsync(unit)
      ? registered || makesTasks(unit, view.code.names)
      : registered && makesTasks(unit, view.code.names);
    if (!wrong) return;
    const shape = isAsync(unit) ? (isGenerator(unit) ? "an async generator" : "an async function") : "a plain function";
    view.add({
      rule: "orchestrator-shape",
      messageId: "shape",
      data: { shape },
      node: headOf(unit),
      api: shape,
      staysHere: true,
    });
  },
};
