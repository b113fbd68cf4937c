/**
 * Detects activities that change variables which orchestrator code reads.
 *
 * Invariant: the variable provably is the orchestrator's: it is declared in one, or read by one; and an object that is
 * changed was made where it is declared. What only activities share is their own affair.
 */
import type TS from "typescript";

import type { Code, Effect, FileDetector } from "../semantic/effects.ts";
import type { Project } from "../semantic/project.ts";
import { descendants, isFunction, isWithin, memberOf, unwrap, type FunctionNode } from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";
import { writesOf } from "../semantic/writes.ts";
import { activitiesIn, rootAround, type Activity } from "./activities.ts";

/** Methods that change an array, a map or a set. */
const MUTATORS: ReadonlySet<string> = new Set([
  ...["push", "pop", "shift", "unshift", "splice", "sort", "reverse", "fill", "copyWithin"],
  ...["set", "add", "delete", "clear"],
]);

/** One change: what is underlined, the name that it starts from, and whether the name itself gets another value. */
interface Change {
  readonly node: TS.Node;
  readonly base: TS.Identifier;
  readonly isOfName: boolean;
}

function baseOf(node: TS.Node): TS.Identifier | undefined {
  let inner = unwrap(node);
  while (ts.isPropertyAccessExpression(inner) || ts.isElementAccessExpression(inner)) inner = unwrap(inner.expression);
  return ts.isIdentifier(inner) ? inner : undefined;
}

/** Lists the changes that running a function makes, functions inside of it included. */
function changesIn(root: TS.Node): readonly Change[] {
  return [...descendants(root)].flatMap((node): readonly Change[] => {
    const written = writesOf(node).flatMap(({ target }): readonly Change[] => {
      const base = baseOf(target);
      return base === undefined ? [] : [{ node: target, base, isOfName: base === unwrap(target) }];
    });
    const member = ts.isCallExpression(node) ? memberOf(unwrap(node.expression)) : undefined;
    const base = member === undefined || !MUTATORS.has(member.name) ? undefined : baseOf(member.object);
    return base === undefined ? written : [...written, { node, base, isOfName: false }];
  });
}

function symbolOf(node: TS.Identifier, code: Code): TS.Symbol | undefined {
  const symbol = code.names.symbolAt(node);
  const isAlias = symbol !== undefined && (symbol.flags & ts.SymbolFlags.Alias) !== 0;
  return isAlias ? code.names.checker.getAliasedSymbol(symbol) : symbol;
}

const readByProject = new WeakMap<Project, ReadonlySet<TS.Symbol>>();

/** Collects what orchestrators read, and the functions that they call; activities written inside them do not count. */
function readByOrchestrators(code: Code): ReadonlySet<TS.Symbol> {
  const cached = readByProject.get(code.project);
  if (cached !== undefined) return cached;
  const activities = new Set(code.project.registered("activity").flatMap(({ functions }) => functions));
  const read = new Set<TS.Symbol>();
  const waiting: FunctionNode[] = [...code.project.roots.keys()];
  const seen = new Set<FunctionNode>(waiting);
  for (const each of waiting) {
    for (const node of descendants(each, (inner) => !(isFunction(inner) && activities.has(inner)))) {
      if (ts.isIdentifier(node) && !isOnlyWritten(node)) {
        const symbol = symbolOf(node, code);
        if (symbol !== undefined) read.add(symbol);
      }
      if (!ts.isCallExpression(node)) continue;
      for (const callee of code.callees.of(node.expression)) {
        if (callee.kind !== "function" || seen.has(callee.node) || activities.has(callee.node)) continue;
        seen.add(callee.node);
        waiting.push(callee.node);
      }
    }
  }
  readByProject.set(code.project, read);
  return read;
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

/** Says whether the object in a variable was made where the variable is declared. */
function isMadeHere(declaration: TS.Declaration): boolean {
  if (!ts.isVariableDeclaration(declaration) || declaration.initializer === undefined) return false;
  const value = unwrap(declaration.initializer);
  if (ts.isArrayLiteralExpression(value) || ts.isObjectLiteralExpression(value)) return true;
  return ts.isNewExpression(value) && /^(?:Map|Set|Array)$/u.test(value.expression.getText());
}

/** Says whether a change reaches a variable that orchestrator code has or reads. */
function reaches({ base, isOfName, node }: Change, activity: Activity, code: Code): boolean {
  const symbol = symbolOf(base, code);
  const declaration = symbol?.valueDeclaration;
  if (symbol === undefined || declaration === undefined || isWithin(declaration, activity.node)) return false;
  if (declaration.getSourceFile().isDeclarationFile) return false;
  const isInOrchestrator = rootAround(declaration, code) !== undefined;
  const isCall = ts.isCallExpression(node);
  // An object that somebody passed in may be anything, a client for example.
  if (!isOfName && !isMadeHere(declaration) && (isCall || !isInOrchestrator)) return false;
  return isInOrchestrator || readByOrchestrators(code).has(symbol);
}

/** Detects the changes in all activities of a file. */
export const capturedMutation: FileDetector = {
  check(file, code, add: (effect: Effect) => void) {
    for (const activity of activitiesIn(file, code)) {
      for (const change of changesIn(activity.node)) {
        if (!reaches(change, activity, code)) continue;
        const data = { name: change.base.text, activity: activity.label };
        add({ rule: "no-captured-mutation", messageId: "captured", data, node: change.node, api: change.base.text });
      }
    }
  },
};
