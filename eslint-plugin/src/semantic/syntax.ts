/**
 * Words for the shapes of TypeScript's syntax tree that the analyses share.
 *
 * Invariant: pure functions of the tree, without symbols or types. Used throughout `semantic` and `hazards`.
 */
import type TS from "typescript";

import { ts } from "./typescript.ts";

/** A function with a body. */
export type FunctionNode =
  | TS.ArrowFunction
  | TS.FunctionDeclaration
  | TS.FunctionExpression
  | TS.MethodDeclaration
  | TS.ConstructorDeclaration
  | TS.GetAccessorDeclaration
  | TS.SetAccessorDeclaration;

/** Says whether a node is a function; one without a body (an overload, a declaration in a `.d.ts`) is not. */
export function isFunction(node: TS.Node): node is FunctionNode {
  switch (node.kind) {
    case ts.SyntaxKind.ArrowFunction:
    case ts.SyntaxKind.FunctionExpression:
      return true;
    case ts.SyntaxKind.FunctionDeclaration:
    case ts.SyntaxKind.MethodDeclaration:
    case ts.SyntaxKind.Constructor:
    case ts.SyntaxKind.GetAccessor:
    case ts.SyntaxKind.SetAccessor:
      return (node as FunctionNode).body !== undefined;
    default:
      return false;
  }
}

/** Says whether calling the function gives an iterator instead of running it. */
export function isGenerator(node: FunctionNode): boolean {
  return "asteriskToken" in node && node.asteriskToken !== undefined;
}

export function isAsync(node: TS.Node): boolean {
  return hasModifier(node, ts.SyntaxKind.AsyncKeyword);
}

/** Says whether a member belongs to the class itself and not to its instances. */
export function isStatic(member: TS.Node): boolean {
  return hasModifier(member, ts.SyntaxKind.StaticKeyword);
}

function hasModifier(node: TS.Node, keyword: TS.ModifierSyntaxKind): boolean {
  return ts.canHaveModifiers(node) && (ts.getModifiers(node)?.some(({ kind }) => kind === keyword) ?? false);
}

/** The parameters as callers count them: TypeScript's `this` parameter is not one. */
export function parametersOf(node: FunctionNode): readonly TS.ParameterDeclaration[] {
  const [first] = node.parameters;
  return first !== undefined && ts.isIdentifier(first.name) && first.name.text === "this"
    ? node.parameters.slice(1)
    : node.parameters;
}

type Wrapper =
  | TS.ParenthesizedExpression
  | TS.AsExpression
  | TS.NonNullExpression
  | TS.SatisfiesExpression
  | TS.TypeAssertion
  | TS.ExpressionWithTypeArguments;

/** Says whether a node only adds something around an expression. */
function isWrapper(node: TS.Node): node is Wrapper {
  // Compared by kind, not by the compiler's own functions: little is asked as often.
  switch (node.kind) {
    case ts.SyntaxKind.ParenthesizedExpression:
    case ts.SyntaxKind.AsExpression:
    case ts.SyntaxKind.NonNullExpression:
    case ts.SyntaxKind.SatisfiesExpression:
    case ts.SyntaxKind.TypeAssertionExpression:
    case ts.SyntaxKind.ExpressionWithTypeArguments:
      return true;
    default:
      return false;
  }
}

/** Strips what TypeScript and punctuation add around an expression without changing its value. */
export function unwrap(expression: TS.Node): TS.Node {
  let inner = expression;
  for (;;) {
    if (isWrapper(inner)) inner = inner.expression;
    else if (inner.kind === ts.SyntaxKind.BinaryExpression) {
      const { operatorToken, right } = inner as TS.BinaryExpression;
      if (operatorToken.kind !== ts.SyntaxKind.CommaToken) return inner;
      inner = right;
    } else return inner;
  }
}

/** Returns the outermost expression whose value `node` provably is: through parentheses and type assertions. */
export function wrapped(node: TS.Node): TS.Node {
  let outer = node;
  while (outer.parent !== undefined && isWrapper(outer.parent) && outer.parent.expression === outer)
    outer = outer.parent;
  return outer;
}

