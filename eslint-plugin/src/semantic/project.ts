/**
 * The orchestrators of a program, and everything else that it registers.
 *
 * Invariant: a program is scanned once, and only the files whose text can hold anything durable; a program without
 * such files costs one search of its texts. A function is one root, however often it is recognised. Used by the
 * analysis.
 */
import type TS from "typescript";

import type { Callees, Layer } from "./callees.ts";
import { durableCallOf } from "./durable.ts";
import { isOwnFile, type Names } from "./names.ts";
import { nodesIn } from "./nodes.ts";
import { CONTEXT_TYPES, flavourOf, HANDLER_TYPES, mayBeDurable, type Flavour } from "./packages.ts";
import { registrationsIn, type Registration } from "./registrations.ts";
import {
  descendants,
  enclosingFunction,
  isFunction,
  isGenerator,
  parametersOf,
  wrapped,
  type FunctionNode,
} from "./syntax.ts";
import { annotationOf, originOfType } from "./type-names.ts";
import { ts } from "./typescript.ts";
import { usedModules } from "./used-modules.ts";

/** A function that is orchestrator code from its first line. */
export interface Root {
  readonly node: FunctionNode;
  readonly flavour: Flavour;
  /** How it was recognised. Only a registered one is started by name. */
  readonly by: "registration" | "type" | "directive" | "setting" | "structure";
  readonly name: string | undefined;
  /** The parameter that is typed as a context, where that is how it was recognised; else it is the first. */
  readonly context?: TS.ParameterDeclaration;
  /** For each registration of what a call made, the calls that made it: `makeFlow(now)`. */
  readonly made?: readonly (readonly Layer[])[];
}

/** Returns the parameter that holds the context of an orchestrator. */
export function contextParameterOf(root: Root): TS.ParameterDeclaration | undefined {
  return root.context ?? parametersOf(root.node)[0];
}

export interface ProjectOptions {
  /** Says whether a setting makes the exported functions of this file orchestrators. */
  readonly isOrchestratorFile: (fileName: string) => boolean;
  /** Says whether a file holds tests, whose functions are never recognised. */
  readonly isTestFile: (fileName: string) => boolean;
}

/** The orchestrators and registrations of one program. */
export class Project {
  readonly roots: ReadonlyMap<FunctionNode, Root>;
  readonly registrations: readonly Registration[];
  /** The files that were looked at; empty when nothing in the program is durable. */
  readonly files: readonly TS.SourceFile[];
  private readonly own: readonly TS.SourceFile[];
  private readonly program: TS.Program;
  private used: ReadonlySet<string> | undefined;
  private getters: ReadonlySet<string> | undefined;
  private around: ReadonlySet<TS.Node> | undefined;

  constructor(program: TS.Program, names: Names, callees: Callees, options: ProjectOptions) {
    const own = program.getSourceFiles().filter(isOwnFile);
    this.own = own;
    this.program = program;
    this.files = own.filter(
      ({ fileName, text }) =>
        (mayBeDurable(text) || options.isOrchestratorFile(fileName)) && !options.isTestFile(fileName),
    );
    this.registrations = this.files.flatMap((file) => registrationsIn(file, names, callees));
    this.roots = findRoots(this.files, this.registrations, names, options);
  }

  /** Lists the roots that are written in a file, in source order. */
  rootsIn(file: TS.SourceFile): readonly Root[] {
    return [...this.roots.values()]
      .filter(({ node }) => node.getSourceFile() === file)
      .sort((a, b) => a.node.pos - b.node.pos);
  }

  /** Says whether code is that of an orchestrator: written inside of one, or one itself. */
  isInRoot(code: TS.Node): boolean {
    for (let node: TS.Node | undefined = code; node !== undefined; node = enclosingFunction(node)) {
      if (isFunction(node) && this.roots.has(node)) return true;
    }
    return false;
  }

