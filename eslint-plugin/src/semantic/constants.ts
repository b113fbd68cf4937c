/**
 * Finds the constant of a module whose value an identifier reads.
 *
 * Invariant: the constant is never reassigned and lives outside all functions, so that its initialiser ran when the
 * module was loaded: on another machine, or after a restart, again. Used by `summary.ts`.
 */
import type TS from "typescript";

import type { Names } from "./names.ts";
import { isFunction, memberOf, staticName, unwrap } from "./syntax.ts";
import { ts } from "./typescript.ts";

export interface ConstantRead {
  /** The expression that made the value. */
  readonly value: TS.Expression;
  /** The whole expression that reads it: `config.url`. */
  readonly node: TS.Node;
  readonly label: string;
}

/** Returns the constant that an identifier reads, if it is one of a module. */
export function constantOf(node: TS.Identifier, names: Names): ConstantRead | undefined {
  if (!isRead(node)) return undefined;
  const definition = names.definitionOf(node);
  if (definition?.kind !== "node" || definition.node === node) return undefined;
  let { node: value, path } = definition;
  let whole: TS.Node = node;
  // The member that is read of it decides which part of its initialiser counts.
  let rest: readonly string[] = path;
  for (let outer = whole.parent; ; outer = whole.parent) {
    const member = memberOf(outer);
    if (member === undefined || unwrap(member.object) !== whole || isCallee(outer)) break;
    rest = [...rest, member.name];
    whole = outer;
  }
  if (ts.isSourceFile(value)) {
    const [name, ...others] = rest;
    const exported = name === undefined ? undefined : names.exportOf(value, name, 10);
    if (exported?.kind !== "node") return undefined;
    value = exported.node;
    rest = [...exported.path, ...others];
  }
  path = rest;
  for (const name of path) {
    const literal = unwrap(value);
    if (!ts.isObjectLiteralExpression(literal)) break;
    const property = literal.properties.find((each) => each.name !== undefined && staticName(each.name) === name);
    if (property === undefined || !ts.isPropertyAssignment(property)) return undefined;
    value = property.initializer;
  }
  if (!ts.isExpression(value) || isFunction(value) || ts.isClassLike(value) || ts.isSourceFile(value)) return undefined;
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
  return !ts.isBindingElement(parent) && !ts.isFunctionLike(parent) && !ts.isLabeledStatement(parent);
}
