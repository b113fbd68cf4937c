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
import { isChangedDate } from "./changed-dates.ts";
import { remedyForLog } from "./log-remedies.ts";
import { remedyForTimer } from "./timer-remedies.ts";

/** The context's name in a suggestion that adds it. */
const USUAL_CONTEXT = "ctx";

/** What stands in the place of a use: the text, given that of the context, and whether it is the same kind of value. */
interface Replacement {
  readonly text: (context: string) => string;
  readonly certain: boolean;
}

/** The clocks that the context's time can stand for. */
const CLOCKS: ReadonlyMap<string, Replacement> = new Map([
  ["new Date()", { text: (context: string) => `${context}.currentUtcDateTime`, certain: true }],
  ["Date.now()", { text: (context: string) => `${context}.currentUtcDateTime.getTime()`, certain: true }],
  // The text that Date() gives is in the machine's time zone, so its author should look at the change.
  ["Date()", { text: (context: string) => `${context}.currentUtcDateTime.toString()`, certain: false }],
]);

/** A date of the code's own, for code that changes it. */
const OWN_DATE: Replacement = { text: (context) => `new Date(${context}.currentUtcDateTime)`, certain: true };

/** Sources of identifiers that the context's own can stand for. */
const IDENTIFIERS: ReadonlySet<string> = new Set([
  "crypto.randomUUID()",
  "globalThis.crypto.randomUUID()",
  "randomUUID()",
  "uuid()",
  "uuid.v1()",
  "uuid.v4()",
  "uuid.v7()",
  "uuidv4.uuid()",
]);

/** Durable Functions makes an identifier of a text, which is the instance's own where nothing else tells. */
function newGuid(context: string, root: Root): string {
  return root.flavour === "durable-functions" ? `${context}.newGuid(${context}.instanceId)` : `${context}.newGuid()`;
}

function replacementFor(match: ApiMatch, node: TS.Node, root: Root, names: Names): Replacement | undefined {
  const value = valueFor(match, node, root, names);
  if (value === undefined || ts.isCallExpression(node) || ts.isNewExpression(node)) return value;
  // A source that is handed on as a callback gives way to another callback.
  return { text: (context) => `() => ${value.text(context)}`, certain: false };
}

function valueFor(match: ApiMatch, node: TS.Node, root: Root, names: Names): Replacement | undefined {
  // Only Dacapo's context makes a date for each reading; that of others is theirs, and must not be changed.
  if (match.api === "new Date()" && root.flavour !== "dacapo" && isChangedDate(node, names)) return OWN_DATE;
  if (match.hazard === "clock") return CLOCKS.get(match.api);
  if (match.hazard !== "random") return undefined;
  if (IDENTIFIERS.has(match.api)) return { text: (context) => newGuid(context, root), certain: false };
  // Only Dacapo's context draws numbers.
  const draws = match.api === "Math.random()" && root.flavour === "dacapo";
  return draws ? { text: (context) => `${context}.random()`, certain: false } : undefined;
}

function replace(node: TS.Node, text: string): Edit {
  return { start: node.getStart(), end: node.getEnd(), text: spaced(text, node) };
}

/**
 * Offers to give an orchestrator without parameters a context. The function must be written in the registering call,
 * which gives the new parameter its type, and the name must be free.
 */
function addContext(node: TS.Node, root: Root, replacement: Replacement): Remedy {
  if (!ts.isCallExpression(root.node.parent) || root.node.typeParameters !== undefined) return {};
  const name = root.flavour === "durable-functions" ? "context" : USUAL_CONTEXT;
  const opening = root.node.getChildren().find(({ kind }) => kind === ts.SyntaxKind.OpenParenToken);
  if (opening === undefined || isNameTaken(name, node)) return {};
  const text = replacement.text(root.flavour === "durable-functions" ? `${name}.df` : name);
  const edits = [{ start: opening.getEnd(), end: opening.getEnd(), text: name }, replace(node, text)];
  return { suggest: [{ messageId: "addContext", data: { parameter: name, replacement: text }, edits }] };
}

/** Replaces the use by what the context offers, or, where it has no context, offers to add one. */
function useContext(replacement: Replacement, node: TS.Node, origin: Origin, root: Root, names: Names): Remedy {
  const use = contextAt(node, root, names);
  if (use.kind === "absent") return parametersOf(root.node).length === 0 ? addContext(node, root, replacement) : {};
  if (use.kind === "unreachable") return {};
  const text = replacement.text(use.text);
  const passed = ts.isCallExpression(node) || ts.isNewExpression(node) ? (node.arguments?.length ?? 0) : 0;
  const bare = origin.spelledOut && passed === 0 && !holdsComment(node);
  // A reading whose value nobody uses should be removed instead, which is not for a tool to decide.
  const isUsed = !ts.isExpressionStatement(node.parent);
  const edits = [replace(node, text)];
  if (use.kind === "proven" && replacement.certain && bare && isUsed) return { fix: edits };
  return { suggest: [{ messageId: "replace", data: { replacement: text }, edits }] };
}

/** Returns what can be done about one use of an API in the orchestrator `root`. */
export function remedyForUse(match: ApiMatch, node: TS.Node, origin: Origin, root: Root, names: Names): Remedy {
  if (match.hazard === "log") return remedyForLog(node, root, names);
  if (match.hazard === "timer") return remedyForTimer(match, node, root, names);
  const replacement = replacementFor(match, node, root, names);
  return replacement === undefined ? {} : useContext(replacement, node, origin, root, names);
}
