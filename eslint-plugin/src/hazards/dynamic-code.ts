/**
 * Detects code that is loaded or made while an orchestrator runs.
 *
 * Invariant: only what runs in orchestrator code counts; a module that is loaded at the top of a file is loaded before.
 */
import type TS from "typescript";

import type { Detector, UnitView } from "../semantic/effects.ts";
import { isFunction, unwrap } from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";

/** Globals that make code of a text. */
const MAKERS: ReadonlySet<string> = new Set(["Function", "eval"]);

/** Returns the way in which a call or a `new` brings in code. */
function wayOf(node: TS.CallExpression | TS.NewExpression, view: UnitView): "loads" | "makes" | undefined {
  const callee = unwrap(node.expression);
  if (callee.kind === ts.SyntaxKind.ImportKeyword) return "loads";
  const origin = view.code.names.originOf(callee);
  if (origin === undefined) return undefined;
  const path = origin.path.join(".");
  if (origin.module === "") {
    if (MAKERS.has(path)) return "makes";
    return ts.isCallExpression(node) && (path === "require" || path === "module.require") ? "loads" : undefined;
  }
  return origin.module === "module" && path === "createRequire.()" ? "loads" : undefined;
}

export const dynamicCode: Detector = {
  kinds: ["CallExpression", "NewExpression"],
  visit(node, view) {
    // The initialiser of a constant runs while its module is loaded.
    if (!isFunction(view.unit) && !ts.isClassLike(view.unit)) return;
    if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return;
    const messageId = wayOf(node, view);
    if (messageId === undefined) return;
    const api = `${ts.isNewExpression(node) ? "new " : ""}${unwrap(node.expression).getText()}()`;
    view.add({ rule: "no-dynamic-import", messageId, data: {}, node, api });
  },
};
