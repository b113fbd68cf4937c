/**
 * Tells whether code runs only the first time, or only on replay: what `isReplaying` decides around it.
 *
 * Invariant: a guard is found by its form: a condition, `&&`, `||`, `?:`, or an early exit before the code. Used by the
 * detectors of logging and of durable calls under a guard.
 */
import type TS from "typescript";

import { isReplayFlag } from "./durable.ts";
import type { Names } from "./names.ts";
import { isFunction, unwrap } from "./syntax.ts";
import { ts } from "./typescript.ts";

/** "live": only when not replaying; "replaying": only on replay. */
export type Guard = "live" | "replaying";

const opposite = (guard: Guard | undefined): Guard | undefined =>
  guard === undefined ? undefined : guard === "live" ? "replaying" : "live";

/** Returns what the truth of a condition says about the replay. */
function guardIn(condition: TS.Node, names: Names): Guard | undefined {
  const node = unwrap(condition);
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
    return elseGuard(node.operand, names);
  }
  if (ts.isBinaryExpression(node)) {
    switch (node.operatorToken.kind) {
      case ts.SyntaxKind.AmpersandAmpersandToken:
        return guardIn(node.left, names) ?? guardIn(node.right, names);
      case ts.SyntaxKind.EqualsEqualsToken:
      case ts.SyntaxKind.EqualsEqualsEqualsToken:
        return compared(node, names, true);
      case ts.SyntaxKind.ExclamationEqualsToken:
      case ts.SyntaxKind.ExclamationEqualsEqualsToken:
        return compared(node, names, false);
      case ts.SyntaxKind.QuestionQuestionToken:
        // `ctx.df.isReplaying ?? true`: the flag is missing before the first task.
        return isBoolean(unwrap(node.right).kind) ? guardIn(node.left, names) : undefined;
      default:
        return undefined;
    }
  }
  return isReplayFlag(node, names) ? "replaying" : undefined;
}

function compared(node: TS.BinaryExpression, names: Names, equal: boolean): Guard | undefined {
  const constant = [node.left, node.right].map(unwrap).find(({ kind }) => isBoolean(kind));
  const other = [node.left, node.right].find((side) => !isBoolean(unwrap(side).kind));
  if (constant === undefined || other === undefined) return undefined;
  const truth = (constant.kind === ts.SyntaxKind.TrueKeyword) === equal;
  return truth ? guardIn(other, names) : opposite(guardIn(other, names));
}

function isBoolean(kind: TS.SyntaxKind): boolean {
  return kind === ts.SyntaxKind.TrueKeyword || kind === ts.SyntaxKind.FalseKeyword;
}

const flagged = new WeakMap<TS.SourceFile, boolean>();

/** Says whether a file has the flag's name at all, which few have. */
function mentionsFlag(file: TS.SourceFile): boolean {
  const known = flagged.get(file);
  if (known !== undefined) return known;
  const found = file.text.includes("isReplaying");
  flagged.set(file, found);
  return found;
}

/** Returns the guard around `node`, up to the function or expression `unit` that it belongs to. */
export function guardAt(node: TS.Node, unit: TS.Node, names: Names): Guard | undefined {
  if (!mentionsFlag(node.getSourceFile())) return undefined;
  for (let inner = node; inner !== unit && inner.parent !== undefined; inner = inner.parent) {
    const guard = guardBetween(inner.parent, inner, names);
    if (guard !== undefined) return guard;
    if (isFunction(inner.parent) && inner.parent === unit) return undefined;
  }
  return undefined;
}

/** Returns the guard that `outer` puts on its child `inner`. */
function guardBetween(outer: TS.Node, inner: TS.Node, names: Names): Guard | undefined {
  if (ts.isIfStatement(outer))
    return branchGuard(outer.expression, inner, outer.thenStatement, outer.elseStatement, names);
  if (ts.isConditionalExpression(outer)) {
    return branchGuard(outer.condition, inner, outer.whenTrue, outer.whenFalse, names);
  }
  if (ts.isBinaryExpression(outer) && inner === outer.right) {
    if (outer.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken) return guardIn(outer.left, names);
    return outer.operatorToken.kind === ts.SyntaxKind.BarBarToken ? elseGuard(outer.left, names) : undefined;
  }
  const isList = ts.isBlock(outer) || ts.isSourceFile(outer) || ts.isCaseOrDefaultClause(outer);
  return isList ? guardBefore(outer.statements, inner, names) : undefined;
}

function branchGuard(
  condition: TS.Expression,
  inner: TS.Node,
  whenTrue: TS.Node,
  whenFalse: TS.Node | undefined,
  names: Names,
): Guard | undefined {
  if (inner === whenTrue) return guardIn(condition, names);
  return inner === whenFalse ? elseGuard(condition, names) : undefined;
}

/** Returns the guard that an early exit before `inner` puts on it. */
function guardBefore(statements: readonly TS.Statement[], inner: TS.Node, names: Names): Guard | undefined {
  for (const statement of statements) {
    if (statement === inner) return undefined;
    if (!ts.isIfStatement(statement) || statement.elseStatement !== undefined) continue;
    const guard = leaves(statement.thenStatement) ? elseGuard(statement.expression, names) : undefined;
    if (guard !== undefined) return guard;
  }
  return undefined;
}

/** What the falsehood of a condition says: nothing for `a && b`, which may be false for another reason. */
function elseGuard(condition: TS.Node, names: Names): Guard | undefined {
  const node = unwrap(condition);
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
    return guardIn(node.operand, names);
  }
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken)
    return undefined;
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.BarBarToken) {
    return elseGuard(node.left, names) ?? elseGuard(node.right, names);
  }
  return opposite(guardIn(node, names));
}

function leaves(statement: TS.Statement): boolean {
  const last = ts.isBlock(statement) ? statement.statements.at(-1) : statement;
  return (
    last !== undefined &&
    (ts.isReturnStatement(last) ||
      ts.isContinueStatement(last) ||
      ts.isThrowStatement(last) ||
      ts.isBreakStatement(last))
  );
}
