/**
 * Reads ESLint's own comments that switch rules off: `eslint-disable-next-line`, `-line`, and from one to the next `enable`.
 *
 * Invariant: says of a line what ESLint says of it, except that two comments on one line count for the whole of it. Used by
 * `suppressions.ts`.
 */
import type TS from "typescript";

import type { RuleName } from "./rule-names.ts";

/** ESLint's comments in one file. */
export interface Directives {
  /** Says whether one of them names a rule of ours, so that others may be silent because of it. */
  readonly nameOurs: boolean;
  /** Says whether a rule is off on a line, from 0; `named`: only by a comment that names the rule. */
  disable(rule: RuleName, line: number, named: boolean): boolean;
}

interface Directive {
  readonly kind: "line" | "disable" | "enable";
  readonly line: number;
  /** With their prefixes; none means every rule. */
  readonly rules: readonly string[];
}

const NONE: Directives = { nameOurs: false, disable: () => false };

const DIRECTIVE = /^\/[/*]\s*eslint-(disable-next-line|disable-line|disable|enable)(?![\w-])(.*)$/su;

function parse(file: TS.SourceFile, { pos, end }: TS.TextRange): Directive | undefined {
  const comment = file.text.slice(pos, end);
  const [, kind, said = ""] = DIRECTIVE.exec(comment) ?? [];
  if (kind === undefined) return undefined;
  const names = said.replace(/\*+\/$/u, "").replace(/\s-{2,}\s.*$/su, "");
  const rules = names.split(/[\s,]+/u).filter((name) => name !== "");
  const lineOf = (position: number) => file.getLineAndCharacterOfPosition(position).line;
  if (kind === "disable-next-line") return { kind: "line", line: lineOf(end) + 1, rules };
  if (kind === "disable-line") return { kind: "line", line: lineOf(pos), rules };
  // ESLint takes the others only from block comments.
  if (kind !== "disable" && kind !== "enable") return undefined;
  return comment.startsWith("/*") ? { kind, line: lineOf(pos), rules } : undefined;
}

function isOff(directives: readonly Directive[], rule: RuleName, line: number, named: boolean): boolean {
  let off = false;
  for (const { kind, line: at, rules } of directives) {
    const covers = rules.length === 0 ? kind === "enable" || !named : rules.includes(`dacapo/${rule}`);
    if (!covers) continue;
    if (kind === "line" && at === line) return true;
    if (kind !== "line" && at <= line) off = kind === "disable";
  }
  return off;
}

/** Reads a file; `commentAt` gives the comment that an offset lies in. */
export function directivesIn(
  file: TS.SourceFile,
  commentAt: (file: TS.SourceFile, offset: number) => TS.TextRange | undefined,
): Directives {
  if (!file.text.includes("eslint-disable")) return NONE;
  const found: Directive[] = [];
  for (const { index } of file.text.matchAll(/eslint-(?:dis|en)able/gu)) {
    const range = commentAt(file, index);
    // Its name again, in the same comment, is part of the reason.
    if (range === undefined || file.text.slice(range.pos, index).includes("eslint-")) continue;
    const directive = parse(file, range);
    if (directive !== undefined) found.push(directive);
  }
  return {
    nameOurs: found.some(({ rules }) => rules.some((name) => name.startsWith("dacapo/"))),
    disable: (rule, line, named) => isOff(found, rule, line, named),
  };
}
