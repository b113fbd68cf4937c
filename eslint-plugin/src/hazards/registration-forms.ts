/**
 * Detects registrations that fail, or that nobody can call: without a usable name, without a function, or twice.
 *
 * Invariant: what is reported fails whenever it runs; a name or a handler that may be right is left alone.
 */
import type TS from "typescript";

import type { Code, Effect, FileDetector } from "../semantic/effects.ts";
import { hubOf } from "../semantic/hubs.ts";
import type { Names } from "../semantic/names.ts";
import { flavourOf } from "../semantic/packages.ts";
import { constantString, type Registration } from "../semantic/registrations.ts";
import {
  descendants,
  isFunction,
  lineOf,
  memberOf,
  nameOf,
  staticName,
  unwrap,
  wrapped,
  type FunctionNode,
} from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";
import { runsBefore } from "./runs-before.ts";

type Report = Pick<Effect, "messageId" | "data" | "node">;

/** Methods that other libraries have too: only in a file that imports a worker's package are they a worker's. */
const COMMON_METHODS = /^(?:registerActivity|registerWorkflow|addActivity|addEntity)/u;

/** What an expression provably is, when that is neither a function nor anything that holds one. */
function nothing(expression: TS.Expression, names: Names, depth = 5): boolean {
  const node = unwrap(expression);
  if (ts.isIdentifier(node)) {
    const definition = names.definitionOf(node);
    if (definition === undefined || depth === 0) return false;
    if (definition.kind === "external") return node.text === "undefined" && definition.origin.module === "";
    return (
      definition.kind === "node" &&
      definition.path.length === 0 &&
      ts.isExpression(definition.node) &&
      nothing(definition.node, names, depth - 1)
    );
  }
  return (
    node.kind === ts.SyntaxKind.NullKeyword ||
    node.kind === ts.SyntaxKind.TrueKeyword ||
    node.kind === ts.SyntaxKind.FalseKeyword ||
    ts.isVoidExpression(node) ||
    ts.isNumericLiteral(node) ||
    ts.isArrayLiteralExpression(node)
  );
}

/** Says whether a handler provably is no function. */
function hasNoFunction(handler: TS.Expression, names: Names): boolean {
  const node = unwrap(handler);
  if (nothing(handler, names) || ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)) return true;
  if (!ts.isObjectLiteralExpression(node)) return false;
  if (node.properties.some(({ name }) => name === undefined || staticName(name) === undefined)) return false;
  const property = node.properties.find(({ name }) => name !== undefined && staticName(name) === "handler");
  if (property === undefined) return true;
  return ts.isPropertyAssignment(property) && hasNoFunction(property.initializer, names);
}

function isNoName(node: TS.Expression, names: Names): boolean {
  const inner = unwrap(node);
  return nothing(node, names) || isFunction(inner) || ts.isClassLike(inner) || ts.isObjectLiteralExpression(inner);
}

/** Where a report about the whole registration goes: the name of the called method, which every form has. */
function placeOf({ node }: Registration): TS.Node {
  const callee = unwrap(node.expression);
  return memberOf(callee)?.nameNode ?? callee;
}

function short(node: TS.Node): string {
  const text = node.getText().replace(/\s+/gu, " ");
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}

function nameReport(registration: Registration, names: Names): Report | undefined {
  const { kind, nameNode, name, named } = registration;
  if (named !== "argument") return undefined;
  if (nameNode === undefined) {
    return { messageId: "noName", data: { kind, text: "nothing" }, node: placeOf(registration) };
  }
  if (name === undefined) {
    return isNoName(nameNode, names)
      ? { messageId: "noName", data: { kind, text: short(nameNode) }, node: nameNode }
      : undefined;
  }
  const trimmed = name.trim();
  if (trimmed === "") return { messageId: "blank", data: { kind }, node: nameNode };
  return trimmed === name
    ? undefined
    : { messageId: "padded", data: { kind, name: JSON.stringify(name), trimmed }, node: nameNode };
}

function handlerReport(registration: Registration, names: Names): Report | undefined {
  const { kind, handler, name, nameNode, functions } = registration;
  if (functions.length > 0) return undefined;
  const who = name === undefined || name.trim() === "" ? `This ${kind}` : `The ${kind} '${name}'`;
  if (handler === undefined) {
    return { messageId: "noHandler", data: { who, text: "nothing" }, node: nameNode ?? placeOf(registration) };
  }
  return hasNoFunction(handler, names)
    ? { messageId: "noHandler", data: { who, text: short(handler) }, node: handler }
    : undefined;
}

/** The method that registers under a name of its own, beside one that takes the function's. */
const NAMED_METHODS: ReadonlyMap<string, string> = new Map([
  ["addOrchestrator", "addNamedOrchestrator"],
  ["addActivity", "addNamedActivity"],
  ["addEntity", "addNamedEntity"],
  ["registerWorkflow", "registerWorkflowWithName"],
  ["registerActivity", "registerActivityWithName"],
]);

