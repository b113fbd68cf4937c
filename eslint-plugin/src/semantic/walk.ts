/**
 * Walks a syntax tree in source order, without recursion.
 *
 * Invariant: any tree of any parser can be walked, however deep; what a parser does not name as a child is not
 * visited. Used by the analyses in this folder and by the rules.
 */
import type { TSESLint, TSESTree } from "@typescript-eslint/utils";

/** A function with a body: the three node types that can be called and walked. */
export type FunctionNode =
  TSESTree.ArrowFunctionExpression | TSESTree.FunctionDeclaration | TSESTree.FunctionExpression;

/** Says whether a node is a function with a body. */
export function isFunction(node: TSESTree.Node): node is FunctionNode {
  return (
    node.type === "FunctionDeclaration" || node.type === "FunctionExpression" || node.type === "ArrowFunctionExpression"
  );
}

function isNode(value: unknown): value is TSESTree.Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

/** Returns the direct children of `node`, in source order. */
function childrenOf(node: TSESTree.Node, source: Readonly<TSESLint.SourceCode>): readonly TSESTree.Node[] {
  const fields = new Map<string, unknown>(Object.entries(node));
  return (source.visitorKeys[node.type] ?? []).flatMap((key) => [fields.get(key)].flat().filter(isNode));
}

/**
 * Yields `root` and everything below it, in source order. A node for which `enters` is false is neither yielded
 * nor entered.
 */
export function* walk(
  root: TSESTree.Node,
  source: Readonly<TSESLint.SourceCode>,
  enters: (node: TSESTree.Node) => boolean = () => true,
): Generator<TSESTree.Node, void, undefined> {
  const waiting = [root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (!enters(node)) continue;
    yield node;
    waiting.push(...childrenOf(node, source).toReversed());
  }
}
