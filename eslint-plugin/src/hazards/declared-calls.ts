/**
 * Detects calls of functions that are declared nondeterministic where they are written.
 *
 * Invariant: the word of a hazard after the tag sends the report to that hazard's rule; without one it is a report of
 * its own. What the function does is not looked at.
 */
import type TS from "typescript";

import { callbacksOf } from "../semantic/callbacks.ts";
import { declaredBy, declaredOf, type Declared } from "../semantic/declared.ts";
import type { Detector, UnitView } from "../semantic/effects.ts";
import { memberOf, unwrap } from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";
import { RULES, VALUES } from "./hazard-rules.ts";

function add(declared: Declared | undefined, node: TS.Node, name: string, view: UnitView): void {
  if (declared?.kind !== "nondeterministic") return;
  const hazard = Object.hasOwn(RULES, declared.word) ? (declared.word as keyof typeof RULES) : "nondeterministic";
  if (hazard === "log" && view.guardAt(node) === "live") return;
  const isValue = hazard === "nondeterministic" || VALUES.has(hazard);
  view.add({
    rule: RULES[hazard],
    messageId: "uses",
    data: {},
    node,
    api: `${name}()`,
    isValue,
    liveIsFine: hazard === "log",
  });
}

function nameOfCallee(node: TS.Node): string {
  const callee = unwrap(node);
  return memberOf(callee)?.name ?? callee.getText().replace(/\s+/gu, " ");
}

export const declaredCalls: Detector = {
  kinds: ["CallExpression", "NewExpression"],
  visit(node, view) {
    if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return;
    const { names, callees } = view.code;
    const declared = declaredOf(node, names, callees);
    const name = nameOfCallee(node.expression);
    add(declared, node, ts.isNewExpression(node) ? `new ${name}` : name, view);
    if (declared !== undefined) return;
    for (const callback of callbacksOf(node, names)) {
      for (const callee of callees.of(callback)) {
        if (callee.kind === "function") add(declaredBy(callee.node), callback, nameOfCallee(callback), view);
      }
    }
  },
};
