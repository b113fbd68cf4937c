/**
 * Detects calls of activities whose input or result has another type than the activity's function declares.
 *
 * Invariant: needs types; without them, and where a type is open or an activity is not in sight, it is silent. Values
 * are compared as they arrive, after JSON.
 */
import type TS from "typescript";

import type { Code, Detector, Effect } from "../semantic/effects.ts";
import { acceptsNothing, isNothing, JsonTypes } from "../semantic/json-types.ts";
import { descendants, isFunction, parametersOf, unwrap, wrapped, type FunctionNode } from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";
import { taskNameOf, taskReferenceOf, type TaskReference } from "./task-references.ts";

/** The function of an activity, and which of its parameters gets the input. */
export interface Activity {
  readonly name: string;
  readonly node: FunctionNode;
  readonly index: number;
}

type Report = Pick<Effect, "messageId" | "data" | "node">;

/** Returns the function of the activity that a call refers to, when it is certain. */
export function activityOf({ nameNode }: TaskReference, code: Code): Activity | undefined {
  const name = nameNode === undefined ? undefined : taskNameOf(nameNode, code);
  // A definition carries its types, and the compiler compares them.
  if (name?.name === undefined || name.by === "definition") return undefined;
  if (name.by === "function") return { name: name.name, node: name.node, index: 1 };
  const registered = code.project.registered("activity").filter((each) => each.name === name.name);
  const [only] = registered;
  const [node] = only?.functions ?? [];
  if (only === undefined || node === undefined || registered.length > 1 || only.functions.length > 1) return undefined;
  return { name: name.name, node, index: only.flavour === "durable-functions" ? 0 : 1 };
}

/** Says whether a function can get at arguments that it has no parameter for. */
function takesMore(node: FunctionNode): boolean {
  if (node.parameters.some(({ dotDotDotToken }) => dotDotDotToken !== undefined)) return true;
  if (ts.isArrowFunction(node) || node.body === undefined || !/\barguments\b/u.test(node.body.getText())) return false;
  for (const inner of descendants(node.body, (each) => !isFunction(each) || ts.isArrowFunction(each))) {
    if (ts.isIdentifier(inner) && inner.text === "arguments") return true;
  }
  return false;
}

/** Says whether an input is only there to fill its place: nothing, or an empty object or text. */
function isFiller(input: TS.Expression, checker: TS.TypeChecker): boolean {
  const node = unwrap(input);
  if (ts.isObjectLiteralExpression(node)) return node.properties.length === 0;
  if (ts.isStringLiteralLike(node)) return node.text === "";
  return acceptsNothing(checker.getTypeAtLocation(input));
}

function inputReport(reference: TaskReference, activity: Activity, code: Code, types: JsonTypes): Report | undefined {
  if (reference.node.arguments.some((argument) => ts.isSpreadElement(argument))) return undefined;
  const parameter = parametersOf(activity.node)[activity.index];
  if (parameter === undefined) return surplusReport(reference, activity, code);
  if (parameter.dotDotDotToken !== undefined) return undefined;
  const { checker } = code.names;
  const { input, nameNode, node } = reference;
  const { name } = activity;
  const type = checker.getTypeAtLocation(parameter);
  const mayMiss = parameter.questionToken !== undefined || parameter.initializer !== undefined || acceptsNothing(type);
  const takes = types.text(type);
  if (input === undefined || isUndefined(input)) {
    return mayMiss ? undefined : { messageId: "missing", data: { name, takes }, node: input ?? nameNode ?? node };
  }
  const given = checker.getTypeAtLocation(input);
  if ((mayMiss && isNothing(given)) || types.isAcceptableValue(input, type)) return undefined;
  return { messageId: "input", data: { name, takes, given: types.text(given) }, node: input };
}

/** An input that the function has no parameter for. */
function surplusReport({ input }: TaskReference, { name, node }: Activity, code: Code): Report | undefined {
  const used = input === undefined || takesMore(node) || isFiller(input, code.names.checker);
  return used ? undefined : { messageId: "notTaken", data: { name }, node: input };
}

function isUndefined(node: TS.Expression): boolean {
  return ts.isIdentifier(node) && node.text === "undefined";
}

/** Returns the type that the code says the result has: by a type argument, an assertion, or a variable's annotation. */
function declaredResult(call: TS.CallExpression): TS.TypeNode | undefined {
  const told = call.typeArguments?.at(call.typeArguments.length > 1 ? 1 : 0);
  if (told !== undefined) return told;
  const { parent } = wrapped(call);
  if (!ts.isYieldExpression(parent) && !ts.isAwaitExpression(parent)) return undefined;
  let outer: TS.Node = parent;
  while (ts.isParenthesizedExpression(outer.parent)) outer = outer.parent;
  const holder = outer.parent;
  if (ts.isAsExpression(holder) || ts.isTypeAssertionExpression(holder)) return holder.type;
  return ts.isVariableDeclaration(holder) && holder.initializer === outer ? holder.type : undefined;
}

function resultReport({ node }: TaskReference, activity: Activity, code: Code, types: JsonTypes): Report | undefined {
  const { checker } = code.names;
  const declared = declaredResult(node);
  const signature = checker.getSignatureFromDeclaration(activity.node);
  if (declared === undefined || signature === undefined) return undefined;
  const returned = signature.getReturnType();
  const given = checker.getAwaitedType(returned) ?? returned;
  const expected = checker.getTypeFromTypeNode(declared);
  // A wider type than the activity's, and a narrower one, are both told by somebody who may know.
  if (types.isAcceptable(given, expected) || types.isAcceptable(expected, given)) return undefined;
  const data = { name: activity.name, gives: types.text(given), expected: types.text(expected) };
  return { messageId: "result", data, node };
}

/** Detects inputs and results of the wrong type. */
export const activityTypes: Detector = {
  kinds: ["CallExpression"],
  visit(node, view) {
    const { code } = view;
    if (!code.typed) return;
    const reference = taskReferenceOf(node, code);
    if (reference?.kind !== "activity") return;
    const activity = activityOf(reference, code);
    if (activity === undefined) return;
    const types = new JsonTypes(code.names.checker);
    const api = `${reference.method}("${activity.name}")`;
    for (const find of [inputReport, resultReport]) {
      const report = find(reference, activity, code, types);
      if (report !== undefined) view.add({ rule: "activity-types", api, ...report });
    }
  },
};
