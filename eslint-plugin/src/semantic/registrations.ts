/**
 * Finds the calls that register orchestrators, activities and entities, in one file.
 *
 * Invariant: a call counts by what its callee is bound to, or, for the worker's own methods, by a name that only
 * workers have. Used by `project.ts`, once per file that can hold any.
 */
import type TS from "typescript";

import type { Callees, Layer } from "./callees.ts";
import type { Names } from "./names.ts";
import { nodesIn } from "./nodes.ts";
import { flavourOf, type Flavour } from "./packages.ts";
import { memberOf, nameOf, unwrap, type FunctionNode } from "./syntax.ts";
import { ts } from "./typescript.ts";

export type RegistrationKind = "orchestrator" | "activity" | "entity" | "client";

/** One registration. */
export interface Registration {
  readonly kind: RegistrationKind;
  readonly flavour: Flavour;
  readonly node: TS.CallExpression;
  /** The expression of the name; none where the function's own name is used, or the host gives one. */
  readonly nameNode: TS.Expression | undefined;
  /** The name, when it is known; undefined when it is computed, or given elsewhere. */
  readonly name: string | undefined;
  /** Where the name comes from. */
  readonly named: "argument" | "function" | "elsewhere";
  /** The expression of the handler; none when it is missing. */
  readonly handler: TS.Expression | undefined;
  /** The functions that the handler may be. */
  readonly functions: readonly FunctionNode[];
  /** The calls that made those of them that calls make, as in `orchestrator("o", makeFlow(now))`. */
  readonly made: ReadonlyMap<FunctionNode, readonly Layer[]>;
  /** The argument that has the handler as a member, as in `{ handler }`; -1 for none. */
  readonly options: boolean;
}

/** A form of registering: which arguments hold what. */
interface Form {
  readonly kind: RegistrationKind;
  readonly flavour: Flavour;
  readonly name: number | "function" | "elsewhere";
  readonly handler: number;
}

const FORMS: ReadonlyMap<string, Form> = new Map<string, Form>([
  ["dacapo:orchestrator", { kind: "orchestrator", flavour: "dacapo", name: 0, handler: 1 }],
  ["dacapo:activity", { kind: "activity", flavour: "dacapo", name: 0, handler: 1 }],
  ["dacapo:entity", { kind: "entity", flavour: "dacapo", name: 0, handler: 1 }],
  [
    "durable-functions:orchestrator",
    { kind: "orchestrator", flavour: "durable-functions", name: "elsewhere", handler: 0 },
  ],
  ["durable-functions:entity", { kind: "entity", flavour: "durable-functions", name: "elsewhere", handler: 0 }],
  ["durable-functions:app.orchestration", { kind: "orchestrator", flavour: "durable-functions", name: 0, handler: 1 }],
  ["durable-functions:app.activity", { kind: "activity", flavour: "durable-functions", name: 0, handler: 1 }],
  ["durable-functions:app.entity", { kind: "entity", flavour: "durable-functions", name: 0, handler: 1 }],
]);

/** Methods of workers and registries, whatever they are held by. */
const METHODS: ReadonlyMap<string, Form> = new Map<string, Form>([
  ["addOrchestrator", { kind: "orchestrator", flavour: "durabletask", name: "function", handler: 0 }],
  ["addNamedOrchestrator", { kind: "orchestrator", flavour: "durabletask", name: 0, handler: 1 }],
  ["addActivity", { kind: "activity", flavour: "durabletask", name: "function", handler: 0 }],
  ["addNamedActivity", { kind: "activity", flavour: "durabletask", name: 0, handler: 1 }],
  ["addEntity", { kind: "entity", flavour: "durabletask", name: "function", handler: 0 }],
  ["addNamedEntity", { kind: "entity", flavour: "durabletask", name: 0, handler: 1 }],
  ["registerWorkflow", { kind: "orchestrator", flavour: "durabletask", name: "function", handler: 0 }],
  ["registerWorkflowWithName", { kind: "orchestrator", flavour: "durabletask", name: 0, handler: 1 }],
  ["registerActivity", { kind: "activity", flavour: "durabletask", name: "function", handler: 0 }],
  ["registerActivityWithName", { kind: "activity", flavour: "durabletask", name: 0, handler: 1 }],
]);

/** The names of all members that register something. */
const MEMBERS: ReadonlySet<string> = new Set([...METHODS.keys(), ...[...FORMS.keys()].map(lastName)]);

/** Says by names alone, which spares finding out what has the member, whether calling it may register something. */
function mayRegister({ name, object }: NonNullable<ReturnType<typeof memberOf>>, names: Names): boolean {
  return MEMBERS.has(name) || names.mayDeclare(name) || memberOf(unwrap(object))?.name === "client";
}

