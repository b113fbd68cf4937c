/**
 * Detects waits for what is no durable task: promises, plain values, and calls that give nothing.
 *
 * Invariant: only what provably is no task is reported. An async function may wait for promises that come of durable
 * work, so there a helper counts when it is known to do none, and a call out of the program when types prove that it
 * gives a promise. A call that the table of APIs knows is the business of its own rule.
 */
import type TS from "typescript";

import { durableCallOf, isContext } from "../semantic/durable.ts";
import type { Code, Detector, Remedy, UnitView } from "../semantic/effects.ts";
import { isOwnFile } from "../semantic/names.ts";
import { flavourOf } from "../semantic/packages.ts";
import { carriesPromises, flavourAt, styleAt } from "../semantic/styles.ts";
import {
  enclosingFunction,
  isAsync,
  isFunction,
  isGenerator,
  memberOf,
  unwrap,
  type FunctionNode,
} from "../semantic/syntax.ts";
import { packageOf } from "../semantic/type-names.ts";
import { ts } from "../semantic/typescript.ts";
import { originByType } from "./api-uses.ts";
import { callText, isTask, promiseMethodOf, reachesCall, worksDurably } from "./durable-values.ts";
import { isNativePromise } from "./native-promise.ts";

const RULE = "no-await-non-durable";

/** Says whether the table of APIs, or the rule about promises, has this call. */
function isListedCall(node: TS.CallExpression | TS.NewExpression, view: UnitView): boolean {
  if (ts.isCallExpression(node) && promiseMethodOf(node, view.code) !== undefined) return true;
  const origin = view.code.names.originOf(node.expression) ?? originByType(unwrap(node.expression), view);
  if (origin === undefined) return false;
  const use = ts.isNewExpression(node) ? "new" : "call";
  return isNativePromise(origin) || view.code.apis.lookup(origin, use, node.arguments?.length ?? 0) !== undefined;
}

/** Says whether a call, or one that its callee is made of, is another rule's. */
function isListed(expression: TS.Node, view: UnitView): boolean {
  let node = unwrap(expression);
  for (;;) {
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
      if (isListedCall(node, view)) return true;
    } else if (!ts.isPropertyAccessExpression(node) && !ts.isElementAccessExpression(node)) return false;
    node = unwrap(node.expression);
  }
}

/** Says whether the type of an expression is the language's own promise. */
function isPromiseType(node: TS.Node, code: Code): boolean {
  if (!code.typed) return false;
  const symbol = code.names.checker.getTypeAtLocation(node).getSymbol();
  const [declaration] = symbol?.declarations ?? [];
  if (symbol === undefined || declaration === undefined || !/^Promise(?:Like)?$/u.test(symbol.name)) return false;
  const file = declaration.getSourceFile();
  return file.isDeclarationFile && /^(?:typescript|@typescript\/.*)$/u.test(packageOf(file) ?? "typescript");
}

/** Says whether a call runs async functions of the program, none of which gives a task. */
function isAsyncCall(node: TS.Node, code: Code): boolean {
  if (!ts.isCallExpression(node)) return false;
  const callees = code.callees.of(node.expression);
  return (
    callees.length > 0 &&
    callees.every(
      (each) =>
        each.kind === "function" &&
        isAsync(each.node) &&
        !isGenerator(each.node) &&
        !code.callees.returns(each.node).some((value) => isTask(value, code)),
    )
  );
}

/** Names a plain value that is yielded; none for what may be a task. */
function plainValue(operand: TS.Node | undefined): string | undefined {
  if (operand === undefined) return "nothing";
  const node = unwrap(operand);
  if (ts.isArrayLiteralExpression(node)) return "an array";
  if (ts.isObjectLiteralExpression(node)) return "an object";
  if (isFunction(node)) return "a function";
  if (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)) return "a text";
  if (ts.isNumericLiteral(node) || ts.isBigIntLiteral(node)) return "a number";
  if (node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword) return "a boolean";
  if (node.kind === ts.SyntaxKind.NullKeyword || (ts.isIdentifier(node) && node.text === "undefined")) return "nothing";
  return undefined;
}

