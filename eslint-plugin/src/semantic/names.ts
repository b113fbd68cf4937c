/**
 * Answers what a name or an expression denotes: a global, an export of a package, or a node of the program.
 *
 * Invariant: an answer is proven. A name that is shadowed, reassigned, declared twice, or reached through anything that
 * can change it has no answer, and no caller may guess one. One object serves one program; it asks the checker for
 * symbols, which needs no types, and so works for a program without libraries. Used by all analyses.
 */
import type TS from "typescript";

import { Answers } from "./answers.ts";
import { DeclaredNames } from "./declared-names.ts";
import { globalOrigin, moduleOrigin, step, steps as follow, type Origin } from "./origin.ts";
import { isJsonData } from "./json-data.ts";
import { flavourOf } from "./packages.ts";
import { isPlainArray, plainMember } from "./plain-types.ts";
import { isFunction, memberOf, staticName, unwrap } from "./syntax.ts";
import { ts } from "./typescript.ts";
import { isInsideWith } from "./with-statements.ts";
import { writesIn } from "./writes.ts";

/** What a name is bound to, and the members that lead from there to its value. */
export type Definition =
  | { readonly kind: "external"; readonly origin: Origin }
  | { readonly kind: "node"; readonly node: TS.Node; readonly path: readonly string[] }
  | { readonly kind: "parameter"; readonly parameter: TS.ParameterDeclaration; readonly path: readonly string[] }
  /** The variable of a for-of loop: one of the elements of `of`. */
  | { readonly kind: "element"; readonly of: TS.Expression; readonly path: readonly string[] };

/** How many aliases and members one question follows. It ends cycles such as `const a = b, b = a`. */
export const MAX_STEPS = 30;

/** Says whether a file belongs to the program itself and not to a package or a library. */
export function isOwnFile(file: TS.SourceFile): boolean {
  return !file.isDeclarationFile && !/[\\/]node_modules[\\/]/u.test(file.fileName);
}

function isAmbient(declaration: TS.Declaration): boolean {
  return (
    declaration.getSourceFile().isDeclarationFile ||
    (ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Ambient) !== 0
  );
}

/** The names of one program. */
export class Names {
  readonly checker: TS.TypeChecker;
  private readonly known = new Map<TS.Symbol, Definition | undefined>();
  /** All files of the program, its packages' included. */
  readonly files: readonly TS.SourceFile[];
  private readonly declared: DeclaredNames;
  private readonly symbols = new Map<TS.Node, TS.Symbol>();
  private readonly members = new Map<TS.Node, TS.Symbol | undefined>();
  private readonly definitions = new Answers<Definition>();
  private readonly origins = new Answers<Origin>();

  constructor(program: TS.Program) {
    this.checker = program.getTypeChecker();
    this.files = program.getSourceFiles();
    this.declared = new DeclaredNames(this.files.filter(isOwnFile));
  }

  /** Says whether the program may declare a variable, function, class or member of this name. */
  mayDeclare(name: string): boolean {
    return this.declared.has(name);
  }

  /** Returns the symbol of a member, if it may be one that the program itself declares; the type of its object is needed. */
  memberSymbol({ object, name, nameNode }: NonNullable<ReturnType<typeof memberOf>>): TS.Symbol | undefined {
    if (!this.declared.has(name)) return undefined;
    if (this.members.has(nameNode)) return this.members.get(nameNode);
    const found = isJsonData(object, this) ? undefined : this.findMember(nameNode);
    this.members.set(nameNode, found);
    return found;
  }

  private findMember(nameNode: TS.Node): TS.Symbol | undefined {
    const { checker } = this;
    const access = nameNode.parent;
    if (!ts.isPropertyAccessExpression(access)) return checker.getSymbolAtLocation(nameNode);
    // An array's members are the language's, unless the program adds to them.
    if (!this.declared.has("Array") && isPlainArray(access.expression, checker)) return undefined;
    return plainMember(access, checker) ?? checker.getSymbolAtLocation(nameNode);
  }

