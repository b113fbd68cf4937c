/**
 * Detects loggers that the API table does not know by name: that of a function's invocation, those of a worker, and
 * variables that hold one logger after another.
 *
 * Invariant: what is logged only while the orchestrator is not replaying is fine, and so is a logger that the durable
 * context has made or given.
 */
import type TS from "typescript";

import type { Detector, UnitView } from "../semantic/effects.ts";
import { flavourOf } from "../semantic/packages.ts";
import { isFunction, memberOf, unwrap } from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";
import { functionContextPath } from "./function-context.ts";
import { remedyForLog } from "./log-remedies.ts";

/** Methods of `context.log`, in the programming model v3. */
const LEVELS: ReadonlySet<string> = new Set(["error", "info", "metric", "verbose", "warn"]);

/** Methods of the context itself, in the programming model v4. */
const METHODS: ReadonlySet<string> = new Set(["debug", "error", "info", "log", "trace", "warn"]);

/** Classes of loggers that write at once. */
const LOGGERS: ReadonlySet<string> = new Set(["ConsoleLogger", "AzureLoggerAdapter"]);

function add(node: TS.CallExpression, view: UnitView): void {
  view.add({
    rule: "no-unsafe-logging",
    messageId: "uses",
    data: {},
    node,
    api: `${unwrap(node.expression).getText().replace(/\s+/gu, "")}()`,
    liveIsFine: true,
    remedy: (root) => remedyForLog(node, root, view.code.names),
  });
}

function isInvocationLog(callee: TS.Node, view: UnitView): boolean {
  const [first = "", level, ...more] = functionContextPath(callee, view.code) ?? [];
  if (more.length > 0) return false;
  return level === undefined ? METHODS.has(first) : first === "log" && LEVELS.has(level);
}

function isWorkerLog(callee: TS.Node, view: UnitView): boolean {
  const origin = view.code.names.originOf(callee);
  const [type = "", made] = origin?.path ?? [];
  return origin !== undefined && flavourOf(origin.module) !== undefined && made === "#" && LOGGERS.has(type);
}

/** Returns the values that a variable is given, one after the other; none when it is given only one. */
function valuesOf(name: TS.Identifier, view: UnitView): readonly TS.Expression[] {
  const { names } = view.code;
  if (names.definitionOf(name) !== undefined) return [];
  const symbol = names.symbolAt(name);
  const declaration = symbol?.valueDeclaration;
  if (
    symbol === undefined ||
    declaration === undefined ||
    ts.findAncestor(declaration.parent, isFunction) === undefined
  ) {
    return [];
  }
  if (!ts.isVariableDeclaration(declaration) && !ts.isParameter(declaration)) return [];
  const values = names.writesTo(declaration, symbol).map(({ value }) => value);
  return [declaration.initializer, ...values].filter((value) => value !== undefined);
}

/** Says whether the variable that the method is called on sometimes holds a logger of the API table. */
function mayBeUnsafe(callee: TS.Node, view: UnitView): boolean {
  const member = memberOf(callee);
  const object = member === undefined ? undefined : unwrap(member.object);
  if (member === undefined || object === undefined || !ts.isIdentifier(object)) return false;
  return valuesOf(object, view).some((value) =>
    view.code.callees.at(value, [member.name]).some((each) => {
      if (each.kind !== "external") return false;
      return view.code.apis.lookup(each.origin, "call", undefined)?.hazard === "log";
    }),
  );
}

export const unsafeLogging: Detector = {
  kinds: ["CallExpression"],
  visit(node, view) {
    if (!ts.isCallExpression(node)) return;
    const callee = unwrap(node.expression);
    if (!isInvocationLog(callee, view) && !isWorkerLog(callee, view) && !mayBeUnsafe(callee, view)) return;
    if (view.guardAt(node) !== "live") add(node, view);
  },
};
