/**
 * Compares the entities that expressions name.
 *
 * Invariant: two entities are the same when they are the same constant, or have the same constant name and key; they are
 * different only when both names and keys are known. Everything else proves nothing. Used by the detector of critical
 * sections.
 */
import type TS from "typescript";

import type { Code } from "../semantic/effects.ts";
import { constantString } from "../semantic/registrations.ts";
import { unwrap } from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";

/** An entity as far as it is known. */
export interface EntityId {
  /** The name and the key, when both are constants. */
  readonly text: string | undefined;
  /** The one expression or parameter that made it. */
  readonly origin: TS.Node;
  readonly path: string;
}

const MAX_DEPTH = 8;

/** Returns the entity that an expression names; undefined for one that changes or is computed. */
export function entityIdOf(expression: TS.Node, code: Code, depth = MAX_DEPTH): EntityId | undefined {
  if (depth === 0) return undefined;
  const node = unwrap(expression);
  if (ts.isNewExpression(node)) {
    const [name, key] = (node.arguments ?? []).map((argument) => constantString(argument, code.names));
    const text = name === undefined || key === undefined ? undefined : `@${name.toLowerCase()}@${key}`;
    return { text, origin: node, path: "" };
  }
  if (!ts.isIdentifier(node)) return undefined;
  const definition = code.names.definitionOf(node);
  if (definition === undefined || definition.kind === "external") return undefined;
  const path = definition.path.join(".");
  if (definition.kind === "parameter") return { text: undefined, origin: definition.parameter, path };
  if (definition.kind === "element") return { text: undefined, origin: definition.of, path };
  if (definition.path.length > 0) return { text: undefined, origin: definition.node, path };
  return definition.node === node ? undefined : entityIdOf(definition.node, code, depth - 1);
}

/** Says whether two names provably mean one entity, or provably two; undefined when neither is sure. */
export function isSameEntity(a: EntityId, b: EntityId): boolean | undefined {
  if (a.origin === b.origin && a.path === b.path) return true;
  return a.text === undefined || b.text === undefined ? undefined : a.text === b.text;
}

/** Returns the entities that the arguments of a lock name; an unknown one is undefined. */
export function entitiesOf(passed: readonly TS.Expression[], code: Code): readonly (EntityId | undefined)[] {
  return passed.flatMap((argument): readonly (EntityId | undefined)[] => {
    const node = unwrap(ts.isSpreadElement(argument) ? argument.expression : argument);
    const definition = ts.isIdentifier(node) ? code.names.definitionOf(node) : undefined;
    const value = definition?.kind === "node" && definition.path.length === 0 ? unwrap(definition.node) : node;
    if (ts.isArrayLiteralExpression(value)) return entitiesOf([...value.elements], code);
    return [ts.isSpreadElement(argument) ? undefined : entityIdOf(node, code)];
  });
}