function lastName(form: string): string {
  return /\w+$/u.exec(form)?.[0] ?? form;
}

/** Members of the host's app that register what is no orchestrator. */
const CLIENT = /^app\.client\./u;

function formOf(call: TS.CallExpression, names: Names, callees: Callees): Form | undefined {
  const callee = unwrap(call.expression);
  const member = memberOf(callee);
  if (member !== undefined && !mayRegister(member, names)) return undefined;
  const origin = names.originOf(callee);
  if (origin !== undefined && origin.module !== "") {
    const flavour = flavourOf(origin.module);
    if (flavour === undefined) return undefined;
    const path = origin.path.join(".");
    const module = flavour === "durabletask" ? "durabletask" : flavour;
    const form = FORMS.get(`${module}:${path}`);
    if (form !== undefined) return form;
    if (CLIENT.test(path)) return { kind: "client", flavour, name: 0, handler: 1 };
  }
  const method = member === undefined ? undefined : METHODS.get(member.name);
  if (member === undefined || method === undefined) return undefined;
  // A method of a class of the program is whatever that class makes of it.
  const own = callees.of(callee).some(({ kind }) => kind === "function");
  return own ? undefined : method;
}

/** Returns the functions that `expression` may be, or its member `handler` where it is an options object. */
function handlersOf(expression: TS.Expression, callees: Callees) {
  const node = unwrap(expression);
  const direct = callees.of(node);
  const options = direct.length === 0;
  const found = options ? callees.at(node, ["handler"]) : direct;
  const made = new Map<FunctionNode, readonly Layer[]>();
  for (const each of found) if (each.kind === "function" && !made.has(each.node)) made.set(each.node, each.layers);
  return { functions: [...made.keys()], made, options: options && made.size > 0 };
}

/** Returns the constant string that an expression is. */
export function constantString(expression: TS.Expression | undefined, names: Names, depth = 5): string | undefined {
  if (expression === undefined || depth === 0) return undefined;
  const node = unwrap(expression);
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isIdentifier(node)) {
    const definition = names.definitionOf(node);
    return definition?.kind === "node" && definition.path.length === 0 && definition.node !== node
      ? constantString(definition.node as TS.Expression, names, depth - 1)
      : undefined;
  }
  return ts.isPropertyAccessExpression(node)
    ? constantString(memberInitializer(node, names), names, depth - 1)
    : undefined;
}

/** Returns the initialiser of the member of an object, a class or an enum that an access reads. */
function memberInitializer(node: TS.PropertyAccessExpression, names: Names): TS.Expression | undefined {
  const declaration = names.checker.getSymbolAtLocation(node.name)?.valueDeclaration;
  if (declaration === undefined) return undefined;
  const holds =
    ts.isPropertyAssignment(declaration) || ts.isEnumMember(declaration) || ts.isPropertyDeclaration(declaration);
  return holds ? declaration.initializer : undefined;
}

/** Some versions of a worker take the name before the function in the same method. */
function applied(form: Form, call: TS.CallExpression, names: Names): Form {
  const named = form.name === "function" && call.arguments.length > 1;
  return named && constantString(call.arguments[0], names) !== undefined ? { ...form, name: 0, handler: 1 } : form;
}

function registrationOf(call: TS.CallExpression, names: Names, callees: Callees): Registration | undefined {
  const found = formOf(call, names, callees);
  if (found === undefined) return undefined;
  const form = applied(found, call, names);
  const before = call.arguments.slice(0, form.handler + 1);
  if (before.some((argument) => ts.isSpreadElement(argument))) return undefined;
  const handler = call.arguments[form.handler];
  const { functions, made, options } =
    handler === undefined
      ? { functions: [], made: new Map<FunctionNode, readonly Layer[]>(), options: false }
      : handlersOf(handler, callees);
  const base = { kind: form.kind, flavour: form.flavour, node: call, handler, functions, made, options };
  if (typeof form.name === "number") {
    const nameNode = call.arguments[form.name];
    return { ...base, nameNode, name: constantString(nameNode, names), named: "argument" };
  }
  const [only] = functions;
  const name = form.name === "function" && only !== undefined && functions.length === 1 ? nameOf(only) : undefined;
  return { ...base, nameNode: undefined, name, named: form.name };
}

/** Lists the registrations of a file in source order. */
export function registrationsIn(file: TS.SourceFile, names: Names, callees: Callees): readonly Registration[] {
  const found: Registration[] = [];
  for (const node of nodesIn(file, "CallExpression")) {
    const registration = registrationOf(node, names, callees);
    if (registration !== undefined) found.push(registration);
  }
  return found;
}
