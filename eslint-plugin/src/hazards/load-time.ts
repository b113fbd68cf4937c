/**
 * Tells code that runs while its module is loaded from code that runs later.
 *
 * Invariant: a function counts as part of loading only when it is private to its file, is called, and every use of it is
 * a call by code that is part of loading. Used by the detector of shared state.
 */
import type TS from "typescript";

import type { Names } from "../semantic/names.ts";
import { nodesIn } from "../semantic/nodes.ts";
import { enclosingFunction, type FunctionNode } from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";

const MAX_DEPTH = 3;

function isExported(owner: TS.Node): boolean {
  const statement = ts.findAncestor(owner, (node) => ts.isSourceFile(node.parent));
  return (
    statement !== undefined &&
    ts.canHaveModifiers(statement) &&
    (ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false)
  );
}

/** Returns the name that a function of the file is called by. */
function nameOfOwn(owner: FunctionNode): TS.Identifier | undefined {
  if (ts.isFunctionDeclaration(owner)) return owner.name;
  const { parent } = owner;
  return ts.isVariableDeclaration(parent) && ts.isIdentifier(parent.name) ? parent.name : undefined;
}

/** Says whether `node` is what a call calls, at once where it is written or by its name. */
function isCalled(node: TS.Node): boolean {
  let outer = node;
  while (ts.isParenthesizedExpression(outer.parent)) outer = outer.parent;
  return ts.isCallExpression(outer.parent) && outer.parent.expression === outer;
}

/** Returns the uses of a name in its file, without its declaration. */
function usesOf(name: TS.Identifier, names: Names): readonly TS.Identifier[] {
  const symbol = names.symbolAt(name);
  return nodesIn(name.getSourceFile(), "Identifier").filter(
    (node) => node !== name && node.text === name.text && names.symbolAt(node) === symbol,
  );
}

/** Says whether code runs only while its module is loaded. */
export function runsAtLoad(node: TS.Node, names: Names, depth = MAX_DEPTH): boolean {
  const owner = enclosingFunction(node);
  if (owner === undefined) return true;
  if (depth === 0) return false;
  if (isCalled(owner)) return runsAtLoad(owner, names, depth - 1);
  const name = nameOfOwn(owner);
  if (name === undefined || isExported(owner)) return false;
  const uses = usesOf(name, names);
  return uses.length > 0 && uses.every((use) => isCalled(use) && runsAtLoad(use, names, depth - 1));
}
