/**
 * Detects errors of durable work that nobody hears of, and the engine's own errors that code keeps to itself.
 *
 * Invariant: a handler counts as swallowing when it is empty and says nothing, not even in a comment. One that does
 * anything, returns, or explains itself is left alone.
 */
import type TS from "typescript";

import type { Code, Detector, UnitView } from "../semantic/effects.ts";
import { flavourOf } from "../semantic/packages.ts";
import { descendants, isFunction, memberOf, unwrap } from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";
import { isDurablePromise, isTask, isTaskCall, worksDurably } from "./durable-values.ts";

const RULE = "no-swallowed-durable-error";

/** Errors by which the engine says that the code itself is wrong: nothing may go on after them. */
const ENGINE_ERRORS: ReadonlySet<string> = new Set([
  "NonDeterminismError",
  "NonDeterministicCallError",
  "NonDeterministicError",
  "InvariantError",
]);

function hasComment(node: TS.Node): boolean {
  return /\/\/|\/\*/u.test(node.getText());
}

/** Says whether `code` waits for something durable when it runs: functions written inside do not count. */
function waitsDurably(block: TS.Node, code: Code): boolean {
  for (const node of descendants(block, (each) => !isFunction(each))) {
    if (ts.isYieldExpression(node)) return true;
    if (ts.isAwaitExpression(node) && (isTask(node.expression, code) || isDurablePromise(node.expression, code))) {
      return true;
    }
    if (!ts.isCallExpression(node)) continue;
    if (isTaskCall(node, code)) return true;
    const callees = code.callees.of(node.expression);
    if (callees.some((each) => each.kind === "function" && worksDurably(each.node, code))) return true;
  }
  return false;
}

/** Says whether a condition asks for one of the engine's own errors. */
function asksForEngineError(condition: TS.Node, code: Code): string | undefined {
  const node = unwrap(condition);
  if (!ts.isBinaryExpression(node)) return undefined;
  if (node.operatorToken.kind === ts.SyntaxKind.BarBarToken) {
    return asksForEngineError(node.left, code) ?? asksForEngineError(node.right, code);
  }
  if (node.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken) return asksForEngineError(node.left, code);
  if (node.operatorToken.kind !== ts.SyntaxKind.InstanceOfKeyword) return undefined;
  const origin = code.names.originOf(node.right);
  const name = origin?.path.at(-1);
  const isEngines = origin !== undefined && flavourOf(origin.module) !== undefined;
  return isEngines && name !== undefined && ENGINE_ERRORS.has(name) ? name : undefined;
}

function throws(statement: TS.Node): boolean {
  return descendants(statement, (each) => !isFunction(each)).some((node) => ts.isThrowStatement(node));
}

/** Returns the engine's error that a handler asks for and does not throw on. */
function keptEngineError(block: TS.Block, code: Code): string | undefined {
  for (const node of descendants(block, (each) => !isFunction(each))) {
    if (!ts.isIfStatement(node) || throws(node.thenStatement)) continue;
    const name = asksForEngineError(node.expression, code);
    if (name !== undefined) return name;
  }
  return undefined;
}

/** Says whether code around, which has caught an error, throws it on afterwards: then a failure is heard of in any case. */
function throwsLater(node: TS.TryStatement): boolean {
  const around = ts.findAncestor(node.parent, (outer) => ts.isCatchClause(outer) || isFunction(outer));
  if (around === undefined || !ts.isCatchClause(around)) return false;
  const last = around.block.statements.at(-1);
  return last !== undefined && ts.isThrowStatement(last);
}

function visitTry(node: TS.TryStatement, view: UnitView): void {
  const { catchClause } = node;
  if (catchClause === undefined) return;
  const { block } = catchClause;
  const isEmpty = block.statements.length === 0 && !hasComment(block);
  const kept = isEmpty ? undefined : keptEngineError(block, view.code);
  if (isEmpty && throwsLater(node)) return;
  if ((!isEmpty && kept === undefined) || !waitsDurably(node.tryBlock, view.code)) return;
  const messageId = kept === undefined ? "swallowed" : "engine";
  view.add({ rule: RULE, messageId, data: { error: kept ?? "" }, node: catchClause, api: "catch" });
}

/** Says whether a function does nothing and says nothing: `() => {}`, `() => undefined`. */
function isSilent(handler: TS.Expression | undefined): boolean {
  const node = handler === undefined ? undefined : unwrap(handler);
  if (node === undefined || !isFunction(node) || node.body === undefined || hasComment(node)) return false;
  const { body } = node;
  if (ts.isBlock(body)) return body.statements.length === 0;
  const value = unwrap(body);
  return ts.isVoidExpression(value) || (ts.isIdentifier(value) && value.text === "undefined");
}

/** Says whether a call hands errors to a function that ignores them: `.catch(() => {})`, `.then(use, () => {})`. */
export function swallows(node: TS.CallExpression): boolean {
  const name = memberOf(unwrap(node.expression))?.name;
  if (name === "catch") return isSilent(node.arguments[0]);
  return name === "then" && isSilent(node.arguments[1]);
}

function visitCall(node: TS.CallExpression, view: UnitView): void {
  if (!swallows(node)) return;
  const member = memberOf(unwrap(node.expression));
  if (member === undefined) return;
  if (!isTask(member.object, view.code) && !isDurablePromise(member.object, view.code)) return;
  view.add({ rule: RULE, messageId: "swallowed", data: {}, node, api: `.${member.name}()` });
}

/** Detects handlers that swallow. */
export const swallowedError: Detector = {
  kinds: ["TryStatement", "CallExpression"],
  visit(node, view) {
    if (ts.isTryStatement(node)) visitTry(node, view);
    else if (ts.isCallExpression(node)) visitCall(node, view);
  },
};
