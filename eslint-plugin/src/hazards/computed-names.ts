/**
 * Detects names of activities, orchestrators, entities and events that are only known when the code runs.
 *
 * Invariant: what is reported is provably put together or comes from a value: the input, a result, a variable that
 * changes. What may be a definition, or is handed in by the caller of a helper, is left alone.
 */
import type TS from "typescript";

import { durableCallOf } from "../semantic/durable.ts";
import type { Code, Detector } from "../semantic/effects.ts";
import { ARRAY_CALLERS } from "../semantic/callees.ts";
import { isFunction, memberOf, parametersOf, unwrap } from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";
import { taskNameOf, taskReferenceOf } from "./task-references.ts";

const MAX_DEPTH = 8;

/** Globals that give a text, or the value of one. */
const TEXTS = /^(?:String|JSON|Symbol|Object|Math|process)\b/u;

/** Says whether an expression is provably put together when the code runs. */
function isComputed(expression: TS.Node, code: Code, depth = MAX_DEPTH): boolean {
  const node = unwrap(expression);
  if (depth === 0 || (ts.isExpression(node) && taskNameOf(node, code) !== undefined)) return false;
  if (ts.isCallExpression(node)) return isComputedByCall(node, code, depth);
  if (ts.isIdentifier(node)) return isComputedByName(node, code, depth);
  if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) {
    // The name that a definition or a function has is as good as itself.
    const own = memberOf(node)?.name === "name" && taskNameOf(node.expression, code) !== undefined;
    return !own && isComputed(node.expression, code, depth - 1);
  }
  return isComputedWithin(node, (inner) => isComputed(inner, code, depth - 1));
}

/** What operators and literals make of their parts. */
function isComputedWithin(node: TS.Node, again: (inner: TS.Node) => boolean): boolean {
  if (ts.isTemplateExpression(node) || ts.isYieldExpression(node) || ts.isAwaitExpression(node)) return true;
  if (ts.isConditionalExpression(node)) return again(node.whenTrue) || again(node.whenFalse);
  if (ts.isArrayLiteralExpression(node)) return node.elements.some(again);
  if (ts.isSpreadElement(node)) return again(node.expression);
  return ts.isBinaryExpression(node) && isComputedByOperator(node, again);
}

function isComputedByOperator(node: TS.BinaryExpression, again: (inner: TS.Node) => boolean): boolean {
  switch (node.operatorToken.kind) {
    case ts.SyntaxKind.PlusToken:
      return true;
    case ts.SyntaxKind.BarBarToken:
    case ts.SyntaxKind.QuestionQuestionToken:
      return again(node.left) || again(node.right);
    default:
      return false;
  }
}

function isComputedByCall(node: TS.CallExpression, code: Code, depth: number): boolean {
  const callee = unwrap(node.expression);
  const member = memberOf(callee);
  // The input is data, whatever it holds; so is everything that its methods give.
  if (member?.name === "getInput" || durableCallOf(node, code.names) !== undefined) return true;
  const origin = code.names.originOf(callee);
  if (origin !== undefined) return origin.module === "" && TEXTS.test(origin.path.join("."));
  const called = code.callees.of(callee).flatMap((each) => (each.kind === "function" ? [each.node] : []));
  if (called.length > 0) {
    return called.some((each) => code.callees.returns(each).some((value) => isComputed(value, code, depth - 1)));
  }
  return member !== undefined && isComputed(member.object, code, depth - 1);
}

function isComputedByName(node: TS.Identifier, code: Code, depth: number): boolean {
  const definition = code.names.definitionOf(node);
  switch (definition?.kind) {
    case "external":
      return definition.origin.module === "" && definition.origin.path[0] === "process";
    case "element":
      return isComputed(definition.of, code, depth - 1);
    case "parameter":
      return isComputedByParameter(definition.parameter, code, depth);
    case "node":
      return definition.node !== node && isComputed(definition.node, code, depth - 1);
    default:
      return isVariable(node, code, depth);
  }
}

/** The input of an orchestrator is data, and so is an element of data that an array's method hands to its callback. */
function isComputedByParameter(parameter: TS.ParameterDeclaration, code: Code, depth: number): boolean {
  const owner = parameter.parent;
  if (!isFunction(owner)) return false;
  const index = parametersOf(owner).indexOf(parameter);
  const root = code.project.roots.get(owner);
  // Known by its types or its calls alone it may be a helper, to which its callers pass constants.
  if (root !== undefined) return index > 0 && root.by !== "type" && root.by !== "structure";
  const call = owner.parent;
  const caller = ts.isCallExpression(call) ? memberOf(unwrap(call.expression)) : undefined;
  return caller !== undefined && ARRAY_CALLERS.get(caller.name) === index && isComputed(caller.object, code, depth - 1);
}

/** A variable that is given several values, of which one is a text. */
function isVariable(node: TS.Identifier, code: Code, depth: number): boolean {
  const symbol = code.names.symbolAt(node);
  const declaration = symbol?.valueDeclaration;
  if (symbol === undefined || declaration === undefined || !ts.isVariableDeclaration(declaration)) return false;
  const given = [declaration.initializer, ...code.names.writesTo(declaration, symbol).map(({ value }) => value)];
  return given.some(
    (value) => value !== undefined && (taskNameOf(value, code)?.by === "text" || isComputed(value, code, depth - 1)),
  );
}

function short(node: TS.Node): string {
  const text = node.getText().replace(/\s+/gu, " ");
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}

/** Detects names that cannot be read in the code. */
export const computedNames: Detector = {
  kinds: ["CallExpression"],
  visit(node, view) {
    const reference = taskReferenceOf(node, view.code);
    if (reference?.nameNode === undefined || reference.kind === undefined) return;
    const { kind, nameNode, method } = reference;
    if (!isComputed(nameNode, view.code)) return;
    view.add({
      rule: "literal-task-name",
      messageId: kind === "event" ? "event" : "task",
      data: { kind, text: short(nameNode) },
      node: nameNode,
      api: `${method}()`,
    });
  },
};
