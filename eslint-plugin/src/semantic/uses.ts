/**
 * Lists the places that use a local variable.
 *
 * Invariant: only a variable declared inside a function has a list, for the whole of its scope is in one file and can be
 * read. Used to tell what becomes of a value.
 */
import type TS from "typescript";

import type { Names } from "./names.ts";
import { descendants, enclosingFunction } from "./syntax.ts";
import { ts } from "./typescript.ts";
import { writesIn } from "./writes.ts";

/** Returns the declaration of a variable that is declared once. */
function declarationOf(symbol: TS.Symbol | undefined): TS.VariableDeclaration | undefined {
  const [declaration, ...others] = symbol?.declarations ?? [];
  return declaration !== undefined && others.length === 0 && ts.isVariableDeclaration(declaration)
    ? declaration
    : undefined;
}

/** Returns the reads of the variable that `name` declares or assigns; undefined where it is not a local one. */
export function readsOf(name: TS.Identifier, names: Names): readonly TS.Identifier[] | undefined {
  const symbol = names.symbolAt(name);
  const declaration = declarationOf(symbol);
  const scope = declaration === undefined ? undefined : enclosingFunction(declaration);
  if (declaration === undefined || scope === undefined) return undefined;
  const writes = writesIn(name.getSourceFile()).names.get(name.text) ?? [];
  const excluded = new Set<TS.Node>([declaration.name, ...writes.map(({ target }) => target)]);
  return descendants(scope).filter(
    (node): node is TS.Identifier =>
      ts.isIdentifier(node) &&
      node.text === name.text &&
      !excluded.has(node) &&
      !isMemberName(node) &&
      names.symbolAt(node) === symbol,
  );
}

function isMemberName(node: TS.Identifier): boolean {
  return ts.isPropertyAccessExpression(node.parent) && node.parent.name === node;
}
