/**
 * Lists the activities that a file holds: registered ones, and functions that are handed to `callActivity` in place.
 *
 * Invariant: a function that is also orchestrator code is not an activity. Used by the detectors of what activities do to
 * the code around them.
 */
import type TS from "typescript";

import { durableCallOf } from "../semantic/durable.ts";
import type { Code } from "../semantic/effects.ts";
import type { Root } from "../semantic/project.ts";
import { descendants, isFunction, nameOf, unwrap, type FunctionNode } from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";

export interface Activity {
  readonly node: FunctionNode;
  /** As messages write it: `activity 'charge'`, or `an activity`. */
  readonly label: string;
}

function labelled(node: FunctionNode, name: string | undefined): Activity {
  const known = name ?? nameOf(node);
  return { node, label: known === undefined ? "an activity" : `activity '${known}'` };
}

/** Returns the orchestrator that a node is written in, the innermost one. */
export function rootAround(node: TS.Node, code: Code): Root | undefined {
  let outer: TS.Node | undefined = node;
  while (outer !== undefined) {
    const root = isFunction(outer) ? code.project.roots.get(outer) : undefined;
    if (root !== undefined) return root;
    outer = outer.parent;
  }
  return undefined;
}

/** Returns the functions that `callActivity` is given in place, inside of one orchestrator. */
function handedOver(root: Root, code: Code): readonly FunctionNode[] {
  return [...descendants(root.node)].flatMap((node) => {
    const call = durableCallOf(node, code.names);
    const [first] = call !== undefined && call.method.startsWith("callActivity") ? call.node.arguments : [];
    const handler = first === undefined ? undefined : unwrap(first);
    return handler !== undefined && (ts.isArrowFunction(handler) || ts.isFunctionExpression(handler)) ? [handler] : [];
  });
}

/** Lists the activities of a file, each once. */
export function activitiesIn(file: TS.SourceFile, code: Code): readonly Activity[] {
  const found = new Map<FunctionNode, Activity>();
  for (const { functions, name } of code.project.registered("activity")) {
    for (const node of functions) {
      if (node.getSourceFile() === file && !code.project.roots.has(node)) found.set(node, labelled(node, name));
    }
  }
  for (const root of code.project.rootsIn(file)) {
    for (const node of handedOver(root, code)) if (!found.has(node)) found.set(node, labelled(node, undefined));
  }
  return [...found.values()];
}
