/**
 * Detects calls of generator helpers whose body never runs, for want of `yield*`.
 *
 * Invariant: only a call that provably makes a generator of the program counts; one that is kept, handed on or iterated
 * may run later and is left alone. An orchestrator that is called like a function is another rule's.
 */
import type TS from "typescript";

import { durableCallOf } from "../semantic/durable.ts";
import type { Code, Detector, Edit, Remedy, UnitView } from "../semantic/effects.ts";
import { fateOf, type Fate } from "../semantic/fates.ts";
import { styleAt } from "../semantic/styles.ts";
import { isAsync, isFunction, isGenerator, memberOf, unwrap, wrapped, type FunctionNode } from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";
import { callText } from "./durable-values.ts";
import { prefixed } from "./floating-task.ts";

const RULE = "no-unused-generator-call";

/** Returns the generators that a call makes, when it makes nothing else. */
function generatorsOf(node: TS.Node, code: Code): readonly FunctionNode[] {
  const call = unwrap(node);
  if (!ts.isCallExpression(call)) return [];
  const callees = code.callees.of(call.expression);
  const functions = callees.flatMap((each) => (each.kind === "function" ? [each.node] : []));
  const proven = functions.length === callees.length && functions.every(isGenerator);
  const started = functions.some((each) => code.project.roots.get(each)?.by === "registration");
  return proven && !started ? functions : [];
}

/** Says whether `yield*` at a place can run all of the generators. */
function canDelegate(place: TS.Node, generators: readonly FunctionNode[]): boolean {
  const style = styleAt(place);
  return style === "async generator" || (style === "generator" && !generators.some(isAsync));
}

/** The edit that makes `yield x` out of it `yield* x`. */
function starred(by: TS.YieldExpression): Edit {
  const at = by.getStart() + "yield".length;
  return { start: at, end: at, text: "*" };
}

function suggest(edits: readonly Edit[]): Remedy {
  return { suggest: [{ messageId: "delegate", edits }] };
}

function remedyFor(node: TS.CallExpression, fate: Fate, generators: readonly FunctionNode[]): Remedy {
  if (!canDelegate(node, generators)) return {};
  const outer = wrapped(node);
  if (fate.kind === "waited") {
    if (!ts.isYieldExpression(fate.by)) {
      const start = fate.by.getStart();
      return suggest([{ start, end: start + "await".length, text: "yield*" }]);
    }
    return fate.by.expression === outer ? { fix: [starred(fate.by)] } : {};
  }
  if (fate.kind === "dropped" && ts.isExpressionStatement(outer.parent)) return { fix: prefixed(outer, "yield*") };
  const isHere = (fate.kind === "tested" && fate.at === outer) || ts.isVariableDeclaration(outer.parent);
  return isHere ? suggest(prefixed(outer, "yield*")) : {};
}

function messageFor(fate: Fate): string | undefined {
  switch (fate.kind) {
    case "dropped":
    case "tested":
    case "unread":
      return "unused";
    case "waited":
      if (!ts.isYieldExpression(fate.by)) return "awaited";
      return fate.by.asteriskToken === undefined ? "yielded" : undefined;
    case "voided":
    case "unpacked":
    case "kept":
      return undefined;
  }
}

function visitCall(node: TS.CallExpression, view: UnitView): void {
  const generators = generatorsOf(node, view.code);
  if (generators.length === 0) return;
  const fate = fateOf(node, view.code.names);
  const messageId = messageFor(fate);
  if (messageId === undefined) return;
  view.add({
    rule: RULE,
    messageId,
    data: {},
    node,
    api: callText(node),
    remedy: () => remedyFor(node, fate, generators),
  });
}

/** Reports generators in the list of a combination, which takes tasks only. */
function visitCombination(node: TS.CallExpression, view: UnitView): void {
  const [list] = node.arguments;
  const call = durableCallOf(node, view.code.names);
  if (list === undefined || call?.kind !== "combinator") return;
  for (const element of elementsOf(unwrap(list), view.code)) {
    const inner = unwrap(element);
    const isGiven = isFunction(inner) && isGenerator(inner);
    if (!isGiven && generatorsOf(inner, view.code).length === 0) continue;
    const api = ts.isCallExpression(inner) ? callText(inner) : "function*";
    view.add({ rule: RULE, messageId: "combined", data: { combination: callText(node) }, node: inner, api });
  }
}

/** The expressions that a list is made of: its elements, or what `map` makes of each. */
function elementsOf(list: TS.Node, code: Code): readonly TS.Node[] {
  if (ts.isArrayLiteralExpression(list)) return list.elements;
  if (!ts.isCallExpression(list) || memberOf(unwrap(list.expression))?.name !== "map") return [];
  const [callback] = list.arguments;
  if (callback === undefined) return [];
  const inner = unwrap(callback);
  if (!isFunction(inner)) return [];
  return isGenerator(inner) ? [inner] : code.callees.returns(inner);
}

/** Reports a generator that is given to `forEach`, which makes its object and throws it away. */
function visitForEach(node: TS.CallExpression, view: UnitView): void {
  if (memberOf(unwrap(node.expression))?.name !== "forEach") return;
  const [callback] = node.arguments;
  const inner = callback === undefined ? undefined : unwrap(callback);
  if (inner === undefined || !isFunction(inner) || !isGenerator(inner)) return;
  view.add({ rule: RULE, messageId: "forEach", data: {}, node: inner, api: "forEach(function* ...)" });
}

/** Detects generators that are made and never run. */
export const unusedGenerator: Detector = {
  kinds: ["CallExpression"],
  visit(node, view) {
    if (!ts.isCallExpression(node)) return;
    visitCall(node, view);
    visitCombination(node, view);
    visitForEach(node, view);
  },
};
