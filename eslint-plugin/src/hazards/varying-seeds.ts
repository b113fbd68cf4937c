/**
 * Detects generators of random numbers whose seed is another one on each replay.
 *
 * Invariant: a seed varies when its expression provably reads a source that the API table lists, itself or through
 * functions of the program. A constant, an input and what the context gives are fine.
 */
import type TS from "typescript";

import type { ApiUse } from "../semantic/api-table.ts";
import type { Code, Detector } from "../semantic/effects.ts";
import { unwrap } from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";
import { ownNodes } from "./control-flow.ts";
import { functionsRunBy } from "./durable-work.ts";

/** The functions and classes that take a seed, by package. "." is the package itself. */
const SEEDED: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["@faker-js/faker", new Set(["faker.seed"])],
  ["chance", new Set([".", "Chance"])],
  ["faker", new Set(["seed"])],
  ["pure-rand", new Set(["congruential32", "mersenne", "xoroshiro128plus", "xorshift128plus"])],
  ["random-js", new Set(["MersenneTwister19937.seed", "MersenneTwister19937.seedWithArray"])],
  ["random-seed", new Set([".", "create"])],
  ["seedrandom", new Set([".", "alea", "tychei", "xor128", "xor4096", "xorshift7", "xorwow"])],
]);

/** Hazards whose readings make a seed vary. */
const VARYING: ReadonlySet<string> = new Set(["clock", "environment", "host", "io", "nondeterministic", "random"]);

function isSeeded(node: TS.CallExpression | TS.NewExpression, code: Code): boolean {
  const origin = code.names.originOf(node.expression);
  return origin !== undefined && SEEDED.get(origin.module)?.has(origin.path.join(".") || ".") === true;
}

/** Returns the source, as messages write it, that makes the value of an expression vary. */
function sourceOf(expression: TS.Node, code: Code, seen: Set<TS.Node>): string | undefined {
  for (const node of ownNodes(expression)) {
    const found = sourceAt(node, code, seen);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Returns how messages write a use that the API table lists, if its value is another one each time. */
function listed(node: TS.Node, use: ApiUse, count: number, code: Code): string | undefined {
  const origin = code.names.originOf(node);
  const match = origin === undefined ? undefined : code.apis.lookup(origin, use, count);
  return match !== undefined && VARYING.has(match.hazard) ? match.api : undefined;
}

function sourceAt(node: TS.Node, code: Code, seen: Set<TS.Node>): string | undefined {
  if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
    const use = ts.isNewExpression(node) ? "new" : "call";
    const api = listed(node.expression, use, node.arguments?.length ?? 0, code);
    return api ?? within(functionsRunBy(node, code), code, seen);
  }
  if (ts.isPropertyAccessExpression(node)) return listed(node, "read", 0, code);
  if (!ts.isIdentifier(node)) return undefined;
  const definition = code.names.definitionOf(node);
  if (definition?.kind !== "node" || definition.path.length > 0 || definition.node === node) return undefined;
  return ts.isExpression(definition.node) ? within([definition.node], code, seen) : undefined;
}

function within(nodes: readonly TS.Node[], code: Code, seen: Set<TS.Node>): string | undefined {
  for (const node of nodes) {
    if (seen.has(node)) continue;
    seen.add(node);
    const found = sourceOf(node, code, seen);
    if (found !== undefined) return found;
  }
  return undefined;
}

export const varyingSeeds: Detector = {
  kinds: ["CallExpression", "NewExpression"],
  visit(node, view) {
    if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return;
    const seeds = node.arguments ?? [];
    if (seeds.length === 0 || !isSeeded(node, view.code)) return;
    const source = within(seeds, view.code, new Set());
    if (source === undefined) return;
    const api = `${ts.isNewExpression(node) ? "new " : ""}${unwrap(node.expression).getText()}()`;
    view.add({ rule: "no-random", messageId: "seeded", data: { source }, node, api, isValue: true });
  },
};