  /** Returns the symbol of an identifier that is used as a value. */
  symbolAt(node: TS.Node): TS.Symbol | undefined {
    const known = this.symbols.get(node);
    if (known !== undefined) return known;
    const found = this.findSymbol(node);
    if (found !== undefined) this.symbols.set(node, found);
    return found;
  }

  private findSymbol(node: TS.Node): TS.Symbol | undefined {
    const { parent } = node;
    if (ts.isShorthandPropertyAssignment(parent)) return this.checker.getShorthandAssignmentValueSymbol(parent);
    if (ts.isExportSpecifier(parent)) return this.checker.getExportSpecifierLocalTargetSymbol(node as TS.Identifier);
    return this.checker.getSymbolAtLocation(node);
  }

  /** Returns what the identifier is bound to, for good. */
  definitionOf(identifier: TS.Identifier, steps = MAX_STEPS): Definition | undefined {
    if (steps <= 0) return undefined;
    return this.definitions.of(identifier, steps, () => this.findBinding(identifier, steps));
  }

  private findBinding(identifier: TS.Identifier, steps: number): Definition | undefined {
    if (isInsideWith(identifier)) return undefined;
    const symbol = this.symbolAt(identifier);
    if (symbol === undefined || this.isGlobal(symbol)) {
      const isReplaced = (writesIn(identifier.getSourceFile()).names.get(identifier.text) ?? []).some(({ target }) => {
        const written = this.symbolAt(target);
        return written === undefined || written === symbol;
      });
      return isReplaced ? undefined : { kind: "external", origin: globalOrigin(identifier.text) };
    }
    return this.definitionOfSymbol(symbol, steps);
  }

  /** Says whether no code of the program declares the symbol. */
  private isGlobal(symbol: TS.Symbol): boolean {
    if ((symbol.flags & ts.SymbolFlags.Alias) !== 0) return false;
    const declarations = symbol.declarations ?? [];
    return declarations.every((declaration) => isAmbient(declaration) && !ts.isParameter(declaration));
  }

  /** Returns what a symbol is bound to: through imports and exports to its one definition. */
  definitionOfSymbol(symbol: TS.Symbol, steps: number): Definition | undefined {
    if (steps <= 0) return undefined;
    if (this.known.has(symbol)) return this.known.get(symbol);
    const definition = this.findDefinition(symbol, steps);
    // An answer that was cut short is not kept: asked first, the same question may have one.
    if (definition !== undefined || steps === MAX_STEPS) this.known.set(symbol, definition);
    return definition;
  }

  private findDefinition(symbol: TS.Symbol, steps: number): Definition | undefined {
    const declarations = symbol.declarations?.filter((declaration) => this.hasValue(declaration)) ?? [];
    const [declaration] = declarations;
    if (declaration === undefined || declarations.length > 1) return undefined;
    return this.definitionOfDeclaration(declaration, symbol, steps);
  }

  private hasValue(declaration: TS.Declaration): boolean {
    if (ts.isInterfaceDeclaration(declaration) || ts.isTypeAliasDeclaration(declaration)) return false;
    // Overload signatures share the name of the function that has a body.
    return !(
      (ts.isFunctionDeclaration(declaration) || ts.isMethodDeclaration(declaration)) &&
      declaration.body === undefined &&
      !isAmbient(declaration)
    );
  }

  private definitionOfDeclaration(
    declaration: TS.Declaration,
    symbol: TS.Symbol,
    steps: number,
  ): Definition | undefined {
    if ((symbol.flags & ts.SymbolFlags.Alias) !== 0 && !ts.isExportAssignment(declaration)) {
      return this.definitionOfAlias(declaration, symbol, steps);
    }
    if (ts.isExportAssignment(declaration)) return { kind: "node", node: declaration.expression, path: [] };
    if (isFunction(declaration) || ts.isClassLike(declaration)) {
      return this.isRewritten(declaration, symbol) ? undefined : { kind: "node", node: declaration, path: [] };
    }
    if (ts.isVariableDeclaration(declaration) || ts.isParameter(declaration) || ts.isBindingElement(declaration)) {
      return this.definitionOfVariable(declaration, symbol, steps);
    }
    return this.definitionOfMember(declaration);
  }

