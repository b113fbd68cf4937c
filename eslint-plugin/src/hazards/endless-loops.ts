/**
 * Detects loops that work for ever in one execution, so that its history grows without bound.
 *
 * Invariant: a loop counts when its condition never ends it, nothing inside leaves it, it provably schedules durable
 * work, and neither it nor code that it hands its context to can continue as new.
 */
import type TS from "typescript";

import type { Code, Detector } from "../semantic/effects.ts";
import { descendants, lineOf } from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";
import { hasExit, isEndless, type ConditionalLoop } from "./control-flow.ts";
import { durableWorkIn, handsContextAway, type DurableWork } from "./durable-work.ts";

/** How a path ends that leads to a loop. */
export function loopText(loop: ConditionalLoop): string {
  if (ts.isForStatement(loop)) return "for (;;)";
  const condition = loop.expression.getText().replace(/\s+/gu, " ");
  return ts.isWhileStatement(loop) ? `while (${condition})` : `do while (${condition})`;
}

/** The loop's keyword, which is what reports of loops underline. */
export function keywordOf(loop: ConditionalLoop): TS.Node {
  return loop.getFirstToken() ?? loop;
}

function mentionsContinueAsNew(loop: TS.Node): boolean {
  for (const node of descendants(loop)) if (ts.isIdentifier(node) && node.text === "continueAsNew") return true;
  return false;
}

/** Returns the durable work that an endless loop repeats in one execution; none when it is no such loop. */
export function workOfEndlessLoop(loop: ConditionalLoop, code: Code): DurableWork | undefined {
  if (!isEndless(loop, code.names) || mentionsContinueAsNew(loop) || hasExit(loop, code.names)) return undefined;
  let first: DurableWork | undefined;
  for (const work of durableWorkIn(loop, code)) {
    if (work.call.method === "continueAsNew") return undefined;
    if (work.call.kind === "task") first ??= work;
  }
  return first !== undefined && handsContextAway(loop, code) ? undefined : first;
}

export const endlessLoops: Detector = {
  kinds: ["WhileStatement", "DoStatement", "ForStatement"],
  visit(node, view) {
    const loop = node as ConditionalLoop;
    const work = workOfEndlessLoop(loop, view.code);
    if (work === undefined) return;
    view.add({
      rule: "require-continue-as-new",
      messageId: "endless",
      data: { work: work.label, line: String(lineOf(work.site)) },
      node: keywordOf(loop),
      api: loopText(loop),
    });
  },
};
