/**
 * Tells which worker a registration goes to, and whether anybody else may register more on it.
 *
 * Invariant: a worker is closed only when every use of it is in sight: it is made here by a package that runs
 * orchestrators, and is neither exported, nor passed on, nor given another name that is. Used by the detectors of names.
 */
import type TS from "typescript";

import type { Names } from "./names.ts";
import { flavourOf } from "./packages.ts";
import type { Registration } from "./registrations.ts";
import { nodesIn } from "./nodes.ts";
import { memberOf, unwrap, wrapped } from "./syntax.ts";
import { ts } from "./typescript.ts";

/** What a registration adds a name to. */
export interface Hub {
  /** The same for registrations on the same worker. */
  readonly key: unknown;
  /** True when nothing out of sight adds to it. */
  readonly closed: boolean;
}

const MAX_DEPTH = 10;

/** Methods whose result is not the worker itself. */
const NOT_FLUENT: ReadonlySet<string> = new Set(["start", "stop", "close", "shutdown", "dispose"]);

/** Returns where a registration goes; undefined when nobody can tell. */
export function hubOf(registration: Registration, names: Names): Hub | undefined {
  const { flavour, node } = registration;
  // One app for each process, and definitions that share a namespace.
  if (flavour !== "durabletask") return { key: flavour, closed: true };
  const member = memberOf(unwrap(node.expression));
  return member === undefined ? undefined : hubBehind(member.object, names, MAX_DEPTH);
}

function hubBehind(expression: TS.Node, names: Names, depth: number): Hub | undefined {
  if (depth === 0) return undefined;
  const node = unwrap(expression);
  const made = makerOf(node, names, depth);
  if (made !== undefined) return { key: made, closed: !escapes(made, names, depth) };
  if (ts.isIdentifier(node)) {
    const definition = names.definitionOf(node);
    if (definition?.kind === "parameter" && definition.path.length === 0) {
      return { key: definition.parameter, closed: false };
    }
    return definition?.kind === "node" && definition.path.length === 0
      ? { key: definition.node, closed: false }
      : undefined;
  }
  if (ts.isPropertyAccessExpression(node)) {
    const symbol = names.checker.getSymbolAtLocation(node.name);
    return symbol === undefined ? undefined : { key: symbol, closed: false };
  }
  return undefined;
}

/** Returns the expression that made the worker, through names and chains of calls on it. */
function makerOf(expression: TS.Node, names: Names, depth: number): TS.Expression | undefined {
  if (depth === 0) return undefined;
  const node = unwrap(expression);
  if (ts.isNewExpression(node)) return isOfPackage(node.expression, names) ? node : undefined;
  if (ts.isAwaitExpression(node)) return makerOf(node.expression, names, depth - 1);
  if (ts.isCallExpression(node)) {
    const member = memberOf(unwrap(node.expression));
    const inner = member === undefined ? undefined : makerOf(member.object, names, depth - 1);
    return inner ?? (isOfPackage(node.expression, names) ? node : undefined);
  }
  if (!ts.isIdentifier(node)) return undefined;
  const definition = names.definitionOf(node);
  if (definition?.kind !== "node" || definition.path.length > 0 || definition.node === node) return undefined;
  return makerOf(definition.node, names, depth - 1);
}

function isOfPackage(expression: TS.Node, names: Names): boolean {
  const origin = names.originOf(expression);
  return origin !== undefined && flavourOf(origin.module) === "durabletask" && !origin.path.includes("()");
}

/** Says whether the value of an expression gets anywhere but into a name of this file and calls of its methods. */
function escapes(expression: TS.Node, names: Names, depth: number): boolean {
  if (depth === 0) return true;
  const outer = wrapped(expression);
  const { parent } = outer;
  if (ts.isExpressionStatement(parent) || ts.isVoidExpression(parent)) return false;
  if (ts.isAwaitExpression(parent)) return escapes(parent, names, depth - 1);
  if (isOnlyTested(outer)) return false;
  if (ts.isVariableDeclaration(parent) && parent.initializer === outer) return escapesAs(parent, names, depth - 1);
  const member = memberOf(parent);
  if (member === undefined || unwrap(member.object) !== unwrap(outer)) return true;
  const callee = wrapped(parent);
  if (!ts.isCallExpression(callee.parent) || callee.parent.expression !== callee) return true;
  return NOT_FLUENT.has(member.name) ? false : escapes(callee.parent, names, depth - 1);
}

function isOnlyTested(node: TS.Node): boolean {
  const { parent } = node;
  if (ts.isIfStatement(parent) || ts.isConditionalExpression(parent)) {
    return node === ("condition" in parent ? parent.condition : parent.expression);
  }
  return ts.isPrefixUnaryExpression(parent) || ts.isTypeOfExpression(parent);
}

function escapesAs(declaration: TS.VariableDeclaration, names: Names, depth: number): boolean {
  const { name } = declaration;
  if (!ts.isIdentifier(name)) return true;
  if ((ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Export) !== 0) return true;
  const symbol = names.symbolAt(name);
  for (const node of nodesIn(declaration.getSourceFile(), "Identifier")) {
    if (node === name || node.text !== name.text || names.symbolAt(node) !== symbol) continue;
    if (!ts.isTypeQueryNode(node.parent) && escapes(node, names, depth)) return true;
  }
  return false;
}
