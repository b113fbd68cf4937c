/**
 * Says whether a value of one type can be taken as another after it went through JSON.
 *
 * Invariant: "no" is proven: whatever the types leave open (any, unknown, type parameters, a nesting too deep) is "yes".
 * A date may arrive as text, undefined as null, and a class as its public fields. Used by the detector of activities'
 * types; needs a program with types.
 */
import type TS from "typescript";

import { staticName, unwrap } from "./syntax.ts";
import { ts } from "./typescript.ts";

const MAX_DEPTH = 6;

/** Compares types of one program. */
export class JsonTypes {
  private readonly checker: TS.TypeChecker;

  constructor(checker: TS.TypeChecker) {
    this.checker = checker;
  }

  /** Says whether the value of an expression may be received where `target` is expected. */
  isAcceptableValue(expression: TS.Expression, target: TS.Type, depth = MAX_DEPTH): boolean {
    if (depth === 0 || isOpen(target)) return true;
    const node = unwrap(expression) as TS.Expression;
    const literal = ts.isArrayLiteralExpression(node) || ts.isObjectLiteralExpression(node);
    if (!literal) return this.isAcceptable(this.checker.getTypeAtLocation(expression), target);
    if (target.isUnion()) return target.types.some((each) => this.isAcceptableValue(node, each, depth));
    return ts.isArrayLiteralExpression(node)
      ? this.isAcceptableArray(node, target, depth - 1)
      : this.isAcceptableRecord(node, target, depth - 1);
  }

  /** An array as it is written: without a context, the checker takes a pair for a list. */
  private isAcceptableArray(node: TS.ArrayLiteralExpression, target: TS.Type, depth: number): boolean {
    const { checker } = this;
    if (!checker.isArrayLikeType(target)) return isBare(target) || isOpen(target);
    if (node.elements.some((element) => ts.isSpreadElement(element))) return true;
    const members = checker.isTupleType(target) ? checker.getTypeArguments(target as TS.TypeReference) : undefined;
    const any = checker.getIndexTypeOfType(target, ts.IndexKind.Number);
    return node.elements.every((element, index) => {
      const wanted = members?.[index] ?? any;
      return wanted === undefined || this.isAcceptableValue(element, wanted, depth);
    });
  }

  private isAcceptableRecord(node: TS.ObjectLiteralExpression, target: TS.Type, depth: number): boolean {
    const type = this.checker.getTypeAtLocation(node);
    if (!isObject(target) || this.sentAs(target) !== target) return this.isAcceptable(type, target);
    for (const property of node.properties) {
      const name = property.name === undefined ? undefined : staticName(property.name);
      const wanted = name === undefined ? undefined : target.getProperty(name);
      if (wanted === undefined || !ts.isPropertyAssignment(property)) continue;
      const expected = this.checker.getTypeOfSymbol(wanted);
      const optional = (wanted.flags & ts.SymbolFlags.Optional) !== 0;
      if (optional && isNothing(this.checker.getTypeAtLocation(property.initializer))) continue;
      if (!this.isAcceptableValue(property.initializer, expected, depth)) return false;
    }
    const index = this.checker.getIndexInfoOfType(target, ts.IndexKind.String);
    if (index !== undefined) return this.isAcceptable(type, target);
    if (this.checker.isArrayLikeType(target)) return false;
    return target.getProperties().every((wanted) => !isData(wanted) || this.isGiven(type, wanted));
  }

  /** Says whether a value of `source` may be received where `target` is expected. */
  isAcceptable(source: TS.Type, target: TS.Type, depth = MAX_DEPTH): boolean {
    if (depth === 0 || isOpen(source) || isOpen(target)) return true;
    if (this.checker.isTypeAssignableTo(source, target)) return true;
    if (source.isUnion()) return this.isAcceptableUnion(source.types, target, depth);
    if (target.isUnion()) return target.types.some((each) => this.isAcceptable(source, each, depth));
    if (isNothing(source)) return isNothing(target);
    const sent = this.sentAs(source);
    if (sent !== source) return sent === undefined || this.isAcceptable(sent, target, depth - 1);
    // What is declared as a date is text when it arrives, and is commonly taken for what it was.
    if (this.sentAs(target) !== target) return (source.flags & ts.TypeFlags.StringLike) !== 0;
    if (isWidened(source, target)) return true;
    return isObject(source) && isObject(target) && this.isAcceptableObject(source, target, depth - 1);
  }

  /** What may be missing is given the benefit of the doubt, unless it is always. */
  private isAcceptableUnion(sources: readonly TS.Type[], target: TS.Type, depth: number): boolean {
    const values = sources.filter((each) => !isNothing(each));
    return (values.length === 0 ? sources : values).every((each) => this.isAcceptable(each, target, depth));
  }

  /** What JSON makes of a type that says so itself by `toJSON`; undefined when it cannot be told. */
  private sentAs(type: TS.Type): TS.Type | undefined {
    if (!isObject(type)) return type;
    const method = type.getProperty("toJSON");
    if (method === undefined) return type;
    const [signature] = this.checker.getTypeOfSymbol(method).getCallSignatures();
    return signature?.getReturnType();
  }