  /** Imports and re-exports. */
  private definitionOfAlias(declaration: TS.Declaration, symbol: TS.Symbol, steps: number): Definition | undefined {
    if (ts.isImportClause(declaration)) return this.imported(declaration.parent, "default", symbol, steps);
    if (ts.isNamespaceImport(declaration)) return this.imported(declaration.parent.parent, undefined, symbol, steps);
    if (ts.isNamespaceExport(declaration) && declaration.parent.moduleSpecifier !== undefined) {
      return this.importedFrom(declaration.parent.moduleSpecifier, undefined, symbol, steps);
    }
    if (ts.isImportSpecifier(declaration)) {
      const name = (declaration.propertyName ?? declaration.name).text;
      return this.imported(declaration.parent.parent.parent, name, symbol, steps);
    }
    if (ts.isImportEqualsDeclaration(declaration)) return this.importedByEquals(declaration, symbol, steps);
    if (ts.isExportSpecifier(declaration)) {
      const source = declaration.parent.parent.moduleSpecifier;
      const name = (declaration.propertyName ?? declaration.name).text;
      if (source !== undefined) return this.importedFrom(source, name, symbol, steps);
      const local = this.checker.getExportSpecifierLocalTargetSymbol(declaration);
      return local === undefined ? undefined : this.definitionOfSymbol(local, steps - 1);
    }
    // `const { a } = require("m")` and `module.exports = a` in CommonJS.
    if (ts.isVariableDeclaration(declaration) || ts.isBindingElement(declaration)) {
      return this.definitionOfVariable(declaration, symbol, steps);
    }
    return this.definitionOfMember(declaration);
  }

  /** Members that hold a value: of object literals, of classes, and `exports.name = value` in CommonJS. */
  private definitionOfMember(declaration: TS.Declaration): Definition | undefined {
    if (ts.isPropertyAssignment(declaration)) return { kind: "node", node: declaration.initializer, path: [] };
    if (ts.isShorthandPropertyAssignment(declaration)) return { kind: "node", node: declaration.name, path: [] };
    if (ts.isPropertyDeclaration(declaration) && declaration.initializer !== undefined) {
      return { kind: "node", node: declaration.initializer, path: [] };
    }
    const node: TS.Node = declaration;
    if (ts.isBinaryExpression(node)) return { kind: "node", node: node.right, path: [] };
    if (ts.isPropertyAccessExpression(node) && ts.isBinaryExpression(node.parent) && node.parent.left === node) {
      return { kind: "node", node: node.parent.right, path: [] };
    }
    return undefined;
  }

  private imported(
    node: TS.ImportDeclaration | TS.JSDocImportTag,
    name: string | undefined,
    symbol: TS.Symbol,
    steps: number,
  ): Definition | undefined {
    return this.importedFrom(node.moduleSpecifier, name, symbol, steps);
  }

  private importedByEquals(declaration: TS.ImportEqualsDeclaration, symbol: TS.Symbol, steps: number) {
    const reference = declaration.moduleReference;
    if (ts.isExternalModuleReference(reference)) {
      return this.importedFrom(reference.expression, undefined, symbol, steps);
    }
    return ts.isIdentifier(reference) ? this.definitionOf(reference, steps - 1) : undefined;
  }

  /** Returns the definition behind an import: of the program's own file where there is one, else of the package. */
  private importedFrom(
    specifier: TS.Expression,
    name: string | undefined,
    symbol: TS.Symbol,
    steps: number,
  ): Definition | undefined {
    if (!ts.isStringLiteralLike(specifier)) return undefined;
    const module = this.ownModule(specifier);
    if (module === undefined) {
      if (isRelative(specifier.text)) return undefined;
      const whole = moduleOrigin(specifier.text);
      return { kind: "external", origin: name === undefined ? whole : step(whole, name, false) };
    }
    if (name === undefined) {
      const [file] = module.declarations ?? [];
      return file === undefined ? undefined : { kind: "node", node: file, path: [] };
    }
    const exported = this.checker.tryGetMemberInModuleExports(name, module);
    if (exported !== undefined && exported !== symbol) return this.definitionOfSymbol(exported, steps - 1);
    const target = (symbol.flags & ts.SymbolFlags.Alias) !== 0 ? this.checker.getAliasedSymbol(symbol) : symbol;
    return target === symbol || target === module ? undefined : this.definitionOfSymbol(target, steps - 1);
  }

