/**
 * Walks one unit of code once, and tells what it does itself and where it leads.
 *
 * Invariant: only code that runs when the unit runs is walked; functions written inside it are units of their own, which
 * count when something calls them. Each unit of a program is summarised once. Used by `reach.ts`.
 */
import type TS from "typescript";

import { callbacksOf } from "./callbacks.ts";
import type { Callee } from "./callees.ts";
import { constantsOf } from "./constants.ts";
import { declaredBy, declaredOf, declaredUnit } from "./declared.ts";
import type { Code, Detector, Edge, Effect, ParameterCall, Summary, Unit, UnitView } from "./effects.ts";
import { guardAt, type Guard } from "./guards.ts";
import {
  descendants,
  isFunction,
  isGenerator,
  isStatic,
  memberOf,
  nameOf,
  parametersOf,
  staticName,
  unwrap,
  type FunctionNode,
} from "./syntax.ts";
import { ts } from "./typescript.ts";
import { defaultsIn, keyOf, unlessAt, type Unless } from "./unless.ts";

/** Turns the use of something outside the program into an effect, where the API table has it. */
export type External = (callee: Callee & { readonly kind: "external" }, node: TS.Node, view: UnitView) => void;

/** Summarises the units of one program. */
export class Summaries {
  private readonly code: Code;
  private readonly external: External;
  private readonly detectors = new Map<TS.SyntaxKind, Detector[]>();
  private readonly wholes: readonly Detector[];
  private readonly declared: readonly Detector[];
  private readonly known = new Map<Unit, Summary>();

  constructor(code: Code, detectors: readonly Detector[], external: External) {
    this.code = code;
    this.external = external;
    this.wholes = detectors.filter(({ kinds }) => kinds.includes("Unit"));
    this.declared = detectors.filter(({ kinds }) => kinds.includes("DeclaredUnit"));
    for (const detector of detectors) {
      for (const name of detector.kinds) {
        if (name === "Unit" || name === "DeclaredUnit") continue;
        const kind = ts.SyntaxKind[name];
        const others = this.detectors.get(kind);
        if (others === undefined) this.detectors.set(kind, [detector]);
        else others.push(detector);
      }
    }
  }

  /** Returns what `unit` does. */
  of(unit: Unit): Summary {
    const cached = this.known.get(unit);
    if (cached !== undefined) return cached;
    const walk = new UnitWalk(unit, this.code, this.detectors, this.external);
    // An orchestrator is always looked at.
    const isRoot = isFunction(unit) && this.code.project.roots.has(unit);
    const summary = !isRoot && declaredUnit(unit) !== undefined ? walk.take(this.declared) : walk.run(this.wholes);
    this.known.set(unit, summary);
    return summary;
  }
}

/** One walk through one unit. */
class UnitWalk implements UnitView {
  readonly code: Code;
  readonly unit: Unit;
  /** Of the code at hand, where it is a default. */
  private taken: Unless | undefined;
  private readonly conditions = new Map<string, Unless>();
  private readonly detectors: ReadonlyMap<TS.SyntaxKind, readonly Detector[]>;
  private readonly external: External;
  private readonly effects: Effect[] = [];
  private readonly edges: Edge[] = [];
  private readonly parameterCalls: ParameterCall[] = [];

  constructor(unit: Unit, code: Code, detectors: ReadonlyMap<TS.SyntaxKind, readonly Detector[]>, external: External) {
    this.unit = unit;
    this.code = code;
    this.detectors = detectors;
    this.external = external;
  }

  run(wholes: readonly Detector[]): Summary {
    if (isFunction(this.unit)) this.walkFunction(this.unit);
    else if (ts.isClassLike(this.unit)) this.walkInstance(this.unit);
    else this.walkConstant(this.unit);
    return this.take(wholes);
  }

  /** Takes the word of detectors of whole units for the unit. */
  take(wholes: readonly Detector[]): Summary {
    for (const detector of wholes) detector.visit(this.unit, this);
    const { effects, edges, parameterCalls } = this;
    return { effects, edges, parameterCalls, conditions: [...this.conditions.values()] };
  }

  add(effect: Effect): void {
    this.effects.push({ unless: this.unlessAt(effect.node), ...effect });
  }

  /** Returns what keeps the code at a node from running when a caller gives it. */
  private unlessAt(node: TS.Node): Unless | undefined {
    const found = this.taken ?? unlessAt(node, this.unit, this.code.names);
    if (found !== undefined) this.conditions.set(keyOf(found), found);
    return found;
  }

  guardAt(node: TS.Node): Guard | undefined {
    return guardAt(node, this.unit, this.code.names);
  }

