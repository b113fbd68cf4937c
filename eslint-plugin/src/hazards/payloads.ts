/**
 * Detects what an orchestrator sends and JSON does not carry: inputs, statuses, events and results.
 *
 * Invariant: one report for each value that is sent. A date is reported only to an activity that takes a date, since
 * its text is what most want.
 */
import type TS from "typescript";

import { durableCallOf, isContext } from "../semantic/durable.ts";
import type { Code, Detector, UnitView } from "../semantic/effects.ts";
import { isJsonData } from "../semantic/json-data.ts";
import type { Names } from "../semantic/names.ts";
import { plainType } from "../semantic/plain-types.ts";
import { isAsync, isFunction, isGenerator, memberOf, parametersOf, staticName, unwrap } from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";
import { activityOf } from "./activity-types.ts";
import { lostType } from "./lost-types.ts";
import { GENERATOR, lostValueIn, type LostValue } from "./lost-values.ts";
import { taskReferenceOf, type TaskReference } from "./task-references.ts";

/** How messages end that say what becomes of a value. */
const ENDS: Readonly<Record<Exclude<LostValue["becomes"], "unawaited">, string>> = {
  "left out": "it is left out",
  emptied: "it arrives as {}",
  refused: "writing it throws",
  stripped: "it arrives without its methods",
};

/** Members of a context that JSON carries; of a date, the text. */
const CARRIED: ReadonlySet<string> = new Set(["currentUtcDateTime", "instanceId", "isReplaying", "version"]);

