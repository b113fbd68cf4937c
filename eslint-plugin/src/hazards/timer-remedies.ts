/**
 * What to do about a wait on the host's time: a durable timer of the same length.
 *
 * Invariant: offered only where the wait is waited for on the spot, so that the timer's task takes its place. A
 * suggestion only, since the wait then outlives the process. Called when a finding is reported.
 */
import type TS from "typescript";

import type { ApiMatch } from "../semantic/api-table.ts";
import { contextAt, holdsComment } from "../semantic/contexts.ts";
import type { Remedy } from "../semantic/effects.ts";
import type { Names } from "../semantic/names.ts";
import type { Root } from "../semantic/project.ts";
import { isFunction, unwrap, wrapped } from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";

/** A wait: the expression that is waited for, and its length in milliseconds. */
interface Wait {
  readonly whole: TS.Node;
  readonly length: TS.Expression;
}

/** Functions that give a promise for after some milliseconds, as messages write them. */
const SLEEPS =
  /^(?:delay|delay\.delay|sleep-promise|timers\/promises\.setTimeout|core-util\.delay|es-toolkit\.delay)\(\)$/u;

function isWaitedFor(node: TS.Node): boolean {
  const { parent } = wrapped(node);
  return ts.isAwaitExpression(parent) || ts.isYieldExpression(parent);
}

/** Says whether a callback gives the promise no value: `resolve`, or `() => resolve()`. */
function resolves(callback: TS.Expression, name: string): boolean {
  const node = unwrap(callback);
  if (ts.isIdentifier(node)) return node.text === name;
  if (!ts.isArrowFunction(node) || node.parameters.length > 0) return false;
  const body = ts.isBlock(node.body) ? node.body.statements : [node.body];
  const [only, ...more] = body.map((each) => (ts.isExpressionStatement(each) ? each.expression : each));
  if (only === undefined || more.length > 0 || !ts.isCallExpression(only)) return false;
  return only.arguments.length === 0 && only.expression.getText() === name;
}

/** The function `(resolve) => setTimeout(resolve, ms)` around a call, which makes a promise of it. */
function promiseAround(call: TS.CallExpression): TS.Node | undefined {
  let holder: TS.Node = wrapped(call).parent;
  if (ts.isExpressionStatement(holder) || ts.isReturnStatement(holder)) {
    const block: TS.Node = holder.parent;
    if (!ts.isBlock(block) || block.statements.length !== 1) return undefined;
    holder = block.parent;
  }
  if (!isFunction(holder)) return undefined;
  const [parameter] = holder.parameters;
  const [resolve] = call.arguments;
  const made: TS.Node = wrapped(holder).parent;
  const isPromise = ts.isNewExpression(made) && unwrap(made.expression).getText() === "Promise";
  const isResolved = parameter !== undefined && resolve !== undefined && resolves(resolve, parameter.name.getText());
  return isPromise && isResolved && call.arguments.length === 2 ? made : undefined;
}

function waitOf(match: ApiMatch, node: TS.CallExpression): Wait | undefined {
  const [first, second] = node.arguments;
  if (SLEEPS.test(match.api)) return first === undefined ? undefined : { whole: node, length: first };
  if (match.api !== "setTimeout()") return undefined;
  const whole = promiseAround(node);
  if (whole !== undefined && second !== undefined) return { whole, length: second };
  // Of node:timers/promises, which has the length first.
  return first !== undefined && !isFunction(unwrap(first)) && node.arguments.length === 1
    ? { whole: node, length: first }
    : undefined;
}

/** Says whether the length can be an operand of `+` as it stands. */
function isOperand(node: TS.Expression): boolean {
  return (
    ts.isNumericLiteral(node) ||
    ts.isIdentifier(node) ||
    ts.isPropertyAccessExpression(node) ||
    ts.isCallExpression(node) ||
    ts.isParenthesizedExpression(node)
  );
}

/** Returns the durable timer that takes the place of a wait that is awaited or yielded. */
export function remedyForTimer(match: ApiMatch, node: TS.Node, root: Root, names: Names): Remedy {
  const wait = ts.isCallExpression(node) ? waitOf(match, node) : undefined;
  if (wait === undefined || !isWaitedFor(wait.whole) || holdsComment(wait.whole)) return {};
  if (ts.isSpreadElement(wait.length)) return {};
  const use = contextAt(node, root, names);
  if (use.kind === "absent" || use.kind === "unreachable") return {};
  const length = wait.length.getText();
  const operand = isOperand(wait.length) ? length : `(${length})`;
  const when =
    root.flavour === "dacapo"
      ? `{ milliseconds: ${length} }`
      : `new Date(${use.text}.currentUtcDateTime.getTime() + ${operand})`;
  const text = `${use.text}.createTimer(${when})`;
  const edits = [{ start: wait.whole.getStart(), end: wait.whole.getEnd(), text }];
  return { suggest: [{ messageId: "useTimer", data: { timer: `${use.text}.createTimer()` }, edits }] };
}
