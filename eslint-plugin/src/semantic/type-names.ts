/**
 * Answers which package's type an annotation names, by syntax and symbols; and by inference where types are known.
 *
 * Invariant: works without type information from the import that brought the name; never guesses from the name alone.
 * Used by the recogniser and the detectors.
 */
import type TS from "typescript";

import { MAX_STEPS, type Names } from "./names.ts";
import { globalOrigin, moduleOrigin, step, type Origin } from "./origin.ts";
import { staticName, unwrap } from "./syntax.ts";
import { ts } from "./typescript.ts";

/** Returns the origin of the type that an annotation names: `durable-functions`, `OrchestrationContext`. */
export function originOfType(type: TS.TypeNode | undefined, names: Names, steps = MAX_STEPS): Origin | undefined {
  if (type === undefined || steps === 0) return undefined;
  if (ts.isImportTypeNode(type)) {
    const { argument, qualifier } = type;
    if (!ts.isLiteralTypeNode(argument) || !ts.isStringLiteral(argument.literal)) return undefined;
    const module = moduleOrigin(argument.literal.text);
    return qualifier === undefined ? module : step(module, entityText(qualifier), false);
  }
  if (ts.isTypeReferenceNode(type)) return originOfTypeName(type.typeName, names, steps);
  if (ts.isIntersectionTypeNode(type) || ts.isUnionTypeNode(type)) {
    return type.types.map((each) => originOfType(each, names, steps - 1)).find((each) => each !== undefined);
  }
  if (ts.isParenthesizedTypeNode(type)) return originOfType(type.type, names, steps - 1);
  return undefined;
}

function entityText(name: TS.EntityName): string {
  return ts.isIdentifier(name) ? name.text : name.right.text;
}

function originOfTypeName(name: TS.EntityName, names: Names, steps: number): Origin | undefined {
  if (ts.isQualifiedName(name)) {
    const whole = originOfTypeName(name.left, names, steps - 1);
    return whole === undefined ? undefined : step(whole, name.right.text, false);
  }
  const symbol = names.checker.getSymbolAtLocation(name);
  // Without its libraries a program does not declare the language's own types.
  if (symbol === undefined || symbol.declarations === undefined) return globalOrigin(name.text);
  const own = originOfDeclared(symbol, names, steps);
  if (own !== undefined || (symbol.flags & ts.SymbolFlags.Alias) === 0) return own;
  const definition = names.definitionOfSymbol(symbol, steps);
  if (definition?.kind === "external") return definition.origin;
  return originOfDeclared(names.checker.getAliasedSymbol(symbol), names, steps);
}

/** The origin that an alias or an interface of the program stands for. */
function originOfDeclared(symbol: TS.Symbol, names: Names, steps: number): Origin | undefined {
  for (const declaration of symbol.declarations ?? []) {
    if (ts.isTypeAliasDeclaration(declaration)) return originOfType(declaration.type, names, steps - 1);
    if (ts.isInterfaceDeclaration(declaration)) return originOfHeritage(declaration, names, steps);
  }
  return undefined;
}

function originOfHeritage(declaration: TS.InterfaceDeclaration, names: Names, steps: number): Origin | undefined {
  for (const type of declaration.heritageClauses?.flatMap((clause) => clause.types) ?? []) {
    const origin = names.originOf(type.expression, steps - 1);
    if (origin !== undefined) return origin;
  }
  return undefined;
}

/** Returns the package that a declaration comes from, by the place of its file. */
export function packageOf(file: TS.SourceFile): string | undefined {
  const match = /[\\/]node_modules[\\/](?!.*[\\/]node_modules[\\/])(@[^\\/]+[\\/][^\\/]+|[^\\/]+)/u.exec(file.fileName);
  const name = match?.[1]?.replace("\\", "/");
  if (name?.startsWith("@types/") !== true) return name;
  const bare = name.slice("@types/".length);
  return bare.includes("__") ? `@${bare.replace("__", "/")}` : bare;
}

