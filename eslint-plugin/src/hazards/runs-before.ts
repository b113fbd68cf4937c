/**
 * Proves that one piece of code has run whenever another one does.
 *
 * Invariant: a proof by form: both are in the same function or module, the first comes first, and nothing around it
 * that does not hold the second as well decides whether it runs. Used by the detector of registrations.
 */
import type TS from "typescript";

import { enclosingFunction } from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";

/** Says whether `first` has run whenever `second` runs. Of two files, the modules are taken to be loaded both. */
export function runsBefore(first: TS.Node, second: TS.Node): boolean {
  if (enclosingFunction(first) !== enclosingFunction(second)) return false;
  const around = new Set<TS.Node>();
  for (let node: TS.Node | undefined = second; node !== undefined; node = node.parent) around.add(node);
  for (let node = first; node !== undefined && !around.has(node); node = node.parent) {
    if (!ts.isSourceFile(node) && isOptional(node)) return false;
  }
  return true;
}

/** Says whether its parent may skip the node. */
function isOptional(node: TS.Node): boolean {
  const { parent } = node;
  if (ts.isIfStatement(parent)) return node !== parent.expression;
  if (ts.isConditionalExpression(parent)) return node !== parent.condition;
  if (ts.isBinaryExpression(parent)) return node === parent.right && isShortCircuit(parent.operatorToken.kind);
  if (ts.isIterationStatement(parent, false)) return !ts.isDoStatement(parent) && node === parent.statement;
  // What a `try` holds may have been cut short.
  return ts.isCaseOrDefaultClause(node) || ts.isTryStatement(parent);
}

function isShortCircuit(operator: TS.SyntaxKind): boolean {
  return (
    operator === ts.SyntaxKind.AmpersandAmpersandToken ||
    operator === ts.SyntaxKind.BarBarToken ||
    operator === ts.SyntaxKind.QuestionQuestionToken
  );
}
