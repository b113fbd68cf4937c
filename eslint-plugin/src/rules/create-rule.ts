/**
 * Makes an ESLint rule of a description: the rule reports what the shared analysis found for it.
 *
 * Invariant: a rule never throws, whatever the code: an error of the analysis means silence for that file. Called by
 * every file of this folder.
 */
import type { TSESLint } from "@typescript-eslint/utils";

import { lint, type LintFinding } from "../lint.ts";
import type { Edit } from "../semantic/effects.ts";
import type { RuleName } from "../semantic/rule-names.ts";

/** The configurations that have the rule. */
export type Preset = "recommended" | "recommendedTypeChecked" | "strict" | "strictTypeChecked";

/** What the documentation of a rule says. */
export interface RuleDocs {
  readonly description: string;
  /** The smallest configuration that has the rule; "off" for none. */
  readonly preset: Preset | "off";
  readonly severity: "error" | "warn";
  /** True when the rule finds nothing without types. */
  readonly requiresTypeChecking: boolean;
  readonly url: string;
}

/** What a file of this folder says of its rule. */
export interface RuleDefinition<Ids extends string> {
  readonly name: RuleName;
  readonly meta: {
    readonly type: "problem" | "suggestion";
    readonly docs: Omit<RuleDocs, "url">;
    readonly fixable?: "code";
    readonly hasSuggestions?: boolean;
    readonly messages: Readonly<Record<Ids, string>>;
  };
  /** Here for readers, and for the linter of lint rules, which takes an object with `meta` and `create` for a rule. */
  create(this: DacapoRule<Ids>, context: RuleContext<Ids>): Listener;
}

/** The messages that every rule has. */
type CommonIds = "reached" | "settings" | "noTypeScript";

type RuleContext<Ids extends string> = Readonly<TSESLint.RuleContext<CommonIds | Ids, unknown[]>>;

/** What a rule does with a file: something at its end. */
type Listener = Readonly<Record<string, () => void>>;

/** A rule, of a type that configurations and testers of rules take, whether ESLint's own or typescript-eslint's. */
export type DacapoRule<Ids extends string = string> = Omit<
  TSESLint.RuleModule<CommonIds | Ids, unknown[], RuleDocs>,
  "create" | "defaultOptions"
> & {
  readonly name: RuleName;
  /** ESLint 9, ESLint 10 and typescript-eslint each have a type of their own for the context; this takes all of them. */
  create(context: object): Listener;
};

const COMMON: Readonly<Record<CommonIds, string>> = {
  reached: "Calls {{path}} ({{where}}){{more}}. {{what}}",
  settings: "{{complaint}}",
  noTypeScript:
    'Dacapo\'s rules read code with the package "typescript" (5.4 to 6.0), which could not be loaded. Install it: npm install --save-dev typescript@6',
};

const REPOSITORY = "https://github.com/dacapo/dacapo/blob/main/eslint-plugin/docs/rules";

function apply(edits: readonly Edit[]): TSESLint.ReportFixFunction {
  return (fixer) => edits.map(({ start, end, text }) => fixer.replaceTextRange([start, end], text));
}

function report<Ids extends string>(context: RuleContext<Ids>, finding: LintFinding): void {
  const { start, end, messageId, data, fix, suggest } = finding;
  const source = context.sourceCode;
  context.report({
    loc: { start: source.getLocFromIndex(start), end: source.getLocFromIndex(end) },
    messageId: messageId as CommonIds | Ids,
    data,
    ...(fix === undefined ? {} : { fix: apply(fix) }),
    ...(suggest === undefined
      ? {}
      : {
          suggest: suggest.map((each) => ({
            messageId: each.messageId as CommonIds | Ids,
            data: { ...data, ...each.data },
            fix: apply(each.edits),
          })),
        }),
  });
}

/** Returns the listener that reports, at the end of a file, what the analysis found in it for a rule. */
export function reportFindings<Ids extends string>(rule: DacapoRule<Ids>, context: RuleContext<Ids>): Listener {
  const lintFile = lint(rule.name, rule.meta.messages, context);
  if (lintFile === undefined) return {};
  return {
    "Program:exit"() {
      for (const finding of lintFile()) report(context, finding);
    },
  };
}

/** Makes the rule: adds what all rules have. None takes options, since settings concern all rules alike. */
export function createRule<Ids extends string>(definition: RuleDefinition<Ids>): DacapoRule<Ids> {
  const { name, meta } = definition;
  const rule: DacapoRule<Ids> = {
    name,
    meta: {
      ...meta,
      schema: [],
      defaultOptions: [],
      docs: { ...meta.docs, url: `${REPOSITORY}/${name}.md` },
      messages: { ...COMMON, ...meta.messages },
    },
    create: (context: RuleContext<Ids>) => definition.create.call(rule, context),
  };
  return rule;
}
