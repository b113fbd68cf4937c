/**
 * Detects orchestrator code that writes what all instances share, or reads what changes after its module is loaded.
 *
 * Invariant: each write is reported; a read once for each name and unit, and only in a unit that does not write it.
 */
import type TS from "typescript";

import type { Detector, UnitView } from "../semantic/effects.ts";
import { isFunction, memberOf, unwrap, wrapped } from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";
import { changedBy, changesAfterLoad, holderOf, isShared, rootOf, type Holder } from "./shared-state.ts";

const RULE = "no-module-state";

/** What one unit has done so far. */
interface UnitState {
  readonly written: Set<string>;
  readonly reads: Map<string, TS.Node>;
}

const states = new WeakMap<UnitView, UnitState>();

function stateOf(view: UnitView): UnitState {
  const known = states.get(view) ?? { written: new Set<string>(), reads: new Map<string, TS.Node>() };
  states.set(view, known);
  return known;
}

/** Says whether a name that nothing in the program declares is a global, and not a name of the language's own. */
function isGlobal(root: TS.Identifier, view: UnitView): boolean {
  if (root.text === "arguments" || root.text === "undefined") return false;
  if (ts.findAncestor(root, ts.isWithStatement) !== undefined) return false;
  const symbol = view.code.names.symbolAt(root);
  const declarations = symbol?.declarations ?? [];
  return declarations.every((declaration) => declaration.getSourceFile().isDeclarationFile);
}

/** Says whether a name is imported from a package. */
function isImported(root: TS.Identifier, view: UnitView): boolean {
  const definition = view.code.names.definitionOf(root);
  return definition?.kind === "external" && definition.origin.module !== "";
}

/** Says whether the API table has a hazard of its own for the target, as for `process.env`. */
function isListed(target: TS.Node, view: UnitView): boolean {
  const { names, apis } = view.code;
  const origin = names.originOf(target);
  return origin !== undefined && apis.lookup(origin, "read", 0) !== undefined;
}

/** Returns how a message calls the shared thing that a target is a part of; undefined when it is not shared. */
function sharedName(target: TS.Node, view: UnitView): string | undefined {
  const root = rootOf(target);
  if (root === undefined) return undefined;
  const isMember = unwrap(target) !== root;
  const holder = holderOf(root, view.code.names);
  if (holder !== undefined) {
    if (!isShared(holder, view.code)) return undefined;
    return ts.isVariableDeclaration(holder) ? root.text : memberText(target);
  }
  if (isImported(root, view)) return isMember ? root.text : undefined;
  return isGlobal(root, view) && !isListed(target, view) ? memberText(target) : undefined;
}

function memberText(target: TS.Node): string {
  return unwrap(target).getText().replace(/\s+/gu, "");
}

function visitChange(node: TS.Node, view: UnitView): void {
  for (const target of changedBy(node, view.code)) {
    const name = sharedName(target, view);
    if (name === undefined) continue;
    stateOf(view).written.add(name);
    const api = node.getText().replace(/\s+/gu, " ");
    view.add({ rule: RULE, messageId: "writes", data: { name }, node, api: api.length > 60 ? name : api });
  }
}

/** Says whether a name is read as a value: not declared, written, or the name of a member or a type. */
function isRead(node: TS.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent) || ts.isVariableDeclaration(parent) || ts.isParameter(parent)) {
    return parent.initializer === node;
  }
  return (
    ts.isExpression(parent) ||
    ts.isStatement(parent) ||
    ts.isShorthandPropertyAssignment(parent) ||
    ts.isTemplateSpan(parent)
  );
}

function isStatic(member: TS.ClassElement): boolean {
  return (ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Static) !== 0;
}

/** Returns the static field that a class is asked for here. */
function staticFieldOf(node: TS.Identifier, holder: TS.ClassLikeDeclaration): string | undefined {
  const member = memberOf(wrapped(node).parent);
  const field = holder.members.find(
    (each) => ts.isPropertyDeclaration(each) && each.name.getText() === member?.name && isStatic(each),
  );
  return member === undefined || field === undefined ? undefined : `${node.text}.${member.name}`;
}

function readName(node: TS.Identifier, holder: Holder): string | undefined {
  if (ts.isVariableDeclaration(holder)) return node.text;
  return ts.isClassLike(holder) ? staticFieldOf(node, holder) : undefined;
}

function visitRead(node: TS.Identifier, view: UnitView): void {
  if (!isRead(node)) return;
  const holder = holderOf(node, view.code.names);
  if (holder === undefined) return;
  const name = readName(node, holder);
  const { reads } = stateOf(view);
  if (name === undefined || reads.has(name) || !isShared(holder, view.code)) return;
  if (changesAfterLoad(holder, view.code)) reads.set(name, node);
}

/** A unit is over: what it only reads is reported. */
function finish(view: UnitView): void {
  const { reads, written } = stateOf(view);
  for (const [name, node] of reads) {
    if (!written.has(name)) view.add({ rule: RULE, messageId: "reads", data: { name }, node, api: name });
  }
}

export const moduleState: Detector = {
  kinds: [
    "BinaryExpression",
    "CallExpression",
    "DeleteExpression",
    "ForInStatement",
    "ForOfStatement",
    "Identifier",
    "PostfixUnaryExpression",
    "PrefixUnaryExpression",
    "Unit",
  ],
  visit(node, view) {
    // The initialiser of a constant runs while its module is loaded.
    if (!isFunction(view.unit) && !ts.isClassLike(view.unit)) return;
    if (node === view.unit) finish(view);
    else if (ts.isIdentifier(node)) visitRead(node, view);
    else visitChange(node, view);
  },
};