function lostIn(value: TS.Expression, code: Code): LostValue | undefined {
  const written = lostValueIn(value, code);
  if (written !== undefined || !code.typed) return written;
  const literal = unwrap(value);
  if (!ts.isObjectLiteralExpression(literal)) return ofType(value, code);
  // Of an object that is written in place, the member itself is the better place for a report.
  for (const property of literal.properties) {
    const inner = ts.isPropertyAssignment(property)
      ? property.initializer
      : ts.isShorthandPropertyAssignment(property)
        ? property.name
        : undefined;
    const found = inner === undefined ? undefined : lostIn(inner, code);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Says without types that JSON carries a value: it came through JSON, is the context's, or is written out. */
function isCarried(value: TS.Node, names: Names): boolean {
  const node = unwrap(value);
  if (isWritten(node) || isReckoned(node, names) || isJsonData(node, names)) return true;
  if (ts.isPropertyAccessExpression(node)) return CARRIED.has(node.name.text) && isContext(node.expression, names);
  const definition = ts.isIdentifier(node) ? names.definitionOf(node) : undefined;
  if (definition?.kind !== "node" || definition.path.length > 0 || definition.node === node) return false;
  const { node: made } = definition;
  return (ts.isPropertyAccessExpression(made) || ts.isBinaryExpression(made)) && isCarried(made, names);
}

function isWritten(node: TS.Node): boolean {
  if (ts.isLiteralExpression(node) || ts.isTemplateExpression(node)) return !ts.isBigIntLiteral(node);
  return node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword;
}

/** Says whether a value is a number, a text or a truth because operators give no other, where nothing is a bigint. */
function isReckoned(node: TS.Node, names: Names): boolean {
  if (!ts.isBinaryExpression(node)) return false;
  const { kind } = node.operatorToken;
  if (kind >= ts.SyntaxKind.LessThanToken && kind <= ts.SyntaxKind.ExclamationEqualsEqualsToken) return true;
  return kind >= ts.SyntaxKind.PlusToken && kind <= ts.SyntaxKind.PercentToken && !names.mayDeclare("bigint");
}

/** Returns the type of a value: the declared one, unless a test may have narrowed it. */
function typeOf(value: TS.Expression, { names: { checker } }: Code): TS.Type {
  const declared = plainType(value, checker);
  return declared === undefined || declared.isUnion() ? checker.getTypeAtLocation(value) : declared;
}

function ofType(value: TS.Expression, code: Code): LostValue | undefined {
  if (isCarried(value, code.names)) return undefined;
  const lost = lostType(typeOf(value, code), code);
  return lost === undefined ? undefined : { ...lost, node: value };
}

function report(value: TS.Expression, how: string, view: UnitView, mayWait: boolean): void {
  const found = lostIn(value, view.code);
  if (found === undefined || (mayWait && found.becomes === "unawaited") || isHandedOver(found, value, view)) return;
  const { what, becomes, node } = found;
  const base = { rule: "serializable-payload", node, api: how } as const;
  if (becomes === "unawaited") view.add({ ...base, messageId: "unawaited", data: { what } });
  else view.add({ ...base, messageId: "lost", data: { what, end: ENDS[becomes] } });
}

/** Says whether an orchestrator that is no generator itself gives its work to one, which the engine then runs. */
function isHandedOver({ what, node }: LostValue, value: TS.Expression, { unit }: UnitView): boolean {
  const isResult =
    isFunction(unit) && !isGenerator(unit) && (value === unit.body || ts.isReturnStatement(value.parent));
  return isResult && what === GENERATOR.what && unwrap(node) === unwrap(value);
}

function isDate(type: TS.Type): boolean {
  return type.getSymbol()?.name === "Date" && type.getProperty("getTimezoneOffset") !== undefined;
}

/** Returns the expression of a date in what is sent, where the receiver declares a date in the same place. */
function dateIn(value: TS.Expression, taken: TS.Type, code: Code, depth = 3): TS.Expression | undefined {
  const { checker } = code.names;
  const node = unwrap(value);
  const wanted = checker.getNonNullableType(taken);
  if (isDate(wanted)) return isDateValue(value, code) ? value : undefined;
  if (depth === 0 || !ts.isObjectLiteralExpression(node)) return undefined;
  for (const property of node.properties) {
    const name = property.name === undefined ? undefined : staticName(property.name);
    const member = name === undefined ? undefined : wanted.getProperty(name);
    if (member === undefined) continue;
    const inner = ts.isPropertyAssignment(property)
      ? property.initializer
      : ts.isShorthandPropertyAssignment(property)
        ? property.name
        : undefined;
    const found = inner === undefined ? undefined : dateIn(inner, checker.getTypeOfSymbol(member), code, depth - 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isDateValue(value: TS.Expression, code: Code): boolean {
  const member = memberOf(unwrap(value));
  if (member?.name === "currentUtcDateTime" && isContext(member.object, code.names)) return true;
  return isDate(code.names.checker.getTypeAtLocation(value));
}

function reportDate(reference: TaskReference, input: TS.Expression, view: UnitView): void {
  const { code } = view;
  const activity = code.typed && reference.kind === "activity" ? activityOf(reference, code) : undefined;
  const parameter = activity === undefined ? undefined : parametersOf(activity.node)[activity.index];
  if (activity === undefined || parameter === undefined) return;
  const node = dateIn(input, code.names.checker.getTypeAtLocation(parameter), code);
  if (node === undefined) return;
  const data = { name: activity.name };
  view.add({ rule: "serializable-payload", messageId: "date", data, node, api: `${reference.method}()` });
}

/** The result of an orchestrator that the engine runs; what a helper returns stays in memory. */
function reportResult(value: TS.Expression | undefined, view: UnitView): void {
  const { unit, code } = view;
  if (value === undefined || !isFunction(unit)) return;
  const root = code.project.roots.get(unit);
  if (root === undefined || root.by === "type" || root.by === "structure") return;
  const plain = !isAsync(unit) && durableCallOf(unwrap(value), code.names) !== undefined;
  report(value, "return", view, isAsync(unit) || plain);
}

/** Detects payloads that JSON does not carry. */
export const payloads: Detector = {
  kinds: ["CallExpression", "ReturnStatement", "Unit"],
  visit(node, view) {
    if (ts.isReturnStatement(node)) reportResult(node.expression, view);
    else if (node === view.unit && ts.isArrowFunction(node) && !ts.isBlock(node.body)) reportResult(node.body, view);
    const reference = taskReferenceOf(node, view.code);
    if (reference?.input === undefined) return;
    report(reference.input, `${reference.method}()`, view, false);
    reportDate(reference, reference.input, view);
  },
};
