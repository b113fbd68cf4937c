/**
 * What to put in the place of a use of a listed API.
 *
 * Invariant: a fix gives the same kind of value, through a context that is provably there; everything else is a
 * suggestion. Called by the detectors when a finding is reported, never before.
 */
import type TS from "typescript";

import type { ApiMatch } from "../semantic/api-table.ts";
import { contextAt, holdsComment, isNameTaken, spaced } from "../semantic/contexts.ts";
import type { Edit, Remedy } from "../semantic/effects.ts";
import type { Names } from "../semantic/names.ts";
import type { Origin } from "../semantic/origin.ts";
import type { Root } from "../semantic/project.ts";
import { parametersOf } from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";

/** The context's name in a suggestion that adds it. */
const USUAL_CONTEXT = "ctx";

/** The clocks that the context's time can stand for: the member that gives the same kind of value. */
const CLOCKS: ReadonlyMap<string, { readonly member: string; readonly certain: boolean }> = new Map([
  ["new Date()", { member: ".currentUtcDateTime", certain: true }],
  ["Date.now()", { member: ".currentUtcDateTime.getTime()", certain: true }],
  // The text that Date() gives is in the machine's time zone, so its author should look at the change.
  ["Date()", { member: ".currentUtcDateTime.toString()", certain: false }],
]);

/** Sources of identifiers that the context's own can stand for. */
const IDENTIFIERS: ReadonlySet<string> = new Set(["uuid.v4()", "crypto.randomUUID()", "randomUUID()"]);

function replace(node: TS.Node, text: string): Edit {
  return { start: node.getStart(), end: node.getEnd(), text: spaced(text, node) };
}

/**
 * Offers to give an orchestrator without parameters a context. The function must be written in the registering call,
 * which gives the new parameter its type, and the name must be free.
 */
function addContext(node: TS.Node, root: Root, member: string): Remedy {
  if (!ts.isCallExpression(root.node.parent) || root.node.typeParameters !== undefined) return {};
  const name = root.flavour === "durable-functions" ? "context" : USUAL_CONTEXT;
  const opening = root.node.getChildren().find(({ kind }) => kind === ts.SyntaxKind.OpenParenToken);
  if (opening === undefined || isNameTaken(name, node)) return {};
  const text = `${name}${root.flavour === "durable-functions" ? ".df" : ""}${member}`;
  const edits = [{ start: opening.getEnd(), end: opening.getEnd(), text: name }, replace(node, text)];
  return { suggest: [{ messageId: "addContext", data: { parameter: name, replacement: text }, edits }] };
}

function replacementFor(match: ApiMatch): { readonly member: string; readonly certain: boolean } | undefined {
  if (match.hazard === "clock") return CLOCKS.get(match.api);
  if (match.hazard === "random" && IDENTIFIERS.has(match.api)) return { member: ".newGuid()", certain: false };
  return undefined;
}

/** Returns what can be done about one use of an API in the orchestrator `root`. */
export function remedyForUse(match: ApiMatch, node: TS.Node, origin: Origin, root: Root, names: Names): Remedy {
  const replacement = replacementFor(match);
  if (replacement === undefined) return {};
  const { member, certain } = replacement;
  const use = contextAt(node, root, names);
  if (use.kind === "absent") return parametersOf(root.node).length === 0 ? addContext(node, root, member) : {};
  if (use.kind === "unreachable") return {};
  const text = `${use.text}${member}`;
  const passed = ts.isCallExpression(node) || ts.isNewExpression(node) ? (node.arguments?.length ?? 0) : 0;
  const bare = origin.spelledOut && passed === 0 && !holdsComment(node);
  // A reading whose value nobody uses should be removed instead, which is not for a tool to decide.
  const isUsed = !ts.isExpressionStatement(node.parent);
  const edits = [replace(node, text)];
  if (use.kind === "proven" && certain && bare && isUsed) return { fix: edits };
  return { suggest: [{ messageId: "replace", data: { replacement: text }, edits }] };
}
