/**
 * Finds the constant of a module whose value an identifier reads.
 *
 * Invariant: the constant is never reassigned and lives outside all functions, so that its initialiser ran when the
 * module was loaded: on another machine, or after a restart, again. Used by `summary.ts`.
 */
import type TS from "typescript";

import { MAX_STEPS, type Names } from "./names.ts";
import { isFunction, memberOf, staticName, unwrap } from "./syntax.ts";
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

/** Returns the constant that an identifier reads, if it is one of a module. */
export function constantOf(node: TS.Identifier, names: Names): ConstantRead | undefined {
  const definition = isRead(node) ? names.definitionOf(node) : undefined;
  if (definition?.kind !== "node" || definition.node === node) return undefined;
  // The member that is read of it decides which part of its initialiser counts.
  const { whole, path: members } = chainOf(node);
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
