/**
 * Detects generators of random numbers that repeat themselves by their seed, but get another seed on each replay.
 *
 * Invariant: reported only where the seed provably carries a reading of a clock, of randomness, of the environment or of
 * the host: written in the seed, in a constant, or in what a function of the program returns. A seed that is a
 * constant, an input or a parameter is fine.
 */
import type TS from "typescript";

import type { Detector, UnitView } from "../semantic/effects.ts";
import type { Origin } from "../semantic/origin.ts";
import { descendants, isFunction, unwrap } from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";
import { readingAt } from "./api-uses.ts";

/** Generators that take a seed: the package, the names of the makers there, and how messages write them. */
const MAKERS: ReadonlyMap<string, RegExp> = new Map([
  ["alea", /^(?:|Alea|alea)$/u],
  ["chance", /^(?:|Chance)$/u],
  ["d3-random", /^randomLcg$/u],
  ["d3", /^randomLcg$/u],
  ["mersenne-twister", /^$/u],
  ["prando", /^$/u],
  ["pure-rand", /^(?:xoroshiro128plus|xorshift128plus|mersenne|congruential32)$/u],
  ["random-js", /^MersenneTwister19937\.(?:seed|seedWithArray)$/u],
  ["random-seed", /^(?:|create)$/u],
  ["seed-random", /^$/u],
  ["seedrandom", /^(?:|alea|quick|tychei|xor128|xor4096|xorshift7|xorwow)$/u],
]);

/** How many constants and functions lead from a seed to its source. */
const MAX_DEPTH = 6;

/** Returns the package whose generator an origin makes. */
function makerOf({ module, path }: Origin): string | undefined {
  const [first = "", ...inside] = module.split("/");
  const name = [...inside.filter((part) => !/^(?:lib|generator)$/u.test(part)), ...path].join(".");
  return MAKERS.get(first)?.test(name) === true ? [first, ...path].join(".") : undefined;
}

/** Looks for the source of what changes in the seeds of one unit. */
class Sources {
  private readonly view: UnitView;
  private readonly seen = new Set<TS.Node>();

  constructor(view: UnitView) {
    this.view = view;
  }

  /** Returns how a message writes the first reading that the value of `expression` carries. */
  in(expression: TS.Node, depth = MAX_DEPTH): string | undefined {
    if (depth === 0 || this.seen.has(expression)) return undefined;
    this.seen.add(expression);
    for (const node of descendants(expression, (each) => !isFunction(each) && !ts.isTypeNode(each))) {
      const source = readingAt(node, this.view) ?? this.behind(node, depth);
      if (source !== undefined) return source;
    }
    return undefined;
  }

  /** What a constant, or a function of the program, stands for. */
  private behind(node: TS.Node, depth: number): string | undefined {
    if (ts.isCallExpression(node)) {
      for (const callee of this.view.code.callees.of(node.expression)) {
        if (callee.kind !== "function") continue;
        for (const value of this.view.code.callees.returns(callee.node)) {
          const source = this.in(value, depth - 1);
          if (source !== undefined) return source;
        }
      }
      return undefined;
    }
    if (!ts.isIdentifier(node)) return undefined;
    const definition = this.view.code.names.definitionOf(node);
    if (definition?.kind !== "node" || definition.path.length > 0 || !ts.isExpression(definition.node))
      return undefined;
    return isFunction(definition.node) ? undefined : this.in(definition.node, depth - 1);
  }
}

export const varyingSeed: Detector = {
  kinds: ["CallExpression", "NewExpression"],
  visit(node, view) {
    if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return;
    const seeds = node.arguments ?? [];
    const origin = seeds.length === 0 ? undefined : view.code.names.originOf(unwrap(node.expression));
    const maker = origin === undefined ? undefined : makerOf(origin);
    if (maker === undefined) return;
    const sources = new Sources(view);
    const source = seeds.map((seed) => sources.in(seed)).find((each) => each !== undefined);
    if (source === undefined) return;
    view.add({
      rule: "no-random",
      messageId: "varyingSeed",
      data: { source },
      node,
      api: ts.isNewExpression(node) ? `new ${maker}()` : `${maker}()`,
      isValue: true,
    });
  },
};
