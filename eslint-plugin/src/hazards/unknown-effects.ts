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
import { isOwnFile, type Names } from "../semantic/names.ts";
import { describeOrigin, type Origin } from "../semantic/origin.ts";
import { flavourOf } from "../semantic/packages.ts";
import type { External } from "../semantic/summary.ts";
import { memberOf, unwrap } from "../semantic/syntax.ts";
import { packageOf } from "../semantic/type-names.ts";
import { ts } from "../semantic/typescript.ts";
import { originByType } from "./api-uses.ts";

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

/** Returns the unknown member of a package that is called. */
function unknownOf(node: TS.CallExpression | TS.NewExpression, view: UnitView): Origin | undefined {
  const { code } = view;
  const callee = unwrap(node.expression);
  const use = ts.isNewExpression(node) ? "new" : "call";
  const direct = code.names.originOf(callee);
  if (direct === undefined && code.callees.of(callee).some(({ kind }) => kind === "function")) return undefined;
  const origin = direct ?? (use === "call" ? originByType(callee, view) : undefined);
  const spread = node.arguments?.some((argument) => ts.isSpreadElement(argument)) === true;
  const count = spread ? undefined : (node.arguments?.length ?? 0);
  return origin !== undefined && isUnknown(origin, use, count, code) ? origin : undefined;
}

/** Returns the symbol that a callee denotes, at the end of imports. */
function symbolOf(callee: TS.Node, { checker }: Names): TS.Symbol | undefined {
  const symbol = checker.getSymbolAtLocation(memberOf(callee)?.nameNode ?? callee);
  return symbol !== undefined && (symbol.flags & ts.SymbolFlags.Alias) !== 0
    ? checker.getAliasedSymbol(symbol)
    : symbol;
}

const isDeclaredBy = (declaration: TS.Declaration) =>
  (ts.isFunctionDeclaration(declaration) || ts.isMethodDeclaration(declaration)) && declaration.body === undefined;

/** Says whether a declaration is one of the program's own that promises code which stands elsewhere. */
function isPromise(declaration: TS.Declaration): boolean {
  const file = declaration.getSourceFile();
  if (packageOf(file) !== undefined || !isDeclaredBy(declaration)) return false;
  const isAmbient =
    file.isDeclarationFile || ts.findAncestor(declaration, (each) => isDeclareStatement(each)) !== undefined;
  return isAmbient && !isLibrary(file);
}

function isDeclareStatement(node: TS.Node): boolean {
  return (
    ts.canHaveModifiers(node) &&
    (ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword) ?? false)
  );
}

/** The files of the language's own declarations, which may lie outside of any package. */
function isLibrary(file: TS.SourceFile): boolean {
  return !isOwnFile(file) && /[\\/]lib\.[\w.]+\.d\.ts$/u.test(file.fileName);
}

/** Says whether the author has told what the function is. */
function isTold(declaration: TS.Declaration): boolean {
  return ts.getJSDocTags(declaration).some(({ tagName }) => /^(?:non)?deterministic$/u.test(tagName.text));
}

function visitDeclared(node: TS.CallExpression, view: UnitView): void {
  const callee = unwrap(node.expression);
  if (!ts.isIdentifier(callee) && memberOf(callee) === undefined) return;
  const declarations = symbolOf(callee, view.code.names)?.declarations ?? [];
  if (declarations.length === 0 || !declarations.every(isPromise) || declarations.some(isTold)) return;
  const name = callee.getText().replace(/\s+/gu, "");
  view.add({ rule: RULE, messageId: "declared", data: { name }, node, api: `${name}()` });
}

/** Detects the calls that are written out. */
export const unknownEffects: Detector = {
  kinds: ["CallExpression", "NewExpression"],
  visit(node, view) {
    if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return;
    const origin = unknownOf(node, view);
    if (origin === undefined) {
      if (ts.isCallExpression(node)) visitDeclared(node, view);
      return;
    }
    const inner = innerCall(node);
    if (inner !== undefined && unknownOf(inner, view) !== undefined) return;
    addUnknown(origin, node, ts.isNewExpression(node), view);
  },
};

/** Reports what a callback, an array of functions or a parameter turned out to be. */
export const unknownExternal: External = ({ origin }, node, view) => {
  const count = ts.isCallExpression(node) ? node.arguments.length : undefined;
  if (isUnknown(origin, "call", count, view.code)) addUnknown(origin, node, false, view);
};
