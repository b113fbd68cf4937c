/**
 * Follows calls from an orchestrator to everything they reach, and says where each effect is to be reported.
 *
 * Invariant: an effect is reported once per place in the orchestrator, rule and unit that holds it: where it is written,
 * if that is inside the orchestrator, else at the call that leads out of it, with the shortest path. Recursion ends.
 * Used by `analysis.ts`.
 */
import type TS from "typescript";

import type { Callee, Layer } from "./callees.ts";
import type { Code, Edge, Effect, ParameterCall, Summary, Unit, UnitView } from "./effects.ts";
import type { Root } from "./project.ts";
import { labelOf, type External, type Summaries } from "./summary.ts";
import { descendants, enclosingFunction, isFunction, isWithin, lineOf, nameOf, type FunctionNode } from "./syntax.ts";
import { ts } from "./typescript.ts";
import { argumentsFor, keyOf, runsWith, shapeOf } from "./unless.ts";

/** One step of a path, with the place that it leads to. */
export interface PathStep {
  readonly name: string;
  readonly node: TS.Node;
}

/** One effect of an orchestrator, and how it is reached. */
export interface Reached {
  readonly root: Root;
  /** The node to report, in the orchestrator. */
  readonly site: TS.Node;
  readonly effect: Effect;
  /** The calls from the site to the effect; none when the effect is written at the site. */
  readonly path: readonly PathStep[];
  /** How many more effects of the same rule the same unit has. */
  readonly more: number;
}

/** The arguments that the callers on the way have passed, innermost first. */
interface Passed {
  readonly owner: FunctionNode;
  readonly arguments: readonly TS.Expression[];
  readonly outer: Passed | undefined;
}

/** A unit that is about to be examined. */
interface Visit {
  readonly unit: Unit;
  readonly passed: Passed | undefined;
  /** The keys of the conditions under which parts of the unit run, and that the call meets. */
  readonly met: ReadonlySet<string>;
  readonly path: readonly PathStep[];
  /** True behind a guard under which logging is fine. */
  readonly live: boolean;
  /** True behind a constant: only what its value carries counts. */
  readonly value: boolean;
}

/** Follows the calls of one program. */
export class Reach {
  private readonly code: Code;
  private readonly summaries: Summaries;
  private readonly external: External;
  private readonly closures = new Map<Unit, Map<string, readonly (readonly [Effect, readonly PathStep[], Unit])[]>>();
  private readonly isSilenced: (effect: Effect, root: Root) => boolean;

  /** `isSilenced` says whether a comment at the effect's own place silences it for all who reach it. */
  constructor(
    code: Code,
    summaries: Summaries,
    external: External,
    isSilenced: (effect: Effect, root: Root) => boolean,
  ) {
    this.code = code;
    this.summaries = summaries;
    this.external = external;
    this.isSilenced = isSilenced;
  }

  /** Lists everything that one orchestrator does which its replay would not repeat. */
  from(root: Root): readonly Reached[] {
    const made = root.made ?? [];
    // What a factory's arguments do is known for each registration; without any, they are unknown.
    return made.length === 0
      ? this.fromMade(root, undefined)
      : made.flatMap((layers) => this.fromMade(root, layered(layers, undefined)));
  }

  private fromMade(root: Root, passed: Passed | undefined): readonly Reached[] {
    const reached: Reached[] = [];
    const seen = new Set<Unit>([root.node]);
    const waiting: Unit[] = [root.node, ...this.returnedBy(root)];
    for (const unit of waiting) {
      const summary = this.summaries.of(unit);
      for (const effect of summary.effects) reached.push({ root, site: effect.node, effect, path: [], more: 0 });
      for (const effect of this.passedEffects(summary, passed, unit)) {
        reached.push({ root, site: effect.node, effect, path: [], more: 0 });
      }
      for (const edge of this.edgesOf(summary, passed)) {
        if (isWithin(edge.target, root.node)) {
          const own = this.code.project.roots.has(edge.target as FunctionNode) && edge.target !== root.node;
          if (!own && !seen.has(edge.target)) {
            seen.add(edge.target);
            waiting.push(edge.target);
          }
        } else if (!this.isReportedElsewhere(edge, root)) reached.push(...this.through(edge, root, passed));
      }
    }
    return reached;
  }

  /** A helper that takes the context may give a function to be called later: `log(ctx)("done")`. */
  private returnedBy(root: Root): readonly FunctionNode[] {
    if (root.by !== "type") return [];
    const returned = this.code.callees.returns(root.node).flatMap((value) => this.code.callees.of(value));
    return returned.flatMap((callee) =>
      callee.kind === "function" && isWithin(callee.node, root.node) && callee.node !== root.node ? [callee.node] : [],
    );
  }

  /** Says whether what the call does is reported at its own place: in an orchestrator of the same file, or a registered one. */
  private isReportedElsewhere(edge: Edge, root: Root): boolean {
    const target = isFunction(edge.target) ? this.rootAround(edge.target) : undefined;
    if (target === undefined) return false;
    if (target.node === edge.target && target.by === "registration") return true;
    return target.node.getSourceFile() === root.node.getSourceFile();
  }

