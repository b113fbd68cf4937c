/**
 * Collects which variables the orchestrators of a program read, themselves and in the functions that they run.
 *
 * Invariant: collected once for a program, when first asked for; activities written inside an orchestrator are no part of
 * it. Used by the detector of captured mutation.
 */
import type TS from "typescript";

import type { Code } from "../semantic/effects.ts";
import { descendants, isFunction, memberOf, wrapped, type FunctionNode } from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";
import { functionsRunBy } from "./durable-work.ts";

/** Stands for the whole of a value, or for a member that nobody can name. */
const WHOLE = "*";

/** What orchestrators read and run. */
export interface OrchestratorReads {
  /** The members that are read of each variable. */
  readonly variables: ReadonlyMap<TS.Symbol, ReadonlySet<string>>;
  readonly functions: ReadonlySet<FunctionNode>;
}

/** Returns the symbol that a name means, through imports. */
export function meantBy(node: TS.Identifier, code: Code): TS.Symbol | undefined {
  const symbol = code.names.symbolAt(node);
  const isAlias = symbol !== undefined && (symbol.flags & ts.SymbolFlags.Alias) !== 0;
  return isAlias ? code.names.checker.getAliasedSymbol(symbol) : symbol;
}

function isOnlyWritten(node: TS.Identifier): boolean {
  const { parent } = node;
  return (
    ts.isBinaryExpression(parent) &&
    parent.left === node &&
    parent.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
    ts.isExpressionStatement(parent.parent)
  );
}

/** Returns the member that is read of a name. A method that is called may read all of its object. */
function memberRead(node: TS.Identifier): string {
  const outer = wrapped(node);
  const member = memberOf(outer.parent);
  if (member?.object !== outer) return WHOLE;
  const { parent } = outer.parent;
  return ts.isCallExpression(parent) && parent.expression === outer.parent ? WHOLE : member.name;
}

const known = new WeakMap<Code, OrchestratorReads>();

/** Returns what the orchestrators of the program read. */
export function readByOrchestrators(code: Code): OrchestratorReads {
  const cached = known.get(code);
  if (cached !== undefined) return cached;
  const activities = new Set(code.project.registered("activity").flatMap(({ functions }) => functions));
  const variables = new Map<TS.Symbol, Set<string>>();
  // The set grows while it is read.
  const functions = new Set(code.project.roots.keys());
  for (const each of functions) {
    for (const node of descendants(each, (inner) => !(isFunction(inner) && activities.has(inner)))) {
      if (ts.isIdentifier(node) && !isOnlyWritten(node)) {
        const symbol = meantBy(node, code);
        if (symbol !== undefined) variables.set(symbol, (variables.get(symbol) ?? new Set()).add(memberRead(node)));
      }
      if (!ts.isCallExpression(node)) continue;
      for (const target of functionsRunBy(node, code)) if (!activities.has(target)) functions.add(target);
    }
  }
  const reads = { variables, functions };
  known.set(code, reads);
  return reads;
}

/** Says whether orchestrators read a variable, or the one member of it that matters. */
export function isRead(symbol: TS.Symbol, member: string | undefined, code: Code): boolean {
  const read = readByOrchestrators(code).variables.get(symbol);
  if (read === undefined) return false;
  return member === undefined || read.has(member) || read.has(WHOLE);
}
