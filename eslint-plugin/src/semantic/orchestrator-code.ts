/**
 * Decides which code of a file is orchestrator code, and through what name it reaches its context.
 *
 * Invariant: what counts is a function that provably is the second argument of `orchestrator` from "dacapo", with
 * everything written inside it, except the functions inside it that are activities, entities or orchestrators of
 * their own. A file that never mentions the package costs one text search. Called by the rules, once per file.
 */
import type { TSESLint, TSESTree } from "@typescript-eslint/utils";

import { findVariable, functionOf, originOf, soleDefinition, unwrap } from "./origin.ts";
import { isFunction, walk, type FunctionNode } from "./walk.ts";

type Source = Readonly<TSESLint.SourceCode>;

/** The package whose authoring functions are recognised. */
const PACKAGE = "dacapo";

/** The authoring functions whose function argument is not part of the code around it. */
const DEFINERS: ReadonlySet<string> = new Set(
  ["orchestrator", "activity", "entity"].map((name) => `${PACKAGE}:${name}`),
);

/** One orchestrator function of a file. */
export interface OrchestratorCode {
  readonly node: FunctionNode;
  /** Every node that belongs to this orchestrator, in source order, starting with the function. */
  readonly nodes: readonly TSESTree.Node[];
}

/** The parameters of a function as its callers count them: TypeScript's `this` parameter is not one. */
export function parametersOf(node: FunctionNode): readonly TSESTree.Parameter[] {
  const [first] = node.params;
  return first?.type === "Identifier" && first.name === "this" ? node.params.slice(1) : node.params;
}

/** Says whether a file can hold orchestrator code at all; the cheap answer that spares all others. */
export function mentionsPackage(source: Source): boolean {
  // Under a processor or another language the text may be missing, and then there is nothing to analyse.
  return typeof source.text === "string" && source.text.includes(PACKAGE);
}

/** Finds all orchestrator code of a file, each function once, however often it is registered. */
export function findOrchestratorCode(source: Source): readonly OrchestratorCode[] {
  const orchestrators = new Set<FunctionNode>();
  const definitions = new Set<TSESTree.Node>();
  for (const node of walk(source.ast, source)) {
    if (node.type !== "CallExpression") continue;
    const definer = originOf(node.callee, source)?.name;
    if (definer === undefined || !DEFINERS.has(definer)) continue;
    const [name, handler] = node.arguments;
    if (handler === undefined || name?.type === "SpreadElement") continue;
    const definition = functionOf(handler, source);
    definitions.add(definition ?? unwrap(handler));
    if (definition !== undefined && definer === `${PACKAGE}:orchestrator`) orchestrators.add(definition);
  }
  return [...orchestrators].map((node) => ({
    node,
    nodes: [...walk(node, source, (inner) => inner === node || !definitions.has(inner))],
  }));
}

/** Returns every function that belongs to one of the given orchestrators. */
export function functionsOf(code: readonly OrchestratorCode[]): ReadonlySet<TSESTree.Node> {
  return new Set(code.flatMap(({ nodes }) => nodes.filter(isFunction)));
}

/** How an orchestrator names its context. */
export type ContextBinding =
  /** A plain parameter, never reassigned, of no other type than the context's: its members can be relied on. */
  | { readonly kind: "proven"; readonly name: string; readonly parameter: TSESTree.Identifier }
  /** A parameter that is called `name`, but may hold something else. */
  | { readonly kind: "unproven"; readonly name: string; readonly parameter: TSESTree.Identifier }
  /** The function takes no parameter at all. */
  | { readonly kind: "absent" }
  /** The parameter is destructured, or has a default, or collects the rest. */
  | { readonly kind: "unnamed" };

/** Returns how the orchestrator function `node` names its context. */
export function contextBindingOf(node: FunctionNode, source: Source): ContextBinding {
  const [parameter] = parametersOf(node);
  if (parameter === undefined) return { kind: "absent" };
  if (parameter.type !== "Identifier") return { kind: "unnamed" };
  const variable = source.getDeclaredVariables(node).find((declared) => declared.identifiers.includes(parameter));
  const stable = variable !== undefined && soleDefinition(variable) !== undefined;
  const kind = stable && isContextType(parameter.typeAnnotation?.typeAnnotation, source) ? "proven" : "unproven";
  return { kind, name: parameter.name, parameter };
}

/** Says whether an annotation leaves the context its own type: none, `any`, or the package's own type. */
function isContextType(annotation: TSESTree.TypeNode | undefined, source: Source): boolean {
  if (annotation === undefined || annotation.type === "TSAnyKeyword") return true;
  if (annotation.type !== "TSTypeReference" || annotation.typeName.type !== "Identifier") return false;
  const { typeName } = annotation;
  const variable = findVariable(typeName.name, typeName, source, "type");
  const imported = typeof variable === "object" ? variable.defs[0]?.node : undefined;
  return (
    imported?.type === "ImportSpecifier" &&
    imported.imported.type === "Identifier" &&
    imported.imported.name === "OrchestrationContext" &&
    imported.parent.type === "ImportDeclaration" &&
    imported.parent.source.value === PACKAGE
  );
}

/** Says whether the context's name still means the context at `place`. */
export function reachesContext(binding: ContextBinding, place: TSESTree.Node, source: Source): boolean {
  if (binding.kind === "absent" || binding.kind === "unnamed") return false;
  const variable = findVariable(binding.name, place, source);
  return typeof variable === "object" && variable.identifiers.includes(binding.parameter);
}