  /** The orchestrator that a function is, or that gives it to its callers. */
  private rootAround(node: FunctionNode): Root | undefined {
    const { roots } = this.code.project;
    const own = roots.get(node);
    if (own !== undefined) return own;
    const outer = enclosingFunction(node);
    const root = outer === undefined ? undefined : roots.get(outer);
    return root !== undefined && this.returnedBy(root).includes(node) ? root : undefined;
  }

  private through(edge: Edge, root: Root, passed: Passed | undefined): readonly Reached[] {
    const groups = new Map<string, { first: Reached; more: number }>();
    const units = new Map<Unit, number>();
    for (const [effect, path, unit] of this.closure(edge, passed)) {
      if (this.isSilenced(effect, root)) continue;
      if (!units.has(unit)) units.set(unit, units.size);
      const key = `${effect.rule} ${String(units.get(unit))}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { first: { root, site: edge.node, effect, path, more: 0 }, more: 0 });
      else group.more += 1;
    }
    return [...groups.values()].map(({ first, more }) => ({ ...first, more }));
  }

  /** Lists the effects behind an edge, the nearest first, with their paths and units. */
  private closure(edge: Edge, passed: Passed | undefined): readonly (readonly [Effect, readonly PathStep[], Unit])[] {
    const first = this.enter(edge, passed, [], false, edge.kind === "constant");
    const plain = passed === undefined && this.isPlain(edge);
    const key = plain
      ? `${[...first.met].join()} ${shapeOf(edge.arguments)} ${first.live} ${first.value} ${edge.label ?? ""}`
      : undefined;
    if (key === undefined) return this.explore(first);
    const cached = this.closures.get(edge.target)?.get(key);
    if (cached !== undefined) return cached;
    const found = this.explore(first);
    const keyed = this.closures.get(edge.target) ?? new Map<string, typeof found>();
    keyed.set(key, found);
    this.closures.set(edge.target, keyed);
    return found;
  }

  /** Says whether what an edge reaches is the same whatever it passes. */
  private isPlain(edge: Edge): boolean {
    return edge.layers.length === 0 && !(edge.arguments ?? []).some((argument) => this.maybeFunction(argument));
  }

  private maybeFunction(argument: TS.Expression): boolean {
    const { callees } = this.code;
    if (callees.of(argument).length > 0 || callees.at(argument, ["*"]).length > 0) return true;
    return ts.isObjectLiteralExpression(argument) && descendants(argument).some(isFunction);
  }

  private explore(first: Visit): readonly (readonly [Effect, readonly PathStep[], Unit])[] {
    const found: (readonly [Effect, readonly PathStep[], Unit])[] = [];
    const seen = new Map<Unit, readonly Visit[]>();
    const calls = new Set<TS.Node>();
    const waiting: Visit[] = [first];
    // The list grows while it is read: breadth first, so that the shortest path is found first.
    for (const visit of waiting) {
      // A call that leaves out more does everything that one does which gives it.
      const before = seen.get(visit.unit) ?? [];
      if (before.some(({ met }) => [...visit.met].every((key) => met.has(key)))) continue;
      seen.set(visit.unit, [...before, visit]);
      const summary = this.summaries.of(visit.unit);
      for (const effect of summary.effects) if (counts(effect, visit)) found.push([effect, visit.path, visit.unit]);
      for (const edge of summary.edges) {
        if (!meets(edge, visit)) continue;
        const sensitive = !this.isPlain(edge) || this.forwards(edge);
        const next = this.enter(edge, visit.passed, visit.path, visit.live, visit.value || edge.kind === "constant");
        if (sensitive && !calls.has(edge.node)) {
          // What it does may depend on the functions that this one call passes.
          calls.add(edge.node);
          seen.delete(edge.target);
        }
        waiting.push(next);
      }
      for (const call of summary.parameterCalls) {
        if (!meets(call, visit)) continue;
        for (const callee of this.called(call, visit.passed)) this.enterPassed(callee, call, visit, waiting, found);
      }
    }
    return found;
  }

  /** Says whether an edge hands on a function that its own unit was given. */
  private forwards(edge: Edge): boolean {
    return (edge.arguments ?? []).some((argument) =>
      this.code.callees.of(argument).some(({ kind }) => kind === "parameter"),
    );
  }

  private enterPassed(
    callee: Callee,
    call: ParameterCall,
    visit: Visit,
    waiting: Visit[],
    found: (readonly [Effect, readonly PathStep[], Unit])[],
  ): void {
    if (callee.kind === "parameter") return;
    if (callee.kind === "external") {
      for (const effect of this.effectsOf(callee, call.node, visit.unit)) {
        if (counts(effect, visit)) found.push([effect, visit.path, visit.unit]);
      }
      return;
    }
    const name = nameOf(callee.node);
    const label = name === undefined ? undefined : `${name}()`;
    const { layers, node: target } = callee;
    const { node, guard, unless } = call;
    const edge: Edge = { target, node, label, kind: "call", arguments: undefined, layers, guard, unless };
    waiting.push(this.enter(edge, visit.passed, visit.path, visit.live, visit.value));
  }

  private enter(
    edge: Edge,
    passed: Passed | undefined,
    path: readonly PathStep[],
    live: boolean,
    value: boolean,
  ): Visit {
    let inner = layered(edge.layers, passed);
    const owner = functionOf(edge.target);
    if (owner !== undefined && edge.arguments !== undefined) {
      inner = { owner, arguments: edge.arguments, outer: inner };
    }
    const name = edge.label;
    return {
      unit: edge.target,
      passed: inner,
      met: this.conditionsMet(edge),
      path: name === undefined ? path : [...path, { name, node: edge.target }],
      live: live || edge.guard === "live",
      value,
    };
  }

  /** Says which parts of its target an edge runs that another one may not. */
  private conditionsMet(edge: Edge): ReadonlySet<string> {
    const { conditions } = this.summaries.of(edge.target);
    const isCalled = edge.kind === "call" || edge.kind === "new";
    const given = isCalled ? edge.arguments : edge.kind === "callback" ? undefined : [];
    return new Set(conditions.filter((each) => runsWith(each, given, this.code.names)).map(keyOf));
  }

  /** Adds to the edges of a summary those through parameters that are bound where the unit is written. */
  private edgesOf(summary: Summary, passed: Passed | undefined): readonly Edge[] {
    const bound = summary.parameterCalls.flatMap((call) =>
      this.called(call, passed).flatMap((callee): readonly Edge[] => {
        if (callee.kind !== "function") return [];
        const { layers, node: target } = callee;
        const { node, guard, unless } = call;
        const label = ts.isCallExpression(node) ? labelOf(node.expression, callee) : nameOf(target);
        return [{ target, node, label, kind: "call", arguments: undefined, layers, guard, unless }];
      }),
    );
    return [...summary.edges, ...bound];
  }

  /** Lists what the unit does by calling what its maker was given from outside the program: `makeFlow(Date.now)`. */
  private passedEffects(summary: Summary, passed: Passed | undefined, unit: Unit): readonly Effect[] {
    return summary.parameterCalls.flatMap((call) =>
      this.called(call, passed).flatMap((callee) =>
        callee.kind === "external" ? this.effectsOf(callee, call.node, unit) : [],
      ),
    );
  }

  /** What a call of a parameter runs: what callers pass, or else what its type has but one of. */
  private called(call: ParameterCall, passed: Passed | undefined): readonly Callee[] {
    const found = this.resolve(call, passed);
    return found.length > 0 || call.otherwise === undefined ? found : [call.otherwise];
  }

  private resolve(
    call: Pick<ParameterCall, "owner" | "index" | "path">,
    passed: Passed | undefined,
  ): readonly Callee[] {
    for (let layer = passed; layer !== undefined; layer = layer.outer) {
      if (layer.owner !== call.owner) continue;
      const outer = layer.outer;
      return argumentsFor(call, layer.arguments).flatMap(({ value, path }) =>
        this.code.callees
          .at(value, path)
          .flatMap((callee) => (callee.kind === "parameter" ? this.resolve(callee, outer) : [callee])),
      );
    }
    return [];
  }

  private effectsOf(callee: Callee & { readonly kind: "external" }, node: TS.Node, unit: Unit): readonly Effect[] {
    const effects: Effect[] = [];
    const view: UnitView = {
      code: this.code,
      unit,
      add: (effect) => {
        effects.push(effect);
      },
      guardAt: () => undefined,
    };
    this.external(callee, node, view);
    return effects;
  }
}

/** Says whether the call that is examined lets something of the unit run. */
function meets({ unless }: Pick<Effect, "unless">, { met }: Visit): boolean {
  return unless === undefined || met.has(keyOf(unless));
}

function counts(effect: Effect, visit: Visit): boolean {
  if (effect.staysHere === true || !meets(effect, visit)) return false;
  if (visit.live && effect.liveIsFine === true) return false;
  return !visit.value || effect.isValue === true;
}

function layered(layers: readonly Layer[], outer: Passed | undefined): Passed | undefined {
  return layers.reduce<Passed | undefined>(
    (inner, { owner, arguments: given }) => ({ owner, arguments: given, outer: inner }),
    outer,
  );
}

function functionOf(unit: Unit): FunctionNode | undefined {
  if (isFunction(unit)) return unit;
  return "members" in unit
    ? unit.members.find(
        (member): member is TS.ConstructorDeclaration =>
          isFunction(member) && "body" in member && nameOf(member)?.startsWith("new") === true,
      )
    : undefined;
}

/** Where a path ends, as messages write it: `utils/clock.ts:12`. */
export function placeOf(node: TS.Node, directory: string): string {
  const file = node.getSourceFile().fileName;
  const base = directory.replace(/\\/gu, "/").replace(/\/?$/u, "/");
  const normal = file.replace(/\\/gu, "/");
  return `${normal.startsWith(base) ? normal.slice(base.length) : normal}:${String(lineOf(node))}`;
}