/** Returns the annotation of a parameter, in TypeScript or in a JSDoc comment that says more than "an object". */
export function annotationOf(node: TS.ParameterDeclaration | TS.VariableDeclaration): TS.TypeNode | undefined {
  if (node.type !== undefined) return node.type;
  const type = ts.getJSDocType(node);
  return type === undefined || /^(?:[Oo]bject|any|unknown|\*|\?)$/u.test(type.getText()) ? undefined : type;
}

/** Returns the annotation of a member of a type that the program declares. */
export function memberTypeOf(
  type: TS.TypeNode | undefined,
  name: string,
  names: Names,
  steps = MAX_STEPS,
): TS.TypeNode | undefined {
  if (type === undefined || steps === 0) return undefined;
  if (ts.isTypeLiteralNode(type)) return memberNamed(type.members, name);
  if (ts.isIntersectionTypeNode(type)) {
    return type.types.map((each) => memberTypeOf(each, name, names, steps - 1)).find((each) => each !== undefined);
  }
  if (!ts.isTypeReferenceNode(type)) return undefined;
  const symbol = names.checker.getSymbolAtLocation(type.typeName);
  if (symbol === undefined) return undefined;
  const target = (symbol.flags & ts.SymbolFlags.Alias) !== 0 ? names.checker.getAliasedSymbol(symbol) : symbol;
  for (const declaration of target.declarations ?? []) {
    if (ts.isInterfaceDeclaration(declaration)) return memberNamed(declaration.members, name);
    if (ts.isTypeAliasDeclaration(declaration)) return memberTypeOf(declaration.type, name, names, steps - 1);
  }
  return undefined;
}

function memberNamed(members: readonly TS.TypeElement[], name: string): TS.TypeNode | undefined {
  const member = members.find((each) => each.name !== undefined && staticName(each.name) === name);
  return member !== undefined && ts.isPropertySignature(member) ? member.type : undefined;
}

/** Returns the origin of the annotation that the parameter or variable behind a name has. */
function originOfAnnotation(node: TS.Node, names: Names): Origin | undefined {
  const declaration = ts.isIdentifier(node) ? names.symbolAt(node)?.valueDeclaration : undefined;
  return declaration !== undefined && (ts.isParameter(declaration) || ts.isVariableDeclaration(declaration))
    ? originOfType(annotationOf(declaration), names)
    : undefined;
}

/** Names a type by the file that declares it: of the language, of Node, or of a package. */
function originOfInferred(symbol: TS.Symbol): Origin | undefined {
  const [declaration] = symbol.declarations ?? [];
  if (declaration === undefined || symbol.name.startsWith("__")) return undefined;
  const file = declaration.getSourceFile();
  const module = packageOf(file);
  const named = (from: string): Origin => ({ module: from, path: [symbol.name], spelledOut: false });
  if (module === undefined) return undefined;
  if (module === "typescript" || module.startsWith("@typescript/")) return named("");
  if (module !== "node") return named(module);
  const namespace = ts.findAncestor(declaration, ts.isModuleDeclaration);
  return named(
    namespace !== undefined && ts.isStringLiteral(namespace.name) ? namespace.name.text.replace(/^node:/u, "") : "",
  );
}

/**
 * Returns the origin of an expression's type, `package` and `Type`: by the annotation of the parameter or variable
 * that it names, else by the checker where the program has types.
 */
export function originOfTypeOf(expression: TS.Node, names: Names, typed: boolean): Origin | undefined {
  const node = unwrap(expression);
  const annotated = originOfAnnotation(node, names);
  if (annotated !== undefined || !typed) return annotated;
  const type = names.checker.getNonNullableType(names.checker.getTypeAtLocation(node));
  const symbol = type.aliasSymbol ?? type.getSymbol();
  return symbol === undefined ? undefined : originOfInferred(symbol);
}
