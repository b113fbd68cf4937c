/**
 * The words between the detectors, the analysis and the rules: what a function does that its replay would not repeat.
 *
 * Invariant: an effect names a rule and one of its messages; the text itself belongs to the rule. Types only.
 */
import type TS from "typescript";

import type { ApiTable } from "./api-table.ts";
import type { Callee, Callees, Layer } from "./callees.ts";
import type { Guard } from "./guards.ts";
import type { Names } from "./names.ts";
import type { Project, Root } from "./project.ts";
import type { RuleName } from "./rule-names.ts";
import type { Suppression } from "./suppressions.ts";
import type { FunctionNode } from "./syntax.ts";
import type { Unless } from "./unless.ts";

/** A change of the text, in offsets of UTF-16 units. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A change that the author has to look at. */
export interface Suggestion {
  readonly messageId: string;
  readonly data?: Readonly<Record<string, string>>;
  readonly edits: readonly Edit[];
}

/** What can be done about a finding. */
export interface Remedy {
  /** Provably the same kind of value: applied by `--fix`. */
  readonly fix?: readonly Edit[];
  readonly suggest?: readonly Suggestion[];
}

/** Something that a unit does. */
export interface Effect {
  readonly rule: RuleName;
  readonly messageId: string;
  /** Placeholders of the message. `context` is filled in where the effect is reported. */
  readonly data: Readonly<Record<string, string>>;
  readonly node: TS.Node;
  /** How the last step of a path is written: `Date.now()`. */
  readonly api: string;
  /** What keeps it from happening when a caller gives it. */
  readonly unless?: Unless | undefined;
  /** True when the value of an expression can carry it, as a clock's reading and a file's content do not alike. */
  readonly isValue?: boolean;
  /** Happens only once if it is under a guard: what a log does. */
  readonly liveIsFine?: boolean;
  /** Makes sense only where it is written, and is not reported at calls that lead there. */
  readonly staysHere?: boolean;
  /** Makes the remedy, for the orchestrator that the effect is written in. */
  readonly remedy?: (root: Root) => Remedy;
}

/** A piece of code that runs as a whole: a function, the making of an instance, or the initialiser of a constant. */
export type Unit = FunctionNode | TS.ClassLikeDeclaration | TS.Expression;

/** One way from a unit into another one. */
export interface Edge {
  readonly target: Unit;
  /** The node in the calling unit. */
  readonly node: TS.Node;
  /** How the step is written in a path; none for a callback that is written in place. */
  readonly label: string | undefined;
  readonly kind: "call" | "callback" | "new" | "get" | "constant";
  /** The arguments, for parameters that the target calls; undefined when a spread hides them. */
  readonly arguments: readonly TS.Expression[] | undefined;
  readonly layers: readonly Layer[];
  readonly guard: Guard | undefined;
  readonly unless: Unless | undefined;
}

/** A call of whatever a caller passes. */
export interface ParameterCall {
  readonly owner: FunctionNode;
  readonly index: number;
  readonly path: readonly string[];
  /** What is thought to be called where nobody sees what the caller passes. */
  readonly otherwise: Callee | undefined;
  readonly node: TS.Node;
  readonly guard: Guard | undefined;
  readonly unless: Unless | undefined;
}

/** What one unit does by itself. */
export interface Summary {
  readonly effects: readonly Effect[];
  readonly edges: readonly Edge[];
  readonly parameterCalls: readonly ParameterCall[];
  /** All that callers may give to keep parts of it from running. */
  readonly conditions: readonly Unless[];
}

/** What detectors may ask. */
export interface Code {
  readonly names: Names;
  readonly callees: Callees;
  readonly apis: ApiTable;
  readonly project: Project;
  /** True when the program knows types: libraries, packages. */
  readonly typed: boolean;
}

/** The unit that a detector looks at. */
export interface UnitView {
  readonly code: Code;
  readonly unit: Unit;
  add(effect: Effect): void;
  guardAt(node: TS.Node): Guard | undefined;
}

/** Looks at nodes of some kinds, in every unit that orchestrator code reaches. */
export interface Detector {
  /**
   * Names of syntax kinds (`CallExpression`), since the kinds' numbers are not loaded yet. "Unit" is the whole unit,
   * "DeclaredUnit" one that is declared deterministic or not, and not looked into.
   */
  readonly kinds: readonly (keyof typeof TS.SyntaxKind | "Unit" | "DeclaredUnit")[];
  visit(node: TS.Node, view: UnitView): void;
}

/** Looks at a whole file that has durable code in it, orchestrators or not. */
export interface FileDetector {
  check(file: TS.SourceFile, code: Code, add: (effect: Effect) => void): void;
}

/** Something wrong with a comment, which is no node. */
export interface CommentFault {
  readonly rule: RuleName;
  readonly messageId: string;
  readonly data: Readonly<Record<string, string>>;
  /** What to underline: offsets in the file's text. */
  readonly start: number;
  readonly end: number;
  readonly remedy: () => Remedy;
}

/** Looks at the comments of a file that silence rules, once everything else is known. */
export interface CommentDetector {
  /** `silences` says whether the comment silences anything of the rule, wherever it is reached from. */
  check(
    file: TS.SourceFile,
    code: Code,
    silences: (comment: Suppression, rule: RuleName) => boolean,
    add: (fault: CommentFault) => void,
  ): void;
}
