/**
 * What to do about a line that is logged again on each replay: give it to the context's logger, or guard it.
 *
 * Invariant: suggestions only, since both change where or when the line appears. Called when a finding is reported.
 */
import type TS from "typescript";

import { contextAt, holdsComment } from "../semantic/contexts.ts";
import type { Remedy, Suggestion } from "../semantic/effects.ts";
import type { Names } from "../semantic/names.ts";
import type { Root } from "../semantic/project.ts";
import { memberOf, unwrap, wrapped } from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";

/** The console's methods that the context's logger has, under its own names. */
const LEVELS: ReadonlyMap<string, string> = new Map([
  ["debug", "debug"],
  ["error", "error"],
  ["info", "info"],
  ["log", "info"],
  ["warn", "warn"],
]);

/** Says whether an expression is certainly a text, which is all that the context's logger takes. */
function isText(node: TS.Expression | undefined): boolean {
  return node !== undefined && (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node));
}

/** `console.log("x")` becomes `ctx.log.info("x")`, in Dacapo, whose context has a logger. */
function useContext(node: TS.CallExpression, text: string, root: Root): readonly Suggestion[] {
  const callee = unwrap(node.expression);
  const member = memberOf(callee);
  const level = member === undefined ? undefined : LEVELS.get(member.name);
  if (root.flavour !== "dacapo" || level === undefined || member?.object.getText() !== "console") return [];
  if (node.arguments.length !== 1 || !isText(node.arguments[0]) || holdsComment(callee)) return [];
  const replacement = `${text}.log.${level}`;
  const edits = [{ start: node.expression.getStart(), end: node.expression.getEnd(), text: replacement }];
  return [{ messageId: "replace", data: { replacement: `${replacement}()` }, edits }];
}

/** A statement of its own is put behind the replay flag. */
function guard(node: TS.CallExpression, text: string): readonly Suggestion[] {
  const statement = wrapped(node).parent;
  if (!ts.isExpressionStatement(statement)) return [];
  const holder = statement.parent;
  if (!ts.isBlock(holder) && !ts.isCaseOrDefaultClause(holder)) return [];
  const start = statement.getStart();
  const condition = `!${text}.isReplaying`;
  return [{ messageId: "guard", data: { condition }, edits: [{ start, end: start, text: `if (${condition}) ` }] }];
}

/** Returns what can be done about a call of a logger. */
export function remedyForLog(node: TS.Node, root: Root, names: Names): Remedy {
  if (!ts.isCallExpression(node)) return {};
  const use = contextAt(node, root, names);
  if (use.kind === "absent" || use.kind === "unreachable") return {};
  const suggest = [...useContext(node, use.text, root), ...guard(node, use.text)];
  return suggest.length === 0 ? {} : { suggest };
}
