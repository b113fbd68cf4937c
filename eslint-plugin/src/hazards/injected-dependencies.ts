/**
 * Detects uses of what an orchestrator was given beside its context and input: members that its class got when it was
 * made, and functions that its maker was called with.
 *
 * Invariant: the class or the maker holds an orchestrator, and the member or parameter provably comes from outside of
 * it. The methods of texts, lists and other values of the language are no dependencies.
 */
import type TS from "typescript";

import { ARRAY_CALLERS } from "../semantic/callees.ts";
import { durableCallOf, isContext } from "../semantic/durable.ts";
import type { Code, Detector, UnitView } from "../semantic/effects.ts";
import { descendants, isFunction, memberOf, unwrap, wrapped } from "../semantic/syntax.ts";
import { annotationOf, originOfTypeOf } from "../semantic/type-names.ts";
import { ts } from "../semantic/typescript.ts";

const RULE = "no-injected-dependency";

/** Methods that values of the language have, for code whose types are not known. */
const METHODS_OF_VALUES =
  /^(?:at|charAt|charCodeAt|codePointAt|concat|endsWith|entries|every|filter|find\w*|flat|flatMap|forEach|get|getTime|has|hasOwnProperty|includes|indexOf|join|keys|lastIndexOf|map|match\w*|normalize|padEnd|padStart|reduce\w*|repeat|replace\w*|reverse|search|slice|some|sort|split|startsWith|substr\w*|to[A-Z]\w*|trim\w*|valueOf|values|with)$/u;

/** Decorators by which frameworks give members their values. */
const INJECTORS = /^(?:Inject\w*|inject\w*|Autowired|LazyInject|lazyInject)$/u;

/** Says whether an expression takes its value from a parameter of the constructor around it. */
function isOfConstructor(value: TS.Node, { names }: Code): boolean {
  for (const node of descendants(value, (each) => !isFunction(each))) {
    const definition = ts.isIdentifier(node) ? names.definitionOf(node) : undefined;
    if (definition?.kind === "parameter" && ts.isConstructorDeclaration(definition.parameter.parent)) return true;
  }
  return false;
}

/** Says whether the constructor of a class gives the member a value that it was given itself. */
function isAssigned(name: string, holder: TS.ClassLikeDeclaration, code: Code): boolean {
  const maker = holder.members.find((each) => ts.isConstructorDeclaration(each) && each.body !== undefined);
  if (maker === undefined) return false;
  for (const node of descendants(maker, (each) => each === maker || !isFunction(each))) {
    if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.EqualsToken) continue;
    const target = memberOf(unwrap(node.left));
    const isOwn = target?.name === name && unwrap(target.object).kind === ts.SyntaxKind.ThisKeyword;
    if (isOwn && isOfConstructor(node.right, code)) return true;
  }
  return false;
}

function isDecorated(declaration: TS.Declaration): boolean {
  if (!ts.canHaveDecorators(declaration)) return false;
  return (ts.getDecorators(declaration) ?? []).some(({ expression }) => {
    const name = ts.isCallExpression(expression) ? expression.expression : expression;
    return INJECTORS.test(name.getText());
  });
}

/** Says whether a member of a class has its value from whoever made the instance. */
function isInjected(declaration: TS.Declaration, name: string, code: Code): boolean {
  if (ts.isParameter(declaration)) return ts.isConstructorDeclaration(declaration.parent);
  if (ts.isMethodDeclaration(declaration) || ts.isAccessor(declaration)) return false;
  const holder = ts.findAncestor(declaration, ts.isClassLike);
  return holder !== undefined && (isDecorated(declaration) || isAssigned(name, holder, code));
}

function isWritten(node: TS.Node): boolean {
  const { parent } = wrapped(node);
  return (
    ts.isBinaryExpression(parent) &&
    parent.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
    unwrap(parent.left) === node
  );
}

