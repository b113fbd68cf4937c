/**
 * Lists what code changes: names that get another value, and objects that get another content.
 *
 * Invariant: looks at the syntax and at globals alone; whether the changed thing is anybody else's is the caller's
 * question. Used by the detector of captured mutation.
 */
import type TS from "typescript";

import type { Names } from "../semantic/names.ts";
import { descendants, memberOf, unwrap } from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";
import { writesOf } from "../semantic/writes.ts";

/** One change. */
export interface Change {
  /** What is underlined: the target of the assignment, or the call. */
  readonly node: TS.Node;
  /** The name that it starts from. */
  readonly base: TS.Identifier;
  readonly kind: "name" | "member" | "method";
  /** The member of the base that changes, where it has a constant name; a method changes its whole object. */
  readonly member: string | undefined;
  /** The object whose method is called. */
  readonly object: TS.Expression | undefined;
}

/** Methods that change an array, a map or a set. */
const MUTATORS: ReadonlySet<string> = new Set([
  ...["push", "pop", "shift", "unshift", "splice", "sort", "reverse", "fill", "copyWithin"],
  ...["set", "add", "delete", "clear"],
]);

/** Functions that change their first argument. */
const CHANGERS =
  /^(?:Object\.(?:assign|definePropert(?:y|ies)|setPrototypeOf)|Reflect\.(?:set|defineProperty|deleteProperty|setPrototypeOf))$/u;

/** Returns the name that a chain of members starts from, and the first member. */
function chainOf(node: TS.Node): { readonly base: TS.Identifier; readonly member: string | undefined } | undefined {
  let inner = unwrap(node);
  let member: string | undefined;
  while (ts.isPropertyAccessExpression(inner) || ts.isElementAccessExpression(inner)) {
    member = memberOf(inner)?.name;
    inner = unwrap(inner.expression);
  }
  return ts.isIdentifier(inner) ? { base: inner, member } : undefined;
}

function written(node: TS.Node): readonly Change[] {
  return writesOf(node).flatMap(({ target }): readonly Change[] => {
    const chain = chainOf(target);
    if (chain === undefined) return [];
    const kind = chain.base === unwrap(target) ? "name" : "member";
    return [{ node: target, kind, object: undefined, ...chain }];
  });
}

function called(node: TS.CallExpression, names: Names): readonly Change[] {
  const [first] = node.arguments;
  const origin = names.originOf(node.expression);
  if (origin?.module === "" && first !== undefined && CHANGERS.test(origin.path.join("."))) {
    const chain = chainOf(first);
    return chain === undefined ? [] : [{ node, kind: "member", object: undefined, ...chain }];
  }
  const member = memberOf(unwrap(node.expression));
  const chain = member === undefined || !MUTATORS.has(member.name) ? undefined : chainOf(member.object);
  return chain === undefined || member === undefined ? [] : [{ node, kind: "method", object: member.object, ...chain }];
}

/** Lists the changes that running a function makes, functions inside of it included. */
export function changesIn(root: TS.Node, names: Names): readonly Change[] {
  return descendants(root).flatMap((node) => (ts.isCallExpression(node) ? called(node, names) : written(node)));
}
