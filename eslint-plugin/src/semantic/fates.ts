/**
 * Tells what becomes of a value: waited for, dropped, kept in a variable that nobody reads, or handed on.
 *
 * Invariant: a fate other than "kept" is proven; whatever may still be waited for later is "kept". Used by the detectors
 * of durable tasks and generators that are made and then lost.
 */
import type TS from "typescript";

import { ARRAY_CALLERS } from "./callees.ts";
import type { Names } from "./names.ts";
import { isAsync, isFunction, isGenerator, memberOf, staticName, unwrap, wrapped } from "./syntax.ts";
import { ts } from "./typescript.ts";
import { readsOf } from "./uses.ts";

export type Fate =
  /** Nobody gets the value: a statement of its own, or what a callback gives to `forEach`. */
  | { readonly kind: "dropped"; readonly at: TS.Node }
  /** Marked by `void` as not to be waited for. */
  | { readonly kind: "voided" }
  | { readonly kind: "waited"; readonly by: TS.YieldExpression | TS.AwaitExpression }
  /** Used at once as if it were the result: in a condition, a calculation or a text. */
  | { readonly kind: "tested"; readonly at: TS.Node }
  /** Taken apart or iterated. */
  | { readonly kind: "unpacked"; readonly at: TS.Node }
  /** Held by a variable that nothing reads for its value. */
  | { readonly kind: "unread"; readonly name: TS.Identifier }
  | { readonly kind: "kept" };

const KEPT: Fate = { kind: "kept" };

/** Methods of promises whose result stands for the promise itself. */
const CHAINS: ReadonlySet<string> = new Set(["then", "catch", "finally"]);

/** Members whose use does not wait for anything. */
const IDLE_MEMBERS: ReadonlySet<string> = new Set(["cancel", "push", "unshift"]);

/** Members that tell how a task stands, or run on after it: who reads them may know that it was waited for elsewhere. */
const STANDING: ReadonlySet<string> = new Set(
  (
    "result getResult getException isCompleted isComplete isFaulted isFailed isCanceled isCancelled " +
    "then catch finally next return throw"
  ).split(" "),
);

/** Returns what becomes of the value of `expression`. */
export function fateOf(expression: TS.Node, names: Names, depth = 10): Fate {
  if (depth === 0) return KEPT;
  const node = wrapped(expression);
  const { parent } = node;
  const through = passes(node, parent);
  if (through !== undefined) return fateOf(through, names, depth - 1);
  if (ts.isVoidExpression(parent)) return { kind: "voided" };
  if (ts.isAwaitExpression(parent) || ts.isYieldExpression(parent)) return { kind: "waited", by: parent };
  if (isDiscarded(node, parent)) return { kind: "dropped", at: node };
  if (isTested(node, parent)) return { kind: "tested", at: node };
  if (isIterated(node, parent)) return { kind: "unpacked", at: node };
  return fateOfHandedOn(node, parent, names, depth);
}

/** What becomes of a value that something gets: a variable, a caller, another function. */
function fateOfHandedOn(node: TS.Node, parent: TS.Node, names: Names, depth: number): Fate {
  if (ts.isVariableDeclaration(parent)) return held(parent.name, node, names);
  if (ts.isBinaryExpression(parent)) {
    const isWhole = isPlainAssignment(parent) && ts.isExpressionStatement(wrapped(parent).parent);
    return isWhole && parent.right === node ? held(unwrap(parent.left), node, names) : KEPT;
  }
  if (ts.isArrowFunction(parent)) return parent.body === node ? ofResult(parent, names, depth) : KEPT;
  if (ts.isReturnStatement(parent)) {
    const owner = ts.findAncestor(parent, isFunction);
    return owner === undefined ? KEPT : ofResult(owner, names, depth);
  }
  return ts.isCallExpression(parent) ? ofArgument(parent, names) : KEPT;
}

/** Returns the expression around `node` that has its value, or is the same task seen from outside. */
function passes(node: TS.Node, parent: TS.Node): TS.Node | undefined {
  if (ts.isConditionalExpression(parent)) return node === parent.condition ? undefined : parent;
  if (ts.isArrayLiteralExpression(parent)) return parent;
  if (ts.isBinaryExpression(parent)) {
    switch (parent.operatorToken.kind) {
      case ts.SyntaxKind.CommaToken:
      case ts.SyntaxKind.AmpersandAmpersandToken:
        return node === parent.right ? parent : undefined;
      case ts.SyntaxKind.BarBarToken:
      case ts.SyntaxKind.QuestionQuestionToken:
        return parent;
      default:
        return undefined;
    }
  }
  const member = memberOf(parent);
  if (member === undefined || member.object !== node || !CHAINS.has(member.name)) return undefined;
  const call = wrapped(parent).parent;
  return ts.isCallExpression(call) && unwrap(call.expression) === parent ? call : undefined;
}

function isDiscarded(node: TS.Node, parent: TS.Node): boolean {
  if (ts.isExpressionStatement(parent) || isCancelled(node)) return true;
  if (ts.isForStatement(parent)) return node !== parent.condition;
  return ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.CommaToken;
}

