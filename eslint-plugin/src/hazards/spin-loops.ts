/**
 * Detects loops that never give control back: nothing that they wait for can happen while they run.
 *
 * Invariant: a loop counts when nothing in it waits, nothing provably leaves it, and its condition is constant or reads
 * only what changes between turns: the context's clock, its replay flag, the state of a task. Code that nobody can look
 * into may throw, and so may end the loop.
 */
import type TS from "typescript";

import { isContext, isDurableTask } from "../semantic/durable.ts";
import type { Code, Detector } from "../semantic/effects.ts";
import { descendants, memberOf, unwrap } from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";
import { writesOf } from "../semantic/writes.ts";
import { constantTruth, hasExit, isEndless, ownNodes, type ConditionalLoop } from "./control-flow.ts";
import { functionsRunBy } from "./durable-work.ts";
import { keywordOf, loopText, workOfEndlessLoop } from "./endless-loops.ts";

/** Members of a context that change only from turn to turn. */
const TURN_MEMBERS: ReadonlySet<string> = new Set(["currentUtcDateTime", "isReplaying"]);

/** Members of a task that change only from turn to turn. */
const TASK_MEMBERS: ReadonlySet<string> = new Set([
  "isCompleted",
  "isComplete",
  "isFaulted",
  "isFailed",
  "isCancelled",
  "isCanceled",
]);

/** Methods of the language's own objects that do not throw on what they are used with. */
const HARMLESS =
  /^(?:push|pop|shift|unshift|map|filter|forEach|reduce|find|findIndex|some|every|includes|indexOf|join|slice|splice|concat|sort|reverse|get|set|has|add|delete|keys|values|entries|getTime|valueOf|toISOString|toString|trim|split|startsWith|endsWith|toFixed|charAt|charCodeAt|repeat|padStart|padEnd|toUpperCase|toLowerCase|replace|match|at|flat|fill)$/u;

/** Globals whose functions may throw, or end the process. */
const THROWING = /^(?:process|JSON|structuredClone|BigInt|Reflect|decodeURI|encodeURI|fetch|require|eval|Function)\b/u;

function waits(node: TS.Node): boolean {
  return (
    ts.isYieldExpression(node) ||
    ts.isAwaitExpression(node) ||
    (ts.isForOfStatement(node) && node.awaitModifier !== undefined)
  );
}

function mayThrow(node: TS.Node, code: Code, seen: Set<TS.Node>): boolean {
  if (ts.isThrowStatement(node)) return true;
  if (ts.isTaggedTemplateExpression(node)) return true;
  if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return false;
  const functions = functionsRunBy(node, code);
  if (functions.length > 0) {
    return functions.some((target) => {
      if (seen.has(target)) return false;
      seen.add(target);
      return ownNodes(target).some((inner) => mayThrow(inner, code, seen));
    });
  }
  const origin = code.names.originOf(node.expression);
  if (origin !== undefined) return origin.module !== "" || THROWING.test(origin.path.join("."));
  const method = memberOf(unwrap(node.expression))?.name;
  return method === undefined || !HARMLESS.test(method);
}

/** What runs on each pass, except for the condition. */
function partsOf(loop: ConditionalLoop): readonly TS.Node[] {
  const incrementor = ts.isForStatement(loop) ? loop.incrementor : undefined;
  return incrementor === undefined ? [loop.statement] : [loop.statement, incrementor];
}

/** Says whether the loop itself goes round for ever once it is entered. */
function isClosed(loop: ConditionalLoop, code: Code): boolean {
  const seen = new Set<TS.Node>();
  for (const node of partsOf(loop).flatMap((part) => ownNodes(part))) {
    // A throw of the loop itself is an exit, or is caught inside it.
    if (waits(node) || (!ts.isThrowStatement(node) && mayThrow(node, code, seen))) return false;
  }
  return !hasExit(loop, code.names);
}

