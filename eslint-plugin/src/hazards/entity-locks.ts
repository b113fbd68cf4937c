/**
 * Tells what a request for a lock asks for, and what becomes of the handle that it gives.
 *
 * Invariant: looks at one request alone; what happens while the lock is held is the business of `section-walk.ts`.
 */
import type TS from "typescript";

import { durableCallOf, type DurableCall } from "../semantic/durable.ts";
import type { Code } from "../semantic/effects.ts";
import { nodesIn } from "../semantic/nodes.ts";
import { descendants, enclosingFunction, memberOf, unwrap, wrapped } from "../semantic/syntax.ts";
import { originOfTypeOf } from "../semantic/type-names.ts";
import { ts } from "../semantic/typescript.ts";
import { definedEntityOf, entityIdOf, type EntityId } from "./entity-ids.ts";

/** A lock that code holds, once it has waited for it. */
export interface Lock {
  readonly call: TS.CallExpression;
  /** The locked entities; undefined when the code does not list them. */
  readonly entities: readonly EntityId[] | undefined;
  /** The variable of the handle; undefined when nothing keeps the handle. */
  readonly handle: TS.Symbol | undefined;
  /** The block at whose end `using` releases it. */
  readonly usedIn: TS.Node | undefined;
  readonly isReleased: boolean;
}

/** Members of a handle that only tell about it. */
const TELLING: ReadonlySet<string> = new Set(["isReleased", "ownedLocks"]);

/** Uses of a list that leave it as it is. */
const READING: ReadonlySet<string> = new Set(
  "at entries every filter find findIndex forEach includes indexOf join length map reduce slice some values".split(" "),
);

/** Says whether an expression is the durable half of a Durable Functions context: any mutex has a method `lock`. */
function isDurableHalf(expression: TS.Expression, code: Code): boolean {
  const node = unwrap(expression);
  if (memberOf(node)?.name === "df") return true;
  if (originOfTypeOf(node, code.names, code.typed)?.path.at(-1)?.startsWith("DurableOrchestrationContext") === true)
    return true;
  const definition = ts.isIdentifier(node) ? code.names.definitionOf(node) : undefined;
  if (definition === undefined || !("path" in definition)) return false;
  if (definition.path.length > 0) return definition.path.at(-1) === "df";
  return definition.kind === "node" && memberOf(unwrap(definition.node))?.name === "df";
}

/** Returns the request for a lock that a node is. */
export function lockRequestOf(node: TS.Node, code: Code): DurableCall | undefined {
  const call = durableCallOf(node, code.names);
  if (call?.method === "lockEntities") return call;
  const { context } = call ?? {};
  return call?.method === "lock" && context !== undefined && isDurableHalf(context, code) ? call : undefined;
}

/** Says whether nothing changes a constant list, in any use of its name. */
function isLeftAlone(name: TS.Identifier, code: Code): boolean {
  const symbol = code.names.symbolAt(name);
  for (const node of nodesIn(name.getSourceFile(), "Identifier")) {
    if (node.text !== name.text || code.names.symbolAt(node) !== symbol) continue;
    const { parent } = node;
    if (ts.isVariableDeclaration(parent) || ts.isSpreadElement(parent) || ts.isForOfStatement(parent)) continue;
    if (READING.has(memberOf(parent)?.name ?? "")) continue;
    if (!ts.isCallExpression(parent) || lockRequestOf(parent, code) === undefined) return false;
  }
  return true;
}

/** Returns the elements of a list that is written out; undefined when the expression is no such list. */
function elementsOf(expression: TS.Expression, code: Code): readonly TS.Expression[] | undefined {
  const node = unwrap(expression);
  if (ts.isArrayLiteralExpression(node)) return node.elements;
  const definition = ts.isIdentifier(node) ? code.names.definitionOf(node) : undefined;
  if (definition?.kind !== "node" || definition.path.length > 0) return undefined;
  const list = unwrap(definition.node);
  if (!ts.isArrayLiteralExpression(list) || !ts.isIdentifier(node)) return undefined;
  return isLeftAlone(node, code) ? list.elements : undefined;
}

/** Returns the entity that a definition and a key in one list name. */
function pairOf([definition, key]: readonly TS.Expression[], code: Code): EntityId | undefined {
  return definition === undefined ? undefined : definedEntityOf(definition, key, code);
}

