/**
 * Detects paths that are made absolute by the folder that the process happens to run in.
 *
 * Invariant: a path counts only when all its parts are written out, and none is absolute.
 */
import { unwrap } from "../semantic/syntax.ts";
import type { Detector } from "../semantic/effects.ts";
import { ts } from "../semantic/typescript.ts";

const RESOLVERS = /^(?:(?:posix|win32)\.)?resolve$/u;

/** Says whether a text is an absolute path, on any system. */
function isAbsolute(text: string): boolean {
  return /^(?:[/\\]|[A-Za-z]:[/\\])/u.test(text);
}

export const workingFolder: Detector = {
  kinds: ["CallExpression"],
  visit(node, view) {
    if (!ts.isCallExpression(node)) return;
    const origin = view.code.names.originOf(node.expression);
    if (origin === undefined || !/^path(?:\/(?:posix|win32))?$/u.test(origin.module)) return;
    if (!RESOLVERS.test(origin.path.join("."))) return;
    const parts = node.arguments.map(unwrap);
    if (!parts.every((part) => ts.isStringLiteralLike(part) && !isAbsolute(part.text))) return;
    const instead = "Give it an absolute path to begin with.";
    view.add({
      rule: "no-host-info",
      messageId: "uses",
      data: { instead },
      node,
      api: "path.resolve()",
      isValue: true,
    });
  },
};
