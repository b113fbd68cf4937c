/**
 * Detects activities, written inside an orchestrator, that use the orchestrator's context.
 *
 * Invariant: a use is a name that is bound to the context of an orchestrator around, or to a half of it; a value that was
 * read from the context before is a value like any other. Each use is one report, and so is each call of a function of
 * the orchestrator that uses it.
 */
import type TS from "typescript";

import type { Code, Detector, Effect } from "../semantic/effects.ts";
import { contextParameterOf, type Root } from "../semantic/project.ts";
import { descendants, isFunction, isWithin, memberOf, nameOf, unwrap } from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";
import { activitiesIn, rootAround, type Activity } from "./activities.ts";
import { callText } from "./durable-values.ts";
import { functionsRunBy } from "./durable-work.ts";
import { ownContext } from "./own-context.ts";

/** Says whether a member of a context is a part of the context itself. */
function isPart(name: string): boolean {
  return name === "df" || name === "entities";
}

/** Returns the orchestrator whose context an expression is, or is a member of the context that works on it. */
function ownerOfContext(expression: TS.Node, code: Code, depth = 8): Root | undefined {
  if (depth === 0) return undefined;
  const node = unwrap(expression);
  const member = memberOf(node);
  if (member !== undefined) return isPart(member.name) ? ownerOfContext(member.object, code, depth - 1) : undefined;
  const definition = ts.isIdentifier(node) ? code.names.definitionOf(node) : undefined;
  if (definition === undefined || !("path" in definition) || !definition.path.every(isPart)) return undefined;
  if (definition.kind === "parameter") {
    const owner = definition.parameter.parent;
    const root = isFunction(owner) ? code.project.roots.get(owner) : undefined;
    return root !== undefined && contextParameterOf(root) === definition.parameter ? root : undefined;
  }
  if (definition.kind !== "node" || definition.node === node) return undefined;
  return ownerOfContext(definition.node, code, depth - 1);
}

/** Says whether an identifier is a use of a value and not the name of a member or of a declaration. */
function isUse(node: TS.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isShorthandPropertyAssignment(parent)) return true;
  return !("name" in parent && parent.name === node) && !(ts.isBindingElement(parent) && parent.propertyName === node);
}

/** Yields the uses, in a function, of the context of an orchestrator around it. */
function* usesIn(inner: TS.Node, code: Code): Generator<{ readonly node: TS.Identifier; readonly owner: Root }> {
  for (const node of descendants(inner, (each) => !ts.isTypeNode(each))) {
    if (!ts.isIdentifier(node) || !isUse(node)) continue;
    const declaration = code.names.symbolAt(node)?.valueDeclaration;
    // What the function itself has made of the context was reported where it was made.
    if (declaration === undefined || isWithin(declaration, inner)) continue;
    const owner = ownerOfContext(node, code);
    if (owner !== undefined && isWithin(inner, owner.node)) yield { node, owner };
  }
}

function callsIn(root: TS.Node): readonly TS.CallExpression[] {
  return descendants(root).filter(ts.isCallExpression);
}

/** Returns the orchestrator whose context a call uses, in a function of that orchestrator. */
function usedBehind(call: TS.CallExpression, activity: TS.Node, code: Code, seen: Set<TS.Node>): Root | undefined {
  for (const target of functionsRunBy(call, code)) {
    if (seen.has(target) || isWithin(target, activity)) continue;
    seen.add(target);
    const [use] = usesIn(target, code);
    if (use !== undefined) return use.owner;
    for (const inner of callsIn(target)) {
      const owner = usedBehind(inner, activity, code, seen);
      if (owner !== undefined) return owner;
    }
  }
  return undefined;
}

function describe({ name, node }: Root): string {
  const known = name ?? nameOf(node);
  return known === undefined ? "the orchestrator" : `orchestrator '${known}'`;
}

/** Lists what one activity does with the contexts around it. */
function* effectsOf(activity: Activity, code: Code): Generator<Effect> {
  const base = { rule: "no-outer-context", staysHere: true } as const;
  for (const { node, owner } of usesIn(activity.node, code)) {
    const data = { name: node.text, activity: activity.label, orchestrator: describe(owner) };
    const remedy = () => ownContext(node, activity.node, owner.flavour, code);
    yield { ...base, messageId: "outer", data, node, api: node.text, remedy };
  }
  for (const call of callsIn(activity.node)) {
    const owner = usedBehind(call, activity.node, code, new Set());
    if (owner === undefined) continue;
    const data = { activity: activity.label, orchestrator: describe(owner) };
    yield { ...base, messageId: "behind", data, node: call, api: callText(call) };
  }
}

/** Detects the uses in all activities that are written inside one orchestrator. */
export const outerContext: Detector = {
  kinds: ["Unit"],
  visit(unit, view) {
    const { code } = view;
    if (!isFunction(unit) || !code.project.roots.has(unit)) return;
    for (const activity of activitiesIn(unit.getSourceFile(), code)) {
      if (rootAround(activity.node, code)?.node !== unit) continue;
      for (const effect of effectsOf(activity, code)) view.add(effect);
    }
  },
};