  private walkFunction(node: FunctionNode): void {
    parametersOf(node).forEach((parameter, index) => {
      const own = { value: parameter.initializer, unless: { index, isDefault: true } };
      for (const { value, unless } of [own, ...defaultsIn(parameter, index)]) {
        this.taken = unless;
        if (value !== undefined) this.walk(value);
      }
    });
    this.taken = undefined;
    if (node.body !== undefined) this.walk(node.body);
  }

  /** Making an instance runs the initialisers of its fields, then the constructor, its own or the inherited one. */
  private walkInstance(node: TS.ClassLikeDeclaration): void {
    for (const member of node.members) {
      if (ts.isPropertyDeclaration(member) && !isStatic(member) && member.initializer !== undefined) {
        this.walk(member.initializer);
      }
    }
    const own = node.members.find((member) => ts.isConstructorDeclaration(member) && member.body !== undefined);
    if (own !== undefined) this.walkFunction(own as TS.ConstructorDeclaration);
    else this.inherited(node, node);
  }

  private inherited(node: TS.ClassLikeDeclaration, site: TS.Node): void {
    const [base] = node.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)?.types ?? [];
    const target = base === undefined ? undefined : this.code.callees.classOf(base.expression);
    if (target !== undefined) this.edge(target, site, "new", undefined, undefined);
  }

  /** Only what the value itself depends on: not the arguments of calls that may keep them to themselves. */
  private walkConstant(node: TS.Node): void {
    for (const inner of descendants(node, (each) => this.isValuePart(each, node))) this.visit(inner);
  }

  private isValuePart(node: TS.Node, root: TS.Node): boolean {
    if (isFunction(node) || ts.isClassLike(node)) return false;
    if (node === root) return true;
    const { parent } = node;
    if (ts.isNewExpression(parent)) return node === parent.expression;
    if (!ts.isCallExpression(parent) || node === parent.expression) return true;
    const origin = this.code.names.originOf(parent.expression);
    return (
      origin?.module === "" &&
      /^(?:Number|String|Boolean|parseInt|parseFloat|JSON|Math|Object)\b/u.test(origin.path.join("."))
    );
  }

  private walk(root: TS.Node): void {
    for (const inner of descendants(root, (node) => this.runs(node))) this.visit(inner);
  }

  private runs(node: TS.Node): boolean {
    if (isFunction(node) || ts.isTypeNode(node)) return false;
    // The fields of an instance are initialised when it is made, not when its class is declared.
    return !ts.isPropertyDeclaration(node) || isStatic(node);
  }

  private visit(node: TS.Node): void {
    if (ts.isIdentifier(node)) this.constant(node);
    else if (ts.isPropertyAccessExpression(node)) this.getter(node);
    else if (ts.isCallExpression(node)) this.call(node);
    else if (ts.isNewExpression(node)) this.creation(node);
    else if (ts.isTaggedTemplateExpression(node))
      this.invoke(this.code.callees.of(node.tag), node, node.tag, undefined);
    else if (ts.isBindingElement(node)) this.boundGetter(node);
    for (const detector of this.detectors.get(node.kind) ?? []) detector.visit(node, this);
  }

  private call(node: TS.CallExpression): void {
    const spread = node.arguments.some((argument) => ts.isSpreadElement(argument));
    const passed = spread ? undefined : [...node.arguments];
    if (node.expression.kind === ts.SyntaxKind.SuperKeyword) {
      const made = ts.findAncestor(node, ts.isClassLike);
      if (made !== undefined) this.inherited(made, node);
      return;
    }
    if (this.isDeclared(node)) return;
    const callees = this.code.callees.of(node.expression).filter((each) => !isLeftAlone(node, each));
    this.invoke(callees, node, node.expression, applied(node, passed));
    if (callees.some(({ kind }) => kind === "function")) return;
    this.callbacks(node);
  }

  private callbacks(node: TS.CallExpression | TS.NewExpression): void {
    for (const callback of callbacksOf(node, this.code.names)) {
      for (const callee of this.code.callees.of(callback)) {
        if (callee.kind === "external") this.external(callee, callback, this);
        // Nobody iterates what a caller of callbacks gets from a generator.
        else if (callee.kind === "parameter" || !(isGenerator(callee.node) || declaredBy(callee.node)))
          this.follow(callee, callback, nameOfCallback(callback), undefined, "callback");
      }
    }
  }

  private isDeclared(node: TS.CallExpression | TS.NewExpression): boolean {
    return declaredOf(node, this.code.names, this.code.callees) !== undefined;
  }

  private creation(node: TS.NewExpression): void {
    if (this.isDeclared(node)) return;
    const target = this.code.callees.classOf(node.expression);
    if (target === undefined) this.callbacks(node);
    else this.edge(target, node, "new", `new ${target.name?.text ?? "class"}()`, [...(node.arguments ?? [])]);
  }

  private invoke(
    callees: readonly Callee[],
    node: TS.Node,
    callee: TS.Node,
    passed: readonly TS.Expression[] | undefined,
  ): void {
    for (const each of callees) {
      if (each.kind !== "external") this.follow(each, node, labelOf(callee, each), passed, "call");
      // What has a name of its own outside is a detector's to see; this came out of an array, an object or a call.
      else if (this.code.names.originOf(callee) === undefined) this.external(each, node, this);
    }
  }

  private follow(
    callee: Exclude<Callee, { kind: "external" }>,
    node: TS.Node,
    label: string | undefined,
    passed: readonly TS.Expression[] | undefined,
    kind: "call" | "callback",
  ): void {
    const guard = this.guardAt(node);
    const unless = this.unlessAt(node);
    const given = callee.kind === "parameter" ? callee : callee.given;
    if (given !== undefined) {
      const { owner, index, path } = given;
      const otherwise = callee.kind === "function" ? callee : undefined;
      this.parameterCalls.push({ owner, index, path, otherwise, node, guard, unless });
    }
    if (callee.kind === "parameter" || given !== undefined) return;
    const { layers, node: target } = callee;
    this.edges.push({ target, node, label, kind, arguments: passed, layers, guard, unless });
  }

  private edge(
    target: Unit,
    node: TS.Node,
    kind: Edge["kind"],
    label: string | undefined,
    passed: readonly TS.Expression[] | undefined,
  ): void {
    const guard = this.guardAt(node);
    const unless = this.unlessAt(node);
    this.edges.push({ target, node, kind, label, arguments: passed, layers: [], guard, unless });
  }

  private getter(node: TS.PropertyAccessExpression): void {
    if (!node.name.text || !this.code.project.hasGetter(node.name.text)) return;
    const symbol = this.code.names.checker.getSymbolAtLocation(node.name);
    const accessor = symbol?.declarations?.find(ts.isGetAccessorDeclaration);
    if (accessor?.body !== undefined) this.edge(accessor, node, "get", node.name.text, []);
  }

  /** `const { now } = settings` reads what `settings.now` reads. */
  private boundGetter(node: TS.BindingElement): void {
    const name = ts.isObjectBindingPattern(node.parent) ? staticName(node.propertyName ?? node.name) : undefined;
    if (name === undefined || !this.code.project.hasGetter(name)) return;
    const symbol = this.code.names.checker.getTypeAtLocation(node.parent).getProperty(name);
    const accessor = symbol?.declarations?.find(ts.isGetAccessorDeclaration);
    if (accessor?.body !== undefined) this.edge(accessor, node, "get", name, []);
  }

  private constant(node: TS.Identifier): void {
    for (const constant of constantsOf(node, this.code.names))
      this.edge(constant.value, constant.node, "constant", constant.label, undefined);
  }
}

