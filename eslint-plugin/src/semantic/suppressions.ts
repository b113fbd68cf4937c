/**
 * Reads the comments that silence a rule: `// dacapo-ignore-next-line <rule>: why`, and ESLint's own.
 *
 * Invariant: a comment silences the line below it, for what is reported there and for what is reached from elsewhere;
 * our own counts only with a reason. Built once per file. Used by `analysis.ts`.
 */
import type TS from "typescript";

import { directivesIn, type Directives } from "./eslint-directives.ts";
import { RULE_NAMES, type RuleName } from "./rule-names.ts";
import { ts } from "./typescript.ts";

/** One comment of ours. */
export interface Suppression {
  readonly start: number;
  readonly end: number;
  /** The line that it silences, from 0: the next one that holds code. */
  readonly line: number;
  /** The line right below it, from 0. */
  readonly below: number;
  readonly rules: readonly RuleName[];
  readonly unknown: readonly string[];
  readonly reason: string;
}

/** The comments of one file. */
export interface Suppressions {
  readonly own: readonly Suppression[];
  /** Those of ESLint. */
  readonly eslint: Directives;
  /** Says which of our comments silences a rule on a line, from 0. */
  silences(rule: RuleName, line: number): Suppression | undefined;
}

const known = new WeakMap<TS.SourceFile, Suppressions>();

const isRule = (name: string): name is RuleName => (RULE_NAMES as readonly string[]).includes(name);

/** Returns the comment that an offset lies in; none in strings, templates, regular expressions and texts of JSX. */
function commentAt(file: TS.SourceFile, offset: number): TS.TextRange | undefined {
  let token: TS.Node = file;
  for (;;) {
    // A comment of documentation is a node too, but the comments of the token behind it hold it as well.
    const inner: TS.Node | undefined = token
      .getChildren(file)
      .find((child) => !ts.isJSDoc(child) && child.pos <= offset && offset < child.end);
    if (inner === undefined) break;
    token = inner;
  }
  if (ts.isJsxText(token) || offset >= token.getStart(file)) return undefined;
  const ranges = [
    ...(ts.getTrailingCommentRanges(file.text, token.pos) ?? []),
    ...(ts.getLeadingCommentRanges(file.text, token.pos) ?? []),
  ];
  return ranges.find(({ pos, end }) => pos <= offset && offset < end);
}

const OWN = /^(?:\/\/|\/\*)[\s*]*dacapo-ignore-next-line(?![\w-])(.*)$/su;

/** The text of a comment without what only shapes it: its end, and the stars that its lines begin with. */
function withoutFrame(comment: string): string {
  return comment.startsWith("/*") ? comment.replace(/\*+\/$/u, "").replace(/\s*\r?\n[ \t]*\*?/gu, " ") : comment;
}

function parseOwn(file: TS.SourceFile): readonly Suppression[] {
  const found: Suppression[] = [];
  for (const match of file.text.matchAll(/dacapo-ignore-next-line/gu)) {
    const range = commentAt(file, match.index);
    // Its name again, in the same comment, is part of the reason.
    if (range === undefined || found.at(-1)?.start === range.pos) continue;
    const said = OWN.exec(withoutFrame(file.text.slice(range.pos, range.end)))?.[1];
    if (said !== undefined) found.push(parse(said, range, file));
  }
  return found;
}

function lineBelow(file: TS.SourceFile, end: number): number {
  return file.getLineAndCharacterOfPosition(end).line + 1;
}

/** The line below a comment, past those that hold comments alone: the rest of its reason, or the next of several. */
function codeBelow(file: TS.SourceFile, end: number): number {
  const starts = file.getLineStarts();
  let line = lineBelow(file, end);
  while (/^[ \t]*(?:\/\/|\/\*.*\*\/[ \t]*$)/u.test(lineText(file, starts, line))) line += 1;
  return line;
}

function lineText(file: TS.SourceFile, starts: readonly number[], line: number): string {
  const start = starts[line];
  return start === undefined ? "" : file.text.slice(start, starts[line + 1]).trimEnd();
}

function parse(said: string, { pos, end }: TS.TextRange, file: TS.SourceFile): Suppression {
  const colon = said.indexOf(":");
  const names = (colon < 0 ? said : said.slice(0, colon)).split(/[\s,]+/u).filter((name) => name !== "");
  const bare = names.map((name) => name.replace(/^dacapo\//u, ""));
  const reason = colon < 0 ? "" : said.slice(colon + 1).trim();
  return {
    start: pos,
    end,
    line: codeBelow(file, end),
    below: lineBelow(file, end),
    rules: [...new Set(bare.filter(isRule))],
    unknown: bare.filter((name) => !isRule(name)),
    // Marks without a word say nothing.
    reason: /[\p{L}\p{N}]/u.test(reason) ? reason : "",
  };
}

/** Returns the comments of a file that silence rules. */
export function suppressionsIn(file: TS.SourceFile): Suppressions {
  const cached = known.get(file);
  if (cached !== undefined) return cached;
  const own = file.text.includes("dacapo-ignore-next-line") ? parseOwn(file) : [];
  const suppressions: Suppressions = {
    own,
    eslint: directivesIn(file, commentAt),
    silences(rule, line) {
      // What is wrong with a comment is silenced above that comment.
      const at = rule === "valid-suppression" ? "below" : "line";
      return own.find((each) => each[at] === line && each.rules.includes(rule) && each.reason !== "");
    },
  };
  known.set(file, suppressions);
  return suppressions;
}
