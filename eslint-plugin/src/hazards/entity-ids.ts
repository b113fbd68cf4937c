/**
 * Tells whether two expressions name the same entity, or provably two.
 *
 * Invariant: both answers are proofs, so that they can be "no" for the same pair: of a computed key nobody knows
 * anything. A name is compared without case, as entities' names are; a key is not. Used by the detector of critical
 * sections.
 */
import type TS from "typescript";

import type { Code } from "../semantic/effects.ts";
import { constantString } from "../semantic/registrations.ts";
import { memberOf, unwrap } from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";
import { writesIn } from "../semantic/writes.ts";
import { definedBy, isEntityId, taskNameOf } from "./task-references.ts";

/** A value by where it comes from: two expressions with the same place give the same value. */
interface Place {
  readonly node: TS.Node;
  readonly path: string;
}

/** A part of an identifier: its text, where that is constant, and its place. */
interface Part {
  readonly text: string | undefined;
  readonly place: Place | undefined;
}

/** What an expression tells about the entity that it names. */
export interface EntityId {
  readonly node: TS.Expression;
  readonly place: Place | undefined;
  readonly name: Part;
  readonly key: Part;
}

const NOTHING: Part = { text: undefined, place: undefined };

/** Returns where the value of an expression comes from, if that never changes. */
function placeOf(expression: TS.Node, code: Code, depth = 6): Place | undefined {
  if (depth === 0) return undefined;
  const node = unwrap(expression);
  const member = memberOf(node);
  if (member !== undefined) {
    const { members } = writesIn(node.getSourceFile());
    if (members.has(member.name) || members.has("")) return undefined;
    const object = placeOf(member.object, code, depth - 1);
    return object === undefined ? undefined : { node: object.node, path: `${object.path}.${member.name}` };
  }
  if (!ts.isIdentifier(node)) return undefined;
  const definition = code.names.definitionOf(node);
  const path = (parts: readonly string[]) => parts.map((part) => `.${part}`).join("");
  switch (definition?.kind) {
    case "node":
      return { node: definition.node, path: path(definition.path) };
    case "parameter":
      return { node: definition.parameter, path: path(definition.path) };
    case "element": {
      const declaration = code.names.symbolAt(node)?.valueDeclaration;
      return declaration === undefined ? undefined : { node: declaration, path: "" };
    }
    case "external":
    case undefined:
      return undefined;
  }
}

function partOf(expression: TS.Expression | undefined, code: Code): Part {
  if (expression === undefined || ts.isSpreadElement(expression)) return NOTHING;
  return { text: constantString(expression, code.names), place: placeOf(expression, code) };
}

function lowerCase(part: Part): Part {
  return { ...part, text: part.text?.toLowerCase() };
}

/** Returns what an expression that names an entity says. */
export function entityIdOf(expression: TS.Expression, code: Code): EntityId {
  const place = placeOf(expression, code);
  const value = place?.path === "" ? unwrap(place.node) : unwrap(expression);
  if (!ts.isNewExpression(value) || !isEntityId(value.expression, code)) {
    return { node: expression, place, name: NOTHING, key: NOTHING };
  }
  const [name, key] = value.arguments ?? [];
  return { node: expression, place, name: lowerCase(partOf(name, code)), key: partOf(key, code) };
}

/** Returns what a call of an entity's operation names: by an identifier, or by a definition and a key. */
export function calledEntityOf(call: TS.CallExpression, code: Code): EntityId | undefined {
  const [first, second] = call.arguments;
  if (first === undefined || ts.isSpreadElement(first)) return undefined;
  return definedEntityOf(first, second, code) ?? entityIdOf(first, code);
}

/** Returns what a definition and a key say; undefined when the first expression is no definition. */
export function definedEntityOf(
  definition: TS.Expression,
  key: TS.Expression | undefined,
  code: Code,
): EntityId | undefined {
  if (definedBy(definition, code) === undefined) return undefined;
  const name = taskNameOf(definition, code)?.name;
  const part: Part = { text: name?.toLowerCase(), place: placeOf(definition, code) };
  return { node: definition, place: undefined, name: part, key: partOf(key, code) };
}

function isSamePlace(first: Place | undefined, second: Place | undefined): boolean {
  return first !== undefined && second !== undefined && first.node === second.node && first.path === second.path;
}

function isSamePart(first: Part, second: Part): boolean {
  const isSameText = first.text !== undefined && first.text === second.text;
  return isSameText || isSamePlace(first.place, second.place);
}

function isOtherPart(first: Part, second: Part): boolean {
  return first.text !== undefined && second.text !== undefined && first.text !== second.text;
}

/** Says whether two expressions certainly name one entity. */
export function isSameEntity(first: EntityId, second: EntityId): boolean {
  if (isSamePlace(first.place, second.place)) return true;
  return isSamePart(first.name, second.name) && isSamePart(first.key, second.key);
}

/** Says whether two expressions certainly name two entities. */
export function isOtherEntity(first: EntityId, second: EntityId): boolean {
  return isOtherPart(first.name, second.name) || isOtherPart(first.key, second.key);
}
