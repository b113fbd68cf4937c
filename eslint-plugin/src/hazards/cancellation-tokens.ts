/**
 * Detects orchestrators that expect to be told when to stop: by a parameter, or by a member of their context.
 *
 * Invariant: a parameter counts by the type it is written with, which is the language's own or a package's; a member
 * only when no declaration of the program has it.
 */
import type TS from "typescript";

import type { Detector, UnitView } from "../semantic/effects.ts";
import { isOwnFile, type Names } from "../semantic/names.ts";
import { isFunction, memberOf, parametersOf, staticName, unwrap, type FunctionNode } from "../semantic/syntax.ts";
import { annotationOf } from "../semantic/type-names.ts";
import { ts } from "../semantic/typescript.ts";

const RULE = "no-cancellation-token";

/** Types of what tells code to stop: the language's own, and those of packages that came before them. */
const TOKENS: ReadonlySet<string> = new Set([
  "AbortSignal",
  "AbortController",
  "AbortSignalLike",
  "CancellationToken",
  "CancellationTokenSource",
]);

/** Members under which activities and requests have one. */
const MEMBERS: ReadonlySet<string> = new Set(["signal", "abortSignal", "cancellationToken"]);

/** Returns the name of the token's type that an annotation names, alone or as one of several. */
function tokenIn(type: TS.TypeNode | undefined, names: Names): string | undefined {
  if (type === undefined) return undefined;
  if (ts.isUnionTypeNode(type) || ts.isIntersectionTypeNode(type)) {
    return type.types.map((each) => tokenIn(each, names)).find((each) => each !== undefined);
  }
  if (ts.isParenthesizedTypeNode(type)) return tokenIn(type.type, names);
  if (!ts.isTypeReferenceNode(type)) return undefined;
  const name = ts.isIdentifier(type.typeName) ? type.typeName : type.typeName.right;
  if (!TOKENS.has(name.text)) return undefined;
  const symbol = names.checker.getSymbolAtLocation(name);
  const isAlias = symbol !== undefined && (symbol.flags & ts.SymbolFlags.Alias) !== 0;
  const target = isAlias ? names.checker.getAliasedSymbol(symbol) : symbol;
  // A type that the program declares under such a name is whatever the program makes of it.
  const isOwn = target?.declarations?.some((each) => isOwnFile(each.getSourceFile())) === true;
  return isOwn ? undefined : name.text;
}

function visitParameters(unit: FunctionNode, view: UnitView): void {
  for (const [index, parameter] of parametersOf(unit).entries()) {
    const type = tokenIn(annotationOf(parameter), view.code.names);
    if (type !== undefined) {
      const api = parameter.name.getText();
      view.add({ rule: RULE, messageId: "parameter", data: { type }, node: parameter, api, staysHere: true });
    }
    if (index > 0 || !ts.isObjectBindingPattern(parameter.name)) continue;
    for (const element of parameter.name.elements) {
      const name = staticName(element.propertyName ?? element.name);
      if (name !== undefined && MEMBERS.has(name) && !isDeclared(element, name, view)) addMember(element, name, view);
    }
  }
}

function addMember(node: TS.Node, name: string, view: UnitView): void {
  view.add({ rule: RULE, messageId: "member", data: { name }, node, api: name, staysHere: true });
}

/** Says whether the type of what is taken apart has the member. */
function isDeclared(element: TS.BindingElement, name: string, { code }: UnitView): boolean {
  const property = code.names.checker.getTypeAtLocation(element.parent.parent).getProperty(name);
  // Without a type of its own, a pattern is given one that has what the pattern names.
  return property?.declarations?.some((each) => !ts.isBindingElement(each)) === true;
}

/** A member of an orchestrator's own context, or of its durable half. */
function visitMember(node: TS.Node, view: UnitView): void {
  const member = memberOf(node);
  if (member === undefined || !MEMBERS.has(member.name)) return;
  const { names, project } = view.code;
  const inner = unwrap(member.object);
  const half = memberOf(inner);
  const context = half?.name === "df" ? unwrap(half.object) : inner;
  const definition = ts.isIdentifier(context) ? names.definitionOf(context) : undefined;
  if (definition?.kind !== "parameter" || definition.path.length > 0) return;
  const owner = definition.parameter.parent;
  if (!isFunction(owner) || !project.roots.has(owner) || parametersOf(owner)[0] !== definition.parameter) return;
  if (names.checker.getSymbolAtLocation(member.nameNode) === undefined) addMember(node, member.name, view);
}

/** Detects what would tell an orchestrator to stop. */
export const cancellationTokens: Detector = {
  kinds: ["Unit", "PropertyAccessExpression", "ElementAccessExpression"],
  visit(node, view) {
    if (node !== view.unit) visitMember(node, view);
    else if (isFunction(node) && view.code.project.roots.has(node)) visitParameters(node, view);
  },
};
