/**
 * Finds the one class of the program that implements an interface or an abstract member.
 *
 * Invariant: it answers only when there is exactly one; with two, nobody knows which is called, and an object that is
 * written in the place of one counts, too. Built on the first question, once per program. Used by `callees.ts`.
 */
import type TS from "typescript";

import { isOwnFile } from "./names.ts";
import { nodesIn } from "./nodes.ts";
import { staticName } from "./syntax.ts";
import { ts } from "./typescript.ts";

/** How many classes deep a question goes. It ends cycles such as `class A extends A`. */
const MAX_DEPTH = 10;

/** The classes of a program by what they extend and implement. */
export class Implementations {
  readonly checker: TS.TypeChecker;
  private readonly program: TS.Program;
  private index: ReadonlyMap<TS.Symbol, readonly TS.ClassLikeDeclaration[]> | undefined;
  /** Every object of the program that is written in place, by the names of its members. */
  private literals: ReadonlyMap<string, readonly TS.ObjectLiteralExpression[]> | undefined;

  constructor(program: TS.Program) {
    this.program = program;
    this.checker = program.getTypeChecker();
  }

  /** Returns the classes that name `symbol` in their heritage. */
  of(symbol: TS.Symbol): readonly TS.ClassLikeDeclaration[] {
    this.index ??= this.build();
    return this.index.get(symbol) ?? [];
  }

  /** Says whether a class below `made` has a member of this name of its own. */
  replaces(made: TS.Symbol, name: string, depth = MAX_DEPTH): boolean {
    if (depth === 0) return true;
    return this.of(made).some((below) => {
      if (below.members.some((member) => member.name !== undefined && staticName(member.name) === name)) return true;
      const symbol = below.name === undefined ? undefined : this.checker.getSymbolAtLocation(below.name);
      return symbol !== undefined && symbol !== made && this.replaces(symbol, name, depth - 1);
    });
  }

  /** Says whether the program writes an object with this member where one of the type is wanted. */
  isWritten(symbol: TS.Symbol, member: string): boolean {
    this.literals ??= this.literalsByMember();
    const literals = this.literals.get(member) ?? [];
    return literals.some((literal) => this.checker.getContextualType(literal)?.getSymbol() === symbol);
  }

  private literalsByMember(): ReadonlyMap<string, readonly TS.ObjectLiteralExpression[]> {
    const index = new Map<string, TS.ObjectLiteralExpression[]>();
    for (const file of this.program.getSourceFiles()) {
      if (!isOwnFile(file)) continue;
      for (const node of nodesIn(file, "ObjectLiteralExpression")) addLiteral(index, node);
    }
    return index;
  }

  private build(): ReadonlyMap<TS.Symbol, readonly TS.ClassLikeDeclaration[]> {
    const { checker } = this;
    const index = new Map<TS.Symbol, TS.ClassLikeDeclaration[]>();
    for (const file of this.program.getSourceFiles()) {
      if (!isOwnFile(file) || !/\b(?:implements|extends)\b/u.test(file.text)) continue;
      for (const node of nodesIn(file, "ClassDeclaration", "ClassExpression")) {
        for (const type of node.heritageClauses?.flatMap((clause) => clause.types) ?? []) {
          const symbol = checker.getSymbolAtLocation(type.expression);
          if (symbol === undefined) continue;
          const target = (symbol.flags & ts.SymbolFlags.Alias) !== 0 ? checker.getAliasedSymbol(symbol) : symbol;
          index.set(target, [...(index.get(target) ?? []), node]);
        }
      }
    }
    return index;
  }
}

function addLiteral(index: Map<string, TS.ObjectLiteralExpression[]>, literal: TS.ObjectLiteralExpression): void {
  for (const { name } of literal.properties) {
    const member = name === undefined ? undefined : staticName(name);
    if (member === undefined) continue;
    const others = index.get(member);
    if (others === undefined) index.set(member, [literal]);
    else others.push(literal);
  }
}

/** Returns the member that implements `symbol`, a member of an interface or an abstract one, when only one does. */
export function implementationOf(symbol: TS.Symbol, implementations: Implementations): TS.Node | undefined {
  const declaration = symbol.declarations?.[0];
  if (declaration === undefined) return undefined;
  const holder = declaration.parent;
  if (!ts.isInterfaceDeclaration(holder) && !ts.isClassLike(holder)) return undefined;
  if (!isOwnFile(holder.getSourceFile()) || holder.name === undefined) return undefined;
  const named = implementations.checker.getSymbolAtLocation(holder.name);
  const [only, ...others] = named === undefined ? [] : implementations.of(named);
  if (only === undefined || others.length > 0 || named === undefined) return undefined;
  if (ts.isInterfaceDeclaration(holder) && implementations.isWritten(named, symbol.name)) return undefined;
  const member = only.members.find((each) => each.name !== undefined && staticName(each.name) === symbol.name);
  if (member === undefined) return undefined;
  return ts.isPropertyDeclaration(member) ? member.initializer : member;
}