/** Returns the member in a condition that changes only between turns. */
function turnMember(condition: TS.Expression, code: Code): string | undefined {
  for (const node of ownNodes(condition)) {
    const member = memberOf(node);
    if (member === undefined) continue;
    const ofContext = TURN_MEMBERS.has(member.name) && isContext(member.object, code.names);
    const ofTask = TASK_MEMBERS.has(member.name) && isDurableTask(member.object, code.names);
    if (ofContext || ofTask) return node.getText();
  }
  return undefined;
}

/** Says whether something in a condition may change while the loop runs: a name that the body has to do with, or a call. */
function mayChange(condition: TS.Expression, loop: ConditionalLoop, code: Code): boolean {
  const read = new Set<string>();
  for (const node of ownNodes(condition)) {
    if (waits(node) || ts.isElementAccessExpression(node) || writesOf(node).length > 0) return true;
    if (ts.isCallExpression(node) && functionsRunBy(node, code).length > 0) return true;
    if (ts.isCallExpression(node) && memberOf(unwrap(node.expression)) === undefined) return true;
    if (ts.isIdentifier(node) && isVariable(node, code)) read.add(node.text);
  }
  return partsOf(loop).some((part) => {
    for (const node of descendants(part)) if (ts.isIdentifier(node) && read.has(node.text)) return true;
    return false;
  });
}

/** Says whether an identifier names something that code can change: no member, no context, no task. */
function isVariable(node: TS.Identifier, code: Code): boolean {
  if (isMemberName(node)) return false;
  return code.names.originOf(node) === undefined && !isContext(node, code.names) && !isDurableTask(node, code.names);
}

/** Says whether a condition without calls is made of names that are bound for good, and of the sizes of what they name. */
function isFixed(condition: TS.Expression, loop: ConditionalLoop, code: Code): boolean {
  const nodes = ownNodes(condition);
  const sizes = nodes.filter(ts.isPropertyAccessExpression);
  const calls = partsOf(loop).some((part) => ownNodes(part).some((node) => ts.isCallExpression(node)));
  return (
    !nodes.some((node) => ts.isCallExpression(node) || ts.isNewExpression(node)) &&
    sizes.every(({ name }) => !calls && /^(?:length|size)$/u.test(name.text)) &&
    nodes.every((node) => !ts.isIdentifier(node) || isMemberName(node) || code.names.definitionOf(node) !== undefined)
  );
}

function isMemberName(node: TS.Identifier): boolean {
  return ts.isPropertyAccessExpression(node.parent) && node.parent.name === node;
}

/** Why a loop never ends. */
interface Spin {
  readonly messageId: "endless" | "unchanging" | "same";
  readonly data: Readonly<Record<string, string>>;
}

/** Returns why the loop never ends once it is entered; undefined when it may end. */
function spinning(loop: ConditionalLoop, code: Code): Spin | undefined {
  if (isEndless(loop, code.names)) {
    // With durable work it is reported as a loop that never continues as new.
    const isSpin = isClosed(loop, code) && workOfEndlessLoop(loop, code) === undefined;
    return isSpin ? { messageId: "endless", data: {} } : undefined;
  }
  const condition = ts.isForStatement(loop) ? loop.condition : loop.expression;
  if (condition === undefined || constantTruth(condition, code.names) === false) return undefined;
  if (mayChange(condition, loop, code) || !isClosed(loop, code)) return undefined;
  const value = turnMember(condition, code);
  if (value !== undefined) return { messageId: "unchanging", data: { value } };
  return isFixed(condition, loop, code) ? { messageId: "same", data: {} } : undefined;
}

export const spinLoops: Detector = {
  kinds: ["WhileStatement", "DoStatement", "ForStatement"],
  visit(node, view) {
    const loop = node as ConditionalLoop;
    const spin = spinning(loop, view.code);
    if (spin === undefined) return;
    view.add({
      rule: "no-spin-loop",
      ...spin,
      node: keywordOf(loop),
      api: loopText(loop),
    });
  },
};