function visitMember(node: TS.Node, view: UnitView): void {
  const { code } = view;
  const member = memberOf(node);
  if (member === undefined || unwrap(member.object).kind !== ts.SyntaxKind.ThisKeyword) return;
  const around = ts.findAncestor(node, ts.isClassLike);
  if (around === undefined || isWritten(node) || isContext(node, code.names)) return;
  const declarations = code.names.checker.getSymbolAtLocation(member.nameNode)?.declarations;
  // Plain JavaScript declares no members: they are what the constructor writes.
  const given = declarations?.some((each) => isInjected(each, member.name, code));
  if (!(given ?? isAssigned(member.name, around, code)) || !code.project.holdsRoot(around)) return;
  const api = `this.${member.name}`;
  view.add({ rule: RULE, messageId: "member", data: { name: api }, node, api });
}

/** Returns the name that a called expression begins with: `deps` of `deps.clock.now()`. */
function rootOf(callee: TS.Node): TS.Identifier | undefined {
  let node = unwrap(callee);
  while (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) node = unwrap(node.expression);
  return ts.isIdentifier(node) ? node : undefined;
}

/** Says whether a parameter is known not to hold anything that can be called. */
function isPlain(parameter: TS.ParameterDeclaration): boolean {
  const type = annotationOf(parameter);
  if (type === undefined) return false;
  if (ts.isArrayTypeNode(type) || ts.isTupleTypeNode(type) || ts.isLiteralTypeNode(type)) return true;
  return [
    ts.SyntaxKind.StringKeyword,
    ts.SyntaxKind.NumberKeyword,
    ts.SyntaxKind.BooleanKeyword,
    ts.SyntaxKind.BigIntKeyword,
  ].includes(type.kind);
}

/** Says whether the called method is one that values of the language have. */
function isOfValue(callee: TS.Node, code: Code): boolean {
  const member = memberOf(callee);
  if (member === undefined) return false;
  if (!code.typed) return METHODS_OF_VALUES.test(member.name);
  const type = code.names.checker.getTypeAtLocation(member.object);
  const plain = ts.TypeFlags.StringLike | ts.TypeFlags.NumberLike | ts.TypeFlags.BooleanLike | ts.TypeFlags.BigIntLike;
  const parts = type.isUnion() ? type.types : [type];
  if (parts.every(({ flags }) => (flags & plain) !== 0)) return true;
  if (originOfTypeOf(member.object, code.names, true)?.module === "") return true;
  return (type.flags & ts.TypeFlags.Any) !== 0 && METHODS_OF_VALUES.test(member.name);
}

/** Says whether a function runs where it stands, on the elements of a list. */
function isCallback(owner: TS.Node): boolean {
  const { parent } = wrapped(owner);
  const caller = ts.isCallExpression(parent) ? memberOf(unwrap(parent.expression)) : undefined;
  return caller !== undefined && ARRAY_CALLERS.has(caller.name);
}

function visitCall(node: TS.CallExpression, view: UnitView): void {
  const { code } = view;
  const callee = unwrap(node.expression);
  const root = rootOf(callee);
  const definition = root === undefined ? undefined : code.names.definitionOf(root);
  if (definition?.kind !== "parameter" || isPlain(definition.parameter)) return;
  const owner = definition.parameter.parent;
  if (!isFunction(owner) || code.project.roots.has(owner) || isCallback(owner) || !code.project.holdsRoot(owner))
    return;
  if (durableCallOf(node, code.names) !== undefined || isOfValue(callee, code)) return;
  const api = `${callee.getText().replace(/\s+/gu, "")}()`;
  view.add({ rule: RULE, messageId: "parameter", data: { name: api }, node, api });
}

/** Detects uses of what an orchestrator was given beside its context and input. */
export const injectedDependencies: Detector = {
  kinds: ["CallExpression", "PropertyAccessExpression", "ElementAccessExpression"],
  visit(node, view) {
    if (ts.isCallExpression(node)) visitCall(node, view);
    else visitMember(node, view);
  },
};
