/**
 * Detects durable tasks that nothing waits for.
 *
 * Invariant: a task that is handed on in any way, to a variable that is read, a list, an argument, a result, is not
 * reported: somebody may wait for it later. `void` says that nobody shall.
 */
import type TS from "typescript";

import type { Code, Detector, Edit, Remedy, UnitView } from "../semantic/effects.ts";
import { fateOf, isForgottenCallback, type Fate } from "../semantic/fates.ts";
import { carriesPromises, styleAt, waitingWord } from "../semantic/styles.ts";
import { isAsync, isFunction, isGenerator, memberOf, unwrap, wrapped } from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";
import { callText, givesTask, isDurablePromise, isTaskCall, promiseMethodOf, worksDurably } from "./durable-values.ts";

const RULE = "no-floating-durable-task";

/** Says whether `yield x` may stand in the place of `x` without parentheses. */
function standsAlone(node: TS.Node): boolean {
  const { parent } = node;
  if (ts.isBinaryExpression(parent)) {
    return (
      parent.operatorToken.kind === ts.SyntaxKind.EqualsToken || parent.operatorToken.kind === ts.SyntaxKind.CommaToken
    );
  }
  if (ts.isConditionalExpression(parent)) return node !== parent.condition;
  return !(ts.isPrefixUnaryExpression(parent) || memberIsOf(parent, node));
}

function memberIsOf(parent: TS.Node, node: TS.Node): boolean {
  return (
    (ts.isPropertyAccessExpression(parent) || ts.isElementAccessExpression(parent) || ts.isCallExpression(parent)) &&
    parent.expression === node
  );
}

/** Returns the edits that put a word before an expression. */
export function prefixed(expression: TS.Node, word: string): readonly Edit[] {
  const start = expression.getStart();
  const end = expression.getEnd();
  if (standsAlone(expression)) return [{ start, end: start, text: `${word} ` }];
  return [
    { start, end: start, text: `(${word} ` },
    { start: end, end, text: ")" },
  ];
}

function wait(node: TS.Node, word: string): Remedy {
  return { suggest: [{ messageId: "wait", data: { word }, edits: prefixed(wrapped(node), word) }] };
}

function messageFor(fate: Fate, word: string | undefined): string | undefined {
  switch (fate.kind) {
    case "dropped":
      return word === undefined ? "unreachable" : "floating";
    case "tested":
    case "unpacked":
      return word === undefined ? undefined : "early";
    case "unread":
      return "unread";
    case "waited":
    case "voided":
    case "kept":
      return undefined;
  }
}

/** The expression that a word before it would wait for: the promise at the end of a chain, not its first task. */
function reported(node: TS.CallExpression, fate: Fate): TS.Node {
  return "at" in fate && !isFunction(fate.at) && ts.isCallExpression(unwrap(fate.at)) && styleAt(node) !== "generator"
    ? unwrap(fate.at)
    : node;
}

function visitCall(node: TS.CallExpression, view: UnitView): void {
  const { code } = view;
  const isOwn = isTaskCall(node, code);
  if (!isOwn && !givesTask(node, code) && !isAsyncWork(node, code)) return;
  const fate = fateOf(node, code.names);
  const word = waitingWord(node, code.project);
  const messageId = messageFor(fate, word);
  if (messageId === undefined) return;
  // An iterated list is a list of tasks, and a promise that is tested is another rule's.
  if (messageId === "early" && !isOwn) return;
  const target = reported(node, fate);
  // What goes on after a task is another rule's.
  if (isOwn && isContinuation(target)) return;
  const name = fate.kind === "unread" ? fate.name.text : "";
  const api = callText(node);
  view.add({
    rule: RULE,
    messageId,
    data: { word: word ?? "", name },
    node,
    api,
    remedy: () => (word === undefined || isBehindCallback(fate, node) ? {} : wait(target, word)),
  });
}

function isContinuation(node: TS.Node): boolean {
  const member = ts.isCallExpression(node) ? memberOf(unwrap(node.expression)) : undefined;
  return member !== undefined && /^(?:then|catch|finally)$/u.test(member.name);
}

/** Says whether the value gets lost in another place than the one where it is made. */
function isBehindCallback(fate: Fate, node: TS.Node): boolean {
  if (fate.kind === "unread") return !ts.isVariableDeclaration(wrapped(node).parent);
  return "at" in fate && (isFunction(fate.at) || !isPartOf(node, fate.at));
}

function isPartOf(node: TS.Node, whole: TS.Node): boolean {
  let outer: TS.Node = node;
  while (outer !== whole && !isFunction(outer) && !ts.isArrayLiteralExpression(outer)) outer = outer.parent;
  return outer === whole;
}

/** A call of an async helper that does durable work, or a native combination of tasks. */
function isAsyncWork(node: TS.CallExpression, code: Code): boolean {
  const mayGivePromise =
    code.callees.of(node.expression).some(({ kind }) => kind === "function") ||
    promiseMethodOf(node, code) !== undefined;
  return mayGivePromise && carriesPromises(node, code.project) && isDurablePromise(node, code);
}

function visitCallback(node: TS.Node, view: UnitView): void {
  if (!isForgottenCallback(node) || !isFunction(node) || !isAsync(node) || isGenerator(node)) return;
  if (!worksDurably(node, view.code)) return;
  view.add({ rule: RULE, messageId: "forEach", data: {}, node, api: "forEach(async ...)" });
}

/** Detects tasks and durable promises that are lost. */
export const floatingTask: Detector = {
  kinds: ["CallExpression"],
  visit(node, view) {
    if (!ts.isCallExpression(node)) return;
    visitCall(node, view);
    for (const argument of node.arguments) visitCallback(unwrap(argument), view);
  },
};
