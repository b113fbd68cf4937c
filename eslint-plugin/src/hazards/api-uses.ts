/**
 * Detects uses of what the API table lists: clocks, randomness, timers, I/O, the environment and the rest.
 *
 * Invariant: a use is a call, a `new`, or the reading of a listed member; a reference to a function is not. Each use is
 * one effect of the rule of its hazard.
 */
import type TS from "typescript";

import { givesData, type ApiMatch } from "../semantic/api-table.ts";
import { declaredOf } from "../semantic/declared.ts";
import { isDurableTask } from "../semantic/durable.ts";
import type { Code, Detector, Effect, UnitView } from "../semantic/effects.ts";
import { isJsonData } from "../semantic/json-data.ts";
import { step, type Origin } from "../semantic/origin.ts";
import type { External } from "../semantic/summary.ts";
import { isFunction, memberOf, parametersOf, unwrap, wrapped } from "../semantic/syntax.ts";
import { originOfTypeOf } from "../semantic/type-names.ts";
import { ts } from "../semantic/typescript.ts";
import { isSameOnEveryHost } from "./host-exceptions.ts";
import { RULES, VALUES } from "./hazard-rules.ts";
import { isNativePromise } from "./native-promise.ts";
import { remedyForUse } from "./remedies.ts";

function report(match: ApiMatch, node: TS.Node, origin: Origin, view: UnitView): void {
  const rule = RULES[match.hazard];
  // What becomes of a promise decides whether it is a hazard, and another detector looks at that.
  if (isNativePromise(origin)) return;
  if (match.hazard === "log" && view.guardAt(node) === "live") return;
  if (match.hazard === "host" && isSameOnEveryHost(node, view.code.names)) return;
  const effect: Effect = {
    rule,
    messageId: "uses",
    data: match.instead === undefined ? {} : { instead: match.instead },
    node,
    api: match.api,
    isValue: VALUES.has(match.hazard),
    liveIsFine: match.hazard === "log",
    remedy: (root) => remedyForUse(match, node, origin, root, view.code.names),
  };
  view.add(effect);
}

/**
 * Says whether the type of what has a method is worth finding out, which costs more than all else together: not that of a
 * context or a task, unless a type of the language has the method, too.
 */
function mayBeHazard({ object, name }: NonNullable<ReturnType<typeof memberOf>>, { code }: UnitView): boolean {
  if (code.apis.hasMethod(name)) return true;
  const mayUse = (module: string): boolean =>
    module.endsWith("#") ? code.names.mayDeclare(module.slice(0, -1)) : code.project.mayUse(module);
  if (!code.apis.mayBeMethod(name, mayUse)) return false;
  let root = unwrap(object);
  for (let member = memberOf(root); member !== undefined; member = memberOf(root)) {
    if (member.name === "df") return false;
    root = unwrap(member.object);
  }
  const maker = ts.isCallExpression(root) ? memberOf(unwrap(root.expression)) : undefined;
  if (maker !== undefined && givesData(maker.name)) return false;
  return !isDurableTask(root, code.names) && !isOwnContext(root, code) && !isJsonData(root, code.names);
}

/** Says whether a name is the context of the orchestrator that it is used in. */
function isOwnContext(node: TS.Node, { names, project }: Code): boolean {
  const definition = ts.isIdentifier(node) ? names.definitionOf(node) : undefined;
  if (definition?.kind !== "parameter" || definition.path.length > 0) return false;
  const owner = definition.parameter.parent;
  return isFunction(owner) && project.roots.has(owner) && parametersOf(owner)[0] === definition.parameter;
}

/** The origin of a method by the type of the object that has it, when the object itself has none. */
export function originByType(callee: TS.Node, view: UnitView): Origin | undefined {
  const member = memberOf(callee);
  if (member === undefined || !mayBeHazard(member, view)) return undefined;
  const type = originOfTypeOf(member.object, view.code.names, view.code.typed);
  if (type !== undefined) return step(step(type, "#", false), member.name, false);
  // Methods that only one type of the language has are known by their name alone.
  return { module: "", path: ["*", "#", member.name], spelledOut: false };
}

/** Returns the match of a call or a `new`, with the origin that it was found by. */
function matchOf(node: TS.CallExpression | TS.NewExpression, view: UnitView) {
  const callee = unwrap(node.expression);
  const use = ts.isNewExpression(node) ? "new" : "call";
  const direct = view.code.names.originOf(node.expression);
  const isDeclared = declaredOf(node, view.code.names, view.code.callees) !== undefined;
  // What the settings declare wins over what a package says of itself.
  if (isDeclared && (direct === undefined || !view.code.apis.declares(direct))) return undefined;
  const origin = direct ?? (use === "call" ? originByType(callee, view) : undefined);
  if (origin === undefined) return undefined;
  if (direct === undefined && view.code.callees.of(callee).some(({ kind }) => kind === "function")) return undefined;
  const passed = node.arguments ?? [];
  const spread = passed.some((argument) => ts.isSpreadElement(argument));
  const match = view.code.apis.lookup(origin, use, spread ? undefined : passed.length);
  return match === undefined ? undefined : { match, origin };
}

