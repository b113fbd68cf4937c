/**
 * Finds types without asking what is expected in the place of an expression.
 *
 * Invariant: an answer is the declared type, which a test may have narrowed; none where only the compiler can tell.
 * The parameter of a callback has its type from the call that it is handed to, and inside an orchestrator the compiler
 * finds that by working out the types of the whole orchestrator first. Most callbacks belong to arrays, whose elements are
 * known for less. Used where types are asked for often.
 */
import type TS from "typescript";

import { isFunction, isStatic, memberOf, parametersOf, staticName, unwrap } from "./syntax.ts";
import { ts } from "./typescript.ts";

/** Methods of arrays that call a function with an element as the first argument. */
const WITH_ELEMENT: ReadonlySet<string> = new Set(
  "every filter find findIndex findLast findLastIndex flatMap forEach map some".split(" "),
);

const MAX_DEPTH = 10;

/** Returns the array whose elements a parameter without an annotation is given, one at a time. */
function arrayOf(parameter: TS.ParameterDeclaration): TS.Expression | undefined {
  const owner = parameter.parent;
  if (!isFunction(owner) || parameter.type !== undefined || parametersOf(owner)[0] !== parameter) return undefined;
  const call = owner.parent;
  if (!ts.isCallExpression(call) || call.arguments[0] !== owner) return undefined;
  const method = memberOf(unwrap(call.expression));
  return method !== undefined && WITH_ELEMENT.has(method.name) ? method.object : undefined;
}

/** Methods of arrays that give an array. */
const GIVING_ARRAY: ReadonlySet<string> = new Set("concat filter flat flatMap map slice".split(" "));

/** Returns the initialiser that gives a variable its type. */
function bareValueOf(declaration: TS.Declaration | undefined): TS.Expression | undefined {
  if (declaration === undefined || !ts.isVariableDeclaration(declaration)) return undefined;
  const isBare = declaration.type === undefined && ts.getJSDocType(declaration) === undefined;
  return isBare ? declaration.initializer : undefined;
}

/** Says whether an expression is an array, whatever its elements are; where it says no, the compiler may know better. */
export function isPlainArray(expression: TS.Node, checker: TS.TypeChecker, depth = MAX_DEPTH): boolean {
  const node = unwrap(expression);
  if (depth === 0) return false;
  if (ts.isArrayLiteralExpression(node)) return true;
  if (ts.isIdentifier(node)) {
    const value = bareValueOf(checker.getSymbolAtLocation(node)?.valueDeclaration);
    return value !== undefined && isPlainArray(value, checker, depth - 1);
  }
  const method = ts.isCallExpression(node) ? memberOf(unwrap(node.expression)) : undefined;
  if (method === undefined || !GIVING_ARRAY.has(method.name)) return false;
  if (isPlainArray(method.object, checker, depth - 1)) return true;
  const type = plainType(method.object, checker, depth - 1);
  return type !== undefined && (checker.isArrayType(type) || checker.isTupleType(type));
}

/** Says whether the name is a parameter that has its type from where its function is handed to. */
function isExpected(declaration: TS.Declaration | undefined): declaration is TS.ParameterDeclaration {
  if (declaration === undefined || !ts.isParameter(declaration)) return false;
  const { type, initializer, parent } = declaration;
  return (
    type === undefined && initializer === undefined && (ts.isArrowFunction(parent) || ts.isFunctionExpression(parent))
  );
}

function ofName(node: TS.Identifier, checker: TS.TypeChecker, depth: number): TS.Type | undefined {
  const isShort = ts.isShorthandPropertyAssignment(node.parent);
  const symbol = isShort ? checker.getShorthandAssignmentValueSymbol(node.parent) : checker.getSymbolAtLocation(node);
  const declaration = symbol?.valueDeclaration;
  if (symbol === undefined || declaration === undefined) return undefined;
  if (isExpected(declaration)) {
    return ts.isIdentifier(declaration.name) ? ofElement(arrayOf(declaration), checker, depth) : undefined;
  }
  const iterated = iteratedBy(declaration);
  const element = iterated === undefined ? undefined : ofElement(iterated, checker, depth);
  return element ?? (ts.isImportSpecifier(declaration) ? undefined : checker.getTypeOfSymbol(symbol));
}

