/**
 * Follows a call into the functions of the same file, to what their execution provably reaches.
 *
 * Invariant: only code that runs when the function is called counts. A nested function counts when it is called, or
 * is handed to a method that calls it at once; a parameter's default counts when the call passes no argument for it; a
 * generator is taken to be iterated. Each function is examined once per file. Used by the rules.
 */
import type { TSESLint, TSESTree } from "@typescript-eslint/utils";

import { parametersOf } from "./orchestrator-code.ts";
import { functionOf, unwrap } from "./origin.ts";
import { isFunction, walk, type FunctionNode } from "./walk.ts";

type Source = Readonly<TSESLint.SourceCode>;

/** What a call reaches, and the calls that lead there: `["eligible()", "now()"]`. */
export interface Reached<Effect> {
  readonly effect: Effect;
  readonly path: readonly string[];
}

/** A call of a function of the same file. */
export interface HelperCall {
  readonly target: FunctionNode;
  /** The call as a reader knows it, `now()`; none when a function without a name is called on the spot. */
  readonly label: string | undefined;
  /** How many of the target's parameters the call passes, counted from the first; a spread may pass all. */
  readonly passed: number;
}

/** What one function does when it is called; `unless` is the parameter that, when passed, prevents it. */
interface Facts<Effect> {
  readonly effects: readonly { readonly effect: Effect; readonly unless: number }[];
  readonly calls: readonly { readonly call: HelperCall; readonly unless: number }[];
}

/** The place of code that is not the default of a parameter: no number of arguments prevents it. */
const ALWAYS = Number.POSITIVE_INFINITY;

/** Methods of arrays that call their first argument before they return. */
const CALLS_ITS_ARGUMENT: ReadonlySet<string> = new Set(
  ["every", "filter", "find", "findIndex", "findLast", "findLastIndex", "flatMap", "forEach", "map", "reduce"].concat([
    "reduceRight",
    "some",
    "sort",
    "toSorted",
  ]),
);

/** Returns the call of a same-file function that `node` is, if it provably is one. */
export function helperCallOf(node: TSESTree.Node, source: Source): HelperCall | undefined {
  if (node.type !== "CallExpression") return undefined;
  const callee = unwrap(node.callee);
  const target = functionOf(callee, source);
  if (target === undefined) return undefined;
  const spread = node.arguments.some(({ type }) => type === "SpreadElement");
  const name = callee.type === "Identifier" ? callee.name : target.id?.name;
  return {
    target,
    label: name === undefined ? undefined : `${name}()`,
    passed: spread ? ALWAYS : node.arguments.length,
  };
}

/** Says whether a function written inside another one is a callback that runs as part of it. */
function isCallback(node: FunctionNode): boolean {
  const { parent } = node;
  if (parent.type !== "CallExpression" || node.generator) return false;
  const { callee } = parent;
  return (
    parent.arguments[0] === node &&
    callee.type === "MemberExpression" &&
    callee.property.type === "Identifier" &&
    !callee.computed &&
    CALLS_ITS_ARGUMENT.has(callee.property.name)
  );
}

/** Says whether the walk through a function that is being called goes into `node`. */
function isExecuted(node: TSESTree.Node): boolean {
  if (isFunction(node)) return isCallback(node);
  // The default of a callback's parameter depends on what the callback is given.
  if (node.type === "AssignmentPattern") return !isFunction(node.parent);
  // The fields of an instance are initialised when it is constructed, not when its class is declared.
  return node.type !== "PropertyDefinition" || node.static;
}

/** The parts of a function that run when it is called, each with the parameter that prevents it when passed. */
function executedParts(node: FunctionNode): readonly { readonly root: TSESTree.Node; readonly unless: number }[] {
  const defaults = parametersOf(node).flatMap((parameter, index) =>
    parameter.type === "AssignmentPattern" ? [{ root: parameter.right, unless: index }] : [],
  );
  return [...defaults, { root: node.body, unless: ALWAYS }];
}

/**
 * Prepares to follow calls through one file. The function it returns lists, nearest first, every effect that a call
 * reaches; recursion ends.
 */
export function followHelpers<Effect>(
  source: Source,
  effectOf: (node: TSESTree.Node) => Effect | undefined,
): (call: HelperCall) => readonly Reached<Effect>[] {
  const known = new Map<FunctionNode, Facts<Effect>>();

  const factsOf = (node: FunctionNode): Facts<Effect> => {
    const cached = known.get(node);
    if (cached !== undefined) return cached;
    const executed = executedParts(node).flatMap(({ root, unless }) =>
      [...walk(root, source, isExecuted)].map((inner) => ({ inner, unless })),
    );
    const facts = {
      effects: executed.flatMap(({ inner, unless }) => {
        const effect = effectOf(inner);
        return effect === undefined ? [] : [{ effect, unless }];
      }),
      calls: executed.flatMap(({ inner, unless }) => {
        const call = helperCallOf(inner, source);
        return call === undefined ? [] : [{ call, unless }];
      }),
    };
    known.set(node, facts);
    return facts;
  };

  return (first) => {
    const reached: Reached<Effect>[] = [];
    const fewestPassed = new Map<FunctionNode, number>();
    const waiting: { readonly call: HelperCall; readonly path: readonly string[] }[] = [{ call: first, path: [] }];
    // The list grows while it is read: breadth first, so that the shortest path is found first.
    for (const { call, path } of waiting) {
      // A call that passes fewer arguments does everything that one with more does.
      const fewest = fewestPassed.get(call.target);
      if (fewest !== undefined && fewest <= call.passed) continue;
      fewestPassed.set(call.target, call.passed);
      const facts = factsOf(call.target);
      const here = call.label === undefined ? path : [...path, call.label];
      for (const { effect, unless } of facts.effects) if (unless >= call.passed) reached.push({ effect, path: here });
      for (const next of facts.calls) if (next.unless >= call.passed) waiting.push({ call: next.call, path: here });
    }
    return reached;
  };
}
