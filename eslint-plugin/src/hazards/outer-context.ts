/**
 * Detects activities, written inside an orchestrator, that use the orchestrator's context.
 *
 * Invariant: a use is a name that is bound to the first parameter of the orchestrator around, or to a half of it; an
 * activity's own parameter of the same name is its own. Each use is one report.
 */
import type TS from "typescript";

import type { Code, Effect, FileDetector } from "../semantic/effects.ts";
import {
  descendants,
  isFunction,
  isWithin,
  memberOf,
  nameOf,
  parametersOf,
  unwrap,
  type FunctionNode,
} from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";
import { activitiesIn, rootAround } from "./activities.ts";

/** Returns the orchestrator whose context an expression is, or is a member of the context that works on it. */
function ownerOfContext(expression: TS.Node, code: Code, depth = 8): FunctionNode | undefined {
  if (depth === 0) return undefined;
  const node = unwrap(expression);
  const member = memberOf(node);
  if (member !== undefined) {
    return member.name === "df" || member.name === "entities"
      ? ownerOfContext(member.object, code, depth - 1)
      : undefined;
  }
  if (!ts.isIdentifier(node)) return undefined;
  const definition = code.names.definitionOf(node);
  if (definition?.kind === "parameter") {
    const owner = definition.parameter.parent;
    const isFirst = isFunction(owner) && parametersOf(owner)[0] === definition.parameter;
    return isFirst && code.project.roots.has(owner) ? owner : undefined;
  }
  if (definition?.kind !== "node" || definition.node === node) return undefined;
  return ownerOfContext(definition.node, code, depth - 1);
}

/** Says whether an identifier is a use of a value and not the name of a member or of a declaration. */
function isUse(node: TS.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  return (
    ts.isExpression(parent) ||
    ts.isStatement(parent) ||
    ts.isVariableDeclaration(parent) ||
    ts.isShorthandPropertyAssignment(parent)
  );
}

/** Detects the uses in all activities of a file. */
export const outerContext: FileDetector = {
  check(file, code, add: (effect: Effect) => void) {
    for (const { node: activity, label } of activitiesIn(file, code)) {
      if (rootAround(activity, code) === undefined) continue;
      for (const node of descendants(activity)) {
        if (!ts.isIdentifier(node) || !isUse(node)) continue;
        const owner = ownerOfContext(node, code);
        if (owner === undefined || isWithin(owner, activity) || !isWithin(activity, owner)) continue;
        const orchestrator = code.project.roots.get(owner)?.name ?? nameOf(owner);
        const data = {
          name: node.text,
          activity: label,
          orchestrator: orchestrator === undefined ? "the orchestrator" : `orchestrator '${orchestrator}'`,
        };
        add({ rule: "no-outer-context", messageId: "outer", data, node, api: node.text });
      }
    }
  },
};