/** Returns the call of a method of what `node` gives, or of a member of that. */
function nextCall(node: TS.Node): TS.CallExpression | undefined {
  let outer = wrapped(node);
  while (memberOf(outer.parent) !== undefined && unwrap(memberOf(outer.parent)?.object ?? outer) === unwrap(outer)) {
    outer = wrapped(outer.parent);
  }
  const { parent } = outer;
  return outer !== wrapped(node) && ts.isCallExpression(parent) && unwrap(parent.expression) === unwrap(outer)
    ? parent
    : undefined;
}

function visitInvocation(node: TS.CallExpression | TS.NewExpression, view: UnitView): void {
  const found = matchOf(node, view);
  if (found === undefined) return;
  if (found.match.makes === true) {
    // Making a client only to use it at once is one hazard: the use.
    const next = nextCall(node);
    const used = next === undefined ? undefined : matchOf(next, view);
    if (used?.match.hazard === found.match.hazard) return;
  }
  report(found.match, node, found.origin, view);
}

/** Says whether a member access is called, or part of a longer one that is looked at as a whole. */
function isInner(node: TS.Node): boolean {
  const outer = wrapped(node).parent;
  if (ts.isCallExpression(outer) || ts.isNewExpression(outer)) return unwrap(outer.expression) === node;
  return unwrap(memberOf(outer)?.object ?? outer) === node;
}

/**
 * Says whether the chain begins with a name from outside: a constant of the program is followed to its initialiser, which
 * is where it is reported, unless only the member is a hazard: `error.stack`.
 */
function beginsOutside(node: TS.Node, view: UnitView): boolean {
  let root = unwrap(node);
  while (ts.isPropertyAccessExpression(root) || ts.isElementAccessExpression(root)) root = unwrap(root.expression);
  if (!ts.isIdentifier(root) || view.code.names.definitionOf(root)?.kind === "external") return true;
  const held = root === node ? undefined : view.code.names.originOf(root);
  return held !== undefined && view.code.apis.lookup(held, "read", 0) === undefined;
}

/** Says whether a name is only another name for what its own function has read already: `const line = EOL`. */
function isLocalAlias(node: TS.Node, view: UnitView): boolean {
  if (!ts.isIdentifier(node)) return false;
  const declaration = view.code.names.symbolAt(node)?.valueDeclaration;
  return (
    declaration !== undefined &&
    ts.isVariableDeclaration(declaration) &&
    ts.findAncestor(declaration, isFunction) !== undefined
  );
}

/** Returns the match of a member or a name that is read, with the origin that it was found by. */
function readOf(node: TS.Node, view: UnitView) {
  if (isInner(node) || (ts.isIdentifier(node) && !isRead(node)) || isLocalAlias(node, view)) return undefined;
  // Where it begins is known without types, which spares finding out those of all that is read.
  const origin = beginsOutside(node, view) ? view.code.names.originOf(node) : undefined;
  if (origin === undefined) return undefined;
  const match = view.code.apis.lookup(origin, "read", 0);
  return match === undefined ? undefined : { match, origin };
}

function visitRead(node: TS.Node, view: UnitView): void {
  const found = readOf(node, view);
  if (found !== undefined) report(found.match, node, found.origin, view);
}

/** Returns how messages write the reading that `node` is, when its value differs from one replay to the next. */
export function readingAt(node: TS.Node, view: UnitView): string | undefined {
  const isInvocation = ts.isCallExpression(node) || ts.isNewExpression(node);
  const match = (isInvocation ? matchOf(node, view) : readOf(node, view))?.match;
  return match !== undefined && VALUES.has(match.hazard) ? match.api : undefined;
}

function isRead(node: TS.Identifier): boolean {
  const { parent } = node;
  // The name of a member is read as part of the access, and a declared name is no use.
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isVariableDeclaration(parent)) return parent.initializer === node;
  return ts.isExpression(parent) || ts.isReturnStatement(parent);
}

/** Detects the uses that are written out. */
export const apiUses: Detector = {
  kinds: ["CallExpression", "NewExpression", "PropertyAccessExpression", "ElementAccessExpression", "Identifier"],
  visit(node, view) {
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) visitInvocation(node, view);
    else visitRead(node, view);
  },
};

/** Reports what a callback, an array of functions or a parameter turned out to be. */
export const externalUse: External = ({ origin }, node, view) => {
  const count = ts.isCallExpression(node) ? node.arguments.length : undefined;
  const match = view.code.apis.lookup(origin, "call", count);
  if (match !== undefined) report(match, node, { ...origin, spelledOut: false }, view);
};
