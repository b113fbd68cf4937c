/**
 * Detects calls of functions that are declared nondeterministic where they are written.
 *
 * Invariant: the word of a hazard after the tag sends the report to that hazard's rule; without one it is a report of
 * its own. What the function does is not looked at.
 */
import type TS from "typescript";

import { declaredBy, declaredOf, declaredUnit, type Declared } from "../semantic/declared.ts";
import { callbacksOf } from "../semantic/callbacks.ts";
import type { Detector, Unit, UnitView } from "../semantic/effects.ts";
import { memberOf, nameOf, unwrap } from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";
import { RULES, VALUES } from "./hazard-rules.ts";

/** Adds the effect of a use; `written` stands for what is used, and `leaf` for the end of a path to it. */
function add(declared: Declared | undefined, node: TS.Node, written: string, view: UnitView, leaf = written): void {
  if (declared?.kind !== "nondeterministic") return;
  const hazard = Object.hasOwn(RULES, declared.word) ? (declared.word as keyof typeof RULES) : "nondeterministic";
  if (hazard === "log" && view.guardAt(node) === "live") return;
  view.add({
    rule: RULES[hazard],
    messageId: "uses",
    data: { api: written },
    node,
    api: leaf,
    isValue: hazard === "nondeterministic" || VALUES.has(hazard),
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
    const { names, callees, apis } = view.code;
    const origin = names.originOf(node.expression);
    // What the settings declare wins over what a package says of itself.
    if (origin !== undefined && apis.declares(origin)) return;
    const declared = declaredOf(node, names, callees);
    const name = nameOfCallee(node.expression);
    add(declared, node, `${ts.isNewExpression(node) ? "new " : ""}${name}()`, view);
    if (declared !== undefined) return;
    for (const callback of callbacksOf(node, names)) {
      for (const callee of callees.of(callback)) {
        if (callee.kind === "function") add(declaredBy(callee.node), callback, `${nameOfCallee(callback)}()`, view);
      }
    }
  },
};

function nameOfUnit(unit: TS.Node): string {
  const holder = ts.findAncestor(unit, ts.isVariableDeclaration);
  const name = nameOf(unit) ?? (holder === undefined ? undefined : nameOf(holder)) ?? "This function";
  if (ts.isGetAccessorDeclaration(unit) || !(ts.isFunctionLike(unit) || ts.isClassLike(unit))) return name;
  return ts.isClassLike(unit) ? `new ${name}()` : `${name}()`;
}

/** What no call shows: a getter, a constant, a function that another function was given. */
export const declaredUnits: Detector = {
  kinds: ["DeclaredUnit"],
  visit(node, view) {
    const declared = declaredUnit(node as Unit);
    if (declared === undefined) return;
    const word = declared.word === "" ? "" : ` ${declared.word}`;
    add(declared, node, nameOfUnit(node), view, `@nondeterministic${word}`);
  },
};