/** Says whether a call only makes something that nothing runs: a generator that is dropped, a function bound to its object. */
function isLeftAlone(node: TS.CallExpression, callee: Callee): boolean {
  if (memberOf(unwrap(node.expression))?.name === "bind") return true;
  return callee.kind === "function" && isGenerator(callee.node) && ts.isExpressionStatement(node.parent);
}

/** The arguments as the function gets them, when it is called through `call`. */
function applied(
  node: TS.CallExpression,
  passed: readonly TS.Expression[] | undefined,
): readonly TS.Expression[] | undefined {
  const member = memberOf(unwrap(node.expression));
  if (member?.name === "call") return passed?.slice(1);
  return member?.name === "apply" ? undefined : passed;
}

/** How a reader knows the called function: by the name at the call, or by its own. */
export function labelOf(callee: TS.Node, target: Callee): string | undefined {
  const node = unwrap(callee);
  const member = memberOf(node);
  const own = target.kind === "function" ? nameOf(target.node) : undefined;
  const name = ts.isIdentifier(node) ? node.text : (own ?? member?.name);
  if (name !== undefined) return `${name}()`;
  // A function written in place needs no name; one that a call gives is known by that call: `makeClock()()`.
  if (isFunction(node)) return undefined;
  return ts.isCallExpression(node) ? `${labelOf(node.expression, target) ?? "function()"}()` : "function()";
}

function nameOfCallback(callback: TS.Expression): string | undefined {
  const node = unwrap(callback);
  if (ts.isIdentifier(node)) return `${node.text}()`;
  const member = memberOf(node);
  return member === undefined ? undefined : `${member.name}()`;
}
