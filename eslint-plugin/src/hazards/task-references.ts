/**
 * Tells what a durable call refers to: the activity, orchestrator, entity or event, its name, and the value passed.
 *
 * Invariant: a name is given only when it is certain: a literal, a constant, a function's own or a definition's. Used by
 * the detectors of names, types and payloads.
 */
import type TS from "typescript";

import { durableCallOf } from "../semantic/durable.ts";
import type { Code } from "../semantic/effects.ts";
import { flavourOf } from "../semantic/packages.ts";
import { constantString, type RegistrationKind } from "../semantic/registrations.ts";
import { nameOf, unwrap, valueIn, type FunctionNode } from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";

/** What a durable call refers to. */
export interface TaskReference {
  readonly method: string;
  readonly node: TS.CallExpression;
  /** What the name is one of; none for calls that name nothing. */
  readonly kind: Exclude<RegistrationKind, "client"> | "event" | undefined;
  /** The expression that gives the name. */
  readonly nameNode: TS.Expression | undefined;
  /** The value that is sent. */
  readonly input: TS.Expression | undefined;
}

/** What a name is, as far as it is known. */
export type TaskName =
  | { readonly by: "text"; readonly name: string }
  /** A function that stands for its own name, as workers allow. */
  | { readonly by: "function"; readonly name: string | undefined; readonly node: FunctionNode }
  /** What `activity()` and its like have made. */
  | { readonly by: "definition"; readonly name: string | undefined };

interface Form {
  readonly kind: TaskReference["kind"];
  readonly name: number;
  readonly input: number;
  /** Of an argument with options, the member that is sent. */
  readonly member?: string;
}

const FORMS: ReadonlyMap<string, Form> = new Map<string, Form>([
  ["callActivity", { kind: "activity", name: 0, input: 1 }],
  ["callActivityWithRetry", { kind: "activity", name: 0, input: 2 }],
  ["callSubOrchestrator", { kind: "orchestrator", name: 0, input: 1 }],
  ["callSubOrchestratorWithRetry", { kind: "orchestrator", name: 0, input: 2 }],
  ["callChildWorkflow", { kind: "orchestrator", name: 0, input: 1 }],
  ["callEntity", { kind: "entity", name: 0, input: 2 }],
  ["signalEntity", { kind: "entity", name: 0, input: 2 }],
  ["waitForExternalEvent", { kind: "event", name: 0, input: -1 }],
  ["sendEvent", { kind: "event", name: 1, input: 2 }],
  // What else a request has is no payload: its retry handler is a function.
  ["callHttp", { kind: undefined, name: -1, input: 0, member: "body" }],
  ["continueAsNew", { kind: undefined, name: -1, input: 0 }],
  ["setCustomStatus", { kind: undefined, name: -1, input: 0 }],
]);

/** Classes that join an entity's name and key. */
const ENTITY_IDS: ReadonlySet<string> = new Set(["EntityId", "EntityInstanceId"]);

/** Returns what the call refers to, if it is a durable one that refers to anything. */
export function taskReferenceOf(node: TS.Node, code: Code): TaskReference | undefined {
  const call = durableCallOf(node, code.names);
  const form = call === undefined ? undefined : FORMS.get(call.method);
  if (call === undefined || form === undefined) return undefined;
  const { kind } = form;
  // Behind a spread nobody knows which argument is which.
  const spread = call.node.arguments.findIndex((argument) => ts.isSpreadElement(argument));
  const known = spread < 0 ? call.node.arguments : call.node.arguments.slice(0, spread);
  const first = known[form.name];
  const isDefinition = kind === "entity" && first !== undefined && definedBy(first, code) !== undefined;
  const nameNode = kind === "entity" && !isDefinition ? entityName(first, code) : first;
  // By its definition an entity is called with the key as an argument of its own.
  const argument = known[form.input + (isDefinition ? 1 : 0)];
  const input = form.member === undefined || argument === undefined ? argument : valueIn(argument, form.member);
  return { method: call.method, node: call.node, kind, nameNode, input };
}

/** Returns the expression of the name inside the identifier of an entity. */
function entityName(expression: TS.Expression | undefined, code: Code, depth = 4): TS.Expression | undefined {
  if (expression === undefined || depth === 0) return undefined;
  const node = unwrap(expression);
  if (ts.isNewExpression(node)) {
    const name = isEntityId(node.expression, code) ? node.arguments?.[0] : undefined;
    return name === undefined || ts.isSpreadElement(name) ? undefined : name;
  }
  const definition = ts.isIdentifier(node) ? code.names.definitionOf(node) : undefined;
  return definition?.kind === "node" && definition.path.length === 0 && ts.isExpression(definition.node)
    ? entityName(definition.node, code, depth - 1)
    : undefined;
}

/** Says whether a class is one whose instances name entities. */
export function isEntityId(expression: TS.Expression, code: Code): boolean {
  const origin = code.names.originOf(expression);
  return ENTITY_IDS.has(origin?.path.at(-1) ?? "") && flavourOf(origin?.module ?? "") !== undefined;
}

/** Returns the call of `activity()` and its like that made the definition. */
export function definedBy(expression: TS.Expression, code: Code): TS.Node | undefined {
  const origin = code.names.originOf(expression);
  if (origin?.module !== "dacapo" || origin.path.length !== 2 || origin.path[1] !== "()") return undefined;
  const node = unwrap(expression);
  if (!ts.isIdentifier(node)) return node;
  const definition = code.names.definitionOf(node);
  return definition?.kind === "node" ? definition.node : node;
}

/** Returns the name that an expression gives, as far as it is certain; undefined when it is not. */
export function taskNameOf(expression: TS.Expression, code: Code): TaskName | undefined {
  const text = constantText(expression, code);
  if (text !== undefined) return { by: "text", name: text };
  const made = definedBy(expression, code);
  if (made !== undefined) {
    const call = unwrap(made);
    const registration = code.project.registrations.find(({ node }) => node === call);
    return { by: "definition", name: registration?.name };
  }
  const functions = code.callees.of(expression).flatMap((each) => (each.kind === "function" ? [each.node] : []));
  const [only] = functions;
  return only === undefined || functions.length > 1 ? undefined : { by: "function", name: nameOf(only), node: only };
}

/** Constant strings, and templates of constants. */
function constantText(expression: TS.Expression, code: Code): string | undefined {
  const node = unwrap(expression);
  if (!ts.isTemplateExpression(node)) return constantString(expression, code.names);
  const parts = node.templateSpans.map((span) => ({
    value: constantString(span.expression, code.names),
    text: span.literal.text,
  }));
  if (parts.some(({ value }) => value === undefined)) return undefined;
  return node.head.text + parts.map(({ value, text }) => (value ?? "") + text).join("");
}
