/**
 * Recognises the context of an Azure function's invocation, which an orchestrator of Durable Functions gets together
 * with the durable context `df`. Nothing of it but `df` is replayed.
 *
 * Invariant: a parameter is such a context by its place in a registered orchestrator, by its type, or by its own use of
 * `df`. Used by the detectors of logging and of the invocation's members.
 */
import type TS from "typescript";

import type { Code } from "../semantic/effects.ts";
import { isOwnFile } from "../semantic/names.ts";
import { CONTEXT_TYPES, flavourOf } from "../semantic/packages.ts";
import { contextParameterOf } from "../semantic/project.ts";
import { descendants, isFunction, memberOf, unwrap } from "../semantic/syntax.ts";
import { annotationOf, memberTypeOf, originOfType } from "../semantic/type-names.ts";
import { ts } from "../semantic/typescript.ts";

/** Types of the invocation's context of the host itself, which it may be passed as. */
const HOST_TYPES: ReadonlySet<string> = new Set(["InvocationContext", "Context"]);

const MAX_DEPTH = 8;

const writing = new WeakMap<Code, boolean>();

/** Says whether any file of the program is written for Azure Functions: the cheap answer that spares all others. */
export function mayHaveContexts(code: Code): boolean {
  const known = writing.get(code);
  if (known !== undefined) return known;
  const found = code.names.files.some(
    (file) => isOwnFile(file) && /durable-functions|@azure\/functions|\bdf\b/u.test(file.text),
  );
  writing.set(code, found);
  return found;
}

function isContextType(type: TS.TypeNode | undefined, code: Code): boolean {
  const origin = originOfType(type, code.names);
  const name = origin?.path.at(-1) ?? "";
  if (origin?.module === "@azure/functions") return HOST_TYPES.has(name);
  return origin !== undefined && flavourOf(origin.module) === "durable-functions" && CONTEXT_TYPES.has(name);
}

/** Says whether the function asks `df` of its parameter. */
function usesDf(parameter: TS.ParameterDeclaration): boolean {
  const { name, parent } = parameter;
  if (!ts.isIdentifier(name) || annotationOf(parameter) !== undefined) return false;
  for (const node of descendants(parent)) {
    const member = memberOf(node);
    if (member?.name === "df" && ts.isIdentifier(member.object) && member.object.text === name.text) return true;
  }
  return false;
}

/** Says whether a parameter without a type is called as contexts are, where all orchestrators are of Durable Functions. */
function isNamedSo(parameter: TS.ParameterDeclaration, code: Code): boolean {
  const { name } = parameter;
  if (!ts.isIdentifier(name) || !/^(?:context|ctx)$/u.test(name.text) || annotationOf(parameter) !== undefined)
    return false;
  return [...code.project.roots.values()].every(({ flavour }) => flavour === "durable-functions");
}

const judged = new WeakMap<Code, Map<TS.ParameterDeclaration, boolean>>();

/** Says whether a parameter is the invocation's context; asked of each of its uses, found out once. */
function isFunctionContext(parameter: TS.ParameterDeclaration, code: Code): boolean {
  const known = judged.get(code) ?? new Map<TS.ParameterDeclaration, boolean>();
  judged.set(code, known);
  const answer = known.get(parameter) ?? judge(parameter, code);
  known.set(parameter, answer);
  return answer;
}

function judge(parameter: TS.ParameterDeclaration, code: Code): boolean {
  const owner = parameter.parent;
  if (!isFunction(owner)) return false;
  const root = code.project.roots.get(owner);
  if (root !== undefined) return root.flavour === "durable-functions" && contextParameterOf(root) === parameter;
  return isContextType(annotationOf(parameter), code) || usesDf(parameter) || isNamedSo(parameter, code);
}

/** Returns what is left of a path into a parameter behind the invocation's context. */
function pathInParameter(
  parameter: TS.ParameterDeclaration,
  path: readonly string[],
  code: Code,
): readonly string[] | undefined {
  if (isFunctionContext(parameter, code)) return path;
  const [first, ...rest] = path;
  // One of several things in an object: `{ context, order }`.
  const type = first === undefined ? undefined : memberTypeOf(annotationOf(parameter), first, code.names);
  return isContextType(type, code) ? rest : undefined;
}

/** Returns the members that lead from an invocation's context to the value; undefined when it does not begin there. */
export function functionContextPath(expression: TS.Node, code: Code, depth = MAX_DEPTH): readonly string[] | undefined {
  if (depth === 0 || !mayHaveContexts(code)) return undefined;
  const node = unwrap(expression);
  const member = memberOf(node);
  if (member !== undefined) {
    const before = functionContextPath(member.object, code, depth - 1);
    return before === undefined ? undefined : [...before, member.name];
  }
  if (!ts.isIdentifier(node)) return undefined;
  const definition = code.names.definitionOf(node);
  if (definition?.kind === "parameter") {
    return pathInParameter(definition.parameter, definition.path, code);
  }
  if (definition?.kind !== "node" || definition.node === node) return undefined;
  const before = functionContextPath(definition.node, code, depth - 1);
  return before === undefined ? undefined : [...before, ...definition.path];
}
