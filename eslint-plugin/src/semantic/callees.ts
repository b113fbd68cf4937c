/**
 * Finds the functions of the program that an expression may be when it is called.
 *
 * Invariant: every answer is a function whose body the call can run; an expression that may also be something unknown
 * gives only what is known, and nothing when nothing is. One object serves one program. Used by `calls.ts`.
 */
import type TS from "typescript";

import { implementationOf, type Implementations } from "./implementations.ts";
import { MAX_STEPS, type Definition, type Names } from "./names.ts";
import { steps as follow, type Origin } from "./origin.ts";
import {
  descendants,
  isFunction,
  isStatic,
  memberOf,
  parametersOf,
  staticName,
  unwrap,
  type FunctionNode,
} from "./syntax.ts";
import { ts } from "./typescript.ts";
import { argumentsFor } from "./unless.ts";

/** The arguments that one call passes to the parameters of one function. */
export interface Layer {
  readonly owner: FunctionNode;
  readonly arguments: readonly TS.Expression[];
}

/** Whatever the caller of `owner` passes for its parameter at `index`, or a member of that. */
export interface Parameter {
  readonly kind: "parameter";
  readonly owner: FunctionNode;
  readonly index: number;
  readonly path: readonly string[];
}

/** What a call may run. */
export type Callee =
  /**
   * A function of the program; `layers` are the calls that made it, as in `makeClock(now)()`. It is only thought to be
   * meant where nobody sees what `given` is: the one implementation of the parameter's type.
   */
  | {
      readonly kind: "function";
      readonly node: FunctionNode;
      readonly layers: readonly Layer[];
      readonly given?: Parameter;
    }
  | Parameter
  | { readonly kind: "external"; readonly origin: Origin };

/** Stands in a path for some element or property, nobody knows which. */
const ANY = "*";

/** Methods of arrays that call their first argument before they return, and which parameter gets the element. */
export const ARRAY_CALLERS: ReadonlyMap<string, number> = new Map([
  ...["every", "filter", "find", "findIndex", "findLast", "findLastIndex", "flatMap", "forEach", "map", "some"].map(
    (name) => [name, 0] as const,
  ),
  ["reduce", 1],
  ["reduceRight", 1],
  ["sort", 0],
  ["toSorted", 0],
]);

/** Methods of arrays and strings: what has one of them, in a program that declares none of the name, is no puzzle. */
const OF_LANGUAGE: ReadonlySet<string> = new Set([
  ...ARRAY_CALLERS.keys(),
  ..."at concat endsWith entries includes indexOf join keys padEnd padStart slice split startsWith toFixed toLowerCase".split(
    " ",
  ),
  ..."toString toUpperCase trim values".split(" "),
]);

/** Functions of packages that give back their first argument, or a function that calls it. */
const WRAPPERS: ReadonlySet<string> = new Set([
  "Object.freeze",
  "Object.seal",
  "Object.assign",
  "util.promisify",
  "lodash.once",
  "lodash.memoize",
  "lodash.curry",
  "lodash.partial",
  "lodash.flow",
  "lodash.flowRight",
  "ramda.once",
  "ramda.curry",
  "ramda.pipe",
  "ramda.compose",
]);

/** Gives the functions behind expressions of one program. */
export class Callees {
  private readonly names: Names;
  private readonly implementations: Implementations;
  private readonly known = new Map<TS.Node, readonly Callee[]>();
  private readonly returned = new Map<FunctionNode, readonly TS.Expression[]>();

  constructor(names: Names, implementations: Implementations) {
    this.names = names;
    this.implementations = implementations;
  }

  /** Returns what calling `expression` may run. */
  of(expression: TS.Node): readonly Callee[] {
    const known = this.known.get(expression);
    if (known !== undefined) return known;
    const found = this.at(expression, [], MAX_STEPS);
    this.known.set(expression, found);
    return found;
  }

