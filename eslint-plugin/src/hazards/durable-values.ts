/**
 * Says which expressions are durable tasks, lists of them, or promises of durable work.
 *
 * Invariant: "is" means provably so, through constants, helpers that return tasks, and arrays that only tasks are put
 * into. Used by the detectors of tasks, promises and errors.
 */
import type TS from "typescript";

import { durableCallOf } from "../semantic/durable.ts";
import type { Code } from "../semantic/effects.ts";
import { descendants, isAsync, isGenerator, memberOf, unwrap, type FunctionNode } from "../semantic/syntax.ts";
import { flavourAt } from "../semantic/styles.ts";
import { ts } from "../semantic/typescript.ts";
import { readsOf } from "../semantic/uses.ts";

const MAX_DEPTH = 6;

/** How many functions one question follows. */
const MAX_FUNCTIONS = 200;

/** How a call is written in messages: `ctx.callActivity()`. */
export function callText(node: TS.CallExpression): string {
  const text = unwrap(node.expression).getText().replace(/\s+/gu, "").replace(/\?\./gu, ".");
  return text.length > 60 ? "the call" : `${text}()`;
}

/** Says whether a call asks the context for a task, or combines tasks. */
export function isTaskCall(node: TS.Node, code: Code): boolean {
  const call = durableCallOf(node, code.names);
  if (call === undefined || call.kind === "void") return false;
  // Names that many other objects have as well.
  if (call.method === "lock") {
    const holder = call.context === undefined ? undefined : unwrap(call.context);
    const isHalf = holder !== undefined && (memberOf(holder)?.name === "df" || holder.getText() === "df");
    return isHalf && flavourAt(node, code.project) === "durable-functions";
  }
  return !(call.context !== undefined && (call.method === "all" || call.method === "any"));
}

/** Says whether an expression is a durable task. */
export function isTask(expression: TS.Node, code: Code, depth = MAX_DEPTH): boolean {
  if (depth === 0) return false;
  const node = unwrap(expression);
  if (ts.isConditionalExpression(node)) {
    return isTask(node.whenTrue, code, depth - 1) && isTask(node.whenFalse, code, depth - 1);
  }
  if (ts.isCallExpression(node)) return isTaskCall(node, code) || givesTask(node, code, depth);
  const value = constantValue(node, code);
  return value !== undefined && isTask(value, code, depth - 1);
}

/** Says whether a call runs a plain helper that only returns tasks. */
export function givesTask(node: TS.CallExpression, code: Code, depth = MAX_DEPTH): boolean {
  const callees = code.callees.of(node.expression);
  return (
    callees.length > 0 &&
    callees.every((each) => {
      if (each.kind !== "function" || isAsync(each.node) || isGenerator(each.node)) return false;
      const returned = code.callees.returns(each.node);
      return returned.length > 0 && returned.every((value) => isTask(value, code, depth - 1));
    })
  );
}

/** Says whether an expression is a list of which every element satisfies `is`. */
function isListOf(expression: TS.Node, code: Code, is: (node: TS.Node) => boolean, depth = MAX_DEPTH): boolean {
  if (depth === 0) return false;
  const node = unwrap(expression);
  if (ts.isArrayLiteralExpression(node)) {
    return (
      node.elements.length > 0 &&
      node.elements.every((each) =>
        ts.isSpreadElement(each) ? isListOf(each.expression, code, is, depth - 1) : is(each),
      )
    );
  }
  if (ts.isCallExpression(node)) {
    const member = memberOf(unwrap(node.expression));
    const [callback] = node.arguments;
    if (member?.name === "map" && callback !== undefined) return isMapped(callback, code, is);
    return member?.name === "filter" && isListOf(member.object, code, is, depth - 1);
  }
  const value = constantValue(node, code);
  if (value === undefined) return false;
  if (ts.isIdentifier(node) && ts.isArrayLiteralExpression(unwrap(value)))
    return isGrown(node, unwrap(value), code, is);
  return isListOf(value, code, is, depth - 1);
}

function isMapped(callback: TS.Expression, code: Code, is: (node: TS.Node) => boolean): boolean {
  const callees = code.callees.of(callback);
  return (
    callees.length > 0 &&
    callees.every((each) => {
      if (each.kind !== "function" || isAsync(each.node) || isGenerator(each.node)) return false;
      const returned = code.callees.returns(each.node);
      return returned.length > 0 && returned.every(is);
    })
  );
}

