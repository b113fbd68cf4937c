/**
 * Finds the constant of a module whose value an identifier reads.
 *
 * Invariant: the constant is never reassigned and lives outside all functions, so that its initialiser ran when the
 * module was loaded: on another machine, or after a restart, again. Used by `summary.ts`.
 */
import type TS from "typescript";

import { MAX_STEPS, type Names } from "./names.ts";
import { enclosingFunction, isFunction, memberOf, staticName, unwrap, wrapped } from "./syntax.ts";
import { ts } from "./typescript.ts";

export interface ConstantRead {
  /** The expression that made the value. */
  readonly value: TS.Expression;
  /** The whole expression that reads it: `config.url`. */
  readonly node: TS.Node;
  readonly label: string;
}

/** Returns the whole chain of members that begins with the name: `config.db.url`. */
function chainOf(node: TS.Identifier): { readonly whole: TS.Node; readonly path: readonly string[] } {
  const path: string[] = [];
  let whole: TS.Node = node;
  for (;;) {
    const member = memberOf(whole.parent);
    if (member === undefined || unwrap(member.object) !== whole || isCallee(whole.parent)) return { whole, path };
    path.push(member.name);
    whole = whole.parent;
  }
}

/** Follows members into object literals; undefined when one of them has no such member. */
function partOf(value: TS.Node, path: readonly string[]): TS.Node | undefined {
  let part = value;
  for (const name of path) {
    const literal = unwrap(part);
    if (!ts.isObjectLiteralExpression(literal)) break;
    const property = literal.properties.find((each) => each.name !== undefined && staticName(each.name) === name);
    if (property === undefined || !ts.isPropertyAssignment(property)) return undefined;
    part = property.initializer;
  }
  return part;
}

/** Returns the constants of modules that an identifier reads: a pattern, `const { url, port } = config`, reads several. */
export function constantsOf(node: TS.Identifier, names: Names): readonly ConstantRead[] {
  if (!isRead(node) || isOwnLocal(node, names)) return [];
  // The member that is read of it decides which part of its initialiser counts.
  const { whole, path } = chainOf(node);
  const keys = keysOf(whole);
  const found =
    keys === undefined
      ? [constantAt(node, whole, path, names)]
      : keys.map((key) => constantAt(node, whole, [...path, key], names));
  return found.filter((each) => each !== undefined);
}

/** Returns the members that a pattern takes of the whole expression; undefined where it is no pattern, or takes the rest. */
function keysOf(whole: TS.Node): readonly string[] | undefined {
  const { parent } = whole;
  if (!ts.isVariableDeclaration(parent) || parent.initializer !== whole) return undefined;
  if (!ts.isObjectBindingPattern(parent.name)) return undefined;
  const keys = parent.name.elements.map(({ dotDotDotToken, propertyName, name }) =>
    dotDotDotToken === undefined ? staticName(propertyName ?? name) : undefined,
  );
  return keys.every((key) => key !== undefined) ? keys : undefined;
}

/** Says whether a name is one of a function around it, where its initialiser is looked at, too. */
function isOwnLocal(node: TS.Identifier, names: Names): boolean {
  const declaration = names.symbolAt(node)?.valueDeclaration;
  if (declaration === undefined || !(ts.isVariableDeclaration(declaration) || ts.isBindingElement(declaration))) {
    return false;
  }
  const scope = enclosingFunction(declaration);
  if (scope === undefined) return false;
  let own = enclosingFunction(node);
  // A callback that is written in place runs with the function around it.
  while (own !== undefined && own !== scope && ts.isCallExpression(wrapped(own).parent)) own = enclosingFunction(own);
  return scope === own;
}

function constantAt(
  node: TS.Identifier,
  whole: TS.Node,
  members: readonly string[],
  names: Names,
): ConstantRead | undefined {
  const definition = names.definitionOf(node);
  if (definition?.kind !== "node" || definition.node === node) return undefined;
  let holder = definition.node;
  let path = [...definition.path, ...members];
  const [name, ...others] = path;
  if (ts.isSourceFile(holder)) {
    const exported = name === undefined ? undefined : names.exportOf(holder, name, MAX_STEPS);
    if (exported?.kind !== "node") return undefined;
    holder = exported.node;
    path = [...exported.path, ...others];
  }
  const value = partOf(holder, path);
  if (value === undefined || !ts.isExpression(value) || isFunction(value) || ts.isClassLike(value)) return undefined;
  if (ts.findAncestor(value, isFunction) !== undefined) return undefined;
  return { value, node: whole, label: whole.getText().replace(/\s+/gu, "") };
}

function isCallee(node: TS.Node): boolean {
  return ts.isCallExpression(node.parent) && node.parent.expression === node;
}

/** Says whether an identifier is the use of a value: no declaration, member name, label or type. */
function isRead(node: TS.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  if (ts.isVariableDeclaration(parent) || ts.isParameter(parent)) return parent.initializer === node;
  if (ts.isCallExpression(parent)) return parent.expression !== node;
  const isName = ts.isFunctionLike(parent) && parent.name === node;
  return !isName && !ts.isBindingElement(parent) && !ts.isLabeledStatement(parent);
}
