/**
 * Answers where the value of an expression comes from, by scope analysis of one file alone.
 *
 * Invariant: an answer is proven. A name that is shadowed, reassigned, declared twice, or reached through anything
 * that can change it has no answer, and no caller may guess one. Used by the analyses in this folder and by rules.
 */
import type { TSESLint, TSESTree } from "@typescript-eslint/utils";

import { isFunction, type FunctionNode } from "./walk.ts";

type Source = Readonly<TSESLint.SourceCode>;
type Variable = TSESLint.Scope.Variable;

/** The global or the export of a module that an expression denotes. */
export interface Origin {
  /** `Date.now` for a global, `perf_hooks:performance.now` for an export; the `node:` prefix is left out. */
  readonly name: string;
  /** True when the whole name is written where it is used, so that the expression can be replaced as it stands. */
  readonly spelledOut: boolean;
}

/** Names for the global object itself: a member of it is a global. */
const GLOBAL_OBJECTS: ReadonlySet<string> = new Set(["globalThis", "global", "window", "self"]);

/** How many aliases and members one question follows. It ends cycles such as `const a = b, b = a`. */
const MAX_STEPS = 50;

/** Strips what TypeScript and punctuation add around an expression without changing its value. */
export function unwrap(expression: TSESTree.Node): TSESTree.Node {
  let inner = expression;
  for (;;) {
    switch (inner.type) {
      case "ChainExpression":
      case "TSAsExpression":
      case "TSNonNullExpression":
      case "TSSatisfiesExpression":
      case "TSTypeAssertion":
      case "TSInstantiationExpression":
        inner = inner.expression;
        break;
      default:
        return inner;
    }
  }
}

/**
 * Finds the variable that `name` denotes at `place`: "global" when no scope declares it, undefined when a `with`
 * statement makes it undecidable.
 */
export function findVariable(
  name: string,
  place: TSESTree.Node,
  source: Source,
  meaning: "value" | "type" = "value",
): Variable | "global" | undefined {
  let scope: TSESLint.Scope.Scope | null = source.getScope(place);
  while (scope !== null) {
    // The other kinds of scope declare names; what a `with` statement adds is known at run time only.
    if (scope.block.type === "WithStatement") return undefined;
    const variable = scope.set.get(name);
    // Parsers without types set neither flag, and each of their variables is a value.
    const hidden = meaning === "value" ? variable?.isValueVariable === false : variable?.isTypeVariable === false;
    if (variable !== undefined && !hidden) return variable.defs.length === 0 ? "global" : variable;
    scope = scope.upper;
  }
  return "global";
}

/** The globals that a file assigns to, found once per file. */
const assignedGlobals = new WeakMap<Source, ReadonlySet<string>>();

/** Says whether any code of this file assigns to the global of this name. */
function isGlobalAssigned(name: string, source: Source): boolean {
  let assigned = assignedGlobals.get(source);
  if (assigned === undefined) {
    const scope = source.scopeManager?.globalScope;
    const declared = [...(scope?.set.values() ?? [])].filter(({ defs }) => defs.length === 0);
    const references = [...declared.flatMap((variable) => variable.references), ...(scope?.through ?? [])];
    const names = references.filter((reference) => reference.isWrite()).map(({ identifier }) => identifier.name);
    assigned = new Set(names.filter((written) => typeof written === "string"));
    assignedGlobals.set(source, assigned);
  }
  return assigned.has(name);
}

/** Returns the one definition that gives `variable` its value, if nothing else ever writes to it. */
export function soleDefinition(variable: Variable): TSESLint.Scope.Definition | undefined {
  const definitions = variable.defs.filter(
    ({ node }) =>
      // Overload signatures, interfaces and type aliases share the name and have no value.
      node.type !== "TSDeclareFunction" &&
      node.type !== "TSInterfaceDeclaration" &&
      node.type !== "TSTypeAliasDeclaration",
  );
  const [definition] = definitions;
  if (definition === undefined || definitions.length > 1) return undefined;
  const writes = variable.references.filter((reference) => reference.isWrite());
  const own = definition.node.type === "VariableDeclarator" && definition.node.init !== null ? 1 : 0;
  return writes.length === own ? definition : undefined;
}

/** Returns the name of the property that a member expression, pattern or import reads, when it is static. */
function staticName(key: TSESTree.Node, computed: boolean): string | undefined {
  if (key.type === "Identifier") return computed ? undefined : key.name;
  if (key.type === "Literal" && typeof key.value === "string") return key.value;
  if (key.type === "TemplateLiteral" && key.quasis.length === 1) return key.quasis[0]?.value.cooked ?? undefined;
  return undefined;
}

