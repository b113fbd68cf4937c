/**
 * Detects comments of ours that silence nothing: without a rule, without a reason, or where there is nothing to silence.
 *
 * Invariant: one report a comment. A comment is unused only where everything that may lead to it is in sight: without
 * types that is the code of the file's own orchestrators, as far as they do not leave the file.
 */
import type TS from "typescript";

import { durableCallOf } from "../semantic/durable.ts";
import type { Code, CommentDetector, CommentFault, Edit } from "../semantic/effects.ts";
import { RULE_NAMES, type RuleName } from "../semantic/rule-names.ts";
import { suppressionsIn, type Suppression } from "../semantic/suppressions.ts";
import { descendants, isWithin } from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";
import { nearestName } from "./edit-distance.ts";

const RULE = "valid-suppression";
const KEYWORD = "dacapo-ignore-next-line";

/** The rules that find nothing, or little, without types. */
const NEED_TYPES: ReadonlySet<RuleName> = new Set(["activity-types", "no-await-non-durable", "serializable-payload"]);

type Fault = Omit<CommentFault, "rule" | "start" | "end">;

/** What is wrong with a comment as it is written, wherever it stands. */
function faultOfText(comment: Suppression, file: TS.SourceFile): Fault | undefined {
  const { rules, unknown, reason } = comment;
  const remedy = () => ({});
  if (rules.length + unknown.length === 0) return { messageId: "noRule", data: {}, remedy };
  const [name] = unknown;
  if (reason === "") return { messageId: "noReason", data: { rule: rules[0] ?? name ?? "" }, remedy };
  if (name === undefined) return undefined;
  const near = nearestName(name, RULE_NAMES);
  if (near === undefined) return { messageId: "unknown", data: { name }, remedy };
  const start = file.text.indexOf(name, file.text.indexOf(KEYWORD, comment.start) + KEYWORD.length);
  const edits = [{ start, end: start + name.length, text: near }];
  return {
    messageId: "unknownNear",
    data: { name, near },
    remedy: () => ({ suggest: [{ messageId: "rename", data: { near }, edits }] }),
  };
}

/** Takes a comment out, with its line where nothing else stands on it. */
function removal({ start, end }: Suppression, { text }: TS.SourceFile): readonly Edit[] {
  const before = /[ \t]*$/u.exec(text.slice(0, start))?.[0].length ?? 0;
  const after = /^[ \t]*(?:\r?\n|$)/u.exec(text.slice(end))?.[0].length ?? 0;
  const from = start - before;
  const alone = after > 0 && (from === 0 || text[from - 1] === "\n");
  return [{ start: from, end: alone ? end + after : end, text: "" }];
}

/** The statement at the top of the file that a line is part of. */
function statementAt(line: number, file: TS.SourceFile): TS.Statement | undefined {
  const lineOf = (position: number) => file.getLineAndCharacterOfPosition(position).line;
  return file.statements.find((each) => lineOf(each.getStart(file)) <= line && line <= lineOf(each.end));
}

/** Says whether what runs on a line is either of the language or durable, so that it leads nowhere else. */
function leadsNowhere(line: number, within: TS.Node, file: TS.SourceFile, { names }: Code): boolean {
  for (const node of descendants(within)) {
    if (file.getLineAndCharacterOfPosition(node.getStart(file)).line !== line) continue;
    if (ts.isTaggedTemplateExpression(node)) return false;
    if (ts.isIdentifier(node)) {
      const definition = names.definitionOf(node);
      if (definition?.kind === "external" && definition.origin.module !== "") return false;
    }
    if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) continue;
    if (durableCallOf(node, names) === undefined && names.originOf(node.expression)?.module !== "") return false;
  }
  return true;
}

/** Says whether nothing out of sight can lead to what the comment silences. */
function seesAll({ line, rules }: Suppression, file: TS.SourceFile, code: Code): boolean {
  const { roots } = code.project;
  if (code.typed) return roots.size > 0;
  const own = code.project.rootsIn(file);
  if (own.length === 0 || rules.some((rule) => NEED_TYPES.has(rule))) return false;
  const statement = statementAt(line, file);
  if (statement === undefined) return true;
  return own.some(({ node }) => isWithin(node, statement)) && leadsNowhere(line, statement, file, code);
}

function unusedFault(comment: Suppression, idle: readonly RuleName[], file: TS.SourceFile): Fault {
  const rules = idle.map((rule) => `dacapo/${rule}`).join(" and ");
  if (idle.length < comment.rules.length) return { messageId: "unusedRules", data: { rules }, remedy: () => ({}) };
  return {
    messageId: "unused",
    data: { rules },
    remedy: () => ({ suggest: [{ messageId: "remove", edits: removal(comment, file) }] }),
  };
}

/** Detects comments that should not be there, or not as they are. */
export const suppressionComments: CommentDetector = {
  check(file, code, silences, add) {
    const isAboutComments = ({ rules }: Suppression) => rules.includes(RULE);
    // Whether a comment about comments is used is known when the others have been judged.
    const comments = [...suppressionsIn(file).own].sort(
      (a, b) => Number(isAboutComments(a)) - Number(isAboutComments(b)),
    );
    for (const comment of comments) {
      const { start, end } = comment;
      const idle = comment.rules.filter((rule) => !silences(comment, rule));
      const fault =
        faultOfText(comment, file) ??
        (idle.length > 0 && seesAll(comment, file, code) ? unusedFault(comment, idle, file) : undefined);
      if (fault !== undefined) add({ rule: RULE, start, end, ...fault });
    }
  },
};
