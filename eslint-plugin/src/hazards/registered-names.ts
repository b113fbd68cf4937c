/**
 * Lists the names that a program registers, and says whether these are all that can be called.
 *
 * Invariant: the list is complete only when every registration of the kind has a name that is known, on a worker that
 * nobody out of sight adds to. Computed once per program and kind. Used by the detector of unknown names.
 */
import type TS from "typescript";

import type { Code } from "../semantic/effects.ts";
import { hubOf } from "../semantic/hubs.ts";
import type { Project } from "../semantic/project.ts";
import type { Registration, RegistrationKind } from "../semantic/registrations.ts";
import { nodesIn } from "../semantic/nodes.ts";
import { descendants, staticName, unwrap } from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";
import { nearestName } from "./edit-distance.ts";
import { taskNameOf, taskReferenceOf } from "./task-references.ts";

/** The names of one kind. */
export interface RegisteredNames {
  readonly names: ReadonlySet<string>;
  /** The names that each file registers. */
  readonly byFile: ReadonlyMap<TS.SourceFile, ReadonlySet<string>>;
  /** True when nothing out of sight of these files registers more on the same workers. */
  readonly complete: boolean;
  /** Lists the names that the program calls and does not register, nor anything like them. */
  readonly strangers: () => ReadonlySet<string>;
}

const known = new WeakMap<Project, Map<RegistrationKind, RegisteredNames>>();

/** Returns the names of one kind, as callers write them: those of entities in lower case. */
export function registeredNames(kind: RegistrationKind, code: Code): RegisteredNames {
  const byKind = known.get(code.project) ?? new Map<RegistrationKind, RegisteredNames>();
  known.set(code.project, byKind);
  const cached = byKind.get(kind);
  if (cached !== undefined) return cached;
  const found = collect(kind, code);
  byKind.set(kind, found);
  return found;
}

/** Writes a name as names of its kind are compared. */
export function comparable(kind: RegistrationKind, name: string): string {
  return kind === "entity" ? name.toLowerCase() : name;
}

function collect(kind: RegistrationKind, code: Code): RegisteredNames {
  const names = new Set<string>();
  const byFile = new Map<TS.SourceFile, Set<string>>();
  const registrations = code.project.registered(kind);
  for (const { name, node } of registrations) {
    if (name === undefined) continue;
    const file = node.getSourceFile();
    const own = byFile.get(file) ?? new Set<string>();
    byFile.set(file, own.add(name));
    names.add(name);
  }
  const complete =
    names.size > 0 &&
    registrations.every((each) => isClosed(each, code)) &&
    code.project.files.every((file) => !mayAddMore(file, code));
  let strangers: ReadonlySet<string> | undefined;
  return { names, byFile, complete, strangers: () => (strangers ??= strangersOf(kind, names, code)) };
}

function strangersOf(kind: RegistrationKind, names: ReadonlySet<string>, code: Code): ReadonlySet<string> {
  const strangers = new Set<string>();
  const known = new Set([...names].map((name) => comparable(kind, name)));
  for (const file of code.project.files) {
    for (const node of descendants(file)) {
      const reference = taskReferenceOf(node, code);
      if (reference?.kind !== kind || reference.nameNode === undefined) continue;
      const { name } = taskNameOf(reference.nameNode, code) ?? {};
      if (name === undefined || known.has(comparable(kind, name))) continue;
      if (nearestName(name, names) === undefined) strangers.add(comparable(kind, name));
    }
  }
  return strangers;
}

function isClosed(registration: Registration, code: Code): boolean {
  if (registration.name === undefined || registration.named === "elsewhere") return false;
  return hubOf(registration, code.names)?.closed === true;
}

/** Says whether a file gives the app to other code, or registers definitions that come from a package. */
function mayAddMore(file: TS.SourceFile, code: Code): boolean {
  if (/durable-functions/u.test(file.text) && /[(,]\s*(?:\w+\.)?app\s*[,)]/u.test(file.text)) return true;
  if (!/\bregister\b/u.test(file.text) || !/["']dacapo["']/u.test(file.text)) return false;
  return nodesIn(file, "PropertyAssignment").some(
    ({ name, initializer }) => staticName(name) === "register" && isForeign(initializer, code),
  );
}

/** Says whether a list of definitions has any that the program does not define itself. */
function isForeign(expression: TS.Expression, code: Code): boolean {
  const node = unwrap(expression);
  if (!ts.isArrayLiteralExpression(node)) return !isOwn(node, code);
  return node.elements.some((element) =>
    ts.isSpreadElement(element) ? isForeign(element.expression, code) : !isOwn(element, code),
  );
}

function isOwn(expression: TS.Node, code: Code): boolean {
  const origin = code.names.originOf(expression);
  if (origin !== undefined) return origin.module === "dacapo";
  const node = unwrap(expression);
  const definition = ts.isIdentifier(node) ? code.names.definitionOf(node) : undefined;
  const literal = definition?.kind === "node" && definition.path.length === 0 ? unwrap(definition.node) : undefined;
  return literal !== undefined && ts.isArrayLiteralExpression(literal) && !isForeign(literal, code);
}
