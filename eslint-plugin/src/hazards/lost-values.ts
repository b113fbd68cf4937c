/**
 * Finds values that JSON drops, empties or refuses, by how they are written.
 *
 * Invariant: what is found provably is such a value whenever the code around it runs; works without types. Used by the
 * detector of payloads, beside `lost-types.ts`.
 */
import type TS from "typescript";

import { isDurableTask } from "../semantic/durable.ts";
import type { Code } from "../semantic/effects.ts";
import { isAsync, isFunction, isGenerator, staticName, unwrap } from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";

/** A value that does not arrive as it was sent. */
export interface Lost {
  /** What it is, as the subject of a sentence. */
  readonly what: string;
  /** What becomes of it, or "unawaited" for a task or promise that is sent in the place of its result. */
  readonly becomes: "left out" | "emptied" | "refused" | "stripped" | "unawaited";
}

/** A generator that is sent, and that nobody runs. */
export const GENERATOR: Lost = { what: "A generator", becomes: "emptied" };

/** The same, and the expression that gives it. */
export interface LostValue extends Lost {
  readonly node: TS.Node;
}

/** How deep objects in objects are looked into. */
export const MAX_DEPTH = 4;

/** Classes of the language whose content JSON does not see. */
export const EMPTIED: ReadonlyMap<string, string> = new Map([
  ["Map", "A Map"],
  ["Set", "A Set"],
  ["WeakMap", "A WeakMap"],
  ["WeakSet", "A WeakSet"],
  ["RegExp", "A RegExp"],
  ["Error", "An Error"],
  ["AggregateError", "An Error"],
  ["EvalError", "An Error"],
  ["RangeError", "An Error"],
  ["ReferenceError", "An Error"],
  ["SyntaxError", "An Error"],
  ["TypeError", "An Error"],
  ["URIError", "An Error"],
]);

/** Returns the first lost value in what an expression gives. */
export function lostValueIn(expression: TS.Node, code: Code, depth = MAX_DEPTH): LostValue | undefined {
  const node = unwrap(expression);
  const lost = lostAs(node, code);
  if (lost !== undefined) return { ...lost, node: expression };
  if (depth === 0) return undefined;
  if (ts.isObjectLiteralExpression(node)) return inObject(node, code, depth);
  const parts = partsOf(node);
  for (const part of parts) {
    const found = lostValueIn(part, code, depth - 1);
    if (found !== undefined) return found;
  }
  if (!ts.isIdentifier(node)) return undefined;
  const definition = code.names.definitionOf(node);
  if (definition?.kind !== "node" || definition.path.length > 0 || definition.node === node) return undefined;
  const found = lostValueIn(definition.node, code, depth - 1);
  return found === undefined ? undefined : { ...found, node: expression };
}

/** The expressions whose values an expression gives, or holds as elements. */
function partsOf(node: TS.Node): readonly TS.Node[] {
  if (ts.isArrayLiteralExpression(node)) return node.elements.filter((element) => !ts.isSpreadElement(element));
  if (ts.isConditionalExpression(node)) return [node.whenTrue, node.whenFalse];
  if (!ts.isBinaryExpression(node)) return [];
  const { kind } = node.operatorToken;
  const either = kind === ts.SyntaxKind.BarBarToken || kind === ts.SyntaxKind.QuestionQuestionToken;
  return either ? [node.left, node.right] : kind === ts.SyntaxKind.AmpersandAmpersandToken ? [node.right] : [];
}

function inObject(node: TS.ObjectLiteralExpression, code: Code, depth: number): LostValue | undefined {
  const names = node.properties.map(({ name }) => (name === undefined ? undefined : staticName(name)));
  if (names.includes("toJSON")) return undefined;
  for (const property of node.properties) {
    if (ts.isMethodDeclaration(property)) return { what: "A function", becomes: "left out", node: property.name };
    const value = ts.isPropertyAssignment(property)
      ? property.initializer
      : ts.isShorthandPropertyAssignment(property)
        ? property.name
        : undefined;
    const found = value === undefined ? undefined : lostValueIn(value, code, depth - 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

function lostAs(node: TS.Node, code: Code): Lost | undefined {
  if (isFunction(node) || ts.isClassLike(node)) return { what: "A function", becomes: "left out" };
  if (ts.isBigIntLiteral(node)) return { what: "A bigint", becomes: "refused" };
  if (ts.isRegularExpressionLiteral(node)) return { what: "A RegExp", becomes: "emptied" };
  if (isDurableTask(node, code.names)) return ts.isIdentifier(node) || ts.isCallExpression(node) ? TASK : undefined;
  if (ts.isNewExpression(node)) return lostInstance(node, code);
  return ts.isCallExpression(node) ? lostResult(node, code) : undefined;
}

const TASK: Lost = { what: "a task", becomes: "unawaited" };
const PROMISE: Lost = { what: "a promise", becomes: "unawaited" };

function globalName(expression: TS.Node, code: Code): string | undefined {
  const origin = code.names.originOf(expression);
  return origin?.module === "" ? origin.path.join(".") : undefined;
}

function lostInstance(node: TS.NewExpression, code: Code): Lost | undefined {
  const name = globalName(node.expression, code);
  if (name === "Promise") return PROMISE;
  const emptied = EMPTIED.get(name ?? "");
  if (emptied !== undefined) return { what: emptied, becomes: "emptied" };
  const made = code.callees.classOf(node.expression);
  return made === undefined ? undefined : lostClass(made, code);
}

/** A class of the program whose instances do more than hold data. */
export function lostClass(made: TS.ClassLikeDeclaration, code: Code): Lost | undefined {
  const classes = [made];
  const what = `A ${made.name?.text ?? "class's instance"}`;
  for (const each of classes) {
    if (each.members.some(({ name }) => name !== undefined && staticName(name) === "toJSON")) return undefined;
    const base = baseOf(each);
    if (base === undefined) break;
    if (EMPTIED.has(globalName(base, code) ?? "")) return { what, becomes: "emptied" };
    const outer = code.callees.classOf(base);
    // A class from elsewhere may say how it becomes JSON; one that extends itself is no class at all.
    if (outer === undefined || classes.includes(outer)) return undefined;
    classes.push(outer);
  }
  return classes.some(({ members }) => members.some(isBehaviour)) ? { what, becomes: "stripped" } : undefined;
}

function baseOf(made: TS.ClassLikeDeclaration): TS.Expression | undefined {
  return made.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)?.types[0]?.expression;
}

function isBehaviour(member: TS.ClassElement): boolean {
  if (!ts.isMethodDeclaration(member) && !ts.isAccessor(member)) return false;
  return (ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Static) === 0;
}

function lostResult(node: TS.CallExpression, code: Code): Lost | undefined {
  const name = globalName(node.expression, code);
  if (name === "Symbol" || name === "Symbol.for") return { what: "A symbol", becomes: "left out" };
  if (name === "BigInt") return { what: "A bigint", becomes: "refused" };
  if (name === "RegExp") return { what: "A RegExp", becomes: "emptied" };
  if (EMPTIED.get(name ?? "") === "An Error") return { what: "An Error", becomes: "emptied" };
  if (/^Promise\.(?:all|allSettled|any|race|resolve|reject|try)$/u.test(name ?? "")) return PROMISE;
  const callees = code.callees.of(node.expression);
  const functions = callees.flatMap((each) => (each.kind === "function" ? [each.node] : []));
  if (functions.length === 0 || functions.length !== callees.length) return undefined;
  if (functions.every(isGenerator)) return GENERATOR;
  return functions.every((each) => isAsync(each) && !isGenerator(each)) ? PROMISE : undefined;
}
