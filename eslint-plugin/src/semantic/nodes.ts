/**
 * Finds the nodes of a file by their kinds.
 *
 * Invariant: a file is walked once, however many analyses look for something in it and however many programs hold it; the
 * answer is in source order, an outer node before those that begin with it. Used where all of a file is looked at.
 */
import type TS from "typescript";

import { descendants } from "./syntax.ts";
import { ts } from "./typescript.ts";

/** The kinds that are looked for, by their names in `ts.SyntaxKind`. */
interface Kinds {
  readonly ArrowFunction: TS.ArrowFunction;
  readonly BinaryExpression: TS.BinaryExpression;
  readonly CallExpression: TS.CallExpression;
  readonly ClassDeclaration: TS.ClassDeclaration;
  readonly ClassExpression: TS.ClassExpression;
  readonly Constructor: TS.ConstructorDeclaration;
  readonly DeleteExpression: TS.DeleteExpression;
  readonly ForInStatement: TS.ForInStatement;
  readonly ForOfStatement: TS.ForOfStatement;
  readonly FunctionDeclaration: TS.FunctionDeclaration;
  readonly FunctionExpression: TS.FunctionExpression;
  readonly GetAccessor: TS.GetAccessorDeclaration;
  readonly Identifier: TS.Identifier;
  readonly MethodDeclaration: TS.MethodDeclaration;
  readonly NoSubstitutionTemplateLiteral: TS.NoSubstitutionTemplateLiteral;
  readonly ObjectLiteralExpression: TS.ObjectLiteralExpression;
  readonly PostfixUnaryExpression: TS.PostfixUnaryExpression;
  readonly PrefixUnaryExpression: TS.PrefixUnaryExpression;
  readonly PrivateIdentifier: TS.PrivateIdentifier;
  readonly PropertyAssignment: TS.PropertyAssignment;
  readonly SetAccessor: TS.SetAccessorDeclaration;
  readonly StringLiteral: TS.StringLiteral;
}

export type KindName = keyof Kinds;

const indexes = new WeakMap<TS.SourceFile, ReadonlyMap<TS.SyntaxKind, readonly TS.Node[]>>();

function indexOf(file: TS.SourceFile): ReadonlyMap<TS.SyntaxKind, readonly TS.Node[]> {
  const known = indexes.get(file);
  if (known !== undefined) return known;
  const index = new Map<TS.SyntaxKind, TS.Node[]>();
  for (const node of descendants(file)) {
    const others = index.get(node.kind);
    if (others === undefined) index.set(node.kind, [node]);
    else others.push(node);
  }
  indexes.set(file, index);
  return index;
}

/** Lists the nodes of a file that are of one of the kinds. */
export function nodesIn<K extends KindName>(file: TS.SourceFile, ...kinds: readonly K[]): readonly Kinds[K][] {
  const index = indexOf(file);
  const found = kinds.flatMap((name) => index.get(ts.SyntaxKind[name]) ?? []) as unknown as Kinds[K][];
  return kinds.length === 1 ? found : found.sort((one, other) => one.pos - other.pos || other.end - one.end);
}
