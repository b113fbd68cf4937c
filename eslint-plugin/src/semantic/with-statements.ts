/**
 * Tells code inside a `with` statement, where nobody knows what a name means.
 *
 * Invariant: most files do not have the word at all, and are asked once. Used by `names.ts` and `contexts.ts`.
 */
import type TS from "typescript";

import { ts } from "./typescript.ts";

/** The files whose text has something like a `with` statement. */
const known = new WeakMap<TS.SourceFile, boolean>();

function mayHave(file: TS.SourceFile): boolean {
  const answer = known.get(file) ?? /\bwith\s*\(/u.test(file.text);
  known.set(file, answer);
  return answer;
}

/** Says whether a `with` statement around a node makes its names undecidable. */
export function isInsideWith(node: TS.Node): boolean {
  return mayHave(node.getSourceFile()) && ts.findAncestor(node, ts.isWithStatement) !== undefined;
}
