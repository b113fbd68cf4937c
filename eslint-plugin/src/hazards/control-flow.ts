/**
 * Answers where a path through statements goes on, and whether a loop can end.
 *
 * Invariant: looks at the syntax of one function alone. What a condition decides counts only when it is the same every
 * time; an exception that a call may throw is no way out of a loop. Used by the detectors of loops and of paths.
 */
import type TS from "typescript";

import type { Names } from "../semantic/names.ts";
import { descendants, isFunction, isWithin, unwrap } from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";

/** A loop whose condition alone decides whether it goes on. */
export type ConditionalLoop = TS.WhileStatement | TS.DoStatement | TS.ForStatement;

/** A statement that hands the control to another place. */
type Jump = TS.ReturnStatement | TS.ThrowStatement | TS.BreakOrContinueStatement;

function isJump(node: TS.Node): node is Jump {
  return (
    ts.isReturnStatement(node) || ts.isThrowStatement(node) || ts.isBreakStatement(node) || ts.isContinueStatement(node)
  );
}

/** Lists what belongs to the same run of the function: nested functions and classes are left out. */
export function ownNodes(root: TS.Node): readonly TS.Node[] {
  return descendants(
    root,
    (node) => node === root || !(isFunction(node) || ts.isClassLike(node) || ts.isTypeNode(node)),
  );
}

function truthOfLiteral(node: TS.Node): boolean | undefined {
  if (node.kind === ts.SyntaxKind.TrueKeyword) return true;
  if (node.kind === ts.SyntaxKind.FalseKeyword || node.kind === ts.SyntaxKind.NullKeyword) return false;
  if (ts.isNumericLiteral(node)) return Number(node.text) !== 0;
  return ts.isStringLiteralLike(node) ? node.text !== "" : undefined;
}

/** Returns whether an expression is always true or always false; undefined when that is not written there. */
export function constantTruth(expression: TS.Node, names: Names, depth = 4): boolean | undefined {
  const node = unwrap(expression);
  const literal = truthOfLiteral(node);
  if (literal !== undefined) return literal;
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
    const inner = constantTruth(node.operand, names, depth);
    return inner === undefined ? undefined : !inner;
  }
  if (!ts.isIdentifier(node) || depth === 0) return undefined;
  const definition = names.definitionOf(node);
  if (definition?.kind !== "node" || definition.path.length > 0) return undefined;
  // A variable that is given its one value later is something else before that.
  const holder = definition.node.parent;
  return ts.isVariableDeclaration(holder) ? constantTruth(definition.node, names, depth - 1) : undefined;
}

/** Says whether the condition of a loop never ends it. */
export function isEndless(loop: ConditionalLoop, names: Names): boolean {
  const condition = ts.isForStatement(loop) ? loop.condition : loop.expression;
  return condition === undefined || constantTruth(condition, names) === true;
}

/** Returns the statement that a `break` or `continue` is about. */
function targetOf(jump: TS.BreakOrContinueStatement): TS.Node | undefined {
  const { label } = jump;
  if (label !== undefined) {
    return ts.findAncestor(jump, (node) => ts.isLabeledStatement(node) && node.label.text === label.text);
  }
  const isBreak = ts.isBreakStatement(jump);
  return ts.findAncestor(
    jump,
    (node) => ts.isIterationStatement(node, false) || (isBreak && ts.isSwitchStatement(node)),
  );
}

/** The loop that `continue` begins anew: a label stands before it. */
function loopOf(target: TS.Node | undefined): TS.Node | undefined {
  let node = target;
  while (node !== undefined && ts.isLabeledStatement(node)) node = node.statement;
  return node;
}

function isCaught(statement: TS.ThrowStatement, within: TS.Node): boolean {
  for (let node: TS.Node = statement; node !== within; node = node.parent) {
    const { parent } = node;
    if (ts.isTryStatement(parent) && parent.tryBlock === node && parent.catchClause !== undefined) return true;
  }
  return false;
}

