/**
 * Tells whether the context of an orchestrator can be used at a place in its code, and how it is written there.
 *
 * Invariant: "proven" means that the name is the parameter itself, never reassigned, not shadowed at the place, and of no
 * other type than the context's, so that a replacement cannot change what the code means. Used by remedies.
 */
import type TS from "typescript";

import { CONTEXT_TYPES, flavourOf } from "./packages.ts";
import type { Names } from "./names.ts";
import { contextParameterOf, type Root } from "./project.ts";
import { nodesIn } from "./nodes.ts";
import { descendants, isWithin } from "./syntax.ts";
import { originOfType } from "./type-names.ts";
import { ts } from "./typescript.ts";
import { isInsideWith } from "./with-statements.ts";
import { writesIn } from "./writes.ts";

/** How a place in an orchestrator reaches the context. */
export type ContextUse =
  /** `text` is the expression of the context whose members are asked. */
  | { readonly kind: "proven" | "unproven"; readonly text: string }
  /** The function takes no parameter at all. */
  | { readonly kind: "absent" }
  | { readonly kind: "unreachable" };

/** Says whether an annotation leaves the context its own type: none, `any`, or a package's own type. */
function isContextType(type: TS.TypeNode | undefined, names: Names): boolean {
  if (type === undefined || type.kind === ts.SyntaxKind.AnyKeyword) return true;
  const origin = originOfType(type, names);
  const last = origin?.path.at(-1);
  return (
    origin !== undefined && last !== undefined && CONTEXT_TYPES.has(last) && flavourOf(origin.module) !== undefined
  );
}

/** The node whose inside a declaration's name is known in. */
function scopeOf(name: TS.Identifier): TS.Node {
  const { parent } = name;
  if (ts.isFunctionDeclaration(parent) || ts.isClassDeclaration(parent)) return parent.parent;
  if (ts.isFunctionExpression(parent) || ts.isClassExpression(parent)) return parent;
  const variable = ts.findAncestor(name, ts.isVariableDeclarationList);
  if (variable !== undefined && (variable.flags & ts.NodeFlags.BlockScoped) === 0) {
    return ts.findAncestor(variable, ts.isFunctionLike) ?? name.getSourceFile();
  }
  const holder = ts.findAncestor(
    name.parent,
    (node) =>
      ts.isFunctionLike(node) ||
      ts.isBlock(node) ||
      ts.isCatchClause(node) ||
      ts.isForStatement(node) ||
      ts.isForOfStatement(node) ||
      ts.isForInStatement(node) ||
      ts.isCaseBlock(node),
  );
  return holder ?? name.getSourceFile();
}

function isDeclared(name: TS.Identifier): boolean {
  const { parent } = name;
  return (
    (ts.isVariableDeclaration(parent) ||
      ts.isParameter(parent) ||
      ts.isBindingElement(parent) ||
      ts.isFunctionDeclaration(parent) ||
      ts.isFunctionExpression(parent) ||
      ts.isClassLike(parent) ||
      ts.isImportSpecifier(parent) ||
      ts.isImportClause(parent) ||
      ts.isNamespaceImport(parent)) &&
    parent.name === name
  );
}

/** Says whether another declaration of `name` hides the parameter at `place`. */
function isShadowed(name: TS.Identifier, place: TS.Node, root: TS.Node, names: Names): boolean {
  const symbol = names.symbolAt(name);
  for (const node of descendants(root)) {
    if (ts.isIdentifier(node) && node !== name && node.text === name.text && isDeclared(node)) {
      if (names.symbolAt(node) !== symbol && isWithin(place, scopeOf(node))) return true;
    }
  }
  return false;
}

/** Says whether any scope declares `name` at `place`. */
export function isNameTaken(name: string, place: TS.Node): boolean {
  return nodesIn(place.getSourceFile(), "Identifier").some(
    (node) => node.text === name && isDeclared(node) && isWithin(place, scopeOf(node)),
  );
}

/** Says whether the parameter's name still means the parameter at `place`. */
function reaches(name: TS.Identifier, place: TS.Node, root: TS.Node, names: Names): boolean {
  return isWithin(place, root) && !isShadowed(name, place, root, names) && !isInsideWith(place);
}

/** Says whether a parameter keeps the one value that it was given, of the context's type. */
function isProven(parameter: TS.ParameterDeclaration, name: TS.Identifier, names: Names): boolean {
  const symbol = names.symbolAt(name);
  const rewritten = (writesIn(name.getSourceFile()).names.get(name.text) ?? []).some(
    ({ target }) => names.symbolAt(target) === symbol,
  );
  return !rewritten && symbol?.declarations?.length === 1 && isContextType(parameter.type, names);
}

/** Returns how `place`, inside the orchestrator `root`, reaches the context. */
export function contextAt(place: TS.Node, root: Root, names: Names): ContextUse {
  const parameter = contextParameterOf(root);
  if (parameter === undefined) return root.node.parameters.length === 0 ? { kind: "absent" } : { kind: "unreachable" };
  const { name } = parameter;
  if (!ts.isIdentifier(name) || parameter.dotDotDotToken !== undefined || parameter.initializer !== undefined) {
    return { kind: "unreachable" };
  }
  if (!reaches(name, place, root.node, names)) return { kind: "unreachable" };
  const text = root.flavour === "durable-functions" ? `${name.text}.df` : name.text;
  return { kind: isProven(parameter, name, names) ? "proven" : "unproven", text };
}

/** Returns `text` to stand in the place of `node`, apart from the words that may touch it. */
export function spaced(text: string, node: TS.Node): string {
  const isWord = (character: string) => /[\p{ID_Continue}$]/u.test(character);
  const whole = node.getSourceFile().text;
  const start = node.getStart();
  const end = node.getEnd();
  const before = isWord(whole.slice(Math.max(0, start - 1), start)) ? " " : "";
  const after = isWord(whole.slice(end, end + 1)) && isWord(text.slice(-1)) ? " " : "";
  return before + text + after;
}

/** Says whether a node holds a comment, which a replacement would lose. */
export function holdsComment(node: TS.Node): boolean {
  return /\/\/|\/\*/u.test(node.getText());
}