/** Members of a context that are values, and methods that give one at once. */
const VALUES: ReadonlySet<string> = new Set([
  ...["currentUtcDateTime", "customStatus", "instanceId", "isReplaying", "parentInstanceId", "version"],
  ...["getInput", "newGuid", "random"],
]);

/** Says whether an expression reads a value of the context, such as its input. */
function isContextValue(operand: TS.Expression, code: Code): boolean {
  const node = unwrap(operand);
  const member = memberOf(ts.isCallExpression(node) ? unwrap(node.expression) : node);
  return member !== undefined && VALUES.has(member.name) && isContext(member.object, code.names);
}

/** Says whether the engine gets what a function yields: an orchestrator, or a helper that works durably. */
function isDriven(node: TS.Node, code: Code): boolean {
  const around = enclosingFunction(node);
  return around !== undefined && (code.project.roots.has(around) || worksDurably(around, code));
}

function unyield(node: TS.YieldExpression): Remedy {
  const { expression } = node;
  if (expression === undefined || !ts.isExpressionStatement(node.parent)) return {};
  return {
    suggest: [{ messageId: "remove", edits: [{ start: node.getStart(), end: expression.getStart(), text: "" }] }],
  };
}

function textOf(node: TS.Node): string {
  const inner = unwrap(node);
  return ts.isCallExpression(inner) ? callText(inner) : inner.getText().replace(/\s+/gu, " ").slice(0, 40);
}

/** Names the message for what is yielded, and what it says; none where it may be a task, or is another rule's. */
function yieldedMessage(expression: TS.Expression, view: UnitView): "nothing" | "promise" | undefined {
  const { code } = view;
  const call = durableCallOf(unwrap(expression), code.names);
  if (call !== undefined) {
    // To wait for the end of an execution is a mistake that another rule explains.
    return call.kind === "void" && call.method !== "continueAsNew" ? "nothing" : undefined;
  }
  if (isListed(expression, view) || isContinuation(expression, code)) return undefined;
  return isAsyncCall(unwrap(expression), code) || isPromiseType(expression, code) ? "promise" : undefined;
}

function visitYield(node: TS.YieldExpression, view: UnitView): void {
  const { code } = view;
  if (node.asteriskToken !== undefined) return;
  // The engine hands back what an async generator of Dacapo yields.
  if (carriesPromises(node, code.project)) return;
  const { expression } = node;
  const api = expression === undefined ? "yield" : textOf(expression);
  const plain =
    plainValue(expression) ?? (expression !== undefined && isContextValue(expression, code) ? "a value" : undefined);
  if (plain !== undefined) {
    if (!isDriven(node, code)) return;
    const isFunctions = flavourAt(node, code.project) === "durable-functions";
    const data = { value: plain, combination: isFunctions ? "Task.all()" : "whenAll()" };
    view.add({ rule: RULE, messageId: plain === "an array" ? "array" : "value", data, node, api });
    return;
  }
  const messageId = expression === undefined ? undefined : yieldedMessage(expression, view);
  if (messageId === undefined) return;
  view.add({
    rule: RULE,
    messageId,
    data: {},
    node,
    api,
    remedy: () => (messageId === "nothing" ? unyield(node) : {}),
  });
}

/** `task.then(...)`, which is another rule's. */
function isContinuation(expression: TS.Node, code: Code): boolean {
  const node = unwrap(expression);
  const member = ts.isCallExpression(node) ? memberOf(unwrap(node.expression)) : undefined;
  return member !== undefined && /^(?:then|catch|finally)$/u.test(member.name) && isTask(member.object, code);
}

/** Methods of the language whose promise is that of something else: of a promise, a generator or a function. */
const PASSING_ON: ReadonlySet<string> = new Set([
  ...["then", "catch", "finally"],
  ...["next", "return", "throw"],
  ...["call", "apply"],
]);