/** An array that holds what its literal and every `push` put there. */
function isGrown(name: TS.Identifier, literal: TS.Node, code: Code, is: (node: TS.Node) => boolean): boolean {
  const first = ts.isArrayLiteralExpression(literal) ? [...literal.elements] : [];
  const pushed: TS.Node[] = [];
  for (const read of readsOf(name, code.names) ?? []) {
    const member = memberOf(read.parent);
    const call = read.parent.parent;
    if (member?.object !== read || (member.name !== "push" && member.name !== "unshift")) continue;
    if (ts.isCallExpression(call)) pushed.push(...call.arguments);
  }
  const all = [...first, ...pushed];
  return all.length > 0 && all.every((each) => !ts.isSpreadElement(each) && is(each));
}

/** Says whether an expression is a list of durable tasks. */
export function areTasks(expression: TS.Node, code: Code): boolean {
  return isListOf(expression, code, (each) => isTask(each, code));
}

/** Returns the one value that a name stands for. */
function constantValue(node: TS.Node, code: Code): TS.Node | undefined {
  if (!ts.isIdentifier(node)) return undefined;
  const definition = code.names.definitionOf(node);
  return definition?.kind === "node" && definition.path.length === 0 && definition.node !== node
    ? definition.node
    : undefined;
}

const COMBINATIONS: ReadonlySet<string> = new Set(["all", "allSettled", "any", "race"]);

/** Returns the method of the global `Promise` that a call calls. */
export function promiseMethodOf(node: TS.CallExpression, code: Code): string | undefined {
  const origin = code.names.originOf(node.expression);
  const [holder, method, ...rest] = origin?.path ?? [];
  return origin?.module === "" && holder === "Promise" && rest.length === 0 ? method : undefined;
}

/** Says whether an expression is a promise whose work is durable: of tasks, or of an async helper that waits for some. */
export function isDurablePromise(expression: TS.Node, code: Code, depth = MAX_DEPTH): boolean {
  if (depth === 0) return false;
  const node = unwrap(expression);
  if (!ts.isCallExpression(node)) {
    const value = constantValue(node, code);
    return value !== undefined && isDurablePromise(value, code, depth - 1);
  }
  const method = promiseMethodOf(node, code);
  const [first] = node.arguments;
  if (method !== undefined) {
    return (
      COMBINATIONS.has(method) &&
      first !== undefined &&
      isListOf(first, code, (each) => isTask(each, code) || isDurablePromise(each, code, depth - 1))
    );
  }
  const member = memberOf(unwrap(node.expression));
  if (member !== undefined && /^(?:then|catch|finally)$/u.test(member.name)) {
    return isTask(member.object, code) || isDurablePromise(member.object, code, depth - 1);
  }
  const callees = code.callees.of(node.expression);
  return (
    callees.length > 0 &&
    callees.every(
      (each) =>
        each.kind === "function" && isAsync(each.node) && !isGenerator(each.node) && worksDurably(each.node, code),
    )
  );
}

const durableFunctions = new WeakMap<Code, Map<FunctionNode, boolean>>();

/** Says whether a function asks a context for durable work, itself or through functions that it calls. */
export function worksDurably(node: FunctionNode, code: Code): boolean {
  const known = durableFunctions.get(code) ?? new Map<FunctionNode, boolean>();
  durableFunctions.set(code, known);
  const cached = known.get(node);
  if (cached !== undefined) return cached;
  const result = reachesCall(node, code, (call) => isTaskCall(call, code));
  known.set(node, result);
  return result;
}

/** Says whether a function, or one that it calls, holds a call or a `new` that satisfies `is`. Recursion ends. */
export function reachesCall(
  node: FunctionNode,
  code: Code,
  is: (call: TS.CallExpression | TS.NewExpression) => boolean,
): boolean {
  const waiting: FunctionNode[] = [node];
  const seen = new Set<FunctionNode>(waiting);
  for (const each of waiting) {
    for (const inner of each.body === undefined ? [] : descendants(each.body)) {
      if (!ts.isCallExpression(inner) && !ts.isNewExpression(inner)) continue;
      if (is(inner)) return true;
      for (const callee of code.callees.of(inner.expression)) {
        if (callee.kind !== "function" || seen.has(callee.node) || seen.size > MAX_FUNCTIONS) continue;
        seen.add(callee.node);
        waiting.push(callee.node);
      }
    }
  }
  return false;
}