  /**
   * Returns the module of the program that a specifier means, if it is no package's. A package that runs orchestrators is
   * one even where its sources are files of the program, as in its own repository.
   */
  ownModule(specifier: TS.Expression): TS.Symbol | undefined {
    if (ts.isStringLiteralLike(specifier) && flavourOf(specifier.text) !== undefined) return undefined;
    const module = this.checker.getSymbolAtLocation(specifier);
    const [file] = module?.declarations ?? [];
    return file !== undefined && ts.isSourceFile(file) && isOwnFile(file) ? module : undefined;
  }

  /** Says whether anything assigns to the name after its declaration. */
  isRewritten(declaration: TS.Declaration, symbol: TS.Symbol): boolean {
    return this.writesTo(declaration, symbol).length > 0;
  }

  /** Lists what assigns to the name after its declaration. */
  writesTo(declaration: TS.Declaration, symbol: TS.Symbol) {
    const name = "name" in declaration ? (declaration.name as TS.Node | undefined) : undefined;
    if (name === undefined || !ts.isIdentifier(name)) return [];
    const writes = writesIn(declaration.getSourceFile()).names.get(name.text) ?? [];
    return writes.filter(({ target }) => {
      const written = this.symbolAt(target);
      return written === symbol || (written !== undefined && written.valueDeclaration === declaration);
    });
  }

  private definitionOfVariable(
    declaration: TS.VariableDeclaration | TS.ParameterDeclaration | TS.BindingElement,
    symbol: TS.Symbol,
    steps: number,
  ): Definition | undefined {
    const path: string[] = [];
    let holder: TS.Node = declaration;
    while (ts.isBindingElement(holder)) {
      const key = bindingKey(holder);
      if (key === undefined) return undefined;
      path.unshift(key);
      holder = holder.parent.parent;
    }
    const writes = this.writesTo(declaration, symbol);
    if (ts.isParameter(holder)) {
      return writes.length === 0 ? { kind: "parameter", parameter: holder, path } : undefined;
    }
    if (!ts.isVariableDeclaration(holder)) return undefined;
    const list = holder.parent;
    if (ts.isVariableDeclarationList(list) && ts.isForOfStatement(list.parent)) {
      return writes.length === 0 ? { kind: "element", of: list.parent.expression, path } : undefined;
    }
    if (holder.initializer !== undefined) {
      return writes.length === 0 ? this.through(holder.initializer, path, steps) : undefined;
    }
    // Declared first and given its one value later.
    const [only] = writes;
    return writes.length === 1 && only?.value !== undefined ? { kind: "node", node: only.value, path } : undefined;
  }

  /** Follows `const { a } = require("m")` and plain aliases, so that callers meet the end of the chain. */
  private through(initializer: TS.Expression, path: readonly string[], steps: number): Definition | undefined {
    const node = unwrap(initializer);
    if (ts.isIdentifier(node)) {
      const next = this.definitionOf(node, steps - 1);
      if (next === undefined) return undefined;
      if (next.kind === "external")
        return { kind: "external", origin: { ...follow(next.origin, path), spelledOut: false } };
      return { ...next, path: [...next.path, ...path] };
    }
    const required = this.requiredModule(node, steps);
    if (required !== undefined) {
      if (required.kind !== "external") return { ...required, path };
      return { kind: "external", origin: follow(required.origin, path) };
    }
    return { kind: "node", node, path };
  }

