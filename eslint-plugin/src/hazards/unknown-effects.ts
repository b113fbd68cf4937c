/**
 * Detects calls of which nobody knows what they do: into packages that neither the API table nor a declaration knows,
 * and of functions of the program that are declared without a body.
 *
 * Invariant: a package is unknown only when nothing on the way to the called member is known, so what a known package
 * hands out is none of it. Calls of one chain are one report. What cannot be resolved at all is left alone.
 */
import type TS from "typescript";

import type { ApiUse } from "../semantic/api-table.ts";
import type { Code, Detector, UnitView } from "../semantic/effects.ts";
import { declaredOf } from "../semantic/declared.ts";
import type { Names } from "../semantic/names.ts";
import { describeOrigin, step, type Origin } from "../semantic/origin.ts";
import { flavourOf } from "../semantic/packages.ts";
import type { External } from "../semantic/summary.ts";
import { memberOf, unwrap } from "../semantic/syntax.ts";
import { originOfTypeOf, packageOf } from "../semantic/type-names.ts";
import { ts } from "../semantic/typescript.ts";

const RULE = "no-unknown-effects";

/** Packages whose objects other rules judge. */
const JUDGED = /^@azure\/functions(?:\/|$)/u;

/** Says whether the table or a declaration speaks of a member of a package, or of what it is reached through. */
function isKnown(origin: Origin, use: ApiUse, count: number | undefined, { apis }: Code): boolean {
  for (let length = origin.path.length; length >= 0; length -= 1) {
    const part = { ...origin, path: origin.path.slice(0, length) };
    const uses: readonly ApiUse[] = length === origin.path.length ? [use] : ["call", "new", "read"];
    // What is a hazard with few arguments alone is known with more of them.
    if (uses.some((each) => [count, 0].some((passed) => apis.knows(part, each, passed)))) return true;
  }
  return false;
}

function isUnknown(origin: Origin, use: ApiUse, count: number | undefined, code: Code): boolean {
  const { module } = origin;
  if (module === "" || flavourOf(module) !== undefined || JUDGED.test(module)) return false;
  return !isKnown(origin, use, count, code);
}

function addUnknown(origin: Origin, node: TS.Node, isNew: boolean, view: UnitView): void {
  const name = describeOrigin({ ...origin, path: origin.path.filter((part) => part !== "*") });
  const api = isNew ? `new ${name}()` : `${name}()`;
  view.add({ rule: RULE, messageId: "package", data: { module: origin.module }, node, api });
}

/** Returns the call or the `new` inside the callee of another one: `make()` of `make().run()`. */
function innerCall(node: TS.CallExpression | TS.NewExpression): TS.CallExpression | TS.NewExpression | undefined {
  let inner = unwrap(node.expression);
  for (;;) {
    if (ts.isCallExpression(inner) || ts.isNewExpression(inner)) return inner;
    if (ts.isAwaitExpression(inner)) inner = unwrap(inner.expression);
    else if (ts.isPropertyAccessExpression(inner) || ts.isElementAccessExpression(inner))
      inner = unwrap(inner.expression);
    else return undefined;
  }
}

/** A method of what a parameter or variable is annotated with. To ask for types that are not written costs too much. */
function originByAnnotation(callee: TS.Node, names: Names): Origin | undefined {
  const member = memberOf(callee);
  const type = member === undefined ? undefined : originOfTypeOf(member.object, names, false);
  return member === undefined || type === undefined ? undefined : step(step(type, "#", false), member.name, false);
}

/** Returns the unknown member of a package that is called. */
function unknownOf(node: TS.CallExpression | TS.NewExpression, { code }: UnitView): Origin | undefined {
  const callee = unwrap(node.expression);
  const use = ts.isNewExpression(node) ? "new" : "call";
  const direct = code.names.originOf(callee);
  if (direct === undefined && code.callees.of(callee).some(({ kind }) => kind === "function")) return undefined;
  const origin = direct ?? (use === "call" ? originByAnnotation(callee, code.names) : undefined);
  const spread = node.arguments?.some((argument) => ts.isSpreadElement(argument)) === true;
  const count = spread ? undefined : (node.arguments?.length ?? 0);
  return origin !== undefined && isUnknown(origin, use, count, code) ? origin : undefined;
}

/** Returns the symbol of a called name, or of a called member of a module or of what the program declares. */
function symbolOf(callee: TS.Node, names: Names): TS.Symbol | undefined {
  const member = memberOf(callee);
  if (member === undefined) return ts.isIdentifier(callee) ? names.symbolAt(callee) : undefined;
  const object = unwrap(member.object);
  const holder = ts.isIdentifier(object) ? names.symbolAt(object) : undefined;
  return holder !== undefined && (holder.flags & ts.SymbolFlags.Alias) !== 0
    ? names.checker.getSymbolAtLocation(member.nameNode)
    : names.memberSymbol(member);
}

function isDeclareStatement(node: TS.Node): boolean {
  return (
    ts.canHaveModifiers(node) &&
    (ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword) ?? false)
  );
}

/** Says whether a declaration is one of the program's own that promises code which stands elsewhere. */
function isPromise(declaration: TS.Declaration): boolean {
  const isFunction = ts.isFunctionDeclaration(declaration) || ts.isMethodDeclaration(declaration);
  if (!isFunction || declaration.body !== undefined) return false;
  const file = declaration.getSourceFile();
  if (!file.isDeclarationFile) return ts.findAncestor(declaration, isDeclareStatement) !== undefined;
  return packageOf(file) === undefined && !/[\\/]lib\.[\w.]+\.d\.ts$/u.test(file.fileName);
}

function visitDeclared(node: TS.CallExpression, view: UnitView): void {
  const callee = unwrap(node.expression);
  // What a package exports is judged as such, wherever its declarations lie.
  if ((view.code.names.originOf(callee)?.module ?? "") !== "") return;
  const symbol = symbolOf(callee, view.code.names);
  if (symbol === undefined) return;
  const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
  const declarations = (isAlias ? view.code.names.checker.getAliasedSymbol(symbol) : symbol).declarations ?? [];
  if (declarations.length === 0 || !declarations.every(isPromise)) return;
  const name = callee.getText().replace(/\s+/gu, "");
  view.add({ rule: RULE, messageId: "declared", data: { name }, node, api: `${name}()` });
}

/** Detects the calls that are written out. */
export const unknownEffects: Detector = {
  kinds: ["CallExpression", "NewExpression"],
  visit(node, view) {
    if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return;
    const { names, callees } = view.code;
    const origin = unknownOf(node, view);
    if (origin !== undefined) {
      const inner = innerCall(node);
      if (inner !== undefined && unknownOf(inner, view) !== undefined) return;
      if (declaredOf(node, names, callees) === undefined) addUnknown(origin, node, ts.isNewExpression(node), view);
    } else if (ts.isCallExpression(node) && declaredOf(node, names, callees) === undefined) visitDeclared(node, view);
  },
};

/** Reports what a callback, an array of functions or a parameter turned out to be. */
export const unknownExternal: External = ({ origin }, node, view) => {
  const count = ts.isCallExpression(node) ? node.arguments.length : undefined;
  if (isUnknown(origin, "call", count, view.code)) addUnknown(origin, node, false, view);
};
