/**
 * Detects mistakes with locked entities: a lock inside of a lock, a call to another entity, two calls to one at a time, a
 * signal to a locked one, a sub-orchestration or a new execution before the release, and a lock that is never released.
 *
 * Invariant: a mistake is reported where the lock is held on every path, and the entities provably are the same, or are
 * not; so what may come after a release is never reported.
 */
import type TS from "typescript";

import { durableCallOf, type DurableCall } from "../semantic/durable.ts";
import type { Code, Detector, UnitView } from "../semantic/effects.ts";
import { isFunction, unwrap, wrapped, type FunctionNode } from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";
import { callText } from "./durable-values.ts";
import { durableWorkIn, functionsRunBy } from "./durable-work.ts";
import { calledEntityOf, isOtherEntity, isSameEntity, type EntityId } from "./entity-ids.ts";
import { lockRequestOf, mayReleaseIn, type Lock } from "./entity-locks.ts";
import { isShortCircuit, SectionWalk, type SectionEvents } from "./section-walk.ts";

/** What a section forbids. */
type Mistake = "nested" | "unlocked" | "parallel" | "signal" | "child" | "continued";

/** Says whether the same list of tasks holds an earlier call of the same entity. */
function isParallel(call: TS.CallExpression, called: EntityId, code: Code): boolean {
  const node = wrapped(call);
  if (!ts.isArrayLiteralExpression(node.parent)) return false;
  const { elements } = node.parent;
  return elements.slice(0, elements.indexOf(node as TS.Expression)).some((each) => {
    const other = durableCallOf(unwrap(each), code.names);
    const entity = other?.method === "callEntity" ? calledEntityOf(other.node, code) : undefined;
    return entity !== undefined && isSameEntity(entity, called);
  });
}

/** Names the mistake that a durable call inside a section is; none when it is fine or nothing is proven. */
function mistakeIn({ method, node }: DurableCall, { entities = [] }: Lock, code: Code): Mistake | undefined {
  if (/^call(?:SubOrchestrator(?:WithRetry)?|ChildWorkflow)$/u.test(method)) return "child";
  if (method === "continueAsNew") return "continued";
  const called = method === "callEntity" || method === "signalEntity" ? calledEntityOf(node, code) : undefined;
  if (called === undefined) return undefined;
  if (method === "signalEntity") return entities.some((each) => isSameEntity(each, called)) ? "signal" : undefined;
  if (entities.length > 0 && entities.every((each) => isOtherEntity(each, called))) return "unlocked";
  return isParallel(node, called, code) ? "parallel" : undefined;
}

/** Says whether a function decides about the call: it may ask first whether a section has begun. */
function isConditional(call: TS.Node): boolean {
  for (let node = call; node.parent !== undefined && !isFunction(node); node = node.parent) {
    const { parent } = node;
    if (ts.isIfStatement(parent) && node !== parent.expression) return true;
    if (ts.isConditionalExpression(parent) && node !== parent.condition) return true;
    if (ts.isBinaryExpression(parent) && node === parent.right && isShortCircuit(parent.operatorToken.kind))
      return true;
    if (ts.isCaseOrDefaultClause(node)) return true;
  }
  return false;
}

/** Returns the first mistake of a helper that is called inside a section. */
function mistakeOf(target: FunctionNode, lock: Lock, code: Code): { id: Mistake; label: string } | undefined {
  // What another orchestrator does when it is called as a function is another rule's.
  if (code.project.roots.get(target)?.by === "registration") return undefined;
  for (const { call, label } of durableWorkIn(target, code, new Set([target]))) {
    const isNested = lockRequestOf(call.node, code) !== undefined && !isConditional(call.node);
    const id = isNested ? "nested" : mistakeIn(call, lock, code);
    if (id !== undefined) return { id, label };
  }
  return undefined;
}

/** Makes reports of what a walk comes across. */
class Reporter implements SectionEvents {
  private readonly view: UnitView;

  constructor(view: UnitView) {
    this.view = view;
  }

  request(call: TS.CallExpression, lock: Lock | undefined): void {
    if (lock?.isReleased === false) this.report("unreleased", call, callText(call));
  }

  nested(call: TS.CallExpression): void {
    this.report("nested", call, callText(call));
  }

  call(node: TS.CallExpression, lock: Lock): boolean {
    const { code } = this.view;
    const call = durableCallOf(node, code.names);
    if (call !== undefined) {
      const mistake = mistakeIn(call, lock, code);
      if (mistake !== undefined) this.report(mistake, node, callText(node));
      return false;
    }
    const functions = functionsRunBy(node, code);
    if (functions.some((each) => mayReleaseIn(each, lock, code))) return true;
    for (const target of functions) {
      const mistake = mistakeOf(target, lock, code);
      if (mistake === undefined) continue;
      this.report(mistake.id, node, `${callText(node)} -> ${mistake.label}`);
      break;
    }
    return false;
  }

  private report(messageId: Mistake | "unreleased", node: TS.Node, api: string): void {
    this.view.add({ rule: "critical-section-usage", messageId, data: {}, node, api });
  }
}

/** Detects mistakes in the sections of each function. */
export const criticalSections: Detector = {
  kinds: ["Unit"],
  visit(unit, view) {
    if (!isFunction(unit) || unit.body === undefined) return;
    // Few functions ask for a lock at all.
    if (!/\block(?:Entities)?\b/u.test(unit.getText())) return;
    new SectionWalk(view.code, new Reporter(view)).visit(unit.body);
  },
};
