/**
 * Runs the cases of a rule as tests of vitest, under ESLint's own parser and under the one for TypeScript.
 *
 * Invariant: every expected report states its text and its place, and a case that is plain JavaScript means the same
 * to both parsers. Called by the tests of rules.
 */
import { RuleTester, type Linter } from "eslint";
import { parser as typescriptParser } from "typescript-eslint";
import { describe, it } from "vitest";

import type { DacapoRule } from "../../eslint-plugin/src/rules/create-rule.ts";

RuleTester.describe = describe;
RuleTester.it = it;

/** An expected report. */
export interface Expected {
  readonly message: string;
  readonly line: number;
  readonly column: number;
  readonly suggestions?: { readonly desc: string; readonly output: string }[];
}

export interface ValidCase {
  readonly name: string;
  readonly code: string;
  readonly languageOptions?: Linter.LanguageOptions;
  readonly settings?: Readonly<Record<string, unknown>>;
}

export interface InvalidCase extends ValidCase {
  /** The code after the automatic fix; null when there is none. */
  readonly output: string | null;
  readonly errors: Expected[];
}

export interface Cases {
  readonly valid: ValidCase[];
  readonly invalid: InvalidCase[];
}

const PARSERS = {
  "ESLint's parser": {},
  "the parser for TypeScript": { parser: typescriptParser },
} as const;

function run(name: string, rule: DacapoRule, cases: Cases, languageOptions: Linter.LanguageOptions): void {
  const tester = new RuleTester({ languageOptions });
  tester.run(name, rule, {
    ...cases,
    // The type of an expected report asks for line and column; where the report ends follows from the code.
    assertionOptions: { requireMessage: "message" },
  });
}

/** Tests a rule on plain JavaScript, under both parsers. */
export function testRule(name: string, rule: DacapoRule, cases: Cases): void {
  for (const [parser, languageOptions] of Object.entries(PARSERS))
    run(`${name} (${parser})`, rule, cases, languageOptions);
}

/** Tests a rule on TypeScript. */
export function testRuleOnTypeScript(name: string, rule: DacapoRule, cases: Cases): void {
  run(`${name} (TypeScript)`, rule, cases, { parser: typescriptParser });
}