/** Returns the name that a member access or a property's name reads, when it is static. */
export function staticName(name: TS.Node): string | undefined {
  if (ts.isIdentifier(name) || ts.isPrivateIdentifier(name) || ts.isStringLiteralLike(name)) return name.text;
  if (ts.isNumericLiteral(name)) return name.text;
  if (ts.isComputedPropertyName(name)) {
    const inner = unwrap(name.expression);
    return ts.isStringLiteralLike(inner) || ts.isNumericLiteral(inner) ? inner.text : undefined;
  }
  return undefined;
}

/** Returns the member that `node` reads: `a.b`, `a["b"]`, `a?.b`. */
export function memberOf(
  node: TS.Node,
): { readonly object: TS.Expression; readonly name: string; readonly nameNode: TS.Node } | undefined {
  if (ts.isPropertyAccessExpression(node))
    return { object: node.expression, name: node.name.text, nameNode: node.name };
  if (!ts.isElementAccessExpression(node)) return undefined;
  const key = unwrap(node.argumentExpression);
  if (!ts.isStringLiteralLike(key) && !ts.isNumericLiteral(key)) return undefined;
  return { object: node.expression, name: key.text, nameNode: key };
}

/** Returns the value that an object written in place gives a member, unless a spread may give it another. */
export function valueIn(object: TS.Node, name: string): TS.Expression | undefined {
  const literal = unwrap(object);
  if (!ts.isObjectLiteralExpression(literal)) return undefined;
  let found: TS.Expression | undefined = undefined;
  for (const property of literal.properties) {
    if (ts.isSpreadAssignment(property)) found = undefined;
    else if (ts.isShorthandPropertyAssignment(property) && property.name.text === name) found = property.name;
    else if (ts.isPropertyAssignment(property) && staticName(property.name) === name) found = property.initializer;
  }
  return found;
}

/** Returns the nearest function around `node`, not counting `node` itself. */
export function enclosingFunction(node: TS.Node): FunctionNode | undefined {
  let outer: TS.Node | undefined = node.parent;
  while (outer !== undefined) {
    if (isFunction(outer)) return outer;
    outer = outer.parent;
  }
  return undefined;
}

/** Says whether `inner` is written inside `outer`, or is it. */
export function isWithin(inner: TS.Node, outer: TS.Node): boolean {
  let node: TS.Node | undefined = inner;
  while (node !== undefined) {
    if (node === outer) return true;
    node = node.parent;
  }
  return false;
}

/** Gives `root` and everything below it in source order; a node for which `enters` is false is left out whole. */
export function descendants(root: TS.Node, enters?: (node: TS.Node) => boolean): readonly TS.Node[] {
  const found: TS.Node[] = [];
  // Not by recursion: a chain of ten thousand additions is as deep as it is long.
  const waiting = [root];
  const push = (child: TS.Node): void => {
    waiting.push(child);
  };
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (enters?.(node) === false) continue;
    found.push(node);
    const from = waiting.length;
    ts.forEachChild(node, push);
    // The last one waiting comes next, and the first child is to.
    for (let low = from, high = waiting.length - 1; low < high; low += 1, high -= 1) {
      const [first, last] = [waiting[low], waiting[high]];
      if (first !== undefined && last !== undefined) {
        waiting[low] = last;
        waiting[high] = first;
      }
    }
  }
  return found;
}

/** Returns what a reader calls the function: its own name, or that of the variable or property that holds it. */
export function nameOf(node: TS.Node): string | undefined {
  if (ts.isConstructorDeclaration(node)) {
    return node.parent.name === undefined ? "new" : `new ${node.parent.name.text}`;
  }
  if ("name" in node && node.name !== undefined) {
    const own = staticName(node.name as TS.Node);
    if (own !== undefined) return own;
  }
  const holder = wrapped(node).parent;
  if (
    holder !== undefined &&
    (ts.isVariableDeclaration(holder) || ts.isPropertyAssignment(holder) || ts.isPropertyDeclaration(holder)) &&
    holder.initializer !== undefined &&
    unwrap(holder.initializer) === node
  )
    return staticName(holder.name);
  return undefined;
}

/** Returns the line of a node as editors count, from 1. */
export function lineOf(node: TS.Node): number {
  const file = node.getSourceFile();
  return file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
}
