/**
 * Lists the activities that a file holds: registered ones, and functions that are handed to `callActivity`.
 *
 * Invariant: a function that is also orchestrator code is not an activity. Used by the detectors of what activities do to
 * the code around them.
 */
import type TS from "typescript";

import type { Code } from "../semantic/effects.ts";
import type { Root } from "../semantic/project.ts";
import { descendants, isFunction, nameOf, type FunctionNode } from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";
import { taskNameOf, taskReferenceOf } from "./task-references.ts";

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

/** Returns the functions of one file that an orchestrator hands to `callActivity`: written in place, or by name. */
function handedOver(root: Root, code: Code): readonly FunctionNode[] {
  return descendants(root.node).flatMap((node) => {
    const reference = ts.isCallExpression(node) ? taskReferenceOf(node, code) : undefined;
    if (reference?.kind !== "activity" || reference.nameNode === undefined) return [];
    const name = taskNameOf(reference.nameNode, code);
    const isHere = name?.by === "function" && name.node.getSourceFile() === root.node.getSourceFile();
    return isHere && !code.project.roots.has(name.node) ? [name.node] : [];
  });
}

const known = new WeakMap<Code, Map<TS.SourceFile, readonly Activity[]>>();

/** Lists the activities of a file, each once. */
export function activitiesIn(file: TS.SourceFile, code: Code): readonly Activity[] {
  const ofFiles = known.get(code) ?? new Map<TS.SourceFile, readonly Activity[]>();
  known.set(code, ofFiles);
  const activities = ofFiles.get(file) ?? findIn(file, code);
  ofFiles.set(file, activities);
  return activities;
}

function findIn(file: TS.SourceFile, code: Code): readonly Activity[] {
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
