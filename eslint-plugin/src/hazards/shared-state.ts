/**
 * Answers which variables all instances of an orchestrator share, and which of them change after the modules are loaded.
 *
 * Invariant: a variable is shared when it lives outside of every orchestrator's function: in a module, in a class, in
 * the function that makes an orchestrator. What a module's own top level writes belongs to loading it. Used by the
 * detector of shared state.
 */
import type TS from "typescript";

import type { Code } from "../semantic/effects.ts";
import type { Names } from "../semantic/names.ts";
import { nodesIn } from "../semantic/nodes.ts";
import { descendants, enclosingFunction, isFunction, memberOf, staticName, unwrap } from "../semantic/syntax.ts";
import { originOfTypeOf } from "../semantic/type-names.ts";
import { ts } from "../semantic/typescript.ts";
import { WRITING, writesOf } from "../semantic/writes.ts";
import { runsAtLoad } from "./load-time.ts";

/** A declaration whose value, or whose members, code can change. */
export type Holder = TS.VariableDeclaration | TS.ClassLikeDeclaration | TS.FunctionDeclaration;

/** Methods that change an array, a map or a set. */
const CHANGING: ReadonlySet<string> = new Set(
  "add clear copyWithin delete fill pop push reverse set shift sort splice unshift".split(" "),
);

const CONTAINERS: ReadonlySet<string> = new Set(["Array", "Map", "Set", "WeakMap", "WeakSet"]);

/** Functions that change their first argument. */
const CHANGERS =
  /^(?:Object\.(?:assign|defineProperty|defineProperties|setPrototypeOf)|Reflect\.(?:set|defineProperty|deleteProperty|setPrototypeOf))$/u;

const CHANGER_NAMES: ReadonlySet<string> = new Set(
  "assign defineProperties defineProperty deleteProperty set setPrototypeOf".split(" "),
);

/** Returns the name at the start of a chain of members; none for `this` or a call. */
export function rootOf(target: TS.Node): TS.Identifier | undefined {
  let node = unwrap(target);
  while (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) node = unwrap(node.expression);
  return ts.isIdentifier(node) ? node : undefined;
}

/** Returns the symbol that a name means, through imports. */
function meantBy(name: TS.Identifier, names: Names): TS.Symbol | undefined {
  const symbol = names.symbolAt(name);
  if (symbol === undefined || (symbol.flags & ts.SymbolFlags.Alias) === 0) return symbol;
  return names.checker.getAliasedSymbol(symbol);
}

/** Returns the variable whose initialiser a name is bound to, for good. */
function boundTo(name: TS.Identifier, names: Names): TS.VariableDeclaration | undefined {
  const definition = names.definitionOf(name);
  if (definition?.kind !== "node" || definition.path.length > 0) return undefined;
  const holder = definition.node.parent;
  return holder !== undefined && ts.isVariableDeclaration(holder) ? holder : undefined;
}

/** Returns the declaration of the program that a name means, through imports and `require`. */
export function holderOf(name: TS.Identifier, names: Names): Holder | undefined {
  const declaration = meantBy(name, names)?.valueDeclaration;
  if (declaration === undefined || declaration.getSourceFile().isDeclarationFile) return undefined;
  if (ts.isVariableDeclaration(declaration)) return boundTo(name, names) ?? declaration;
  if (ts.isBindingElement(declaration)) return boundTo(name, names);
  return ts.isClassLike(declaration) || ts.isFunctionDeclaration(declaration) ? declaration : undefined;
}

/** Says whether a declaration outlives the execution of an orchestrator. */
export function isShared(holder: Holder, { project }: Code): boolean {
  const owner = enclosingFunction(holder);
  return owner === undefined || (project.holdsRoot(owner) && !project.isInRoot(owner));
}

/** Returns the value of a member of a literal: `state.list` of `{ list: [] }`. */
function valueAt(holder: Holder, target: TS.Node): TS.Node | undefined {
  const object = unwrap(target);
  if (ts.isIdentifier(object)) return ts.isVariableDeclaration(holder) ? holder.initializer : undefined;
  const member = memberOf(object);
  const outer = member === undefined ? undefined : valueAt(holder, member.object);
  const literal = outer === undefined ? undefined : unwrap(outer);
  if (member === undefined || literal === undefined || !ts.isObjectLiteralExpression(literal)) return undefined;
  for (const property of literal.properties) {
    if (ts.isPropertyAssignment(property) && staticName(property.name) === member.name) return property.initializer;
  }
  return undefined;
}

function isContainer(object: TS.Node, holder: Holder, code: Code): boolean {
  const value = valueAt(holder, object);
  const made = value === undefined ? undefined : unwrap(value);
  if (made !== undefined && ts.isArrayLiteralExpression(made)) return true;
  if (made !== undefined && ts.isNewExpression(made)) return CONTAINERS.has(made.expression.getText());
  const type = code.typed ? originOfTypeOf(object, code.names, true) : undefined;
  return type?.module === "" && CONTAINERS.has(type.path[0] ?? "");
}