/** Says whether the value is used where only a result makes sense: a task is always true, and no number. */
function isTested(node: TS.Node, parent: TS.Node): boolean {
  if (ts.isIfStatement(parent) || ts.isWhileStatement(parent) || ts.isDoStatement(parent)) return true;
  if (ts.isForStatement(parent)) return node === parent.condition;
  if (ts.isConditionalExpression(parent)) return node === parent.condition;
  if (ts.isPrefixUnaryExpression(parent) || ts.isTemplateSpan(parent) || ts.isSwitchStatement(parent)) return true;
  if (!ts.isBinaryExpression(parent)) return false;
  const kind = parent.operatorToken.kind;
  const isAssignment = kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
  return !isAssignment && kind !== ts.SyntaxKind.InstanceOfKeyword && kind !== ts.SyntaxKind.InKeyword;
}

function isIterated(node: TS.Node, parent: TS.Node): boolean {
  if (ts.isSpreadElement(parent)) return true;
  return (ts.isForOfStatement(parent) || ts.isForInStatement(parent)) && parent.expression === node;
}

function isPlainAssignment(node: TS.BinaryExpression): boolean {
  return node.operatorToken.kind === ts.SyntaxKind.EqualsToken;
}

/** What becomes of a value in a variable, by how the variable is read. */
function held(name: TS.Node, value: TS.Node, names: Names): Fate {
  if (ts.isArrayBindingPattern(name))
    return ts.isArrayLiteralExpression(unwrap(value)) ? KEPT : { kind: "unpacked", at: value };
  if (ts.isObjectBindingPattern(name)) return isTornUp(name) ? { kind: "unpacked", at: value } : KEPT;
  if (!ts.isIdentifier(name)) return KEPT;
  const reads = readsOf(name, names);
  return reads?.every(isIdle) === true ? { kind: "unread", name } : KEPT;
}

/** Says whether a pattern takes members that only a result has: `const { status } = ctx.callHttp(url)`. */
function isTornUp(pattern: TS.ObjectBindingPattern): boolean {
  return (
    pattern.elements.length > 0 &&
    pattern.elements.every((element) => {
      const key = element.dotDotDotToken === undefined ? staticName(element.propertyName ?? element.name) : undefined;
      return key !== undefined && !STANDING.has(key) && !IDLE_MEMBERS.has(key);
    })
  );
}

/** Says whether a read of a task or a list of them waits for nothing: `timer.cancel()`, `tasks.push(task)`, `if (task)`. */
function isIdle(read: TS.Identifier): boolean {
  const outer = wrapped(read);
  if (isTested(outer, outer.parent)) return true;
  const { parent } = read;
  const member = memberOf(parent);
  if (member === undefined || member.object !== read) return false;
  if (member.name === "length") return true;
  const call = parent.parent;
  if (isResultMember(parent, member.name)) return true;
  return (
    IDLE_MEMBERS.has(member.name) &&
    ts.isCallExpression(call) &&
    call.expression === parent &&
    ts.isExpressionStatement(call.parent)
  );
}

/** A member that a task does not have, and its result may: `response.status` of a response that nobody waited for. */
function isResultMember(access: TS.Node, name: string): boolean {
  if (!ts.isPropertyAccessExpression(access) || STANDING.has(name) || IDLE_MEMBERS.has(name)) return false;
  const outer = wrapped(access);
  const isCalled = ts.isCallExpression(outer.parent) && outer.parent.expression === outer;
  const isWritten =
    ts.isBinaryExpression(outer.parent) && outer.parent.left === outer && isPlainAssignment(outer.parent);
  return !isCalled && !isWritten;
}

/** `ctx.createTimer(at).cancel();` */
function isCancelled(node: TS.Node): boolean {
  const member = memberOf(node.parent);
  return member?.object === node && member.name === "cancel" && ts.isCallExpression(node.parent.parent);
}

/** What becomes of what a callback returns: `forEach` drops it, `map` gives a list of it. */
function ofResult(owner: TS.Node, names: Names, depth: number): Fate {
  if (isFunction(owner) && isGenerator(owner)) return KEPT;
  const outer = wrapped(owner);
  const call = outer.parent;
  if (!ts.isCallExpression(call) || call.arguments[0] !== outer) return KEPT;
  const caller = memberOf(unwrap(call.expression));
  if (caller === undefined || !ARRAY_CALLERS.has(caller.name)) return KEPT;
  if (caller.name === "forEach") return { kind: "dropped", at: owner };
  return caller.name === "map" || caller.name === "flatMap" ? fateOf(call, names, depth - 1) : KEPT;
}

/** What becomes of an argument: kept, but for a list that only grows. */
function ofArgument(call: TS.CallExpression, names: Names): Fate {
  const member = memberOf(unwrap(call.expression));
  if (member === undefined || (member.name !== "push" && member.name !== "unshift")) return KEPT;
  const list = unwrap(member.object);
  if (!ts.isIdentifier(list) || !ts.isExpressionStatement(call.parent)) return KEPT;
  const definition = names.definitionOf(list);
  if (definition?.kind !== "node" || !ts.isArrayLiteralExpression(unwrap(definition.node))) return KEPT;
  return held(list, call, names);
}

/** Says whether a callback is one that `forEach` calls and forgets, though it is asynchronous. */
export function isForgottenCallback(node: TS.Node): boolean {
  if (!isFunction(node) || !isAsync(node)) return false;
  const outer = wrapped(node);
  const call = outer.parent;
  if (!ts.isCallExpression(call) || call.arguments[0] !== outer) return false;
  return memberOf(unwrap(call.expression))?.name === "forEach";
}
