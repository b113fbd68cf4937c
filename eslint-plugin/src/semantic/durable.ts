/**
 * Recognises durable calls: what orchestrator code asks of its context.
 *
 * Invariant: a call counts when its method is one of the context's and its object is a context: a parameter, a member
 * `df` of one, or a constant that is one of these. Used by the recogniser and the detectors.
 */
import type TS from "typescript";

import type { Names } from "./names.ts";
import { COMBINATORS, flavourOf, TASK_METHODS, VOID_METHODS } from "./packages.ts";
import { memberOf, unwrap } from "./syntax.ts";
import { ts } from "./typescript.ts";

/** A call of a context's method, or of a combinator of tasks. */
export interface DurableCall {
  /** A task must be awaited or yielded; the others give nothing. */
  readonly kind: "task" | "combinator" | "void";
  readonly method: string;
  readonly node: TS.CallExpression;
  /** The expression of the context, `ctx` or `context.df`; none for an imported combinator. */
  readonly context: TS.Expression | undefined;
}

const MAX_DEPTH = 8;

/** Says whether an expression is a context of an orchestrator, as its members are used here. */
export function isContext(expression: TS.Node, names: Names, depth = MAX_DEPTH): boolean {
  if (depth === 0) return false;
  const node = unwrap(expression);
  if (ts.isIdentifier(node)) {
    const definition = names.definitionOf(node);
    if (definition?.kind === "parameter") return definition.path.every((name) => name === "df" || name === "entities");
    if (definition?.kind !== "node" || !definition.path.every((name) => name === "df" || name === "entities")) {
      return false;
    }
    return definition.node !== node && isContext(definition.node, names, depth - 1);
  }
  const member = memberOf(node);
  if (member === undefined) return false;
  if (member.name === "df") return true;
  if (member.name === "entities") return isContext(member.object, names, depth - 1);
  const ofThis = unwrap(member.object).kind === ts.SyntaxKind.ThisKeyword;
  return ofThis && /^#?_?(?:ctx|context|df)$/u.test(member.name);
}

/** Returns what calling the member `name` of `object` asks of a context. */
function methodCall(
  node: TS.CallExpression,
  name: string,
  object: TS.Expression,
  names: Names,
): DurableCall | undefined {
  const kind = TASK_METHODS.has(name) ? "task" : VOID_METHODS.has(name) ? "void" : undefined;
  if (kind !== undefined) return isContext(object, names) ? { kind, method: name, node, context: object } : undefined;
  if (!COMBINATORS.has(name)) return undefined;
  const task = memberOf(unwrap(object));
  if (task?.name === "Task" && isContext(task.object, names)) {
    return { kind: "combinator", method: `Task.${name}`, node, context: task.object };
  }
  return isContext(object, names) ? { kind: "combinator", method: name, node, context: object } : undefined;
}

/** The answers for one program, which is asked for each call many times. */
const calls = new WeakMap<Names, Map<TS.Node, DurableCall | undefined>>();

/** Returns the durable call that `node` is. */
export function durableCallOf(node: TS.Node, names: Names): DurableCall | undefined {
  if (!ts.isCallExpression(node)) return undefined;
  const known = calls.get(names) ?? new Map<TS.Node, DurableCall | undefined>();
  calls.set(names, known);
  if (!known.has(node)) known.set(node, findDurableCall(node, names));
  return known.get(node);
}

function findDurableCall(node: TS.CallExpression, names: Names): DurableCall | undefined {
  const callee = unwrap(node.expression);
  const member = memberOf(callee);
  if (member !== undefined) {
    const call = methodCall(node, member.name, member.object, names);
    if (call !== undefined || !COMBINATORS.has(member.name)) return call;
  }
  const origin = names.originOf(callee);
  const last = origin?.path.at(-1);
  if (origin === undefined || last === undefined || flavourOf(origin.module) === undefined) return undefined;
  return COMBINATORS.has(last) ? { kind: "combinator", method: last, node, context: undefined } : undefined;
}

/** Says whether an expression provably is a durable task, through constants and conditions. */
export function isDurableTask(expression: TS.Node, names: Names, depth = MAX_DEPTH): boolean {
  if (depth === 0) return false;
  const node = unwrap(expression);
  const call = durableCallOf(node, names);
  if (call !== undefined) return call.kind !== "void";
  if (ts.isConditionalExpression(node)) {
    return isDurableTask(node.whenTrue, names, depth - 1) && isDurableTask(node.whenFalse, names, depth - 1);
  }
  if (!ts.isIdentifier(node)) return false;
  const definition = names.definitionOf(node);
  return (
    definition?.kind === "node" &&
    definition.path.length === 0 &&
    definition.node !== node &&
    isDurableTask(definition.node, names, depth - 1)
  );
}

/** Says whether `node` reads the replay flag of a context. */
export function isReplayFlag(expression: TS.Node, names: Names): boolean {
  const node = unwrap(expression);
  const member = memberOf(node);
  if (member !== undefined) return member.name === "isReplaying";
  if (!ts.isIdentifier(node)) return false;
  const definition = names.definitionOf(node);
  if (definition === undefined || definition.kind === "external" || definition.kind === "element") return false;
  if (definition.path.at(-1) === "isReplaying") return true;
  return definition.kind === "node" && definition.path.length === 0 && definition.node !== node
    ? memberOf(unwrap(definition.node))?.name === "isReplaying"
    : false;
}
