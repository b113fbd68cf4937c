/**
 * Knows which arguments a call runs: callbacks of arrays, promises and the usual combinators, and retry handlers.
 *
 * Invariant: a callback handed to a function that is not listed is not taken to run. Used by `summary.ts`.
 */
import type TS from "typescript";

import { ARRAY_CALLERS } from "./callees.ts";
import { durableCallOf } from "./durable.ts";
import type { Names } from "./names.ts";
import { memberOf, unwrap, valueIn } from "./syntax.ts";
import { ts } from "./typescript.ts";

/** Methods that call some arguments, by position, whoever has them. */
const METHODS: ReadonlyMap<string, readonly number[]> = new Map<string, readonly number[]>([
  ...[...ARRAY_CALLERS.keys()].map((name): [string, readonly number[]] => [name, [0]]),
  ["then", [0, 1]],
  ["catch", [0]],
  ["finally", [0]],
  ["replace", [1]],
  ["replaceAll", [1]],
]);

/** Globals that call some arguments. */
const GLOBALS: ReadonlyMap<string, readonly number[]> = new Map([
  ["Array.from", [1]],
  ["JSON.parse", [1]],
  ["JSON.stringify", [1]],
  ["Map.groupBy", [1]],
  ["Object.groupBy", [1]],
  ["Promise", [0]],
  ["Promise.try", [0]],
  ["Reflect.apply", [0]],
]);

/** Packages whose functions call every function that they are given. */
const COMBINATORS =
  /^(?:lodash(?:-es|[./].*)?|lodash\/fp|underscore|ramda|remeda|fp-ts(?:\/.*)?|effect|rambda|p-map|p-each-series|p-all)$/u;

/** Returns the arguments that the call runs before, or as part of, what it does. */
export function callbacksOf(call: TS.CallExpression | TS.NewExpression, names: Names): readonly TS.Expression[] {
  const passed = call.arguments ?? [];
  if (passed.length === 0) return [];
  if (ts.isCallExpression(call) && durableCallOf(call, names)?.kind === "task") return passed.flatMap(retryFunctions);
  const callee = unwrap(call.expression);
  const origin = names.originOf(callee);
  if (origin !== undefined) {
    if (COMBINATORS.test(origin.module)) return passed;
    const positions = origin.module === "" ? GLOBALS.get(origin.path.join(".")) : undefined;
    if (positions !== undefined) return at(passed, positions);
  }
  const member = memberOf(callee);
  return member === undefined ? [] : at(passed, METHODS.get(member.name) ?? []);
}

/** Functions in the options of a durable call that decide about a retry: they run in the orchestrator's turn. */
function retryFunctions(options: TS.Expression): readonly TS.Expression[] {
  const retry = valueIn(options, "retry");
  if (retry === undefined) return [];
  const node = unwrap(retry);
  const policy = ts.isNewExpression(node) ? node.arguments?.[0] : node;
  const handleFailure = policy === undefined ? undefined : valueIn(policy, "handleFailure");
  if (handleFailure !== undefined) return [handleFailure];
  return ts.isNewExpression(node) || ts.isObjectLiteralExpression(node) ? [] : [retry];
}

function at(passed: readonly TS.Expression[], positions: readonly number[]): readonly TS.Expression[] {
  return positions.flatMap((position) => passed[position] ?? []);
}
