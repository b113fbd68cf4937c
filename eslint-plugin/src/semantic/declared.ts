/**
 * Reads what the declaration of a function says of it: `@deterministic`, or `@nondeterministic` with, if it likes, the
 * word of a hazard.
 *
 * Invariant: what is declared wins over what the analysis would find, and code behind it is not followed. A file without
 * the words costs one search of its text. Used by `summary.ts` and by the detectors of calls.
 */
import type TS from "typescript";

import type { Callees } from "./callees.ts";
import type { Names } from "./names.ts";
import { memberOf, unwrap } from "./syntax.ts";
import { ts } from "./typescript.ts";

/** What an author has declared. */
export interface Declared {
  readonly kind: "deterministic" | "nondeterministic";
  /** The first word after the tag, which may be a hazard's. */
  readonly word: string;
}

const mentions = new WeakMap<TS.SourceFile, boolean>();

function isMentionedIn(file: TS.SourceFile): boolean {
  const cached = mentions.get(file);
  if (cached !== undefined) return cached;
  const found = /@(?:non)?deterministic\b/u.test(file.text);
  mentions.set(file, found);
  return found;
}

/** Returns what the comment of a declaration says. */
export function declaredBy(node: TS.Node): Declared | undefined {
  if (!isMentionedIn(node.getSourceFile())) return undefined;
  for (const { tagName, comment } of ts.getJSDocTags(node)) {
    const kind = tagName.text;
    if (kind !== "deterministic" && kind !== "nondeterministic") continue;
    const text = ts.getTextOfJSDocComment(comment) ?? "";
    return { kind, word: /^[a-z]+/u.exec(text)?.[0] ?? "" };
  }
  return undefined;
}

/** Returns the declarations of what an expression names, through imports. */
function declarationsOf(expression: TS.Node, names: Names): readonly TS.Declaration[] {
  const node = unwrap(expression);
  const symbol = names.checker.getSymbolAtLocation(memberOf(node)?.nameNode ?? node);
  if (symbol === undefined) return [];
  const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
  return (isAlias ? names.checker.getAliasedSymbol(symbol) : symbol).declarations ?? [];
}

/** The answers for one program, which asks for each call several times. */
const answers = new WeakMap<Names, Map<TS.Node, Declared | undefined>>();

/** Returns what is declared of the function that a call runs, or of the class that `new` makes an instance of. */
export function declaredOf(
  node: TS.CallExpression | TS.NewExpression,
  names: Names,
  callees: Callees,
): Declared | undefined {
  const known = answers.get(names) ?? new Map<TS.Node, Declared | undefined>();
  answers.set(names, known);
  if (!known.has(node)) known.set(node, find(node, names, callees));
  return known.get(node);
}

function find(node: TS.CallExpression | TS.NewExpression, names: Names, callees: Callees): Declared | undefined {
  const declarations = declarationsOf(node.expression, names).filter((each) => isMentionedIn(each.getSourceFile()));
  if (declarations.length > 1) {
    const chosen: TS.Node | undefined = names.checker.getResolvedSignature(node)?.declaration;
    return chosen === undefined ? undefined : declaredBy(chosen);
  }
  for (const declaration of declarations) {
    const declared = declaredBy(declaration);
    if (declared !== undefined) return declared;
  }
  for (const callee of callees.of(node.expression)) {
    const declared = callee.kind === "function" ? declaredBy(callee.node) : undefined;
    if (declared !== undefined) return declared;
  }
  return undefined;
}
