/**
 * Knows which names the files of a program may declare, by their syntax alone.
 *
 * Invariant: it may say yes to a name that nothing declares, and never no to one that something does; names that are
 * imported and names of parameters are no declarations, as nothing has them as members. Asking costs no types: most
 * members that code reads (`ctx.callActivity`, `items.map`) are of packages and of the language, and this says so before
 * the compiler works out the type of what has them. The names of a file are read once, however many programs hold it.
 * Used by `names.ts`.
 */
import type TS from "typescript";

import { nodesIn, type KindName } from "./nodes.ts";
import { ts } from "./typescript.ts";
import { writesIn } from "./writes.ts";

/** What makes a bigint, or says its type; the name stands for all of it. */
const BIGINT = /bigint|\b\d[\d_]*n\b|\b0[box][\da-f_]+n\b/iu;

const PLAIN = /^[A-Za-z_$][\w$]*$/u;

/** In JavaScript, comments declare, too. */
const WORD = /[A-Za-z_$][\w$]*/gu;

/** The names that some files may declare. */
export class DeclaredNames {
  private readonly files: readonly TS.SourceFile[];
  private names: ReadonlySet<string> | undefined;
  private bigint: boolean | undefined;

  constructor(files: readonly TS.SourceFile[]) {
    this.files = files;
  }

  /** Says whether any of the files may declare a variable, function, class or member of this name, or have a "bigint". */
  has(name: string): boolean {
    const bare = name.startsWith("#") ? name.slice(1) : name;
    // A name that is no plain word may be written in many ways.
    if (!PLAIN.test(bare)) return true;
    if (bare === "bigint") return (this.bigint ??= this.files.some(({ text }) => BIGINT.test(text)));
    this.names ??= new Set(this.files.flatMap((file) => [...namesIn(file)]));
    return this.names.has(bare);
  }
}

/** The kinds of nodes that may name a declaration. */
const NAMING = [
  "Identifier",
  "PrivateIdentifier",
  "StringLiteral",
  "NoSubstitutionTemplateLiteral",
] as const satisfies readonly KindName[];

const known = new WeakMap<TS.SourceFile, ReadonlySet<string>>();

function namesIn(file: TS.SourceFile): ReadonlySet<string> {
  const cached = known.get(file);
  if (cached !== undefined) return cached;
  const names = new Set<string>(writesIn(file).members.keys());
  if ((file.flags & ts.NodeFlags.JavaScriptFile) !== 0) for (const [word] of file.text.matchAll(WORD)) names.add(word);
  else for (const node of nodesIn(file, ...NAMING)) if (mayName(node)) names.add(node.text.replace(/^#/u, ""));
  known.set(file, names);
  return names;
}

/** Says whether a node names a declaration. Any text may: `Object.defineProperty(object, "name", ...)`. */
function mayName(node: TS.Node): node is TS.Identifier | TS.PrivateIdentifier | TS.StringLiteralLike {
  if (ts.isStringLiteralLike(node)) return true;
  if (!ts.isIdentifier(node) && !ts.isPrivateIdentifier(node)) return false;
  const { parent } = node;
  if (!("name" in parent) || parent.name !== node) return false;
  switch (parent.kind) {
    case ts.SyntaxKind.PropertyAccessExpression:
    case ts.SyntaxKind.ImportSpecifier:
    case ts.SyntaxKind.ImportClause:
    case ts.SyntaxKind.TypeParameter:
      return false;
    case ts.SyntaxKind.Parameter:
      return ts.isParameterPropertyDeclaration(parent, parent.parent);
    default:
      return true;
  }
}