  /** Returns the module that `require("m")` or `await import("m")` gives. */
  requiredModule(expression: TS.Node, steps: number): Extract<Definition, { kind: "external" | "node" }> | undefined {
    const node = ts.isAwaitExpression(expression) ? unwrap(expression.expression) : expression;
    if (!ts.isCallExpression(node)) return undefined;
    const [specifier] = node.arguments;
    if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return undefined;
    const isAwaited = expression !== node;
    if (isAwaited ? node.expression.kind !== ts.SyntaxKind.ImportKeyword : !this.isRequire(node.expression, steps)) {
      return undefined;
    }
    const [file] = this.ownModule(specifier)?.declarations ?? [];
    if (file !== undefined) return { kind: "node", node: file, path: [] };
    return isRelative(specifier.text) ? undefined : { kind: "external", origin: moduleOrigin(specifier.text) };
  }

  private isRequire(expression: TS.Expression, steps: number): boolean {
    const callee = unwrap(expression);
    return ts.isIdentifier(callee) && callee.text === "require" && this.isGlobalName(callee, steps);
  }

  private isGlobalName(identifier: TS.Identifier, steps: number): boolean {
    const symbol = this.symbolAt(identifier);
    if (symbol === undefined || this.isGlobal(symbol)) return true;
    // `const require = createRequire(import.meta.url)` is require too.
    const definition = this.definitionOfSymbol(symbol, steps - 1);
    if (definition?.kind !== "node" || !ts.isCallExpression(definition.node)) return false;
    const origin = this.originOf(definition.node.expression, steps - 1);
    return origin?.module === "module" && origin.path.join(".") === "createRequire";
  }

  /** Returns the global or package export that an expression denotes, through aliases. */
  originOf(expression: TS.Node, steps = MAX_STEPS): Origin | undefined {
    if (steps <= 0) return undefined;
    const node = unwrap(expression);
    const origin = this.origins.of(node, steps, () => this.originWithin(node, steps));
    return origin === undefined || node === expression || !isSequence(expression)
      ? origin
      : { ...origin, spelledOut: false };
  }