/** Returns what a loop runs over whose variable is declared here. */
function iteratedBy(declaration: TS.Declaration): TS.Expression | undefined {
  const list = declaration.parent;
  const isOfList = ts.isVariableDeclaration(declaration) && ts.isVariableDeclarationList(list);
  return isOfList && ts.isForOfStatement(list.parent) ? list.parent.expression : undefined;
}

/** Returns the type of an array's elements. */
function ofElement(array: TS.Expression | undefined, checker: TS.TypeChecker, depth: number): TS.Type | undefined {
  const type = array === undefined ? undefined : plainType(array, checker, depth - 1);
  return type !== undefined && checker.isArrayLikeType(type)
    ? checker.getIndexTypeOfType(type, ts.IndexKind.Number)
    : undefined;
}

/** Returns the type of an expression where names, members and calls alone lead to it. */
export function plainType(expression: TS.Node, checker: TS.TypeChecker, depth = MAX_DEPTH): TS.Type | undefined {
  if (depth === 0) return undefined;
  const node = unwrap(expression);
  if (ts.isIdentifier(node)) return ofName(node, checker, depth);
  if (ts.isPropertyAccessExpression(node)) {
    const property = plainMember(node, checker, depth);
    return property === undefined ? undefined : checker.getTypeOfSymbol(property);
  }
  return ts.isCallExpression(node) ? ofResult(node, checker, depth) : undefined;
}

/** What a function gives that has one signature, without type parameters to work out. */
function ofResult(node: TS.CallExpression, checker: TS.TypeChecker, depth: number): TS.Type | undefined {
  const [only, ...others] = plainType(node.expression, checker, depth - 1)?.getCallSignatures() ?? [];
  const isPlain = only !== undefined && others.length === 0 && only.getTypeParameters() === undefined;
  return isPlain ? only.getReturnType() : undefined;
}

/** Returns the member of a class that `this` belongs to, unless it is that of a static one or has a type of its own. */
function ownerOfThis(node: TS.Node): TS.ClassElement | undefined {
  let outer = node.parent;
  while (
    outer !== undefined &&
    (ts.isArrowFunction(outer) || !(ts.isFunctionLike(outer) || ts.isClassElement(outer)))
  ) {
    if (ts.isComputedPropertyName(outer)) return undefined;
    outer = outer.parent;
  }
  if (outer === undefined || !ts.isClassElement(outer) || ts.isClassStaticBlockDeclaration(outer)) return undefined;
  const [first] = isFunction(outer) ? outer.parameters : [];
  const isTyped = first !== undefined && ts.isIdentifier(first.name) && first.name.text === "this";
  return isTyped || isStatic(outer) ? undefined : outer;
}

/** Returns the symbol of a member that the class around `this` declares itself, once. */
function memberOfThis(node: TS.PropertyAccessExpression, checker: TS.TypeChecker): TS.Symbol | undefined {
  const holder = ownerOfThis(node.expression)?.parent;
  if (holder === undefined || !ts.isClassLike(holder)) return undefined;
  const [only, ...others] = holder.members.filter(
    ({ name }) => name !== undefined && staticName(name) === node.name.text,
  );
  const isOwn = only?.name !== undefined && others.length === 0 && !isStatic(only);
  return isOwn ? checker.getSymbolAtLocation(only.name) : undefined;
}

/** Returns the symbol of a member that is read, by the plain type of its object. */
export function plainMember(
  node: TS.PropertyAccessExpression,
  checker: TS.TypeChecker,
  depth = MAX_DEPTH,
): TS.Symbol | undefined {
  if (node.expression.kind === ts.SyntaxKind.ThisKeyword) return memberOfThis(node, checker);
  const type = plainType(node.expression, checker, depth - 1);
  return type === undefined || type.isUnion() ? undefined : checker.getPropertyOfType(type, node.name.text);
}
