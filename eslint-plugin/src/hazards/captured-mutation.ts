/**
 * Detects activities that change variables which orchestrator code reads.
 *
 * Invariant: the variable provably is the orchestrator's: it is declared in one, or read by one; and an object that is
 * changed by a method provably is a list, a map or a set. What only activities share is their own affair.
 */
import type TS from "typescript";

import type { Code, Effect, FileDetector } from "../semantic/effects.ts";
import { descendants, enclosingFunction, isWithin, unwrap, wrapped, type FunctionNode } from "../semantic/syntax.ts";
import { originOfTypeOf } from "../semantic/type-names.ts";
import { ts } from "../semantic/typescript.ts";
import { activitiesIn, rootAround, type Activity } from "./activities.ts";
import { changesIn, type Change } from "./changes.ts";
import { callText } from "./durable-values.ts";
import { functionsRunBy } from "./durable-work.ts";
import { isRead, meantBy, readByOrchestrators } from "./orchestrator-reads.ts";

const RULE = "no-captured-mutation";

const CONTAINERS = /^(?:Readonly)?(?:Array|Map|Set)$/u;

/** A variable, and where it is declared. */
interface Variable {
  readonly symbol: TS.Symbol;
  readonly declaration: TS.Declaration;
}

/** Returns the variable that holds the object which a constant inside the activity is another name for. */
function aliased(base: TS.Identifier, code: Code): Variable | undefined {
  const definition = code.names.definitionOf(base);
  if (definition === undefined || !("path" in definition) || definition.path.length > 0) return undefined;
  const declaration: TS.Node | undefined =
    definition.kind === "parameter"
      ? definition.parameter
      : definition.kind === "node"
        ? wrapped(definition.node).parent
        : undefined;
  if (declaration === undefined || !(ts.isParameter(declaration) || ts.isVariableDeclaration(declaration))) {
    return undefined;
  }
  const symbol = ts.isIdentifier(declaration.name) ? code.names.symbolAt(declaration.name) : undefined;
  return symbol === undefined ? undefined : { symbol, declaration };
}

/** Returns the variable around `inside` that a change is about. */
function changedVariable({ base, kind }: Change, inside: TS.Node, code: Code): Variable | undefined {
  const symbol = meantBy(base, code);
  const declaration = symbol?.valueDeclaration;
  if (symbol === undefined || declaration === undefined) return undefined;
  if (!isWithin(declaration, inside)) return { symbol, declaration };
  const other = kind === "name" ? undefined : aliased(base, code);
  return other === undefined || isWithin(other.declaration, inside) ? undefined : other;
}

function initializerOf(declaration: TS.Declaration): TS.Node | undefined {
  return ts.isVariableDeclaration(declaration) && declaration.initializer !== undefined
    ? unwrap(declaration.initializer)
    : undefined;
}

/** Says whether the object in a variable was made where the variable is declared. */
function isMadeHere(declaration: TS.Declaration): boolean {
  const value = initializerOf(declaration);
  if (value === undefined) return false;
  if (ts.isArrayLiteralExpression(value) || ts.isObjectLiteralExpression(value)) return true;
  return ts.isNewExpression(value) && /^(?:Map|Set|Array)$/u.test(value.expression.getText());
}

function isContainer(object: TS.Expression | undefined, code: Code): boolean {
  const type = object === undefined || !code.typed ? undefined : originOfTypeOf(object, code.names, true);
  return type?.module === "" && CONTAINERS.test(type.path.join("."));
}

/** Returns the variable of orchestrator code that a change in `inside`, run by the activity, reaches. */
function captured(change: Change, inside: TS.Node, activity: FunctionNode, code: Code): Variable | undefined {
  const variable = changedVariable(change, inside, code);
  if (variable === undefined) return undefined;
  const { symbol, declaration } = variable;
  if (declaration.getSourceFile().isDeclarationFile) return undefined;
  // What a function between the two declares is made anew whenever it is called.
  const owner = enclosingFunction(declaration);
  if (owner !== undefined && !isWithin(activity, owner)) return undefined;
  const isInOrchestrator = rootAround(declaration, code) !== undefined;
  // An object that somebody passed in may be anything, a client for example.
  const isKnown = change.kind === "name" || isMadeHere(declaration) || isContainer(change.object, code);
  if (!isKnown && (change.kind === "method" || !isInOrchestrator)) return undefined;
  if (isInOrchestrator) return variable;
  const value = initializerOf(declaration);
  const member = value !== undefined && ts.isObjectLiteralExpression(value) ? change.member : undefined;
  return isRead(symbol, member, code) ? variable : undefined;
}

/** Returns the name of a variable that a call in the activity changes, in functions that are not the activity's own. */
function changedBehind(
  call: TS.CallExpression,
  activity: FunctionNode,
  code: Code,
  seen: Set<FunctionNode>,
): string | undefined {
  for (const target of functionsRunBy(call, code)) {
    if (seen.has(target) || isWithin(target, activity) || code.project.roots.has(target)) continue;
    seen.add(target);
    for (const change of changesIn(target, code.names)) {
      const variable = captured(change, target, activity, code);
      if (variable === undefined) continue;
      // An orchestrator that runs the same function changes the variable itself, which is another rule's.
      const isShared = enclosingFunction(variable.declaration) === undefined;
      if (!isShared || !readByOrchestrators(code).functions.has(target)) return variable.symbol.name;
    }
    for (const inner of descendants(target)) {
      const name = ts.isCallExpression(inner) ? changedBehind(inner, activity, code, seen) : undefined;
      if (name !== undefined) return name;
    }
  }
  return undefined;
}

function* effectsOf({ node, label }: Activity, code: Code): Generator<Effect> {
  for (const change of changesIn(node, code.names)) {
    if (captured(change, node, node, code) === undefined) continue;
    const name = change.base.text;
    yield { rule: RULE, messageId: "captured", data: { name, activity: label }, node: change.node, api: name };
  }
  for (const call of descendants(node)) {
    const name = ts.isCallExpression(call) ? changedBehind(call, node, code, new Set()) : undefined;
    if (name === undefined || !ts.isCallExpression(call)) continue;
    yield { rule: RULE, messageId: "behind", data: { name, activity: label }, node: call, api: callText(call) };
  }
}

/** Detects the changes in all activities of a file. */
export const capturedMutation: FileDetector = {
  check(file, code, add) {
    for (const activity of activitiesIn(file, code)) {
      for (const effect of effectsOf(activity, code)) add(effect);
    }
  },
};