  private originWithin(node: TS.Node, steps: number): Origin | undefined {
    if (ts.isIdentifier(node)) return this.originOfDefinition(this.definitionOf(node, steps), steps);
    if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) {
      const member = memberOf(node);
      if (member === undefined) return undefined;
      const object = this.originOf(member.object, steps - 1);
      if (object !== undefined) return step(object, member.name, true);
      return this.originOfDefinition(this.memberDefinition(node, steps - 1), steps - 1);
    }
    if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword) {
      return { module: "", path: ["import.meta"], spelledOut: true };
    }
    return this.originOfResult(node, steps);
  }

  /** What a call, a `new` or an `await` gives. */
  private originOfResult(node: TS.Node, steps: number): Origin | undefined {
    const required = this.requiredModule(node, steps);
    if (required !== undefined) return required.kind === "external" ? required.origin : undefined;
    if (ts.isAwaitExpression(node)) return this.originOf(node.expression, steps - 1);
    if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return undefined;
    const callee = this.originOf(node.expression, steps - 1);
    return callee === undefined ? undefined : step(callee, ts.isNewExpression(node) ? "#" : "()", false);
  }

  private originOfDefinition(definition: Definition | undefined, steps: number): Origin | undefined {
    if (definition === undefined) return undefined;
    if (definition.kind === "external") return definition.origin;
    if (definition.kind !== "node" || isFunction(definition.node) || ts.isClassLike(definition.node)) return undefined;
    if (ts.isSourceFile(definition.node)) return this.originOfExport(definition.node, definition.path, steps);
    const whole = this.originOf(definition.node, steps - 1);
    return whole === undefined ? undefined : { ...follow(whole, definition.path), spelledOut: false };
  }

  private originOfExport(file: TS.SourceFile, path: readonly string[], steps: number): Origin | undefined {
    const [name, ...rest] = path;
    if (name === undefined) return undefined;
    const origin = this.originOfDefinition(this.exportOf(file, name, steps - 1), steps - 1);
    return origin === undefined ? undefined : { ...follow(origin, rest), spelledOut: false };
  }

  /** Returns the definition of an export of one of the program's own files. */
  exportOf(file: TS.SourceFile, name: string, steps: number): Definition | undefined {
    const module = this.moduleOf(file);
    const exported = module === undefined ? undefined : this.checker.tryGetMemberInModuleExports(name, module);
    if (exported !== undefined) return this.definitionOfSymbol(exported, steps);
    const assigned = this.wholeOf(file, steps);
    return assigned?.kind === "node" ? { ...assigned, path: [...assigned.path, name] } : assigned;
  }

  /** Returns the symbol of a file; the checker itself gives it only for modules with `import` or `export` in them. */
  private moduleOf(file: TS.SourceFile & { readonly symbol?: TS.Symbol }): TS.Symbol | undefined {
    return this.checker.getSymbolAtLocation(file) ?? file.symbol;
  }

  /** Returns what one of the program's own files is as a whole: `module.exports = value` or `export = value`. */
  wholeOf(file: TS.SourceFile, steps: number): Definition | undefined {
    const whole = this.moduleOf(file)?.exports?.get(ts.InternalSymbolName.ExportEquals);
    return whole === undefined ? undefined : this.definitionOfSymbol(whole, steps);
  }

  /** Returns what a member access reads, when its object's type or literal shows the one definition. */
  memberDefinition(
    node: TS.PropertyAccessExpression | TS.ElementAccessExpression,
    steps: number,
  ): Definition | undefined {
    const member = memberOf(node);
    if (member === undefined || steps <= 0) return undefined;
    const symbol = this.memberSymbol(member);
    if (symbol !== undefined) {
      const definition = this.definitionOfSymbol(symbol, steps);
      if (definition !== undefined && !this.isReplaced(node)) return definition;
    }
    const object = unwrap(member.object);
    if (!ts.isIdentifier(object) || this.isReplaced(node)) return undefined;
    const whole = this.definitionOf(object, steps);
    return whole?.kind === "node" ? { ...whole, path: [...whole.path, member.name] } : undefined;
  }

  /** Says whether the file assigns to the member of the same object, beyond the one assignment that declares it. */
  isReplaced(node: TS.PropertyAccessExpression | TS.ElementAccessExpression): boolean {
    const member = memberOf(node);
    const root = member === undefined ? undefined : rootOf(member.object);
    if (member === undefined || root === undefined) return false;
    const writes = writesIn(node.getSourceFile()).members.get(member.name) ?? [];
    if (writes.length === 0) return false;
    const symbol = this.symbolAt(root);
    const declarations = this.memberSymbol(member)?.declarations ?? [];
    return writes.some(({ target }) => {
      const written = rootOf(target);
      if (written === undefined || symbol === undefined || this.symbolAt(written) !== symbol) return false;
      const [only] = declarations;
      return declarations.length !== 1 || (only !== target && only !== target.parent);
    });
  }
}

/** Returns the name that a chain of member accesses begins with. */
function rootOf(expression: TS.Node): TS.Identifier | undefined {
  let node = unwrap(expression);
  for (;;) {
    if (ts.isIdentifier(node)) return node;
    if (!ts.isPropertyAccessExpression(node) && !ts.isElementAccessExpression(node)) return undefined;
    node = unwrap(node.expression);
  }
}

function isRelative(specifier: string): boolean {
  return /^\.{0,2}\/|^\.{1,2}$/u.test(specifier);
}

function isSequence(expression: TS.Node): boolean {
  let node = expression;
  while (ts.isParenthesizedExpression(node)) node = node.expression;
  return ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.CommaToken;
}

/** Returns the member that one element of a destructuring pattern reads; none when it may read something else. */
function bindingKey(element: TS.BindingElement): string | undefined {
  if (element.dotDotDotToken !== undefined) return undefined;
  // What a parameter's pattern has by default is looked up with what callers pass.
  const holder = ts.walkUpBindingElementsAndPatterns(element);
  if (element.initializer !== undefined && !ts.isParameter(holder)) return undefined;
  if (ts.isArrayBindingPattern(element.parent)) return String(element.parent.elements.indexOf(element));
  const key = element.propertyName ?? element.name;
  return staticName(key);
}
