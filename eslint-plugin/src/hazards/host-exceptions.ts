/**
 * Knows the uses of what depends on the host whose outcome does not.
 *
 * Invariant: found by their form, in one expression: the local part of a moment that only goes back into the same
 * moment, an error's stack that only goes into a log, and a path that may be absolute already. Called by the detector of
 * listed APIs.
 */
import type TS from "typescript";

import type { Names } from "../semantic/names.ts";
import { isFunction, isWithin, memberOf, unwrap } from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";

/** The local parts that each setter takes. The zone that they are read in is the one that they are set in. */
const PARTS: ReadonlyMap<string, readonly string[]> = new Map([
  ["setHours", ["getHours"]],
  ["setDate", ["getDate"]],
  ["setMonth", ["getMonth", "getDate"]],
  ["setFullYear", ["getFullYear", "getMonth", "getDate"]],
]);

/** Methods that write what they are given into a log. */
const LOGS: ReadonlySet<string> = new Set(["debug", "error", "info", "log", "trace", "verbose", "warn"]);

/** Returns the calls, up to the next function, that `node` is an argument of, or a part of one. */
function* callsAround(node: TS.Node): Generator<TS.CallExpression, void, undefined> {
  for (let inner = node; inner.parent !== undefined && !isFunction(inner.parent); inner = inner.parent) {
    const { parent } = inner;
    if (ts.isCallExpression(parent) && parent.arguments.some((argument) => isWithin(inner, argument))) yield parent;
  }
}

/** Says whether two expressions are one object, or the second a copy of the first: `const next = new Date(last)`. */
function isSameMoment(read: TS.Expression, set: TS.Expression, names: Names): boolean {
  const text = read.getText();
  if (set.getText() === text) return true;
  const node = unwrap(set);
  const definition = ts.isIdentifier(node) ? names.definitionOf(node) : undefined;
  if (definition?.kind !== "node" || definition.path.length > 0 || !ts.isNewExpression(definition.node)) return false;
  const [copied, ...more] = definition.node.arguments ?? [];
  const origin = names.originOf(definition.node.expression);
  const isDate = origin?.module === "" && origin.path.join(".") === "Date";
  return isDate && more.length === 0 && copied?.getText().replace(/\.(?:getTime|valueOf)\(\)$/u, "") === text;
}

/** Says whether a call reads a local part of a moment only to set it again: `d.setHours(d.getHours() + 24)`. */
function isSetBack(node: TS.Node, names: Names): boolean {
  const getter = ts.isCallExpression(node) ? memberOf(unwrap(node.expression)) : undefined;
  if (getter === undefined) return false;
  for (const call of callsAround(node)) {
    const setter = memberOf(unwrap(call.expression));
    if (setter === undefined || PARTS.get(setter.name)?.includes(getter.name) !== true) continue;
    if (isSameMoment(getter.object, setter.object, names)) return true;
  }
  return false;
}

/** Says whether `node` reads an error's stack only to log it. */
function isLoggedStack(node: TS.Node): boolean {
  if (memberOf(node)?.name !== "stack") return false;
  for (const call of callsAround(node)) {
    const callee = memberOf(unwrap(call.expression));
    if (callee !== undefined && LOGS.has(callee.name)) return true;
  }
  return false;
}

/** Says whether a part of a path is absolute, on any system, or may be, since it is not written out. */
function mayBeAbsolute(part: TS.Expression): boolean {
  const node = unwrap(part);
  return !ts.isStringLiteralLike(node) || /^(?:[/\\]|[A-Za-z]:[/\\])/u.test(node.text);
}

/** Says whether a call of `path.resolve` may not ask for the working folder at all. */
function isResolved(node: TS.Node, names: Names): boolean {
  if (!ts.isCallExpression(node) || !node.arguments.some(mayBeAbsolute)) return false;
  return names.originOf(node.expression)?.path.at(-1) === "resolve";
}

/** Says whether a use of what depends on the host gives the same on every host. */
export function isSameOnEveryHost(node: TS.Node, names: Names): boolean {
  return isSetBack(node, names) || isLoggedStack(node) || isResolved(node, names);
}
