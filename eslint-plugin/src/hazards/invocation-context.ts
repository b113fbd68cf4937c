/**
 * Detects what an orchestrator of Durable Functions asks of the function's invocation: each replay is another one.
 *
 * Invariant: the input and the instance's id are the same in every invocation, wherever they are read, and so are the
 * function's name and the durable context; logging has a rule of its own.
 */
import type TS from "typescript";

import type { Code, Detector } from "../semantic/effects.ts";
import { memberOf, unwrap, wrapped } from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";
import { functionContextPath, mayHaveContexts } from "./function-context.ts";

/** Members of the invocation's context, of all programming models, that belong to one invocation. */
const MEMBERS: ReadonlySet<string> = new Set([
  "bindingData",
  "bindingDefinitions",
  "bindings",
  "done",
  "executionContext",
  "extraInputs",
  "extraOutputs",
  "invocationId",
  "options",
  "req",
  "res",
  "retryContext",
  "traceContext",
  "triggerMetadata",
]);

/** How many members lead to the data of the trigger, in which the input is. */
const TRIGGERS: ReadonlyMap<string, number> = new Map([
  ["bindingData", 1],
  ["bindings", 2],
  ["triggerMetadata", 1],
]);

/** What the trigger says in every invocation alike. */
const REPLAYED: ReadonlySet<string> = new Set(["input", "instanceId", "isReplaying", "context"]);

/** What the host adds to the data of the trigger anew each time; the rest came with the input or is the code's own. */
const ANEW: ReadonlySet<string> = new Set(["invocationId", "randGuid", "sys", "utcNow"]);

/** Says whether a path leads no further than the data that has replayed members too. */
function isOpen(path: readonly string[]): boolean {
  const depth = TRIGGERS.get(path[0] ?? "");
  return depth !== undefined && path.length <= depth;
}

function isReplayed(path: readonly string[]): boolean {
  const [first = "", second = ""] = path;
  if (first === "executionContext") return second === "functionName" || second === "functionDirectory";
  if (first === "bindingData") return !ANEW.has(second);
  const depth = TRIGGERS.get(first);
  return depth !== undefined && REPLAYED.has(path[depth] ?? "");
}

/** Says whether the node is the object of a longer chain of members, which is looked at as a whole. */
function isInner(node: TS.Node): boolean {
  const outer = wrapped(node).parent;
  return unwrap(memberOf(outer)?.object ?? outer) === node;
}

/** Says whether a chain is only given a name, by which it goes on. */
function isNamed(node: TS.Node): boolean {
  const holder = wrapped(node).parent;
  return ts.isVariableDeclaration(holder) && holder.initializer !== undefined && unwrap(holder.initializer) === node;
}

/** Says whether the identifier is a value here, and not the declared name or that of a member. */
function isUse(node: TS.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent)) return parent.initializer === node;
  return !ts.isBindingElement(parent) && !ts.isParameter(parent);
}

/** Returns the path where the chain begins with a name that holds a part of the context, if that was not judged before. */
function begins(node: TS.Node, code: Code): boolean {
  let root = unwrap(node);
  for (let member = memberOf(root); member !== undefined; member = memberOf(root)) root = unwrap(member.object);
  if (!ts.isIdentifier(root) || !isUse(root)) return false;
  const definition = code.names.definitionOf(root);
  if (definition?.kind !== "node" || definition.node === root) return definition?.kind === "parameter";
  const before = functionContextPath(definition.node, code) ?? [];
  return before.length === 0 || isOpen(before);
}

function textOf(path: readonly string[], node: TS.Node): string {
  const text = node.getText().replace(/\s+/gu, "");
  return text.includes(path[0] ?? "") ? text : `context.${path.join(".")}`;
}

export const invocationContext: Detector = {
  kinds: ["ElementAccessExpression", "Identifier", "PropertyAccessExpression"],
  visit(node, view) {
    if (!mayHaveContexts(view.code) || isInner(node) || (ts.isIdentifier(node) && !isUse(node))) return;
    const path = functionContextPath(node, view.code);
    const [first] = path ?? [];
    if (path === undefined || first === undefined || !MEMBERS.has(first) || isReplayed(path)) return;
    if ((isNamed(node) && isOpen(path)) || !begins(node, view.code)) return;
    view.add({ rule: "no-invocation-context", messageId: "member", data: {}, node, api: textOf(path, node) });
  },
};
