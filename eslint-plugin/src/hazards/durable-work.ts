/**
 * Finds the durable calls that a piece of code makes when it runs, itself or through functions of the program.
 *
 * Invariant: only calls that provably happen are followed; each function is looked at once. Used by the detectors of
 * loops, of paths and of code under a guard.
 */
import type TS from "typescript";

import { callbacksOf } from "../semantic/callbacks.ts";
import { durableCallOf, type DurableCall } from "../semantic/durable.ts";
import type { Code } from "../semantic/effects.ts";
import { isFunction, isGenerator, memberOf, nameOf, unwrap, type FunctionNode } from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";
import { ownNodes } from "./control-flow.ts";

/** One durable call that code makes. */
export interface DurableWork {
  readonly call: DurableCall;
  /** The node in the code that was looked at: the call itself, or the call that leads to it. */
  readonly site: TS.Node;
  /** How a reader finds it: `poll() -> callActivity()`. */
  readonly label: string;
}

/** How a message writes a durable call. */
export function labelOf(call: DurableCall): string {
  return `${call.method}()`;
}

/** Returns the functions that a call runs: what it calls, and the callbacks that are then called. */
export function functionsRunBy(node: TS.CallExpression | TS.NewExpression, code: Code): readonly FunctionNode[] {
  const called = code.callees.of(node.expression).flatMap((each) => (each.kind === "function" ? [each.node] : []));
  if (called.length > 0) return called;
  return callbacksOf(node, code.names).flatMap((callback) =>
    code.callees
      .of(callback)
      .flatMap((each) => (each.kind === "function" && !isGenerator(each.node) ? [each.node] : [])),
  );
}

/** Yields the durable calls that running `root` makes, in source order. */
export function* durableWorkIn(
  root: TS.Node,
  code: Code,
  seen = new Set<TS.Node>(),
): Generator<DurableWork, void, undefined> {
  for (const node of ownNodes(root)) {
    if (!ts.isCallExpression(node)) continue;
    const call = durableCallOf(node, code.names);
    if (call !== undefined) {
      yield { call, site: node, label: labelOf(call) };
      continue;
    }
    for (const target of functionsRunBy(node, code)) {
      // What another orchestrator does when it is called as a function is not this one's.
      if (seen.has(target) || code.project.roots.get(target)?.by === "registration") continue;
      seen.add(target);
      const name = nameOf(target);
      for (const { call: inner, label } of durableWorkIn(target, code, seen)) {
        yield { call: inner, site: node, label: name === undefined ? label : `${name}() -> ${label}` };
      }
    }
  }
}

/** Names that contexts go by, where nothing else tells. */
const CONTEXT_NAME = /^#?_?(?:ctx|context|c|df|orchestrationcontext)$/iu;

function isHandedContext(argument: TS.Expression, code: Code): boolean {
  const node = unwrap(argument);
  const member = memberOf(node);
  if (member !== undefined) return CONTEXT_NAME.test(member.name);
  if (!ts.isIdentifier(node)) return false;
  const definition = code.names.definitionOf(node);
  if (definition?.kind === "parameter" && isFunction(definition.parameter.parent)) {
    const owner = definition.parameter.parent;
    if (code.project.roots.has(owner) && owner.parameters[0] === definition.parameter) return true;
  }
  return CONTEXT_NAME.test(node.text);
}

/** Says whether `root` hands its context to code that nobody can look into, which may do anything durable with it. */
export function handsContextAway(root: TS.Node, code: Code, seen = new Set<TS.Node>()): boolean {
  for (const node of ownNodes(root)) {
    if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) continue;
    const functions = functionsRunBy(node, code);
    if (functions.length > 0) {
      for (const target of functions) {
        if (seen.has(target)) continue;
        seen.add(target);
        if (handsContextAway(target, code, seen)) return true;
      }
      continue;
    }
    if (durableCallOf(node, code.names) !== undefined) continue;
    if (code.names.originOf(node.expression)?.module === "") continue;
    if ((node.arguments ?? []).some((argument) => isHandedContext(argument, code))) return true;
  }
  return false;
}