/** The name that JavaScript gives a function bound in the call, `bound work`; undefined when none is bound there. */
function boundName({ handler, functions }: Registration): string | undefined {
  const node = handler === undefined ? undefined : unwrap(handler);
  const bound = node !== undefined && ts.isCallExpression(node) ? memberOf(unwrap(node.expression)) : undefined;
  if (bound?.name !== "bind") return undefined;
  const [only] = functions;
  const name = only === undefined ? memberOf(unwrap(bound.object))?.name : nameOf(only);
  return `bound ${name ?? ""}`.trim();
}

/** Says whether nothing gives the function a name where it is written: an argument, or what another one returns. */
function isAnonymous(node: FunctionNode): boolean {
  if (nameOf(node) !== undefined || ts.isFunctionDeclaration(node)) return false;
  const holder = wrapped(node).parent;
  return ts.isCallExpression(holder) || ts.isReturnStatement(holder) || ts.isArrowFunction(holder);
}

/** A name that JavaScript takes from a function without one, or from a bound one. */
function derivedReport(registration: Registration): Report | undefined {
  const { kind, named, functions } = registration;
  if (named !== "function") return undefined;
  const node = placeOf(registration);
  const method = NAMED_METHODS.get(node.getText()) ?? "a method that takes one";
  const name = boundName(registration);
  if (name !== undefined) return { messageId: "bound", data: { kind, name, method }, node };
  const [only] = functions;
  return only !== undefined && functions.length === 1 && isAnonymous(only)
    ? { messageId: "anonymous", data: { kind, method }, node }
    : undefined;
}

/** The argument after the handler, which may be a version; undefined where it cannot be told. */
function versionOf({ node, handler }: Registration, names: Names): string | undefined {
  const index = handler === undefined ? -1 : node.arguments.indexOf(handler);
  const version = node.arguments[index + 1];
  return version === undefined ? "" : constantString(version, names);
}

/** Names that the host compares without regard to case. */
function keyOf({ kind, flavour, name }: Registration): string | undefined {
  const caseless = flavour === "durable-functions" || kind === "entity";
  return name === undefined || name.trim() === "" ? undefined : caseless ? name.toLowerCase() : name;
}

function isSame(first: Registration, second: Registration, names: Names): boolean {
  if (first.kind !== second.kind || first.flavour !== second.flavour || keyOf(first) !== keyOf(second)) return false;
  // Definitions of two files may belong to two hubs.
  if (first.flavour === "dacapo" && first.node.getSourceFile() !== second.node.getSourceFile()) return false;
  const version = versionOf(first, names);
  if (version === undefined || version !== versionOf(second, names)) return false;
  const hub = hubOf(second, names);
  return hub !== undefined && hub.key === hubOf(first, names)?.key && runsBefore(first.node, second.node);
}

function duplicateReport(registration: Registration, code: Code): Report | undefined {
  const { kind, name, nameNode } = registration;
  const key = keyOf(registration);
  if (key === undefined || name === undefined) return undefined;
  const first = code.project.registrations.find(
    (each) => keyOf(each) === key && comesBefore(each, registration, code) && isSame(each, registration, code.names),
  );
  if (first === undefined) return undefined;
  const file = first.node.getSourceFile();
  const line = String(lineOf(first.nameNode ?? placeOf(first)));
  const where =
    file === registration.node.getSourceFile() ? `on line ${line}` : `in ${baseName(file.fileName)}:${line}`;
  return { messageId: "duplicate", data: { kind, name, where }, node: nameNode ?? placeOf(registration) };
}

/** Says which is written first; in a chain of calls, the whole begins where its parts do. */
function comesBefore(first: Registration, second: Registration, { project }: Code): boolean {
  const [one, other] = [first.node.getSourceFile(), second.node.getSourceFile()];
  return one === other
    ? placeOf(first).pos < placeOf(second).pos
    : project.files.indexOf(one) < project.files.indexOf(other);
}

function baseName(fileName: string): string {
  return fileName.replace(/^.*[\\/]/u, "");
}

/** Says whether the call provably registers something: its method is a worker's, and no other library's. */
function isCertain({ flavour, node }: Registration): boolean {
  const member = memberOf(unwrap(node.expression));
  if (flavour !== "durabletask" || member === undefined || !COMMON_METHODS.test(member.name)) return true;
  return importsWorker(node.getSourceFile());
}

function importsWorker(file: TS.SourceFile): boolean {
  for (const node of descendants(file, (each) => !isFunction(each))) {
    if (ts.isStringLiteral(node) && flavourOf(node.text) === "durabletask") return true;
  }
  return false;
}

/** Detects mistakes in the registrations of a file, one report for each registration. */
export const registrationForms: FileDetector = {
  check(file, code, add) {
    for (const registration of code.project.registrations) {
      if (registration.node.getSourceFile() !== file || registration.kind === "client") continue;
      if (!isCertain(registration)) continue;
      const report =
        nameReport(registration, code.names) ??
        handlerReport(registration, code.names) ??
        derivedReport(registration) ??
        duplicateReport(registration, code);
      if (report !== undefined) add({ rule: "valid-registration", api: registration.kind, ...report });
    }
  },
};
