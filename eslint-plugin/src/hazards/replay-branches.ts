/**
 * Detects durable work and changes of state that depend on whether the orchestrator is replaying.
 *
 * Invariant: a branch that only reads or logs is fine. A variable that is used under the same guard alone is the
 * guard's own.
 */
import type TS from "typescript";

import { durableCallOf, isContext, isDurableTask } from "../semantic/durable.ts";
import type { Detector, UnitView } from "../semantic/effects.ts";
import type { Guard } from "../semantic/guards.ts";
import { descendants, isFunction, memberOf, unwrap } from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";
import { writesOf } from "../semantic/writes.ts";
import { durableWorkIn, labelOf } from "./durable-work.ts";

const RULE = "no-replay-branching";

/** Methods of a context that count how often they were called. */
const COUNTED: ReadonlySet<string> = new Set(["newGuid", "newUuid", "random"]);

/** Methods that change an array, a map or a set. */
const CHANGING: ReadonlySet<string> = new Set([
  "push",
  "pop",
  "shift",
  "unshift",
  "splice",
  "set",
  "add",
  "delete",
  "clear",
]);

const when = (guard: Guard) => (guard === "live" ? "not replaying" : "replaying");

/** Returns what a call does that replay must repeat. */
function durableActOf(node: TS.CallExpression, view: UnitView): string | undefined {
  const call = durableCallOf(node, view.code.names);
  if (call !== undefined) return labelOf(call);
  const member = memberOf(unwrap(node.expression));
  if (member !== undefined && COUNTED.has(member.name) && isContext(member.object, view.code.names)) {
    return `${member.name}()`;
  }
  for (const { label, call: inner, site } of durableWorkIn(node, view.code)) {
    // Arguments are calls of their own, and are looked at as such.
    if (site === node && inner.node !== node) return label;
  }
  return undefined;
}

/** Says whether the call is part of a durable one, which is reported for both. */
function isPartOfAct(node: TS.Node, view: UnitView): boolean {
  for (let outer = node.parent; !isFunction(outer) && !ts.isStatement(outer); outer = outer.parent) {
    if (durableCallOf(outer, view.code.names) !== undefined) return true;
  }
  return false;
}

function visitCall(node: TS.CallExpression, guard: Guard, view: UnitView): void {
  if (isPartOfAct(node, view)) return;
  const api = durableActOf(node, view);
  if (api === undefined) visitChange(node, guard, view);
  else view.add({ rule: RULE, messageId: "durable", data: { when: when(guard) }, node, api });
}

function visitWait(node: TS.YieldExpression | TS.AwaitExpression, guard: Guard, view: UnitView): void {
  const { expression } = node;
  if (expression === undefined || durableCallOf(unwrap(expression), view.code.names) !== undefined) return;
  if (!isDurableTask(expression, view.code.names)) return;
  view.add({ rule: RULE, messageId: "durable", data: { when: when(guard) }, node, api: node.getText() });
}

/** A call such as `list.push(x)` on a collection that the function has made. */
function visitChange(node: TS.CallExpression, guard: Guard, view: UnitView): void {
  const member = memberOf(unwrap(node.expression));
  if (member === undefined || !CHANGING.has(member.name)) return;
  const object = unwrap(member.object);
  if (!ts.isIdentifier(object)) return;
  const definition = view.code.names.definitionOf(object);
  if (definition?.kind !== "node" || definition.path.length > 0) return;
  const made = definition.node;
  if (ts.isArrayLiteralExpression(made) || ts.isNewExpression(made)) visitTarget(object, node, guard, view);
}

/** Returns the variable or `this` at the start of a target: `state` of `state.list[0].count`. */
function rootOf(target: TS.Node): TS.Node {
  let node = unwrap(target);
  while (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) node = unwrap(node.expression);
  return node;
}

function visitTarget(target: TS.Node, node: TS.Node, guard: Guard, view: UnitView): void {
  const root = rootOf(target);
  const add = () => {
    const data = { name: target.getText(), when: when(guard) };
    view.add({ rule: RULE, messageId: "changes", data, node, api: node.getText() });
  };
  if (root.kind === ts.SyntaxKind.ThisKeyword) add();
  if (!ts.isIdentifier(root)) return;
  const declaration = view.code.names.symbolAt(root)?.valueDeclaration;
  if (declaration === undefined || view.guardAt(declaration) === guard) return;
  const owner = ts.findAncestor(declaration.parent, isFunction);
  // What belongs to a module is no-module-state's to report.
  if (owner !== undefined && isUsedOutside(root, declaration, owner, guard, view)) add();
}

/** Says whether the variable is used where the guard does not hold. */
function isUsedOutside(
  name: TS.Identifier,
  declaration: TS.Node,
  owner: TS.Node,
  guard: Guard,
  view: UnitView,
): boolean {
  if (ts.isParameter(declaration)) return true;
  for (const node of descendants(owner)) {
    if (!ts.isIdentifier(node) || node.text !== name.text || node.parent === declaration) continue;
    if (view.guardAt(node) !== guard) return true;
  }
  return false;
}

export const replayBranches: Detector = {
  kinds: [
    "CallExpression",
    "YieldExpression",
    "AwaitExpression",
    "BinaryExpression",
    "PrefixUnaryExpression",
    "PostfixUnaryExpression",
    "DeleteExpression",
  ],
  visit(node, view) {
    const guard = view.guardAt(node);
    if (guard === undefined) return;
    if (ts.isCallExpression(node)) visitCall(node, guard, view);
    else if (ts.isYieldExpression(node) || ts.isAwaitExpression(node)) visitWait(node, guard, view);
    else for (const { target } of writesOf(node)) visitTarget(target, node, guard, view);
  },
};
