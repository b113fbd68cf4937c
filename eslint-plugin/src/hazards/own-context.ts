/**
 * Offers an activity's own context in the place of the orchestrator's.
 *
 * Invariant: only for members that both contexts have with the same type and meaning, and only where the own context's
 * name means the own context. Used by `outer-context.ts`.
 */
import type TS from "typescript";

import type { Code, Edit, Remedy } from "../semantic/effects.ts";
import type { Flavour } from "../semantic/packages.ts";
import { memberOf, parametersOf, type FunctionNode } from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";

/** Which parameter of a handler is its context, and what the orchestrator's members are called there. */
interface OwnContext {
  readonly parameter: number;
  readonly members: ReadonlyMap<string, string>;
}

const OWN: Readonly<Record<Flavour, OwnContext>> = {
  dacapo: {
    parameter: 0,
    members: new Map([
      ["instanceId", "instanceId"],
      ["executionId", "executionId"],
    ]),
  },
  durabletask: { parameter: 0, members: new Map([["instanceId", "orchestrationId"]]) },
  // Both are the host's context of an invocation.
  "durable-functions": {
    parameter: 1,
    members: new Map(["log", "trace", "debug", "info", "warn", "error"].map((name) => [name, name])),
  },
};

/** Says whether a parameter's name means the parameter at a place. */
function isVisible(name: TS.Identifier, place: TS.Node, { names }: Code): boolean {
  const inScope = names.checker.getSymbolsInScope(place, ts.SymbolFlags.Value);
  return inScope.find((symbol) => symbol.name === name.text) === names.symbolAt(name);
}

/** Returns what can be done about one use of the orchestrator's context in an activity. */
export function ownContext(use: TS.Identifier, activity: FunctionNode, flavour: Flavour, code: Code): Remedy {
  const own = OWN[flavour];
  const parameter = parametersOf(activity)[own.parameter];
  const member = memberOf(use.parent);
  const replacement = member?.object === use ? own.members.get(member.name) : undefined;
  if (parameter === undefined || member === undefined || replacement === undefined) return {};
  const { name } = parameter;
  if (!ts.isIdentifier(name) || parameter.dotDotDotToken !== undefined || !isVisible(name, use, code)) return {};
  if (parameter.questionToken !== undefined || !ts.isIdentifier(member.nameNode)) return {};
  const edits: readonly Edit[] = [
    { start: use.getStart(), end: use.getEnd(), text: name.text },
    { start: member.nameNode.getStart(), end: member.nameNode.getEnd(), text: replacement },
  ];
  return { suggest: [{ messageId: "own", data: { own: name.text }, edits }] };
}
