/**
 * Tells which code of a function runs only when a caller leaves something out: defaults, and what stands behind `??`.
 *
 * Invariant: a condition names one parameter, or one member of it, that keeps the code from running when a caller gives it.
 * Where nobody sees what a caller gives, a default is thought not to be taken, and what a body asks for itself to be missing. Used by `summary.ts`, which finds the conditions, and `reach.ts`, which asks them.
 */
import type TS from "typescript";

import { isContext } from "./durable.ts";
import type { ParameterCall } from "./effects.ts";
import type { Names } from "./names.ts";
import { isFunction, memberOf, parametersOf, staticName, unwrap, type FunctionNode } from "./syntax.ts";
import { ts } from "./typescript.ts";

/** What keeps code from running when a caller gives it. */
export interface Unless {
  readonly index: number;
  /** The member of the argument that is asked for; none for the argument itself. */
  readonly member?: string;
  /** True for a default: it is not taken either where nobody knows whether the caller gives a value. */
  readonly isDefault?: boolean;
  /** True where the code also runs for what is false, such as 0: behind `||`, or a mere condition. */
  readonly isTruth?: boolean;
}

/** Names a condition, for tables. */
export function keyOf({ index, member, isDefault, isTruth }: Unless): string {
  return `${String(index)}.${member ?? ""}${isDefault === true ? "?" : ""}${isTruth === true ? "!" : ""}`;
}

function isUndefined(argument: TS.Node): boolean {
  const node = unwrap(argument);
  return ts.isIdentifier(node) && node.text === "undefined";
}

/** Returns what the constant is, that an expression names. */
function constantBehind(expression: TS.Node, names: Names): TS.Node {
  const node = unwrap(expression);
  const definition = ts.isIdentifier(node) ? names.definitionOf(node) : undefined;
  return definition?.kind === "node" && definition.path.length === 0 ? unwrap(definition.node) : node;
}

/** Returns the member of an object that is written out; "unknown" where it may have it, undefined where it has not. */
function memberIn(argument: TS.Node, name: string, names: Names): TS.Node | "unknown" | undefined {
  const node = constantBehind(argument, names);
  if (!ts.isObjectLiteralExpression(node)) return "unknown";
  let found: TS.Node | "unknown" | undefined;
  for (const property of node.properties) {
    const own = property.name === undefined ? undefined : staticName(property.name);
    if (own === undefined) found = "unknown";
    else if (own === name) found = ts.isPropertyAssignment(property) ? property.initializer : property.name;
  }
  return found;
}

/** Kinds of expressions that give an object or the truth in any case. */
function isObject(node: TS.Node): boolean {
  return (
    ts.isObjectLiteralExpression(node) ||
    ts.isArrayLiteralExpression(node) ||
    ts.isNewExpression(node) ||
    node.kind === ts.SyntaxKind.TrueKeyword ||
    isFunction(node) ||
    ts.isClassLike(node)
  );
}

/** Kinds of expressions that give a text, a number or a truth. */
function isPlain(node: TS.Node): boolean {
  return (
    ts.isLiteralExpression(node) ||
    ts.isTemplateExpression(node) ||
    ts.isPrefixUnaryExpression(node) ||
    node.kind === ts.SyntaxKind.FalseKeyword
  );
}

/** Says whether an expression surely is neither undefined nor null, or surely is true. */
function isGiven(expression: TS.Node, isTruth: boolean, names: Names): boolean {
  const node = constantBehind(expression, names);
  if (isObject(node)) return true;
  if (isPlain(node)) return !isTruth || (ts.isLiteralExpression(node) && !/^[0n.]*$/u.test(node.text));
  const member = memberOf(ts.isCallExpression(node) ? unwrap(node.expression) : node);
  if (member !== undefined && isContext(member.object, names)) {
    return member.name === "currentUtcDateTime" || member.name === "instanceId" || member.name === "newGuid";
  }
  // What a given date makes of itself: `ctx.currentUtcDateTime.toISOString()`.
  const isForm = ts.isCallExpression(node) && member !== undefined && /^(?:to|get)[A-Z]/u.test(member.name);
  if (isForm && isGiven(member.object, true, names)) return true;
  const { Any, Unknown, Never, Undefined, Null, Void, Instantiable } = ts.TypeFlags;
  const type = names.checker.getTypeAtLocation(expression);
  const doubtful = Any | Unknown | Never | Undefined | Null | Void | Instantiable;
  return (type.isUnion() ? type.types : [type]).every(({ flags }) =>
    isTruth ? (flags & ts.TypeFlags.Object) !== 0 : (flags & doubtful) === 0,
  );
}

