/**
 * Tells whether code goes on to change the date that it has just made, as in `const due = new Date(); due.setHours(9)`.
 *
 * Invariant: finds the setters that are called on the date itself, or on the local variable that holds it; a date that is
 * handed on is nobody's business here. Used by `remedies.ts`: the context of some engines gives the same date twice.
 */
import type TS from "typescript";

import type { Names } from "../semantic/names.ts";
import { memberOf, wrapped } from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";
import { readsOf } from "../semantic/uses.ts";

function isSet(date: TS.Node): boolean {
  return /^set[A-Z]/u.test(memberOf(wrapped(date).parent)?.name ?? "");
}

/** Returns the variable that a value is given to. */
function holderOf(value: TS.Node): TS.Identifier | undefined {
  const { parent } = wrapped(value);
  if (ts.isVariableDeclaration(parent)) return ts.isIdentifier(parent.name) ? parent.name : undefined;
  if (!ts.isBinaryExpression(parent) || parent.operatorToken.kind !== ts.SyntaxKind.EqualsToken) return undefined;
  return ts.isIdentifier(parent.left) ? parent.left : undefined;
}

/** Says whether a setter of a new date is called. */
export function isChangedDate(date: TS.Node, names: Names): boolean {
  const holder = holderOf(date);
  return isSet(date) || (holder !== undefined && readsOf(holder, names)?.some(isSet) === true);
}