/** Says whether a call leaves the program for one that types declare and nobody can look into. */
function leavesProgram(node: TS.CallExpression, code: Code): boolean {
  if (code.callees.of(node.expression).some(({ kind }) => kind === "function")) return false;
  const method = memberOf(unwrap(node.expression))?.name;
  if (method !== undefined && PASSING_ON.has(method)) return false;
  const declaration = code.names.checker.getResolvedSignature(node)?.declaration;
  if (declaration === undefined) return false;
  const file = declaration.getSourceFile();
  if (!isOwnFile(file)) return flavourOf(packageOf(file) ?? "") === undefined;
  // A method of an interface whose object somebody passes in; a function that is passed may close over the context.
  return (ts.isMethodSignature(declaration) || isAbstract(declaration)) && !handsOnContext(node, code);
}

function isAbstract(declaration: TS.Node): boolean {
  return ts.isMethodDeclaration(declaration) && declaration.body === undefined;
}

/** Says whether a parameter may hold a function: not an orchestrator's input, which comes out of JSON. */
function mayHoldFunction(owner: FunctionNode, argument: TS.Node, code: Code): boolean {
  if (code.project.roots.has(owner)) return false;
  if (!code.typed) return true;
  const type = code.names.checker.getTypeAtLocation(argument);
  return (type.flags & ts.TypeFlags.Any) !== 0 || type.getCallSignatures().length > 0;
}

/** Says whether a call gives the callee a function or the context, with which it may work durably. */
function handsOnContext(node: TS.CallExpression, code: Code): boolean {
  return node.arguments.some((argument) => {
    const inner = unwrap(argument);
    const name = ts.isIdentifier(inner) ? inner.text : memberOf(inner)?.name;
    if (name !== undefined && /^(?:ctx|context|df)$/u.test(name)) return true;
    return code.callees
      .of(inner)
      .some(
        (each) => each.kind === "function" || (each.kind === "parameter" && mayHoldFunction(each.owner, inner, code)),
      );
  });
}

/** Says whether a call runs async functions that never wait durably, and that no other rule has anything against. */
function isIdleHelper(node: TS.CallExpression, view: UnitView): boolean {
  const { code } = view;
  if (!isAsyncCall(node, code) || handsOnContext(node, code)) return false;
  return code.callees
    .of(node.expression)
    .every(
      (each) =>
        each.kind === "function" &&
        !worksDurably(each.node, code) &&
        !reachesCall(each.node, code, (call) => isListedCall(call, view)),
    );
}

function visitAwait(node: TS.AwaitExpression, view: UnitView): void {
  const { code } = view;
  const operand = unwrap(node.expression);
  const flavour = flavourAt(node, code.project);
  if (styleAt(node) === "async generator" && flavour === "durabletask" && isTask(operand, code)) {
    const start = node.getStart();
    const edits = [{ start, end: start + "await".length, text: "yield" }];
    const remedy = (): Remedy => ({ suggest: [{ messageId: "yield", edits }] });
    view.add({ rule: RULE, messageId: "task", data: {}, node, api: textOf(operand), remedy });
    return;
  }
  if (!ts.isCallExpression(operand) || isTask(operand, code) || isListed(operand, view)) return;
  const isForeign = leavesProgram(operand, code) && isPromiseType(operand, code);
  if (!isForeign && !isIdleHelper(operand, view)) return;
  view.add({ rule: RULE, messageId: "promise", data: {}, node, api: textOf(operand) });
}

/** Detects what is waited for and is no durable task. */
export const nonDurableWait: Detector = {
  kinds: ["YieldExpression", "AwaitExpression"],
  visit(node, view) {
    if (ts.isYieldExpression(node)) visitYield(node, view);
    else if (ts.isAwaitExpression(node)) visitAwait(node, view);
  },
};
