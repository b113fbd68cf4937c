/**
 * Knows values that came through JSON: results of activities, sub-orchestrations and entities, and external events.
 *
 * Invariant: such a value has no members but data, so neither does what it holds. This is known without types, which for
 * code that follows a `yield` are the dearest there are: they need the types of the whole orchestrator. Used by all that
 * asks for types.
 */
import type TS from "typescript";

import { durableCallOf } from "./durable.ts";
import type { Names } from "./names.ts";
import { memberOf, unwrap } from "./syntax.ts";
import { ts } from "./typescript.ts";

/** Says whether an expression waits for a task whose result came through JSON. */
function isReceived(node: TS.Node, names: Names): boolean {
  const waited = ts.isYieldExpression(node) || ts.isAwaitExpression(node) ? node.expression : undefined;
  if (waited === undefined) return false;
  const task = unwrap(waited);
  if (durableCallOf(task, names)?.kind === "task") return true;
  const definition = ts.isIdentifier(task) ? names.definitionOf(task) : undefined;
  return (
    definition?.kind === "node" &&
    definition.path.length === 0 &&
    durableCallOf(unwrap(definition.node), names)?.kind === "task"
  );
}

/** Says whether an expression provably is such a value, or a member of one. */
export function isJsonData(expression: TS.Node, names: Names): boolean {
  let root = unwrap(expression);
  for (let member = memberOf(root); member !== undefined; member = memberOf(root)) root = unwrap(member.object);
  if (!ts.isIdentifier(root)) return isReceived(root, names);
  const definition = names.definitionOf(root);
  return definition?.kind === "node" && definition.node !== root && isReceived(unwrap(definition.node), names);
}