/** Says whether calling a method of an instance changes the instance. */
function changesItself(call: TS.CallExpression, code: Code): boolean {
  return code.callees.of(call.expression).some((callee) => {
    if (callee.kind !== "function" || !ts.isMethodDeclaration(callee.node) || callee.node.body === undefined)
      return false;
    for (const node of descendants(callee.node.body)) {
      for (const { target } of writesOf(node)) if (beginsWithThis(target)) return true;
      const member = ts.isCallExpression(node) ? memberOf(unwrap(node.expression)) : undefined;
      if (member !== undefined && CHANGING.has(member.name) && beginsWithThis(member.object)) return true;
    }
    return false;
  });
}

function beginsWithThis(target: TS.Node): boolean {
  let node = unwrap(target);
  if (node.kind === ts.SyntaxKind.ThisKeyword) return false;
  while (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) node = unwrap(node.expression);
  return node.kind === ts.SyntaxKind.ThisKeyword;
}

/** Returns the object that a call of its method changes. */
function changedByMethod(call: TS.CallExpression, code: Code): TS.Node | undefined {
  const member = memberOf(unwrap(call.expression));
  // A method of any other name is one of the program's own classes.
  if (member === undefined || !(CHANGING.has(member.name) || code.names.mayDeclare(member.name))) return undefined;
  const root = rootOf(member.object);
  const holder = root === undefined ? undefined : holderOf(root, code.names);
  if (holder === undefined || !ts.isVariableDeclaration(holder)) return undefined;
  const { object, name } = member;
  if (CHANGING.has(name) && isContainer(object, holder, code)) return object;
  const isWhole = unwrap(object) === root && holder.initializer !== undefined;
  return isWhole && ts.isNewExpression(unwrap(holder.initializer)) && changesItself(call, code) ? object : undefined;
}

/** Returns what a call may change: its first argument, or the object that its method belongs to. */
function changedByCall(call: TS.CallExpression, code: Code): TS.Node | undefined {
  // The names of the changers spare finding out what all other calls are.
  const member = memberOf(unwrap(call.expression));
  const mayChange = member === undefined || CHANGER_NAMES.has(member.name);
  const origin = mayChange ? code.names.originOf(call.expression) : undefined;
  const isChanger = origin?.module === "" && CHANGERS.test(origin.path.join("."));
  return isChanger ? call.arguments[0] : changedByMethod(call, code);
}

/** Lists what a node changes: targets of assignments, or the object of a call that changes it. */
export function changedBy(node: TS.Node, code: Code): readonly TS.Node[] {
  if (!ts.isCallExpression(node)) return writesOf(node).map(({ target }) => target);
  const changed = changedByCall(node, code);
  return changed === undefined ? [] : [changed];
}

/** The nodes of a file that change something, by the name at the start of what they change. */
const changesOfFiles = new WeakMap<Code, Map<TS.SourceFile, ReadonlyMap<string, readonly TS.Identifier[]>>>();

function changesIn(file: TS.SourceFile, code: Code): ReadonlyMap<string, readonly TS.Identifier[]> {
  const known = changesOfFiles.get(code) ?? new Map<TS.SourceFile, ReadonlyMap<string, readonly TS.Identifier[]>>();
  changesOfFiles.set(code, known);
  const cached = known.get(file);
  if (cached !== undefined) return cached;
  const found = new Map<string, TS.Identifier[]>();
  for (const node of nodesIn(file, "CallExpression", ...WRITING)) {
    for (const target of changedBy(node, code)) {
      const root = rootOf(target);
      if (root === undefined || runsAtLoad(root, code.names)) continue;
      const others = found.get(root.text);
      if (others === undefined) found.set(root.text, [root]);
      else others.push(root);
    }
  }
  known.set(file, found);
  return found;
}

const changesOfAll = new WeakMap<Code, ReadonlyMap<string, readonly TS.Identifier[]>>();

/** Joins the changes of all files that hold anything durable. */
function changesAnywhere(code: Code): ReadonlyMap<string, readonly TS.Identifier[]> {
  const known = changesOfAll.get(code);
  if (known !== undefined) return known;
  const all = new Map<string, TS.Identifier[]>();
  for (const file of code.project.files) {
    for (const [name, roots] of changesIn(file, code)) all.set(name, [...(all.get(name) ?? []), ...roots]);
  }
  changesOfAll.set(code, all);
  return all;
}

/** Says whether some code of the program changes the variable, or a member of it, after the modules are loaded. */
export function changesAfterLoad(holder: Holder, code: Code): boolean {
  const { name } = holder;
  if (name === undefined || !ts.isIdentifier(name)) return false;
  const file = holder.getSourceFile();
  const others = changesAnywhere(code).get(name.text) ?? [];
  const own = code.project.files.includes(file) ? [] : (changesIn(file, code).get(name.text) ?? []);
  return !isFunction(holder) && [...others, ...own].some((root) => holderOf(root, code.names) === holder);
}