  /** Says whether an orchestrator is written inside of a node, which is not the orchestrator itself. */
  holdsRoot(outer: TS.Node): boolean {
    this.around ??= new Set([...this.roots.keys()].flatMap(outerNodes));
    return this.around.has(outer);
  }

  /** Says whether any class or object of the program has a getter of this name. */
  hasGetter(name: string): boolean {
    this.getters ??= new Set(
      this.own.flatMap(({ text }) => [...text.matchAll(/\bget\s+#?([\w$]+)\s*\(/gu)].map((match) => match[1] ?? "")),
    );
    return this.getters.has(name);
  }

  /** Says whether the program may have values of a module: by its name without `node:`, or `@scope/*` for any of a scope. */
  mayUse(module: string): boolean {
    this.used ??= usedModules(this.own, this.program.getSourceFiles());
    if (!module.endsWith("/*")) return this.used.has(module);
    const scope = module.slice(0, -1);
    return [...this.used].some((each) => each.startsWith(scope));
  }

  /** Lists the registrations of one kind. */
  registered(kind: Registration["kind"]): readonly Registration[] {
    return this.registrations.filter((registration) => registration.kind === kind);
  }
}

function outerNodes(node: TS.Node): readonly TS.Node[] {
  const outer: TS.Node[] = [];
  for (let each: TS.Node | undefined = node.parent; each !== undefined; each = each.parent) outer.push(each);
  return outer;
}

function findRoots(
  files: readonly TS.SourceFile[],
  registrations: readonly Registration[],
  names: Names,
  options: ProjectOptions,
): ReadonlyMap<FunctionNode, Root> {
  const roots = new Map<FunctionNode, Root>();
  const others = new Set<FunctionNode>();
  for (const { kind, flavour, functions, name, made } of registrations) {
    for (const node of functions) {
      if (kind !== "orchestrator") others.add(node);
      else if (!options.isTestFile(node.getSourceFile().fileName)) {
        const layers = made.get(node) ?? [];
        const known = roots.get(node) ?? { node, flavour, by: "registration", name };
        roots.set(node, layers.length === 0 ? known : { ...known, made: [...(known.made ?? []), layers] });
      }
    }
  }
  addRecognised(files, roots, others, names, options);
  return roots;
}

/** Adds what no registration names: by export, type, directive or structure. */
function addRecognised(
  files: readonly TS.SourceFile[],
  roots: Map<FunctionNode, Root>,
  others: ReadonlySet<FunctionNode>,
  names: Names,
  options: ProjectOptions,
): void {
  for (const file of files) {
    const exported = options.isOrchestratorFile(file.fileName) || hasDirective(file.statements);
    for (const node of functionsIn(file)) {
      if (roots.has(node) || others.has(node)) continue;
      const root = exported && isExported(node) ? byExport(node, file) : recognise(node, names);
      if (root !== undefined) roots.set(node, root);
    }
  }
}

function functionsIn(file: TS.SourceFile): readonly FunctionNode[] {
  const found = nodesIn(
    file,
    "ArrowFunction",
    "FunctionExpression",
    "FunctionDeclaration",
    "MethodDeclaration",
    "Constructor",
    "GetAccessor",
    "SetAccessor",
  );
  return found.filter(isFunction);
}

function byExport(node: FunctionNode, file: TS.SourceFile): Root {
  return { node, flavour: flavourByImports(file), by: "setting", name: undefined };
}

/** Which package a file writes for, by its imports; ours when it names none. */
function flavourByImports(file: TS.SourceFile): Flavour {
  if (file.text.includes("durable-functions") || /\.df\b/u.test(file.text)) return "durable-functions";
  return /durabletask-js|@dapr\/dapr/u.test(file.text) ? "durabletask" : "dacapo";
}

function hasDirective(statements: readonly TS.Statement[]): boolean {
  for (const statement of statements) {
    if (!ts.isExpressionStatement(statement) || !ts.isStringLiteral(statement.expression)) return false;
    if (statement.expression.text === "use orchestrator") return true;
  }
  return false;
}

/** Says whether a function, written at the top of a file, is what the file gives to others. */
function isExported(node: FunctionNode): boolean {
  if (ts.isFunctionDeclaration(node)) return (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Export) !== 0;
  const holder = wrapped(node).parent;
  if (ts.isExportAssignment(holder)) return true;
  if (ts.isVariableDeclaration(holder)) {
    return (ts.getCombinedModifierFlags(holder) & ts.ModifierFlags.Export) !== 0;
  }
  return ts.isBinaryExpression(holder) && /^(?:module\.)?exports\b/u.test(holder.left.getText());
}

/** Recognises a function by its directive, its types, or, without types, by what it does with its parameter. */
function recognise(node: FunctionNode, names: Names): Root | undefined {
  const { body } = node;
  if (body !== undefined && ts.isBlock(body) && hasDirective(body.statements)) {
    return { node, flavour: flavourByImports(node.getSourceFile()), by: "directive", name: undefined };
  }
  if (ts.isConstructorDeclaration(node) || ts.isAccessor(node)) return undefined;
  const [parameter] = parametersOf(node);
  const annotation = parameter === undefined ? undefined : annotationOf(parameter);
  const context = parametersOf(node).find(
    (each) => flavourOfType(annotationOf(each), CONTEXT_TYPES, names) !== undefined,
  );
  const flavour =
    context === undefined ? flavourOfHandler(node, names) : flavourOfType(annotationOf(context), CONTEXT_TYPES, names);
  if (flavour !== undefined) {
    return { node, flavour, by: "type", name: undefined, ...(context === undefined ? {} : { context }) };
  }
  if (parameter === undefined || annotation !== undefined || !isGenerator(node)) return undefined;
  const structural = flavourByUse(node, parameter, names);
  return structural === undefined ? undefined : { node, flavour: structural, by: "structure", name: undefined };
}

function flavourOfType(type: TS.TypeNode | undefined, wanted: ReadonlySet<string>, names: Names) {
  const origin = type === undefined ? undefined : originOfType(type, names);
  const last = origin?.path.at(-1);
  return origin !== undefined && last !== undefined && wanted.has(last) ? flavourOf(origin.module) : undefined;
}

/** The type of the variable, property or result that the function is written for. */
function flavourOfHandler(node: FunctionNode, names: Names): Flavour | undefined {
  if (!ts.isArrowFunction(node) && !ts.isFunctionExpression(node)) return undefined;
  const outer = wrapped(node);
  const holder = outer.parent;
  for (let inner: TS.Node = node; inner !== outer; inner = inner.parent) {
    const { parent } = inner;
    if (ts.isSatisfiesExpression(parent) || ts.isAsExpression(parent)) {
      const flavour = flavourOfType(parent.type, HANDLER_TYPES, names);
      if (flavour !== undefined) return flavour;
    }
  }
  if (ts.isVariableDeclaration(holder)) return flavourOfType(annotationOf(holder), HANDLER_TYPES, names);
  const maker = ts.isReturnStatement(holder)
    ? ts.findAncestor(holder, isFunction)
    : isFunction(holder)
      ? holder
      : undefined;
  return maker === undefined
    ? undefined
    : flavourOfType(maker.type ?? ts.getJSDocReturnType(maker), HANDLER_TYPES, names);
}

/** Recognises a generator that makes durable calls on its own first parameter. */
function flavourByUse(node: FunctionNode, parameter: TS.ParameterDeclaration, names: Names): Flavour | undefined {
  if (node.body === undefined) return undefined;
  for (const inner of descendants(node.body, (each) => !isFunction(each))) {
    const call = durableCallOf(inner, names);
    if (call?.context === undefined) continue;
    const text = call.context.getText();
    const name = parameter.name.getText();
    if (text === `${name}.df` || (ts.isObjectBindingPattern(parameter.name) && text === "df"))
      return "durable-functions";
    if (text === name && /^call(?:Activity|SubOrchestrator)/u.test(call.method))
      return flavourByImports(node.getSourceFile());
  }
  return undefined;
}