function leaves(jump: Jump, loop: TS.Node): boolean {
  if (ts.isReturnStatement(jump)) return true;
  if (ts.isThrowStatement(jump)) return !isCaught(jump, loop);
  const target = targetOf(jump);
  const goesOn = ts.isContinueStatement(jump) && loopOf(target) === loop;
  return target !== undefined && isWithin(loop, target) && !goesOn;
}

/** Says whether a statement in `loop` can be reached, as far as jumps before it and constant conditions tell. */
function isReachable(statement: TS.Node, loop: TS.Node, names: Names): boolean {
  for (let node = statement; node !== loop; node = node.parent) {
    const { parent } = node;
    if (ts.isBlock(parent) || ts.isCaseOrDefaultClause(parent)) {
      const before = parent.statements.slice(0, parent.statements.indexOf(node as TS.Statement));
      if (before.some(isJump)) return false;
    }
    if (ts.isIfStatement(parent) && node !== parent.expression) {
      const truth = constantTruth(parent.expression, names);
      if (truth !== undefined && (node === parent.thenStatement) !== truth) return false;
    }
  }
  return true;
}

/** Says whether a statement inside the loop leaves it. */
export function hasExit(loop: TS.IterationStatement, names: Names): boolean {
  for (const node of ownNodes(loop)) {
    if (isJump(node) && leaves(node, loop) && isReachable(node, loop, names)) return true;
  }
  return false;
}

/** Says whether no path goes past the statement to the one after it. */
function neverCompletes(statement: TS.Node): boolean {
  if (isJump(statement)) return true;
  if (ts.isBlock(statement)) return statement.statements.some(neverCompletes);
  if (!ts.isIfStatement(statement) || statement.elseStatement === undefined) return false;
  return neverCompletes(statement.thenStatement) && neverCompletes(statement.elseStatement);
}

/**
 * Yields what runs after `statement`, in order, on the path that leaves it at its end: the statements after it, around
 * blocks and loops, until a jump. A loop that only its condition repeats is taken to end.
 */
export function* pathAfter(statement: TS.Node, names: Names): Generator<TS.Node, void, undefined> {
  const passed = new Set<TS.Node>();
  let node: TS.Node | undefined = statement;
  while (node !== undefined && !passed.has(node)) {
    passed.add(node);
    if (isJump(node)) {
      node = afterJump(node);
      continue;
    }
    const parent: TS.Node = node.parent;
    if (isFunction(parent) || ts.isSourceFile(parent)) return;
    if (isRepeated(node, parent, names)) {
      // Behind the loop nothing follows: what leaves it is on another path, or comes after this round.
      yield node;
      return;
    }
    const jump: Jump | "ends" | undefined = yield* siblingsAfter(node, parent);
    if (ts.isTryStatement(parent) && parent.finallyBlock !== undefined && parent.finallyBlock !== node) {
      yield parent.finallyBlock;
    }
    node = jump === "ends" ? undefined : (jump ?? parent);
  }
}

/** Where a jump leads: the statement that is then over. A loop that is continued is over for this path. */
function afterJump(jump: Jump): TS.Node | undefined {
  if (ts.isReturnStatement(jump) || ts.isThrowStatement(jump) || ts.isContinueStatement(jump)) return undefined;
  return targetOf(jump);
}

function isRepeated(node: TS.Node, parent: TS.Node, names: Names): boolean {
  const isLoop = ts.isWhileStatement(parent) || ts.isDoStatement(parent) || ts.isForStatement(parent);
  return isLoop && node === parent.statement && isEndless(parent, names);
}

/** Yields the statements after `node` in its block; returns the jump that ends them, if one does. */
function* siblingsAfter(node: TS.Node, parent: TS.Node): Generator<TS.Node, Jump | "ends" | undefined, undefined> {
  if (!ts.isBlock(parent) && !ts.isCaseOrDefaultClause(parent)) return undefined;
  const { statements } = parent;
  for (const after of statements.slice(statements.indexOf(node as TS.Statement) + 1)) {
    yield after;
    if (isJump(after)) return after;
    if (neverCompletes(after)) return "ends";
  }
  return undefined;
}