/** Says whether code under a condition runs in a call with these arguments; undefined where they are not seen. */
export function runsWith(unless: Unless, call: readonly TS.Expression[] | undefined, names: Names): boolean {
  const { index, member, isDefault = false, isTruth = false } = unless;
  if (call === undefined) return !isDefault;
  const argument = call[index];
  if (argument === undefined || isUndefined(argument)) return true;
  const given = member === undefined ? argument : memberIn(argument, member, names);
  if (given === undefined) return true;
  if (given === "unknown") return !isDefault;
  return isDefault ? isUndefined(given) : !isGiven(given, isTruth, names);
}

/** What a parameter, or a member of it, is in one call, and the members that lead on from there. */
export interface Argument {
  readonly value: TS.Expression;
  readonly path: readonly string[];
}

/** Returns what a call gives for a parameter: an argument, those that a rest parameter gathers, or the default. */
export function argumentsFor(
  { owner, index, path }: Pick<ParameterCall, "owner" | "index" | "path">,
  call: readonly TS.Expression[],
): readonly Argument[] {
  const parameter = parametersOf(owner)[index];
  const [first, ...rest] = path;
  if (parameter?.dotDotDotToken !== undefined) {
    const gathered = first === "*" ? call.slice(index) : call.slice(index + Number(first), index + Number(first) + 1);
    return gathered.map((value) => ({ value, path: rest }));
  }
  const argument = call[index];
  const isMissing = argument === undefined || isUndefined(argument);
  if (!isMissing && (first === undefined || !lacks(argument, first))) return [{ value: argument, path }];
  if (parameter?.initializer !== undefined && (first === undefined || !lacks(parameter.initializer, first))) {
    return isMissing ? [{ value: parameter.initializer, path }] : [];
  }
  const named =
    parameter === undefined ? undefined : defaultsIn(parameter, index).find((each) => each.unless.member === first);
  return named === undefined ? [] : [{ value: named.value, path: rest }];
}

/** Writes what decides which defaults a call takes. */
export function shapeOf(call: readonly TS.Expression[] | undefined): string {
  const shapes = (call ?? []).map((argument) => {
    const node = unwrap(argument);
    if (!ts.isObjectLiteralExpression(node)) return isUndefined(node) ? "-" : "x";
    return `{${node.properties.map(({ name }) => (name === undefined ? "*" : staticName(name))).join()}}`;
  });
  return shapes.join();
}

/** Says whether an object that is written out has no such member. */
function lacks(expression: TS.Expression, member: string): boolean {
  const node = unwrap(expression);
  return ts.isObjectLiteralExpression(node) && !holds(node, member);
}

function holds({ properties }: TS.ObjectLiteralExpression, member: string): boolean {
  return properties.some(({ name }) => name === undefined || staticName(name) === member);
}

/** Returns the defaults that the pattern of a parameter holds, and what keeps them from being taken. */
export function defaultsIn(
  parameter: TS.ParameterDeclaration,
  index: number,
): readonly { readonly value: TS.Expression; readonly unless: Unless }[] {
  if (!ts.isObjectBindingPattern(parameter.name)) return [];
  const whole = parameter.initializer === undefined ? undefined : unwrap(parameter.initializer);
  return parameter.name.elements.flatMap(({ initializer, propertyName, name }) => {
    const member = staticName(propertyName ?? name);
    if (initializer === undefined || member === undefined) return [];
    // Where no argument is given and the default of the whole holds the member, it is not taken either.
    if (whole !== undefined && (!ts.isObjectLiteralExpression(whole) || holds(whole, member))) return [];
    return [{ value: initializer, unless: { index, member, isDefault: true } }];
  });
}

