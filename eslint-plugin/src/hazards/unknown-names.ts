/**
 * Detects calls of activities, orchestrators and entities under a name that nobody registers.
 *
 * Invariant: the program is seen to register everything of the kind. Where not all of its files are seen, the name must
 * be the misspelling of one that the same file registers. A program that calls more strange names than it registers
 * names is not seen whole, whatever its files say.
 */
import type TS from "typescript";

import type { Code, Detector, Remedy } from "../semantic/effects.ts";
import { isStored } from "../semantic/host.ts";
import type { Names } from "../semantic/names.ts";
import type { Project } from "../semantic/project.ts";
import type { RegistrationKind } from "../semantic/registrations.ts";
import { nodesIn } from "../semantic/nodes.ts";
import { descendants, enclosingFunction, isWithin, nameOf, unwrap, type FunctionNode } from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";
import { editDistance, nearestName } from "./edit-distance.ts";
import { comparable, registeredNames, type RegisteredNames } from "./registered-names.ts";
import { taskNameOf, taskReferenceOf } from "./task-references.ts";

/** Says whether two names differ as those of a series do, `step1` and `step2`: nobody mistyped one of them. */
function isOfSeries(one: string, other: string): boolean {
  const bare = (name: string) => name.replace(/\d+|[A-Z]$/gu, "#");
  return one !== other && bare(one) === bare(other);
}

/** Says whether a file imports other files of the program; only those that are out of sight, if asked so. */
function importsFiles(file: TS.SourceFile, names: Names, onlyMissing: boolean): boolean {
  for (const node of nodesIn(file, "StringLiteral")) {
    if (!/^\.{1,2}\/(?!.*\.(?:json|css|html)$)/u.test(node.text)) continue;
    const { parent } = node;
    const imports = ts.isImportDeclaration(parent) || ts.isExportDeclaration(parent) || ts.isCallExpression(parent);
    if (imports && (!onlyMissing || names.ownModule(node) === undefined)) return true;
  }
  return false;
}

/** Says whether everything that the file's program registers is in sight. */
function seesAll(file: TS.SourceFile, { typed, project, names }: Code): boolean {
  const isMissing = (each: TS.SourceFile) => importsFiles(each, names, true);
  if (typed) return !project.files.some(isMissing);
  return !importsFiles(file, names, false) && !hasSiblings(file, project);
}

/**
 * Says whether files that no import leads to may register as well. They do where all files of a process share one app;
 * a text that is no file has no other beside it.
 */
function hasSiblings(file: TS.SourceFile, { registrations }: Project): boolean {
  const isShared = registrations.some(
    ({ flavour, node }) => flavour !== "durabletask" && node.getSourceFile() === file,
  );
  return isShared && isStored(file.fileName);
}

function isProven(
  name: string,
  near: string | undefined,
  { names, byFile, complete, strangers }: RegisteredNames,
  node: TS.Node,
  code: Code,
): boolean {
  // What an orchestrator, or a function inside one, registers of itself says nothing about what else there is.
  const others = [...names].filter((each) => !isRegisteredBy(each, node, code));
  if (!complete || others.length === 0 || strangers().size > others.length) return false;
  const file = node.getSourceFile();
  if (!code.typed && !byFile.has(file)) return false;
  if (seesAll(file, code)) return true;
  if (near === undefined || byFile.get(file)?.has(near) !== true || isOfSeries(name, near)) return false;
  return editDistance(name.toLowerCase(), near.toLowerCase()) <= 2;
}

/** Says whether the name is that of the orchestrator around a node, or registered inside an orchestrator. */
function isRegisteredBy(name: string, node: TS.Node, { project }: Code): boolean {
  return project.registrations.every(
    (each) =>
      each.name !== name ||
      each.functions.some((own) => isWithin(node, own) || isPartOf(node, own)) ||
      project.isInRoot(each.node),
  );
}

/** Says whether a node stands in a function of the orchestrator's file that works for it: a helper, which it names. */
function isPartOf(node: TS.Node, orchestrator: FunctionNode): boolean {
  if (node.getSourceFile() !== orchestrator.getSourceFile()) return false;
  const named = new Set<string>();
  for (const each of descendants(orchestrator)) if (ts.isIdentifier(each)) named.add(each.text);
  for (let outer = enclosingFunction(node); outer !== undefined; outer = enclosingFunction(outer)) {
    const name = outer === orchestrator ? undefined : nameOf(outer);
    if (name !== undefined && named.has(name)) return true;
  }
  return false;
}

function rename(nameNode: TS.Expression, near: string | undefined): Remedy {
  const literal = unwrap(nameNode);
  if (near === undefined || !ts.isStringLiteralLike(literal)) return {};
  const edits = [{ start: literal.getStart() + 1, end: literal.getEnd() - 1, text: near }];
  return { suggest: [{ messageId: "rename", data: { near }, edits }] };
}

/** Detects names that nobody registers. */
export const unknownNames: Detector = {
  kinds: ["CallExpression"],
  visit(node, view) {
    const { code } = view;
    const reference = taskReferenceOf(node, code);
    if (reference?.nameNode === undefined || reference.kind === undefined || reference.kind === "event") return;
    const { kind, nameNode, method } = reference;
    const name = taskNameOf(nameNode, code);
    if (name?.name === undefined || name.by === "definition") return;
    const names = registeredNames(kind, code);
    if (isRegistered(name.name, kind, names)) return;
    const near = nearestName(name.name, names.names);
    if (!isProven(name.name, near, names, node, code)) return;
    view.add({
      rule: "known-task-name",
      messageId: near === undefined ? "unknown" : "unknownNear",
      data: { kind, name: name.name, near: near ?? "" },
      node: nameNode,
      api: `${method}("${name.name}")`,
      remedy: () => rename(nameNode, near),
    });
  },
};

function isRegistered(name: string, kind: RegistrationKind, { names }: RegisteredNames): boolean {
  const wanted = comparable(kind, name);
  for (const each of names) if (comparable(kind, each) === wanted) return true;
  return false;
}