function member(object: Origin | undefined, property: string | undefined, spelledOut: boolean): Origin | undefined {
  if (object === undefined || property === undefined) return undefined;
  const here = object.spelledOut && spelledOut;
  if (GLOBAL_OBJECTS.has(object.name)) return { name: property, spelledOut: here };
  // A default export of a Node module, and of CommonJS seen from ESM, is the module itself.
  if (object.name.endsWith(":")) {
    return { name: property === "default" ? object.name : object.name + property, spelledOut: here };
  }
  return { name: `${object.name}.${property}`, spelledOut: here };
}

/** Names a module as the root of an origin, from the node that holds its specifier. */
function moduleOrigin(specifier: TSESTree.Node | undefined | null): Origin | undefined {
  if (specifier?.type !== "Literal" || typeof specifier.value !== "string") return undefined;
  return { name: `${specifier.value.replace(/^node:/u, "")}:`, spelledOut: false };
}

/** Follows a destructuring pattern down to `name`: the origin of that part of the whole. */
function originInPattern(pattern: TSESTree.Node, name: string, whole: Origin): Origin | undefined {
  if (pattern.type === "Identifier") return pattern.name === name ? { ...whole, spelledOut: false } : undefined;
  if (pattern.type !== "ObjectPattern") return undefined;
  for (const property of pattern.properties) {
    if (property.type !== "Property") continue;
    const part = member(whole, staticName(property.key, property.computed), false);
    const found = part === undefined ? undefined : originInPattern(property.value, name, part);
    if (found !== undefined) return found;
  }
  return undefined;
}

function originOfDefinition(name: string, definition: TSESLint.Scope.Definition, source: Source, steps: number) {
  const { node, parent } = definition;
  switch (node.type) {
    case "ImportSpecifier":
    case "ImportDefaultSpecifier":
    case "ImportNamespaceSpecifier": {
      const whole = moduleOrigin(parent?.type === "ImportDeclaration" ? parent.source : undefined);
      if (node.type === "ImportNamespaceSpecifier") return whole;
      if (node.type === "ImportDefaultSpecifier") return member(whole, "default", false);
      return member(whole, staticName(node.imported, false), false);
    }
    case "TSImportEqualsDeclaration":
      return node.moduleReference.type === "TSExternalModuleReference"
        ? moduleOrigin(node.moduleReference.expression)
        : undefined;
    case "VariableDeclarator": {
      const whole = node.init === null ? undefined : originWithin(node.init, source, steps - 1);
      return whole === undefined ? undefined : originInPattern(node.id, name, whole);
    }
    default:
      return undefined;
  }
}

function originOfName(name: string, place: TSESTree.Node, source: Source, steps: number): Origin | undefined {
  const variable = findVariable(name, place, source);
  if (variable === undefined) return undefined;
  if (variable === "global") return isGlobalAssigned(name, source) ? undefined : { name, spelledOut: true };
  const definition = soleDefinition(variable);
  return definition === undefined ? undefined : originOfDefinition(name, definition, source, steps);
}

function originWithin(expression: TSESTree.Node, source: Source, steps: number): Origin | undefined {
  if (steps === 0) return undefined;
  const node = unwrap(expression);
  switch (node.type) {
    case "Identifier":
      return originOfName(node.name, node, source, steps);
    case "MemberExpression":
      return member(originWithin(node.object, source, steps - 1), staticName(node.property, node.computed), true);
    case "SequenceExpression": {
      // Compilers write `(0, orchestrator)(...)`; what stands before the comma may have effects of its own.
      const last = node.expressions.at(-1);
      const origin = last === undefined ? undefined : originWithin(last, source, steps - 1);
      return origin === undefined ? undefined : { ...origin, spelledOut: false };
    }
    case "CallExpression":
      return originWithin(node.callee, source, steps - 1)?.name === "require"
        ? moduleOrigin(node.arguments[0])
        : undefined;
    case "AwaitExpression":
      return node.argument.type === "ImportExpression" ? moduleOrigin(node.argument.source) : undefined;
    default:
      return undefined;
  }
}

/** Returns the global or module export that `expression` denotes, through aliases, or undefined when unproven. */
export function originOf(expression: TSESTree.Node, source: Source): Origin | undefined {
  return originWithin(expression, source, MAX_STEPS);
}

/** Returns the function of this file that `expression` denotes, through aliases, or undefined when unproven. */
export function functionOf(expression: TSESTree.Node, source: Source): FunctionNode | undefined {
  let node = unwrap(expression);
  for (let steps = MAX_STEPS; steps > 0; steps -= 1) {
    if (isFunction(node)) return node;
    if (node.type !== "Identifier") return undefined;
    const variable = findVariable(node.name, node, source);
    const definition = typeof variable === "object" ? soleDefinition(variable) : undefined;
    if (definition === undefined) return undefined;
    const holder = definition.node;
    // A parameter is defined by its function too, but is not what the function is called.
    if (isFunction(holder)) return definition.name === holder.id ? holder : undefined;
    if (holder.type !== "VariableDeclarator" || holder.id.type !== "Identifier") return undefined;
    if (holder.init === null) return undefined;
    node = unwrap(holder.init);
  }
  return undefined;
}
