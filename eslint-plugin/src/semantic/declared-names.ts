/**
 * Knows which names the files of a program may declare, by their texts alone.
 *
 * Invariant: it may say yes to a name that nothing declares, and never no to one that something does. Asking costs no
 * types: most members that code reads (`ctx.callActivity`, `items.map`) are of packages and of the language, and this says
 * so before the compiler works out the type of what has them. Used by `names.ts`.
 */
import type TS from "typescript";

/** A name that is declared follows no dot, unless it is a member that JavaScript makes by assigning to it. */
const DECLARED = /(?<!\.)(?<![\w$])[A-Za-z_$][\w$]*|\.\s*[A-Za-z_$][\w$]*(?=\s*(?:\?\?|\|\||&&)?=(?![=>]))/gu;

/** What makes a bigint, or says its type; the name stands for all of it. */
const BIGINT = /bigint|\b\d[\d_]*n\b|\b0[box][\da-f_]+n\b/iu;

const PLAIN = /^[A-Za-z_$][\w$]*$/u;

/** The names that some files may declare. */
export class DeclaredNames {
  private readonly files: readonly TS.SourceFile[];
  private names: ReadonlySet<string> | undefined;

  constructor(files: readonly TS.SourceFile[]) {
    this.files = files;
  }

  /** Says whether any of the files may declare a variable, function, class or member of this name, or have a "bigint". */
  has(name: string): boolean {
    const bare = name.startsWith("#") ? name.slice(1) : name;
    // A name that is no plain word may be written in many ways.
    if (!PLAIN.test(bare)) return true;
    this.names ??= this.read();
    return this.names.has(bare);
  }

  private read(): ReadonlySet<string> {
    const names = new Set<string>();
    for (const { text } of this.files) {
      if (BIGINT.test(text)) names.add("bigint");
      for (const [found] of text.matchAll(DECLARED)) names.add(found.replace(/^\.\s*/u, ""));
    }
    return names;
  }
}
