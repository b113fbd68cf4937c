/**
 * Reads what the declaration of a function says of it: `@deterministic`, or `@nondeterministic` with, if it likes, the
 * word of a hazard.
 *
 * Invariant: what is declared wins over what the analysis would find, and code behind it is not followed. A call of an
 * overloaded function counts by the overload that it is proven to choose. A file without the words costs one search of
 * its text. Used by `summary.ts` and by the detectors of calls.
 */
import type TS from "typescript";

import type { Callees } from "./callees.ts";
import type { Unit } from "./effects.ts";
import type { Names } from "./names.ts";
import { isFunction, memberOf, unwrap } from "./syntax.ts";
import { ts } from "./typescript.ts";

/** What an author has declared. */
export interface Declared {
  readonly kind: "deterministic" | "nondeterministic";
  /** The first word after the tag, which may be a hazard's. */
  readonly word: string;
}

const mentions = new WeakMap<TS.SourceFile, boolean>();

/** The answers of one program: the declaration of what a call runs may be in another file. */
const answers = new WeakMap<Names, WeakMap<TS.Node, Declared | "nothing">>();

function isMentionedIn(file: TS.SourceFile): boolean {
  const cached = mentions.get(file);
  if (cached !== undefined) return cached;
  const found = /@(?:non)?deterministic\b/u.test(file.text);
  mentions.set(file, found);
  return found;
}

function tagOf(node: TS.Node): Declared | undefined {
  for (const { tagName, comment } of ts.getJSDocTags(node)) {
    const kind = tagName.text;
    if (kind !== "deterministic" && kind !== "nondeterministic") continue;
    const text = ts.getTextOfJSDocComment(comment) ?? "";
    return { kind, word: /^[a-z]+/u.exec(text)?.[0] ?? "" };
  }
  return tagOnLineOf(node);
}

/**
 * Reads the comment in `{ /** @deterministic *\/ a(): void }`: the compiler counts what stands on the line of a brace to
 * the brace.
 */
function tagOnLineOf(node: TS.Node): Declared | undefined {
  const { text } = node.getSourceFile();
  for (const { pos, end } of ts.getTrailingCommentRanges(text, node.pos) ?? []) {
    const comment = text.slice(pos, end);
    if (!comment.startsWith("/**") || /[\r\n]/u.test(text.slice(end, node.getStart()))) continue;
    const [tag, non = "", word = ""] = /@(non)?deterministic\b(?:[ \t]+([a-z]+))?/u.exec(comment) ?? [];
    if (tag !== undefined) return { kind: `${non === "" ? "" : "non"}deterministic`, word };
  }
  return undefined;
}

/** Returns what the comment of a declaration says, or that of the class which it is a member of. */
export function declaredBy(node: TS.Node): Declared | undefined {
  if (!isMentionedIn(node.getSourceFile())) return undefined;
  const own = tagOf(node);
  if (own !== undefined || !ts.isClassElement(node)) return own;
  return ts.isClassLike(node.parent) || ts.isInterfaceDeclaration(node.parent) ? tagOf(node.parent) : undefined;
}

/** Returns what is declared of a whole unit: a function, a class, or the constant that an expression is part of. */
export function declaredUnit(unit: Unit): Declared | undefined {
  if (!isMentionedIn(unit.getSourceFile())) return undefined;
  if (isFunction(unit) || ts.isClassLike(unit)) return declaredBy(unit);
  const constant = ts.findAncestor(unit, (node) => ts.isVariableDeclaration(node) || ts.isPropertyDeclaration(node));
  return constant === undefined ? tagOf(unit) : declaredBy(constant);
}

/** Returns the declarations of what an expression names, through imports. */
function declarationsOf(expression: TS.Node, names: Names): readonly TS.Declaration[] {
  const node = unwrap(expression);
  const symbol = names.checker.getSymbolAtLocation(memberOf(node)?.nameNode ?? node);
  if (symbol === undefined) return [];
  const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
  return (isAlias ? names.checker.getAliasedSymbol(symbol) : symbol).declarations ?? [];
}

/** Returns what the overload says that a call chooses. Of an argument that may be anything, only what all of them say. */
function declaredByOverload(
  node: TS.CallExpression | TS.NewExpression,
  overloads: readonly TS.Declaration[],
  names: Names,
): Declared | undefined {
  const isOpen = (node.arguments ?? []).some(
    (argument) => (names.checker.getTypeAtLocation(argument).flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) !== 0,
  );
  if (!isOpen) {
    const chosen: TS.Node | undefined = names.checker.getResolvedSignature(node)?.declaration;
    return chosen === undefined ? undefined : declaredBy(chosen);
  }
  const [first, ...others] = overloads.filter((each) => !isFunction(each)).map(declaredBy);
  const agree = others.every((each) => each?.kind === first?.kind && each?.word === first?.word);
  return agree ? first : undefined;
}

const mentioned = new WeakMap<Names, boolean>();

/** Says whether any file of the program has the words; most programs have not, and nothing is to be found out there. */
function isMentioned(names: Names): boolean {
  const known = mentioned.get(names);
  if (known !== undefined) return known;
  const found = names.files.some((file) => file.text.includes("deterministic") && isMentionedIn(file));
  mentioned.set(names, found);
  return found;
}

function find(node: TS.CallExpression | TS.NewExpression, names: Names, callees: Callees): Declared | undefined {
  if (!isMentioned(names)) return undefined;
  const declarations = declarationsOf(node.expression, names).filter((each) => isMentionedIn(each.getSourceFile()));
  if (declarations.length > 1) return declaredByOverload(node, declarations, names);
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

/** Returns what is declared of the function that a call runs, or of the class that `new` makes an instance of. */
export function declaredOf(
  node: TS.CallExpression | TS.NewExpression,
  names: Names,
  callees: Callees,
): Declared | undefined {
  const known = answers.get(names) ?? new WeakMap<TS.Node, Declared | "nothing">();
  answers.set(names, known);
  const answer = known.get(node) ?? find(node, names, callees) ?? "nothing";
  known.set(node, answer);
  return answer === "nothing" ? undefined : answer;
}
