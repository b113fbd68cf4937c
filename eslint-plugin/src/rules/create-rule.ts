/**
 * Makes an ESLint rule of a description: the rule reports what the shared analysis found for it.
 *
 * Invariant: a rule never throws, whatever the code: an error of the analysis means silence for that file. Called by
 * every file of this folder.
 */
import type { JSONSchema, TSESLint } from "@typescript-eslint/utils";

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
    readonly schema?: readonly JSONSchema.JSONSchema4[];
    readonly defaultOptions?: readonly unknown[];
    readonly messages: Readonly<Record<Ids, string>>;
  };
}

/** The messages that every rule has. */
export type CommonIds = "reached" | "settings" | "noTypeScript";

export type DacapoRule<Ids extends string = string> = TSESLint.RuleModule<
  CommonIds | Ids,
  readonly unknown[],
  RuleDocs
> & { readonly name: RuleName };

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

function report<Ids extends string>(
  context: Readonly<TSESLint.RuleContext<CommonIds | Ids, readonly unknown[]>>,
  finding: LintFinding,
): void {
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

/** Makes the rule. */
export function createRule<Ids extends string>(definition: RuleDefinition<Ids>): DacapoRule<Ids> {
  const { name, meta } = definition;
  const messages: Readonly<Record<string, string>> = { ...COMMON, ...meta.messages };
  return {
    name,
    meta: {
      ...meta,
      schema: meta.schema ?? [],
      defaultOptions: meta.defaultOptions ?? [],
      docs: { ...meta.docs, url: `${REPOSITORY}/${name}.md` },
      messages: messages as Record<CommonIds | Ids, string>,
    },
    create(context) {
      const lintFile = lint(name, messages, context);
      return lintFile === undefined
        ? {}
        : {
            "Program:exit": () => {
              for (const finding of lintFile()) report(context, finding);
            },
          };
    },
  };
}