  private isAcceptableObject(source: TS.Type, target: TS.Type, depth: number): boolean {
    const { checker } = this;
    if (target.getCallSignatures().length > 0 || source.getCallSignatures().length > 0) return true;
    const lists = checker.isArrayLikeType(source) && checker.isArrayLikeType(target);
    if (lists) return this.isAcceptableList(source, target, depth);
    if (checker.isArrayLikeType(source) !== checker.isArrayLikeType(target)) return isBare(target);
    const index = checker.getIndexInfoOfType(target, ts.IndexKind.String)?.type;
    if (index !== undefined) {
      const members = source
        .getProperties()
        .filter(isData)
        .map((each) => checker.getTypeOfSymbol(each));
      if (!members.every((each) => this.isAcceptable(each, index, depth))) return false;
    }
    return target.getProperties().every((wanted) => !isData(wanted) || this.hasMember(source, wanted, depth));
  }

  private hasMember(source: TS.Type, wanted: TS.Symbol, depth: number): boolean {
    if (!this.isGiven(source, wanted)) return false;
    const given = source.getProperty(wanted.name);
    if (given === undefined) return true;
    const [sent, expected] = [given, wanted].map((each) => this.checker.getTypeOfSymbol(each));
    if (sent === undefined || expected === undefined) return true;
    return isNothing(sent) ? isOptional(wanted) || acceptsNothing(expected) : this.isAcceptable(sent, expected, depth);
  }

  /** Says whether a type has the member, or may do without it. */
  private isGiven(source: TS.Type, wanted: TS.Symbol): boolean {
    if (isOptional(wanted) || source.getProperty(wanted.name) !== undefined) return true;
    if (this.checker.getIndexInfoOfType(source, ts.IndexKind.String) !== undefined) return true;
    const type = this.checker.getTypeOfSymbol(wanted);
    return acceptsNothing(type) || type.getCallSignatures().length > 0;
  }

  private isAcceptableList(source: TS.Type, target: TS.Type, depth: number): boolean {
    const { checker } = this;
    const [sent, wanted] = [source, target].map((type) => checker.getTypeArguments(type as TS.TypeReference));
    if (sent === undefined || wanted === undefined) return true;
    if (checker.isTupleType(source) && checker.isTupleType(target) && sent.length === wanted.length) {
      return sent.every((each, index) => this.isAcceptable(each, wanted[index] ?? each, depth));
    }
    const elements = [source, target].map((type) => checker.getIndexTypeOfType(type, ts.IndexKind.Number));
    const [one, other] = elements;
    return one === undefined || other === undefined || this.isAcceptable(one, other, depth);
  }

  /** Writes a type as messages do, shortened. */
  text(type: TS.Type): string {
    const text = this.checker.typeToString(this.checker.getBaseTypeOfLiteralType(type));
    return text.length > 80 ? `${text.slice(0, 77)}...` : text;
  }
}

/** Says whether a type leaves open what its values are. */
function isOpen(type: TS.Type): boolean {
  const { Any, Unknown, Never, Instantiable } = ts.TypeFlags;
  return (type.flags & (Any | Unknown | Never | Instantiable)) !== 0;
}

/** Says whether nothing but undefined or null is a value of the type. */
export function isNothing(type: TS.Type): boolean {
  return (type.flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Null | ts.TypeFlags.Void)) !== 0;
}

/** Says whether undefined or null can be a value of the type. */
export function acceptsNothing(type: TS.Type): boolean {
  return isOpen(type) || isNothing(type) || (type.isUnion() && type.types.some(acceptsNothing));
}

function isObject(type: TS.Type): boolean {
  return (type.flags & ts.TypeFlags.Object) !== 0;
}

/** Says whether a type asks for nothing: `{}` or `object`. */
function isBare(type: TS.Type): boolean {
  return (type.flags & ts.TypeFlags.NonPrimitive) !== 0 || (type.getProperties().length === 0 && isObject(type));
}

/**
 * Says whether both are texts, numbers or truth values, where one is wider than the other or an enumeration's: the
 * compiler widens a literal that it has no context for, and an enumeration's value is a plain one in JSON.
 */
function isWidened(source: TS.Type, target: TS.Type): boolean {
  const { StringLike, NumberLike, BooleanLike, StringLiteral, NumberLiteral, BooleanLiteral, EnumLike } = ts.TypeFlags;
  const alike = [StringLike, NumberLike, BooleanLike].some(
    (kind) => (source.flags & kind) !== 0 && (target.flags & kind) !== 0,
  );
  if (!alike) return false;
  if (((source.flags | target.flags) & EnumLike) !== 0) return true;
  return (source.flags & (StringLiteral | NumberLiteral | BooleanLiteral)) === 0;
}

function isOptional(symbol: TS.Symbol): boolean {
  return (symbol.flags & ts.SymbolFlags.Optional) !== 0;
}

/** Says whether a member is sent: no method, and nothing that a class keeps to itself. */
function isData(symbol: TS.Symbol): boolean {
  if ((symbol.flags & ts.SymbolFlags.Method) !== 0 || symbol.name.startsWith("__@")) return false;
  const [declaration] = symbol.declarations ?? [];
  if (declaration === undefined) return true;
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
  return (ts.getCombinedModifierFlags(declaration) & hidden) === 0 && !symbol.name.startsWith("#");
}
