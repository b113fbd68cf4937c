/**
 * Which names and members a file assigns to, after their declaration.
 *
 * Invariant: built from the syntax of one file alone, once, however many programs hold the file. Used by `names.ts`
 * to tell what never changes, and by the detectors of shared state.
 */
import type TS from "typescript";

import { nodesIn, type KindName } from "./nodes.ts";
import { memberOf, unwrap } from "./syntax.ts";
import { ts } from "./typescript.ts";

/** One assignment: what is written, and the value where one plain value is given. */
export interface Write {
  readonly target: TS.Node;
  readonly value: TS.Expression | undefined;
}

/** The writes of one file. */
export interface Writes {
  /** Writes to plain names, by name. */
  readonly names: ReadonlyMap<string, readonly Write[]>;
  /** Writes to members (`a.b = 1`, `delete a.b`), by the member's name; "" holds those with a computed name. */
  readonly members: ReadonlyMap<string, readonly Write[]>;
}

/** The kinds of nodes that may write. */
export const WRITING = [
  "BinaryExpression",
  "PrefixUnaryExpression",
  "PostfixUnaryExpression",
  "DeleteExpression",
  "ForOfStatement",
  "ForInStatement",
] as const satisfies readonly KindName[];

const known = new WeakMap<TS.SourceFile, Writes>();

/** Lists the places that an assignment target writes, through destructuring. */
function targetsOf(target: TS.Node): readonly TS.Node[] {
  const node = unwrap(target);
  if (ts.isObjectLiteralExpression(node)) {
    return node.properties.flatMap((property) => {
      if (ts.isPropertyAssignment(property)) return targetsOf(property.initializer);
      if (ts.isShorthandPropertyAssignment(property)) return [property.name];
      return ts.isSpreadAssignment(property) ? targetsOf(property.expression) : [];
    });
  }
  if (ts.isArrayLiteralExpression(node)) return node.elements.flatMap(targetsOf);
  if (ts.isSpreadElement(node)) return targetsOf(node.expression);
  if (ts.isBinaryExpression(node)) return targetsOf(node.left);
  return [node];
}

/** Returns what `node` itself writes, if it is an assignment of any form. */
export function writesOf(node: TS.Node): readonly Write[] {
  if (ts.isBinaryExpression(node)) {
    const kind = node.operatorToken.kind;
    if (kind < ts.SyntaxKind.FirstAssignment || kind > ts.SyntaxKind.LastAssignment) return [];
    const plain = kind === ts.SyntaxKind.EqualsToken;
    const targets = targetsOf(node.left);
    const [only] = targets;
    const value = plain && targets.length === 1 && only === unwrap(node.left) ? node.right : undefined;
    return targets.map((target) => ({ target, value }));
  }
  if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
    const { operator } = node;
    return operator === ts.SyntaxKind.PlusPlusToken || operator === ts.SyntaxKind.MinusMinusToken
      ? [{ target: unwrap(node.operand), value: undefined }]
      : [];
  }
  if (ts.isDeleteExpression(node)) return [{ target: unwrap(node.expression), value: undefined }];
  if ((ts.isForOfStatement(node) || ts.isForInStatement(node)) && !ts.isVariableDeclarationList(node.initializer)) {
    return targetsOf(node.initializer).map((target) => ({ target, value: undefined }));
  }
  return [];
}

function add(index: Map<string, Write[]>, name: string, write: Write): void {
  const known = index.get(name);
  if (known === undefined) index.set(name, [write]);
  else known.push(write);
}

/** Returns the writes of a file. */
export function writesIn(file: TS.SourceFile): Writes {
  const cached = known.get(file);
  if (cached !== undefined) return cached;
  const names = new Map<string, Write[]>();
  const members = new Map<string, Write[]>();
  for (const node of nodesIn(file, ...WRITING)) {
    for (const write of writesOf(node)) {
      if (ts.isIdentifier(write.target)) add(names, write.target.text, write);
      else if (ts.isPropertyAccessExpression(write.target) || ts.isElementAccessExpression(write.target)) {
        add(members, memberOf(write.target)?.name ?? "", write);
      }
    }
  }
  const writes = { names, members };
  known.set(file, writes);
  return writes;
}
