/**
 * Detects continueAsNew that is not the last durable thing that an execution does, or that is waited for.
 *
 * Invariant: what comes after is found on the path that leaves the call's own statement; a task counts as open when
 * nothing has mentioned it between its making and the call.
 */
import type TS from "typescript";

import { durableCallOf, isDurableTask } from "../semantic/durable.ts";
import type { Code, Detector, Edit, Remedy } from "../semantic/effects.ts";
import { descendants, enclosingFunction, isFunction, lineOf, wrapped } from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";
import { pathAfter } from "./control-flow.ts";
import { durableWorkIn, type DurableWork } from "./durable-work.ts";

const API = "continueAsNew()";

/** Returns the `yield` or `await` that waits for the call. */
function waitOf(call: TS.CallExpression): TS.YieldExpression | TS.AwaitExpression | undefined {
  const { parent } = wrapped(call);
  return ts.isYieldExpression(parent) || ts.isAwaitExpression(parent) ? parent : undefined;
}

/** Returns the statement that the call is written in; none inside the expression of an arrow function. */
function statementOf(call: TS.CallExpression): TS.Statement | undefined {
  for (let node: TS.Node = call; node.parent !== undefined && !isFunction(node); node = node.parent) {
    const { parent } = node;
    if (ts.isBlock(parent) || ts.isCaseOrDefaultClause(parent)) return node as TS.Statement;
    if (ts.isStatement(node)) return node;
  }
  return undefined;
}

/** Returns the first durable work on the path after the call. Combinators count where they are waited for. */
function workAfter(statement: TS.Statement, code: Code): DurableWork | undefined {
  for (const node of pathAfter(statement, code.names)) {
    for (const work of durableWorkIn(node, code)) {
      const { kind, node: call } = work.call;
      if (kind === "task" || kind === "void" || waitOf(call) !== undefined) return work;
    }
  }
  return undefined;
}

/** Says whether a function may return nothing, as far as it says what it returns. */
function mayReturnNothing(call: TS.CallExpression): boolean {
  const owner = enclosingFunction(call);
  if (owner === undefined || ts.isConstructorDeclaration(owner)) return false;
  return owner.type === undefined || /\b(?:any|unknown|void|undefined)\b/u.test(owner.type.getText());
}

function addReturn(call: TS.CallExpression): Remedy {
  const { parent } = wrapped(waitOf(call) ?? call);
  if (!ts.isExpressionStatement(parent) || !mayReturnNothing(call)) return {};
  const start = parent.getStart();
  const edits: readonly Edit[] = [{ start, end: start, text: "return " }];
  return { suggest: [{ messageId: "addReturn", edits }] };
}

function removeWait(wait: TS.YieldExpression | TS.AwaitExpression, call: TS.CallExpression): Remedy {
  const edits: readonly Edit[] = [{ start: wait.getStart(), end: wrapped(call).getStart(), text: "" }];
  const word = ts.isAwaitExpression(wait) ? "await" : "yield";
  return { suggest: [{ messageId: "removeWait", data: { word }, edits }] };
}

/** Says whether anything mentions the variable between its declaration and the call, in the order of the text or of a loop. */
function isMentioned(name: TS.Identifier, call: TS.Node, owner: TS.Node): boolean {
  const loop = ts.findAncestor(call, (node) => node === owner || ts.isIterationStatement(node, false));
  for (const node of descendants(owner)) {
    if (!ts.isIdentifier(node) || node === name || node.text !== name.text) continue;
    const sameLoop = loop !== undefined && loop !== owner && node.pos >= loop.pos && node.end <= loop.end;
    if (node.pos < call.end || sameLoop) return true;
  }
  return false;
}

/** Returns the tasks that are certainly made before the call and that nothing has waited for. */
function openTasks(call: TS.CallExpression, statement: TS.Statement, code: Code): readonly TS.VariableDeclaration[] {
  const owner = enclosingFunction(call);
  if (owner === undefined) return [];
  const found: TS.VariableDeclaration[] = [];
  for (let node: TS.Node = statement; node !== owner; node = node.parent) {
    const { parent } = node;
    if (!ts.isBlock(parent) && !ts.isCaseOrDefaultClause(parent)) continue;
    for (const before of parent.statements) {
      if (before === node) break;
      if (!ts.isVariableStatement(before)) continue;
      for (const declaration of before.declarationList.declarations) {
        const { name, initializer } = declaration;
        if (!ts.isIdentifier(name) || initializer === undefined || !isTask(initializer, code)) continue;
        if (!isMentioned(name, call, owner)) found.push(declaration);
      }
    }
  }
  return found;
}

function isTask(initializer: TS.Expression, code: Code): boolean {
  if (!isDurableTask(initializer, code.names)) return false;
  return [...durableWorkIn(initializer, code)].some(({ call }) => call.kind === "task");
}

/** Detects the misuses of one call. */
export const continueAsNewUsage: Detector = {
  kinds: ["CallExpression"],
  visit(node, view) {
    const found = durableCallOf(node, view.code.names);
    if (found?.method !== "continueAsNew") return;
    const call = found.node;
    const base = { rule: "continue-as-new-usage", api: API } as const;
    const wait = waitOf(call);
    if (wait !== undefined) {
      const word = ts.isAwaitExpression(wait) ? "await" : "yield";
      const remedy = () => removeWait(wait, call);
      view.add({ ...base, messageId: "awaited", data: { word }, node: wait, remedy });
    }
    const statement = statementOf(call);
    if (statement === undefined) return;
    const work = workAfter(statement, view.code);
    if (work !== undefined) {
      const data = { work: work.label, line: String(lineOf(work.site)) };
      view.add({ ...base, messageId: "after", data, node: call, remedy: () => addReturn(call) });
    }
    const open = openTasks(call, statement, view.code);
    if (open.length > 0) {
      const tasks = open.map(({ name }) => `'${name.getText()}'`).join(" and ");
      view.add({ ...base, messageId: "open", data: { tasks }, node: call.expression });
    }
  },
};
