/**
 * Detects promises of the language where only durable tasks are replayed.
 *
 * Invariant: a generator waits for tasks alone, so every combination there is reported. An async function of Dacapo may
 * wait for all of what the history settles, by `Promise.all`; but who wins a race, and what goes on after a task, is left
 * to durable tasks in every style, and a promise is never made by hand.
 */
import type TS from "typescript";

import { contextAt } from "../semantic/contexts.ts";
import type { Code, Detector, Edit, Remedy, UnitView } from "../semantic/effects.ts";
import { flavourOf } from "../semantic/packages.ts";
import type { Root } from "../semantic/project.ts";
import { carriesPromises, flavourAt } from "../semantic/styles.ts";
import { memberOf, unwrap, wrapped } from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";
import { areTasks, isTask, promiseMethodOf } from "./durable-values.ts";
import { swallows } from "./swallowed-error.ts";

const RULE = "no-native-promise";

/** What each combination of promises is called among tasks; the others have no like. */
const COMBINATIONS: Readonly<Record<string, { readonly short: string; readonly long: string } | undefined>> = {
  all: { short: "all", long: "whenAll" },
  race: { short: "any", long: "whenAny" },
  any: { short: "any", long: "whenAny" },
};

function combinatorText(method: string, node: TS.Node, code: Code): string {
  const names = COMBINATIONS[method];
  if (names === undefined) return "the tasks, each waited for in a try";
  return flavourAt(node, code.project) === "durable-functions" ? `Task.${names.short}()` : `${names.long}()`;
}

/** Returns the name that a combinator of tasks has in a file, and the edit that imports it where it is not. */
function imported(name: string, node: TS.Node): { readonly name: string; readonly edits: readonly Edit[] } | undefined {
  for (const statement of node.getSourceFile().statements) {
    if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) continue;
    const bindings = statement.importClause?.namedBindings;
    const flavour = flavourOf(statement.moduleSpecifier.text);
    if (flavour === undefined || flavour === "durable-functions") continue;
    if (bindings === undefined || !ts.isNamedImports(bindings) || /^import\s+type\b/u.test(statement.getText()))
      continue;
    const known = bindings.elements.find((each) => (each.propertyName ?? each.name).text === name && !each.isTypeOnly);
    if (known !== undefined) return { name: known.name.text, edits: [] };
    const last = bindings.elements.at(-1);
    if (last !== undefined) return { name, edits: [{ start: last.getEnd(), end: last.getEnd(), text: `, ${name}` }] };
  }
  return undefined;
}

/** Offers the combinator of tasks; as a fix where the result is the same and everything that is combined is a task. */
function combine(node: TS.CallExpression, method: string, root: Root, code: Code): Remedy {
  const [list, ...others] = node.arguments;
  const names = COMBINATIONS[method];
  if (names === undefined || list === undefined || others.length > 0 || !areTasks(list, code)) return {};
  // Type arguments of a promise's combination mean something else to that of tasks.
  if (node.typeArguments !== undefined) return {};
  const callee = unwrap(node.expression);
  const range = { start: callee.getStart(), end: callee.getEnd() };
  if (root.flavour === "durable-functions") {
    const use = contextAt(node, root, code.names);
    if (use.kind !== "proven" && use.kind !== "unproven") return {};
    const text = `${use.text}.Task.${names.short}`;
    return offer([{ ...range, text }], text, method === "all" && use.kind === "proven" && isYielded(node));
  }
  const found = imported(names.long, node);
  if (found === undefined) return {};
  const isSure = method === "all" && isYielded(node) && found.edits.length === 0;
  return offer([...found.edits, { ...range, text: found.name }], found.name, isSure);
}

function offer(edits: readonly Edit[], text: string, isSure: boolean): Remedy {
  return isSure ? { fix: edits } : { suggest: [{ messageId: "combine", data: { replacement: `${text}()` }, edits }] };
}

function isYielded(node: TS.Node): boolean {
  return ts.isYieldExpression(wrapped(node).parent);
}

function visitStatic(node: TS.CallExpression, method: string, view: UnitView): void {
  const { code } = view;
  const report = (messageId: string) => {
    view.add({
      rule: RULE,
      messageId,
      data: { instead: combinatorText(method, node, code) },
      node,
      api: `Promise.${method}()`,
      remedy: (root) => combine(node, method, root, code),
    });
  };
  const isAsync = carriesPromises(node, code.project);
  switch (method) {
    case "all":
    case "allSettled":
      if (!isAsync) report("combination");
      return;
    case "race":
    case "any":
      report(isAsync ? "race" : "combination");
      return;
    case "resolve":
    case "reject":
      if (!isAsync && isYielded(node)) report("settled");
      return;
    case "withResolvers":
    case "try":
      report("made");
      return;
    default:
  }
}

/** `task.then(...)`: what is made of a task is no task. A handler that swallows the error is another rule's. */
function visitContinuation(node: TS.CallExpression, view: UnitView): void {
  const member = memberOf(unwrap(node.expression));
  if (member === undefined || !/^(?:then|catch|finally)$/u.test(member.name)) return;
  if (!isTask(member.object, view.code) || swallows(node)) return;
  view.add({ rule: RULE, messageId: "continuation", data: { method: member.name }, node, api: `.${member.name}()` });
}

/** Says whether `node` uses the language's own `Promise`, which this file knows better than the table of APIs. */
export function isNativePromise(origin: { readonly module: string; readonly path: readonly string[] }): boolean {
  return origin.module === "" && origin.path[0] === "Promise";
}

/** Detects combinations, continuations and makings of promises. */
export const nativePromise: Detector = {
  kinds: ["CallExpression", "NewExpression"],
  visit(node, view) {
    if (ts.isNewExpression(node)) {
      const origin = view.code.names.originOf(node.expression);
      if (origin === undefined || !isNativePromise(origin) || origin.path.length > 1) return;
      view.add({ rule: RULE, messageId: "made", data: {}, node, api: "new Promise()" });
    } else if (ts.isCallExpression(node)) {
      const method = promiseMethodOf(node, view.code);
      if (method === undefined) visitContinuation(node, view);
      else visitStatic(node, method, view);
    }
  },
};