/** Returns the parameter of `owner`, or the member of one, that an expression reads. */
function asked(expression: TS.Node, owner: FunctionNode, names: Names): Unless | undefined {
  const node = unwrap(expression);
  if (ts.isIdentifier(node)) {
    const declaration = names.symbolAt(node)?.valueDeclaration;
    const index = declaration === undefined ? -1 : parametersOf(owner).findIndex((each) => each === declaration);
    if (index >= 0) return { index };
    return declaration !== undefined && ts.isBindingElement(declaration) ? bound(declaration, owner) : undefined;
  }
  const member = ts.isPropertyAccessExpression(node) ? memberOf(node) : undefined;
  const whole = member === undefined ? undefined : asked(member.object, owner, names);
  return member === undefined || whole === undefined || whole.member !== undefined
    ? undefined
    : { ...whole, member: member.name };
}

/** The member of a parameter that a name of its pattern stands for. */
function bound(element: TS.BindingElement, owner: FunctionNode): Unless | undefined {
  const index = parametersOf(owner).findIndex(({ name }) => name === element.parent);
  const member = element.dotDotDotToken === undefined ? staticName(element.propertyName ?? element.name) : undefined;
  return index < 0 || member === undefined ? undefined : { index, member };
}

const truth = (found: Unless | undefined): Unless | undefined =>
  found === undefined ? undefined : { ...found, isTruth: true };

/** Says what a condition, when it holds, says to be missing. */
function missingIn(condition: TS.Node, owner: FunctionNode, names: Names, holds: boolean): Unless | undefined {
  const node = unwrap(condition);
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
    return missingIn(node.operand, owner, names, !holds);
  }
  if (!ts.isBinaryExpression(node)) return holds ? undefined : truth(asked(node, owner, names));
  const { kind } = node.operatorToken;
  const isEqual = kind === ts.SyntaxKind.EqualsEqualsEqualsToken || kind === ts.SyntaxKind.EqualsEqualsToken;
  const isUnequal =
    kind === ts.SyntaxKind.ExclamationEqualsEqualsToken || kind === ts.SyntaxKind.ExclamationEqualsToken;
  if (!(holds ? isEqual : isUnequal)) return undefined;
  const isEmpty = isUndefined(node.right) || unwrap(node.right).kind === ts.SyntaxKind.NullKeyword;
  return isEmpty ? asked(node.left, owner, names) : undefined;
}

function missingBetween(outer: TS.Node, inner: TS.Node, owner: FunctionNode, names: Names): Unless | undefined {
  if (ts.isBinaryExpression(outer) && inner === outer.right) {
    switch (outer.operatorToken.kind) {
      case ts.SyntaxKind.QuestionQuestionToken:
      case ts.SyntaxKind.QuestionQuestionEqualsToken:
        return asked(outer.left, owner, names);
      case ts.SyntaxKind.BarBarToken:
      case ts.SyntaxKind.BarBarEqualsToken:
        return truth(asked(outer.left, owner, names));
      default:
        return undefined;
    }
  }
  if (ts.isConditionalExpression(outer) && inner !== outer.condition) {
    return missingIn(outer.condition, owner, names, inner === outer.whenTrue);
  }
  return ts.isIfStatement(outer) && inner !== outer.expression
    ? missingIn(outer.expression, owner, names, inner === outer.thenStatement)
    : undefined;
}

/** Returns what a caller of `unit` can give that keeps a node of its body from running. */
export function unlessAt(node: TS.Node, unit: TS.Node, names: Names): Unless | undefined {
  if (!isFunction(unit) || unit.parameters.length === 0) return undefined;
  for (let inner = node; inner !== unit && inner.parent !== undefined; inner = inner.parent) {
    const found = missingBetween(inner.parent, inner, unit, names);
    if (found !== undefined) return found;
  }
  return undefined;
}
