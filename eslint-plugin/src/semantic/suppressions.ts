/**
 * Reads the comments that silence a rule: `// dacapo-ignore-next-line <rule>: why`, and ESLint's own.
 *
 * Invariant: a comment silences the lines that it names, for what is reported there and for what is reached from
 * elsewhere; our own counts only with a reason. Built once per file. Used by `analysis.ts`.
 */
import type TS from "typescript";

import { RULE_NAMES, type RuleName } from "./rule-names.ts";
import { ts } from "./typescript.ts";

/** One comment of ours. */
export interface Suppression {
  readonly start: number;
  readonly end: number;
  /** The line that it silences, from 0. */
  readonly line: number;
  readonly rules: readonly RuleName[];
  readonly unknown: readonly string[];
  readonly reason: string;
}

/** The comments of one file. */
export interface Suppressions {
  readonly own: readonly Suppression[];
  /** Says which of our comments silences a rule on a line, from 0; "eslint" when one of ESLint's does. */
  silences(rule: RuleName, line: number): Suppression | "eslint" | undefined;
}

const known = new WeakMap<TS.SourceFile, Suppressions>();

const isRule = (name: string): name is RuleName => (RULE_NAMES as readonly string[]).includes(name);

/** Says whether an offset lies in a comment and not in a string, a template, an expression or a text of JSX. */
function isInComment(file: TS.SourceFile, offset: number): boolean {
  let node: TS.Node = file;
  for (;;) {
    const inner: TS.Node | undefined = ts.forEachChild(node, (child) =>
      child.pos <= offset && offset < child.end ? child : undefined,
    );
    if (inner === undefined) break;
    node = inner;
  }
  const literal = ts.isLiteralExpression(node) || ts.isTemplateLiteralToken(node) || ts.isJsxText(node);
  return !literal || offset < node.getStart(file);
}

function parseOwn(file: TS.SourceFile): readonly Suppression[] {
  const found: Suppression[] = [];
  for (const match of file.text.matchAll(/(\/\/|\/\*)[ \t*]*dacapo-ignore-next-line\b([^\r\n]*)/gu)) {
    if (!isInComment(file, match.index + 2)) continue;
    const block = match[1] === "/*";
    const text = (match[2] ?? "").replace(/\*\/.*$/u, "");
    const colon = text.indexOf(":");
    const names = (colon < 0 ? text : text.slice(0, colon)).split(/[\s,]+/u).filter((name) => name !== "");
    const bare = names.map((name) => name.replace(/^dacapo\//u, ""));
    const end = block ? endOfBlock(file.text, match.index) : match.index + match[0].length;
    found.push({
      start: match.index,
      end,
      line: file.getLineAndCharacterOfPosition(end).line + 1,
      rules: bare.filter(isRule),
      unknown: bare.filter((name) => !isRule(name)),
      reason: colon < 0 ? "" : text.slice(colon + 1).trim(),
    });
  }
  return found;
}

function endOfBlock(text: string, start: number): number {
  const end = text.indexOf("*/", start);
  return end < 0 ? text.length : end + 2;
}

/** Lines, from 0, that ESLint's comments silence for a rule of ours, by rule; -1 stands for the whole file. */
function parseEslint(file: TS.SourceFile): ReadonlyMap<string, ReadonlySet<number>> {
  const lines = new Map<string, Set<number>>();
  if (!file.text.includes("eslint-disable")) return lines;
  for (const match of file.text.matchAll(/eslint-disable(-next-line|-line)?[ \t]+([^\r\n]*)/gu)) {
    if (!isInComment(file, match.index)) continue;
    const line = file.getLineAndCharacterOfPosition(match.index).line;
    const at = match[1] === "-next-line" ? line + 1 : match[1] === "-line" ? line : -1;
    const names = (match[2] ?? "").replace(/\s--\s.*$|\*\/.*$/gu, "").split(/[\s,]+/u);
    for (const name of names.filter((each) => each.startsWith("dacapo/"))) {
      const bare = name.slice("dacapo/".length);
      lines.set(bare, (lines.get(bare) ?? new Set()).add(at));
    }
  }
  return lines;
}

/** Returns the comments of a file that silence rules. */
export function suppressionsIn(file: TS.SourceFile): Suppressions {
  const cached = known.get(file);
  if (cached !== undefined) return cached;
  const own = file.text.includes("dacapo-ignore-next-line") ? parseOwn(file) : [];
  const eslint = parseEslint(file);
  const suppressions: Suppressions = {
    own,
    silences(rule, line) {
      const mine = own.find((each) => each.line === line && each.rules.includes(rule) && each.reason !== "");
      if (mine !== undefined) return mine;
      const lines = eslint.get(rule);
      return lines !== undefined && (lines.has(line) || lines.has(-1)) ? "eslint" : undefined;
    },
  };
  known.set(file, suppressions);
  return suppressions;
}