  /** Returns what calling the member of `expression` at `path` may run. */
  at(expression: TS.Node, path: readonly string[], steps = MAX_STEPS): readonly Callee[] {
    if (steps <= 0) return [];
    const node = unwrap(expression);
    if (isFunction(node)) return this.functionAt(node, path, steps);
    if (ts.isIdentifier(node)) return this.defined(this.names.definitionOf(node, steps), path, steps);
    if (ts.isSourceFile(node)) {
      const [name, ...rest] = path;
      const exported = name === undefined ? this.names.wholeOf(node, steps) : this.names.exportOf(node, name, steps);
      return this.defined(exported, rest, steps - 1);
    }
    if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node))
      return this.member(node, path, steps);
    return this.within(node, path, steps);
  }

  /** What the operators and literals of an expression give. */
  private within(node: TS.Node, path: readonly string[], steps: number): readonly Callee[] {
    if (ts.isConditionalExpression(node)) {
      return [...this.at(node.whenTrue, path, steps - 1), ...this.at(node.whenFalse, path, steps - 1)];
    }
    if (ts.isBinaryExpression(node)) return this.either(node, path, steps);
    if (ts.isObjectLiteralExpression(node) || ts.isArrayLiteralExpression(node))
      return this.inLiteral(node, path, steps);
    if (ts.isCallExpression(node)) return this.result(node, path, steps);
    if (ts.isNewExpression(node)) return this.instanceMember(node, path, steps);
    if (ts.isAwaitExpression(node)) return this.at(node.expression, path, steps - 1);
    return ts.isClassLike(node) ? this.staticMember(node, path) : [];
  }

  private functionAt(node: FunctionNode, path: readonly string[], steps: number): readonly Callee[] {
    if (ts.isGetAccessorDeclaration(node)) return this.returns(node).flatMap((each) => this.at(each, path, steps - 1));
    return path.length === 0 ? [{ kind: "function", node, layers: [] }] : [];
  }

  private either(node: TS.BinaryExpression, path: readonly string[], steps: number): readonly Callee[] {
    switch (node.operatorToken.kind) {
      case ts.SyntaxKind.BarBarToken:
      case ts.SyntaxKind.QuestionQuestionToken:
        return [...this.at(node.left, path, steps - 1), ...this.at(node.right, path, steps - 1)];
      case ts.SyntaxKind.AmpersandAmpersandToken:
      case ts.SyntaxKind.EqualsToken:
        return this.at(node.right, path, steps - 1);
      default:
        return [];
    }
  }

  private defined(definition: Definition | undefined, path: readonly string[], steps: number): readonly Callee[] {
    if (definition === undefined) return [];
    switch (definition.kind) {
      case "external":
        return [{ kind: "external", origin: this.external(definition.origin, path) }];
      case "node":
        return this.at(definition.node, [...definition.path, ...path], steps - 1);
      case "element":
        return this.at(definition.of, [ANY, ...definition.path, ...path], steps - 1);
      case "parameter":
        return this.passed(definition.parameter, [...definition.path, ...path], steps);
    }
  }

  private external(origin: Origin, path: readonly string[]): Origin {
    return path.length === 0 ? origin : { module: origin.module, path: [...origin.path, ...path], spelledOut: false };
  }

  /** A parameter: an element of the array whose method calls the function on the spot, or what callers pass. */
  private passed(parameter: TS.ParameterDeclaration, path: readonly string[], steps: number): readonly Callee[] {
    const owner = parameter.parent;
    if (!isFunction(owner)) return [];
    const index = parametersOf(owner).indexOf(parameter);
    const call = owner.parent;
    if (ts.isCallExpression(call) && call.arguments[0] === owner) {
      const caller = memberOf(unwrap(call.expression));
      if (caller !== undefined && ARRAY_CALLERS.get(caller.name) === index) {
        const elements = this.at(caller.object, [ANY, ...path], steps - 1);
        if (elements.length > 0) return elements;
      }
    }
    return [{ kind: "parameter", owner, index, path }];
  }

  private member(
    node: TS.PropertyAccessExpression | TS.ElementAccessExpression,
    path: readonly string[],
    steps: number,
  ): readonly Callee[] {
    const origin = this.names.originOf(node, steps);
    if (origin !== undefined) return [{ kind: "external", origin: this.external(origin, path) }];
    const member = memberOf(node);
    if (member === undefined) return this.at(node.expression, [ANY, ...path], steps - 1);
    if (OF_LANGUAGE.has(member.name) && !this.names.mayDeclare(member.name)) return [];
    if (member.name === "bind" || member.name === "call" || member.name === "apply") {
      const bound = this.at(member.object, path, steps - 1);
      if (bound.length > 0) return bound;
    }
    if (this.names.isReplaced(node) || this.isVirtual(member, steps)) return [];
    return this.declaredMember(node, member, path, steps);
  }

  /** What the object's type or its literal shows the member to be, or else the one class that implements it. */
  private declaredMember(
    node: TS.PropertyAccessExpression | TS.ElementAccessExpression,
    member: NonNullable<ReturnType<typeof memberOf>>,
    path: readonly string[],
    steps: number,
  ): readonly Callee[] {
    const definition = this.names.memberDefinition(node, steps - 1);
    if (definition !== undefined && !(definition.kind === "node" && definition.path.length > 0)) {
      const found = this.defined(definition, path, steps - 1);
      if (found.length > 0) return found;
    }
    const symbol = this.names.memberSymbol(member);
    const implemented = symbol === undefined ? undefined : implementationOf(symbol, this.implementations);
    const passed = this.at(member.object, [member.name, ...path], steps - 1);
    if (implemented === undefined) return passed;
    const given = passed.find((each) => each.kind === "parameter");
    const thought = this.at(implemented, path, steps - 1);
    return given === undefined
      ? thought
      : thought.map((each) => (each.kind === "function" ? { ...each, given } : each));
  }

  /** Says whether the method that the object's type shows may be another one at run time: that of a class below. */
  private isVirtual({ object, name, nameNode }: NonNullable<ReturnType<typeof memberOf>>, steps: number): boolean {
    const { checker } = this.names;
    const declaration = this.names.memberSymbol({ object, name, nameNode })?.valueDeclaration;
    if (declaration === undefined || !ts.isClassElement(declaration) || !ts.isClassLike(declaration.parent))
      return false;
    const flags = ts.getCombinedModifierFlags(declaration);
    if ((flags & (ts.ModifierFlags.Static | ts.ModifierFlags.Abstract)) !== 0) return false;
    if (object.kind === ts.SyntaxKind.SuperKeyword || name.startsWith("#")) return false;
    const made = checker.getTypeAtLocation(object).getSymbol();
    return made !== undefined && this.implementations.replaces(made, name) && !this.isMade(object, steps);
  }

  /** Says whether an expression is an instance that is made in sight, and so of exactly the class that is named there. */
  private isMade(expression: TS.Node, steps: number): boolean {
    const node = unwrap(expression);
    if (ts.isNewExpression(node)) return true;
    const definition = ts.isIdentifier(node) ? this.names.definitionOf(node, steps) : undefined;
    return definition?.kind === "node" && definition.path.length === 0 && ts.isNewExpression(unwrap(definition.node));
  }

  private inLiteral(
    node: TS.ObjectLiteralExpression | TS.ArrayLiteralExpression,
    path: readonly string[],
    steps: number,
  ): readonly Callee[] {
    const [key, ...rest] = path;
    if (key === undefined) return [];
    if (ts.isArrayLiteralExpression(node)) {
      const wanted = key === ANY ? node.elements : node.elements.filter((_, index) => String(index) === key);
      return wanted.flatMap((element) =>
        ts.isSpreadElement(element) ? this.at(element.expression, path, steps - 1) : this.at(element, rest, steps - 1),
      );
    }
    return node.properties.flatMap((property) => {
      if (ts.isSpreadAssignment(property)) return this.at(property.expression, path, steps - 1);
      if (key !== ANY && staticName(property.name) !== key) return [];
      if (ts.isPropertyAssignment(property)) return this.at(property.initializer, rest, steps - 1);
      if (ts.isShorthandPropertyAssignment(property)) return this.at(property.name, rest, steps - 1);
      return isFunction(property) && !ts.isSetAccessor(property) ? this.functionAt(property, rest, steps) : [];
    });
  }

  /** What a call gives: the functions that the called functions return. */
  private result(call: TS.CallExpression, path: readonly string[], steps: number): readonly Callee[] {
    const callee = unwrap(call.expression);
    const member = memberOf(callee);
    const [first] = call.arguments;
    if (member?.name === "bind") return this.at(member.object, path, steps - 1);
    const required = this.names.requiredModule(call, steps);
    if (required !== undefined) return this.defined(required, path, steps);
    const called = this.at(callee, [], steps - 1);
    return called.flatMap((each): readonly Callee[] => {
      if (each.kind === "external") return this.wrapped(each.origin, first, path, steps);
      if (each.kind === "parameter") return [];
      const layer: Layer = { owner: each.node, arguments: [...call.arguments] };
      return this.returns(each.node)
        .flatMap((value) => this.at(value, path, steps - 1))
        .flatMap((inner) => this.bound(inner, [...each.layers, layer], steps));
    });
  }

  /** Gives what a function made by calls refers to as a parameter of them. */
  private bound(callee: Callee, layers: readonly Layer[], steps: number): readonly Callee[] {
    if (callee.kind === "function") return [{ ...callee, layers: [...layers, ...callee.layers] }];
    if (callee.kind === "external") return [callee];
    const layer = layers.find(({ owner }) => owner === callee.owner);
    const given = layer === undefined ? [] : argumentsFor(callee, layer.arguments);
    return given.length === 0 ? [callee] : given.flatMap(({ value, path }) => this.at(value, path, steps - 1));
  }

  private wrapped(
    origin: Origin,
    first: TS.Expression | undefined,
    path: readonly string[],
    steps: number,
  ): readonly Callee[] {
    if (first === undefined) return this.made(origin, "()", path);
    const name = [origin.module, ...origin.path].filter((part) => part !== "").join(".");
    if (WRAPPERS.has(name)) return this.at(first, path, steps - 1);
    if (name === "Object.values") return this.at(first, path, steps - 1);
    const [index, pair, ...rest] = path;
    if (name === "Object.entries" && index !== undefined && pair === "1")
      return this.at(first, [ANY, ...rest], steps - 1);
    return this.made(origin, "()", path);
  }

  /** What a package has made, and a member of that: a logger, a client. */
  private made(origin: Origin, how: "()" | "#", path: readonly string[]): readonly Callee[] {
    return origin.module === "" || path[0] === ANY
      ? []
      : [{ kind: "external", origin: follow(origin, [how, ...path]) }];
  }

  /** Returns the expressions that a function returns. */
  returns(node: FunctionNode): readonly TS.Expression[] {
    const cached = this.returned.get(node);
    if (cached !== undefined) return cached;
    const found: TS.Expression[] = [];
    const { body } = node;
    if (body !== undefined && !ts.isBlock(body)) found.push(body);
    else if (body !== undefined) {
      for (const inner of descendants(body, (each) => !isFunction(each) && !ts.isClassLike(each))) {
        if (ts.isReturnStatement(inner) && inner.expression !== undefined) found.push(inner.expression);
      }
    }
    this.returned.set(node, found);
    return found;
  }

  /** Returns the class that `new` makes an instance of, when it is one of the program's. */
  classOf(expression: TS.Node, steps = MAX_STEPS): TS.ClassLikeDeclaration | undefined {
    const node = unwrap(expression);
    if (ts.isClassLike(node)) return node;
    const definition = this.exported(this.definitionOf(node, steps), steps);
    if (definition?.kind !== "node" || definition.path.length > 0 || definition.node === node || steps <= 0) {
      return undefined;
    }
    return this.classOf(definition.node, steps - 1);
  }

  private definitionOf(node: TS.Node, steps: number): Definition | undefined {
    if (ts.isIdentifier(node)) return this.names.definitionOf(node, steps);
    return ts.isPropertyAccessExpression(node) ? this.names.memberDefinition(node, steps) : undefined;
  }

  /** Goes from a file and the name of an export to the export. */
  private exported(definition: Definition | undefined, steps: number): Definition | undefined {
    if (definition?.kind !== "node" || !ts.isSourceFile(definition.node)) return definition;
    const [name, ...rest] = definition.path;
    if (name === undefined) return this.names.wholeOf(definition.node, steps);
    return rest.length > 0 ? undefined : this.names.exportOf(definition.node, name, steps);
  }

  private instanceMember(node: TS.NewExpression, path: readonly string[], steps: number): readonly Callee[] {
    const [name, ...rest] = path;
    const made = this.classOf(node.expression, steps);
    if (made !== undefined) return name === undefined ? [] : this.classMember(made, name, false, rest, steps);
    const origin = this.names.originOf(node.expression, steps);
    return origin === undefined ? [] : this.made(origin, "#", path);
  }

  private staticMember(node: TS.ClassLikeDeclaration, path: readonly string[]): readonly Callee[] {
    const [name, ...rest] = path;
    return name === undefined ? [] : this.classMember(node, name, true, rest, MAX_STEPS);
  }

  private classMember(
    node: TS.ClassLikeDeclaration,
    name: string,
    ofClass: boolean,
    rest: readonly string[],
    steps: number,
  ): readonly Callee[] {
    const member = node.members.find(
      (each) =>
        each.name !== undefined &&
        staticName(each.name) === name &&
        ts.canHaveModifiers(each) &&
        isStatic(each) === ofClass,
    );
    if (member === undefined) return [];
    if (ts.isPropertyDeclaration(member)) {
      return member.initializer === undefined ? [] : this.at(member.initializer, rest, steps - 1);
    }
    return isFunction(member) && !ts.isSetAccessor(member) ? this.functionAt(member, rest, steps - 1) : [];
  }
}
