/**
 * Detects mistakes with locked entities: a lock inside of a lock, a call to another entity, a signal to a locked one, a
 * sub-orchestration or a new execution before the release, and a lock that is never released.
 *
 * Invariant: a section reaches, in source order, from its lock to the first release of its handle, or to the first place
 * that hands the handle on; so what may come after a release is never reported.
 */
import type TS from "typescript";

import { durableCallOf, type DurableCall } from "../semantic/durable.ts";
import type { Code, Detector, UnitView } from "../semantic/effects.ts";
import { fateOf } from "../semantic/fates.ts";
import { flavourAt } from "../semantic/styles.ts";
import { isFunction, memberOf, wrapped, type FunctionNode } from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";
import { readsOf } from "../semantic/uses.ts";
import { ownNodes } from "./control-flow.ts";
import { callText, isTaskCall } from "./durable-values.ts";
import { durableWorkIn, functionsRunBy } from "./durable-work.ts";
import { entitiesOf, entityIdOf, isSameEntity, type EntityId } from "./entity-ids.ts";

const RULE = "critical-section-usage";

/** What holds the locked entities after the wait. */
type Handle =
  | { readonly kind: "none" }
  | { readonly kind: "variable"; readonly name: TS.Identifier }
  /** Released at the end of its block, by `using`. */
  | { readonly kind: "using"; readonly block: TS.Node }
  /** Handed on at once: nothing is known of its release. */
  | { readonly kind: "elsewhere" };

interface Section {
  readonly lock: TS.CallExpression;
  readonly locked: readonly (EntityId | undefined)[];
  readonly start: number;
  readonly end: number;
  readonly isReleased: boolean;
}

function isLock(call: DurableCall, code: Code): boolean {
  return (call.method === "lockEntities" || call.method === "lock") && isTaskCall(call.node, code);
}

/** Says whether a declaration is `using x = ...` or `await using x = ...`. */
function isUsing(declaration: TS.VariableDeclaration): boolean {
  return /^(?:await\s+)?using\b/u.test(declaration.parent.getText());
}

function handleOf(wait: TS.Node): Handle {
  const outer = wrapped(wait);
  const { parent } = outer;
  if (ts.isExpressionStatement(parent)) return { kind: "none" };
  if (ts.isVariableDeclaration(parent) && ts.isIdentifier(parent.name)) {
    const block = ts.findAncestor(parent, (node) => ts.isBlock(node) || ts.isSourceFile(node));
    if (isUsing(parent) && block !== undefined) return { kind: "using", block };
    return { kind: "variable", name: parent.name };
  }
  if (ts.isBinaryExpression(parent) && parent.right === outer && ts.isIdentifier(parent.left)) {
    return { kind: "variable", name: parent.left };
  }
  return { kind: "elsewhere" };
}

/** Members of a handle that only look at it. */
const LOOKS: ReadonlySet<string> = new Set(["isReleased", "ownedLocks", "lockedEntities"]);

/** Returns where a handle is released or handed on first, after the lock. */
function releaseOf(name: TS.Identifier, after: number, code: Code): number | undefined {
  const reads = readsOf(name, code.names);
  if (reads === undefined) return after;
  const ends = reads
    .filter((read) => {
      const member = memberOf(read.parent);
      return read.getStart() > after && !(member?.object === read && LOOKS.has(member.name));
    })
    .map((read) => read.getStart());
  return ends.length === 0 ? undefined : Math.min(...ends);
}

function sectionOf(lock: TS.CallExpression, unit: FunctionNode, code: Code): Section | undefined {
  const fate = fateOf(lock, code.names);
  // A lock that is not waited for on the spot is held from an unknown moment on.
  if (fate.kind !== "waited" || fate.by.expression === undefined || wrapped(lock).parent !== fate.by) return undefined;
  const handle = handleOf(fate.by);
  const start = fate.by.getEnd();
  const locked = entitiesOf([...lock.arguments], code);
  switch (handle.kind) {
    case "none":
      return { lock, locked, start, end: unit.getEnd(), isReleased: false };
    case "using":
      return { lock, locked, start, end: handle.block.getEnd(), isReleased: true };
    case "variable": {
      const released = releaseOf(handle.name, start, code);
      return { lock, locked, start, end: released ?? unit.getEnd(), isReleased: released !== undefined };
    }
    case "elsewhere":
      return undefined;
  }
}

/** Names the mistake that a durable call inside a section is; none when it is fine or nothing is proven. */
function mistakeIn(call: DurableCall, { locked }: Section, code: Code): string | undefined {
  const { method, node } = call;
  if (isLock(call, code)) return "nested";
  if (method === "continueAsNew") return "continued";
  if (method.startsWith("callSubOrchestrator")) {
    return flavourAt(node, code.project) === "durable-functions" ? "child" : undefined;
  }
  const [first] = node.arguments;
  const entity = first === undefined ? undefined : entityIdOf(first, code);
  if (entity === undefined) return undefined;
  const same = locked.map((each) => (each === undefined ? undefined : isSameEntity(each, entity)));
  if (method === "signalEntity") return same.includes(true) ? "signal" : undefined;
  return method === "callEntity" && same.length > 0 && same.every((each) => each === false) ? "unlocked" : undefined;
}

/** Returns the mistake at a call: its own, or that of a helper that it runs. */
function mistakeAt(node: TS.CallExpression, section: Section, code: Code): { id: string; api: string } | undefined {
  const call = durableCallOf(node, code.names);
  if (call !== undefined) {
    const id = mistakeIn(call, section, code);
    return id === undefined ? undefined : { id, api: callText(node) };
  }
  for (const target of functionsRunBy(node, code)) {
    for (const work of durableWorkIn(target, code)) {
      const id = mistakeIn(work.call, section, code);
      if (id !== undefined) return { id, api: `${callText(node)} -> ${work.label}` };
    }
  }
  return undefined;
}

function visitUnit(unit: FunctionNode, view: UnitView): void {
  const { code } = view;
  if (!/\block(?:Entities)?\b/u.test(unit.getText())) return;
  const calls = [...ownNodes(unit)].filter((node): node is TS.CallExpression => ts.isCallExpression(node));
  const sections = calls.flatMap((node) => {
    const call = durableCallOf(node, code.names);
    const section = call !== undefined && isLock(call, code) ? sectionOf(node, unit, code) : undefined;
    return section === undefined ? [] : [section];
  });
  const reported = new Set<TS.Node>();
  const report = (node: TS.Node, messageId: string, api: string) => {
    if (reported.has(node)) return;
    reported.add(node);
    view.add({ rule: RULE, messageId, data: {}, node, api });
  };
  for (const section of sections) {
    if (!section.isReleased) report(section.lock, "unreleased", callText(section.lock));
    for (const node of calls) {
      if (node.getStart() < section.start || node.getStart() >= section.end) continue;
      const mistake = mistakeAt(node, section, code);
      if (mistake !== undefined) report(node, mistake.id, mistake.api);
    }
  }
}

/** Detects mistakes in the sections of each function. */
export const criticalSections: Detector = {
  kinds: ["Unit"],
  visit(node, view) {
    if (isFunction(node)) visitUnit(node, view);
  },
};
