/**
 * Detects calls of registered orchestrators as plain functions, by orchestrators and by code that has no history.
 *
 * Invariant: what is called provably is a function that is registered as an orchestrator, or a definition of one.
 */
import type TS from "typescript";

import { contextAt } from "../semantic/contexts.ts";
import type { Code, Detector, FileDetector, Remedy } from "../semantic/effects.ts";
import type { Root } from "../semantic/project.ts";
import type { Registration } from "../semantic/registrations.ts";
import { nodesIn } from "../semantic/nodes.ts";
import { enclosingFunction, memberOf, nameOf, unwrap, type FunctionNode } from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";

/** A registered orchestrator, as the code that calls it knows it. */
interface Target {
  readonly name: string;
  /** The name that it is registered under, if that is known. */
  readonly registered: string | undefined;
}

function targetOf(call: TS.CallExpression, code: Code): Target | undefined {
  const callee = unwrap(call.expression);
  if (memberOf(callee)?.name === "bind") return undefined;
  const origin = code.names.originOf(callee);
  if (origin?.module === "dacapo" && origin.path.join(".") === "orchestrator.()") {
    return { name: callee.getText(), registered: undefined };
  }
  for (const each of code.callees.of(callee)) {
    if (each.kind !== "function" || code.project.roots.get(each.node)?.by !== "registration") continue;
    const registered = registrationOf(each.node, code)?.name;
    return { name: nameOf(each.node) ?? registered ?? callee.getText(), registered };
  }
  return undefined;
}

function registrationOf(node: FunctionNode, { project }: Code): Registration | undefined {
  return project.registrations.find(
    ({ kind, named, functions }) => kind === "orchestrator" && named !== "elsewhere" && functions.includes(node),
  );
}

/** Offers to call it through the context, whose result is what the orchestrator gave. */
function throughContext(call: TS.CallExpression, { registered }: Target, root: Root, code: Code): Remedy {
  const use = contextAt(call, root, code.names);
  if (registered === undefined || (use.kind !== "proven" && use.kind !== "unproven")) return {};
  const [, ...rest] = call.arguments;
  const passed = [JSON.stringify(registered), ...rest.map((argument) => argument.getText())].join(", ");
  const replacement = `${use.text}.callSubOrchestrator(${passed})`;
  const { parent } = call;
  // A task of Durable Functions and of durabletask-js is yielded, not iterated.
  const iterated = ts.isYieldExpression(parent) && parent.asteriskToken !== undefined && root.flavour !== "dacapo";
  const [place, text] = iterated ? [parent, `yield ${replacement}`] : [call, replacement];
  const edits = [{ start: place.getStart(), end: call.getEnd(), text }];
  return { suggest: [{ messageId: "callThrough", data: { replacement }, edits }] };
}

/** Detects calls in orchestrator code. */
export const directCalls: Detector = {
  kinds: ["CallExpression"],
  visit(node, view) {
    const { code } = view;
    if (!ts.isCallExpression(node)) return;
    const target = targetOf(node, code);
    if (target === undefined) return;
    view.add({
      rule: "no-direct-orchestrator-call",
      messageId: "inside",
      data: { name: target.name },
      node,
      api: `${target.name}()`,
      remedy: (root) => throughContext(node, target, root, code),
    });
  },
};

/** Says whether code provably runs outside orchestrators: while a module loads, or in an activity or an entity. */
function isOutside(node: TS.Node, others: ReadonlySet<FunctionNode>, { project }: Code): boolean {
  let inner = enclosingFunction(node);
  if (inner === undefined) return true;
  let registered = false;
  for (; inner !== undefined; inner = enclosingFunction(inner)) {
    if (project.roots.has(inner)) return false;
    registered ||= others.has(inner);
  }
  return registered;
}

/** Detects calls where nothing is replayed. */
export const callsOutside: FileDetector = {
  check(file, code, add) {
    const { registrations } = code.project;
    if (!registrations.some(({ kind }) => kind === "orchestrator")) return;
    const others = new Set(registrations.flatMap(({ kind, functions }) => (kind === "orchestrator" ? [] : functions)));
    for (const node of nodesIn(file, "CallExpression")) {
      if (!isOutside(node, others, code)) continue;
      const target = targetOf(node, code);
      if (target === undefined) continue;
      const { name } = target;
      add({ rule: "no-direct-orchestrator-call", messageId: "outside", data: { name }, node, api: `${name}()` });
    }
  },
};