function lockedBy(listed: readonly TS.Expression[], code: Code, depth = 4): readonly EntityId[] | undefined {
  const found: EntityId[] = [];
  for (const each of listed) {
    const spread = ts.isSpreadElement(each);
    const elements = elementsOf(spread ? each.expression : each, code);
    if (elements === undefined) {
      if (spread) return undefined;
      found.push(entityIdOf(each, code));
      continue;
    }
    const pair = spread ? undefined : pairOf(elements, code);
    if (pair !== undefined) {
      found.push(pair);
      continue;
    }
    const inner = depth === 0 ? undefined : lockedBy(elements, code, depth - 1);
    if (inner === undefined) return undefined;
    found.push(...inner);
  }
  return found;
}

/** Returns the `yield` or `await` that waits for a request. */
function waitOf(call: TS.CallExpression): TS.YieldExpression | TS.AwaitExpression | undefined {
  const { parent } = wrapped(call);
  return ts.isYieldExpression(parent) || ts.isAwaitExpression(parent) ? parent : undefined;
}

/** Returns the name that keeps the handle: declared with it, or assigned. */
function keeperOf(value: TS.Node): TS.Identifier | undefined {
  const { parent } = value;
  if (ts.isVariableDeclaration(parent)) return ts.isIdentifier(parent.name) ? parent.name : undefined;
  if (!ts.isBinaryExpression(parent) || parent.operatorToken.kind !== ts.SyntaxKind.EqualsToken) return undefined;
  const target = unwrap(parent.left);
  return parent.right === value && ts.isIdentifier(target) ? target : undefined;
}

/** Returns the block at whose end a declaration's value is disposed of. */
function blockOfUsing(name: TS.Identifier): TS.Node | undefined {
  const list = name.parent.parent;
  if (!ts.isVariableDeclarationList(list)) return undefined;
  const kind = list.flags & ts.NodeFlags.BlockScoped;
  return kind === ts.NodeFlags.Using || kind === ts.NodeFlags.AwaitUsing ? list.parent.parent : undefined;
}

/** Says whether a use of the handle's name may release the lock, or hand it on to code that does. */
export function mayRelease(use: TS.Identifier): boolean {
  const { parent } = use;
  if (ts.isVariableDeclaration(parent) && parent.name === use) return false;
  if (ts.isBinaryExpression(parent) && parent.left === use) {
    return parent.operatorToken.kind !== ts.SyntaxKind.EqualsToken;
  }
  return !TELLING.has(memberOf(parent)?.name ?? "");
}

function isEverReleased(keeper: TS.Identifier, code: Code): boolean {
  const symbol = code.names.symbolAt(keeper);
  const owner = enclosingFunction(keeper);
  const declaration = symbol?.valueDeclaration;
  // A variable of an outer scope may be released by any code that sees it.
  if (declaration === undefined || owner === undefined || enclosingFunction(declaration) !== owner) return true;
  for (const node of descendants(owner)) {
    if (!ts.isIdentifier(node) || node.text !== keeper.text || !mayRelease(node)) continue;
    if (code.names.symbolAt(node) === symbol) return true;
  }
  return false;
}

/** Returns the lock that code holds after a request, if its code shows when; undefined for one that is handed on. */
export function lockOf(request: DurableCall, code: Code): Lock | undefined {
  const call = request.node;
  const wait = waitOf(call);
  if (wait === undefined) return undefined;
  const entities = lockedBy(call.arguments, code);
  const value = wrapped(wait);
  if (ts.isExpressionStatement(value.parent)) {
    // Durable Functions documents this form: its host releases the lock when the orchestration is over.
    const isReleased = request.method === "lock";
    return { call, entities, handle: undefined, usedIn: undefined, isReleased };
  }
  const keeper = keeperOf(value);
  const handle = keeper === undefined ? undefined : code.names.symbolAt(keeper);
  if (keeper === undefined || handle === undefined) return undefined;
  const usedIn = blockOfUsing(keeper);
  return { call, entities, handle, usedIn, isReleased: usedIn !== undefined || isEverReleased(keeper, code) };
}

/** Says whether code mentions the handle of a lock in a way that may release it. */
export function mayReleaseIn(root: TS.Node, lock: Lock, code: Code): boolean {
  const { handle } = lock;
  if (handle === undefined) return false;
  for (const node of descendants(root)) {
    if (!ts.isIdentifier(node) || node.text !== handle.name || !mayRelease(node)) continue;
    if (code.names.symbolAt(node) === handle) return true;
  }
  return false;
}
